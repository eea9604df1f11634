//! Joints of the plant as joints of the solver.

use std::f64::consts::{FRAC_PI_2, PI};

use halle_world::World;
use halle_world::components::{Actuator, Axis, DofRange, Drive, Motion};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};
use rapier3d::dynamics::{GenericJoint, JointAxesMask, JointAxis};

use crate::drives::drives;
use crate::maths::{pose, real};
use crate::parts::{JointPart, Parts};
use crate::ready::{Coordinate, ReadyJoint, SOLVER_AXES, coordinate_of, free, wrap};
use crate::says;
use crate::tell::Tell;

/// Distance and angle by which bodies may miss their joints before it is worth a finding [m, rad].
const POSE_TOLERANCE: f64 = 1.0e-3;

/// Rotates x onto the axis of the joint.
fn joint_from_x(axis: Axis) -> UnitQuaternion<f64> {
    match axis {
        Axis::X => UnitQuaternion::identity(),
        Axis::Y => UnitQuaternion::from_axis_angle(&Vector3::z_axis(), FRAC_PI_2),
        Axis::Z => UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -FRAC_PI_2),
    }
}

/// Makes a joint ready; none if it cannot be simulated, which is told.
pub(crate) fn ready(
    world: &World,
    parts: &Parts,
    part: usize,
    actuator: Option<&Actuator>,
    tell: &mut Tell,
) -> Option<ReadyJoint> {
    let it = &parts.joints[part];
    let entity = it.entity;
    if let Some(what) = bad_number(it) {
        tell.add(says::BAD_NUMBER, entity, what);
        return None;
    }
    let coordinate = match it.joint.motion {
        Motion::Revolute => Some(Coordinate::Angle),
        Motion::Prismatic => Some(Coordinate::Distance),
        Motion::Unsupported(_) => {
            tell.add(says::JOINT_UNSUPPORTED, entity, "");
            return None;
        }
        _ => None,
    };
    let turn = match it.joint.motion {
        Motion::Generic { .. } => UnitQuaternion::identity(),
        _ => joint_from_x(it.joint.axis),
    };
    let frames = it
        .side_from_joint
        .map(|f| f * Isometry3::from_parts(Translation3::identity(), turn));
    let mut main = GenericJoint::new(locked(&it.joint.motion));
    main.set_local_frame1(pose(&frames[0]));
    main.set_local_frame2(pose(&frames[1]));
    main.set_contacts_enabled(it.joint.bodies_touch);
    let mut made = ReadyJoint {
        entity,
        path: crate::tell::path(world, entity),
        bodies: it.bodies,
        frames,
        coordinate,
        main,
        twins: Vec::new(),
        drive: it.joint.drive.filter(|_| coordinate.is_some()),
        passive: [
            it.joint.spring.stiffness,
            it.joint.spring.rest,
            it.joint.damping,
        ],
        friction: it.joint.friction,
        armature: it.joint.armature,
        reducible: !matches!(
            it.joint.motion,
            Motion::Distance { .. } | Motion::Generic { .. }
        ),
        fixed: it.joint.motion == Motion::Fixed,
        excluded: it.joint.excluded,
        touch: it.joint.bodies_touch,
        breaks: breaks(it),
        start: [0.0, it.joint.home_velocity],
        moved_home: false,
        driven: false,
    };
    start(parts, it, &mut made, tell);
    motion(it, &mut made, tell);
    drives(it, &mut made, actuator, tell);
    if it.joint.velocity_limit.is_some_and(f64::is_finite) {
        tell.add(says::VELOCITY_LIMIT, entity, "");
    }
    Some(made)
}

/// Names a number that cannot be meant.
fn bad_number(it: &JointPart) -> Option<&'static str> {
    let joint = &it.joint;
    let negative = |v: f64| v.is_nan() || v < 0.0;
    let (lower, upper) = (
        joint.lower.unwrap_or(f64::NEG_INFINITY),
        joint.upper.unwrap_or(f64::INFINITY),
    );
    let drive_bad = |d: &Drive| {
        negative(d.stiffness)
            || negative(d.damping)
            || negative(d.effort_limit)
            || !d.target_position.is_finite()
            || !d.target_velocity.is_finite()
            || d.stiffness.is_infinite()
            || d.damping.is_infinite()
    };
    let one_axis = matches!(joint.motion, Motion::Revolute | Motion::Prismatic);
    if one_axis && (lower.is_nan() || upper.is_nan()) {
        return Some("its limits");
    }
    if joint.drive.as_ref().is_some_and(drive_bad) {
        return Some("its drive");
    }
    if let Motion::Generic { ranges, drives } = &joint.motion {
        let bad = |r: &DofRange| match r {
            DofRange::Limited { lower, upper } => lower.is_nan() || upper.is_nan(),
            _ => false,
        };
        if ranges.iter().any(bad) || drives.iter().flatten().any(drive_bad) {
            return Some("a limit or a drive");
        }
    }
    let rest = [
        joint.armature,
        joint.damping,
        joint.friction,
        joint.spring.stiffness,
    ];
    rest.iter()
        .any(|v| negative(*v) || v.is_infinite())
        .then_some("armature, damping or friction")
}

fn breaks(it: &JointPart) -> Option<[f64; 2]> {
    let finite = |v: Option<f64>| v.filter(|v| v.is_finite() && *v >= 0.0);
    let (force, torque) = (finite(it.joint.break_force), finite(it.joint.break_torque));
    (force.is_some() || torque.is_some()).then(|| {
        [
            force.unwrap_or(f64::INFINITY),
            torque.unwrap_or(f64::INFINITY),
        ]
    })
}

/// A range that leaves no room is a lock; crossed bounds mean the same in `UsdPhysics`.
fn is_locked(range: &DofRange) -> bool {
    match range {
        DofRange::Locked => true,
        DofRange::Free => false,
        DofRange::Limited { lower, upper } => lower > upper,
    }
}

fn locked(motion: &Motion) -> JointAxesMask {
    match motion {
        Motion::Fixed => JointAxesMask::LOCKED_FIXED_AXES,
        Motion::Revolute => JointAxesMask::LOCKED_REVOLUTE_AXES,
        Motion::Prismatic => JointAxesMask::LOCKED_PRISMATIC_AXES,
        Motion::Spherical { .. } => JointAxesMask::LOCKED_SPHERICAL_AXES,
        Motion::Distance { .. } | Motion::Unsupported(_) => JointAxesMask::empty(),
        Motion::Generic { ranges, .. } => {
            let mut mask = JointAxesMask::empty();
            for (range, axis) in ranges.iter().zip(SOLVER_AXES) {
                if is_locked(range) {
                    mask |= JointAxesMask::from(axis);
                }
            }
            mask
        }
    }
}

/// Coordinate at the start; tells when the bodies do not stand where the joint holds them.
fn start(parts: &Parts, it: &JointPart, made: &mut ReadyJoint, tell: &mut Tell) {
    let pose_of =
        |b: Option<usize>| b.map_or_else(Isometry3::identity, |b| parts.bodies[b].world_from_body);
    let world_from = [0, 1].map(|k| pose_of(made.bodies[k]) * made.frames[k]);
    let between = world_from[0].inv_mul(&world_from[1]);
    let (q, shift) = (between.rotation.quaternion(), between.translation.vector);
    let (tilt, angle) = (
        2.0 * q.j.hypot(q.k).min(1.0).asin(),
        between.rotation.angle(),
    );
    let (off_point, off_angle) = match it.joint.motion {
        Motion::Fixed => (shift.norm(), angle),
        Motion::Revolute => (shift.norm(), tilt),
        Motion::Prismatic => (shift.yz().norm(), angle),
        Motion::Spherical { .. } => (shift.norm(), 0.0),
        _ => (0.0, 0.0),
    };
    if off_point.max(off_angle) > POSE_TOLERANCE {
        let detail = format!("{off_point:.4} m and {off_angle:.4} rad off");
        tell.add(says::JOINT_OFF, it.entity, detail);
    }
    let Some(kind) = made.coordinate else { return };
    let standing = coordinate_of(kind, &between);
    let home = it.joint.home.filter(|h| h.is_finite()).unwrap_or(standing);
    made.start[0] = home;
    let miss = match kind {
        Coordinate::Angle => wrap(home - standing),
        Coordinate::Distance => home - standing,
    };
    made.moved_home = miss.abs() > POSE_TOLERANCE;
    // The same angle a turn away: limits and targets may lie there.
    if let (Coordinate::Angle, None) = (kind, it.joint.home) {
        let (low, high) = (it.joint.lower.unwrap_or(-PI), it.joint.upper.unwrap_or(PI));
        let middle = if low.is_finite() && high.is_finite() {
            0.5 * (low + high)
        } else {
            0.0
        };
        made.start[0] = middle + wrap(standing - middle);
    }
}

/// Limits by the kind of motion.
fn motion(it: &JointPart, made: &mut ReadyJoint, tell: &mut Tell) {
    match &it.joint.motion {
        Motion::Revolute | Motion::Prismatic => {
            let range = [
                it.joint.lower.unwrap_or(f64::NEG_INFINITY),
                it.joint.upper.unwrap_or(f64::INFINITY),
            ];
            let Some(kind) = made.coordinate else { return };
            limit(&mut made.main, kind.axis(), range);
        }
        Motion::Spherical { cone } => {
            let cone = cone.map(|angle| angle.filter(|a| a.is_finite() && *a >= 0.0));
            if cone.iter().all(Option::is_none) {
                return;
            }
            let mut twin = free(&made.main);
            if let [Some(a), Some(b)] = cone
                && (a - b).abs() < 1.0e-6
            {
                twin.coupled_axes = JointAxesMask::ANG_Y | JointAxesMask::ANG_Z;
                // Below any angle: there is no least one.
                twin.set_limits(JointAxis::AngY, [-1.0, real(a)]);
            } else {
                tell.add(says::UNEVEN_CONE, it.entity, "");
                for (angle, axis) in cone.into_iter().zip([JointAxis::AngY, JointAxis::AngZ]) {
                    if let Some(angle) = angle {
                        limit(&mut twin, axis, [-angle, angle]);
                    }
                }
            }
            made.twins.push(twin);
        }
        Motion::Distance { least, greatest } => {
            if least.is_some_and(|d| d > 0.0) {
                tell.add(says::LEAST_DISTANCE, it.entity, "");
            }
            made.main.coupled_axes = JointAxesMask::LIN_AXES;
            if let Some(greatest) = greatest.filter(|d| d.is_finite() && *d >= 0.0) {
                made.main.set_limits(JointAxis::LinX, [0.0, real(greatest)]);
            }
        }
        Motion::Generic { ranges, drives } => {
            let busy = |k: usize| {
                !is_locked(&ranges[k])
                    && (matches!(ranges[k], DofRange::Limited { .. }) || drives[k].is_some())
            };
            if (0..3).filter(|k| busy(*k)).count() > 1 {
                tell.add(says::MANY_ANGLES, it.entity, "");
            }
            for (range, axis) in ranges.iter().zip(SOLVER_AXES) {
                if let DofRange::Limited { lower, upper } = range
                    && lower <= upper
                {
                    limit(&mut made.main, axis, [*lower, *upper]);
                }
            }
        }
        Motion::Fixed | Motion::Unsupported(_) => {}
    }
}

/// Sets limits that are there.
fn limit(joint: &mut GenericJoint, axis: JointAxis, [lower, upper]: [f64; 2]) {
    if lower.is_finite() || upper.is_finite() {
        joint.set_limits(axis, [real(lower), real(upper)]);
    }
}
