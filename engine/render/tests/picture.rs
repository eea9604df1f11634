//! Whole pictures: determinism, something to see, PNG that reads back.

#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

use std::sync::Arc;

use halle_render::{
    Camera, Image, Instance, Legend, Light, Material, Mesh, Pose, RenderSettings, Scene, Shape,
    draw_legend, heat_patch, render, viridis,
};

fn scene() -> Scene {
    let put = |shape, at, base_color, metallic| Instance {
        shape,
        world_from_shape: Pose::from_translation(at),
        material: Material {
            base_color,
            metallic,
            ..Material::default()
        },
        id: 1,
    };
    let mesh = Arc::new(Mesh {
        points: vec![
            [0.0, 0.0, 0.0],
            [0.6, 0.0, 0.0],
            [0.0, 0.6, 0.0],
            [0.0, 0.0, 0.6],
        ],
        triangles: vec![[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 2, 3]],
        ..Mesh::default()
    });
    let instances = vec![
        put(Shape::Plane { half_sizes: None }, [0.0; 3], [0.5; 3], 0.0),
        put(
            Shape::Sphere { radius: 0.4 },
            [0.0, 0.0, 0.4],
            [0.8, 0.2, 0.1],
            0.0,
        ),
        put(
            Shape::Capsule {
                half_height: 0.3,
                radius: 0.2,
            },
            [0.9, 0.0, 0.5],
            [0.9; 3],
            1.0,
        ),
        put(
            Shape::Mesh(mesh.clone()),
            [-0.9, 0.2, 0.0],
            [0.1, 0.3, 0.7],
            0.0,
        ),
        put(Shape::Mesh(mesh), [-0.3, -0.9, 0.0], [0.1, 0.6, 0.3], 0.0),
    ];
    let lights = vec![
        Light::Dome {
            top: [0.6, 0.7, 0.9],
            bottom: [0.3; 3],
            intensity: 1.0,
        },
        Light::Distant {
            direction: [0.4, 0.3, -1.0],
            angle: 0.05,
            irradiance: [2.0; 3],
        },
    ];
    Scene {
        instances,
        lights,
        camera: Camera::look_at([1.5, -3.0, 2.0], [0.0, 0.0, 0.3], 0.7),
    }
}

fn small() -> RenderSettings {
    RenderSettings {
        width: 96,
        height: 54,
        samples: 4,
        ..RenderSettings::default()
    }
}

fn with_threads(threads: usize) -> Image {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| render(&scene(), &small()).unwrap())
}

/// The same bytes with one, two and five threads.
#[test]
fn threads_do_not_change_the_picture() {
    let one = with_threads(1);
    assert!(one == with_threads(2) && one == with_threads(5));
}

/// Middle exposure: the mean of all channels is far from black and from white.
#[test]
fn picture_shows_something() {
    let image = render(&scene(), &small()).unwrap();
    let mean = image.rgb8.iter().map(|v| f64::from(*v)).sum::<f64>() / image.rgb8.len() as f64;
    assert!((60.0..200.0).contains(&mean), "{mean}");
    let colors: std::collections::BTreeSet<&[u8]> = image.rgb8.chunks(3).collect();
    assert!(colors.len() > 500);
}

/// Smoothing takes grain out: it brings 4 samples nearer to 256 in mean square, by at least two times.
#[test]
fn smoothing_removes_noise() {
    let draw = |samples, smooth| {
        let settings = RenderSettings {
            samples,
            smooth,
            ..small()
        };
        let linear = halle_render::render_linear(&scene(), &settings).unwrap();
        linear.radiance
    };
    let truth = draw(256, false);
    let error = |image: Vec<[f32; 3]>| -> f32 {
        image
            .iter()
            .flatten()
            .zip(truth.iter().flatten())
            .map(|(a, b)| (a - b).powi(2))
            .sum()
    };
    let (raw, smooth) = (error(draw(4, false)), error(draw(4, true)));
    assert!(smooth < 0.5 * raw, "{smooth} against {raw}");
}

#[test]
fn png_reads_back() {
    let image = render(&scene(), &small()).unwrap();
    let bytes = image.to_png().unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((frame.width, frame.height), (96, 54));
    assert_eq!(pixels, image.rgb8);
    let torn = Image {
        rgb8: vec![0; 5],
        ..image
    };
    assert!(torn.to_png().is_err());
}

/// Straight above a lit patch each cell shows its own place on the scale: more removal, more green.
#[test]
fn heat_patch_keeps_cells_apart() {
    let corners = [
        [0.0, 0.0],
        [1.0, 0.0],
        [2.0, 0.0],
        [0.0, 1.0],
        [1.0, 1.0],
        [2.0, 1.0],
    ]
    .map(|[x, y]| [x, y, 0.0_f32]);
    let shape = heat_patch([2, 1], &corners, &[0.0, 10.0], [0.0, 10.0]).unwrap();
    assert!(heat_patch([2, 1], &corners[1..], &[0.0, 10.0], [0.0, 10.0]).is_none());
    let material = Material {
        ior: 1.0,
        ..Material::default()
    };
    let dome = Light::Dome {
        top: [1.0; 3],
        bottom: [1.0; 3],
        intensity: 1.0,
    };
    let scene = Scene {
        instances: vec![Instance {
            shape,
            world_from_shape: Pose::IDENTITY,
            material,
            id: 0,
        }],
        lights: vec![dome],
        camera: Camera::look_at([1.0, 0.5, 3.0], [1.0, 0.5, 0.0], 0.3),
    };
    let image = render(&scene, &RenderSettings::measuring(32, 18, 4)).unwrap();
    for (x, value) in [(6, 0.0), (26, 1.0)] {
        // An albedo a under radiance 1 leaves as a: the byte of the scale comes back.
        for (found, expected) in image.pixel(x, 9).unwrap().into_iter().zip(viridis(value)) {
            assert!(found.abs_diff(expected) <= 1);
        }
    }
}

#[test]
fn legend_draws_inside_the_picture() {
    let legend = Legend {
        title: "removal [µm]".to_owned(),
        range: [0.0, 10.0],
        ticks: vec![0.0, 5.0, 10.0],
        decimals: 1,
    };
    let mut image = Image::filled(640, 360, [90; 3]);
    draw_legend(&mut image, &legend);
    assert!(image.rgb8.chunks(3).any(|p| p == viridis(0.5)));
    // A picture smaller than the card is drawn over, not written past.
    draw_legend(&mut Image::filled(20, 10, [90; 3]), &legend);
}
