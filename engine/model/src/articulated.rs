//! Articulated systems: trees of links, what they touch, what couples and drives them.
//!
//! Spherical joints keep their position as a unit quaternion (w, x, y, z), free joints as the origin
//! of the link in world axes and then such a quaternion. Their velocity is the angular velocity of the
//! link against its parent in link axes, for free joints followed by the velocity of the origin in
//! world axes; a position has one number more than its velocity.

use serde::{Deserialize, Serialize};

use crate::Pose;

/// Degrees of freedom that a [`System`] may have at most.
///
/// Laws hold what they compute on the stack and panic beyond this; whoever makes a system to simulate
/// checks it first.
pub const MAX_DOFS: usize = 64;

/// Constants of an articulated system, shared by all envs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct System {
    /// Gravity in world axes \[m/s^2\].
    pub gravity: [f64; 3],
    /// Length of one step \[s\].
    pub time_step: f64,
    /// Links in topological order: a parent stands before its children.
    pub links: Vec<SystemLink>,
    /// What can touch.
    pub shapes: Vec<ContactShape>,
    /// Pairs of shapes that may touch, and how.
    pub pairs: Vec<ContactPair>,
    /// Joints that close loops.
    pub loops: Vec<Loop>,
    /// Joints that follow others.
    pub couplings: Vec<Coupling>,
    /// What drives joints; each takes one control signal, in this order.
    pub actuators: Vec<SystemActuator>,
    /// Positions at the start, in the order of the links.
    pub start_position: Vec<f64>,
    /// Velocities at the start, in the order of the links.
    pub start_velocity: Vec<f64>,
}

/// One moving body and the joint that carries it.
///
/// The link frame is the joint frame after the joint's motion. Bodies that are fixed to a link are
/// merged into it. Where several joints carry one body, the links between them have no mass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemLink {
    /// Path of the prim that the link comes from.
    pub name: String,
    /// Index of the parent link; `None` for a child of the world.
    pub parent: Option<usize>,
    /// Kind of motion.
    pub joint: SystemJoint,
    /// Parent link frame (world frame for a root) from this link's frame at position zero.
    pub parent_from_link: Pose,
    /// Mass \[kg\].
    pub mass: f64,
    /// Centre of mass in the link frame \[m\].
    pub center_of_mass: [f64; 3],
    /// Rotational inertia about the centre of mass, link axes, as xx yy zz xy xz yz \[kg m^2\].
    pub inertia: [f64; 6],
    /// Part of gravity that acts on the link \[-\].
    pub gravity_scale: f64,
    /// Rotor inertia seen at each degree of freedom \[kg m^2 or kg\].
    pub armature: f64,
    /// Viscous damping of each degree of freedom \[N m s/rad or N s/m\].
    pub damping: f64,
    /// Coulomb friction of each degree of freedom \[N m or N\].
    pub friction: f64,
    /// Passive spring of a joint of one degree of freedom: stiffness \[N m/rad or N/m\] and position
    /// without force \[rad or m\].
    pub spring: [f64; 2],
    /// Lower and upper limit of a joint of one degree of freedom \[rad or m\]; infinite where there
    /// is none.
    pub limit: [f64; 2],
    /// Largest speed that a controller may ask for \[rad/s or m/s\]; infinite where there is none.
    pub velocity_limit: f64,
}

/// How a link moves against its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SystemJoint {
    /// Turns about the link's z axis.
    Revolute,
    /// Slides along the link's z axis.
    Prismatic,
    /// Turns about its origin in all ways.
    Spherical,
    /// Moves in all ways; only links without a parent do, and `parent_from_link` is the identity.
    Free,
}

impl SystemJoint {
    /// Numbers of its position.
    #[must_use]
    pub const fn position_count(self) -> usize {
        match self {
            Self::Revolute | Self::Prismatic => 1,
            Self::Spherical => 4,
            Self::Free => 7,
        }
    }

    /// Degrees of freedom: numbers of its velocity.
    #[must_use]
    pub const fn dof_count(self) -> usize {
        match self {
            Self::Revolute | Self::Prismatic => 1,
            Self::Spherical => 3,
            Self::Free => 6,
        }
    }
}

/// A shape on a link or in the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactShape {
    /// Path of the prim that it comes from.
    pub name: String,
    /// Link that carries it; `None` is the world.
    pub link: Option<usize>,
    /// Link frame (world frame for `None`) from shape frame.
    pub link_from_shape: Pose,
    /// The shape itself.
    pub form: ContactForm,
}

/// Forms that laws of contact know. Axes are those of the shape frame, origins the shape's middle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ContactForm {
    /// All that lies below z = 0.
    Plane,
    /// A ball.
    Sphere {
        /// Radius \[m\].
        radius: f64,
    },
    /// A cylinder along z with half balls at its ends.
    Capsule {
        /// Radius \[m\].
        radius: f64,
        /// Half the distance between the middles of the half balls \[m\].
        half_length: f64,
    },
    /// A cylinder along z.
    Cylinder {
        /// Radius \[m\].
        radius: f64,
        /// Half its height \[m\].
        half_height: f64,
    },
    /// A box.
    Box {
        /// Half its edges \[m\].
        half_extent: [f64; 3],
    },
    /// A convex polyhedron.
    Hull {
        /// Corners \[m\].
        vertices: Vec<[f64; 3]>,
        /// Faces: x, y, z of the unit normal that points out, and its inner product with any point of
        /// the face \[m\].
        planes: Vec<[f64; 4]>,
    },
    /// All that lies below a height over the x-y plane; nothing beyond the ends of the grid.
    HeightField {
        /// Grid points along x and y, at least two each.
        counts: [usize; 2],
        /// Half sizes of the grid along x and y \[m\].
        half_extent: [f64; 2],
        /// Heights, x fastest \[m\].
        heights: Vec<f64>,
    },
    /// Any solid, by its signed distance at the points of a grid.
    DistanceGrid {
        /// Grid points along x, y and z, at least two each.
        counts: [usize; 3],
        /// Half sizes of the grid \[m\].
        half_extent: [f64; 3],
        /// Distances to the surface, below zero inside, x fastest, then y \[m\].
        distances: Vec<f64>,
        /// Points of the surface that are held against other shapes \[m\].
        samples: Vec<[f64; 3]>,
    },
}

/// Two shapes that may touch. Values of both surfaces are combined already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactPair {
    /// Indices of the shapes.
    pub shapes: [usize; 2],
    /// Coulomb friction \[-\].
    pub friction: f64,
    /// Friction against turning about the normal \[m\].
    pub torsional_friction: f64,
    /// Friction against rolling \[m\].
    pub rolling_friction: f64,
    /// Coefficient of restitution \[-\].
    pub restitution: f64,
    /// Stiffness \[N/m\] and damping \[N s/m\] of each contact point; `None` is rigid.
    pub compliance: Option<[f64; 2]>,
    /// Distance between the surfaces at which they rest \[m\].
    pub rest_offset: f64,
}

/// A joint that closes a loop: some motions of one frame against another are locked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loop {
    /// Path of the prim that it comes from.
    pub name: String,
    /// Links on both sides; `None` is the world.
    pub links: [Option<usize>; 2],
    /// Link frames from the joint frames.
    pub link_from_joint: [Pose; 2],
    /// Which motions of the second joint frame against the first are locked: turning about x, y, z,
    /// then sliding along x, y, z of the first joint frame.
    pub locked: [bool; 6],
}

/// A joint of one degree of freedom that follows another:
/// q = sum of `coefficients[k] q_leader^k`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coupling {
    /// Link whose joint follows.
    pub follower: usize,
    /// Link whose joint leads; `None` holds the follower at the constant coefficient.
    pub leader: Option<usize>,
    /// Polynomial coefficients, constant first.
    pub coefficients: [f64; 5],
}

/// A motor on a joint of one degree of freedom.
///
/// Effort at the joint: gear times the effort of the motor, which is
/// `(gain · [1, l, v]) u + bias · [1, l, v]` within its range, for a control signal u within
/// its range, l = gear q and v = gear qd.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemActuator {
    /// Path of the prim that it comes from.
    pub name: String,
    /// Link whose joint it drives.
    pub link: usize,
    /// Transmission ratio \[-\].
    pub gear: f64,
    /// Coefficients of what the control signal does.
    pub gain: [f64; 3],
    /// Coefficients of what it does by itself.
    pub bias: [f64; 3],
    /// Range of the control signal; infinite where there is none.
    pub control_range: [f64; 2],
    /// Range of the motor's effort \[N m or N\]; infinite where there is none.
    pub effort_range: [f64; 2],
    /// Whether the effort is an acceleration, to be multiplied by the inertia that the joint sees.
    pub is_acceleration: bool,
    /// Control signal if nobody gives one.
    pub start_control: f64,
}

impl System {
    /// Where the position and the velocity of each link stand in the arrays.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let mut next = Place::default();
        let mut places = Vec::with_capacity(self.links.len());
        for link in &self.links {
            places.push(next);
            next.position += link.joint.position_count();
            next.dof += link.joint.dof_count();
        }
        places
    }

    /// Numbers of a position of the whole system.
    #[must_use]
    pub fn position_count(&self) -> usize {
        let counts = self.links.iter().map(|link| link.joint.position_count());
        counts.sum()
    }

    /// Degrees of freedom.
    #[must_use]
    pub fn dof_count(&self) -> usize {
        self.links.iter().map(|link| link.joint.dof_count()).sum()
    }
}

/// Where a link's numbers stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// First number of its position.
    pub position: usize,
    /// First of its degrees of freedom.
    pub dof: usize,
}
