//! What a prim says, in the units and axes of its stage; placed and converted later.
//!
//! One reading serves all instances of a prim: nothing here knows where the prim stands. Paths of
//! targets are those of the prim that was read; for an instance their beginning is exchanged.

use std::sync::Arc;

use halle_world::components::{
    ActuatorLaw, Approximation, Axis, Camera, Combine, Cut, DriveKind, LightExtra, LightKind,
    Polishable, Primvar, Subdivision, Tool,
};
use nalgebra::Matrix4;

use crate::primvars::Carried;

/// Everything that was read of one prim.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    /// Layer with the strongest opinion.
    pub(crate) layer: Arc<str>,
    /// Parent from prim, stage units.
    pub(crate) local: Matrix4<f64>,
    /// Whether the parents' transforms do not apply.
    pub(crate) resets: bool,
    /// Whether the prim and all below are switched off for pictures.
    pub(crate) invisible: bool,
    /// Whether the prim's purpose keeps it out of pictures; `None` is the parent's purpose.
    pub(crate) aside: Option<bool>,
    /// Own units, where they differ from the parent's and are to be followed.
    pub(crate) units: Option<Units>,
    /// Whether children are prototypes that stand nowhere.
    pub(crate) instancer: bool,
    /// Materials bound here.
    pub(crate) bindings: Vec<Binding>,
    /// Primvars that the prim authors.
    pub(crate) primvars: Option<Arc<[Carried]>>,
    /// What the prim is beyond a frame.
    pub(crate) parts: Option<Box<Parts>>,
}

impl Content {
    /// Paths of all prims that this one names.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &str> {
        let subsets = self.parts.iter().flat_map(|p| &p.subsets);
        let all = self.bindings.iter();
        let all = all.chain(subsets.flat_map(|s| &s.bindings));
        let bindings = all.flat_map(|b| {
            let collection = b.collection.as_ref().map(|c| c.0.as_str());
            [Some(b.material.as_str()), collection]
        });
        let parts = self.parts.as_deref();
        let joint = parts.and_then(|p| p.joint.as_deref());
        let joint = joint.into_iter().flat_map(|j| {
            let sides = j.sides.iter().map(|s| s.body.as_deref());
            sides.chain([j.mimic.as_ref().map(|m| m.leader.as_str())])
        });
        let group = parts.and_then(|p| p.group.as_deref());
        let group = group.into_iter().flat_map(|g| {
            let lists = [&g.members, &g.excluded, &g.filtered];
            lists.into_iter().flatten().map(|t| Some(t.as_str()))
        });
        let lists = parts.into_iter().flat_map(|p| {
            let scatter = p.scatter.iter().flat_map(|s| &s.prototypes);
            let motor = p.actuator.iter().map(|a| &a.joint);
            let all = p.filtered.iter().chain(scatter).chain(motor);
            all.map(|t| Some(t.as_str()))
        });
        bindings.chain(joint).chain(group).chain(lists).flatten()
    }
}

/// SI values of units of length and mass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Units {
    /// Metres in a unit of length.
    pub(crate) meters: f64,
    /// Kilograms in a unit of mass.
    pub(crate) kilograms: f64,
}

/// What a material is bound for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Everything that has no binding of its own.
    All,
    /// Pictures.
    Preview,
    /// Contacts.
    Physics,
}

/// A material on a prim or on a collection.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// What for.
    pub(crate) purpose: Purpose,
    /// Path of the material.
    pub(crate) material: String,
    /// Whether it beats bindings further down.
    pub(crate) strong: bool,
    /// The collection it applies to, by prim path and name; `None` is the whole subtree.
    pub(crate) collection: Option<(String, String)>,
}

/// What a prim is beyond a frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) body: Option<RawBody>,
    pub(crate) mass: Option<RawMass>,
    /// Articulation root, with or without self-collision.
    pub(crate) articulation: Option<bool>,
    pub(crate) shape: Option<RawShape>,
    /// Sets of the mesh's faces that materials may be bound to.
    pub(crate) subsets: Vec<RawSubset>,
    pub(crate) collider: Option<RawCollider>,
    pub(crate) joint: Option<Box<RawJoint>>,
    pub(crate) group: Option<Box<RawGroup>>,
    pub(crate) filtered: Vec<String>,
    pub(crate) surface_velocity: Option<RawSurface>,
    pub(crate) tool: Option<Tool>,
    pub(crate) polishable: Option<Polishable>,
    pub(crate) camera: Option<Camera>,
    pub(crate) light: Option<RawLight>,
    pub(crate) scene: Option<RawScene>,
    pub(crate) actuator: Option<Box<RawActuator>>,
    pub(crate) spot: bool,
    pub(crate) scatter: Option<Box<RawScatter>>,
}

/// A rigid body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawBody {
    pub(crate) kinematic: bool,
    pub(crate) starts_asleep: bool,
    /// Prim axes, stage units per second.
    pub(crate) velocity: [f64; 3],
    /// Prim axes, degrees per second.
    pub(crate) angular_velocity: [f64; 3],
    pub(crate) gravity_scale: f64,
    pub(crate) linear_damping: f64,
    pub(crate) angular_damping: f64,
    /// Stage units per second.
    pub(crate) max_linear: Option<f64>,
    /// Degrees per second.
    pub(crate) max_angular: Option<f64>,
}

/// Mass as authored, sentinels already taken out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RawMass {
    pub(crate) mass: Option<f64>,
    pub(crate) density: Option<f64>,
    pub(crate) center: Option<[f64; 3]>,
    pub(crate) diagonal_inertia: Option<[f64; 3]>,
    pub(crate) principal_axes: Option<[f64; 4]>,
}

/// A round shape that stands along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upright {
    Cylinder,
    Capsule,
    Cone,
}

/// Geometry in stage units.
#[derive(Clone, Debug)]
pub(crate) enum RawShape {
    Cube {
        size: f64,
    },
    Sphere {
        radius: f64,
    },
    Upright {
        kind: Upright,
        axis: Axis,
        radius: f64,
        height: f64,
    },
    Plane {
        axis: Axis,
        width: f64,
        length: f64,
    },
    Mesh(Arc<RawMesh>),
}

/// A mesh as faces were triangulated.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawMesh {
    pub(crate) points: Vec<[f64; 3]>,
    /// Anticlockwise seen from outside, for a transform that does not mirror.
    pub(crate) triangles: Vec<[u32; 3]>,
    pub(crate) normals: Vec<[f64; 3]>,
    /// Normals that are not one for each point.
    pub(crate) face_normals: Option<Primvar>,
    /// How the triangles were cut from the faces, where something may belong to those.
    pub(crate) cut: Cut,
    /// The surface that the mesh is the cage of.
    pub(crate) subdivision: Option<Subdivision>,
    /// Number of faces, holes included.
    pub(crate) face_count: usize,
    /// Number of corners of all faces.
    pub(crate) corner_count: usize,
}

/// A set of a mesh's faces.
#[derive(Clone, Debug)]
pub(crate) struct RawSubset {
    pub(crate) name: Box<str>,
    pub(crate) faces: Arc<[u32]>,
    /// Whether there are indices below zero, which name no face.
    pub(crate) negative: bool,
    pub(crate) bindings: Vec<Binding>,
}

/// A collider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawCollider {
    pub(crate) enabled: bool,
    pub(crate) approximation: Approximation,
    pub(crate) contact_offset: Option<f64>,
    pub(crate) rest_offset: f64,
}

/// Range of a degree of freedom as authored: `low > high` locks it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawRange {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// A drive in stage units and degrees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawDrive {
    pub(crate) kind: DriveKind,
    pub(crate) stiffness: f64,
    pub(crate) damping: f64,
    pub(crate) max_force: f64,
    pub(crate) target_position: f64,
    pub(crate) target_velocity: f64,
}

/// Kind of a joint.
#[derive(Clone, Debug)]
pub(crate) enum RawMotion {
    Fixed,
    Revolute,
    Prismatic,
    /// Cone half angles \[deg\].
    Spherical([Option<f64>; 2]),
    /// Least and greatest distance.
    Distance([Option<f64>; 2]),
    /// Turning about x, y, z, then sliding along x, y, z.
    Generic(Box<[Option<RawRange>; 6]>, Box<[Option<RawDrive>; 6]>),
}

/// One end of a joint.
#[derive(Clone, Debug)]
pub(crate) struct RawSide {
    pub(crate) body: Option<String>,
    pub(crate) position: [f64; 3],
    pub(crate) rotation: [f64; 4],
}

/// A joint in stage units and degrees.
#[derive(Clone, Debug)]
pub(crate) struct RawJoint {
    pub(crate) motion: RawMotion,
    pub(crate) sides: [RawSide; 2],
    pub(crate) axis: Axis,
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
    pub(crate) drive: Option<RawDrive>,
    pub(crate) excluded: bool,
    pub(crate) bodies_touch: bool,
    pub(crate) break_force: Option<f64>,
    pub(crate) break_torque: Option<f64>,
    pub(crate) extra: JointExtra,
    pub(crate) mimic: Option<RawMimic>,
}

impl RawMotion {
    /// Whether positions are angles: every free degree of freedom turns.
    pub(crate) fn is_turning(&self) -> bool {
        match self {
            Self::Revolute | Self::Spherical(_) => true,
            Self::Fixed | Self::Prismatic | Self::Distance(_) => false,
            Self::Generic(ranges, _) => {
                let locked = |range: &Option<RawRange>| range.is_some_and(|r| r.low > r.high);
                ranges[3..].iter().all(locked)
            }
        }
    }
}

/// What our own namespace says about a joint: SI, degrees.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OwnJoint {
    pub(crate) home: Option<f64>,
    pub(crate) velocity_limit: Option<f64>,
    pub(crate) armature: Option<f64>,
    pub(crate) damping: Option<f64>,
    pub(crate) friction: Option<f64>,
}

/// What vendors' schemas and our own add to a joint: effort in stage units, angles in degrees,
/// damping per degree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct JointExtra {
    pub(crate) armature: f64,
    pub(crate) damping: f64,
    pub(crate) friction: f64,
    pub(crate) stiffness: f64,
    pub(crate) rest: f64,
    pub(crate) velocity_limit: Option<f64>,
    pub(crate) home: Option<f64>,
    pub(crate) home_velocity: f64,
    pub(crate) effort_limit: Option<f64>,
    /// What holds instead, where it says something.
    pub(crate) own: OwnJoint,
}

/// A joint that follows another.
#[derive(Clone, Debug)]
pub(crate) struct RawMimic {
    pub(crate) leader: String,
    /// Constant first; stage units, degrees.
    pub(crate) coefficients: [f64; 5],
}

/// A collision group.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawGroup {
    /// Whether the two lists say it all, whole subtrees each; else the collection must be asked.
    pub(crate) plain: bool,
    pub(crate) members: Vec<String>,
    pub(crate) excluded: Vec<String>,
    pub(crate) filtered: Vec<String>,
    pub(crate) inverted: bool,
    pub(crate) merge_group: String,
}

/// A moving surface: stage units and degrees per second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawSurface {
    pub(crate) linear: [f64; 3],
    pub(crate) angular: [f64; 3],
    /// Prim axes if true, world axes of the stage if not.
    pub(crate) local: bool,
}

/// A light; sizes in stage units.
#[derive(Clone, Debug)]
pub(crate) struct RawLight {
    pub(crate) kind: LightKind,
    pub(crate) color: [f64; 3],
    pub(crate) intensity: f64,
    pub(crate) normalize: bool,
    pub(crate) extra: Option<Arc<LightExtra>>,
}

/// Gravity as authored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawScene {
    pub(crate) direction: Option<[f64; 3]>,
    pub(crate) magnitude: Option<f64>,
    pub(crate) time_step: Option<f64>,
}

/// A motor on a joint, in the units of its schema.
#[derive(Clone, Debug)]
pub(crate) struct RawActuator {
    pub(crate) joint: String,
    pub(crate) law: ActuatorLaw,
    pub(crate) gear: f64,
    pub(crate) control_range: Option<[f64; 2]>,
    pub(crate) effort_range: Option<[f64; 2]>,
}

/// A point instancer.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawScatter {
    pub(crate) prototypes: Vec<String>,
    pub(crate) indices: Vec<u32>,
    pub(crate) positions: Vec<[f64; 3]>,
    pub(crate) orientations: Vec<[f64; 4]>,
    pub(crate) scales: Vec<[f64; 3]>,
    /// Copies that are not shown.
    pub(crate) masked: Vec<bool>,
}

/// Physics material in stage units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawContact {
    pub(crate) static_friction: f64,
    pub(crate) dynamic_friction: f64,
    pub(crate) restitution: f64,
    pub(crate) density: f64,
    pub(crate) torsional: f64,
    pub(crate) rolling: f64,
    pub(crate) friction_combine: Combine,
    pub(crate) restitution_combine: Combine,
    pub(crate) compliance: Option<[f64; 2]>,
}
