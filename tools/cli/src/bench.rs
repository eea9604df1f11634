//! `halle bench`: speed as JSON.

use std::sync::Arc;
use std::time::{Duration, Instant};

use halle_learn::{Learner, VecEnv as _};
use halle_sim::{Batch, CpuBatch, EnvKeys, KeyDomain, LaneKind, record_program};
use halle_tasks::polish::{ACTION_COUNT, PolishEnvs, PolishTask};
use serde_json::{Value, json};

use crate::args::{Bench, OtherBench};
use crate::backend::Chosen;
use crate::bench_physics::bench_physics;
use crate::bench_scenes::bench_scenes;
use crate::cell::Cell;
use crate::facts::{VERSION, now, processor};
use crate::failure::Failure;
use crate::job::Job;

/// Longest measurement \[s\].
const SECONDS_LIMIT: f64 = 600.0;

/// Measures and returns the JSON, which is always printed.
pub(crate) fn bench(given: &Bench) -> Result<Option<Value>, Failure> {
    match &given.other {
        Some(OtherBench::Scenes(scenes)) => return bench_scenes(scenes),
        Some(OtherBench::Physics(physics)) => return bench_physics(physics),
        None => {}
    }
    if given.envs == 0 {
        return Err(Failure::input("setting `envs` is 0, must be at least 1"));
    }
    if !(given.seconds > 0.0 && given.seconds <= SECONDS_LIMIT) {
        let text = format!(
            "setting `seconds` is {}, must be above 0, at most 600",
            given.seconds
        );
        return Err(Failure::input(text));
    }
    let cell = Cell::load(&given.scene)?;
    let job = Job {
        seed: given.seed,
        envs: given.envs,
        ..Job::default()
    };
    let task = Arc::new(PolishTask::new(cell.model.clone(), job.task.clone())?);
    job.check()?;
    let backend = Chosen::resolve(given.common.backend)?;
    let span = Duration::from_secs_f64(given.seconds);
    let keys = || EnvKeys::new(given.seed, KeyDomain::Training, 0, given.envs);
    let mut physics = Vec::new();
    match backend {
        Chosen::Cpu => {
            let cores = std::thread::available_parallelism().map_or(1, core::num::NonZero::get);
            let mut counts = vec![1];
            if cores > 1 && given.common.threads == 0 {
                counts.push(cores);
            } else if given.common.threads > 1 {
                counts = vec![given.common.threads];
            }
            for threads in counts {
                let mut batch = CpuBatch::new(task.clone(), keys(), LaneKind::best(), threads)?;
                physics.push(steps(&mut batch, span)?);
            }
        }
        Chosen::Gpu { .. } => {
            let mut batch = backend.batch(&task, keys(), given.common.threads)?;
            physics.push(steps(&mut *batch, span)?);
        }
    }
    let learning = learning(&job, &task, backend, given.common.threads, span)?;
    let (printed, executed) = record_program(&*task).step.operation_totals();
    Ok(Some(json!({
        "halle_version": VERSION,
        "date": now(),
        "machine": processor(),
        "scene": given.scene.display().to_string(),
        "envs": given.envs,
        "substeps_per_control_step":
            (1.0 / (task.config().control_rate * task.model().time_step)).round(),
        "operations_per_control_step": executed,
        "operations_in_kernel": printed,
        "physics_with_task": physics,
        "with_learning": learning,
    })))
}

/// Control steps per second of a batch under random actions: median and range of rounds.
fn steps(batch: &mut dyn Batch, span: Duration) -> Result<Value, Failure> {
    /// Sets of actions, so that drawing them is not measured.
    const SETS: usize = 8;
    let count = batch.env_count() * ACTION_COUNT;
    let sets: Vec<Vec<f32>> = (0..SETS).map(|k| random_actions(count, k as u32)).collect();
    batch.begin()?;
    for set in &sets {
        batch.step(set)?;
    }
    let mut rates = Vec::new();
    let began = Instant::now();
    while began.elapsed() < span || rates.len() < 5 {
        let round = Instant::now();
        for set in &sets {
            batch.step(set)?;
        }
        rates.push((SETS * batch.env_count()) as f64 / round.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    Ok(json!({
        "device": batch.device(),
        "control_steps_per_s": rates[rates.len() / 2],
        "range": [rates[0], rates[rates.len() - 1]],
        "rounds": rates.len(),
    }))
}

fn random_actions(count: usize, set: u32) -> Vec<f32> {
    (0..count as u32)
        .map(|k| {
            let [word, ..] = halle_learn::pcg4d([k, set, 0, 0]);
            (word >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

/// Control steps per second through envs, policy and learning.
fn learning(
    job: &Job,
    task: &Arc<PolishTask>,
    backend: Chosen,
    threads: usize,
    span: Duration,
) -> Result<Value, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Failure::ours(format!("cannot start threads: {error}")))?;
    pool.install(|| {
        let keys = EnvKeys::new(job.seed, KeyDomain::Training, 0, job.envs);
        let mut envs = PolishEnvs::new(backend.batch(task, keys, threads)?)?;
        let (seen, acts) = (envs.observation_dim(), envs.action_dim());
        let mut learner = Learner::new(job.learner.clone(), seen, acts, job.envs, job.seed)?;
        learner.iterate(&mut envs)?;
        let mut rates = Vec::new();
        let (mut env, mut policy, mut learn) = (0.0, 0.0, 0.0);
        let began = Instant::now();
        while began.elapsed() < span || rates.len() < 3 {
            let round = Instant::now();
            let stats = learner.iterate(&mut envs)?;
            rates.push(stats.samples as f64 / round.elapsed().as_secs_f64());
            env += stats.env_seconds;
            policy += stats.policy_seconds;
            learn += stats.learn_seconds;
        }
        rates.sort_by(f64::total_cmp);
        let all = env + policy + learn;
        Ok(json!({
            "control_steps_per_s": rates[rates.len() / 2],
            "range": [rates[0], rates[rates.len() - 1]],
            "iterations": rates.len(),
            "share": { "envs": env / all, "policy": policy / all, "learning": learn / all },
        }))
    })
}
