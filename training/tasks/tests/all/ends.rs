//! How episodes end, and what comes after.

use halle_sim::{Batch as _, CpuBatch, LaneKind};
use halle_tasks::polish::{Block, EpisodeMetrics, Keep, PolishTask, run_episodes};

use crate::arm::cell;
use crate::fixture::{
    batch, begun, ended, env_bits, held_out, info, keys, restless, row, seen, task, task_in,
    task_with, zero,
};

#[test]
fn observation_of_an_ended_env_is_of_the_next_episode() {
    let task = task_with(|config| config.horizon = 1.0);
    let count = 40;
    let mut batch = begun(&task, count);
    let progress = seen(&batch, "progress");
    let last_feed = seen(&batch, "last_feed");
    let joints = task.config().randomisation.joints as f32;
    let mut ends = 0;
    for step in 0..120 {
        let actions = restless(0, count, step);
        let before: Vec<Vec<f32>> = (0..count)
            .map(|env| row(&batch, Block::Info, env)[18..].to_vec())
            .collect();
        batch.step(&actions).unwrap();
        for env in 0..count {
            let [terminated, truncated] = ended(&batch, env);
            assert!(!(terminated && truncated), "never both");
            let now = row(&batch, Block::Observation, env);
            let last = row(&batch, Block::FinalObservation, env);
            // The last observation is of the episode that the info row tells of.
            assert_eq!(last[progress], info(&batch, env, "progress"));
            assert_eq!(last[last_feed], actions[env * 5], "the action just taken");
            if step > 0 && info(&batch, env, "time") > 0.03 {
                assert_eq!(
                    row(&batch, Block::Info, env)[18..],
                    before[env],
                    "drawn once"
                );
            }
            if terminated || truncated {
                ends += 1;
                for (k, q) in now[..6].iter().enumerate() {
                    // Joints start within their error of the start posture; rounding is 2^-23 of an
                    // angle up to pi.
                    assert!(q.abs() <= joints + 4.0e-7, "joint {k}: {q}");
                }
                assert_eq!(now[progress], 0.0, "a new path");
                assert_eq!(now[last_feed], 0.0, "no action yet");
            } else {
                assert!(
                    now.iter()
                        .zip(last)
                        .all(|(a, b)| a.to_bits() == b.to_bits()),
                    "of a running env both are the same"
                );
            }
        }
    }
    assert!(ends > 80, "each env ended more than once: {ends}");
}

#[test]
fn episode_ends_at_the_horizon() {
    let task = task_with(|config| config.horizon = 1.0);
    let steps = task.horizon_steps();
    assert_eq!(steps, 50);
    // Held-out episodes are whole; training cuts the first one of each env, and only that.
    for (task, cut) in [(std::sync::Arc::new(task.held_out()), false), (task, true)] {
        let count = 200;
        let mut batch = begun(&task, count);
        let mut lengths = vec![Vec::new(); count];
        let mut since = vec![0; count];
        for _ in 0..160 {
            batch.step(&zero(count)).unwrap();
            for env in 0..count {
                since[env] += 1;
                let [terminated, truncated] = ended(&batch, env);
                assert!(
                    !terminated,
                    "nobody gets to the end of the raster in a second"
                );
                if truncated {
                    assert_eq!(info(&batch, env, "fault"), 0.0, "time is no fault");
                    let time = f64::from(info(&batch, env, "time"));
                    assert!(
                        (time - f64::from(since[env]) * 0.02).abs() < 1.0e-6,
                        "{time}"
                    );
                    lengths[env].push(core::mem::take(&mut since[env]));
                }
            }
        }
        let mut firsts = Vec::new();
        for lengths in &lengths {
            assert!(
                lengths[1..].iter().all(|n| *n as usize == steps),
                "{lengths:?}"
            );
            firsts.push(lengths[0] as usize);
        }
        firsts.sort_unstable();
        firsts.dedup();
        if cut {
            // Even over 1..=50: of 200 draws about 49 of the 50 lengths come up.
            assert!(firsts.len() > 40, "first episodes spread: {firsts:?}");
            assert!(firsts.iter().all(|n| (1..=steps).contains(n)));
        } else {
            assert_eq!(firsts, [steps]);
        }
    }
}

#[test]
fn too_much_force_ends_as_failure() {
    // A limit below the set point is passed while the controller presses; a pad of ten times the
    // stiffness at a set point of 118 N passes 120 N when it lands.
    let low = task_with(|config| config.force_limit = 15.0);
    let mut stiff = cell();
    stiff.tool.stiffness *= 10.0;
    stiff.tool.force_set_point = 118.0;
    let stiff = task_in(stiff, |_| {});
    for task in [low, stiff] {
        let held = std::sync::Arc::new(task.held_out());
        let limit = held.config().force_limit as f32;
        let weight = held.config().reward.failure as f32;
        let count = 16;
        let mut batch = begun(&held, count);
        let mut open = vec![true; count];
        for _ in 0..60 {
            batch.step(&zero(count)).unwrap();
            for env in 0..count {
                let crushed = info(&batch, env, "force_peak") > limit;
                let [terminated, truncated] = ended(&batch, env);
                assert_eq!(terminated, crushed, "env {env}: the limit and nothing else");
                assert!(!truncated);
                let reward = row(&batch, Block::Reward, env)[0];
                assert_eq!(
                    reward < 0.5 - weight,
                    crushed,
                    "failure is paid once: {reward}"
                );
                if crushed && open[env] {
                    open[env] = false;
                    assert_eq!(info(&batch, env, "fault"), 0.0, "a failure is no fault");
                    let set_point = held.model().tool.force_set_point;
                    let told = row(&batch, Block::Info, env);
                    let m = EpisodeMetrics::of(told, held.config(), set_point);
                    assert!(!m.completed);
                    let points = 0.7 * m.coverage + 0.2 * m.time_in_band - 0.5 * m.over_polished;
                    assert!(
                        (m.score - points).abs() < 1.0e-9,
                        "no points for time: {m:?}"
                    );
                }
            }
        }
        let failed = open.iter().filter(|open| !**open).count();
        println!("limit {limit} N: {failed} of {count} failed");
        assert!(failed > count / 2, "{failed} of {count}");
    }
}

/// Envs in a batch that is spoiled: twice the numbers of a state without its map, and more.
const SPOILED: usize = 240;

/// State of all envs with one number of each env made bad, and the batch that goes on from there.
fn spoiled(
    place: impl Fn(usize) -> Option<usize>,
    bad: f32,
) -> (CpuBatch<PolishTask>, CpuBatch<PolishTask>) {
    let task = held_out();
    let count = SPOILED;
    let mut whole = begun(&task, count);
    for step in 0..80 {
        whole.step(&restless(0, count, step)).unwrap();
    }
    let mut state = whole.save().unwrap();
    let rows = whole.layout().state;
    for env in 0..count {
        if let Some(k) = place(env) {
            state[env * rows + k] = bad;
        }
    }
    let mut broken = batch(&task, count);
    broken.restore(&state).unwrap();
    for batch in [&mut whole, &mut broken] {
        batch.step(&restless(0, count, 80)).unwrap();
    }
    (whole, broken)
}

#[test]
fn bad_numbers_are_cut_off_and_stay_alone() {
    // Every number of the state but the map, then a cell of the map: env 2 k gets the k-th of them, its
    // neighbours none.
    let map = task().map_start();
    let places: Vec<usize> = (0..map).chain([map + 140]).collect();
    assert!(2 * places.len() <= SPOILED);
    for bad in [f32::NAN, f32::INFINITY] {
        let place = |env: usize| {
            env.is_multiple_of(2)
                .then(|| places.get(env / 2).copied())
                .flatten()
        };
        let (mut whole, mut broken) = spoiled(place, bad);
        for env in 0..SPOILED {
            if place(env).is_none() {
                assert!(
                    env_bits(&whole, env) == env_bits(&broken, env),
                    "env {env} is untouched"
                );
                continue;
            }
            assert_eq!(
                ended(&broken, env),
                [false, true],
                "env {env} with {bad} is truncated"
            );
            assert_eq!(info(&broken, env, "fault"), 1.0, "env {env}: the fault bit");
            assert_eq!(
                row(&broken, Block::Reward, env)[0],
                0.0,
                "env {env}: no reward"
            );
            let now = row(&broken, Block::Observation, env);
            assert!(now.iter().all(|x| x.is_finite()), "env {env}: {now:?}");
        }
        // The next episode is as good as any other: nothing of the bad number is left.
        for step in 81..140 {
            for batch in [&mut whole, &mut broken] {
                batch.step(&restless(0, SPOILED, step)).unwrap();
            }
            for env in 0..SPOILED {
                assert_eq!(info(&broken, env, "fault"), 0.0, "env {env}");
                assert!(row(&broken, Block::Info, env).iter().all(|x| x.is_finite()));
                if place(env).is_none() {
                    assert!(env_bits(&whole, env) == env_bits(&broken, env), "env {env}");
                }
            }
        }
    }
}

#[test]
fn fault_is_told_by_the_metrics() {
    let task = held_out();
    let mut batch = CpuBatch::new(task.clone(), keys(0, 2), LaneKind::best(), 1).unwrap();
    let config = task.config();
    let set_point = task.model().tool.force_set_point;
    batch.begin().unwrap();
    let mut state = batch.save().unwrap();
    state[0] = f32::NAN;
    batch.restore(&state).unwrap();
    batch.step(&zero(2)).unwrap();
    let m = EpisodeMetrics::of(row(&batch, Block::Info, 0), config, set_point);
    assert_eq!(m.fault, 1);
    assert!(!m.completed);
    let m = EpisodeMetrics::of(row(&batch, Block::Info, 1), config, set_point);
    assert_eq!(m.fault, 0);
}

#[test]
fn run_stops_when_told() {
    let task = held_out();
    let mut calls = 0;
    let run = run_episodes(
        &task,
        &mut batch(&task, 8),
        Keep::default(),
        |_, a| a.fill(0.0),
        |n| {
            assert_eq!(n, 0, "nobody has finished");
            calls += 1;
            calls <= 10
        },
    );
    let run = run.unwrap();
    assert!(run.episodes.is_empty());
    assert_eq!(run.control_steps, 80);
}
