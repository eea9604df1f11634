//! What episodes draw.

use halle_sim::{Batch as _, CpuBatch, EnvKeys, KeyDomain, LaneKind};
use halle_tasks::polish::{Block, INFO, PARAMETERS, Randomisation, parameters_of};

use crate::fixture::{begun, ended, held_out, keys, restless, row, task, task_with, zero};

/// Parameters of each env, at the start of its first episode.
fn first(task: &std::sync::Arc<halle_tasks::polish::PolishTask>, count: usize) -> Vec<Vec<f32>> {
    let batch = begun(task, count);
    (0..count)
        .map(|env| parameters_of(row(&batch, Block::Info, env)).to_vec())
        .collect()
}

/// Bounds of each parameter, in the order of `PARAMETERS`.
fn bounds(law: &Randomisation, friction: f64, preston: f64) -> Vec<[f64; 2]> {
    let around = |half: f64| [-half, half];
    let scale = |half: f64, nominal: f64| [nominal * (1.0 - half), nominal * (1.0 + half)];
    let shape = law.shape.map(|half| around(half * law.shape_band[1]));
    let mut all: Vec<[f64; 2]> = law
        .position
        .into_iter()
        .chain(law.rotation)
        .map(around)
        .collect();
    all.extend(shape);
    all.extend([
        scale(law.friction, friction),
        scale(law.preston, preston),
        scale(law.pad, 1.0),
        around(law.force_bias),
        around(law.removal_gain),
    ]);
    all
}

#[test]
fn parameters_fill_their_ranges() {
    for task in [task(), held_out()] {
        let config = task.config();
        let held = first(&held_out(), 1)[0] == first(&task, 1)[0];
        let law = if held {
            config.randomisation.held_out()
        } else {
            config.randomisation.clone()
        };
        let tool = &task.model().tool;
        let drawn = first(&task, 1000);
        for (k, [low, high]) in bounds(&law, tool.friction, tool.preston)
            .into_iter()
            .enumerate()
        {
            let name = PARAMETERS[k].0;
            let values: Vec<f64> = drawn.iter().map(|row| f64::from(row[k])).collect();
            let (least, most) = values
                .iter()
                .fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
            let width = high - low;
            // Bounds are rounded to single precision.
            let grain = 1.0e-6 * low.abs().max(high.abs());
            assert!(
                least >= low - grain && most <= high + grain,
                "{name}: {least} to {most}"
            );
            // Of a thousand even draws none lies in an outer hundredth with probability 4e-5.
            assert!(
                least < low + 0.01 * width && most > high - 0.01 * width,
                "{name}"
            );
            // Symmetric about the middle: the mean of a thousand is off by width / sqrt(12000), or half the width over sqrt(1000)
            // if all lie at the ends; four times that.
            let mean = values.iter().sum::<f64>() / 1000.0;
            assert!(
                (mean - 0.5 * (low + high)).abs() < 0.064 * width,
                "{name}: mean {mean}"
            );
        }
    }
}

#[test]
fn held_out_shapes_lie_outside_of_training() {
    let law = &task().config().randomisation.clone();
    let shapes = |rows: Vec<Vec<f32>>| -> Vec<[f64; 3]> {
        rows.iter()
            .map(|row| [6, 7, 8].map(|k| f64::from(row[k]).abs()))
            .collect()
    };
    let edge = law.shape_band[1];
    for (k, half) in law.shape.iter().enumerate() {
        let grain = 1.0e-6 * half;
        for shape in shapes(first(&task(), 1000)) {
            assert!(shape[k] <= edge * half + grain, "training: {shape:?}");
        }
        let mut signs = [false; 2];
        for row in first(&held_out(), 1000) {
            let x = f64::from(row[6 + k]);
            signs[usize::from(x > 0.0)] = true;
            assert!(x.abs() >= edge * half - grain, "held out: {x}");
            assert!(x.abs() <= half + grain, "held out: {x}");
        }
        assert_eq!(signs, [true; 2], "to both sides");
    }
}

/// Parameters of each episode of each env, as they come.
fn episodes(first: usize, count: usize, restlessness: bool) -> Vec<Vec<Vec<f32>>> {
    let task = task_with(|config| {
        config.horizon = 0.2;
        config.randomisation.first_episode_cut = 0.0;
    });
    let mut batch = CpuBatch::new(task, keys(first, count), LaneKind::best(), 1).unwrap();
    batch.begin().unwrap();
    let mut drawn = vec![Vec::new(); count];
    for step in 0..60 {
        let actions = if restlessness {
            restless(first, count, step)
        } else {
            zero(count)
        };
        batch.step(&actions).unwrap();
        for (env, drawn) in drawn.iter_mut().enumerate() {
            if ended(&batch, env) != [false; 2] {
                drawn.push(row(&batch, Block::Info, env)[INFO.len()..].to_vec());
            }
        }
    }
    drawn
}

#[test]
fn env_and_episode_are_the_key() {
    let calm = episodes(0, 20, false);
    assert!(
        calm.iter().all(|env| env.len() == 6),
        "six episodes of ten control steps"
    );
    // What happened before and who stands beside do not matter.
    assert_eq!(calm, episodes(0, 20, true), "whatever was done");
    assert_eq!(calm[7..12], episodes(7, 5, false)[..], "in whatever batch");
    let mut all: Vec<Vec<u32>> = calm
        .iter()
        .flatten()
        .map(|row| row.iter().map(|x| x.to_bits()).collect())
        .collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 120, "no two episodes are alike");
}

#[test]
fn seed_and_domain_are_the_key() {
    let task = held_out();
    let drawn = |seed: u64, domain: KeyDomain| {
        let keys = EnvKeys::new(seed, domain, 0, 4);
        let mut batch = CpuBatch::new(task.clone(), keys, LaneKind::best(), 1).unwrap();
        batch.begin().unwrap();
        batch.block(Block::Info as usize).to_vec()
    };
    let base = drawn(3, KeyDomain::HeldOut);
    assert_eq!(
        base,
        drawn(3, KeyDomain::HeldOut),
        "the same key, the same pieces"
    );
    assert_ne!(base, drawn(4, KeyDomain::HeldOut));
    assert_ne!(base, drawn(3, KeyDomain::Training));
}

#[test]
fn sensor_noise_has_its_spread() {
    // In the air the force is zero: what is read is the bias and the noise, and it is read once per
    // control step. 2 x 64 x 10 readings: the spread of a sample of 1280 is good to 2 %; five times that.
    let task = task_with(|config| config.controller.clearance = 0.02);
    let task = std::sync::Arc::new(task.held_out());
    let law = &task.config().randomisation;
    let mut batch = begun(&task, 128);
    let mut square = 0.0;
    for _ in 0..10 {
        batch.step(&zero(128)).unwrap();
        for env in 0..128 {
            let told = row(&batch, Block::Info, env);
            assert_eq!(told[1], 0.0, "no contact yet");
            let noise = f64::from(told[2] - parameters_of(told)[12]);
            // A sum of four even numbers has no tails beyond sqrt(12) deviations.
            assert!(
                noise.abs() <= law.force_noise * 12.0_f64.sqrt() + 1.0e-6,
                "{noise}"
            );
            square += noise * noise;
        }
    }
    let spread = (square / 1280.0).sqrt();
    println!("noise {spread:.4} N of {}", law.force_noise);
    assert!((spread / law.force_noise - 1.0).abs() < 0.1, "{spread}");
}
