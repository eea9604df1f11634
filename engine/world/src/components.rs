//! What a prim can be: the components of the authored plant.
//!
//! SI units, radians, right-handed frames, z up. Poses are `parent_from_prim` and
//! `world_from_prim` without scale: scale is in the shapes.

use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::resource::Resource;
use nalgebra::{Isometry3, UnitQuaternion, Vector3};

use crate::finding::Site;
use crate::shape::Shape;

/// The whole plant: order of its prims and what holds for all of them.
#[derive(Resource, Clone, Debug, Default)]
pub struct Plant {
    /// Every entity, in the order of the stage (parents before children).
    pub entities: Vec<Entity>,
    /// The scene's root file as the reader was given it.
    pub source: String,
    /// Every file that the scene is made of: its path and the SHA-256 of its bytes, in hex.
    pub inputs: Vec<(String, String)>,
    /// Gravity in world axes \[m/s^2\].
    pub gravity: [f64; 3],
    /// Length of one physics substep \[s\].
    pub time_step: f64,
}

/// Where the prim was written.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct SourcePath {
    /// File that holds the strongest opinion, as seen from the scene's folder.
    pub layer: String,
    /// Path of the prim on the stage.
    pub prim: String,
}

impl SourcePath {
    /// The prim as a site of findings.
    #[must_use]
    pub fn site(&self, property: &str) -> Site {
        Site {
            layer: self.layer.clone(),
            prim: self.prim.clone(),
            property: property.to_owned(),
        }
    }
}

/// Last part of the prim's path.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct Name(pub String);

/// Entity of the parent prim.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent(pub Entity);

/// `parent_from_prim` as authored.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct LocalPose(pub Isometry3<f64>);

/// `world_from_prim` as authored.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct WorldPose(pub Isometry3<f64>);

/// Nearest rigid body at or above the prim.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct InBody(pub Entity);

/// A rigid body.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RigidBody {
    /// Moved by a script rather than by forces.
    pub kinematic: bool,
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

/// How two bodies may move against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Not at all.
    Fixed,
    /// Turning about the axis.
    Revolute,
    /// Sliding along the axis.
    Prismatic,
    /// A kind that cannot be simulated, by its type name.
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

/// A drive at a joint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    /// Stiffness \[N m/rad or N/m\].
    pub stiffness: f64,
    /// Damping \[N m s/rad or N s/m\].
    pub damping: f64,
    /// Largest torque or force \[N m or N\]; infinite if not authored.
    pub effort_limit: f64,
}

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
    /// Drive about the axis.
    pub drive: Option<Drive>,
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
    /// Kept out of the tree by the author.
    pub excluded: bool,
}

/// The subtree below is one robot.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArticulationRoot;

/// A shape that is drawn, touched, or both.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Geometry {
    /// The shape, scale included.
    pub shape: Shape,
    /// World frame from shape frame; differs from the prim's where a shape stands along x or y.
    pub world_from_shape: Isometry3<f64>,
    /// Whether pictures show it.
    pub visible: bool,
}

/// The prim's geometry collides.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collider {
    /// Whether collision is switched on.
    pub enabled: bool,
}

/// What the prim's surface feels like: the physics material that is bound to it.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct ContactMaterial {
    /// Coulomb friction at rest \[-\].
    pub static_friction: f64,
    /// Coulomb friction in motion \[-\].
    pub dynamic_friction: f64,
    /// Coefficient of restitution \[-\].
    pub restitution: f64,
    /// Density \[kg/m^3\]; zero if not authored.
    pub density: f64,
}

/// What the prim's surface looks like.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct DisplayMaterial {
    /// Linear base colour \[0 to 1\].
    pub base_color: [f64; 3],
    /// Roughness \[0 to 1\].
    pub roughness: f64,
    /// Metalness \[0 to 1\].
    pub metallic: f64,
    /// Opacity \[0 to 1\].
    pub opacity: f64,
    /// Linear colour of its own light.
    pub emission: [f64; 3],
}

impl Default for DisplayMaterial {
    /// `UsdPreviewSurface` without inputs.
    fn default() -> Self {
        Self {
            base_color: [0.18; 3],
            roughness: 0.5,
            metallic: 0.0,
            opacity: 1.0,
            emission: [0.0; 3],
        }
    }
}

/// A spinning compliant disc; the prim's frame is the pad frame (z out of the face).
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Tool {
    /// Kind of tool; only `disc` can be simulated.
    pub kind: String,
    /// Radius \[m\].
    pub radius: f64,
    /// Normal stiffness of the full face \[N/m\].
    pub stiffness: f64,
    /// Normal damping of the full face \[N s/m\].
    pub damping: f64,
    /// Preston coefficient \[1/Pa\].
    pub preston: f64,
    /// Spindle speed about the pad's z axis \[rad/s\].
    pub spindle_speed: f64,
    /// Normal force that the process asks for \[N\].
    pub force_set_point: f64,
}

/// A mesh to polish; the prim's frame is the workpiece frame (z out of the material).
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Polishable {
    /// Half sizes of the region to polish, centred on the frame \[m\].
    pub half_extent: [f64; 2],
    /// Depth of material to remove \[m\].
    pub target_removal: f64,
}

/// A camera that looks along its -z axis, +y up in the picture.
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Vertical opening angle \[rad\].
    pub vertical_fov: f64,
    /// Width over height of the authored aperture \[-\].
    pub aspect: f64,
    /// Nearest and farthest distance shown \[m\].
    pub clipping: [f64; 2],
}

/// Kind and size of a light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LightKind {
    /// Light from everywhere.
    Dome,
    /// Parallel light along the prim's -z axis; full opening angle of the source \[rad\].
    Distant {
        /// Full opening angle of the source \[rad\].
        angle: f64,
    },
    /// A rectangle in the prim's x-y plane that shines along -z.
    Rect {
        /// Size along x \[m\].
        width: f64,
        /// Size along y \[m\].
        height: f64,
    },
    /// A disc in the prim's x-y plane that shines along -z.
    Disk {
        /// Radius \[m\].
        radius: f64,
    },
    /// A ball.
    Sphere {
        /// Radius \[m\].
        radius: f64,
    },
}

/// A light (`UsdLux`).
#[derive(Component, Clone, Copy, Debug, PartialEq)]
pub struct Light {
    /// Kind and size.
    pub kind: LightKind,
    /// Linear colour.
    pub color: [f64; 3],
    /// Intensity times two to the exposure: luminance \[nit\], or illuminance \[lux\] if distant.
    pub intensity: f64,
    /// Whether the power stays the same when the light grows.
    pub normalize: bool,
}

/// A named set of colliders and the sets that it ignores.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq)]
pub struct CollisionGroup {
    /// Prims whose subtrees belong to the group.
    pub members: Vec<Entity>,
    /// Groups whose colliders these do not touch.
    pub filtered: Vec<Entity>,
}
