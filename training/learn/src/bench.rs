//! Throughput of the learner alone, over envs that cost nothing.

use serde::Serialize;

use crate::{EnvError, LearnError, Learner, PpoConfig, StepRows, VecEnv, pcg4d};

/// Size of a throughput run; `Default` is a robot arm's control task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BenchShape {
    /// Number of envs.
    pub env_count: usize,
    /// Numbers per observation row.
    pub observation_dim: usize,
    /// Numbers per action row.
    pub action_dim: usize,
    /// Timed iterations, after one that is not timed.
    pub iterations: usize,
    /// Settings of the learner.
    pub config: PpoConfig,
}

impl Default for BenchShape {
    fn default() -> Self {
        Self {
            env_count: 4096,
            observation_dim: 40,
            action_dim: 5,
            iterations: 3,
            config: PpoConfig::default(),
        }
    }
}

/// Outcome of a throughput run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BenchTimes {
    /// Control steps per second through forward passes and learning, envs excluded.
    pub samples_per_second: f64,
    /// Wall time of forward passes while collecting, per iteration, in seconds.
    pub policy_seconds: f64,
    /// Wall time of learning, per iteration, in seconds.
    pub learn_seconds: f64,
    /// Floating-point operations of the networks' products per control step.
    pub flop_per_sample: f64,
    /// These operations over the time in 1e9 per second.
    pub gflop_per_second: f64,
    /// Instruction set of the networks.
    pub instruction_set: &'static str,
}

/// Runs the learner on random rows and measures it, in the rayon pool that the caller is in.
///
/// # Errors
///
/// Those of [`Learner::new`] and [`Learner::iterate`].
pub fn bench_update(shape: &BenchShape) -> Result<BenchTimes, LearnError> {
    let mut env = RandomRows::new(shape);
    let mut learner = Learner::new(
        shape.config.clone(),
        shape.observation_dim,
        shape.action_dim,
        shape.env_count,
        1,
    )?;
    learner.iterate(&mut env)?;
    let (mut policy_seconds, mut learn_seconds) = (0.0, 0.0);
    let count = shape.iterations.max(1) as f64;
    for _ in 0..shape.iterations.max(1) {
        let stats = learner.iterate(&mut env)?;
        policy_seconds += stats.policy_seconds / count;
        learn_seconds += stats.learn_seconds / count;
    }
    let samples = (shape.env_count * shape.config.horizon) as f64;
    let samples_per_second = samples / (policy_seconds + learn_seconds);
    let flop_per_sample = flop_per_sample(shape);
    Ok(BenchTimes {
        samples_per_second,
        policy_seconds,
        learn_seconds,
        flop_per_sample,
        gflop_per_second: samples_per_second * flop_per_sample * 1e-9,
        instruction_set: learner.instruction_set(),
    })
}

/// Two per multiply-add: one pass forward when collecting, and per epoch one pass forward and two
/// back, where the first layer needs no slope by its input.
fn flop_per_sample(shape: &BenchShape) -> f64 {
    let mut flop = 0.0;
    for (hidden, outputs) in [
        (&shape.config.actor_hidden, shape.action_dim),
        (&shape.config.critic_hidden, 1),
    ] {
        let mut previous = shape.observation_dim;
        for (index, &width) in hidden.iter().chain([&outputs]).enumerate() {
            let passes = if index == 0 { 2.0 } else { 3.0 };
            flop += 2.0 * (previous * width) as f64 * (1.0 + passes * shape.config.epochs as f64);
            previous = width;
        }
    }
    flop
}

/// Envs whose rows are noise; an episode ends one time in 256.
struct RandomRows {
    env_count: usize,
    observation_dim: usize,
    action_dim: usize,
    step: u32,
}

impl RandomRows {
    fn new(shape: &BenchShape) -> Self {
        let &BenchShape {
            env_count,
            observation_dim,
            action_dim,
            ..
        } = shape;
        Self {
            env_count,
            observation_dim,
            action_dim,
            step: 0,
        }
    }

    fn fill(&self, rows: &mut [f32]) {
        for (i, four) in rows.chunks_mut(4).enumerate() {
            let words = pcg4d([i as u32, self.step, 1, 2]);
            for (x, word) in four.iter_mut().zip(words) {
                *x = word as f32 * 2.0_f32.powi(-31) - 1.0;
            }
        }
    }
}

impl VecEnv for RandomRows {
    fn env_count(&self) -> usize {
        self.env_count
    }
    fn observation_dim(&self) -> usize {
        self.observation_dim
    }
    fn action_dim(&self) -> usize {
        self.action_dim
    }
    fn observe(&mut self, observation: &mut [f32]) -> Result<(), EnvError> {
        self.fill(observation);
        Ok(())
    }
    fn step(&mut self, actions: &[f32], rows: &mut StepRows) -> Result<(), EnvError> {
        self.step += 1;
        self.fill(&mut rows.observation);
        for env in 0..self.env_count {
            rows.reward[env] =
                rows.observation[env * self.observation_dim] - actions[env * self.action_dim].abs();
            let [word, ..] = pcg4d([env as u32, self.step, 3, 4]);
            rows.terminated[env] = word < 1 << 23;
            rows.truncated[env] = !rows.terminated[env] && word < 1 << 24;
            if rows.truncated[env] {
                let row = env * self.observation_dim..(env + 1) * self.observation_dim;
                rows.final_observation[row.clone()].copy_from_slice(&rows.observation[row]);
            }
        }
        Ok(())
    }
    fn save(&self) -> Vec<u8> {
        self.step.to_le_bytes().to_vec()
    }
    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        self.step = u32::from_le_bytes(state.try_into()?);
        Ok(())
    }
}
