//! Draws a small polishing cell: `cargo run --release -p halle-render --example cell [picture.png]`.

use std::{path::PathBuf, sync::Arc};

use halle_render::{
    Camera, Grid, Instance, Legend, Light, Material, Mesh, Pose, RenderSettings, Scene, Shape,
    draw_legend, heat_patch, render,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = RenderSettings::default();
    let mut picture = render(&cell(), &settings)?;
    let ticks = (0..=5).map(|i| 2.0 * f64::from(i)).collect();
    let title = "removal [µm]".to_owned();
    draw_legend(
        &mut picture,
        &Legend {
            title,
            range: [0.0, 10.0],
            ticks,
            decimals: 0,
        },
    );
    let path = std::env::args().nth(1).map_or_else(
        || std::env::temp_dir().join("halle-render-cell.png"),
        PathBuf::from,
    );
    std::fs::write(&path, picture.to_png()?)?;
    assert!(
        picture.rgb8.iter().any(|v| *v > 128),
        "the picture is not dark"
    );
    Ok(())
}

fn paint(base_color: [f32; 3], roughness: f32) -> Material {
    Material {
        base_color,
        roughness,
        ..Material::default()
    }
}

fn metal(base_color: [f32; 3], roughness: f32) -> Material {
    Material {
        base_color,
        roughness,
        metallic: 1.0,
        ..Material::default()
    }
}

fn block(half_extents: [f64; 3], at: [f64; 3], material: Material) -> Instance {
    let shape = Shape::Box { half_extents };
    Instance {
        shape,
        world_from_shape: Pose::from_translation(at),
        material,
        id: 1,
    }
}

fn rod(start: [f64; 3], end: [f64; 3], radius: f64, material: Material, round: bool) -> Instance {
    let length: f64 = (0..3)
        .map(|i| (end[i] - start[i]).powi(2))
        .sum::<f64>()
        .sqrt();
    let half_height = 0.5 * length;
    let shape = if round {
        Shape::Capsule {
            half_height,
            radius,
        }
    } else {
        Shape::Cylinder {
            half_height,
            radius,
        }
    };
    Instance {
        shape,
        world_from_shape: Pose::between(start, end),
        material,
        id: 2,
    }
}

fn cell() -> Scene {
    let floor = Material {
        grid: Some(Grid {
            spacing: 0.5,
            width: 0.006,
            color: [0.20, 0.21, 0.22],
        }),
        ..paint([0.34, 0.35, 0.36], 0.6)
    };
    let plane = Shape::Plane { half_sizes: None };
    let world_from_shape = Pose::IDENTITY;
    let mut instances = vec![Instance {
        shape: plane,
        world_from_shape,
        material: floor,
        id: 0,
    }];
    instances.extend(furniture());
    instances.extend(arm());
    instances.extend(fence());
    instances.push(workpiece());
    let lamp = |at: [f64; 3]| Light::Rect {
        world_from_light: Pose::from_translation(at),
        width: 1.6,
        height: 0.5,
        radiance: [9.0, 8.8, 8.4],
    };
    let lights = vec![
        Light::Dome {
            top: [0.85, 0.92, 1.0],
            bottom: [0.5, 0.48, 0.45],
            intensity: 0.55,
        },
        Light::Distant {
            direction: [0.55, 0.45, -1.0],
            angle: 0.06,
            irradiance: [1.5, 1.42, 1.3],
        },
        lamp([0.2, -0.9, 2.9]),
    ];
    let camera = Camera::look_at([2.05, -1.95, 1.75], [0.22, 0.05, 0.92], 0.62);
    Scene {
        instances,
        lights,
        camera,
    }
}

fn furniture() -> Vec<Instance> {
    let frame = paint([0.06, 0.075, 0.09], 0.45);
    let mut parts = vec![
        block(
            [0.62, 0.5, 0.025],
            [0.35, 0.0, 0.725],
            metal([0.62, 0.63, 0.65], 0.42),
        ),
        block(
            [0.085, 0.115, 0.05],
            [0.62, 0.0, 0.80],
            paint([0.09, 0.10, 0.11], 0.5),
        ),
    ];
    for (x, y) in [(-0.21, -0.44), (-0.21, 0.44), (0.91, -0.44), (0.91, 0.44)] {
        parts.push(block([0.035, 0.035, 0.35], [x, y, 0.35], frame));
    }
    parts
}

fn arm() -> Vec<Instance> {
    let light = paint([0.72, 0.74, 0.76], 0.35);
    let dark = paint([0.05, 0.06, 0.07], 0.4);
    let accent = paint([0.02, 0.22, 0.42], 0.35);
    let (shoulder, elbow, wrist) = ([0.0, -0.1, 0.95], [0.17, -0.1, 1.46], [0.62, -0.1, 1.22]);
    let joint = |p: [f64; 3], r: f64| {
        rod(
            [p[0], p[1] - 0.085, p[2]],
            [p[0], p[1] + 0.085, p[2]],
            r,
            accent,
            false,
        )
    };
    let lower = |p: [f64; 3], dz: f64| [p[0], 0.0, p[2] + dz];
    vec![
        rod([0.0, 0.0, 0.75], [0.0, 0.0, 0.80], 0.1, dark, false),
        rod([0.0, 0.0, 0.80], [0.0, 0.0, 0.95], 0.075, light, false),
        joint(shoulder, 0.078),
        rod(shoulder, elbow, 0.058, light, true),
        joint(elbow, 0.066),
        rod(
            [elbow[0], 0.0, elbow[2]],
            lower(wrist, 0.0),
            0.047,
            light,
            true,
        ),
        joint([wrist[0], -0.03, wrist[2]], 0.05),
        rod(lower(wrist, 0.0), lower(wrist, -0.12), 0.042, light, false),
        rod(
            lower(wrist, -0.12),
            lower(wrist, -0.24),
            0.036,
            metal([0.75; 3], 0.25),
            false,
        ),
        rod(
            lower(wrist, -0.24),
            lower(wrist, -0.29),
            0.014,
            metal([0.6; 3], 0.2),
            false,
        ),
        rod(
            lower(wrist, -0.29),
            lower(wrist, -0.31),
            0.05,
            paint([0.75, 0.42, 0.06], 0.8),
            false,
        ),
    ]
}

fn fence() -> Vec<Instance> {
    let yellow = paint([0.85, 0.52, 0.03], 0.45);
    let wire = paint([0.10, 0.11, 0.12], 0.5);
    let (back, side) = (1.1, -0.95);
    let mut parts = Vec::new();
    let post = |x: f64, y: f64| block([0.025, 0.025, 0.8], [x, y, 0.8], yellow);
    for i in 0..4 {
        parts.push(post(side + f64::from(i) * 0.9, back));
    }
    parts.extend([post(side, 0.1), post(side, -0.9)]);
    for z in [0.15, 1.55] {
        parts.push(block([1.35, 0.012, 0.012], [0.4, back, z], yellow));
        parts.push(block([0.012, 1.0, 0.012], [side, 0.1, z], yellow));
    }
    for i in 1..36 {
        let x = side + f64::from(i) * 0.075;
        parts.push(rod([x, back, 0.15], [x, back, 1.55], 0.004, wire, false));
    }
    for i in 1..27 {
        let y = back - f64::from(i) * 0.075;
        parts.push(rod([side, y, 0.15], [side, y, 1.55], 0.004, wire, false));
    }
    parts
}

/// A saddle whose top carries a made-up removal map.
fn workpiece() -> Instance {
    let (nx, ny) = (40, 52);
    let mut corners = Vec::new();
    for j in 0..=ny {
        for i in 0..=nx {
            let (u, v) = (
                2.0 * i as f32 / nx as f32 - 1.0,
                2.0 * j as f32 / ny as f32 - 1.0,
            );
            corners.push([0.1 * u, 0.13 * v, 0.03 * (v * v - u * u)]);
        }
    }
    let values: Vec<f64> = (0..nx * ny)
        .map(|cell| {
            let (i, j) = ((cell % nx) as f64, (cell / nx) as f64);
            if j > 30.0 {
                0.4
            } else {
                7.0 + 1.5 * (0.9 * i).sin() - 0.03 * j
            }
        })
        .collect();
    let shape = heat_patch([nx, ny], &corners, &values, [0.0, 10.0])
        .unwrap_or_else(|| Shape::Mesh(Arc::new(Mesh::default())));
    let world_from_shape = Pose::from_translation([0.62, 0.0, 0.88]);
    Instance {
        shape,
        world_from_shape,
        material: paint([0.5; 3], 0.3),
        id: 9,
    }
}
