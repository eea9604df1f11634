//! How far two batches may be apart after one control step from the same state.
//!
//! Both sides round in single precision, in another order: WGSL contracts, reassociates and grants
//! division 2.5 units in the last place.

use halle_sim::Batch;
use halle_tasks::polish::{Block, INFO, PARAMETERS, PolishTask, observations};

/// Blocks of an env's output, with their names.
pub(crate) const BLOCKS: [(Block, &str); 5] = [
    (Block::Observation, "observation"),
    (Block::FinalObservation, "final_observation"),
    (Block::Reward, "reward"),
    (Block::Ended, "ended"),
    (Block::Info, "info"),
];

/// One number in so many may be beyond its bound: where a contact closes, a line ends or a cell
/// leaves the pad's rim, rounding decides which side of the control step that falls on.
const RARE: u64 = 1000;
/// How many bounds even such a number may be off.
const FAR: f64 = 50.0;

/// What was seen of one number of a block, over envs and control steps.
#[derive(Clone, Debug, Default, PartialEq)]
struct Seen {
    count: u64,
    /// How often it was beyond its bound.
    beyond: u64,
    /// Largest gap within the bound.
    within: f64,
    /// Largest gap.
    worst: f64,
    env: usize,
    step: u32,
}

impl Seen {
    fn add(&mut self, gap: f64, bound: f64, env: usize, step: u32) {
        // What is no number is infinitely far off.
        let gap = if gap.is_nan() { f64::INFINITY } else { gap };
        self.count += 1;
        if gap <= bound {
            self.within = self.within.max(gap);
        } else {
            self.beyond += 1;
        }
        if gap > self.worst {
            (self.worst, self.env, self.step) = (gap, env, step);
        }
    }

    /// The largest gap but for the rare ones, which must not be far off either.
    fn measured(&self, bound: f64) -> f64 {
        let rare = self.beyond <= self.count / RARE && self.worst <= FAR * bound;
        if rare { self.within } else { self.worst }
    }
}

/// The number of a block that uses most of its bound.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    /// Difference over the larger of one and the number itself.
    pub(crate) measured: f64,
    /// What it may be.
    pub(crate) bound: f64,
    /// Which number, and where it was worst.
    pub(crate) place: String,
}

/// What was seen of every number of every block, in the order of [`BLOCKS`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps([Vec<Seen>; BLOCKS.len()]);

impl Gaps {
    /// Compares what two batches gave back after the same control step.
    pub(crate) fn compare(&mut self, a: &dyn Batch, b: &dyn Batch, task: &PolishTask, step: u32) {
        for (seen, (block, _)) in self.0.iter_mut().zip(BLOCKS) {
            let limits = limits(block, task);
            seen.resize(limits.len(), Seen::default());
            let (a, b) = (a.block(block as usize), b.block(block as usize));
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                let (env, k) = (at / limits.len(), at % limits.len());
                let gap = f64::from((a - b).abs() / b.abs().max(1.0));
                seen[k].add(gap, limits[k].1, env, step);
            }
        }
    }

    /// The worst number of each block, in the order of [`BLOCKS`].
    pub(crate) fn worst(&self, task: &PolishTask) -> Vec<Gap> {
        let blocks = self.0.iter().zip(BLOCKS);
        blocks
            .filter_map(|(seen, (block, _))| worst(seen, &limits(block, task)))
            .collect()
    }
}

fn worst(seen: &[Seen], limits: &[(&'static str, f64)]) -> Option<Gap> {
    let gaps = seen.iter().zip(limits).map(|(seen, (name, bound))| {
        let Seen {
            count,
            beyond,
            worst,
            env,
            step,
            ..
        } = seen;
        let mut place = "equal".to_owned();
        if *worst > 0.0 {
            place = format!("{name}, worst in env {env}, control step {step}");
        }
        if *beyond > 0 {
            place = format!("{place}: {worst:.1e}, {beyond} of {count} beyond");
        }
        Gap {
            measured: seen.measured(*bound),
            bound: *bound,
            place,
        }
    });
    // Nothing off uses nothing, whatever its bound.
    let used = |gap: &Gap| {
        if gap.measured == 0.0 {
            0.0
        } else {
            gap.measured / gap.bound
        }
    };
    gaps.max_by(|a, b| used(a).total_cmp(&used(b)))
}

/// Name and bound of each number of a block.
fn limits(block: Block, task: &PolishTask) -> Vec<(&'static str, f64)> {
    // A cell that falls on the other side of a band moves the reward by its weight over the number
    // of cells; the force term is at most 0.01 x 9 and flat.
    let weights = &task.config().reward;
    let cell = (weights.coverage + weights.over) / task.grid().len() as f64;
    let names: Vec<&'static str> = match block {
        Block::Observation | Block::FinalObservation => observations(task.start().len())
            .iter()
            .map(|quantity| quantity.name)
            .collect(),
        Block::Reward => return vec![("reward", 2.0e-3 + cell)],
        Block::Ended => return vec![("terminated", 0.0), ("truncated", 0.0)],
        Block::Info => INFO
            .iter()
            .chain(&PARAMETERS)
            .map(|(name, _)| *name)
            .collect(),
    };
    let bound = |name| limit(name) + edge(name, task.grid().len());
    names.into_iter().map(|name| (name, bound(name))).collect()
}

/// 1e-7 of a joint angle is 1.5e-7 m at the pad, which presses with 2e4 N/m: 3e-3 N of 20 N, and
/// some of that in every substep.
fn limit(name: &str) -> f64 {
    match name {
        "force" | "force_measured" | "force_peak" => 0.05,
        "force_square_sum" => 0.5,
        "force_error" | "force_error_filtered" | "force_change" => 2.5e-3,
        "work" => 2.0e-3,
        name if name.starts_with("tilt_moment") => 2.5e-3,
        _ => 1.0e-4,
    }
}

/// Share of cells or one control step: what a number at the edge of a band moves by when it falls
/// on the other side of it.
fn edge(name: &str, cells: usize) -> f64 {
    match name {
        "coverage" | "over_polished" => 1.01 / cells as f64,
        "band_steps" => 1.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(gaps: impl IntoIterator<Item = f64>) -> Seen {
        let mut seen = Seen::default();
        gaps.into_iter()
            .enumerate()
            .for_each(|(env, gap)| seen.add(gap, 1.0, env, 1));
        seen
    }

    #[test]
    fn one_in_a_thousand_may_be_beyond_but_not_far() {
        let many = || std::iter::repeat_n(0.5, 999);
        assert_eq!(
            seen(many().chain([2.0])).measured(1.0),
            0.5,
            "one in a thousand"
        );
        assert_eq!(
            seen(many().chain([2.0, 2.0])).measured(1.0),
            2.0,
            "two in a thousand and one"
        );
        assert_eq!(seen(many().chain([51.0])).measured(1.0), 51.0, "far off");
        assert_eq!(seen([2.0]).measured(1.0), 2.0, "few numbers leave no room");
        assert_eq!(
            seen(many().chain([f64::NAN])).measured(1.0),
            f64::INFINITY,
            "no number"
        );
    }

    #[test]
    fn a_bound_of_zero_allows_nothing() {
        let mut ended = Seen::default();
        (0..5000).for_each(|env| ended.add(f64::from(u8::from(env == 7)), 0.0, env, 3));
        assert_eq!(ended.measured(0.0), 1.0);
        let told = worst(&[ended], &[("terminated", 0.0)]).unwrap();
        assert!(
            told.place.contains("terminated, worst in env 7"),
            "{}",
            told.place
        );
    }

    #[test]
    fn the_worst_number_uses_most_of_its_bound() {
        let limits = [("force", 10.0), ("q0", 1.0e-4), ("same", 0.0)];
        let told = worst(&[seen([1.0]), seen([9.0e-5]), seen([0.0])], &limits).unwrap();
        assert_eq!((told.measured, told.bound), (9.0e-5, 1.0e-4));
        let told = worst(&[seen([0.0])], &limits[2..]).unwrap();
        assert_eq!(told.place, "equal");
    }
}
