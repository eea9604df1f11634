//! The second half of an iteration: Adam steps on the collected samples.

use rayon::prelude::*;

use crate::adam::{self, Adam};
use crate::loss::{ActorCritic, CHUNK, LossSums, Terms, Worker};
use crate::random::permute;
use crate::samples::{Pool, Samples};
use crate::simd::Isa;
use crate::{LearnError, PpoConfig, elementwise};

/// Parameters summed by one task when gradients of chunks are added.
const SLICE: usize = 1024;

/// Room for the gradients of a minibatch.
#[derive(Debug, Default)]
pub(crate) struct Gradients {
    /// One row of all parameters per chunk.
    chunks: Vec<f32>,
    sums: Vec<LossSums>,
    total: Vec<f32>,
    transposed: Vec<f32>,
    order: Vec<u32>,
}

impl Gradients {
    /// Slope of the loss by every parameter, after [`Update::differentiate`].
    #[cfg(test)]
    pub(crate) fn total(&self) -> &[f32] {
        &self.total
    }
}

/// What the steps of an iteration gave, as means over its minibatches.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UpdateMeans {
    pub(crate) losses: LossSums,
    pub(crate) gradient_norm: f64,
}

/// What is learned, and how fast.
#[derive(Debug)]
pub(crate) struct Learned<'a> {
    pub(crate) parameters: &'a mut [f32],
    pub(crate) adam: &'a mut Adam,
    pub(crate) learning_rate: &'a mut f32,
}

/// What stays as it is during the steps of an iteration.
#[derive(Debug)]
pub(crate) struct Update<'a> {
    pub(crate) isa: Isa,
    pub(crate) config: &'a PpoConfig,
    pub(crate) networks: &'a ActorCritic,
    pub(crate) samples: &'a Samples,
    pub(crate) workers: &'a Pool<Worker>,
    pub(crate) seed: u64,
    pub(crate) iteration: u64,
    /// Deviations that the samples were drawn with.
    pub(crate) old_std: &'a [f32],
}

impl Update<'_> {
    /// Runs all epochs.
    pub(crate) fn run(
        &self,
        learned: &mut Learned<'_>,
        room: &mut Gradients,
    ) -> Result<UpdateMeans, LearnError> {
        let count = self.samples.reward.len();
        // Fewer samples than minibatches would leave empty ones.
        let parts = self.config.minibatches.min(count);
        let mut means = UpdateMeans::default();
        let mut order = core::mem::take(&mut room.order);
        order.resize(count, 0);
        for epoch in 0..self.config.epochs {
            permute(self.seed, self.iteration as u32, epoch as u32, &mut order);
            for part in 0..parts {
                let indices = &order[count * part / parts..count * (part + 1) / parts];
                let (losses, norm) = self.minibatch(indices, learned, room)?;
                means.losses.add(&losses);
                means.gradient_norm += norm;
            }
        }
        room.order = order;
        let scale = 1.0 / (self.config.epochs * parts) as f64;
        means.gradient_norm *= scale;
        let LossSums {
            surrogate,
            value,
            kl,
            clipped,
        } = &mut means.losses;
        [surrogate, value, kl, clipped]
            .into_iter()
            .for_each(|x| *x *= scale);
        Ok(means)
    }

    /// One Adam step; the mean losses before it, and the norm of the gradient.
    fn minibatch(
        &self,
        indices: &[u32],
        learned: &mut Learned<'_>,
        room: &mut Gradients,
    ) -> Result<(LossSums, f64), LearnError> {
        let mut losses = self.differentiate(indices, learned.parameters, room);
        let weight = 1.0 / indices.len() as f64;
        let LossSums {
            surrogate,
            value,
            kl,
            clipped,
        } = &mut losses;
        [surrogate, value, kl, clipped]
            .into_iter()
            .for_each(|x| *x *= weight);
        let norm = room
            .total
            .iter()
            .map(|&g| f64::from(g) * f64::from(g))
            .sum::<f64>()
            .sqrt();
        if !norm.is_finite() {
            return Err(LearnError::Diverged {
                iteration: self.iteration,
            });
        }
        self.adapt(losses.kl, learned.learning_rate);
        let scale = (f64::from(self.config.max_gradient_norm) / (norm + 1e-6)).min(1.0);
        let Adam {
            first,
            second,
            count,
        } = &mut *learned.adam;
        *count += 1;
        let PpoConfig {
            adam_beta,
            adam_epsilon,
            ..
        } = *self.config;
        let step = adam::step(
            *learned.learning_rate,
            scale as f32,
            adam_beta,
            adam_epsilon,
            *count,
        );
        elementwise::adam(
            self.isa,
            &step,
            &room.total,
            first,
            second,
            learned.parameters,
        );
        let [low, high] = self.config.std_range.map(libm::logf);
        let place = self.networks.log_std_start();
        for s in &mut learned.parameters[place..place + self.networks.action_dim] {
            *s = s.clamp(low, high);
        }
        Ok((losses, norm))
    }

    /// Slows down after a large move of the policy and speeds up after a small one.
    fn adapt(&self, kl: f64, learning_rate: &mut f32) {
        let Some(desired) = self.config.desired_kl.map(f64::from) else {
            return;
        };
        let [low, high] = self.config.learning_rate_range;
        if kl > 2.0 * desired {
            *learning_rate = (*learning_rate / 1.5).max(low);
        } else if kl > 0.0 && kl < desired / 2.0 {
            *learning_rate = (*learning_rate * 1.5).min(high);
        }
    }

    /// Writes the slope of the loss by every parameter to `room.total`; sums of losses.
    pub(crate) fn differentiate(
        &self,
        indices: &[u32],
        parameters: &[f32],
        room: &mut Gradients,
    ) -> LossSums {
        let networks = self.networks;
        let width = networks.parameter_count();
        let chunk_count = indices.len().div_ceil(CHUNK);
        let Gradients {
            chunks,
            sums,
            total,
            transposed,
            ..
        } = room;
        chunks.resize(chunks.len().max(chunk_count * width), 0.0);
        sums.clear();
        sums.resize(chunk_count, LossSums::default());
        total.resize(width, 0.0);
        let (actor, critic) = (&networks.actor, &networks.critic);
        transposed.resize(actor.transposed_count() + critic.transposed_count(), 0.0);
        let (for_actor, for_critic) = transposed.split_at_mut(actor.transposed_count());
        actor.transpose(networks.actor_of(parameters), for_actor);
        critic.transpose(networks.critic_of(parameters), for_critic);
        let (advantage_mean, advantage_scale) = self.advantage_law(indices);
        let inverse_std: Vec<f32> = networks
            .log_std_of(parameters)
            .iter()
            .map(|s| libm::expf(-s))
            .collect();
        let terms = Terms {
            isa: self.isa,
            networks,
            parameters,
            transposed,
            samples: self.samples,
            old_std: self.old_std,
            inverse_std: &inverse_std,
            clip: self.config.clip,
            clip_value_loss: self.config.clip_value_loss,
            value_coefficient: self.config.value_coefficient,
            advantage_mean,
            advantage_scale,
            weight: (1.0 / indices.len() as f64) as f32,
        };
        let chunks = &mut chunks[..chunk_count * width];
        (
            indices.par_chunks(CHUNK),
            chunks.par_chunks_mut(width),
            sums.par_iter_mut(),
        )
            .into_par_iter()
            .for_each(|(indices, gradient, sums)| {
                gradient.fill(0.0);
                self.workers.with(
                    || networks.worker(),
                    |worker| terms.add_chunk(indices, worker, gradient, sums),
                );
            });
        let chunks = &*chunks;
        total
            .par_chunks_mut(SLICE)
            .enumerate()
            .for_each(|(slice, out)| {
                out.fill(0.0);
                for chunk in chunks.chunks_exact(width) {
                    let part = &chunk[slice * SLICE..][..out.len()];
                    out.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
                }
            });
        // The entropy of a normal law grows by one per unit of each logarithm.
        let place = networks.log_std_start();
        for slope in &mut total[place..place + networks.action_dim] {
            *slope -= self.config.entropy_coefficient;
        }
        let mut sum = LossSums::default();
        sums.iter().for_each(|part| sum.add(part));
        sum
    }

    /// Mean of the advantages, and one over their deviation.
    fn advantage_law(&self, indices: &[u32]) -> (f32, f32) {
        let (mut sum, mut squares) = (0.0, 0.0);
        for &index in indices {
            let advantage = f64::from(self.samples.advantage[index as usize]);
            sum += advantage;
            squares += advantage * advantage;
        }
        let count = indices.len() as f64;
        let mean = sum / count;
        let variance = (squares / count - mean * mean).max(0.0);
        (mean as f32, (1.0 / (variance.sqrt() + 1e-8)) as f32)
    }
}
