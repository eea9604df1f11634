//! Joints, their limits and drives.

use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use nalgebra::Isometry3;

/// What a degree of freedom may do. Positions in rad or m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DofRange {
    /// Stays at zero.
    Locked,
    /// Moves without bounds.
    Free,
    /// Moves between two bounds; one of them may be infinite.
    Limited {
        /// Lower bound \[rad or m\].
        lower: f64,
        /// Upper bound \[rad or m\].
        upper: f64,
    },
}

impl DofRange {
    /// The only position that is left, where the range leaves no room. Crossed bounds are a lock at
    /// zero, as `UsdPhysics` has it.
    #[must_use]
    pub fn lock(&self) -> Option<f64> {
        match *self {
            Self::Limited { lower, upper } if lower == upper => Some(lower),
            Self::Limited { lower, upper } if lower > upper => Some(0.0),
            Self::Locked => Some(0.0),
            Self::Free | Self::Limited { .. } => None,
        }
    }

    /// Lower and upper bound; infinite where there is none.
    #[must_use]
    pub fn bounds(&self) -> [f64; 2] {
        match *self {
            Self::Locked => [0.0; 2],
            Self::Free => [f64::NEG_INFINITY, f64::INFINITY],
            Self::Limited { lower, upper } => [lower, upper],
        }
    }
}

/// How two bodies may move against each other: the joint frame of body 1 seen from that of body 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Motion {
    /// Not at all.
    Fixed,
    /// Turning about the axis.
    Revolute,
    /// Sliding along the axis.
    Prismatic,
    /// Turning freely; the axis stays within a cone if half angles are given.
    Spherical {
        /// Half angles of the cone about the two other axes \[rad\]; `None` is free.
        cone: [Option<f64>; 2],
    },
    /// The origins of the joint frames keep a distance; all else is free.
    Distance {
        /// Least distance \[m\].
        least: Option<f64>,
        /// Greatest distance \[m\].
        greatest: Option<f64>,
    },
    /// Each of the six degrees of freedom has its own range and drive: turning about x, y, z, then
    /// sliding along x, y, z. Rotations are extrinsic small angles about the joint frame of body 0;
    /// with one free rotation they are exact.
    Generic {
        /// Ranges.
        ranges: [DofRange; 6],
        /// Drives.
        drives: Box<[Option<Drive>; 6]>,
    },
    /// A kind that is not known, by its type name.
    Unsupported(String),
}

/// Axis of a joint frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// First axis.
    X,
    /// Second axis.
    Y,
    /// Third axis.
    Z,
}

/// What the gains of a drive mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DriveKind {
    /// Gains give a force or a torque.
    #[default]
    Force,
    /// Gains give an acceleration: they are multiplied by the inertia that the joint sees.
    Acceleration,
}

/// A drive at a joint: effort = stiffness (target - q) + damping (target velocity - qd).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    /// Meaning of the gains.
    pub kind: DriveKind,
    /// Stiffness \[N m/rad or N/m; 1/s^2 for an acceleration drive\].
    pub stiffness: f64,
    /// Damping \[N m s/rad or N s/m; 1/s for an acceleration drive\].
    pub damping: f64,
    /// Largest torque or force \[N m or N\]; infinite if not authored.
    pub effort_limit: f64,
    /// Position to hold \[rad or m\].
    pub target_position: f64,
    /// Velocity to hold \[rad/s or m/s\].
    pub target_velocity: f64,
}

/// A passive spring at a joint.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spring {
    /// Stiffness \[N m/rad or N/m\].
    pub stiffness: f64,
    /// Position without force \[rad or m\].
    pub rest: f64,
}

/// Largest effort that whatever drives the joint on this prim may bring up \[N m or N\].
///
/// For joints whose file names no drive: a [`Drive`] and an actuator have limits of their own.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct EffortLimit(pub f64);

/// A joint between two bodies.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Joint {
    /// Kind of motion.
    pub motion: Motion,
    /// First side; `None` is the world.
    pub body0: Option<Entity>,
    /// Second side; `None` is the world.
    pub body1: Option<Entity>,
    /// Frame of the first side (the world frame for `None`) from the joint frame.
    pub body0_from_joint: Isometry3<f64>,
    /// Frame of the second side from the joint frame.
    pub body1_from_joint: Isometry3<f64>,
    /// Axis of motion in the joint frame.
    pub axis: Axis,
    /// Lower limit \[rad or m\].
    pub lower: Option<f64>,
    /// Upper limit \[rad or m\].
    pub upper: Option<f64>,
    /// Drive about the axis of a revolute or prismatic joint.
    pub drive: Option<Drive>,
    /// Passive spring.
    pub spring: Spring,
    /// Rotor inertia seen at the joint \[kg m^2 or kg\].
    pub armature: f64,
    /// Viscous damping \[N m s/rad or N s/m\].
    pub damping: f64,
    /// Coulomb friction \[N m or N\].
    pub friction: f64,
    /// Largest speed to ask for \[rad/s or m/s\].
    pub velocity_limit: Option<f64>,
    /// Position at the start \[rad or m\]; the authored poses say it where this is `None`.
    pub home: Option<f64>,
    /// Velocity at the start \[rad/s or m/s\].
    pub home_velocity: f64,
    /// Kept out of the tree by the author: it closes a loop.
    pub excluded: bool,
    /// Whether the two bodies may touch each other.
    pub bodies_touch: bool,
    /// Force at which the joint breaks \[N\].
    pub break_force: Option<f64>,
    /// Torque at which the joint breaks \[N m\].
    pub break_torque: Option<f64>,
}

impl Joint {
    /// A joint of a kind between two sides, frames at their origins, axis x, nothing else said.
    #[must_use]
    pub fn between(motion: Motion, body0: Option<Entity>, body1: Option<Entity>) -> Self {
        Self {
            motion,
            body0,
            body1,
            body0_from_joint: Isometry3::identity(),
            body1_from_joint: Isometry3::identity(),
            axis: Axis::X,
            lower: None,
            upper: None,
            drive: None,
            spring: Spring::default(),
            armature: 0.0,
            damping: 0.0,
            friction: 0.0,
            velocity_limit: None,
            home: None,
            home_velocity: 0.0,
            excluded: false,
            bodies_touch: false,
            break_force: None,
            break_torque: None,
        }
    }
}
