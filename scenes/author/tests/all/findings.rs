//! What cannot be said is found, not forgotten.

use halle_author::{AuthorError, AuthorOptions, text};
use halle_world::components::*;
use halle_world::{Shape, TriangleMesh, World};
use nalgebra::Vector3;

use crate::worlds::{Made, at, plant};

fn codes(world: &World) -> Vec<&'static str> {
    let (_, findings) = text(world, &AuthorOptions::default()).unwrap();
    findings.findings().iter().map(|f| f.code).collect()
}

/// A world with one prim that is `what`, beside a body `/Plant/Body`.
fn one(change: impl FnOnce(&mut Made)) -> World {
    let mut made = Made::new();
    made.prim("/Plant", at(0.0, 0.0, 0.0), ());
    change(&mut made);
    made.done()
}

/// The example plant holds only what can be said, but for one moved articulation root.
#[test]
fn example_is_said_in_full() {
    assert_eq!(codes(&plant()), ["AU0307"]);
}

/// One world for each code.
#[test]
fn each_loss_has_its_code() {
    type Change = Box<dyn FnOnce(&mut Made)>;
    let cases: Vec<(&str, Change)> = vec![
        (
            "AU0301",
            Box::new(|m| {
                m.prim("/Plant/link-1", at(0.0, 0.0, 0.0), ());
            }),
        ),
        (
            "AU0302",
            Box::new(|m| {
                let joint = Joint::between(
                    Motion::Unsupported("PhysxPhysicsGearJoint".to_owned()),
                    None,
                    None,
                );
                m.prim("/Plant/Gear", at(0.0, 0.0, 0.0), joint);
            }),
        ),
        (
            "AU0303",
            Box::new(|m| {
                let body = RigidBody {
                    gravity_scale: 0.5,
                    ..RigidBody::default()
                };
                m.prim("/Plant/Body", at(0.0, 0.0, 0.0), body);
            }),
        ),
        (
            "AU0304",
            Box::new(|m| {
                let target = m.plant.entities[0];
                let sensor = Sensor {
                    kind: "gyro".to_owned(),
                    target,
                };
                m.prim("/Plant/Gyro", at(0.0, 0.0, 0.0), sensor);
            }),
        ),
        (
            "AU0305",
            Box::new(|m| {
                let ball = Joint::between(Motion::Spherical { cone: [None; 2] }, None, None);
                m.prim("/Plant/Ball", at(0.0, 0.0, 0.0), ball);
                let frame = Keyframe {
                    name: "home".to_owned(),
                    positions: vec![],
                    velocities: vec![],
                    controls: vec![],
                };
                m.world.insert_resource(Keyframes(vec![frame]));
            }),
        ),
        (
            "AU0306",
            Box::new(|m| {
                let body = RigidBody {
                    linear_velocity: Vector3::new(f64::NAN, 0.0, 0.0),
                    ..RigidBody::default()
                };
                m.prim("/Plant/Body", at(0.0, 0.0, 0.0), body);
            }),
        ),
        (
            "AU0308",
            Box::new(|m| {
                m.prim("/Plant/Body", at(0.0, 0.0, 0.0), Collider::default());
            }),
        ),
        (
            "AU0309",
            Box::new(|m| {
                let mut joint = Joint::between(Motion::Fixed, None, None);
                joint.lower = Some(0.0);
                m.prim("/Plant/Joint", at(0.0, 0.0, 0.0), joint);
            }),
        ),
        (
            "AU0310",
            Box::new(|m| {
                let ball = m.shape(
                    "/Plant/Ball",
                    at(0.0, 0.0, 0.0),
                    Shape::Sphere { radius: 1.0 },
                );
                m.world.entity_mut(ball).insert((
                    Collider::default(),
                    MaskFilter {
                        categories: 1,
                        mask: 2,
                    },
                ));
                let group = CollisionGroup {
                    inverted: true,
                    ..CollisionGroup::default()
                };
                m.prim("/Plant/Group", at(0.0, 0.0, 0.0), group);
            }),
        ),
        (
            "AU0311",
            Box::new(|m| {
                m.prim("/Plant/Body", at(0.0, 0.0, 0.0), RigidBody::default());
                m.prim("/Plant/Body/Inner", at(1.0, 0.0, 0.0), RigidBody::default());
            }),
        ),
        (
            "AU0312",
            Box::new(|m| {
                let body = RigidBody {
                    kinematic: true,
                    ..RigidBody::default()
                };
                m.prim(
                    "/Plant/Body",
                    at(0.0, 0.0, 0.0),
                    (
                        body,
                        ArticulationRoot {
                            self_collision: true,
                        },
                    ),
                );
            }),
        ),
        (
            "AU0313",
            Box::new(|m| {
                let mass = AuthoredMass {
                    mass: Some(0.0),
                    ..AuthoredMass::default()
                };
                m.prim(
                    "/Plant/Body",
                    at(0.0, 0.0, 0.0),
                    (RigidBody::default(), mass),
                );
            }),
        ),
        (
            "AU0314",
            Box::new(|m| {
                let stranger = m.world.spawn_empty().id();
                m.prim(
                    "/Plant/Body",
                    at(0.0, 0.0, 0.0),
                    FilteredPairs(vec![stranger]),
                );
            }),
        ),
        (
            "AU0315",
            Box::new(|m| {
                let plane = Shape::Plane {
                    half_extent: [f64::INFINITY, 0.0],
                };
                m.shape("/Plant/Floor", at(0.0, 0.0, 0.0), plane);
            }),
        ),
        (
            "AU0316",
            Box::new(|m| {
                let bolt = m.shape(
                    "/Plant/Bolt",
                    at(0.0, 0.0, 0.0),
                    Shape::Sphere { radius: 0.1 },
                );
                let scatter = Scatter {
                    prototypes: vec![bolt],
                    copies: Vec::new().into(),
                };
                m.prim("/Plant/Bolts", at(0.0, 0.0, 0.0), scatter);
            }),
        ),
    ];
    let described = include_str!("../../FINDINGS.md");
    for (code, change) in cases {
        assert_eq!(codes(&one(change)), [code]);
        assert!(
            described.contains(&format!("\n## {code}: ")),
            "{code} is described"
        );
    }
}

/// A mesh that names a point it does not have is refused by name, not written.
#[test]
fn broken_mesh_is_an_error() {
    let mesh = TriangleMesh {
        points: vec![[0.0; 3]; 3],
        triangles: vec![[0, 1, 3]],
        normals: vec![],
    };
    let world = one(|m| {
        m.shape("/Plant/Mesh", at(0.0, 0.0, 0.0), Shape::Mesh(mesh.into()));
    });
    let error = text(&world, &AuthorOptions::default()).unwrap_err();
    assert!(matches!(
        error,
        AuthorError::BadMesh {
            index: 3,
            count: 3,
            ..
        }
    ));
    assert_eq!(
        error.to_string(),
        "/Plant/Mesh: triangle names point 3 of 3"
    );
}
