//! Drives, actuators and passive forces of joints.

use halle_world::components::{Actuator, ActuatorLaw, Drive, DriveKind, Motion};
use rapier3d::dynamics::{GenericJoint, JointAxesMask, JointAxis, MotorModel};

use crate::maths::real;
use crate::parts::JointPart;
use crate::ready::{ReadyJoint, SOLVER_AXES, free};
use crate::says;
use crate::tell::Tell;

/// Force that nothing reaches; stands for "not limited" [N or N m].
const UNLIMITED: f64 = 1.0e12;
/// Sets a motor as a drive asks for.
pub(crate) fn set_motor(joint: &mut GenericJoint, axis: JointAxis, drive: &Drive) {
    joint.set_motor(
        axis,
        real(drive.target_position),
        real(drive.target_velocity),
        real(drive.stiffness),
        real(drive.damping),
    );
    joint.set_motor_max_force(axis, real(drive.effort_limit.min(UNLIMITED)));
    let model = match drive.kind {
        DriveKind::Force => MotorModel::ForceBased,
        DriveKind::Acceleration => MotorModel::AccelerationBased,
    };
    joint.set_motor_model(axis, model);
}

fn works(drive: &Drive) -> bool {
    drive.effort_limit > 0.0 && (drive.stiffness > 0.0 || drive.damping > 0.0)
}

/// Drives, actuators and passive forces that do not need an articulation.
pub(crate) fn drives(
    it: &JointPart,
    made: &mut ReadyJoint,
    actuator: Option<&Actuator>,
    tell: &mut Tell,
) {
    if let Motion::Generic { drives, .. } = &it.joint.motion {
        for (drive, axis) in drives.iter().zip(SOLVER_AXES) {
            let locked = made.main.locked_axes.contains(JointAxesMask::from(axis));
            if let Some(drive) = drive.filter(|d| works(d) && !locked) {
                set_motor(&mut made.main, axis, &drive);
                made.driven = true;
            }
        }
    }
    let Some(kind) = made.coordinate else {
        if made.passive[0] > 0.0 || made.passive[2] > 0.0 || made.friction > 0.0 {
            tell.add(says::SPRING_ON_DRIVE, it.entity, "");
        }
        if actuator.is_some() {
            tell.add(says::ACTUATOR_NOTHING, it.entity, "");
        }
        return;
    };
    if let Some(drive) = made.drive
        && !works(&drive)
    {
        tell.add(says::IDLE_DRIVE, it.entity, "");
        made.drive = None;
    }
    if let Some(actuator) = actuator {
        tell.add(says::ACTUATOR_IDLE, it.entity, "");
        if let Some(drive) = as_drive(actuator) {
            if made.drive.is_none() {
                made.drive = Some(drive);
            } else {
                let mut twin = free(&made.main);
                set_motor(&mut twin, kind.axis(), &drive);
                made.twins.push(twin);
            }
        }
    }
    if let Some(drive) = made.drive {
        set_motor(&mut made.main, kind.axis(), &drive);
        made.driven = true;
    }
}

/// Passive spring, damping and friction of a joint outside of an articulation, as joints of their
/// own: the drive's force limit must not limit them.
pub(crate) fn passive_twins(joint: &ReadyJoint) -> Vec<GenericJoint> {
    let Some(kind) = joint.coordinate else {
        return Vec::new();
    };
    let mut twins = Vec::new();
    let [stiffness, rest, damping] = joint.passive;
    let mut add = |stiffness: f64, rest: f64, damping: f64, limit: f64| {
        let mut twin = free(&joint.main);
        let drive = Drive {
            kind: DriveKind::Force,
            stiffness,
            damping,
            effort_limit: limit,
            target_position: rest,
            target_velocity: 0.0,
        };
        set_motor(&mut twin, kind.axis(), &drive);
        twins.push(twin);
    };
    if stiffness > 0.0 || damping > 0.0 {
        add(stiffness, rest, damping, f64::INFINITY);
    }
    if joint.friction > 0.0 {
        // A damper so stiff that its force limit is what acts.
        add(0.0, 0.0, 1.0e6 * joint.friction, joint.friction);
    }
    twins
}

/// What an actuator does while nobody controls it: its signal is zero, or as near as it may be.
fn as_drive(actuator: &Actuator) -> Option<Drive> {
    let [low, high] = actuator
        .control_range
        .unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    let signal = if low <= high {
        0.0_f64.clamp(low, high)
    } else {
        0.0
    };
    let gear = actuator.gear;
    let limit = actuator
        .effort_range
        .map_or(f64::INFINITY, |[a, b]| a.abs().max(b.abs()) * gear.abs());
    let made = |stiffness: f64, damping: f64, force: f64| {
        // Effort at the joint: gear times that of the actuator, over a length of gear times q.
        let stiffness = stiffness * gear * gear;
        let damping = damping * gear * gear;
        let target = if stiffness > 0.0 {
            force * gear / stiffness
        } else {
            0.0
        };
        Drive {
            kind: DriveKind::Force,
            stiffness: stiffness.max(0.0),
            damping: damping.max(0.0),
            effort_limit: limit,
            target_position: target,
            target_velocity: if stiffness <= 0.0 && damping > 0.0 {
                force * gear / damping
            } else {
                0.0
            },
        }
    };
    let drive = match actuator.law {
        ActuatorLaw::Motor => made(0.0, 0.0, 0.0),
        ActuatorLaw::Position { stiffness, damping } => {
            made(stiffness, damping, stiffness * signal)
        }
        ActuatorLaw::Velocity { damping } => made(0.0, damping, damping * signal),
        ActuatorLaw::Affine { gain, bias } => {
            let stiffness = -(gain[1] * signal + bias[1]);
            let damping = -(gain[2] * signal + bias[2]);
            made(stiffness, damping, gain[0] * signal + bias[0])
        }
    };
    let finite = [
        drive.stiffness,
        drive.damping,
        drive.target_position,
        drive.target_velocity,
    ];
    (works(&drive) && finite.iter().all(|v| v.is_finite())).then_some(drive)
}
