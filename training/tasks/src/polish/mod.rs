//! Polish a marked surface with a force-controlled disc.
//!
//! Each control step the scripted controller moves the pad along a raster over the *nominal* surface and holds
//! the axial force by moving along the nominal normal; the action corrects it.
//! A zero action is the baseline, to the bit.
//!
//! See [`ACTIONS`] and [`observations`] for what goes in and out, the weights of the reward in [`Reward`],
//! and [`EpisodeMetrics`] for how an episode is judged.

mod config;
mod control;
mod envs;
mod episodes;
mod error;
mod metrics;
mod observe;
mod program;
mod quantity;
mod randomise;
mod raster;
mod state;

pub use config::{Controller, PolishConfig, Randomisation, Reward};
pub use control::ACTIONS;
pub use envs::PolishEnvs;
pub use episodes::{Episode, Episodes, Keep, RecordedStep, run_episodes};
pub use error::TaskError;
pub use metrics::{EpisodeMetrics, METRICS, Metric, parameters_of};
pub use observe::observations;
pub use program::{Block, PolishTask};
pub use quantity::{ACTION_COUNT, Quantity};
pub use raster::Raster;
pub use state::{INFO, PARAMETERS};
