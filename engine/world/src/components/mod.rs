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
mod skin;
mod view;

pub use body::{ArticulationRoot, AuthoredMass, RigidBody, SurfaceVelocity};
pub use contact::{
    Approximation, Collider, CollisionGroup, Combine, ContactMaterial, FilteredPairs, Geometry,
    MaskFilter, Scatter, Scattered,
};
pub use control::{Actuator, ActuatorLaw, Keyframe, Keyframes, Mimic, Sensor, Spot};
pub use joint::{Axis, DofRange, Drive, DriveKind, EffortLimit, Joint, Motion, Spring};
pub use look::{
    Channel, ColorSpace, Coordinates, DisplayMaterial, ImageFile, Input, InputRef, Look,
    OpacityMode, PrimvarReader, Source, Surface, Texture, TextureTransform, Wrap,
};
pub use place::{InBody, Parent, Plant, SourcePath, WorldPose};
pub use process::{Polishable, Tool};
pub use skin::{
    Cut, FaceLook, FaceLooks, Interpolation, MeshSkin, Primvar, Skin, Subdivision, Values,
    looks_by_face,
};
pub use view::{
    Camera, DomeLayout, Exposure, Light, LightExtra, LightKind, Projection, Shadow, Shaping,
};
