//! Where camera rays meet each shape, against closed forms, through depth and id of a picture.

#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

use std::sync::Arc;

use halle_render::{
    Camera, Instance, Material, Mesh, Pose, RenderError, RenderSettings, Scene, Shape,
    render_linear,
};

fn scene(shape: Shape, world_from_shape: Pose, eye: [f64; 3], target: [f64; 3]) -> Scene {
    let instance = Instance {
        shape,
        world_from_shape,
        material: Material::default(),
        id: 7,
    };
    let camera = Camera::look_at(eye, target, 1e-7);
    Scene {
        instances: vec![instance],
        lights: Vec::new(),
        camera,
    }
}

/// Distance to the shape straight ahead, or infinity.
fn ahead(shape: Shape, world_from_shape: Pose, eye: [f64; 3], target: [f64; 3]) -> f64 {
    let scene = scene(shape, world_from_shape, eye, target);
    let image = render_linear(&scene, &RenderSettings::measuring(1, 1, 1)).unwrap();
    let hit = image.depth[0].is_finite();
    assert_eq!(image.id[0], if hit { 7 } else { u32::MAX });
    f64::from(image.depth[0])
}

/// The lens is 1e-7 rad wide and depth is f32: 1e-5 m at these distances.
fn check(shape: Shape, eye: [f64; 3], target: [f64; 3], expected: f64) {
    let found = ahead(shape.clone(), Pose::IDENTITY, eye, target);
    let fits = if expected.is_finite() {
        (found - expected).abs() < 1e-5
    } else {
        found == expected
    };
    assert!(
        fits,
        "{shape:?} from {eye:?} to {target:?}: {found} instead of {expected}"
    );
}

#[test]
fn primitives_meet_their_closed_forms() {
    let block = || Shape::Box {
        half_extents: [1.0, 2.0, 3.0],
    };
    check(block(), [5.0, 0.5, 0.5], [0.0, 0.5, 0.5], 4.0);
    check(block(), [0.3, 7.0, -1.0], [0.3, 0.0, -1.0], 5.0);
    check(block(), [0.2, 0.2, 9.0], [0.2, 0.2, 0.0], 6.0);
    check(block(), [5.0, 2.5, 0.0], [0.0, 2.5, 0.0], f64::INFINITY);
    // From inside one sees the far wall.
    check(block(), [0.0, 0.0, 0.0], [1.0, 0.0, 0.0], 1.0);
    // Along the diagonal of the faces x and y: enters where the later of the two slabs begins.
    check(
        block(),
        [4.0, 4.0, 0.0],
        [0.0, 0.0, 0.0],
        3.0 * 2.0_f64.sqrt(),
    );

    check(
        Shape::Sphere { radius: 0.5 },
        [3.0, 0.0, 0.3],
        [0.0, 0.0, 0.3],
        3.0 - 0.4,
    );
    check(
        Shape::Sphere { radius: 0.5 },
        [3.0, 0.0, 0.6],
        [0.0, 0.0, 0.6],
        f64::INFINITY,
    );

    let capsule = || Shape::Capsule {
        half_height: 1.0,
        radius: 0.5,
    };
    check(capsule(), [3.0, 0.3, 0.9], [0.0, 0.3, 0.9], 3.0 - 0.4);
    check(capsule(), [0.0, 0.3, 4.0], [0.0, 0.3, 0.0], 4.0 - 1.4);
    check(capsule(), [0.0, 3.0, -1.3], [0.0, 0.0, -1.3], 3.0 - 0.4);
    check(capsule(), [0.0, 0.0, -0.5], [0.0, 0.0, 1.0], 2.0);

    let cylinder = || Shape::Cylinder {
        half_height: 1.0,
        radius: 0.5,
    };
    check(cylinder(), [3.0, 0.3, 0.9], [0.0, 0.3, 0.9], 3.0 - 0.4);
    check(cylinder(), [0.0, 0.3, 4.0], [0.0, 0.3, 0.0], 3.0);
    check(
        cylinder(),
        [0.0, 3.0, -1.3],
        [0.0, 0.0, -1.3],
        f64::INFINITY,
    );

    // The radius of the cone falls from 0.5 at z = -1 to 0 at z = 1.
    let cone = || Shape::Cone {
        half_height: 1.0,
        radius: 0.5,
    };
    check(cone(), [3.0, 0.0, 0.0], [0.0, 0.0, 0.0], 3.0 - 0.25);
    check(cone(), [3.0, 0.0, 0.6], [0.0, 0.0, 0.6], 3.0 - 0.1);
    check(cone(), [0.25, 0.0, 4.0], [0.25, 0.0, 0.0], 4.0);
    check(cone(), [0.25, 0.0, -4.0], [0.25, 0.0, 0.0], 3.0);
    // The mirrored half above the apex is not there.
    check(cone(), [3.0, 0.0, 1.5], [0.0, 0.0, 1.5], f64::INFINITY);

    let plane = || Shape::Plane {
        half_sizes: Some([1.0, 2.0]),
    };
    check(plane(), [0.9, 1.9, 2.0], [0.9, 1.9, 0.0], 2.0);
    check(plane(), [1.1, 1.9, 2.0], [1.1, 1.9, 0.0], f64::INFINITY);
    check(
        Shape::Plane { half_sizes: None },
        [30.0, 0.0, -3.0],
        [27.0, 0.0, 0.0],
        18.0_f64.sqrt(),
    );
}

/// A unit square of two triangles and a tessellated ball: the tree finds what a formula says.
#[test]
fn meshes_meet_their_closed_forms() {
    let square = Mesh {
        points: vec![
            [0.0, 0.0, 0.0],
            [1.0, 0.0, 0.0],
            [1.0, 1.0, 0.0],
            [0.0, 1.0, 0.0],
        ],
        triangles: vec![[0, 1, 2], [0, 2, 3]],
        ..Mesh::default()
    };
    let square = Arc::new(square);
    check(
        Shape::Mesh(square.clone()),
        [0.3, 0.6, 2.0],
        [0.3, 0.6, 0.0],
        2.0,
    );
    check(
        Shape::Mesh(square.clone()),
        [0.6, 0.3, -2.0],
        [0.6, 0.3, 0.0],
        2.0,
    );
    check(
        Shape::Mesh(square),
        [1.2, 0.3, 2.0],
        [1.2, 0.3, 0.0],
        f64::INFINITY,
    );

    let (rings, sides) = (64_u32, 128_u32);
    let mut ball = Mesh::default();
    for ring in 0..=rings {
        for side in 0..sides {
            let polar = std::f32::consts::PI * ring as f32 / rings as f32;
            let around = 2.0 * std::f32::consts::PI * side as f32 / sides as f32;
            let (sin, cos) = polar.sin_cos();
            ball.points
                .push([sin * around.cos(), sin * around.sin(), cos]);
        }
    }
    for ring in 0..rings {
        for side in 0..sides {
            let next = (side + 1) % sides;
            let [a, b] = [ring * sides + side, ring * sides + next];
            ball.triangles
                .extend([[a, a + sides, b + sides], [a, b + sides, b]]);
        }
    }
    let ball = Arc::new(ball);
    for i in 0..40 {
        let (y, z) = (0.02 * f64::from(i) - 0.4, 0.5 - 0.03 * f64::from(i));
        let found = ahead(
            Shape::Mesh(ball.clone()),
            Pose::IDENTITY,
            [3.0, y, z],
            [0.0, y, z],
        );
        let expected = 3.0 - (1.0 - y * y - z * z).sqrt();
        // A chord of 2π/128 rad sags by 1 - cos(π/128) = 3e-4; slanted rays see up to twice that.
        assert!((found - expected).abs() < 1e-3, "{found} {expected}");
    }
}

/// A turned and moved shape is met as if the ray were moved back.
#[test]
fn pose_moves_the_shape() {
    let pose = Pose::between([1.0, 0.0, 2.0], [3.0, 0.0, 2.0]);
    let rod = Shape::Cylinder {
        half_height: 1.0,
        radius: 0.25,
    };
    let found = ahead(rod.clone(), pose, [1.5, 0.0, 5.0], [1.5, 0.0, 0.0]);
    assert!((found - 2.75).abs() < 1e-5);
    assert!(ahead(rod, pose, [3.5, 0.0, 5.0], [3.5, 0.0, 0.0]).is_infinite());
}

/// What lies before the near plane is not seen.
#[test]
fn near_plane_cuts() {
    let mut scene = scene(
        Shape::Sphere { radius: 0.5 },
        Pose::IDENTITY,
        [2.0, 0.0, 0.0],
        [0.0; 3],
    );
    scene.camera.near_clip = 1.8;
    let image = render_linear(&scene, &RenderSettings::measuring(1, 1, 1)).unwrap();
    // The front at 1.5 m is cut away, the inside of the back at 2.5 m stays.
    assert!((image.depth[0] - 2.5).abs() < 1e-5);
}

/// Input without sense is refused with the place of the fault, never drawn.
#[test]
fn bad_input_is_refused() {
    let good = || {
        scene(
            Shape::Sphere { radius: 0.5 },
            Pose::IDENTITY,
            [2.0, 0.0, 0.0],
            [0.0; 3],
        )
    };
    let settings = RenderSettings::measuring(1, 1, 1);
    let refused = |scene: &Scene| render_linear(scene, &settings).unwrap_err();

    let empty = RenderSettings::measuring(0, 1, 1);
    assert!(matches!(
        render_linear(&good(), &empty),
        Err(RenderError::Extent { width: 0, .. })
    ));
    let mut bad = good();
    bad.camera.focal_length = 0.0;
    assert!(matches!(refused(&bad), RenderError::Camera));
    let mut bad = good();
    bad.instances[0].world_from_shape.translation[1] = f64::NAN;
    assert!(matches!(
        refused(&bad),
        RenderError::Pose { instance: 0, id: 7 }
    ));
    let mut bad = good();
    let mesh = Mesh {
        points: vec![[0.0; 3]],
        triangles: vec![[0, 0, 1]],
        ..Mesh::default()
    };
    bad.instances[0].shape = Shape::Mesh(Arc::new(mesh));
    assert!(matches!(
        refused(&bad),
        RenderError::Mesh { instance: 0, id: 7 }
    ));
}
