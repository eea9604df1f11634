//! A program that uses what tasks use: loops, memory, random numbers, selections, resets.

use core::marker::PhantomData;
use std::sync::Arc;

use halle_lanes::{Body, Draw, Lane};
use halle_sim::{Batch, EnvKeys, KeyDomain, Layout, Program};

/// Numbers before the cells: place, speed, episode, step.
const HEAD: usize = 4;
/// Cells of memory per env.
const CELLS: usize = 5;
/// Control steps of an episode.
pub(crate) const HORIZON: usize = 7;
/// Numbers of an action.
pub(crate) const ACTION: usize = 2;
/// Widths of the blocks: place and speed, sum of cells, episode with step and end.
pub(crate) const BLOCKS: [usize; 3] = [2, 1, 3];

/// A damped spring that is pushed by the action and by noise, and wears cells down where it passes.
#[derive(Debug)]
pub(crate) struct Toy;

struct Clear<'m, 'a, S: Lane>(&'m mut S::Array<'a>);

impl<S: Lane> Body<S, ()> for Clear<'_, '_, S> {
    #[inline(always)]
    fn run(&mut self, k: S::Index, (): &mut ()) {
        let at = S::index_mul_add(k, 1, S::index(HEAD));
        S::store(self.0, at, S::lit(0.0));
    }
}

struct Wear<'m, 'a, S: Lane> {
    memory: &'m mut S::Array<'a>,
    place: S,
    kept: S,
    lane: PhantomData<S>,
}

impl<S: Lane> Body<S, [S; 1]> for Wear<'_, '_, S> {
    #[inline(always)]
    fn run(&mut self, k: S::Index, sum: &mut [S; 1]) {
        let at = S::index_mul_add(k, 1, S::index(HEAD));
        let far = S::index_lane(k).mul_add(S::lit(0.5), S::lit(-1.0)) - self.place;
        let worn = S::lit(0.1) / far.mul_add(far, S::lit(1.0)).sqrt();
        let new = S::load(self.memory, at).mul_add(self.kept, worn);
        S::store(self.memory, at, new);
        sum[0] += new;
    }
}

fn start<S: Lane>(key: [S::Bits; 2], episode: S) -> [S; 2] {
    let [a, b, ..] = Draw {
        key,
        episode,
        step: S::lit(0.0),
    }
    .signed4(0);
    [a, b * S::lit(0.1)]
}

impl Program for Toy {
    fn layout(&self) -> Layout {
        Layout {
            state: HEAD + CELLS,
            action: ACTION,
            blocks: BLOCKS.to_vec(),
        }
    }

    #[inline(always)]
    fn begin<S: Lane>(
        &self,
        key: [S::Bits; 2],
        state: &mut S::Array<'_>,
        output: &mut S::Array<'_>,
    ) {
        let zero = S::lit(0.0);
        let [x, v] = start(key, zero);
        let head = [x, v, zero, zero];
        for k in 0..HEAD {
            S::store(state, S::index(k), head[k]);
        }
        S::repeat(CELLS, &mut (), &mut Clear::<S>(state));
        let told = [x, v, zero, zero, zero, zero];
        for k in 0..told.len() {
            S::store(output, S::index(k), told[k]);
        }
    }

    #[inline(always)]
    fn step<S: Lane>(
        &self,
        key: [S::Bits; 2],
        action: &S::Array<'_>,
        state: &mut S::Array<'_>,
        output: &mut S::Array<'_>,
    ) {
        let (zero, one, dt) = (S::lit(0.0), S::lit(1.0), S::lit(0.05));
        let x = S::load(state, S::index(0));
        let v = S::load(state, S::index(1));
        let episode = S::load(state, S::index(2));
        let step = S::load(state, S::index(3)) + one;
        let push = S::load(action, S::index(0)).clamp(-one, one);
        let (sine, cosine) = S::load(action, S::index(1)).sin_cos();
        let noise = Draw { key, episode, step }.bell(1);
        let force = noise.mul_add(S::lit(0.1), push + sine * cosine) - x;
        let v = force.mul_add(dt, v * S::lit(0.98));
        let x = v.mul_add(dt, x);

        let fresh = step.lt(S::lit(1.5));
        let kept = S::select(fresh, zero, one);
        let mut sum = [zero];
        let mut wear = Wear {
            memory: state,
            place: x,
            kept,
            lane: PhantomData,
        };
        S::repeat(CELLS, &mut sum, &mut wear);

        let ended = step.gt(S::lit(HORIZON as f64 - 0.5));
        let next = start(key, episode + one);
        let x = S::select(ended, next[0], x);
        let v = S::select(ended, next[1], v);
        let end = S::select(ended, one, zero);
        let step = S::select(ended, zero, step);
        let head = [x, v, episode + end, step];
        for k in 0..HEAD {
            S::store(state, S::index(k), head[k]);
        }
        let told = [x, v, sum[0], episode + end, step, end];
        for k in 0..told.len() {
            S::store(output, S::index(k), told[k]);
        }
    }
}

pub(crate) fn toy() -> Arc<Toy> {
    Arc::new(Toy)
}

pub(crate) fn keys(start: u32, count: usize) -> EnvKeys {
    EnvKeys::new(5, KeyDomain::Training, start, count)
}

/// The actions of envs `first..first + count` in a control step; they differ by env, not by batch.
pub(crate) fn actions(first: usize, count: usize, step: usize) -> Vec<f32> {
    (first * ACTION..(first + count) * ACTION)
        .map(|k| 1.3 * ((k * 7 + step * 3) as f32 * 0.37).sin())
        .collect()
}

/// Everything that a batch shows, env by env: blocks side by side, then its state.
pub(crate) fn rows(batch: &dyn Batch) -> Vec<Vec<f32>> {
    let count = batch.env_count();
    let layout = batch.layout().clone();
    let state = batch.save().unwrap();
    (0..count)
        .map(|env| {
            let mut row = Vec::new();
            for (k, width) in layout.blocks.iter().enumerate() {
                row.extend(&batch.block(k)[env * width..(env + 1) * width]);
            }
            row.extend(&state[env * layout.state..(env + 1) * layout.state]);
            row
        })
        .collect()
}

/// What the batch shows after its start and after each of `steps` control steps.
pub(crate) fn run(batch: &mut dyn Batch, first: usize, steps: usize) -> Vec<Vec<Vec<f32>>> {
    batch.begin().unwrap();
    let mut seen = vec![rows(batch)];
    seen.extend(go_on(batch, first, 0..steps));
    seen
}

/// The same for some control steps more.
pub(crate) fn go_on(
    batch: &mut dyn Batch,
    first: usize,
    steps: core::ops::Range<usize>,
) -> Vec<Vec<Vec<f32>>> {
    let count = batch.env_count();
    steps
        .map(|step| {
            batch.step(&actions(first, count, step)).unwrap();
            rows(batch)
        })
        .collect()
}

pub(crate) fn bits(seen: &[Vec<Vec<f32>>]) -> Vec<u32> {
    seen.iter()
        .flatten()
        .flatten()
        .map(|x| x.to_bits())
        .collect()
}

/// Largest difference over one plus the magnitude.
pub(crate) fn worst(a: &[Vec<Vec<f32>>], b: &[Vec<Vec<f32>>]) -> f32 {
    let numbers = |x: &[Vec<Vec<f32>>]| x.iter().flatten().flatten().copied().collect::<Vec<f32>>();
    let (a, b) = (numbers(a), numbers(b));
    assert_eq!(a.len(), b.len(), "as many numbers");
    a.iter()
        .zip(&b)
        .map(|(a, b)| (a - b).abs() / (1.0 + b.abs()))
        .fold(0.0, f32::max)
}
