//! `halle bench physics`: how fast an articulated system steps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use halle_dynamics::tree::{SolverOptions, Tree};
use halle_model::articulated::System;
use halle_sim::{Batch as _, CpuBatch, EnvKeys, KeyDomain};
use halle_tasks::physics::Physics;
use halle_world::articulate_at;
use halle_world::components::Keyframes;
use serde_json::{Value, json};

use crate::args::BenchPhysics;
use crate::facts::{VERSION, now, processor};
use crate::failure::Failure;

/// Longest measurement \[s\].
const SECONDS_LIMIT: f64 = 600.0;
/// Sets of control signals, so that drawing them is not measured.
const SETS: usize = 16;

/// Measures and returns the JSON, which is always printed.
pub(crate) fn bench_physics(given: &BenchPhysics) -> Result<Option<Value>, Failure> {
    if given.envs == 0 || given.substeps == 0 {
        let name = if given.envs == 0 { "envs" } else { "substeps" };
        return Err(Failure::input(format!(
            "setting `{name}` is 0, must be at least 1"
        )));
    }
    if !(given.seconds > 0.0 && given.seconds <= SECONDS_LIMIT) {
        let text = format!(
            "setting `seconds` is {}, must be above 0, at most 600",
            given.seconds
        );
        return Err(Failure::input(text));
    }
    if !(given.noise.is_finite() && given.episode > 0.0) {
        return Err(Failure::input(
            "settings `noise` and `episode` must be numbers, `episode` above 0",
        ));
    }
    let began = Instant::now();
    let (world, _) = halle_scenes::load(&given.model)?;
    let frame = world
        .get_resource::<Keyframes>()
        .and_then(|all| all.0.first());
    let name = frame.map(|frame| frame.name.clone());
    let (system, findings) = articulate_at(&world, name.as_deref())?;
    let default = SolverOptions::default();
    let options = SolverOptions {
        sweeps: given.sweeps.unwrap_or(default.sweeps),
        tolerance: given.tolerance.unwrap_or(default.tolerance),
    };
    let program = Arc::new(Physics::new(Tree::new(system), given.substeps, options));
    let loaded = began.elapsed().as_secs_f64();
    let cores = std::thread::available_parallelism().map_or(1, core::num::NonZero::get);
    let counts = match given.threads {
        0 if cores > 1 => vec![1, cores],
        0 => vec![1],
        some => vec![some],
    };
    let mut rates = Vec::new();
    for threads in counts {
        rates.push(measure(&program, given, threads)?);
    }
    let system = program.tree().system();
    let layout = halle_sim::Program::layout(&*program);
    Ok(Some(json!({
        "halle_version": VERSION,
        "date": now(),
        "machine": processor(),
        "model": given.model.display().to_string(),
        "keyframe": name,
        "findings": findings.findings().len(),
        "links": system.links.len(),
        "dofs": system.dof_count(),
        "actuators": system.actuators.len(),
        "pairs": system.pairs.len(),
        "time_step_s": system.time_step,
        "substeps": given.substeps,
        "envs": given.envs,
        "sweeps_at_most": options.sweeps,
        "tolerance": options.tolerance,
        "load_and_compile_s": loaded,
        "state_bytes_per_env": layout.state * 4,
        "rates": rates,
    })))
}

/// Steps per second of a batch under random control signals: median and range of rounds.
fn measure(program: &Arc<Physics>, given: &BenchPhysics, threads: usize) -> Result<Value, Failure> {
    let keys = EnvKeys::new(1, KeyDomain::Training, 0, given.envs);
    let made = Instant::now();
    let mut batch = CpuBatch::widest(program.clone(), keys, threads)?;
    batch.begin()?;
    let sets: Vec<Vec<f32>> = (0..SETS)
        .map(|k| {
            controls(
                program.tree().system(),
                given,
                batch.layout().action,
                k as u32,
            )
        })
        .collect();
    batch.step(&sets[0])?;
    let first = made.elapsed().as_secs_f64();
    let per_step = program.tree().system().time_step * given.substeps as f64;
    let episode = (given.episode / per_step).ceil().max(1.0) as usize;
    let span = Duration::from_secs_f64(given.seconds);
    let (mut rates, mut contacts, mut deepest, mut samples) = (Vec::new(), 0.0, 0.0_f64, 0);
    let mut faults = 0;
    let began = Instant::now();
    let mut done = 1;
    while began.elapsed() < span || rates.len() < given.rounds {
        let round = Instant::now();
        for set in &sets {
            if done % episode == 0 {
                batch.begin()?;
            }
            batch.step(set)?;
            done += 1;
        }
        let steps = (SETS * given.envs * given.substeps) as f64;
        rates.push(steps / round.elapsed().as_secs_f64());
        for touch in batch.block(1).chunks(3) {
            contacts += f64::from(touch[0]);
            deepest = deepest.max(f64::from(touch[2]));
            samples += 1;
        }
        faults = faults.max(batch.block(2).iter().filter(|x| **x > 0.0).count());
    }
    rates.sort_by(f64::total_cmp);
    Ok(json!({
        "device": batch.device(),
        "threads": threads,
        "env_steps_per_s": rates[rates.len() / 2],
        "range": [rates[0], rates[rates.len() - 1]],
        "rounds": rates.len(),
        "until_first_step_s": first,
        "contacts_per_env": contacts / f64::from(samples.max(1)),
        "deepest_m": deepest,
        "faulty_envs": faults,
    }))
}

/// Control signals about those of the start, one row per env.
fn controls(system: &System, given: &BenchPhysics, width: usize, set: u32) -> Vec<f32> {
    let mut out = Vec::with_capacity(given.envs * width);
    for env in 0..given.envs {
        for k in 0..width {
            let [word, ..] = halle_learn::pcg4d([env as u32, k as u32, set, 7]);
            let draw = f64::from(word >> 8) / 8_388_608.0 - 1.0;
            let Some(actuator) = system.actuators.get(k) else {
                out.push(0.0);
                continue;
            };
            let [low, high] = actuator.control_range;
            let half = if low.is_finite() && high.is_finite() {
                0.5 * (high - low)
            } else {
                1.0
            };
            out.push((actuator.start_control + given.noise * half * draw) as f32);
        }
    }
    out
}
