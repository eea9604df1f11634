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
pub use frames::{Frame, Frames, move_frames};
pub use mass::{MassMatrix, mass_matrix};
pub use plan::{Dofs, MAX_WARM, Positions, Tree, position_count};
pub use positions::{advance, start};
pub use rows::MAX_ROWS;
pub use solve::{Constraints, MAX_POINTS, SolverOptions, Touch};
pub use step::{TreeState, Work, step};
