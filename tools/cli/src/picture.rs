//! Pictures of a cell.

use std::sync::Arc;

use halle_dynamics::forward_kinematics;
use halle_model::{Model, Pose};
use halle_render::{
    Camera, Grid, Image, Instance, Legend, Light, Material, Mesh, RenderSettings, Scene, Shape,
    draw_legend, heat_patch, render,
};
use halle_tasks::polish::PolishTask;
use halle_world::components::LightKind;
use halle_world::{
    LightSource, Shape as Authored, VisibleShape, World, cameras, lights, visible_shapes,
};

use crate::failure::Failure;

/// Removal of each cell of a task's grid, to be drawn on the part.
pub(crate) struct Heat<'a> {
    /// Task whose grid and surface it is.
    pub(crate) task: &'a PolishTask,
    /// Removal of each cell \[m\].
    pub(crate) map: &'a [f32],
}

/// Draws the cell with its arm at joint positions `q`, seen by a camera of the scene.
///
/// `camera` is part of the camera's path; without it the first camera looks.
pub(crate) fn draw(
    world: &World,
    model: &Model,
    q: &[f64],
    camera: Option<&str>,
    heat: Option<&Heat<'_>>,
    settings: &RenderSettings,
) -> Result<Image, Failure> {
    let links = forward_kinematics::<f64>(model, q);
    let mut instances = Vec::new();
    for (id, shape) in visible_shapes(world)?.into_iter().enumerate() {
        let world_from_link = shape.link.map_or(Pose::IDENTITY, |link| {
            let at = &links[link].world_from_link;
            let r = &at.rotation;
            Pose {
                rotation: [r.r0, r.r1, r.r2].map(|row| [row.x, row.y, row.z]),
                translation: [at.origin.x, at.origin.y, at.origin.z],
            }
        });
        // A see-through panel would hide the cell: pictures leave it out.
        if shape.material.opacity < 0.5 {
            continue;
        }
        instances.push(instance(
            &shape,
            &world_from_link.then(&shape.parent_from_shape),
            id as u32,
        ));
    }
    if let Some(heat) = heat {
        instances.extend(heat_instance(heat, instances.len() as u32));
    }
    let lights = lights(world).iter().map(light).collect();
    let scene = Scene {
        instances,
        lights,
        camera: view(world, model, camera)?,
    };
    let mut image = render(&scene, settings)?;
    if let Some(heat) = heat {
        let target = heat.task.model().workpiece.target_removal * 1.0e6;
        draw_legend(
            &mut image,
            &Legend {
                title: "removal \u{b5}m".to_owned(),
                range: [0.0, 2.0 * target],
                ticks: vec![0.0, target, 2.0 * target],
                decimals: 1,
            },
        );
    }
    Ok(image)
}

fn placed(pose: &Pose) -> halle_render::Pose {
    halle_render::Pose {
        rotation: pose.rotation,
        translation: pose.translation,
    }
}

fn instance(visible: &VisibleShape, world_from_shape: &Pose, id: u32) -> Instance {
    let shape = match &visible.shape {
        Authored::Box { half_extent } => Shape::Box {
            half_extents: *half_extent,
        },
        Authored::Sphere { radius } => Shape::Sphere { radius: *radius },
        Authored::Capsule {
            radius,
            half_height,
        } => Shape::Capsule {
            half_height: *half_height,
            radius: *radius,
        },
        Authored::Cylinder {
            radius,
            half_height,
        } => Shape::Cylinder {
            half_height: *half_height,
            radius: *radius,
        },
        Authored::Cone {
            radius,
            half_height,
        } => Shape::Cone {
            half_height: *half_height,
            radius: *radius,
        },
        Authored::Plane { half_extent } => Shape::Plane {
            half_sizes: Some(*half_extent),
        },
        Authored::Mesh(mesh) => Shape::Mesh(Arc::new(Mesh {
            points: mesh.points.iter().map(|p| p.map(|x| x as f32)).collect(),
            triangles: mesh.triangles.clone(),
            normals: (mesh.normals.len() == mesh.points.len())
                .then(|| mesh.normals.iter().map(|n| n.map(|x| x as f32)).collect()),
            colors: None,
        })),
    };
    let look = &visible.material;
    Instance {
        shape,
        world_from_shape: placed(world_from_shape),
        material: Material {
            base_color: look.base_color.map(|c| c as f32),
            roughness: look.roughness as f32,
            metallic: look.metallic as f32,
            emissive: look.emission.map(|c| c as f32),
            ior: 1.5,
            grid: matches!(visible.shape, Authored::Plane { .. }).then_some(Grid {
                spacing: 0.5,
                width: 0.006,
                color: [0.12, 0.12, 0.12],
            }),
        },
        id,
    }
}

/// The region to polish, each cell in the colour of its removal, a hair above the part.
fn heat_instance(heat: &Heat<'_>, id: u32) -> Option<Instance> {
    /// Height above the part \[m\].
    const LIFT: f64 = 3.0e-4;
    let grid = heat.task.grid();
    let piece = &heat.task.model().workpiece;
    let surface = halle_dynamics::Surface::<f64>::nominal(piece);
    let mut corners = Vec::with_capacity((grid.count[0] + 1) * (grid.count[1] + 1));
    for j in 0..=grid.count[1] {
        for i in 0..=grid.count[0] {
            let x = (i as f64 - 0.5).mul_add(grid.cell[0], grid.first[0]);
            let y = (j as f64 - 0.5).mul_add(grid.cell[1], grid.first[1]);
            corners.push([x, y, surface.at(x, y).height + LIFT].map(|c| c as f32));
        }
    }
    let values: Vec<f64> = heat.map.iter().map(|h| f64::from(*h)).collect();
    let shape = heat_patch(
        grid.count,
        &corners,
        &values,
        [0.0, 2.0 * piece.target_removal],
    )?;
    let material = Material {
        roughness: 0.9,
        ior: 1.0,
        ..Material::default()
    };
    let world_from_shape = placed(&piece.world_from_workpiece);
    Some(Instance {
        shape,
        world_from_shape,
        material,
        id,
    })
}

fn light(source: &LightSource) -> Light {
    let light = &source.light;
    let pose = placed(&source.world_from_light);
    let radiance = |area: f64| {
        let scale = if light.normalize {
            light.intensity / area
        } else {
            light.intensity
        };
        light.color.map(|c| (c * scale) as f32)
    };
    match light.kind {
        LightKind::Dome => {
            let top = light.color.map(|c| c as f32);
            Light::Dome {
                top,
                bottom: top.map(|c| 0.35 * c),
                intensity: light.intensity as f32,
            }
        }
        LightKind::Distant { angle } => {
            let r = pose.rotation;
            // Without `normalize` the intensity is a luminance over the sun's cone.
            let cone = if light.normalize {
                1.0
            } else {
                core::f64::consts::PI * (0.5 * angle).sin().powi(2)
            };
            Light::Distant {
                direction: [-r[0][2], -r[1][2], -r[2][2]],
                angle,
                irradiance: light.color.map(|c| (c * light.intensity * cone) as f32),
            }
        }
        LightKind::Rect { width, height } => Light::Rect {
            world_from_light: pose,
            width,
            height,
            radiance: radiance(width * height),
        },
        LightKind::Disk { radius } => Light::Disk {
            world_from_light: pose,
            radius,
            radiance: radiance(core::f64::consts::PI * radius * radius),
        },
        LightKind::Sphere { radius } => Light::Sphere {
            center: pose.translation,
            radius,
            radiance: radiance(4.0 * core::f64::consts::PI * radius * radius),
        },
    }
}

/// The camera whose path holds `name`, the first one, or one that looks at the workpiece.
fn view(world: &World, model: &Model, name: Option<&str>) -> Result<Camera, Failure> {
    let found = cameras(world);
    let chosen = match name {
        Some(name) => match found.iter().find(|c| c.prim.contains(name)) {
            Some(camera) => Some(camera),
            None => {
                let known: Vec<&str> = found.iter().map(|c| c.prim.as_str()).collect();
                return Err(Failure::input(format!("scene has no camera `{name}`"))
                    .help(format!("its cameras are: {}", known.join(", "))));
            }
        },
        None => found.first(),
    };
    let Some(chosen) = chosen else {
        let at = model.workpiece.world_from_workpiece.translation;
        return Ok(Camera::look_at(
            [at[0] + 1.6, at[1] - 1.8, at[2] + 1.0],
            at,
            0.7,
        ));
    };
    let vertical = 2.0 * (0.5 * chosen.camera.vertical_fov).tan();
    Ok(Camera {
        world_from_camera: placed(&chosen.world_from_camera),
        focal_length: 1.0,
        horizontal_aperture: vertical * chosen.camera.aspect,
        vertical_aperture: vertical,
        near_clip: chosen.camera.clipping[0],
    })
}
