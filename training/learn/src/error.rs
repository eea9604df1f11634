//! What can go wrong while learning.

use crate::{CheckpointError, EnvError};

/// Why learning stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearnError {
    /// A setting is out of its range.
    #[error("setting `{field}` must be {expected}")]
    Config {
        /// Name of the setting.
        field: &'static str,
        /// Range it must lie in.
        expected: &'static str,
    },
    /// A dimension is not what the learner was made for.
    #[error("expected {what} {expected}, found {given}")]
    Shape {
        /// What was counted.
        what: &'static str,
        /// What the learner was made for.
        expected: usize,
        /// What was given.
        given: usize,
    },
    /// The env batch failed.
    #[error("the env batch failed")]
    Env(#[source] EnvError),
    /// An env gave a number that is not finite.
    #[error("env {env} gave a {what} that is not finite in step {step} of iteration {iteration}")]
    NonFinite {
        /// `observation` or `reward`.
        what: &'static str,
        /// Index of the first env concerned.
        env: usize,
        /// Iteration, counted from zero.
        iteration: u64,
        /// Control step of the iteration, counted from zero.
        step: usize,
    },
    /// The gradient is not finite; the step it belongs to was not taken.
    #[error("the gradient is not finite in iteration {iteration}: learning diverged")]
    Diverged {
        /// Iteration, counted from zero.
        iteration: u64,
    },
    /// A checkpoint does not fit.
    #[error("cannot resume from the checkpoint")]
    Resume(#[from] CheckpointError),
}
