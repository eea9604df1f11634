//! Light that reaches a surface and leaves it, against closed forms.

#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

use halle_render::{
    Camera, Instance, Light, Material, Pose, RenderSettings, Scene, Shape, render_linear,
};

/// A Lambert plane of albedo 0.18 at z = 0, seen from 0.9 m above through a narrow lens.
fn plane_under(light: Light) -> Scene {
    let material = Material {
        base_color: [0.18; 3],
        ior: 1.0,
        ..Material::default()
    };
    let shape = Shape::Plane { half_sizes: None };
    Scene {
        instances: vec![Instance {
            shape,
            world_from_shape: Pose::IDENTITY,
            material,
            id: 0,
        }],
        lights: vec![light],
        camera: Camera::look_at([0.0, 0.0, 0.9], [0.0; 3], 1e-3),
    }
}

/// Mean radiance at the point straight below; lights have no body, so the camera may stand under one.
fn radiance(light: Light, samples: u32) -> f64 {
    let settings = RenderSettings::measuring(4, 4, samples);
    let image = render_linear(&plane_under(light), &settings).unwrap();
    image.radiance.iter().map(|c| f64::from(c[1])).sum::<f64>() / image.radiance.len() as f64
}

fn check(light: Light, expected: f64, tolerance: f64) {
    let found = radiance(light, 1024);
    let off = (found / expected - 1.0).abs();
    assert!(off < tolerance, "{light:?}: {found} instead of {expected}");
}

fn above(height: f64) -> Pose {
    Pose::from_translation([0.0, 0.0, height])
}

/// Lo = ρ L r² / (r² + d²). 16k stratified samples: 0.1 % is over three standard errors.
#[test]
fn disk_light() {
    let world_from_light = above(2.0);
    let light = Light::Disk {
        world_from_light,
        radius: 0.5,
        radiance: [30.0; 3],
    };
    check(light, 0.317_647, 1e-3);
}

/// Lo = ρ L F with the form factor of a unit square 1 m above its centre, F = 0.2394565.
#[test]
fn rect_light() {
    let world_from_light = above(1.0);
    let light = Light::Rect {
        world_from_light,
        width: 1.0,
        height: 1.0,
        radiance: [10.0; 3],
    };
    check(light, 0.431_022, 1e-3);
}

/// Lo = ρ L (r / d)².
#[test]
fn sphere_light() {
    let light = Light::Sphere {
        center: [0.0, 0.0, 2.0],
        radius: 0.5,
        radiance: [30.0; 3],
    };
    check(light, 0.3375, 1e-3);
}

/// Lo = ρ E / π, whatever the angle of the sun, and cos 60° of it when it stands 60° off.
#[test]
fn distant_light() {
    for angle in [0.0, 0.0093, 0.5] {
        let irradiance = [5.0; 3];
        let down = Light::Distant {
            direction: [0.0, 0.0, -2.0],
            angle,
            irradiance,
        };
        check(down, 0.286_479, 1e-3);
        let slanted = Light::Distant {
            direction: [3.0_f64.sqrt(), 0.0, -1.0],
            angle,
            irradiance,
        };
        check(slanted, 0.143_239, 1e-3);
    }
}

/// Lo = ρ L under an even sky; under one that goes from 0 below to 1 above, ρ (1/2 + 1/3).
///
/// The second is ∫ (1/2 + cos θ / 2) cos θ dω / π = 1/2 + 1/3. Under the even sky all paths
/// weigh the same: 5e-5 is room for a sum of 1024 numbers in f32.
#[test]
fn dome_light() {
    check(
        Light::Dome {
            top: [1.0; 3],
            bottom: [1.0; 3],
            intensity: 2.0,
        },
        0.36,
        5e-5,
    );
    let graded = Light::Dome {
        top: [1.0; 3],
        bottom: [0.0; 3],
        intensity: 1.0,
    };
    check(graded, 0.18 * (0.5 + 1.0 / 3.0), 1e-3);
}

/// Inside a closed white-ish box, L = Le + ρ (Le + ρ (…)): a geometric series cut at the bounces.
///
/// A Lambert sphere that glows evenly with Le sees itself from inside with
/// L = Le (1 + ρ + … + ρ^(n+1)) after n bounces and the last look.
#[test]
fn glowing_sphere_is_a_geometric_series() {
    let (albedo, glow) = (0.5_f32, 1.0_f32);
    let material = Material {
        base_color: [albedo; 3],
        emissive: [glow; 3],
        ior: 1.0,
        ..Material::default()
    };
    let shape = Shape::Sphere { radius: 1.0 };
    let scene = Scene {
        instances: vec![Instance {
            shape,
            world_from_shape: Pose::IDENTITY,
            material,
            id: 0,
        }],
        lights: Vec::new(),
        camera: Camera::look_at([0.0; 3], [1.0, 0.2, 0.1], 0.5),
    };
    let settings = RenderSettings {
        bounces: 3,
        ..RenderSettings::measuring(4, 4, 16)
    };
    for pixel in render_linear(&scene, &settings).unwrap().radiance {
        // Every path has the same weight, so f32 rounding is all that is left.
        assert!((pixel[0] - 1.9375).abs() < 1e-5, "{pixel:?}");
    }
}

/// A ball half way to a lamp throws a shadow: the point below sees no direct light.
#[test]
fn shadow_is_black_and_its_outside_is_lit() {
    let sun = Light::Distant {
        direction: [0.0, 0.0, -1.0],
        angle: 0.0,
        irradiance: [1.0; 3],
    };
    let mut scene = plane_under(sun);
    scene.instances.push(Instance {
        shape: Shape::Sphere { radius: 0.2 },
        world_from_shape: above(2.0),
        material: Material::default(),
        id: 1,
    });
    let settings = RenderSettings {
        bounces: 0,
        ..RenderSettings::measuring(2, 2, 4)
    };
    let dark = render_linear(&scene, &settings).unwrap();
    assert!(dark.radiance.iter().all(|c| c[0] == 0.0));
    scene.camera = Camera::look_at([0.5, 0.0, 0.9], [0.5, 0.0, 0.0], 1e-3);
    let lit = render_linear(&scene, &settings).unwrap();
    assert!(lit.radiance.iter().all(|c| (c[0] - 0.057_296).abs() < 1e-5));
}
