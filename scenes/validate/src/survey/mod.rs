//! What a plant holds, counted and weighed: the facts behind `halle inspect`.

mod looks;
mod outline;
mod plant;
mod stage;

pub use outline::outline;
pub use plant::{Articulation, Memory, Survey, memory, survey};
pub use stage::{Layer, StageSurvey, Stated, stage};
