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
mod bodies;
mod convert;
mod error;
mod expand;
mod halle;
mod joints;
mod links;
mod load;
mod looks;
mod open;
mod opinions;
mod options;
mod primvars;
mod raw;
mod read;
mod reader;
mod recipe;
mod scatter;
mod schemas;
mod shade;
mod shapes;
mod share;
mod skins;
mod standard;
mod supported;
mod textures;
mod transform;
mod value;
mod vendors;
mod views;

pub use error::SceneError;
pub use halle_world::{Diagnostics, World};
pub use load::{load, load_with};
pub use options::LoadOptions;
