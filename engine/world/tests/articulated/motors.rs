//! Drives, actuators and keyframes.

use halle_world::components::{
    Actuator, ActuatorLaw, DofRange, Drive, DriveKind, EffortLimit, Joint, Keyframe, Keyframes,
    Mimic, Motion,
};
use halle_world::{CompileError, Entity, articulate_at};
use nalgebra::Vector3;

use crate::plants::{Site, at, codes};

const DRIVE: Drive = Drive {
    kind: DriveKind::Force,
    stiffness: 100.0,
    damping: 10.0,
    effort_limit: 50.0,
    target_position: 0.3,
    target_velocity: 0.2,
};

/// An arm on a hinge.
fn arm(drive: Option<Drive>) -> (Site, Entity) {
    let mut site = Site::new();
    let body = site.body("arm", at(0.0, 0.0, 0.0), Vector3::x());
    let mut joint = Joint::between(Motion::Revolute, None, Some(body));
    joint.drive = drive;
    let joint = site.joint("joint", joint);
    (site, joint)
}

/// Effort of a motor at a joint by the law that the data describe.
fn effort(
    system: &halle_model::articulated::System,
    motor: usize,
    u: f64,
    [q, qd]: [f64; 2],
) -> f64 {
    let motor = &system.actuators[motor];
    let state = [1.0, motor.gear * q, motor.gear * qd];
    let dot = |a: &[f64; 3]| a.iter().zip(state).map(|(a, s)| a * s).sum::<f64>();
    let [low, high] = motor.effort_range;
    motor.gear * (dot(&motor.gain) * u + dot(&motor.bias)).clamp(low, high)
}

/// stiffness (target - q) + damping (target velocity - qd) within the largest force; the control
/// signal is the target position.
#[test]
fn drive_of_a_joint() {
    let (site, _) = arm(Some(DRIVE));
    let (system, diagnostics) = site.made();
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let motor = &system.actuators[0];
    assert_eq!((motor.link, motor.start_control), (0, 0.3));
    assert!(!motor.is_acceleration);
    let found = effort(&system, 0, motor.start_control, [0.1, -0.4]);
    assert!((found - (100.0 * 0.2 + 10.0 * 0.6)).abs() < 1e-12);
    assert_eq!(effort(&system, 0, 9.0, [0.0, 0.0]), 50.0);
}

/// Without stiffness the control signal is the target velocity; drives may be accelerations; those
/// without gains do nothing.
#[test]
fn kinds_of_drives() {
    let (site, _) = arm(Some(Drive {
        stiffness: 0.0,
        kind: DriveKind::Acceleration,
        ..DRIVE
    }));
    let (system, _) = site.made();
    assert_eq!(system.actuators[0].start_control, 0.2);
    assert!(system.actuators[0].is_acceleration);
    assert!((effort(&system, 0, 0.7, [5.0, 0.2]) - 5.0).abs() < 1e-12);
    let (site, _) = arm(Some(Drive {
        stiffness: 0.0,
        damping: 0.0,
        ..DRIVE
    }));
    let (system, diagnostics) = site.made();
    assert!(system.actuators.is_empty());
    assert_eq!(codes(&diagnostics), ["SC0315"]);
}

/// Drives that cannot be are refused.
#[test]
fn bad_drives() {
    let refused = |drive: Drive| arm(Some(drive)).0.refused().to_string();
    let text = refused(Drive {
        stiffness: f64::INFINITY,
        ..DRIVE
    });
    assert!(text.contains("</joint>  drive:physics:stiffness: gain of the drive cannot be inf"));
    let text = refused(Drive {
        damping: -1.0,
        ..DRIVE
    });
    assert!(text.contains("drive:angular:physics:damping"), "{text}");
    let text = refused(Drive {
        effort_limit: f64::NAN,
        ..DRIVE
    });
    assert!(text.contains("drive:angular:physics:maxForce"), "{text}");
}

/// Each free motion of a generic joint takes its own drive.
#[test]
fn drives_of_a_generic_joint() {
    let mut site = Site::new();
    let body = site.body("body", at(0.0, 0.0, 0.0), Vector3::zeros());
    let mut ranges = [DofRange::Locked; 6];
    (ranges[0], ranges[5]) = (DofRange::Free, DofRange::Free);
    let mut drives: Box<[Option<Drive>; 6]> = Box::default();
    (drives[0], drives[5], drives[1]) = (Some(DRIVE), Some(DRIVE), Some(DRIVE));
    let motion = Motion::Generic { ranges, drives };
    site.joint("joint", Joint::between(motion, None, Some(body)));
    let (system, diagnostics) = site.made();
    let driven: Vec<(&str, usize)> = system
        .actuators
        .iter()
        .map(|a| (a.name.as_str(), a.link))
        .collect();
    // The body slides first and turns then; a locked motion needs no drive.
    assert_eq!(driven, [("/joint:rotX", 1), ("/joint:transZ", 0)]);
    assert_eq!(codes(&diagnostics), ["SC0315"]);
}

/// All laws of actuators in one form, over the length and speed of the transmission.
#[test]
fn laws_of_actuators() {
    let (mut site, joint) = arm(None);
    let laws = [
        ActuatorLaw::Motor,
        ActuatorLaw::Position {
            stiffness: 40.0,
            damping: 3.0,
        },
        ActuatorLaw::Velocity { damping: 5.0 },
        ActuatorLaw::Affine {
            gain: [2.0, 0.5, 0.25],
            bias: [1.0, -2.0, -3.0],
        },
    ];
    for (k, law) in laws.into_iter().enumerate() {
        let actuator = Actuator {
            joint,
            law,
            gear: 2.0,
            control_range: (k == 1).then_some([0.5, 2.0]),
            effort_range: None,
        };
        site.prim(&format!("actuator{k}"), actuator);
    }
    let (system, diagnostics) = site.made();
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let (u, q, qd) = (0.7, 0.3, -0.2);
    let (l, v) = (2.0 * q, 2.0 * qd);
    let expected = [
        2.0 * u,
        2.0 * (40.0 * (u - l) - 3.0 * v),
        2.0 * 5.0 * (u - v),
        2.0 * ((2.0 + 0.5 * l + 0.25 * v) * u + 1.0 - 2.0 * l - 3.0 * v),
    ];
    for (k, expected) in expected.into_iter().enumerate() {
        let found = effort(&system, k, u, [q, qd]);
        assert!((found - expected).abs() < 1e-12, "law {k}: {found}");
    }
    // Zero where it may be zero, else the nearest number.
    assert_eq!(system.actuators[0].start_control, 0.0);
    assert_eq!(system.actuators[1].start_control, 0.5);
}

/// A largest effort without a drive makes a motor, unless the joint follows another one.
#[test]
fn largest_effort_alone() {
    let (mut site, joint) = arm(None);
    site.world.entity_mut(joint).insert(EffortLimit(30.0));
    let (system, _) = site.made();
    assert_eq!(system.actuators[0].control_range, [-30.0, 30.0]);
    assert_eq!(effort(&system, 0, 40.0, [1.0, 1.0]), 30.0);
    let body = site.body("other", at(0.0, 0.0, 0.0), Vector3::x());
    let leader = site.joint("leader", Joint::between(Motion::Revolute, None, Some(body)));
    site.world.entity_mut(joint).insert(Mimic {
        leader,
        coefficients: [0.0, 1.0, 0.0, 0.0, 0.0],
    });
    assert!(site.made().0.actuators.is_empty());
}

/// A keyframe gives positions, velocities and controls, if there are as many as actuators.
#[test]
fn keyframes() {
    let (mut site, joint) = arm(None);
    let actuator = Actuator {
        joint,
        law: ActuatorLaw::Motor,
        gear: 1.0,
        control_range: None,
        effort_range: None,
    };
    site.prim("motor", actuator);
    let frame = |name: &str, controls: &[f64]| Keyframe {
        name: name.to_owned(),
        positions: vec![(joint, 0.4)],
        velocities: vec![(joint, -0.5)],
        controls: controls.to_vec(),
    };
    let frames = vec![frame("home", &[3.0]), frame("odd", &[1.0, 2.0])];
    site.world.insert_resource(Keyframes(frames));
    let (system, _) = site.made();
    assert_eq!(
        (system.start_position[0], system.actuators[0].start_control),
        (0.0, 0.0)
    );
    let (system, diagnostics) = articulate_at(&site.world, Some("home")).unwrap();
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(
        (system.start_position, system.start_velocity),
        (vec![0.4], vec![-0.5])
    );
    assert_eq!(system.actuators[0].start_control, 3.0);
    let (system, diagnostics) = articulate_at(&site.world, Some("odd")).unwrap();
    assert_eq!(codes(&diagnostics), ["SC0320"]);
    assert_eq!(system.actuators[0].start_control, 0.0);
    let error = articulate_at(&site.world, Some("away")).unwrap_err();
    assert!(matches!(error, CompileError::NoKeyframe { .. }));
    assert_eq!(
        error.to_string(),
        "plant.usda: no keyframe is called `away`"
    );
}
