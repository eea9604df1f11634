//! What a prim can be: the components of the authored plant.
//!
//! SI units, radians, right-handed frames, z up. Poses are `parent_from_prim` and
//! `world_from_prim` without scale: scale is in the shapes.

mod body;
mod contact;
mod control;
mod joint;
mod look;
mod place;
mod process;

pub use body::{ArticulationRoot, AuthoredMass, RigidBody, SurfaceVelocity};
pub use contact::{
    Approximation, Collider, CollisionGroup, Combine, ContactMaterial, FilteredPairs, Geometry,
    MaskFilter, Scatter, Scattered,
};
pub use control::{Actuator, ActuatorLaw, Keyframe, Keyframes, Mimic, Sensor, Spot};
pub use joint::{Axis, DofRange, Drive, DriveKind, EffortLimit, Joint, Motion, Spring};
pub use look::{Camera, DisplayMaterial, Light, LightKind};
pub use place::{InBody, Parent, Plant, SourcePath, WorldPose};
pub use process::{Polishable, Tool};
