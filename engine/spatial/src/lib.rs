//! Vectors, rotations and 6-D spatial algebra over a lane.
//!
//! Every function is `inline(always)`: a law must end up as one function that enables the SIMD
//! instructions. Angular parts stand before linear parts. Transforms are `a_from_b`.
//! Knows nothing of models, joints or contacts.

mod mat3;
mod motion;
mod vec3;

pub use mat3::{Mat3, Sym3};
pub use motion::{ArticulatedInertia, Motion, Transform, Wrench};
pub use vec3::Vec3;
