//! Composed OpenUSD stages as USD defines them, in the stage's own units and axes.
//!
//! Nothing here converts to SI: that happens where a stage becomes a world.

pub mod bound;
pub mod canonical;
mod error;
pub mod instancer;
mod layers;
pub mod material;
pub mod open;
pub mod physics;
pub mod read;
mod schemas;
mod spline;
mod text;
pub mod watch;
pub mod xform;

pub use error::StageError;
