//! The learner: one iteration collects a rollout and learns from it.

use std::time::Instant;

use serde::Serialize;

use crate::adam::Adam;
use crate::gae::{self, Returns};
use crate::loss::{ActorCritic, HALF_LN_TAU, Worker};
use crate::normaliser::{Moments, Normaliser};
use crate::rollout::{Collector, Episodes, Room};
use crate::samples::{Pool, Samples};
use crate::simd::Isa;
use crate::update::{Gradients, Learned, Update};
use crate::{LearnError, Policy, PpoConfig, RewardScale, VecEnv};

/// What one iteration did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IterationStats {
    /// Iterations done, this one included.
    pub iteration: u64,
    /// Control steps collected in this iteration, over all envs.
    pub samples: usize,
    /// Mean reward of a control step, unscaled.
    pub mean_reward: f64,
    /// Episodes that ended.
    pub episodes: u64,
    /// Mean sum of rewards of these episodes, if any.
    pub mean_episode_return: Option<f64>,
    /// Mean length of these episodes in control steps, if any.
    pub mean_episode_length: Option<f64>,
    /// Mean clipped surrogate loss over the minibatches.
    pub surrogate_loss: f64,
    /// Mean value loss over the minibatches, before its coefficient; in squared scaled returns.
    pub value_loss: f64,
    /// Mean KL divergence from the collecting policy, seen by the minibatches, in nats.
    pub kl: f64,
    /// Mean share of samples whose ratio lies beyond the clip.
    pub clip_fraction: f64,
    /// Mean norm of the gradient before clipping.
    pub gradient_norm: f64,
    /// Adam's step size at the end.
    pub learning_rate: f32,
    /// Entropy of the policy at the end, in nats.
    pub entropy: f64,
    /// Mean deviation of the actions at the end.
    pub mean_std: f64,
    /// Share of the variance of returns that the value estimate foresaw; one at best.
    pub explained_variance: f64,
    /// Wall time inside the env batch, in seconds.
    pub env_seconds: f64,
    /// Wall time of collecting without the env batch: forward passes and drawing, in seconds.
    pub policy_seconds: f64,
    /// Wall time of advantages and Adam steps, in seconds.
    pub learn_seconds: f64,
}

/// Learns a policy by proximal policy optimisation (Schulman and others, 2017).
///
/// The same seed, env batch and machine give the same bits, whatever the number of threads: work
/// is split in chunks of fixed size, and their sums are added in order. Work runs in the rayon
/// pool that the caller is in.
#[derive(Debug)]
pub struct Learner {
    pub(crate) config: PpoConfig,
    pub(crate) networks: ActorCritic,
    pub(crate) observation_dim: usize,
    pub(crate) env_count: usize,
    pub(crate) seed: u64,
    /// Iterations done.
    pub(crate) iteration: u64,
    pub(crate) parameters: Vec<f32>,
    pub(crate) adam: Adam,
    pub(crate) learning_rate: f32,
    pub(crate) observation_moments: Moments,
    pub(crate) return_moments: Moments,
    /// Discounted return of each env so far, for [`RewardScale::ReturnDeviation`].
    pub(crate) running_return: Vec<f64>,
    pub(crate) episodes: Episodes,
    samples: Samples,
    room: Room,
    gradients: Gradients,
    workers: Pool<Worker>,
    isa: Isa,
}

impl Learner {
    /// A learner with fresh weights, drawn from `seed`.
    ///
    /// # Errors
    ///
    /// [`LearnError::Config`] for a setting out of range, [`LearnError::Shape`] for a dimension or
    /// number of envs of zero, or more samples per iteration than a `u32` can count.
    pub fn new(
        config: PpoConfig,
        observation_dim: usize,
        action_dim: usize,
        env_count: usize,
        seed: u64,
    ) -> Result<Self, LearnError> {
        let networks = ActorCritic::new(&config, observation_dim, action_dim)?;
        if env_count == 0 {
            return Err(LearnError::Shape {
                what: "env count",
                expected: 1,
                given: 0,
            });
        }
        let limit = u32::MAX as usize;
        let given = config.horizon.saturating_mul(env_count);
        if given > limit {
            return Err(LearnError::Shape {
                what: "samples of at most",
                expected: limit,
                given,
            });
        }
        let mut parameters = vec![0.0; networks.parameter_count()];
        let (critic, log_std) = (networks.critic_start(), networks.log_std_start());
        networks
            .actor
            .initialise(seed, 0, config.actor_gain, &mut parameters[..critic]);
        networks
            .critic
            .initialise(seed, 1, 1.0, &mut parameters[critic..log_std]);
        let [low, high] = config.std_range;
        parameters[log_std..][..action_dim].fill(libm::logf(config.initial_std.clamp(low, high)));
        Ok(Self {
            observation_dim,
            env_count,
            seed,
            iteration: 0,
            adam: Adam::new(parameters.len()),
            learning_rate: config.learning_rate,
            observation_moments: Moments::new(observation_dim),
            return_moments: Moments::new(1),
            running_return: vec![0.0; env_count],
            episodes: Episodes {
                reward: vec![0.0; env_count],
                length: vec![0; env_count],
            },
            samples: Samples::new(
                networks.actor.input_stride(),
                action_dim,
                config.horizon,
                env_count,
            ),
            room: Room::new(env_count, observation_dim),
            gradients: Gradients::default(),
            workers: Pool::default(),
            isa: Isa::detect(),
            parameters,
            networks,
            config,
        })
    }

    /// Settings.
    #[must_use]
    pub fn config(&self) -> &PpoConfig {
        &self.config
    }

    /// Iterations done.
    #[must_use]
    pub fn iteration(&self) -> u64 {
        self.iteration
    }

    /// Seed of all draws.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Numbers per observation row.
    #[must_use]
    pub fn observation_dim(&self) -> usize {
        self.observation_dim
    }

    /// Numbers per action row.
    #[must_use]
    pub fn action_dim(&self) -> usize {
        self.networks.action_dim
    }

    /// Number of envs.
    #[must_use]
    pub fn env_count(&self) -> usize {
        self.env_count
    }

    /// Instruction set that the networks run on: `avx512`, `avx2` or `portable`.
    #[must_use]
    pub fn instruction_set(&self) -> &'static str {
        self.isa.name()
    }

    /// Deviation of each action at present.
    #[must_use]
    pub fn std(&self) -> Vec<f32> {
        self.networks
            .log_std_of(&self.parameters)
            .iter()
            .map(|s| libm::expf(*s))
            .collect()
    }

    /// The policy at present, with its normaliser.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy::new(
            self.networks.actor.clone(),
            self.networks.actor_of(&self.parameters).to_vec(),
            self.normaliser(),
        )
    }

    fn normaliser(&self) -> Normaliser {
        Normaliser::from_moments(&self.observation_moments, self.config.observation_clip)
    }

    pub(crate) fn check_env<E: VecEnv + ?Sized>(&self, env: &E) -> Result<(), LearnError> {
        for (what, expected, given) in [
            ("env count", self.env_count, env.env_count()),
            (
                "observation dim",
                self.observation_dim,
                env.observation_dim(),
            ),
            ("action dim", self.networks.action_dim, env.action_dim()),
        ] {
            if expected != given {
                return Err(LearnError::Shape {
                    what,
                    expected,
                    given,
                });
            }
        }
        Ok(())
    }

    /// Collects `horizon` control steps of every env and learns from them.
    ///
    /// Observations are normalised by what earlier iterations saw; the first one passes them on
    /// as they are, clipped.
    ///
    /// # Errors
    ///
    /// [`LearnError::Shape`] for an env batch of other dimensions, [`LearnError::Env`] when it
    /// fails, [`LearnError::NonFinite`] when it gives such numbers and [`LearnError::Diverged`]
    /// when the gradient is not finite. The learner must then be taken from its last checkpoint.
    pub fn iterate<E: VecEnv + ?Sized>(
        &mut self,
        env: &mut E,
    ) -> Result<IterationStats, LearnError> {
        self.check_env(env)?;
        let start = Instant::now();
        let std = self.std();
        let normaliser = self.normaliser();
        let collector = Collector {
            isa: self.isa,
            networks: &self.networks,
            parameters: &self.parameters,
            normaliser: &normaliser,
            workers: &self.workers,
            seed: self.seed,
            iteration: self.iteration,
            std: &std,
        };
        let collected = collector.collect(
            env,
            self.config.horizon,
            &mut self.samples,
            &mut self.episodes,
            &mut self.room,
        )?;
        let collect_seconds = start.elapsed().as_secs_f64();
        let start = Instant::now();
        self.estimate_advantages();
        let update = Update {
            isa: self.isa,
            config: &self.config,
            networks: &self.networks,
            samples: &self.samples,
            workers: &self.workers,
            seed: self.seed,
            iteration: self.iteration,
            old_std: &std,
        };
        let mut learned = Learned {
            parameters: &mut self.parameters,
            adam: &mut self.adam,
            learning_rate: &mut self.learning_rate,
        };
        let means = update.run(&mut learned, &mut self.gradients)?;
        self.observation_moments.merge(&collected.moments);
        self.iteration += 1;
        let log_std = self.networks.log_std_of(&self.parameters);
        let ended = collected.ended;
        let per_episode = |sum: f64| (ended.count > 0).then(|| sum / ended.count as f64);
        Ok(IterationStats {
            iteration: self.iteration,
            samples: self.samples.reward.len(),
            mean_reward: mean_and_variance(self.samples.reward.iter().copied()).0,
            episodes: ended.count,
            mean_episode_return: per_episode(ended.reward),
            mean_episode_length: per_episode(ended.length),
            surrogate_loss: means.losses.surrogate,
            value_loss: means.losses.value,
            kl: means.losses.kl,
            clip_fraction: means.losses.clipped,
            gradient_norm: means.gradient_norm,
            learning_rate: self.learning_rate,
            entropy: log_std
                .iter()
                .map(|&s| f64::from(s + HALF_LN_TAU) + 0.5)
                .sum(),
            mean_std: mean_and_variance(self.std().into_iter()).0,
            explained_variance: self.explained_variance(),
            env_seconds: collected.env_seconds,
            policy_seconds: collect_seconds - collected.env_seconds,
            learn_seconds: start.elapsed().as_secs_f64(),
        })
    }

    /// Fills advantages and value targets.
    fn estimate_advantages(&mut self) {
        let scale = match self.config.reward_scale {
            RewardScale::Fixed(factor) => factor,
            RewardScale::ReturnDeviation => self.scale_by_returns(),
        };
        let Samples {
            reward,
            ended,
            end_value,
            value,
            last_value,
            advantage,
            target,
            ..
        } = &mut self.samples;
        let rows = Returns {
            reward,
            value,
            end_value,
            ended,
            last_value,
            gamma: self.config.gamma,
            lambda: self.config.lambda,
        };
        gae::estimate(&rows, scale, advantage, target);
        self.samples.fill_records();
    }

    /// Takes the rewards into the moments of the discounted return; gives the factor on rewards.
    fn scale_by_returns(&mut self) -> f32 {
        let gamma = f64::from(self.config.gamma);
        let (mut sum, mut squares) = (0.0, 0.0);
        for (i, &reward) in self.samples.reward.iter().enumerate() {
            let running = &mut self.running_return[i % self.env_count];
            *running = *running * gamma + f64::from(reward);
            sum += *running;
            squares += *running * *running;
            if self.samples.ended[i] {
                *running = 0.0;
            }
        }
        let count = self.samples.reward.len() as f64;
        let mean = sum / count;
        self.return_moments.merge(&Moments {
            count,
            mean: vec![mean],
            squares: vec![(squares - sum * mean).max(0.0)],
        });
        (1.0 / (self.return_moments.variance(0) + 1e-8).sqrt()) as f32
    }

    fn explained_variance(&self) -> f64 {
        let Samples { target, value, .. } = &self.samples;
        let (_, total) = mean_and_variance(target.iter().copied());
        let (_, left) = mean_and_variance(target.iter().zip(value).map(|(t, v)| t - v));
        if total > 0.0 { 1.0 - left / total } else { 0.0 }
    }
}

/// Mean and variance of numbers, summed in order.
fn mean_and_variance(values: impl Iterator<Item = f32>) -> (f64, f64) {
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for x in values.map(f64::from) {
        count += 1.0;
        sum += x;
        squares += x * x;
    }
    let mean = sum / count;
    (mean, (squares / count - mean * mean).max(0.0))
}
