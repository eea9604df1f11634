//! The settings of a job, as given and as resolved.

use std::path::Path;

use halle_learn::{PpoConfig, RewardScale};
use halle_tasks::polish::PolishConfig;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Everything that decides what a job computes, beside its scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Job {
    /// Seed of the first policy.
    pub(crate) seed: u64,
    /// Policies to train, each from its own seed.
    pub(crate) policies: u32,
    /// Envs that learn in parallel.
    pub(crate) envs: usize,
    /// Iterations of the learner per policy.
    pub(crate) iterations: u64,
    /// Control steps of the scripted controller before learning begins.
    pub(crate) warm_up: usize,
    /// Iterations between evaluations on validation workpieces; 0 for none.
    pub(crate) validate_every: u64,
    /// Validation workpieces.
    pub(crate) validation_envs: usize,
    /// Gain with which the gauge leads the feed of the scripted controller that is judged beside
    /// the baseline.
    pub(crate) gauge_gain: f64,
    /// Held-out workpieces that the policies are judged on at the end.
    pub(crate) held_out_envs: usize,
    /// Wall time between checkpoints \[s\]; 0 writes one after every iteration.
    pub(crate) checkpoint_seconds: f64,
    /// Width of the report's pictures \[pixel\], 16:9; 0 for a report without pictures.
    pub(crate) picture_width: u32,
    /// Task.
    pub(crate) task: PolishConfig,
    /// Learner.
    pub(crate) learner: PpoConfig,
}

/// Most envs of a batch: keys of validation workpieces begin above it, and so many envs take some
/// gigabytes of memory.
pub(crate) const ENVS_LIMIT: u64 = 1 << 20;

impl Default for Job {
    fn default() -> Self {
        Self {
            seed: 1,
            policies: 3,
            envs: 4096,
            iterations: 60,
            warm_up: 600,
            validate_every: 3,
            validation_envs: 64,
            gauge_gain: 1.0,
            held_out_envs: 256,
            checkpoint_seconds: 15.0,
            picture_width: 1280,
            task: PolishConfig::default(),
            learner: PpoConfig {
                initial_std: 0.3,
                learning_rate_range: [1.0e-5, 2.0e-3],
                reward_scale: RewardScale::ReturnDeviation,
                ..PpoConfig::default()
            },
        }
    }
}

impl Job {
    /// Defaults, or what a job file says.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let name = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::input(format!("cannot read job file `{name}`: {error}")))?;
        let read = || {
            // Settings go by name: serde would take a list as well.
            serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text)?;
            serde_json::from_str(&text)
        };
        read().map_err(|error: serde_json::Error| {
            Failure::input(format!("job file `{name}`: {error}"))
                .help("`halle inspect --job` prints all settings with their defaults")
        })
    }

    /// Fails where a number makes no sense.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let settings = [
            ("envs", self.envs as u64),
            ("iterations", self.iterations),
            ("policies", u64::from(self.policies)),
            ("held_out_envs", self.held_out_envs as u64),
            ("validation_envs", self.validation_envs as u64),
        ];
        for (name, value) in settings {
            if value == 0 {
                return Err(Failure::input(format!(
                    "setting `{name}` is 0, must be at least 1"
                )));
            }
        }
        let limits = [
            ("envs", self.envs as u64, ENVS_LIMIT),
            ("held_out_envs", self.held_out_envs as u64, ENVS_LIMIT),
            ("validation_envs", self.validation_envs as u64, ENVS_LIMIT),
            ("warm_up", self.warm_up as u64, 1_000_000),
            ("picture_width", u64::from(self.picture_width), 8192),
            ("learner.horizon", self.learner.horizon as u64, 100_000),
        ];
        for (name, value, limit) in limits {
            if value > limit {
                let text = format!("setting `{name}` is {value}, must be at most {limit}");
                return Err(Failure::input(text));
            }
        }
        if !(0.0..=1.0e6).contains(&self.checkpoint_seconds) {
            return Err(Failure::input(format!(
                "setting `checkpoint_seconds` is {}, must be within 0 to 1000000",
                self.checkpoint_seconds
            )));
        }
        self.learner.validate()?;
        Ok(())
    }
}
