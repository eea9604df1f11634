//! The loss of PPO and its slopes, over blocks of samples.

use crate::mlp::{BLOCK, Mlp, Scratch};
use crate::samples::{Record, Samples};
use crate::simd::Isa;
use crate::{LearnError, PpoConfig};

/// Half the logarithm of 2 pi.
pub(crate) const HALF_LN_TAU: f32 = 0.918_938_5;

/// Samples whose gradients are summed in one go; sums of such chunks are then added in order, so
/// the result does not depend on which thread did what.
pub(crate) const CHUNK: usize = 4 * BLOCK;

/// Both networks and where their numbers stand: actor, critic, logarithms of the deviations.
#[derive(Clone, Debug)]
pub(crate) struct ActorCritic {
    pub(crate) actor: Mlp,
    pub(crate) critic: Mlp,
    pub(crate) action_dim: usize,
}

impl ActorCritic {
    /// Networks of the configured shapes.
    ///
    /// # Errors
    ///
    /// [`LearnError::Config`] when the settings are out of range, [`LearnError::Shape`] when a
    /// dimension is zero.
    pub(crate) fn new(
        config: &PpoConfig,
        observation_dim: usize,
        action_dim: usize,
    ) -> Result<Self, LearnError> {
        config.validate()?;
        for (what, given) in [
            ("observation dim", observation_dim),
            ("action dim", action_dim),
        ] {
            if given == 0 {
                return Err(LearnError::Shape {
                    what,
                    expected: 1,
                    given,
                });
            }
        }
        let mlp = |hidden, outputs| Mlp::new(observation_dim, hidden, outputs, config.activation);
        Ok(Self {
            actor: mlp(&config.actor_hidden, action_dim),
            critic: mlp(&config.critic_hidden, 1),
            action_dim,
        })
    }

    /// Where the critic's numbers start.
    pub(crate) fn critic_start(&self) -> usize {
        self.actor.parameter_count()
    }

    /// Where the logarithms of the deviations start.
    pub(crate) fn log_std_start(&self) -> usize {
        self.critic_start() + self.critic.parameter_count()
    }

    /// Length of all numbers; a multiple of sixteen.
    pub(crate) fn parameter_count(&self) -> usize {
        self.log_std_start() + self.actor.output_stride()
    }

    /// The actor's numbers.
    pub(crate) fn actor_of<'p>(&self, parameters: &'p [f32]) -> &'p [f32] {
        &parameters[..self.critic_start()]
    }

    /// The critic's numbers.
    pub(crate) fn critic_of<'p>(&self, parameters: &'p [f32]) -> &'p [f32] {
        &parameters[self.critic_start()..self.log_std_start()]
    }

    /// Logarithm of the deviation of each action.
    pub(crate) fn log_std_of<'p>(&self, parameters: &'p [f32]) -> &'p [f32] {
        &parameters[self.log_std_start()..][..self.action_dim]
    }

    /// Room for a worker.
    pub(crate) fn worker(&self) -> Worker {
        Worker {
            input: vec![0.0; BLOCK * self.actor.input_stride()],
            records: vec![0.0; BLOCK * Record::stride(self.action_dim)],
            actor: self.actor.scratch(),
            critic: self.critic.scratch(),
        }
    }
}

/// What a thread needs to run both networks over a block.
#[derive(Debug)]
pub(crate) struct Worker {
    /// Normalised observations.
    pub(crate) input: Vec<f32>,
    /// Rows of samples, see [`Record`].
    pub(crate) records: Vec<f32>,
    pub(crate) actor: Scratch,
    pub(crate) critic: Scratch,
}

/// What is the same for all samples of a minibatch.
#[derive(Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) isa: Isa,
    pub(crate) networks: &'a ActorCritic,
    pub(crate) parameters: &'a [f32],
    /// Transposed weights: actor, then critic.
    pub(crate) transposed: &'a [f32],
    pub(crate) samples: &'a Samples,
    /// Deviations that the samples were drawn with.
    pub(crate) old_std: &'a [f32],
    /// One over the present deviations.
    pub(crate) inverse_std: &'a [f32],
    pub(crate) clip: f32,
    pub(crate) clip_value_loss: bool,
    pub(crate) value_coefficient: f32,
    /// Mean of the minibatch's advantages, and one over their deviation.
    pub(crate) advantage_mean: f32,
    pub(crate) advantage_scale: f32,
    /// One over the number of samples in the minibatch.
    pub(crate) weight: f32,
}

/// Sums over samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct LossSums {
    /// Clipped surrogate, as a loss.
    pub(crate) surrogate: f64,
    /// Value loss before its coefficient.
    pub(crate) value: f64,
    /// KL divergence from the policy that drew the samples to the present one.
    pub(crate) kl: f64,
    /// Samples whose ratio lies beyond the clip.
    pub(crate) clipped: f64,
}

impl LossSums {
    /// Adds the sums of other samples.
    pub(crate) fn add(&mut self, other: &Self) {
        self.surrogate += other.surrogate;
        self.value += other.value;
        self.kl += other.kl;
        self.clipped += other.clipped;
    }
}

impl Terms<'_> {
    /// Adds the loss and its slope by every parameter, over the samples at `indices`, in order.
    ///
    /// The slope of the entropy bonus is not among them: it is the same for every sample.
    pub(crate) fn add_chunk(
        &self,
        indices: &[u32],
        worker: &mut Worker,
        gradient: &mut [f32],
        sums: &mut LossSums,
    ) {
        let networks = self.networks;
        let (actor, critic) = (&networks.actor, &networks.critic);
        let stride = actor.input_stride();
        let (by_networks, by_log_std) = gradient.split_at_mut(networks.log_std_start());
        let (by_actor, by_critic) = by_networks.split_at_mut(networks.critic_start());
        let (actor_back, critic_back) = self.transposed.split_at(actor.transposed_count());
        for block in indices.chunks(BLOCK) {
            let rows = block.len();
            let Worker {
                input,
                records,
                actor: actor_scratch,
                critic: critic_scratch,
            } = &mut *worker;
            gather(&self.samples.observation, block, stride, input);
            let width = Record::stride(networks.action_dim);
            gather(&self.samples.records, block, width, records);
            let records = &records[..rows * width];
            let parameters = networks.actor_of(self.parameters);
            actor.forward(self.isa, parameters, input, rows, actor_scratch);
            self.policy_slopes(records, actor_scratch, by_log_std, sums);
            actor.backward(self.isa, actor_back, input, rows, actor_scratch, by_actor);
            let parameters = networks.critic_of(self.parameters);
            critic.forward(self.isa, parameters, input, rows, critic_scratch);
            self.value_slopes(records, critic_scratch, sums);
            critic.backward(
                self.isa,
                critic_back,
                input,
                rows,
                critic_scratch,
                by_critic,
            );
        }
    }

    /// Loss of the policy over a block, and its slopes by the means and the deviations.
    fn policy_slopes(
        &self,
        records: &[f32],
        scratch: &mut Scratch,
        by_log_std: &mut [f32],
        sums: &mut LossSums,
    ) {
        let dim = self.networks.action_dim;
        let actor = &self.networks.actor;
        let stride = actor.output_stride();
        let log_std = self.networks.log_std_of(self.parameters);
        let (means, slopes) = actor.output_and_slope(scratch);
        // Parts of the densities and of the divergence that no sample changes.
        let log_norm = log_std.iter().map(|s| s + HALF_LN_TAU).sum::<f32>();
        let mut kl_base = 0.0;
        for (inverse, old) in self.inverse_std.iter().zip(self.old_std) {
            let ratio = old * inverse;
            kl_base += 0.5 * (ratio * ratio - 1.0) - libm::logf(ratio);
        }
        let rows = means
            .chunks_exact(stride)
            .zip(slopes.chunks_exact_mut(stride));
        for (record, (mean, slope)) in records.chunks_exact(Record::stride(dim)).zip(rows) {
            let Record {
                action,
                mean: old_mean,
                log_prob: old_log_prob,
                advantage,
                ..
            } = Record::of(record, dim);
            let mut half_squares = 0.0;
            let mut kl = kl_base;
            for a in 0..dim {
                let scale = self.inverse_std[a];
                let z = (action[a] - mean[a]) * scale;
                let move_ = (old_mean[a] - mean[a]) * scale;
                half_squares += 0.5 * z * z;
                kl += 0.5 * move_ * move_;
                // Slope of the logarithm of the density by the mean; weighted below.
                slope[a] = z * scale;
            }
            slope[dim..].fill(0.0);
            let log_prob = -half_squares - log_norm;
            // The bound only keeps the exponential finite: both lie far beyond any clip.
            let ratio = libm::expf((log_prob - old_log_prob).clamp(-20.0, 20.0));
            let advantage = (advantage - self.advantage_mean) * self.advantage_scale;
            let (low, high) = (1.0 - self.clip, 1.0 + self.clip);
            let plain = ratio * advantage;
            let bounded = ratio.clamp(low, high) * advantage;
            sums.surrogate -= f64::from(plain.min(bounded));
            sums.kl += f64::from(kl);
            sums.clipped += if (low..=high).contains(&ratio) {
                0.0
            } else {
                1.0
            };
            // Where the bounded branch is the smaller one, the loss is flat.
            let by_log_prob = if plain <= bounded {
                -plain * self.weight
            } else {
                0.0
            };
            for a in 0..dim {
                let by_mean = slope[a];
                let z_squared = (action[a] - mean[a]) * by_mean;
                by_log_std[a] += by_log_prob * (z_squared - 1.0);
                slope[a] = by_log_prob * by_mean;
            }
        }
    }

    /// Loss of the value estimate over a block, and its slope by the estimate.
    fn value_slopes(&self, records: &[f32], scratch: &mut Scratch, sums: &mut LossSums) {
        let critic = &self.networks.critic;
        let stride = critic.output_stride();
        let (values, slopes) = critic.output_and_slope(scratch);
        let rows = values
            .chunks_exact(stride)
            .zip(slopes.chunks_exact_mut(stride));
        let factor = 2.0 * self.value_coefficient * self.weight;
        let dim = self.networks.action_dim;
        for (record, (value, slope)) in records.chunks_exact(Record::stride(dim)).zip(rows) {
            let Record {
                value: old, target, ..
            } = Record::of(record, dim);
            let error = value[0] - target;
            let move_ = value[0] - old;
            let bounded_error = old + move_.clamp(-self.clip, self.clip) - target;
            let mut loss = error * error;
            let mut by_value = error;
            if self.clip_value_loss && bounded_error * bounded_error > loss {
                loss = bounded_error * bounded_error;
                by_value = if move_.abs() <= self.clip {
                    bounded_error
                } else {
                    0.0
                };
            }
            sums.value += f64::from(loss);
            slope.fill(0.0);
            slope[0] = factor * by_value;
        }
    }
}

/// Copies the rows at `indices`, in order.
fn gather(rows: &[f32], indices: &[u32], stride: usize, out: &mut [f32]) {
    for (&index, out) in indices.iter().zip(out.chunks_exact_mut(stride)) {
        let from = index as usize * stride;
        out.copy_from_slice(&rows[from..from + stride]);
    }
}

#[cfg(test)]
#[path = "loss_tests.rs"]
mod tests;
