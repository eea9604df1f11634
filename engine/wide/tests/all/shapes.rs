//! Shapes and what stands for meshes; copies of a point instancer.

use std::sync::Arc;

use halle_wide::WideOptions;
use halle_world::components::{Approximation, Collider, Scatter, Scattered};
use halle_world::{Shape, TriangleMesh};
use nalgebra::Isometry3;

use crate::fixture::{Yard, advance, at, body, cuboid, rubbing};

/// A box as a mesh.
fn mesh(half: [f64; 3], lift: f64) -> TriangleMesh {
    let points = (0..8)
        .map(|i| {
            let p = [0, 1, 2].map(|k| if i >> k & 1 == 1 { half[k] } else { -half[k] });
            [p[0], p[1], p[2] + lift]
        })
        .collect();
    let quads = [
        [0, 2, 3, 1],
        [4, 5, 7, 6],
        [0, 1, 5, 4],
        [2, 6, 7, 3],
        [0, 4, 6, 2],
        [1, 3, 7, 5],
    ];
    TriangleMesh {
        points,
        triangles: quads
            .iter()
            .flat_map(|q| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]])
            .collect(),
        normals: Vec::new(),
    }
}

/// A tray: a floor and two walls, open towards y.
fn tray() -> TriangleMesh {
    let mut all = TriangleMesh::default();
    for (half, shift) in [
        ([0.5, 0.5, 0.05], [0.0, 0.0, 0.05]),
        ([0.05, 0.5, 0.2], [-0.45, 0.0, 0.3]),
        ([0.05, 0.5, 0.2], [0.45, 0.0, 0.3]),
    ] {
        let part = mesh(half, 0.0);
        let first = all.points.len() as u32;
        all.points.extend(
            part.points
                .iter()
                .map(|p| [p[0] + shift[0], p[1] + shift[1], p[2] + shift[2]]),
        );
        all.triangles
            .extend(part.triangles.iter().map(|t| t.map(|i| i + first)));
    }
    all
}

/// Every solid rests on the floor at the height of its foot.
#[test]
fn solids_rest_on_their_feet() {
    let block = Arc::new(mesh([0.1, 0.1, 0.1], 0.0));
    for (name, shape, height) in [
        ("Box", cuboid(0.1, 0.2, 0.15), 0.15),
        ("Ball", Shape::Sphere { radius: 0.12 }, 0.12),
        (
            "Capsule",
            Shape::Capsule {
                radius: 0.1,
                half_height: 0.2,
            },
            0.3,
        ),
        (
            "Can",
            Shape::Cylinder {
                radius: 0.2,
                half_height: 0.1,
            },
            0.1,
        ),
        (
            "Cone",
            Shape::Cone {
                radius: 0.2,
                half_height: 0.1,
            },
            0.1,
        ),
        ("Mesh", Shape::Mesh(block), 0.1),
    ] {
        let mut yard = Yard::new(1.0 / 240.0);
        yard.floor(rubbing(0.8, 0.0));
        yard.body(
            name,
            at(0.0, 0.0, height + 0.001),
            shape,
            2.0,
            rubbing(0.8, 0.0),
        );
        let mut batch = yard.run();
        advance(&mut batch, 1.0);
        let pose = batch.env(0).body(0).world_from_body;
        assert!(
            (pose.translation.z - height).abs() < 1.0e-3,
            "{name}: {}",
            pose.translation
        );
        assert!(pose.rotation.angle() < 0.01, "{name}");
    }
}

/// A ball dropped into a tray lies in it if the tray is exact or in convex parts, and on top of
/// it if the tray is its hull or its box.
#[test]
fn approximations_differ() {
    let tray = Arc::new(tray());
    for (approximation, moves, inside) in [
        (Approximation::Exact, false, true),
        (Approximation::ConvexDecomposition, false, true),
        (Approximation::ConvexDecomposition, true, true),
        (Approximation::ConvexHull, false, false),
        (Approximation::BoundingBox, false, false),
        (Approximation::SignedDistance, true, true),
    ] {
        let mut yard = Yard::new(1.0 / 240.0);
        yard.floor(rubbing(0.5, 0.0));
        let shape = Shape::Mesh(tray.clone());
        let it = if moves {
            yard.body("Tray", at(0.0, 0.0, 0.0), shape, 20.0, rubbing(0.5, 0.0))
        } else {
            yard.still("Tray", at(0.0, 0.0, 0.0), shape, rubbing(0.5, 0.0))
        };
        yard.give(
            it,
            Collider {
                approximation,
                ..Collider::default()
            },
        );
        yard.body(
            "Ball",
            at(0.1, 0.0, 0.7),
            Shape::Sphere { radius: 0.1 },
            0.5,
            rubbing(0.5, 0.0),
        );
        let mut batch = yard.run();
        advance(&mut batch, 1.5);
        let z = batch
            .env(0)
            .body(body(&batch, "Ball"))
            .world_from_body
            .translation
            .z;
        // Parts are found on a grid: their floor is up to a few millimetres off.
        let wanted = if inside { 0.2 } else { 0.6 };
        assert!((z - wanted).abs() < 0.012, "{approximation:?} {moves}: {z}");
    }
}

/// Copies of a prototype are bodies of their own, scaled, and the prototype itself is not there.
#[test]
fn copies_are_bodies() {
    let mut yard = Yard::new(1.0 / 240.0);
    yard.floor(rubbing(0.5, 0.0));
    let root = yard.prim("Prototype", at(5.0, 5.0, 5.0));
    let it = yard.body(
        "Crate",
        at(5.0, 5.0, 5.0),
        cuboid(0.1, 0.1, 0.1),
        1.0,
        rubbing(0.5, 0.0),
    );
    yard.give(it, halle_world::components::AuthoredMass::default());
    yard.below(it, root);
    let instancer = yard.prim("Pile", at(0.0, 0.0, 0.5));
    let copies = (0..3)
        .map(|k| Scattered {
            prototype: 0,
            instancer_from_prototype: Isometry3::translation(f64::from(k), 0.0, 0.0),
            scale: [1.0 + f64::from(k); 3],
        })
        .collect();
    yard.give(
        instancer,
        Scatter {
            prototypes: vec![root],
            copies: Arc::new(copies),
        },
    );
    let mut batch = yard.run();
    assert_eq!(batch.model().bodies().len(), 3);
    for (k, facts) in batch.model().bodies().iter().enumerate() {
        let scale = 1.0 + k as f64;
        assert!(
            (facts.mass.mass - 8.0 * scale.powi(3)).abs() < 1.0e-9,
            "{}",
            facts.path
        );
    }
    assert_eq!(batch.model().bodies()[1].path, "/Pile[1]:/Crate");
    advance(&mut batch, 2.0);
    for k in 0..3 {
        let place = batch.env(0).body(k).world_from_body.translation.vector;
        assert!((place.z - 0.1 * (1.0 + k as f64)).abs() < 1.0e-3, "{place}");
        // Solving one contact after the other lets a box slide a little as it lands at 2.8 m/s.
        assert!((place.x - k as f64).abs() < 0.02, "{place}");
    }
}

/// What cannot be touched or placed is left out and said, and the rest goes on.
#[test]
fn hopeless_shapes_are_findings() {
    let mut yard = Yard::new(1.0 / 240.0);
    yard.floor(rubbing(0.5, 0.0));
    yard.body(
        "Good",
        at(0.0, 0.0, 0.1),
        cuboid(0.1, 0.1, 0.1),
        1.0,
        rubbing(0.5, 0.0),
    );
    yard.body(
        "Flat",
        at(1.0, 0.0, 0.1),
        cuboid(0.1, 0.1, 0.0),
        1.0,
        rubbing(0.5, 0.0),
    );
    yard.body(
        "Nan",
        at(f64::NAN, 0.0, 0.1),
        cuboid(0.1, 0.1, 0.1),
        1.0,
        rubbing(0.5, 0.0),
    );
    yard.body(
        "Far",
        at(1.0e9, 0.0, 0.1),
        cuboid(0.1, 0.1, 0.1),
        1.0,
        rubbing(0.5, 0.0),
    );
    let empty = Shape::Mesh(Arc::new(TriangleMesh::default()));
    yard.body("Empty", at(2.0, 0.0, 0.1), empty, 1.0, rubbing(0.5, 0.0));
    let mut sheet = mesh([0.1, 0.1, 0.1], 0.0);
    sheet.points.iter_mut().for_each(|p| p[2] = 0.0);
    yard.body(
        "Sheet",
        at(3.0, 0.0, 0.1),
        Shape::Mesh(Arc::new(sheet)),
        1.0,
        rubbing(0.5, 0.0),
    );
    let mut broken = mesh([0.1, 0.1, 0.1], 0.0);
    broken.triangles.push([0, 1, 99]);
    broken.points[7] = [f64::NAN; 3];
    yard.body(
        "Broken",
        at(4.0, 0.0, 0.1),
        Shape::Mesh(Arc::new(broken)),
        1.0,
        rubbing(0.5, 0.0),
    );
    yard.body(
        "Heavy",
        at(5.0, 0.0, 0.1),
        cuboid(0.1, 0.1, 0.1),
        f64::NAN,
        rubbing(0.5, 0.0),
    );
    let (model, findings) = yard.model(&WideOptions::default());
    for code in ["WD0302", "WD0303", "WD0304", "WD0305", "WD0306"] {
        assert!(
            findings.findings().iter().any(|f| f.code == code),
            "{code}: {findings}"
        );
    }
    let mut batch =
        halle_wide::WideBatch::new(model, 0, 1, 1, halle_wide::Jitter::default(), 1).unwrap();
    advance(&mut batch, 1.0);
    assert!(!batch.env(0).fault().0.any());
    let good = batch.env(0).body(body(&batch, "Good"));
    assert!((good.world_from_body.translation.z - 0.1).abs() < 1.0e-3);
}
