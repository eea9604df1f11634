//! What a simulation is: constants shared by all envs, in flat arrays.
//!
//! Owns the [`Model`] and nothing that changes while stepping. Knows no file format and no ECS.
//! SI units, angles in radians, right-handed frames. Transforms are `a_from_b`.

pub mod articulated;
mod pose;

pub use pose::Pose;

use serde::{Deserialize, Serialize};

/// Constants of an articulated cell: one fixed-base tree of links, its tool and its workpiece.
///
/// Compiled once from the authored world and shared by every env.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Gravity in world axes \[m/s^2\].
    pub gravity: [f64; 3],
    /// Length of one physics substep \[s\].
    pub time_step: f64,
    /// Links in topological order: a parent stands before its children.
    pub links: Vec<Link>,
    /// The driven tool that touches the workpiece.
    pub tool: Tool,
    /// The surface to polish.
    pub workpiece: Workpiece,
}

/// One moving body and the joint that carries it.
///
/// The link frame is the joint frame after the joint's motion; the joint moves about or along
/// the link's own z axis.
/// Bodies that are fixed to a link in the scene are merged into its inertia.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Name of the prim that the link comes from.
    pub name: String,
    /// Index of the parent link; `None` for a child of the fixed base.
    pub parent: Option<usize>,
    /// Kind of motion.
    pub joint: JointKind,
    /// Parent link frame (world frame for a root) from this link's frame at q = 0.
    pub parent_from_link: Pose,
    /// Mass \[kg\].
    pub mass: f64,
    /// Centre of mass in the link frame \[m\].
    pub center_of_mass: [f64; 3],
    /// Rotational inertia about the centre of mass, link axes, as xx yy zz xy xz yz \[kg m^2\].
    pub inertia: [f64; 6],
    /// Rotor inertia seen at the joint \[kg m^2 or kg\].
    pub armature: f64,
    /// Viscous damping of the joint itself \[N m s/rad or N s/m\].
    pub damping: f64,
    /// Coulomb friction of the joint \[N m or N\].
    pub friction: f64,
    /// Lower and upper joint limit \[rad or m\].
    pub limit: [f64; 2],
    /// Largest drive torque or force \[N m or N\].
    pub effort_limit: f64,
    /// Largest joint speed that a controller may ask for \[rad/s or m/s\].
    pub velocity_limit: f64,
    /// Drive stiffness \[N m/rad or N/m\].
    pub drive_stiffness: f64,
    /// Drive damping \[N m s/rad or N s/m\].
    pub drive_damping: f64,
    /// Joint position as authored \[rad or m\].
    pub home: f64,
}

/// How a link moves against its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JointKind {
    /// Turns about the link's z axis.
    Revolute,
    /// Slides along the link's z axis.
    Prismatic,
}

/// A spinning compliant disc on a link.
///
/// The pad's face is the x-y plane of the pad frame; its z axis points out of the face, to the
/// workpiece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Link that carries the pad.
    pub link: usize,
    /// Link frame from pad frame.
    pub link_from_pad: Pose,
    /// Radius of the disc \[m\].
    pub radius: f64,
    /// Normal stiffness of the whole pad when its full face is pressed \[N/m\].
    pub stiffness: f64,
    /// Normal damping of the whole pad \[N s/m\].
    pub damping: f64,
    /// Coulomb friction of pad on workpiece \[-\].
    pub friction: f64,
    /// Speed of the spindle about the pad's z axis \[rad/s\].
    pub spindle_speed: f64,
    /// Preston coefficient: removal depth per pressure and sliding distance \[1/Pa\].
    pub preston: f64,
    /// Normal force that the process asks for \[N\].
    pub force_set_point: f64,
}

/// A smooth patch, `z = h(x, y)` in the workpiece frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workpiece {
    /// World frame from workpiece frame; z points out of the material.
    pub world_from_workpiece: Pose,
    /// Coefficients of x^i y^j with i + j <= 4, in the order of [`SURFACE_TERMS`] \[m^(1-i-j)\].
    pub surface: [f64; SURFACE_TERM_COUNT],
    /// Largest distance between the authored mesh and the polynomial \[m\].
    pub fit_error: f64,
    /// Half sizes in x and y of the authored patch \[m\].
    pub half_extent: [f64; 2],
    /// Half sizes in x and y of the region to polish, centred on the frame \[m\].
    pub polish_half_extent: [f64; 2],
    /// Depth of material to remove \[m\].
    pub target_removal: f64,
}

/// Links that a [`Model`] may have at most.
///
/// Laws hold one element per link on the stack and panic beyond this; whoever makes a model to simulate
/// checks it first.
pub const MAX_LINKS: usize = 16;

/// Number of terms of a bivariate polynomial of degree four.
pub const SURFACE_TERM_COUNT: usize = 15;

/// Exponents (i, j) of x^i y^j for each surface coefficient.
pub const SURFACE_TERMS: [(u32, u32); SURFACE_TERM_COUNT] = [
    (0, 0),
    (1, 0),
    (0, 1),
    (2, 0),
    (1, 1),
    (0, 2),
    (3, 0),
    (2, 1),
    (1, 2),
    (0, 3),
    (4, 0),
    (3, 1),
    (2, 2),
    (1, 3),
    (0, 4),
];
