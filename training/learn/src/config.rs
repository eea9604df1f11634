//! Settings of PPO, with the reason of each default.

use serde::{Deserialize, Serialize};

use crate::LearnError;

/// Function between the layers of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `x` above zero, `exp(x) - 1` below.
    Elu,
    /// Hyperbolic tangent; about twice the time of [`Self::Elu`], for want of a fast division.
    Tanh,
}

/// How rewards are scaled before advantages are estimated; statistics always report raw rewards.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardScale {
    /// Multiplied by a number; `Fixed(1.0)` leaves them alone.
    Fixed(f32),
    /// Divided by the running standard deviation of the discounted return.
    ReturnDeviation,
}

/// Settings of the learner; `Default` suits some thousand envs and a control task of a few seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PpoConfig {
    /// Control steps collected per env and iteration.
    pub horizon: usize,
    /// Passes over the collected samples per iteration.
    pub epochs: usize,
    /// Parts a pass is split into; one Adam step each.
    pub minibatches: usize,
    /// Discount per control step.
    pub gamma: f32,
    /// Decay of the advantage estimator (0: one step, 1: whole episode).
    pub lambda: f32,
    /// Bound on the probability ratio, as distance from one; also bounds the move of the value.
    pub clip: f32,
    /// Whether the value loss is the larger of the plain and the clipped one.
    pub clip_value_loss: bool,
    /// Weight of the value loss.
    pub value_coefficient: f32,
    /// Weight of the entropy bonus; too large a weight makes the policy noisy without end.
    pub entropy_coefficient: f32,
    /// Adam's step size at the start.
    pub learning_rate: f32,
    /// Smallest and largest step size the adaptive rule may reach.
    pub learning_rate_range: [f32; 2],
    /// KL divergence aimed at per minibatch; `None` keeps the step size.
    pub desired_kl: Option<f32>,
    /// Bound on the norm of the whole gradient.
    pub max_gradient_norm: f32,
    /// Decay of Adam's first and second moment.
    pub adam_beta: [f32; 2],
    /// Added to the root of Adam's second moment.
    pub adam_epsilon: f32,
    /// Widths of the hidden layers of the policy.
    pub actor_hidden: Vec<usize>,
    /// Widths of the hidden layers of the value estimate.
    pub critic_hidden: Vec<usize>,
    /// Function between layers.
    pub activation: Activation,
    /// Gain of the last layer of the policy; small, so that learning starts from nearly zero
    /// actions whatever is observed.
    pub actor_gain: f32,
    /// Standard deviation of every action at the start; actions span \[-1, 1\].
    pub initial_std: f32,
    /// Smallest and largest standard deviation that learning may reach.
    pub std_range: [f32; 2],
    /// Normalised observations are clipped to plus and minus this.
    pub observation_clip: f32,
    /// How rewards are scaled.
    pub reward_scale: RewardScale,
}

impl Default for PpoConfig {
    fn default() -> Self {
        Self {
            horizon: 24,
            epochs: 5,
            minibatches: 4,
            gamma: 0.99,
            lambda: 0.95,
            clip: 0.2,
            clip_value_loss: true,
            value_coefficient: 1.0,
            entropy_coefficient: 0.0,
            learning_rate: 1e-3,
            learning_rate_range: [1e-5, 1e-2],
            desired_kl: Some(0.01),
            max_gradient_norm: 1.0,
            adam_beta: [0.9, 0.999],
            adam_epsilon: 1e-8,
            actor_hidden: vec![64, 64],
            critic_hidden: vec![64, 64],
            activation: Activation::Elu,
            actor_gain: 0.01,
            initial_std: 0.6,
            std_range: [0.02, 1.5],
            observation_clip: 10.0,
            reward_scale: RewardScale::Fixed(1.0),
        }
    }
}

impl PpoConfig {
    /// Says whether learning can run with these settings.
    ///
    /// # Errors
    ///
    /// [`LearnError::Config`] with the first field that is out of its range.
    pub fn validate(&self) -> Result<(), LearnError> {
        let positive = |x: f32| x.is_finite() && x > 0.0;
        let widths = |w: &[usize]| w.iter().all(|&n| (1..=4096).contains(&n));
        let ordered = |[low, high]: [f32; 2]| positive(low) && high.is_finite() && low <= high;
        let scale = match self.reward_scale {
            RewardScale::Fixed(factor) => positive(factor),
            RewardScale::ReturnDeviation => true,
        };
        let fraction = |x: f32| (0.0..1.0).contains(&x);
        let checks = [
            ("horizon", self.horizon > 0, "at least 1"),
            ("epochs", self.epochs > 0, "at least 1"),
            ("minibatches", self.minibatches > 0, "at least 1"),
            ("gamma", (0.0..=1.0).contains(&self.gamma), "within [0, 1]"),
            (
                "lambda",
                (0.0..=1.0).contains(&self.lambda),
                "within [0, 1]",
            ),
            ("clip", positive(self.clip), "above 0"),
            (
                "value_coefficient",
                self.value_coefficient >= 0.0,
                "at least 0",
            ),
            (
                "entropy_coefficient",
                self.entropy_coefficient.is_finite(),
                "finite",
            ),
            ("learning_rate", positive(self.learning_rate), "above 0"),
            (
                "learning_rate_range",
                ordered(self.learning_rate_range),
                "0 < low <= high",
            ),
            (
                "desired_kl",
                self.desired_kl.is_none_or(positive),
                "above 0",
            ),
            (
                "max_gradient_norm",
                positive(self.max_gradient_norm),
                "above 0",
            ),
            (
                "adam_beta",
                self.adam_beta.into_iter().all(fraction),
                "within [0, 1)",
            ),
            ("adam_epsilon", positive(self.adam_epsilon), "above 0"),
            (
                "actor_hidden",
                widths(&self.actor_hidden),
                "widths of 1 to 4096",
            ),
            (
                "critic_hidden",
                widths(&self.critic_hidden),
                "widths of 1 to 4096",
            ),
            ("actor_gain", self.actor_gain.is_finite(), "finite"),
            ("initial_std", positive(self.initial_std), "above 0"),
            ("std_range", ordered(self.std_range), "0 < low <= high"),
            (
                "observation_clip",
                positive(self.observation_clip),
                "above 0",
            ),
            ("reward_scale", scale, "above 0"),
        ];
        for (field, holds, expected) in checks {
            if !holds {
                return Err(LearnError::Config { field, expected });
            }
        }
        Ok(())
    }
}
