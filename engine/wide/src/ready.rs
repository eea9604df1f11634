//! A joint made ready for the solver.

use std::f64::consts::TAU;

use halle_world::Entity;
use halle_world::components::Drive;
use nalgebra::Isometry3;
use rapier3d::dynamics::{GenericJoint, JointAxis};

/// Rotations come after translations in the solver, before them in the plant.
pub(crate) const SOLVER_AXES: [JointAxis; 6] = [
    JointAxis::AngX,
    JointAxis::AngY,
    JointAxis::AngZ,
    JointAxis::LinX,
    JointAxis::LinY,
    JointAxis::LinZ,
];

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

/// The same frames without locks, limits and drives.
pub(crate) fn free(joint: &GenericJoint) -> GenericJoint {
    GenericJoint {
        local_frame1: joint.local_frame1,
        local_frame2: joint.local_frame2,
        contacts_enabled: joint.contacts_enabled,
        ..GenericJoint::default()
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
