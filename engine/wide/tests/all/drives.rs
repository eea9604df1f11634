//! Drives, mimics and actuators.

use halle_wide::WideBatch;
use halle_world::Entity;
use halle_world::components::{
    Actuator, ActuatorLaw, ArticulationRoot, Axis, Drive, DriveKind, Joint, Mimic, Motion,
};
use nalgebra::Isometry3;

use crate::fixture::{G, Yard, advance, at, cuboid, rubbing};

fn drive(kind: DriveKind, stiffness: f64, damping: f64, limit: f64, target: f64) -> Drive {
    Drive {
        kind,
        stiffness,
        damping,
        effort_limit: limit,
        target_position: target,
        target_velocity: 0.0,
    }
}

/// A carriage of 4 kg on a slide along an axis, by impulses or reduced.
fn slide(yard: &mut Yard, name: &str, root: Option<Entity>, axis: Axis, y: f64) -> (Entity, Joint) {
    let it = yard.body(
        name,
        at(0.0, y, 0.0),
        cuboid(0.1, 0.1, 0.1),
        4.0,
        rubbing(0.5, 0.0),
    );
    if let Some(root) = root {
        yard.below(it, root);
    }
    let mut joint = Joint::between(Motion::Prismatic, None, Some(it));
    joint.axis = axis;
    joint.body0_from_joint = at(0.0, y, 0.0);
    (it, joint)
}

fn root(yard: &mut Yard, name: &str, reduced: bool) -> Option<Entity> {
    reduced.then(|| {
        let root = yard.prim(name, Isometry3::identity());
        yard.give(
            root,
            ArticulationRoot {
                self_collision: false,
            },
        );
        root
    })
}

/// A prismatic drive goes to its target and stays: within 0.1 mm after ten time constants, of
/// either kind. Along z it sags by m g / k, and its effort is the weight.
#[test]
fn drive_reaches_its_target() {
    for reduced in [false, true] {
        for (kind, k, d) in [
            (DriveKind::Force, 4000.0, 250.0),
            (DriveKind::Acceleration, 1000.0, 62.0),
        ] {
            let mut yard = Yard::new(1.0 / 240.0);
            let root = root(&mut yard, "Machine", reduced);
            let (_, mut flat) = slide(&mut yard, "Flat", root, Axis::X, 0.0);
            flat.drive = Some(drive(kind, k, d, f64::INFINITY, 0.3));
            yard.joint("FlatJoint", flat);
            let mut batch = yard.run();
            advance(&mut batch, 2.0);
            let state = batch.env(0).joints()[0];
            assert!(
                (state.position - 0.3).abs() < 1.0e-4,
                "{reduced} {kind:?} {state:?}"
            );
        }
        let mut yard = Yard::new(1.0 / 240.0);
        let root = root(&mut yard, "Machine", reduced);
        let (_, mut lift) = slide(&mut yard, "Lift", root, Axis::Z, 0.0);
        lift.drive = Some(drive(DriveKind::Force, 4000.0, 250.0, 500.0, 0.2));
        yard.joint("LiftJoint", lift);
        let mut batch = yard.run();
        advance(&mut batch, 3.0);
        let state = batch.env(0).joints()[0];
        let sag = 4.0 * G / 4000.0;
        assert!(
            (state.position - (0.2 - sag)).abs() < 1.0e-4,
            "{reduced} {state:?}"
        );
        assert!(
            (state.effort / (4.0 * G) - 1.0).abs() < 0.01,
            "{reduced} {state:?}"
        );
        // Work of the drive is what the load has gained; what the damper took is in it too.
        let energy = batch.env(0).energy();
        assert!(
            (energy.drive_work - energy.potential).abs() < 0.15 * energy.potential,
            "{energy:?}"
        );
    }
}

/// A drive that may give less than the weight lets the load fall with what is left of gravity.
#[test]
fn force_limit_holds() {
    for reduced in [false, true] {
        let mut yard = Yard::new(0.001);
        let root = root(&mut yard, "Machine", reduced);
        let (_, mut lift) = slide(&mut yard, "Lift", root, Axis::Z, 0.0);
        lift.drive = Some(drive(DriveKind::Force, 1.0e5, 1.0e3, 2.0 * G, 0.2));
        yard.joint("LiftJoint", lift);
        let mut batch = yard.run();
        advance(&mut batch, 0.5);
        let state = batch.env(0).joints()[0];
        assert!(
            (state.velocity / (-0.5 * G * 0.5) - 1.0).abs() < 0.01,
            "{reduced} {state:?}"
        );
        assert!(
            (state.effort / (2.0 * G) - 1.0).abs() < 0.01,
            "{reduced} {state:?}"
        );
    }
}

/// A velocity drive turns at its speed, and angles are counted on past full turns.
#[test]
fn velocity_drive_turns() {
    for reduced in [false, true] {
        let mut yard = Yard::new(0.002);
        let root = root(&mut yard, "Machine", reduced);
        let it = yard.body(
            "Wheel",
            at(0.0, 0.0, 0.0),
            cuboid(0.1, 0.1, 0.1),
            1.0,
            rubbing(0.5, 0.0),
        );
        if let Some(root) = root {
            yard.below(it, root);
        }
        let mut joint = Joint::between(Motion::Revolute, None, Some(it));
        joint.axis = Axis::Z;
        joint.drive = Some(Drive {
            target_velocity: 5.0,
            ..drive(DriveKind::Force, 0.0, 10.0, f64::INFINITY, 0.0)
        });
        yard.joint("Axle", joint);
        let mut batch = yard.run();
        advance(&mut batch, 4.0);
        let state = batch.env(0).joints()[0];
        assert!((state.velocity - 5.0).abs() < 1.0e-3, "{reduced} {state:?}");
        assert!((state.position - 20.0).abs() < 0.05, "{reduced} {state:?}");
    }
}

/// q = 0.05 - 0.5 times the leader's, in an articulation and by impulses; a square law by a servo.
#[test]
fn follower_follows() {
    for (reduced, square, tolerance) in [
        (true, 0.0, 1.0e-4),
        (false, 0.0, 2.0e-3),
        (true, 0.8, 2.0e-3),
    ] {
        let mut yard = Yard::new(1.0 / 240.0);
        let root = root(&mut yard, "Gripper", reduced);
        if let Some(root) = root {
            // Both fingers hang on one palm, which makes them one articulation.
            let palm = yard.body(
                "Palm",
                at(0.0, 0.5, 0.0),
                cuboid(0.1, 0.1, 0.1),
                1.0,
                rubbing(0.5, 0.0),
            );
            yard.below(palm, root);
            let mut lift = Joint::between(Motion::Prismatic, None, Some(palm));
            (lift.axis, lift.body0_from_joint) = (Axis::Y, at(0.0, 0.5, 0.0));
            lift.drive = Some(drive(
                DriveKind::Acceleration,
                1.0e4,
                200.0,
                f64::INFINITY,
                0.0,
            ));
            yard.joint("LiftJoint", lift);
            let (_, mut a) = slide(&mut yard, "A", Some(root), Axis::X, 0.0);
            let (_, mut b) = slide(&mut yard, "B", Some(root), Axis::X, 1.0);
            (a.body0, a.body0_from_joint) = (Some(palm), at(0.0, -0.5, 0.0));
            (b.body0, b.body0_from_joint) = (Some(palm), at(0.0, 0.5, 0.0));
            finish(&mut yard, a, b, square);
        } else {
            let (_, a) = slide(&mut yard, "A", None, Axis::X, 0.0);
            let (_, b) = slide(&mut yard, "B", None, Axis::X, 1.0);
            finish(&mut yard, a, b, square);
        }
        let mut batch = yard.run();
        advance(&mut batch, 2.0);
        let joints = joint_states(&batch);
        let [leader, follower] = [joints[joints.len() - 2], joints[joints.len() - 1]];
        assert!((leader - 0.3).abs() < 5.0e-3, "{leader}");
        let wanted = 0.05 - 0.5 * leader + square * leader * leader;
        assert!(
            (follower - wanted).abs() < tolerance,
            "{reduced} {square}: {follower} for {wanted}"
        );
    }
}

fn finish(yard: &mut Yard, mut leader: Joint, follower: Joint, square: f64) {
    leader.drive = Some(drive(DriveKind::Force, 4000.0, 250.0, f64::INFINITY, 0.3));
    let a = yard.joint("AJoint", leader);
    let b = yard.joint("BJoint", follower);
    yard.give(
        b,
        Mimic {
            leader: a,
            coefficients: [0.05, -0.5, square, 0.0, 0.0],
        },
    );
}

fn joint_states(batch: &WideBatch) -> Vec<f64> {
    batch.env(0).joints().iter().map(|j| j.position).collect()
}

/// A position actuator that nobody controls holds its zero, through a gear too.
#[test]
fn actuator_holds_zero() {
    let mut yard = Yard::new(1.0 / 240.0);
    let (_, lift) = slide(&mut yard, "Lift", None, Axis::Z, 0.0);
    let joint = yard.joint("LiftJoint", lift);
    let motor = yard.prim("Motor", Isometry3::identity());
    let law = ActuatorLaw::Position {
        stiffness: 1000.0,
        damping: 60.0,
    };
    yard.give(
        motor,
        Actuator {
            joint,
            law,
            gear: 2.0,
            control_range: None,
            effort_range: None,
        },
    );
    let mut batch = yard.run();
    advance(&mut batch, 3.0);
    let found = batch.env(0).joints()[0].position;
    let wanted = -4.0 * G / (1000.0 * 4.0);
    assert!((found - wanted).abs() < 1.0e-4, "{found} for {wanted}");
}
