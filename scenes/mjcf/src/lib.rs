//! MJCF, MuJoCo's model format, into the world, with findings.
//!
//! [`load`] reads a file with everything that it includes, attaches and names. What MuJoCo 4
//! refuses is refused, with file, line and element; what the world cannot hold is a finding. Bodies,
//! joints, masses and actuators are those that MuJoCo compiles.
//!
//! Every body of the file is a `RigidBody`. A body without joints has a fixed joint, one with a
//! free joint has none, one with several joints hangs on a chain of massless bodies, one joint
//! between two of them, so that each joint keeps its own limits, damping and actuators.
//!
//! Knows no simulation; reads meshes by [`halle_meshes`]. Start reading at `load.rs`, then
//! `model.rs`, then `spawn.rs`.

mod actuator_law;
mod actuators;
mod asset_files;
mod assets;
mod bodies;
mod controls;
mod equalities;
mod error;
mod expand;
mod filters;
mod geoms;
mod grammar;
mod hull;
mod inertia;
mod joints;
mod load;
mod looks;
mod mass;
mod mesh_mass;
mod model;
mod moments;
mod names;
mod orient;
mod placing;
mod references;
mod repair;
mod report;
mod sensors;
mod settings;
mod shapes;
mod solids;
mod spawn;
mod tree;
mod values;

pub use error::{MjcfError, Place};
pub use load::load;
pub use placing::Origin;
