//! The physics of a subtree, read once and placed wherever the subtree occurs.
//!
//! A plant repeats itself. Instances share a prototype by declaration; subtrees that compose from
//! the same specs of referenced layers share their content without one. Both are read once into a
//! [`Blueprint`], and what lies below is neither composed nor read again.

use std::cell::OnceCell;
use std::rc::Rc;

use nalgebra::Matrix4;
use openusd::sdf::Path;

use super::binding::Bindings;
use super::desc::{Geometry, Group, Material, SceneDesc};
use super::gf::{self, Factors};
use super::raw::{RawGeometry, RawJoint};
use crate::xform;

/// Where a prim stands against the root of its blueprint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Blueprint from prim, for column vectors; world from prim if absolute.
    pub(super) matrix: Matrix4<f64>,
    /// Whether a prim on the way resets the transform stack.
    pub(super) absolute: bool,
}

impl Frame {
    pub(super) fn root() -> Self {
        Self {
            matrix: Matrix4::identity(),
            absolute: false,
        }
    }

    /// World from prim.
    pub(super) fn world(&self, outer: &Matrix4<f64>) -> Matrix4<f64> {
        if self.absolute {
            self.matrix
        } else {
            outer * self.matrix
        }
    }
}

/// The physics of a subtree, in depth-first order.
#[derive(Debug)]
pub(super) struct Blueprint {
    /// The prim it was read from; records and relationship targets have paths below it.
    pub(super) source: Path,
    pub(super) items: Vec<Item>,
    /// Distinct references of its shapes.
    pub(super) links: Vec<LinkSource>,
}

/// A piece of a blueprint.
#[derive(Debug)]
pub(super) enum Item {
    Record(Record),
    Nested(Nested),
}

/// A subtree inside a subtree.
#[derive(Debug)]
pub(super) struct Nested {
    pub(super) blueprint: Rc<Blueprint>,
    /// Where it stands, below the outer blueprint's source.
    pub(super) path: Path,
    /// Of the prim that the nested frames are below.
    pub(super) frame: Frame,
    /// What binds above it, inside the outer blueprint.
    pub(super) bindings: Rc<Bindings>,
    /// Whether it holds the descendants of an instance, rather than a whole subtree.
    pub(super) instance: bool,
    pub(super) hidden: bool,
    pub(super) proxy: bool,
}

/// One physical thing that a prim is.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) path: Path,
    pub(super) frame: Frame,
    /// Part of masses, but not of what USD's parser returns: below a point instancer, or a body or
    /// collider on a prim that already is something else.
    pub(super) hidden: bool,
    /// Nearest enabled body at or above the prim inside the blueprint, as an index of its items.
    pub(super) body: Option<usize>,
    /// Whether the prim is below an instance inside the blueprint.
    pub(super) proxy: bool,
    pub(super) what: What,
}

/// What a prim is.
#[derive(Debug)]
pub(super) enum What {
    Scene(SceneDesc),
    Group(Group),
    Material(Material),
    Body(Box<RawBody>),
    Shape(Box<RawShape>),
    /// A collider without known geometry; its mass, unless it is disabled.
    Unknown(Option<Option<Box<RawMass>>>),
    Joint(Box<RawJoint>),
    Articulation(Vec<Path>),
}

/// A body without its pose.
#[derive(Debug)]
pub(super) struct RawBody {
    pub(super) enabled: bool,
    pub(super) kinematic: bool,
    pub(super) asleep: bool,
    pub(super) velocity: [f32; 3],
    pub(super) angular_velocity: [f32; 3],
    pub(super) filtered: Vec<Path>,
    pub(super) owners: Vec<Path>,
    pub(super) mass: Option<Box<RawMass>>,
    /// Factors of the frame, for rigid surroundings.
    pub(super) factors: OnceCell<Factors>,
}

/// A collider without its pose.
#[derive(Debug)]
pub(super) struct RawShape {
    pub(super) geometry: RawGeometry,
    pub(super) enabled: bool,
    /// Index of [`Blueprint::links`].
    pub(super) links: usize,
    pub(super) mass: Option<Box<RawMass>>,
    /// What its prim and those above bind, inside the blueprint; for the material's density.
    pub(super) bindings: Rc<Bindings>,
    /// Factors of the frame and the scaled geometry, for rigid surroundings.
    pub(super) factors: OnceCell<(Factors, Geometry, bool)>,
    /// Pose against the body of [`Record::body`], for rigid surroundings.
    pub(super) local: OnceCell<LocalPose>,
}

/// Pose and scale of a shape against a body, before the body's own scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalPose {
    pub(super) position: [f32; 3],
    pub(super) rotation: [f32; 4],
    pub(super) scale: [f32; 3],
}

impl LocalPose {
    pub(super) const IDENTITY: Self = Self {
        position: [0.0; 3],
        rotation: [1.0, 0.0, 0.0, 0.0],
        scale: [1.0; 3],
    };
}

/// What a collider refers to, in the namespace of its blueprint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct LinkSource {
    /// What binds at each face subset and then at the collider, with what is above it inside the
    /// blueprint; prims without the binding interface are left out, as in USD. With it the prim
    /// that binds, or `None` for the collider itself.
    pub(super) materials: Vec<(Rc<Bindings>, Option<Path>)>,
    pub(super) owners: Vec<Path>,
    pub(super) filtered: Vec<Path>,
}

/// Mass properties that a prim authors.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawMass {
    pub(super) mass: f32,
    pub(super) density: f32,
    pub(super) inertia: [f32; 3],
    pub(super) center: [f32; 3],
    pub(super) axes: [f32; 4],
}

/// The pose of a transform against another, as USD computes it from the two world transforms.
pub(super) fn local_pose(shape: &Matrix4<f64>, body: &Matrix4<f64>) -> LocalPose {
    let relative = gf::factor(&(xform::inverse(body) * shape));
    LocalPose {
        position: gf::narrow3(relative.translation),
        rotation: gf::narrow4(gf::rotation_quaternion(&relative.rotation)),
        scale: gf::narrow3(relative.scale),
    }
}

impl Blueprint {
    /// A record by the index of its item.
    pub(super) fn record(&self, item: usize) -> Option<&Record> {
        match self.items.get(item)? {
            Item::Record(record) => Some(record),
            Item::Nested(_) => None,
        }
    }
}
