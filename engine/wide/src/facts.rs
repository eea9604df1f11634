//! What all envs know about bodies, colliders and joints.

use halle_world::{Entity, MassProperties};
use rapier3d::dynamics::{
    ImpulseJointHandle, ImpulseJointSet, MultibodyJointHandle, MultibodyJointSet, RigidBodyHandle,
    RigidBodySet,
};
use rapier3d::geometry::{ColliderHandle, ColliderSet};

use crate::ready::{Coordinate, ReadyJoint};

/// How a body moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// By forces.
    Dynamic,
    /// By a script; nothing pushes it.
    Kinematic,
    /// Not at all: a fixed joint holds it to the world.
    Fixed,
}

/// What all envs know about a body.
#[derive(Clone, Debug)]
pub struct BodyFacts {
    /// Path of its prim; copies of a point instancer carry their number.
    pub path: String,
    /// How it moves.
    pub kind: BodyKind,
    /// Mass properties in its own frame.
    pub mass: MassProperties,
    /// Part of gravity that acts on it.
    pub gravity_scale: f64,
    /// Whether it is a link of an articulation.
    pub link: bool,
    pub(crate) handle: RigidBodyHandle,
    /// Largest speed and angular speed that the author allows.
    pub(crate) speed_limits: [Option<f64>; 2],
    /// Whether nothing but contacts holds it.
    pub(crate) free: bool,
}

/// What all envs know about a collider.
#[derive(Clone, Debug)]
pub struct ColliderFacts {
    /// Path of its prim.
    pub path: String,
    /// Index of its body; none if it stands still.
    pub body: Option<usize>,
    pub(crate) entity: Entity,
    pub(crate) handle: ColliderHandle,
}

/// How a joint is held.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Held {
    /// By impulses; the handles of its twins follow.
    Impulse(ImpulseJointHandle, Vec<ImpulseJointHandle>),
    /// As a link of an articulation; whether the solver counts its coordinate the other way.
    Reduced(MultibodyJointHandle, bool, Vec<ImpulseJointHandle>),
}

/// What all envs know about a joint.
#[derive(Clone, Debug)]
pub struct JointFacts {
    /// Path of its prim.
    pub path: String,
    /// Unit of its coordinate, `rad` or `m`; none if it has not exactly one.
    pub unit: Option<&'static str>,
    /// Whether it is part of an articulation.
    pub reduced: bool,
    pub(crate) held: Held,
    /// Body on each side as the solver knows it; the ground for the world.
    pub(crate) sides: [RigidBodyHandle; 2],
    pub(crate) ready: ReadyJoint,
}

/// A joint that follows another by a drive of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Servo {
    pub(crate) follower: usize,
    pub(crate) leader: usize,
    pub(crate) coefficients: [f64; 5],
    pub(crate) twin: ImpulseJointHandle,
}

/// The solver's sets at the start, copied for each env. Shapes are shared between the copies.
#[derive(Clone)]
pub(crate) struct Template {
    pub(crate) bodies: RigidBodySet,
    pub(crate) colliders: ColliderSet,
    pub(crate) impulse: ImpulseJointSet,
    pub(crate) reduced: MultibodyJointSet,
}

/// Sizes of a model, for reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bodies that move by forces.
    pub dynamic_bodies: usize,
    /// Bodies that a script moves.
    pub kinematic_bodies: usize,
    /// Bodies that a fixed joint holds to the world.
    pub fixed_bodies: usize,
    /// Colliders, still ones included.
    pub colliders: usize,
    /// Different shapes.
    pub shapes: usize,
    /// Joints held by impulses.
    pub impulse_joints: usize,
    /// Articulations.
    pub articulations: usize,
    /// Joints that are part of an articulation.
    pub reduced_joints: usize,
    /// Classes of colliders that are filtered alike.
    pub filter_classes: usize,
    /// Belts: colliders with a surface velocity.
    pub belts: usize,
}

/// The unit of a coordinate.
pub(crate) fn unit(coordinate: Option<Coordinate>) -> Option<&'static str> {
    coordinate.map(|c| match c {
        Coordinate::Angle => "rad",
        Coordinate::Distance => "m",
    })
}
