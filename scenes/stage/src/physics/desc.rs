//! What UsdPhysics describes, typed; in the units, axes and degrees of the stage.
//!
//! Poses are those that USD's own parser gives: sizes carry the scale of the prim's world transform,
//! positions in a body's frame carry the body's scale, rotations are unit quaternions `[w, x, y, z]`
//! and no scale remains for a physics engine to know of, except that of meshes.

use std::sync::Arc;

use openusd::sdf::Path;
use openusd::tf::Token;

/// Everything physical on a stage. Each list is in the order of the stage's depth-first traversal.
#[derive(Clone, Debug, Default)]
pub struct Physics {
    /// Physics scenes.
    pub scenes: Vec<SceneDesc>,
    /// Collision groups, those of one merge name already merged.
    pub groups: Vec<Group>,
    /// Materials with physical properties.
    pub materials: Vec<Material>,
    /// Rigid bodies, disabled ones too.
    pub bodies: Vec<RigidBody>,
    /// Colliders of known geometry.
    pub shapes: Vec<Shape>,
    /// Joints of all kinds.
    pub joints: Vec<Joint>,
    /// Articulations.
    pub articulations: Vec<Articulation>,
    /// Colliders on prims whose geometry USD has no shape for: they collide with nothing.
    pub unknown_shapes: Vec<Path>,
    /// Prims that the library could not read; what they describe is missing here.
    pub unread: Vec<Path>,
    /// Whether the stage holds more than [`MAX_OBJECTS`] objects and the rest was left out.
    pub truncated: bool,
}

/// Most bodies, shapes, joints and other objects that are read of one stage.
///
/// Nested instances multiply: thirty levels of two instances each, in a file of a kilobyte, are a
/// thousand million prims. Eight million colliders take about 2.5 GB.
pub const MAX_OBJECTS: usize = 8_000_000;

/// A scene: gravity.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneDesc {
    /// The prim.
    pub path: Path,
    /// Unit vector in world axes; down the up axis where none is authored.
    pub gravity_direction: [f32; 3],
    /// Distance units per square second; earth's 9.81 m/s² where none is authored.
    pub gravity_magnitude: f32,
}

/// A collision group.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The prim; of merged groups the one that the others merge into.
    pub path: Path,
    /// Whether the group collides with the filtered groups only, instead of all but them.
    ///
    /// `None` where no layer says so: the schema has no fallback, and usd-core then returns a byte
    /// of uninitialised memory. Take it as false.
    pub inverted: Option<bool>,
    /// Groups that this one is filtered against, those of merged groups appended.
    pub filtered: Vec<Path>,
    /// Name under which groups merge; empty for none.
    pub merge_name: String,
    /// With a merge name, the groups that were merged, this one first.
    pub merged: Vec<Path>,
}

/// Physical properties of a material.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// The prim.
    pub path: Path,
    /// Coefficient of friction at rest.
    pub static_friction: f32,
    /// Coefficient of friction in motion.
    pub dynamic_friction: f32,
    /// Coefficient of restitution.
    pub restitution: f32,
    /// Mass units per cubic distance unit; 0 for none.
    pub density: f32,
}

/// A rigid body.
#[derive(Clone, Debug, PartialEq)]
pub struct RigidBody {
    /// The prim.
    pub path: Path,
    /// Origin in world axes.
    pub position: [f32; 3],
    /// World from body, without scale.
    pub rotation: [f32; 4],
    /// Scale of the body's world transform along its own principal directions of stretch.
    pub scale: [f32; 3],
    /// A disabled body is static.
    pub enabled: bool,
    /// Moved by its animation instead of by forces.
    pub kinematic: bool,
    /// Starts asleep.
    pub asleep: bool,
    /// Distance units per second, in the body's own axes.
    pub velocity: [f32; 3],
    /// Degrees per second, in the body's own axes.
    pub angular_velocity: [f32; 3],
    /// Colliders of the body, as indices into [`Physics::shapes`].
    pub shapes: Vec<u32>,
    /// Prims whose collisions with this body are filtered.
    pub filtered: Arc<[Path]>,
    /// Scenes that simulate the body; none for the first one.
    pub owners: Arc<[Path]>,
    /// Whether the prim is an instance proxy.
    pub proxy: bool,
}

/// A collider.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The prim.
    pub path: Path,
    /// Geometry, in stage units and with the prim's world scale applied.
    pub geometry: Geometry,
    /// Index into [`Physics::bodies`] of the nearest enabled body at or above the prim; `None` is
    /// static.
    pub body: Option<u32>,
    /// In the body's frame, or in the world's.
    pub position: [f32; 3],
    /// Body from shape, or world from shape; without scale.
    pub rotation: [f32; 4],
    /// Scale of the prim against its body, or against the world. Already part of the geometry.
    pub scale: [f32; 3],
    /// Whether it collides at all.
    pub enabled: bool,
    /// False where the geometry cannot be used (sphere points without a width each); there is no
    /// body and no pose then.
    pub valid: bool,
    /// Whether the prim is an instance proxy.
    pub proxy: bool,
    /// What the collider refers to; shared between colliders that refer to the same.
    pub links: Arc<Links>,
}

/// What a collider refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Physics materials: those of a mesh's face subsets in order, then the collider's own.
    pub materials: Vec<Path>,
    /// Scenes that simulate the collider, if it has no body; none for the first one.
    pub owners: Vec<Path>,
    /// Prims whose collisions with this one are filtered.
    pub filtered: Vec<Path>,
    /// Collision groups that the collider belongs to, by path.
    pub groups: Vec<Path>,
}

/// A coordinate axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Axis {
    /// First axis.
    #[default]
    X,
    /// Second axis.
    Y,
    /// Third axis.
    Z,
}

impl Axis {
    /// 0, 1 or 2.
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::X => 0,
            Self::Y => 1,
            Self::Z => 2,
        }
    }
}

/// The geometry of a collider, lengths in stage units.
#[derive(Clone, Debug, PartialEq)]
pub enum Geometry {
    /// A ball.
    Sphere {
        /// Scaled by the largest scale factor.
        radius: f32,
    },
    /// A box; a mirrored axis leaves a negative extent, as in usd-core.
    Cube {
        /// Half the edge lengths.
        half_extents: [f32; 3],
    },
    /// A cylinder with half balls at its ends.
    Capsule(Round),
    /// A capsule of the second version: its ends may differ.
    Capsule1(Tapered),
    /// A cylinder.
    Cylinder(Round),
    /// A cylinder of the second version: its ends may differ.
    Cylinder1(Tapered),
    /// A cone with its tip towards the positive axis.
    Cone(Round),
    /// A plane through the origin that fills the half space below its normal.
    Plane {
        /// Normal of the plane.
        axis: Axis,
    },
    /// A mesh or what it is approximated by.
    Mesh {
        /// `none`, `convexHull`, `convexDecomposition`, `boundingCube`, `boundingSphere`,
        /// `meshSimplification`, or a token of another schema.
        approximation: Token,
        /// Factors for the points of the mesh.
        scale: [f32; 3],
        /// Whether both sides of its faces are seen.
        double_sided: bool,
    },
    /// A cloud of balls.
    SpherePoints(Arc<[SpherePoint]>),
}

/// Size of a shape of revolution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Round {
    /// Axis of revolution.
    pub axis: Axis,
    /// Radius, scaled by the larger of the two scale factors across the axis.
    pub radius: f32,
    /// Half the length along the axis, without the ends of a capsule.
    pub half_height: f32,
}

/// Size of a shape of revolution with two radii.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tapered {
    /// Axis of revolution.
    pub axis: Axis,
    /// Radius at the positive end.
    pub top: f32,
    /// Radius at the negative end.
    pub bottom: f32,
    /// Half the length along the axis, without the ends of a capsule.
    pub half_height: f32,
}

/// One ball of a cloud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpherePoint {
    /// In the frame of the prim, not scaled.
    pub center: [f32; 3],
    /// Half the width, scaled.
    pub radius: f32,
}

/// A joint between two bodies, or between a body and the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// The prim.
    pub path: Path,
    /// Prims that the relationships name; empty for the world.
    pub targets: [Path; 2],
    /// Prims of the enabled bodies at or above the targets, or else of the topmost colliders there;
    /// empty for the world.
    pub bodies: [Path; 2],
    /// The bodies as indices into [`Physics::bodies`]; `None` for the world and for static colliders.
    pub body_indices: [Option<u32>; 2],
    /// Joint frame in each body's frame; the body's scale is applied.
    pub positions: [[f32; 3]; 2],
    /// Body from joint frame, for each body.
    pub rotations: [[f32; 4]; 2],
    /// Whether the joint does anything.
    pub enabled: bool,
    /// Whether the two bodies may collide.
    pub collision_enabled: bool,
    /// Whether it closes a loop outside the articulation's tree.
    pub excluded: bool,
    /// Force at which it breaks; infinite for never.
    pub break_force: f32,
    /// Torque at which it breaks; infinite for never.
    pub break_torque: f32,
    /// Its freedom.
    pub kind: JointKind,
}

/// The freedom of a joint.
#[derive(Clone, Debug, PartialEq)]
pub enum JointKind {
    /// None.
    Fixed,
    /// A hinge; limits in degrees.
    Revolute(Driven),
    /// A slider; limits in distance units.
    Prismatic(Driven),
    /// A ball in a socket.
    Spherical {
        /// Axis of the cone.
        axis: Axis,
        /// Cone angles in degrees, `lower` about the next axis and `upper` about the one after;
        /// off where one of them is negative.
        limit: Limit,
    },
    /// Keeps the distance of the two frames.
    Distance {
        /// Whether there is a least distance.
        min_enabled: bool,
        /// Whether there is a greatest distance.
        max_enabled: bool,
        /// Least and greatest distance; its `enabled` says nothing.
        limit: Limit,
    },
    /// Six degrees of freedom, all free but for these.
    D6 {
        /// Limits; one whose lower end lies above the upper locks its freedom.
        limits: Vec<(Freedom, Limit)>,
        /// Drives.
        drives: Vec<(Freedom, Drive)>,
    },
}

/// A joint of one freedom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Driven {
    /// Axis in the joint's frame.
    pub axis: Axis,
    /// Ends of its motion.
    pub limit: Limit,
    /// Its motor.
    pub drive: Drive,
}

/// One degree of freedom of a D6 joint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Freedom {
    /// Distance of the two origins.
    Distance,
    /// Translation along the first axis.
    TransX,
    /// Translation along the second axis.
    TransY,
    /// Translation along the third axis.
    TransZ,
    /// Rotation about the first axis.
    RotX,
    /// Rotation about the second axis.
    RotY,
    /// Rotation about the third axis.
    RotZ,
}

/// Ends of a motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Whether they hold.
    pub enabled: bool,
    /// Lower end.
    pub lower: f32,
    /// Upper end.
    pub upper: f32,
}

/// A motor: `stiffness · (position − x) + damping · (velocity − v)`, at most `max_force`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    /// Whether there is one.
    pub enabled: bool,
    /// Target position, degrees or distance units.
    pub position: f32,
    /// Target velocity, per second.
    pub velocity: f32,
    /// Greatest force or torque.
    pub max_force: f32,
    /// Force or torque per distance unit or degree.
    pub stiffness: f32,
    /// Force or torque per distance unit or degree, times seconds.
    pub damping: f32,
    /// Whether it gives an acceleration instead of a force.
    pub acceleration: bool,
}

impl Drive {
    /// No motor.
    pub const NONE: Self = Self {
        enabled: false,
        position: 0.0,
        velocity: 0.0,
        max_force: f32::MAX,
        stiffness: 0.0,
        damping: 0.0,
        acceleration: false,
    };
}

/// Bodies and joints to be solved in reduced coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Articulation {
    /// The prim.
    pub path: Path,
    /// Where its trees start: a body, or a joint to the world.
    pub roots: Vec<Path>,
    /// Joints that may be part of it, by path.
    pub joints: Vec<Path>,
    /// Bodies that may be part of it, by path; the empty path stands for the world.
    pub bodies: Vec<Path>,
    /// Prims whose collisions with it are filtered.
    pub filtered: Arc<[Path]>,
    /// False where no root was found.
    pub valid: bool,
}
