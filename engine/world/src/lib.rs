//! The plant as its author wrote it, in an ECS, and its compilation into a model.
//!
//! A reader of a scene format makes one entity per relevant prim, with the [`components`] that the
//! prim stands for, in a [`World`] that also holds the [`Plant`] resource. [`compile`] turns that
//! world into flat constants for the polishing cell, [`articulate()`] into those of any articulated
//! system; [`visible_shapes`] lists what a picture shows.
//!
//! Lengths, masses and angles are SI here whatever the file's units; the world is z up.
//! Knows no file format and nothing that changes while stepping.
//! Start reading at [`components`], then [`compile()`].

mod articulate;
mod compile;
pub mod components;
mod error;
mod filter;
mod finding;
mod flaw;
mod instancing;
pub mod kinematics;
mod link_mass;
mod mass;
mod pictures;
mod place;
mod process;
mod shape;
mod standing;
mod surface;
mod touch;
mod tree;

pub use bevy_ecs::entity::Entity;
pub use bevy_ecs::world::World;

pub use articulate::{articulate, articulate_at};
pub use compile::compile;
pub use components::Plant;
pub use error::CompileError;
pub use filter::{ContactFilter, ContactMarks};
pub use finding::{Diagnostics, Finding, Severity, Site};
pub use flaw::{Flaw, FlawFinder};
pub use instancing::prototypes;
pub use mass::{MassPart, MassProperties, body_mass, mass_of_parts, weighed_shape};
pub use pictures::{CameraView, LightSource, VisibleShape, cameras, lights, visible_shapes};
pub use shape::{Shape, TriangleMesh};
pub use touch::Touch;
