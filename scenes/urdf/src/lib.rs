//! URDF into the world, with findings.
//!
//! [`load`] reads a `.urdf` file whose xacro is expanded and makes a [`World`]: links are prims
//! directly below the robot (`/robot/link`), joints stand at `/robot/joints/joint`, shapes below
//! their links. URDF is in SI units with z up, as the world is. What has no effect is said in
//! [`Diagnostics`]; codes are described in `scenes/urdf/FINDINGS.md`.
//!
//! Knows no other robot format; meshes come from `halle-meshes`.
//! Start reading at `load.rs`, then `parse.rs` and `convert.rs`.

mod bodies;
mod check;
mod convert;
mod error;
mod extras;
mod inertia;
mod joints;
mod load;
mod materials;
mod meshes;
mod names;
mod options;
mod parse;
mod parse_joint;
mod reader;
mod resolve;
mod robot;
mod shapes;
mod stage;

pub use error::{Place, UrdfError};
pub use halle_world::{Diagnostics, World};
pub use load::load;
pub use options::UrdfOptions;
