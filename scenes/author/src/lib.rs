//! Worlds out as clean UsdPhysics USD.
//!
//! [`write()`] puts a [`World`] into one `.usda`, `.usdc` or `.usdz` file that stands alone: metres,
//! kilograms, z up, a default prim, transforms as translate and orient in double precision. What a
//! world holds and UsdPhysics has no word for is written in the vocabularies that others read:
//!
//! - Newton's (`newton:*`) first: armature, joint damping and friction, speed limits, mimic joints,
//!   contact margins, signed distances, torsional and rolling friction, self-collision;
//! - that of `PhysX` where Newton has no word: surface velocity, damping and top speeds of bodies, gravity
//!   switched off, combine modes, joint state at the start;
//! - MuJoCo's (`mjc:*`) for actuators, sites, keyframes, passive springs and couplings of higher
//!   order;
//! - our own (`halle:*`, see `scenes/HALLE_SCHEMA.md`) for tools, surfaces to polish and the time
//!   step.
//!
//! What none of them can say is a finding (codes `AU03xx`, `scenes/author/FINDINGS.md`).
//!
//! Knows the world and the USD library; must not know where the world came from.
//! Start reading at [`write()`] in `file.rs`, then `author.rs`.

mod author;
mod body;
mod contact;
mod control;
mod error;
mod file;
mod frames;
mod joint;
mod layer;
mod looks;
mod materials;
mod mesh;
mod names;
mod pictures;
mod plan;
mod primvars;
mod process;
mod scene;
mod shaders;
mod shape;
mod tree;
mod value;

pub use author::AuthorOptions;
pub use error::AuthorError;
pub use file::{Format, Written, text, write};
pub use halle_world::{Diagnostics, World};
