//! The first half of an iteration: samples are collected.

use std::time::Instant;

use rayon::prelude::*;

use crate::loss::{ActorCritic, HALF_LN_TAU, Worker};
use crate::mlp::BLOCK;
use crate::normaliser::{MomentSums, Moments, Normaliser};
use crate::random::{Purpose, Stream};
use crate::samples::{Pool, Samples};
use crate::simd::Isa;
use crate::{LearnError, StepRows, VecEnv};

/// Sums of the episode that each env is in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Episodes {
    pub(crate) reward: Vec<f32>,
    pub(crate) length: Vec<u32>,
}

/// Sums over the episodes that ended in an iteration.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EndedEpisodes {
    pub(crate) count: u64,
    pub(crate) reward: f64,
    pub(crate) length: f64,
}

/// Rows and sums that a collector keeps between iterations only to save allocations.
#[derive(Debug)]
pub(crate) struct Room {
    rows: StepRows,
    sums: Vec<MomentSums>,
    truncated: Vec<u32>,
    truncated_value: Vec<f32>,
}

impl Room {
    /// For `env_count` envs.
    pub(crate) fn new(env_count: usize, observation_dim: usize) -> Self {
        Self {
            rows: StepRows::new(env_count, observation_dim),
            sums: vec![MomentSums::new(observation_dim); env_count.div_ceil(BLOCK)],
            truncated: Vec::with_capacity(env_count),
            truncated_value: vec![0.0; env_count],
        }
    }
}

/// What the policy that collects is made of.
#[derive(Debug)]
pub(crate) struct Collector<'a> {
    pub(crate) isa: Isa,
    pub(crate) networks: &'a ActorCritic,
    pub(crate) parameters: &'a [f32],
    pub(crate) normaliser: &'a Normaliser,
    pub(crate) workers: &'a Pool<Worker>,
    pub(crate) seed: u64,
    pub(crate) iteration: u64,
    /// Deviation of each action.
    pub(crate) std: &'a [f32],
}

/// What came out of a collection beside the samples.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) moments: Moments,
    pub(crate) ended: EndedEpisodes,
    /// Time spent inside the env batch.
    pub(crate) env_seconds: f64,
}

impl Collector<'_> {
    /// Steps every env `horizon` times and fills the samples, all but advantage and target.
    pub(crate) fn collect<E: VecEnv + ?Sized>(
        &self,
        env: &mut E,
        horizon: usize,
        samples: &mut Samples,
        episodes: &mut Episodes,
        room: &mut Room,
    ) -> Result<Collected, LearnError> {
        let env_count = samples.last_value.len();
        let action_dim = self.networks.action_dim;
        let mut env_seconds = 0.0;
        let mut ended = EndedEpisodes::default();
        room.sums.iter_mut().for_each(MomentSums::clear);
        let start = Instant::now();
        env.observe(&mut room.rows.observation)
            .map_err(LearnError::Env)?;
        env_seconds += start.elapsed().as_secs_f64();
        for step in 0..horizon {
            self.act(step, samples, room);
            if !room.sums.iter().all(MomentSums::is_finite) {
                let dim = room.rows.observation.len() / env_count;
                let bad = room.rows.observation.iter().position(|x| !x.is_finite());
                return Err(self.not_finite("observation", bad.unwrap_or(0) / dim, step));
            }
            let actions = step * env_count * action_dim..(step + 1) * env_count * action_dim;
            let start = Instant::now();
            env.step(&samples.action[actions], &mut room.rows)
                .map_err(LearnError::Env)?;
            env_seconds += start.elapsed().as_secs_f64();
            self.record(step, samples, episodes, room, &mut ended)?;
        }
        let Room { rows, sums, .. } = room;
        let dim = self.networks.actor.layers()[0].inputs;
        self.values(&rows.observation, None, dim, &mut samples.last_value);
        let mut moments = Moments::new(dim);
        for sum in &*sums {
            moments.merge(&sum.moments(self.normaliser.mean()));
        }
        Ok(Collected {
            moments,
            ended,
            env_seconds,
        })
    }

    /// Normalises the observations, draws the actions and estimates the values of one step.
    fn act(&self, step: usize, samples: &mut Samples, room: &mut Room) {
        let networks = self.networks;
        let env_count = samples.last_value.len();
        let dim = networks.actor.layers()[0].inputs;
        let stride = networks.actor.input_stride();
        let width = networks.action_dim;
        let of_step = |values: usize| step * env_count * values..(step + 1) * env_count * values;
        let stream = Stream::new(self.seed, Purpose::Action);
        let log_norm = networks
            .log_std_of(self.parameters)
            .iter()
            .map(|s| s + HALF_LN_TAU)
            .sum::<f32>();
        (
            room.rows.observation.par_chunks(BLOCK * dim),
            samples.observation[of_step(stride)].par_chunks_mut(BLOCK * stride),
            samples.action[of_step(width)].par_chunks_mut(BLOCK * width),
            samples.mean[of_step(width)].par_chunks_mut(BLOCK * width),
            samples.log_prob[of_step(1)].par_chunks_mut(BLOCK),
            samples.value[of_step(1)].par_chunks_mut(BLOCK),
            room.sums.par_iter_mut(),
        )
            .into_par_iter()
            .enumerate()
            .for_each(
                |(block, (raw, input, action, mean, log_prob, value, sums))| {
                    let rows = value.len();
                    raw.chunks_exact(dim)
                        .for_each(|row| sums.add(row, self.normaliser.mean()));
                    self.normaliser.apply(self.isa, raw, input);
                    self.workers.with(
                        || networks.worker(),
                        |worker| {
                            let actor = networks.actor_of(self.parameters);
                            let means = networks.actor.forward(
                                self.isa,
                                actor,
                                input,
                                rows,
                                &mut worker.actor,
                            );
                            let means = means.chunks_exact(networks.actor.output_stride());
                            for (row, means) in means.enumerate() {
                                let place = row * width..(row + 1) * width;
                                mean[place.clone()].copy_from_slice(&means[..width]);
                                let env = (block * BLOCK + row) as u32;
                                let half_squares =
                                    self.draw(&stream, env, step, means, &mut action[place]);
                                log_prob[row] = -half_squares - log_norm;
                            }
                            self.value_block(input, rows, worker, value);
                        },
                    );
                },
            );
    }

    /// Draws the actions of an env; half the sum of squares of the unscaled numbers.
    fn draw(
        &self,
        stream: &Stream,
        env: u32,
        step: usize,
        means: &[f32],
        action: &mut [f32],
    ) -> f32 {
        let width = action.len();
        let mut half_squares = 0.0;
        for (pair, actions) in action.chunks_mut(2).enumerate() {
            let place = step * width.div_ceil(2) + pair;
            let z = stream.normal2([env, self.iteration as u32, place as u32]);
            for (i, action) in actions.iter_mut().enumerate() {
                let a = pair * 2 + i;
                *action = means[a] + self.std[a] * z[i];
                half_squares += 0.5 * z[i] * z[i];
            }
        }
        half_squares
    }

    /// Estimates the values of a block of normalised observations.
    fn value_block(&self, input: &[f32], rows: usize, worker: &mut Worker, values: &mut [f32]) {
        let critic = &self.networks.critic;
        let parameters = self.networks.critic_of(self.parameters);
        let out = critic.forward(self.isa, parameters, input, rows, &mut worker.critic);
        for (value, row) in values
            .iter_mut()
            .zip(out.chunks_exact(critic.output_stride()))
        {
            *value = row[0];
        }
    }

    /// Estimates the values of raw observations: of the rows picked, or of all.
    fn values(&self, rows: &[f32], picked: Option<&[u32]>, dim: usize, values: &mut [f32]) {
        let stride = self.networks.actor.input_stride();
        values
            .par_chunks_mut(BLOCK)
            .enumerate()
            .for_each(|(block, values)| {
                self.workers.with(
                    || self.networks.worker(),
                    |worker| {
                        let mut input = core::mem::take(&mut worker.input);
                        for (i, out) in (0..values.len()).zip(input.chunks_exact_mut(stride)) {
                            let place = block * BLOCK + i;
                            let row = picked.map_or(place, |picked| picked[place] as usize);
                            self.normaliser
                                .apply(self.isa, &rows[row * dim..(row + 1) * dim], out);
                        }
                        self.value_block(&input, values.len(), worker, values);
                        worker.input = input;
                    },
                );
            });
    }

    /// Takes the results of a step into the samples and the sums of episodes.
    fn record(
        &self,
        step: usize,
        samples: &mut Samples,
        episodes: &mut Episodes,
        room: &mut Room,
        ended: &mut EndedEpisodes,
    ) -> Result<(), LearnError> {
        let env_count = samples.last_value.len();
        let first = step * env_count;
        let Room {
            rows,
            truncated,
            truncated_value,
            ..
        } = room;
        truncated.clear();
        for env in 0..env_count {
            let reward = rows.reward[env];
            if !reward.is_finite() {
                return Err(self.not_finite("reward", env, step));
            }
            episodes.reward[env] += reward;
            episodes.length[env] += 1;
            samples.reward[first + env] = reward;
            let over = rows.terminated[env] || rows.truncated[env];
            samples.ended[first + env] = over;
            samples.end_value[first + env] = 0.0;
            if over {
                ended.count += 1;
                ended.reward += f64::from(core::mem::take(&mut episodes.reward[env]));
                ended.length += f64::from(core::mem::take(&mut episodes.length[env]));
                if !rows.terminated[env] {
                    truncated.push(env as u32);
                }
            }
        }
        let dim = self.networks.actor.layers()[0].inputs;
        let values = &mut truncated_value[..truncated.len()];
        self.values(&rows.final_observation, Some(truncated), dim, values);
        for (&env, &value) in truncated.iter().zip(&*values) {
            if !value.is_finite() {
                return Err(self.not_finite("final observation", env as usize, step));
            }
            samples.end_value[first + env as usize] = value;
        }
        Ok(())
    }

    fn not_finite(&self, what: &'static str, env: usize, step: usize) -> LearnError {
        LearnError::NonFinite {
            what,
            env,
            iteration: self.iteration,
            step,
        }
    }
}
