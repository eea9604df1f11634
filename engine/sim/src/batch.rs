//! What all backends have in common.

use crate::error::SimError;

/// How much each env keeps, is given and gives back, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Numbers that an env keeps between control steps.
    pub state: usize,
    /// Numbers that an env is given per control step.
    pub action: usize,
    /// Widths of the blocks that an env gives back; they stand one after the other in its output.
    pub blocks: Vec<usize>,
}

impl Layout {
    /// Numbers that an env gives back per control step.
    #[must_use]
    pub fn output(&self) -> usize {
        self.blocks.iter().sum()
    }
}

/// Envs that advance together.
pub trait Batch: Send {
    /// Number of envs.
    fn env_count(&self) -> usize;

    /// How much each env keeps, is given and gives back.
    fn layout(&self) -> &Layout;

    /// What computes, for people and manifests.
    fn device(&self) -> String;

    /// Starts all envs anew and fills all blocks.
    ///
    /// # Errors
    ///
    /// [`SimError::Gpu`] if the device refuses.
    fn begin(&mut self) -> Result<(), SimError>;

    /// Advances all envs by one control step; `actions` has shape `(env_count, action)`.
    ///
    /// # Errors
    ///
    /// [`SimError::Shape`] if the slice does not fit, [`SimError::Gpu`] if the device refuses.
    fn step(&mut self, actions: &[f32]) -> Result<(), SimError>;

    /// Block `k` of the last outputs, shape `(env_count, blocks[k])`.
    fn block(&self, k: usize) -> &[f32];

    /// State of all envs, shape `(env_count, state)`.
    ///
    /// # Errors
    ///
    /// [`SimError::Gpu`] if the device refuses.
    fn save(&self) -> Result<Vec<f32>, SimError>;

    /// Puts a saved state back; the blocks keep what they hold.
    ///
    /// # Errors
    ///
    /// [`SimError::Shape`] if the slice does not fit, [`SimError::Gpu`] if the device refuses.
    fn restore(&mut self, state: &[f32]) -> Result<(), SimError>;
}

/// Fails unless a slice has the length that is needed.
pub(crate) fn check(what: &'static str, given: usize, expected: usize) -> Result<(), SimError> {
    if given == expected {
        Ok(())
    } else {
        Err(SimError::Shape {
            what,
            expected,
            given,
        })
    }
}
