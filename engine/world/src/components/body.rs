//! Rigid bodies and what they weigh.

use bevy_ecs::component::Component;
use nalgebra::{UnitQuaternion, Vector3};

/// A rigid body.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct RigidBody {
    /// Moved by a script rather than by forces.
    pub kinematic: bool,
    /// Not simulated until something touches it.
    pub starts_asleep: bool,
    /// Linear velocity of the body's origin at the start, world axes \[m/s\].
    pub linear_velocity: Vector3<f64>,
    /// Angular velocity at the start, world axes \[rad/s\].
    pub angular_velocity: Vector3<f64>,
    /// Part of gravity that acts on the body \[-\]: one as a rule, zero if switched off.
    pub gravity_scale: f64,
    /// Drag on the linear velocity \[1/s\].
    pub linear_damping: f64,
    /// Drag on the angular velocity \[1/s\].
    pub angular_damping: f64,
    /// Largest speed that the engine lets it reach \[m/s\].
    pub max_linear_speed: Option<f64>,
    /// Largest angular speed that the engine lets it reach \[rad/s\].
    pub max_angular_speed: Option<f64>,
}

impl Default for RigidBody {
    /// A dynamic body at rest, under full gravity, without drag.
    fn default() -> Self {
        Self {
            kinematic: false,
            starts_asleep: false,
            linear_velocity: Vector3::zeros(),
            angular_velocity: Vector3::zeros(),
            gravity_scale: 1.0,
            linear_damping: 0.0,
            angular_damping: 0.0,
            max_linear_speed: None,
            max_angular_speed: None,
        }
    }
}

/// Mass as authored on a body or a collider; `None` where the author left it open.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq)]
pub struct AuthoredMass {
    /// Mass \[kg\].
    pub mass: Option<f64>,
    /// Density \[kg/m^3\].
    pub density: Option<f64>,
    /// Centre of mass in the prim frame \[m\].
    pub center_of_mass: Option<Vector3<f64>>,
    /// Principal moments of inertia \[kg m^2\].
    pub diagonal_inertia: Option<Vector3<f64>>,
    /// Prim axes from principal axes.
    pub principal_axes: UnitQuaternion<f64>,
}

/// The subtree below is one articulation, whether fixed to the world or free.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArticulationRoot {
    /// Whether links that are not neighbours may touch each other.
    pub self_collision: bool,
}

/// The surface of a body moves along although the body stands still: a conveyor belt.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct SurfaceVelocity {
    /// Linear velocity of the surface, prim axes \[m/s\].
    pub linear: Vector3<f64>,
    /// Angular velocity of the surface about the prim's origin, prim axes \[rad/s\].
    pub angular: Vector3<f64>,
}
