//! What drives, couples, measures and sets joints beside their own drives.

use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;

/// The joint on this prim follows another: q = sum of `coefficients[k] q_leader^k`.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Mimic {
    /// Prim of the joint that leads.
    pub leader: Entity,
    /// Polynomial coefficients, constant first, in SI units.
    pub coefficients: [f64; 5],
}

/// What an actuator does with its control signal u.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActuatorLaw {
    /// Effort = u.
    Motor,
    /// Effort = kp (u - q) - kd qd.
    Position {
        /// Stiffness \[N m/rad or N/m\].
        stiffness: f64,
        /// Damping \[N m s/rad or N s/m\].
        damping: f64,
    },
    /// Effort = kd (u - qd).
    Velocity {
        /// Damping \[N m s/rad or N s/m\].
        damping: f64,
    },
    /// Effort = (gain · \[1, l, v\]) u + bias · \[1, l, v\] with length l and velocity v of the
    /// transmission.
    Affine {
        /// Gain coefficients.
        gain: [f64; 3],
        /// Bias coefficients.
        bias: [f64; 3],
    },
}

/// A motor on a joint.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Actuator {
    /// Prim of the joint.
    pub joint: Entity,
    /// What the control signal means.
    pub law: ActuatorLaw,
    /// Transmission ratio: effort at the joint over effort of the actuator \[-\].
    pub gear: f64,
    /// Range of the control signal.
    pub control_range: Option<[f64; 2]>,
    /// Range of the effort \[N m or N\].
    pub effort_range: Option<[f64; 2]>,
}

/// A named frame on a body: where sensors sit and tools are mounted.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot;

/// Something that measures.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct Sensor {
    /// What it measures, in the words of the file it comes from.
    pub kind: String,
    /// Prim that it is about.
    pub target: Entity,
}

/// A named configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyframe {
    /// Its name.
    pub name: String,
    /// Joint prims and their positions \[rad or m\].
    pub positions: Vec<(Entity, f64)>,
    /// Joint prims and their velocities \[rad/s or m/s\].
    pub velocities: Vec<(Entity, f64)>,
    /// Control signals, in the order of the actuators.
    pub controls: Vec<f64>,
}

/// All named configurations of the plant.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Keyframes(pub Vec<Keyframe>);
