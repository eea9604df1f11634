//! OpenUSD scenes into the world, with findings.
//!
//! [`load`] opens a `.usda`, `.usdc` or `.usdz` file and copies what the simulation and the
//! pictures need into a [`World`]: SI units, z up. What it cannot use it says in [`Diagnostics`].
//! The properties of the `halle:` namespace are described in `scenes/HALLE_SCHEMA.md`, the codes
//! of findings and errors in `scenes/FINDINGS.md`.
//!
//! The only crate that knows a file format. Holds no physics.
//! Start reading at `load.rs`, then `convert.rs`.

mod bindings;
mod convert;
mod error;
mod geometry;
mod halle;
mod load;
mod looks;
mod open;
mod physics;
mod reader;
mod supported;
mod transform;
mod value;

pub use error::SceneError;
pub use halle_world::{Diagnostics, World};
pub use load::load;
