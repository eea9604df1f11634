//! Joints of the plant as joints of the solver.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use halle_world::components::{Actuator, ActuatorLaw, Axis, DofRange, Drive, DriveKind, Motion};
use halle_world::{Entity, World};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};
use rapier3d::dynamics::{GenericJoint, JointAxesMask, JointAxis, MotorModel};

use crate::maths::{pose, real};
use crate::parts::{JointPart, Parts};
use crate::says;
use crate::tell::Tell;

/// Force that nothing reaches; stands for "not limited" [N or N m].
const UNLIMITED: f64 = 1.0e12;
/// Distance and angle by which bodies may miss their joints before it is worth a finding [m, rad].
const POSE_TOLERANCE: f64 = 1.0e-3;

/// The one coordinate of a joint that turns or slides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coordinate {
    /// An angle about x of the joint frame.
    Angle,
    /// A distance along x of the joint frame.
    Distance,
}

impl Coordinate {
    /// Where the solver keeps it.
    pub(crate) fn axis(self) -> JointAxis {
        match self {
            Self::Angle => JointAxis::AngX,
            Self::Distance => JointAxis::LinX,
        }
    }
}

/// A joint made ready for the solver; its first coordinate is along x of its frames.
#[derive(Clone, Debug)]
pub(crate) struct ReadyJoint {
    pub(crate) entity: Entity,
    pub(crate) path: String,
    /// Body on each side; none is the world.
    pub(crate) bodies: [Option<usize>; 2],
    /// Joint frame, x along the motion, seen from each side.
    pub(crate) frames: [Isometry3<f64>; 2],
    pub(crate) coordinate: Option<Coordinate>,
    /// Locks, limits and the drive.
    pub(crate) main: GenericJoint,
    /// Drives that the main joint has no room for, and limits that articulations do not know.
    pub(crate) twins: Vec<GenericJoint>,
    /// Drive about the coordinate, as the main joint has it.
    pub(crate) drive: Option<Drive>,
    /// Passive spring: stiffness, rest, and viscous damping.
    pub(crate) passive: [f64; 3],
    pub(crate) friction: f64,
    pub(crate) armature: f64,
    /// Whether an articulation can have it as a part.
    pub(crate) reducible: bool,
    pub(crate) fixed: bool,
    pub(crate) excluded: bool,
    pub(crate) touch: bool,
    /// Force and torque at which it breaks [N, N m].
    pub(crate) breaks: Option<[f64; 2]>,
    /// Coordinate at the start [rad or m], and its rate.
    pub(crate) start: [f64; 2],
    /// Whether the authored start differs from where the bodies stand.
    pub(crate) moved_home: bool,
    pub(crate) driven: bool,
}

/// Rotates x onto the axis of the joint.
fn joint_from_x(axis: Axis) -> UnitQuaternion<f64> {
    match axis {
        Axis::X => UnitQuaternion::identity(),
        Axis::Y => UnitQuaternion::from_axis_angle(&Vector3::z_axis(), FRAC_PI_2),
        Axis::Z => UnitQuaternion::from_axis_angle(&Vector3::y_axis(), -FRAC_PI_2),
    }
}

/// Angle or distance between the frames of a joint.
pub(crate) fn coordinate_of(kind: Coordinate, between: &Isometry3<f64>) -> f64 {
    match kind {
        Coordinate::Distance => between.translation.x,
        Coordinate::Angle => {
            let q = between.rotation.quaternion();
            wrap(2.0 * q.i.atan2(q.w))
        }
    }
}

/// The same angle between -pi and pi.
pub(crate) fn wrap(angle: f64) -> f64 {
    angle - TAU * (angle / TAU).round()
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

/// Rotations come after translations in the solver, before them in the plant.
const SOLVER_AXES: [JointAxis; 6] = [
    JointAxis::AngX,
    JointAxis::AngY,
    JointAxis::AngZ,
    JointAxis::LinX,
    JointAxis::LinY,
    JointAxis::LinZ,
];

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

/// The same frames without locks, limits and drives.
pub(crate) fn free(joint: &GenericJoint) -> GenericJoint {
    GenericJoint {
        local_frame1: joint.local_frame1,
        local_frame2: joint.local_frame2,
        contacts_enabled: joint.contacts_enabled,
        ..GenericJoint::default()
    }
}

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
fn drives(it: &JointPart, made: &mut ReadyJoint, actuator: Option<&Actuator>, tell: &mut Tell) {
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
