//! Tasks and batches that tests share.

use std::sync::Arc;

use halle_model::Model;
use halle_sim::{Batch, CpuBatch, EnvKeys, KeyDomain, LaneKind};
use halle_tasks::polish::{
    ACTION_COUNT, Block, EpisodeMetrics, INFO, METRICS, PARAMETERS, PolishConfig, PolishTask,
    observations,
};

/// The task for training, with changed settings.
pub(crate) fn task_with(change: impl FnOnce(&mut PolishConfig)) -> Arc<PolishTask> {
    task_in(crate::arm::cell(), change)
}

pub(crate) fn task_in(model: Model, change: impl FnOnce(&mut PolishConfig)) -> Arc<PolishTask> {
    let mut config = PolishConfig::default();
    change(&mut config);
    Arc::new(PolishTask::new(Arc::new(model), config).unwrap())
}

pub(crate) fn task() -> Arc<PolishTask> {
    task_with(|_| {})
}

/// The task as it ships, on held-out workpieces: whole episodes from the start.
pub(crate) fn held_out() -> Arc<PolishTask> {
    Arc::new(task().held_out())
}

pub(crate) fn keys(start: usize, count: usize) -> EnvKeys {
    EnvKeys::new(11, KeyDomain::HeldOut, start as u32, count)
}

/// Envs in the widest registers on one thread.
pub(crate) fn batch(task: &Arc<PolishTask>, count: usize) -> CpuBatch<PolishTask> {
    CpuBatch::new(task.clone(), keys(0, count), LaneKind::best(), 1).unwrap()
}

/// A batch that has begun.
pub(crate) fn begun(task: &Arc<PolishTask>, count: usize) -> CpuBatch<PolishTask> {
    let mut batch = batch(task, count);
    batch.begin().unwrap();
    batch
}

/// Restless actions of envs `first..first + count`; they belong to the env, not to the batch.
pub(crate) fn restless(first: usize, count: usize, step: usize) -> Vec<f32> {
    (first * ACTION_COUNT..(first + count) * ACTION_COUNT)
        .map(|k| ((k * 7 + step) as f32 * 0.37).sin())
        .collect()
}

/// Zero: what the scripted controller does alone.
pub(crate) fn zero(count: usize) -> Vec<f32> {
    vec![0.0; count * ACTION_COUNT]
}

/// An env's row of a block.
pub(crate) fn row(batch: &dyn Batch, block: Block, env: usize) -> &[f32] {
    let width = batch.layout().blocks[block as usize];
    &batch.block(block as usize)[env * width..(env + 1) * width]
}

/// A number of the info row, by name.
pub(crate) fn info(batch: &dyn Batch, env: usize, name: &str) -> f32 {
    let k = INFO.iter().chain(&PARAMETERS).position(|(n, _)| *n == name);
    row(batch, Block::Info, env)[k.unwrap()]
}

/// Place of a number in the observation, by name.
pub(crate) fn seen(batch: &dyn Batch, name: &str) -> usize {
    let all = observations(6);
    assert_eq!(batch.layout().blocks[0], all.len(), "six joints");
    all.iter()
        .position(|quantity| quantity.name == name)
        .unwrap()
}

/// Whether the episode ended in the last control step: terminated, truncated.
pub(crate) fn ended(batch: &dyn Batch, env: usize) -> [bool; 2] {
    let flags = row(batch, Block::Ended, env);
    assert!(
        flags.iter().all(|x| *x == 0.0 || *x == 1.0),
        "flags are zero or one: {flags:?}"
    );
    [flags[0] == 1.0, flags[1] == 1.0]
}

/// All blocks and the state of an env, as bits.
pub(crate) fn env_bits(batch: &dyn Batch, env: usize) -> Vec<u32> {
    let rows = batch.layout().state;
    let state = batch.save().unwrap();
    let mut bits: Vec<u32> = Vec::new();
    for block in BLOCKS {
        bits.extend(row(batch, block, env).iter().map(|x| x.to_bits()));
    }
    bits.extend(
        state[env * rows..(env + 1) * rows]
            .iter()
            .map(|x| x.to_bits()),
    );
    bits
}

/// All blocks and the state of all envs, as bits.
pub(crate) fn all_bits(batch: &dyn Batch) -> Vec<u32> {
    let mut bits: Vec<u32> = batch.save().unwrap().iter().map(|x| x.to_bits()).collect();
    for block in BLOCKS {
        bits.extend(batch.block(block as usize).iter().map(|x| x.to_bits()));
    }
    bits
}

pub(crate) const BLOCKS: [Block; 5] = [
    Block::Observation,
    Block::FinalObservation,
    Block::Reward,
    Block::Ended,
    Block::Info,
];

/// Holds the metrics of the same episode against each other, computed with other roundings.
///
/// Points at the edge of a band may fall on either side of it: cells 100 / 280 % each, 0.7 of that
/// in the score; control steps 100 / 800 % each.
/// The largest force is that of one substep while the pad lands: 25 kN/m times the micrometres by which the
/// controller has gone elsewhere by then, 0.1 N of 20 N.
/// The spread is the root of a difference of mean squares that are good to 1e-5: 2e-5 / (2 x 0.05) over
/// the mean. The rest is a mean over an episode, with a depth of the pad of 1 mm that is good to 1e-7 m.
/// The end of the path may be reached a control step earlier or later; the drives then work 20 ms more, some 10 W
/// against gravity.
pub(crate) fn same_episode(exact: &EpisodeMetrics, told: &EpisodeMetrics) {
    assert_eq!(exact.completed, told.completed);
    assert_eq!(exact.fault, told.fault);
    let longer = exact.cycle_time != told.cycle_time;
    let values = exact.values().into_iter().zip(told.values());
    for (metric, (exact, told)) in METRICS.iter().zip(values) {
        let limit = match metric.name {
            "coverage" | "over_polished" | "score" => 0.8,
            "time_in_band" => 0.6,
            "cycle_time" => 0.021,
            "drive_work" if longer => 0.2,
            "removal_spread" => 0.1,
            "force_overshoot" => 0.5,
            _ => 1.0e-3 * (1.0 + exact.abs()),
        };
        assert!(
            (exact - told).abs() < limit,
            "{}: {exact} {told}",
            metric.name
        );
    }
}
