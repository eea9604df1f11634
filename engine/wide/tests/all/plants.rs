//! Whole plants: findings, refusals.

use halle_wide::{WideError, WideModel, WideOptions};
use halle_world::World;
use halle_world::components::{Joint, Motion, Plant, RigidBody, SurfaceVelocity};
use nalgebra::Vector3;

use crate::fixture::{Yard, at, cuboid, rubbing};

/// Equal causes give one finding that counts the prims, and names the first of them.
#[test]
fn findings_are_counted() {
    let mut yard = Yard::new(0.002);
    for k in 0..10 {
        let it = yard.body(
            &format!("Box{k}"),
            at(f64::from(k), 0.0, 0.0),
            cuboid(0.1, 0.1, 0.1),
            1.0,
            rubbing(0.5, 0.0),
        );
        let motion = Motion::Unsupported("GearJoint".into());
        yard.joint(&format!("Gear{k}"), Joint::between(motion, None, Some(it)));
    }
    let still = yard.prim("Nothing", at(0.0, 0.0, 0.0));
    yard.give(
        still,
        SurfaceVelocity {
            linear: Vector3::x(),
            angular: Vector3::zeros(),
        },
    );
    let it = yard.body(
        "Cart",
        at(0.0, 5.0, 0.0),
        cuboid(0.1, 0.1, 0.1),
        1.0,
        rubbing(0.5, 0.0),
    );
    let velocity = Vector3::x();
    yard.give(
        it,
        RigidBody {
            kinematic: true,
            linear_velocity: velocity,
            ..RigidBody::default()
        },
    );
    let (_, findings) = yard.model(&WideOptions::default());
    let text = findings.to_string();
    assert!(
        text.contains("warning[WD0316]") && text.contains("(and 9 more)"),
        "{text}"
    );
    assert!(
        text.contains("</Gear0>") && text.contains("`/Gear1`"),
        "{text}"
    );
    assert!(text.contains("WD0335") && text.contains("WD0314"), "{text}");
}

/// Every code that can be said is described, and nothing else is.
#[test]
fn codes_are_described() {
    let says = include_str!("../../src/says.rs");
    let described = include_str!("../../FINDINGS.md");
    let codes = |text: &str| {
        let mut found: Vec<String> = text
            .match_indices("WD03")
            .map(|(k, _)| text[k..k + 6].to_owned())
            .collect();
        found.sort();
        found.dedup();
        found
    };
    assert_eq!(codes(says), codes(described));
}

/// What makes no sense is refused with the place named.
#[test]
fn nonsense_is_refused() {
    assert_eq!(
        WideModel::compile(&World::new(), &WideOptions::default()).unwrap_err(),
        WideError::NoPlant
    );
    let compile = |time_step, gravity, option| {
        let mut world = World::new();
        world.insert_resource(Plant {
            source: "p.usda".into(),
            gravity,
            time_step,
            ..Plant::default()
        });
        let options = WideOptions {
            time_step: option,
            ..WideOptions::default()
        };
        WideModel::compile(&world, &options)
            .unwrap_err()
            .to_string()
    };
    assert!(compile(0.002, [0.0; 3], None).contains("neither a rigid body nor a collider"));
    assert!(compile(0.0, [0.0; 3], None).contains("p.usda"));
    assert!(compile(0.002, [0.0; 3], Some(f64::NAN)).contains("time step"));
    assert!(compile(0.002, [f64::NAN; 3], None).contains("gravity"));
}

/// Bodies that all stand at one place are told before the solver walks over their pairs; the same
/// bodies apart are not.
#[test]
fn crowds_are_told() {
    let said = |apart: f64| {
        let mut yard = Yard::new(1.0 / 240.0);
        for k in 0..800 {
            let name = format!("Ball{k}");
            let place = at(apart * f64::from(k), 0.0, 0.0);
            yard.body(&name, place, cuboid(0.1, 0.1, 0.1), 1.0, rubbing(0.5, 0.0));
        }
        let (model, findings) = yard.model(&WideOptions::default());
        (model.crowd(), findings.to_string().contains("WD0338"))
    };
    // Every body with every other one.
    assert_eq!(said(0.0), (Some(800 * 799 / 2), true));
    assert_eq!(said(0.5), (None, false));
}
