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

/// A world with one change has one finding, of this code, which `FINDINGS.md` describes.
fn loses(code: &str, change: impl FnOnce(&mut Made)) {
    assert_eq!(codes(&one(change)), [code]);
    assert!(
        include_str!("../../FINDINGS.md").contains(&format!("\n## {code}: ")),
        "{code} is described"
    );
}

/// What names and joints lose, one world for each code.
#[test]
fn losses_of_names_and_joints_have_their_codes() {
    loses("AU0301", |m| {
        m.prim("/Plant/link-1", at(0.0, 0.0, 0.0), ());
    });
    loses("AU0302", |m| {
        let joint = Joint::between(
            Motion::Unsupported("PhysxPhysicsGearJoint".to_owned()),
            None,
            None,
        );
        m.prim("/Plant/Gear", at(0.0, 0.0, 0.0), joint);
    });
    loses("AU0305", |m| {
        let ball = Joint::between(Motion::Spherical { cone: [None; 2] }, None, None);
        m.prim("/Plant/Ball", at(0.0, 0.0, 0.0), ball);
        let frame = Keyframe {
            name: "home".to_owned(),
            positions: vec![],
            velocities: vec![],
            controls: vec![],
        };
        m.world.insert_resource(Keyframes(vec![frame]));
    });
    loses("AU0309", |m| {
        let mut joint = Joint::between(Motion::Fixed, None, None);
        joint.lower = Some(0.0);
        m.prim("/Plant/Joint", at(0.0, 0.0, 0.0), joint);
    });
}

/// What bodies and their masses lose, one world for each code.
#[test]
fn losses_of_bodies_have_their_codes() {
    loses("AU0303", |m| {
        let body = RigidBody {
            gravity_scale: 0.5,
            ..RigidBody::default()
        };
        m.prim("/Plant/Body", at(0.0, 0.0, 0.0), body);
    });
    loses("AU0306", |m| {
        let body = RigidBody {
            linear_velocity: Vector3::new(f64::NAN, 0.0, 0.0),
            ..RigidBody::default()
        };
        m.prim("/Plant/Body", at(0.0, 0.0, 0.0), body);
    });
    loses("AU0311", |m| {
        m.prim("/Plant/Body", at(0.0, 0.0, 0.0), RigidBody::default());
        m.prim("/Plant/Body/Inner", at(1.0, 0.0, 0.0), RigidBody::default());
    });
    loses("AU0312", |m| {
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
    });
    loses("AU0313", |m| {
        let mass = AuthoredMass {
            mass: Some(0.0),
            ..AuthoredMass::default()
        };
        m.prim(
            "/Plant/Body",
            at(0.0, 0.0, 0.0),
            (RigidBody::default(), mass),
        );
    });
}

/// A body that weighs nothing about one axis, as a thin rod, is said and gets a moment above zero.
#[test]
fn slim_inertia() {
    loses("AU0313", |m| {
        let mass = AuthoredMass {
            mass: Some(1.0),
            diagonal_inertia: Some(Vector3::new(0.0, 2.0, 2.0)),
            ..AuthoredMass::default()
        };
        let body = (RigidBody::default(), mass);
        m.prim("/Plant/Body", at(0.0, 0.0, 0.0), body);
    });
}

/// What shapes and their copies lose, one world for each code.
#[test]
fn losses_of_shapes_have_their_codes() {
    loses("AU0308", |m| {
        m.prim("/Plant/Body", at(0.0, 0.0, 0.0), Collider::default());
    });
    loses("AU0310", |m| {
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
    });
    loses("AU0315", |m| {
        let plane = Shape::Plane {
            half_extent: [f64::INFINITY, 0.0],
        };
        m.shape("/Plant/Floor", at(0.0, 0.0, 0.0), plane);
    });
    loses("AU0316", |m| {
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
    });
}

/// What sensors and lists of entities lose, one world for each code.
#[test]
fn losses_of_references_have_their_codes() {
    loses("AU0304", |m| {
        let target = m.plant.entities[0];
        let sensor = Sensor {
            kind: "gyro".to_owned(),
            target,
        };
        m.prim("/Plant/Gyro", at(0.0, 0.0, 0.0), sensor);
    });
    loses("AU0314", |m| {
        let stranger = m.world.spawn_empty().id();
        m.prim(
            "/Plant/Body",
            at(0.0, 0.0, 0.0),
            FilteredPairs(vec![stranger]),
        );
    });
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
