//! The GPU backend against the CPU backend.

use std::sync::Arc;

use halle_gpu::{DeviceChoice, TestDevice, test_device};
use halle_sim::{Batch, GpuBatch};
use halle_tasks::polish::{Block, INFO, Keep, PARAMETERS, PolishTask, observations, run_episodes};

use crate::fixture::{batch, begun, held_out, keys, restless, row, same_episode, zero};

const ENVS: usize = 16;

/// A batch on the device of tests, or none after a line that says why.
fn gpu(task: &Arc<PolishTask>) -> Option<GpuBatch> {
    match test_device().unwrap() {
        TestDevice::Skip(why) => {
            println!("{why}");
            None
        }
        TestDevice::Run(_) => {
            Some(GpuBatch::new(task, &keys(0, ENVS), &DeviceChoice::Any).unwrap())
        }
    }
}

/// How far a number of a block may be off after one control step from the same state.
///
/// WGSL grants division 2.5 units in the last place, contracts and reassociates: 1e-7 of a joint angle is
/// 1.5e-7 m at the pad, which presses with 2e4 N/m: 3e-3 N, and some of that in every substep.
fn limit(name: &str) -> f32 {
    match name {
        "force" | "force_measured" | "force_peak" => 0.05,
        "force_square_sum" => 0.5,
        "force_error" | "force_error_filtered" | "force_change" => 2.5e-3,
        "work" => 2.0e-3,
        name if name.starts_with("tilt_moment") => 2.5e-3,
        _ => 1.0e-4,
    }
}

/// Share of cells or one control step: what a number at the edge of a band moves by when it falls on the other
/// side of it.
fn edge(name: &str, cells: usize) -> f32 {
    match name {
        "coverage" | "over_polished" => 1.01 / cells as f32,
        "band_steps" => 1.0,
        _ => 0.0,
    }
}

fn compare(gpu: &dyn Batch, cpu: &dyn Batch, task: &PolishTask, phase: usize) {
    let seen: Vec<&str> = observations(task.start().len())
        .into_iter()
        .map(|quantity| quantity.name)
        .collect();
    let told: Vec<&str> = INFO
        .iter()
        .chain(&PARAMETERS)
        .map(|(name, _)| *name)
        .collect();
    for (block, names) in [
        (Block::Observation, &seen),
        (Block::FinalObservation, &seen),
        (Block::Info, &told),
    ] {
        for (k, name) in names.iter().enumerate() {
            let mut worst = 0.0_f32;
            for env in 0..ENVS {
                let (a, b) = (row(gpu, block, env)[k], row(cpu, block, env)[k]);
                worst = worst.max((a - b).abs() / b.abs().max(1.0));
            }
            let limit = limit(name) + edge(name, task.grid().len());
            assert!(
                worst < limit,
                "control step {phase}, {block:?}, {name}: {worst:e}"
            );
        }
    }
    assert_eq!(
        gpu.block(Block::Ended as usize),
        cpu.block(Block::Ended as usize),
        "control step {phase}: the same ends"
    );
    // A cell that falls on the other side of a band moves the reward by its weight over the number of
    // cells; the force term is at most 0.01 x 9 and flat.
    let weights = &task.config().reward;
    let cell = (weights.coverage + weights.over) as f32 / task.grid().len() as f32;
    for env in 0..ENVS {
        let off = row(gpu, Block::Reward, env)[0] - row(cpu, Block::Reward, env)[0];
        assert!(
            off.abs() < 2.0e-3 + cell,
            "control step {phase}, reward: {off:e}"
        );
    }
}

#[test]
fn gpu_control_step_agrees_from_the_same_state() {
    let task = held_out();
    let Some(mut gpu) = gpu(&task) else { return };
    let mut cpu = begun(&task, ENVS);
    gpu.begin().unwrap();
    compare(&gpu, &cpu, &task, 0);
    // Approach, first contact, the first line, between lines, the middle and the end of the raster.
    for step in 1..=900 {
        let ordinary = step != 300 && step != 501;
        let actions = if ordinary {
            zero(ENVS)
        } else {
            restless(0, ENVS, step)
        };
        let compared = [1, 2, 5, 10, 20, 60, 130, 300, 501, 700, 800, 850, 900].contains(&step);
        if compared {
            gpu.restore(&cpu.save().unwrap()).unwrap();
            gpu.step(&actions).unwrap();
        }
        cpu.step(&actions).unwrap();
        if compared {
            compare(&gpu, &cpu, &task, step);
        }
    }
}

#[test]
fn gpu_baseline_episode_has_the_metrics_of_the_cpu() {
    let task = held_out();
    let Some(mut gpu) = gpu(&task) else { return };
    let episodes = |batch: &mut dyn Batch| {
        run_episodes(&task, batch, Keep::default(), |_, a| a.fill(0.0), |_| true)
            .unwrap()
            .episodes
    };
    let on_gpu = episodes(&mut gpu);
    let on_cpu = episodes(&mut batch(&task, ENVS));
    assert_eq!(on_gpu.len(), ENVS);
    for (a, b) in on_gpu.iter().zip(&on_cpu) {
        same_episode(&b.metrics, &a.metrics);
    }
}
