//! `halle run`: episodes with the baseline or a policy.

use std::time::Instant;

use halle_learn::Policy;
use halle_rollout::{Manifest, Occupied, RunFolder, SCHEMA_VERSION, sha256_file};
use halle_tasks::polish::{ACTIONS, Keep, PolishTask, observations};
use serde_json::{Value, json};

use crate::args::Run;
use crate::backend::Chosen;
use crate::cell::Cell;
use crate::facts::{VERSION, command, now, processor, run_folder};
use crate::failure::Failure;
use crate::job::{ENVS_LIMIT, Job};
use crate::judge::{Judge, Pieces, mean, scores, write_episodes, write_rollouts};
use crate::plant;
use crate::progress::Progress;
use crate::report::means;
use crate::stop::Stop;

/// Workpieces where none are given.
const WORKPIECES: usize = 256;

/// Runs the scene: its task if it has one, else the plant.
pub(crate) fn run(given: &Run) -> Result<Option<Value>, Failure> {
    match plant::load(given)? {
        Some(loaded) => plant::run(given, loaded),
        None => episodes(given),
    }
}

/// Runs one episode per workpiece and writes tables and a manifest.
fn episodes(given: &Run) -> Result<Option<Value>, Failure> {
    let stop = Stop::listen();
    let envs = given.envs.unwrap_or(WORKPIECES);
    if envs == 0 || envs as u64 > ENVS_LIMIT {
        let text = format!("setting `envs` is {envs}, must be 1 to {ENVS_LIMIT}");
        return Err(Failure::input(text));
    }
    let cell = Cell::load(&given.scene)?;
    let mut job = Job::read(given.job.as_deref())?;
    job.seed = given.seed.unwrap_or(job.seed);
    job.held_out_envs = envs;
    job.check()?;
    let task = PolishTask::new(cell.model.clone(), job.task.clone())?;
    let policy = given
        .policy
        .as_deref()
        .map(|path| policy(path, &task, &cell))
        .transpose()?;
    let backend = Chosen::resolve(given.common.backend)?;
    let path = run_folder(given.out.as_deref(), &format!("{}-run", cell.name), false)?;
    let folder = RunFolder::create(&path, Occupied::Refuse)?;
    let config = serde_json::to_value(&job)
        .map_err(|error| Failure::ours(format!("settings cannot be written: {error}")))?;
    let mut inputs = cell.inputs.clone();
    if let Some(path) = &given.policy {
        inputs.push(sha256_file(path, &path.display().to_string())?);
    }
    let mut manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        halle_version: VERSION.to_owned(),
        command: command(),
        scene: given.scene.display().to_string(),
        inputs,
        task: given.task.name().to_owned(),
        backend: backend.name().to_owned(),
        device: processor(),
        seed: job.seed,
        envs: envs as u64,
        horizon: task.horizon_steps() as u64,
        config,
        created: now(),
        finished: None,
        outputs: Vec::new(),
    };
    let controller = if policy.is_some() {
        "policy"
    } else {
        "baseline"
    };
    let keep = Keep {
        recorded: given.record,
        maps: 0,
    };
    let judge = Judge::new(&task, backend, given.common.threads, job.seed);
    let mut progress = Progress::new(controller, envs as u64, 0);
    let began = Instant::now();
    let episodes = judge.run(
        policy.as_ref(),
        Pieces::HeldOut,
        envs,
        keep,
        &stop,
        |finished| {
            progress.at(finished as u64, "episodes");
        },
    )?;
    let seconds = began.elapsed().as_secs_f64();
    progress.at(
        envs as u64,
        &format!("score {:.1}", mean(scores(&episodes))),
    );
    progress.finish();
    write_episodes(&folder, "episodes", &[(controller, &episodes)], job.seed)?;
    write_rollouts(
        &folder,
        "rollouts",
        judge.task(),
        &[(controller, &episodes)],
    )?;
    let summary = json!({
        "run": path.display().to_string(),
        "controller": controller,
        "backend": backend.name(),
        "metrics": means(&episodes),
        "control_steps": episodes.control_steps,
        "env_steps_per_s": episodes.control_steps as f64 / seconds,
    });
    folder.write("summary.json", format!("{summary:#}\n").as_bytes())?;
    manifest.finished = Some(now());
    manifest.outputs = folder.hashes(&["episodes.parquet", "rollouts.parquet", "summary.json"])?;
    folder.write_manifest(&manifest)?;
    log::info!("run folder `{}`", path.display());
    Ok(given.common.json.then_some(summary))
}

/// Reads a policy and checks that it fits the task.
fn policy(path: &std::path::Path, task: &PolishTask, cell: &Cell) -> Result<Policy, Failure> {
    let name = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::input(format!("cannot read policy `{name}`: {error}")))?;
    let (policy, about) = Policy::from_onnx(&bytes)
        .map_err(|error| Failure::input(format!("policy `{name}`: {error}")))?;
    let seen = observations(task.model().links.len());
    if policy.observation_dim() != seen.len() || policy.action_dim() != ACTIONS.len() {
        return Err(Failure::input(format!(
            "policy `{name}` maps {} observations to {} actions, the task has {} and {}",
            policy.observation_dim(),
            policy.action_dim(),
            seen.len(),
            ACTIONS.len()
        ))
        .help("train a policy in this scene"));
    }
    let other = about
        .observation
        .iter()
        .zip(&seen)
        .find(|(theirs, ours)| theirs.name != ours.name);
    if let Some((theirs, ours)) = other {
        return Err(Failure::input(format!(
            "policy `{name}` expects observation `{}` where the task gives `{}`",
            theirs.name, ours.name
        )));
    }
    if about.scene_hash != cell.hash {
        log::warn!("policy `{name}` was trained in another scene or another version of this one");
    }
    Ok(policy)
}
