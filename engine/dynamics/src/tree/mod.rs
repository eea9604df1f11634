//! Articulated systems over a lane: kinematics, mass matrix, constraints, one step.
//!
//! [`Tree`] is a [`halle_model::articulated::System`] with what follows from it.
//! Start reading at [`step`].

mod bias;
mod constraints;
mod efforts;
mod factor;
mod frames;
mod mass;
mod plan;
mod positions;
mod rows;
mod solve;
mod step;

pub use efforts::Efforts;
pub use frames::{Frame, move_frames};
pub use mass::mass_matrix;
pub use plan::Tree;
pub use positions::advance;
pub use solve::{Constraints, SolverOptions, Touch};
pub use step::{TreeState, Work, step};
