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
    let poses: Vec<Pose> = links
        .iter()
        .map(|link| {
            let r = &link.world_from_link.rotation;
            let o = &link.world_from_link.origin;
            Pose {
                rotation: [r.r0, r.r1, r.r2].map(|row| [row.x, row.y, row.z]),
                translation: [o.x, o.y, o.z],
            }
        })
        .collect();
    let mut instances = instances(world, &poses);
    if let Some(heat) = heat {
        instances.extend(heat_instance(heat, instances.len() as u32));
    }
    let at = model.workpiece.world_from_workpiece.translation;
    let from = [at[0] + 1.6, at[1] - 1.8, at[2] + 1.0];
    let scene = Scene {
        instances,
        lights: lights(world).iter().map(light).collect(),
        camera: view(world, camera)?.unwrap_or_else(|| Camera::look_at(from, at, 0.7)),
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

/// Draws any plant as its author posed it, seen by a camera of the scene or from a corner of it.
pub(crate) fn draw_plant(
    world: &World,
    camera: Option<&str>,
    settings: &RenderSettings,
) -> Result<Image, Failure> {
    let instances = instances(world, &[]);
    let mut lights: Vec<Light> = lights(world).iter().map(light).collect();
    if lights.is_empty() {
        lights = vec![
            Light::Dome {
                top: [0.9, 0.95, 1.0],
                bottom: [0.35; 3],
                intensity: 1.0,
            },
            Light::Distant {
                direction: [-0.4, 0.5, -0.77],
                angle: 0.02,
                irradiance: [2.2, 2.1, 2.0],
            },
        ];
    }
    let camera = view(world, camera)?.unwrap_or_else(|| framing(&instances));
    let scene = Scene {
        instances,
        lights,
        camera,
    };
    Ok(render(&scene, settings)?)
}

/// A camera that sees all shapes that are not floors, from a corner above them.
fn framing(instances: &[Instance]) -> Camera {
    /// Vertical opening angle \[rad\].
    const OPENING: f64 = 0.7;
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    let bounded = instances
        .iter()
        .filter(|i| !matches!(i.shape, Shape::Plane { .. }));
    for at in bounded.map(|i| i.world_from_shape.translation) {
        for k in 0..3 {
            low[k] = low[k].min(at[k]);
            high[k] = high[k].max(at[k]);
        }
    }
    if low[0] > high[0] {
        (low, high) = ([-1.0; 3], [1.0; 3]);
    }
    let middle = [0, 1, 2].map(|k| 0.5 * (low[k] + high[k]));
    let size = (0..3).map(|k| (high[k] - low[k]).powi(2)).sum::<f64>();
    let away = (0.5 * size.sqrt()).max(0.5) / (0.5 * OPENING).tan();
    let from = [
        middle[0] + 0.62 * away,
        middle[1] - 0.68 * away,
        middle[2] + 0.45 * away,
    ];
    Camera::look_at(from, middle, OPENING)
}

/// All shapes that pictures show; links stand at the given poses.
fn instances(world: &World, links: &[Pose]) -> Vec<Instance> {
    let mut instances = Vec::new();
    for (id, shape) in (0..).zip(visible_shapes(world)) {
        let link = shape.link.and_then(|link| links.get(link));
        let world_from_link = link.copied().unwrap_or(Pose::IDENTITY);
        // A see-through panel would hide the cell: pictures leave it out.
        if shape.material.opacity >= 0.5 {
            let pose = world_from_link.then(&shape.parent_from_shape);
            instances.push(instance(&shape, &pose, id));
        }
    }
    instances
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
            colors: (visible.colors.len() == mesh.points.len() && !mesh.points.is_empty())
                .then(|| visible.colors.clone()),
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
        // A ball of the tube's surface stands in for it.
        LightKind::Cylinder { radius, length } => {
            let ball = (0.5 * radius * length).sqrt();
            Light::Sphere {
                center: pose.translation,
                radius: ball,
                radiance: radiance(4.0 * core::f64::consts::PI * ball * ball),
            }
        }
    }
}

/// The camera whose path holds `name`, else the first one, if there is any.
fn view(world: &World, name: Option<&str>) -> Result<Option<Camera>, Failure> {
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
    Ok(chosen.map(|chosen| {
        let vertical = 2.0 * (0.5 * chosen.camera.vertical_fov()).tan();
        Camera {
            world_from_camera: placed(&chosen.world_from_camera),
            focal_length: 1.0,
            horizontal_aperture: vertical * chosen.camera.aspect(),
            vertical_aperture: vertical,
            near_clip: chosen.camera.clipping[0],
        }
    }))
}
