//! Rows of one iteration, and scratch of the threads that work on them.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

/// Rows of one rollout, `(horizon, env_count, ...)`, step by step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples {
    /// Normalised, rows of a network's input.
    pub(crate) observation: Vec<f32>,
    /// As drawn, rows of `action_dim`.
    pub(crate) action: Vec<f32>,
    /// Mean of the law that the action was drawn from.
    pub(crate) mean: Vec<f32>,
    /// Logarithm of the density at the action.
    pub(crate) log_prob: Vec<f32>,
    pub(crate) value: Vec<f32>,
    pub(crate) reward: Vec<f32>,
    pub(crate) ended: Vec<bool>,
    pub(crate) end_value: Vec<f32>,
    pub(crate) advantage: Vec<f32>,
    pub(crate) target: Vec<f32>,
    /// Estimate from the observation after the last step, shape `(env_count)`.
    pub(crate) last_value: Vec<f32>,
    /// What learning reads of a sample beside the observation, in one place: see [`Record`].
    pub(crate) records: Vec<f32>,
}

/// A row of [`Samples::records`].
///
/// Learning visits samples in random order, and waits for memory once per row instead of once per
/// column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) action: &'a [f32],
    pub(crate) mean: &'a [f32],
    pub(crate) log_prob: f32,
    pub(crate) value: f32,
    pub(crate) advantage: f32,
    pub(crate) target: f32,
}

impl<'a> Record<'a> {
    /// Length of a row: log-probability, value, advantage, target, actions, means.
    pub(crate) fn stride(action_dim: usize) -> usize {
        4 + 2 * action_dim
    }

    /// Reads a row.
    pub(crate) fn of(row: &'a [f32], action_dim: usize) -> Self {
        let (action, mean) = row[4..].split_at(action_dim);
        Self {
            action,
            mean,
            log_prob: row[0],
            value: row[1],
            advantage: row[2],
            target: row[3],
        }
    }
}

impl Samples {
    /// Room for a rollout; `input_stride` is the length of a row of observations.
    pub(crate) fn new(
        input_stride: usize,
        action_dim: usize,
        horizon: usize,
        env_count: usize,
    ) -> Self {
        let count = horizon * env_count;
        let rows = |width: usize| vec![0.0; count * width];
        Self {
            observation: rows(input_stride),
            action: rows(action_dim),
            mean: rows(action_dim),
            log_prob: rows(1),
            value: rows(1),
            reward: rows(1),
            ended: vec![false; count],
            end_value: rows(1),
            advantage: rows(1),
            target: rows(1),
            last_value: vec![0.0; env_count],
            records: rows(Record::stride(action_dim)),
        }
    }

    /// Copies everything that [`Record`] names into [`Self::records`].
    pub(crate) fn fill_records(&mut self) {
        let width = self.action.len() / self.reward.len();
        let Self {
            action,
            mean,
            log_prob,
            value,
            advantage,
            target,
            records,
            ..
        } = self;
        records
            .par_chunks_mut(Record::stride(width) * 1024)
            .zip(
                action
                    .par_chunks(width * 1024)
                    .zip(mean.par_chunks(width * 1024)),
            )
            .enumerate()
            .for_each(|(part, (rows, (actions, means)))| {
                let rows = rows.chunks_exact_mut(Record::stride(width));
                let laws = actions.chunks_exact(width).zip(means.chunks_exact(width));
                for (i, (row, (action, mean))) in rows.zip(laws).enumerate() {
                    let i = part * 1024 + i;
                    row[..4].copy_from_slice(&[log_prob[i], value[i], advantage[i], target[i]]);
                    row[4..4 + width].copy_from_slice(action);
                    row[4 + width..].copy_from_slice(mean);
                }
            });
    }
}

/// Scratch of threads, handed out and taken back.
#[derive(Debug)]
pub(crate) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> Pool<T> {
    /// Runs `work` with a piece of scratch, made only when all others are in use.
    pub(crate) fn with<R>(&self, make: impl FnOnce() -> T, work: impl FnOnce(&mut T) -> R) -> R {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = taken.unwrap_or_else(make);
        let result = work(&mut scratch);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(scratch);
        result
    }
}
