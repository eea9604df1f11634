//! A robot as its file writes it.

use std::collections::BTreeMap;

use halle_world::Shape;
use nalgebra::{Isometry3, Matrix3, Vector3};

use crate::materials::Paint;
use crate::reader::Element;

/// The whole file. Links and joints are named by their index.
#[derive(Debug)]
pub(crate) struct Robot<'d> {
    pub(crate) element: Element<'d>,
    /// Path of its prim.
    pub(crate) prim: String,
    pub(crate) links: Vec<Link<'d>>,
    pub(crate) joints: Vec<JointDef<'d>>,
    pub(crate) motors: Vec<Motor>,
    /// What `gazebo` says about links, by name.
    pub(crate) feels: BTreeMap<String, Feel>,
}

/// A link.
#[derive(Debug)]
pub(crate) struct Link<'d> {
    pub(crate) element: Element<'d>,
    pub(crate) name: String,
    pub(crate) prim: String,
    pub(crate) inertial: Option<Inertial<'d>>,
    pub(crate) shapes: Vec<ShapeDef<'d>>,
}

/// What a link weighs.
#[derive(Debug)]
pub(crate) struct Inertial<'d> {
    pub(crate) element: Element<'d>,
    /// Link frame from the frame of the inertia.
    pub(crate) origin: Isometry3<f64>,
    /// Mass \[kg\].
    pub(crate) mass: f64,
    /// Inertia about the origin, axes of the origin \[kg m^2\].
    pub(crate) inertia: Option<Matrix3<f64>>,
}

/// A visual or a collision.
#[derive(Debug)]
pub(crate) struct ShapeDef<'d> {
    pub(crate) collision: bool,
    pub(crate) name: Option<String>,
    /// Link frame from shape frame.
    pub(crate) origin: Isometry3<f64>,
    pub(crate) geometry: GeometryDef<'d>,
    /// Colour and picture of its own material.
    pub(crate) paint: Option<Paint>,
    /// The element, for findings.
    pub(crate) element: Element<'d>,
}

/// A solid, or a file with one.
#[derive(Debug)]
pub(crate) enum GeometryDef<'d> {
    Solid(Shape),
    Mesh {
        element: Element<'d>,
        uri: String,
        scale: [f64; 3],
    },
}

/// Type of a joint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Fixed,
    Revolute,
    Continuous,
    Prismatic,
    Floating,
    Planar,
    Ball,
}

/// A joint.
#[derive(Debug)]
pub(crate) struct JointDef<'d> {
    pub(crate) element: Element<'d>,
    pub(crate) name: String,
    pub(crate) prim: String,
    pub(crate) kind: Kind,
    pub(crate) parent: usize,
    pub(crate) child: usize,
    /// Parent link frame from child link frame at zero.
    pub(crate) origin: Isometry3<f64>,
    /// Unit vector in the child link's frame.
    pub(crate) axis: Vector3<f64>,
    /// Lower and upper limit \[rad or m\].
    pub(crate) range: Option<[f64; 2]>,
    /// Largest effort \[N m or N\].
    pub(crate) effort: Option<f64>,
    /// Largest speed \[rad/s or m/s\].
    pub(crate) velocity: Option<f64>,
    /// Damping \[N m s/rad or N s/m\] and friction \[N m or N\].
    pub(crate) dynamics: [f64; 2],
    /// Position at which it is held, because the joint that it follows is fixed \[rad or m\].
    pub(crate) held: Option<f64>,
    /// Joint that leads, multiplier and offset.
    pub(crate) mimic: Option<(usize, f64, f64)>,
}

/// A simple transmission.
#[derive(Debug)]
pub(crate) struct Motor {
    pub(crate) name: String,
    pub(crate) joint: usize,
    /// Effort at the joint over effort of the motor.
    pub(crate) gear: f64,
}

/// What Gazebo knows of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Feel {
    /// Coulomb friction.
    pub(crate) friction: Option<f64>,
    /// Gravity does not act.
    pub(crate) floats: bool,
}

impl Link<'_> {
    /// Whether the link weighs something.
    pub(crate) fn has_mass(&self) -> bool {
        self.inertial.as_ref().is_some_and(|i| i.mass > 0.0)
    }
}
