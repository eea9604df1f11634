//! An env has the same bits whatever runs it.

use std::sync::Arc;

use halle_lanes::{Simd, supported};
use halle_sim::{Batch as _, CpuBatch, LaneKind};
use halle_tasks::polish::PolishTask;

use crate::fixture::{all_bits, ended, env_bits, keys, restless, task_with};

/// Episodes of two seconds with lengths of their own, so that resets happen at all times.
fn short() -> Arc<PolishTask> {
    task_with(|config| config.horizon = 2.0)
}

fn batch(
    task: &Arc<PolishTask>,
    first: usize,
    count: usize,
    kind: LaneKind,
    threads: usize,
) -> CpuBatch<PolishTask> {
    let mut batch = CpuBatch::new(task.clone(), keys(first, count), kind, threads).unwrap();
    batch.begin().unwrap();
    batch
}

/// Steps with restless actions; gives what is in the batch every 20 control steps and how many episodes ended.
fn trace(batch: &mut CpuBatch<PolishTask>, first: usize, steps: usize) -> (Vec<Vec<u32>>, usize) {
    let count = batch.env_count();
    let mut seen = vec![all_bits(batch)];
    let mut ends = 0;
    for step in 0..steps {
        batch.step(&restless(first, count, step)).unwrap();
        ends += (0..count)
            .filter(|env| ended(batch, *env) != [false; 2])
            .count();
        if step % 20 == 19 {
            seen.push(all_bits(batch));
        }
    }
    (seen, ends)
}

/// Registers that this machine has and that round as `f32` does.
fn registers() -> Vec<LaneKind> {
    let found = supported();
    for simd in [Simd::Avx2, Simd::Avx512] {
        if !found.contains(&simd) {
            println!("skipped: this machine has no {}", simd.name());
        }
    }
    found
        .into_iter()
        .filter(|simd| *simd != Simd::Portable)
        .map(LaneKind::Simd)
        .collect()
}

#[test]
fn registers_give_the_bits_of_the_mirror() {
    // The mirror is slow: few envs, one and a half horizons.
    let task = short();
    let (mirror, ends) = trace(&mut batch(&task, 0, 5, LaneKind::Scalar, 1), 0, 150);
    assert!(ends >= 5, "resets are part of it: {ends}");
    for kind in registers() {
        let (seen, _) = trace(&mut batch(&task, 0, 5, kind, 1), 0, 150);
        assert!(seen == mirror, "{kind:?} differs from the scalar mirror");
    }
}

#[test]
fn registers_agree_over_many_envs() {
    let task = short();
    let mut first: Option<Vec<Vec<u32>>> = None;
    for kind in registers() {
        let (seen, ends) = trace(&mut batch(&task, 0, 75, kind, 1), 0, 400);
        assert!(ends > 200, "many resets: {ends}");
        let first = first.get_or_insert_with(|| seen.clone());
        assert!(seen == *first, "{kind:?} differs");
    }
}

#[test]
fn threads_do_not_matter() {
    let task = short();
    let (one, _) = trace(&mut batch(&task, 0, 130, LaneKind::best(), 1), 0, 200);
    for threads in [2, 5] {
        let (seen, _) = trace(&mut batch(&task, 0, 130, LaneKind::best(), threads), 0, 200);
        assert!(seen == one, "{threads} threads differ from one");
    }
}

#[test]
fn env_of_many_equals_env_alone() {
    let task = short();
    let mut many = batch(&task, 0, 130, LaneKind::best(), 2);
    let picked = [0_usize, 15, 16, 77, 129];
    let mut alone = picked.map(|env| batch(&task, env, 1, LaneKind::best(), 1));
    for step in 0..200 {
        many.step(&restless(0, 130, step)).unwrap();
        for (one, env) in alone.iter_mut().zip(picked) {
            one.step(&restless(env, 1, step)).unwrap();
        }
        if step % 10 == 9 {
            for (one, env) in alone.iter().zip(picked) {
                assert!(
                    env_bits(one, 0) == env_bits(&many, env),
                    "env {env}, control step {step}"
                );
            }
        }
    }
}

#[test]
fn saved_state_goes_on_to_the_bit() {
    let task = short();
    let mut first = batch(&task, 0, 20, LaneKind::best(), 1);
    trace(&mut first, 0, 130);
    let saved = first.save().unwrap();
    let mut second = CpuBatch::new(task, keys(0, 20), LaneKind::best(), 2).unwrap();
    second.restore(&saved).unwrap();
    for step in 0..150 {
        let actions = restless(0, 20, step + 7);
        first.step(&actions).unwrap();
        second.step(&actions).unwrap();
    }
    assert!(
        all_bits(&first) == all_bits(&second),
        "a restored batch goes the same way"
    );
}
