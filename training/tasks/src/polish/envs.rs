//! A polishing batch as the learner wants it.

use halle_learn::{EnvError, StepRows, VecEnv};
use halle_sim::{Batch, SimError};

use super::program::{Block, FAULT};
use super::quantity::ACTION_COUNT;

/// A batch of polishing envs that a learner steps.
pub struct PolishEnvs {
    batch: Box<dyn Batch>,
    actions: Vec<f32>,
    observation: Vec<f32>,
}

impl core::fmt::Debug for PolishEnvs {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PolishEnvs")
            .field("device", &self.batch.device())
            .finish_non_exhaustive()
    }
}

impl PolishEnvs {
    /// Starts all envs of the batch anew.
    ///
    /// # Errors
    ///
    /// Those of [`Batch::begin`].
    pub fn new(mut batch: Box<dyn Batch>) -> Result<Self, SimError> {
        batch.begin()?;
        let observation = batch.block(Block::Observation as usize).to_vec();
        Ok(Self {
            actions: vec![0.0; batch.env_count() * ACTION_COUNT],
            observation,
            batch,
        })
    }

    /// Runs the scripted controller for some control steps, so that learning starts with envs
    /// spread over the whole path.
    ///
    /// # Errors
    ///
    /// Those of [`Batch::step`].
    pub fn warm_up(&mut self, control_steps: usize) -> Result<(), SimError> {
        self.actions.fill(0.0);
        for _ in 0..control_steps {
            self.batch.step(&self.actions)?;
        }
        self.observation
            .copy_from_slice(self.batch.block(Block::Observation as usize));
        Ok(())
    }

    /// What the envs told in the last control step, shape `(env_count, info)`.
    #[must_use]
    pub fn info(&self) -> &[f32] {
        self.batch.block(Block::Info as usize)
    }

    /// The batch.
    #[must_use]
    pub fn batch(&self) -> &dyn Batch {
        &*self.batch
    }
}

impl VecEnv for PolishEnvs {
    fn env_count(&self) -> usize {
        self.batch.env_count()
    }

    fn observation_dim(&self) -> usize {
        self.batch.layout().blocks[Block::Observation as usize]
    }

    fn action_dim(&self) -> usize {
        ACTION_COUNT
    }

    fn observe(&mut self, observation: &mut [f32]) -> Result<(), EnvError> {
        observation.copy_from_slice(&self.observation);
        Ok(())
    }

    fn step(&mut self, actions: &[f32], rows: &mut StepRows) -> Result<(), EnvError> {
        for (given, clipped) in actions.iter().zip(&mut self.actions) {
            *clipped = given.clamp(-1.0, 1.0);
        }
        self.batch.step(&self.actions)?;
        self.observation
            .copy_from_slice(self.batch.block(Block::Observation as usize));
        rows.observation.copy_from_slice(&self.observation);
        rows.final_observation
            .copy_from_slice(self.batch.block(Block::FinalObservation as usize));
        rows.reward
            .copy_from_slice(self.batch.block(Block::Reward as usize));
        let ended = self.batch.block(Block::Ended as usize);
        for (env, flags) in ended.chunks(2).enumerate() {
            rows.terminated[env] = flags[0] > 0.5;
            rows.truncated[env] = flags[1] > 0.5;
        }
        // The last observation of an env whose numbers went bad tells nothing: the learner must
        // not look at it, and one env must not stop the others.
        let info = self.batch.block(Block::Info as usize);
        let width = info.len() / self.batch.env_count();
        for (env, told) in info.chunks(width).enumerate() {
            if told[FAULT] > 0.5 {
                rows.terminated[env] = true;
                rows.truncated[env] = false;
            }
        }
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        // A device that is lost here is reported by the next step; an empty state restores nowhere.
        let state = self.batch.save().unwrap_or_default();
        state
            .iter()
            .chain(&self.observation)
            .flat_map(|x| x.to_le_bytes())
            .collect()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        let numbers: Vec<f32> = state
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        let expected = self.batch.env_count() * self.batch.layout().state;
        if numbers.len() != expected + self.observation.len() {
            return Err(Box::new(SimError::Shape {
                what: "saved state of the envs",
                expected: expected + self.observation.len(),
                given: numbers.len(),
            }));
        }
        self.batch.restore(&numbers[..expected])?;
        self.observation.copy_from_slice(&numbers[expected..]);
        Ok(())
    }
}
