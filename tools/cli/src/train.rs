//! `halle train`: scene in, policy, data and report out.

use std::sync::Arc;
use std::time::Instant;

use halle_learn::Policy;
use halle_rollout::{Manifest, Occupied, RunFolder, SCHEMA_VERSION};
use halle_tasks::polish::{Episodes, Keep, PolishTask};
use serde_json::{Value, json};

use crate::args::Train;
use crate::backend::Chosen;
use crate::cell::Cell;
use crate::facts::{VERSION, command, now, processor, run_folder};
use crate::failure::Failure;
use crate::job::Job;
use crate::judge::{Judge, Pieces, Verdict, mean, scores, write_episodes, write_rollouts};
use crate::progress::{Progress, span};
use crate::report;
use crate::resume::Earlier;
use crate::stop::Stop;
use crate::train_seed::{Pace, SeedFiles, Training};

/// Envs whose control steps and removal maps are kept.
const RECORDED: usize = 4;

/// Trains the policies of a job, judges them, writes the run folder.
pub(crate) fn train(given: &Train) -> Result<Option<Value>, Failure> {
    let began = Instant::now();
    let stop = Stop::listen();
    let cell = Cell::load(&given.scene)?;
    let path = run_folder(given.out.as_deref(), &cell.name, given.resume)?;
    let earlier = if given.resume {
        Some(Earlier::open(&path)?)
    } else {
        None
    };
    let job = resolve(given, earlier.as_ref())?;
    let backend = Chosen::resolve(given.common.backend)?;
    let threads = given.common.threads;
    let task = Arc::new(PolishTask::new(cell.model.clone(), job.task.clone())?);
    if let Some(earlier) = &earlier {
        earlier.check(&cell, backend)?;
        if let Some(summary) = earlier.summary() {
            log::info!(
                "run `{}` has ended; there is nothing to resume",
                path.display()
            );
            return Ok(given.common.json.then_some(summary));
        }
    }
    // From here on the folder is written to.
    let occupied = if given.resume {
        Occupied::Resume
    } else {
        Occupied::Refuse
    };
    let folder = RunFolder::create(&path, occupied)?;
    let mut manifest = match earlier {
        Some(earlier) => earlier.manifest,
        None => new_manifest(given, &cell, &job, backend, &folder)?,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Failure::ours(format!("cannot start threads: {error}")))?;
    log::info!("run folder `{}`", path.display());
    pool.install(|| {
        let judge = Judge::new(&task, backend, threads, job.seed);
        let keep = Keep {
            recorded: RECORDED,
            maps: RECORDED,
        };
        let held_out = job.held_out_envs;
        let baseline = judged(&judge, None, "baseline", held_out, keep, &stop)?;
        let mut led = job.task.clone();
        led.controller.shortfall_gain = job.gauge_gain;
        let led = PolishTask::new(cell.model.clone(), led)?;
        let led = Judge::new(&led, backend, threads, job.seed);
        let gauged = judged(&led, None, "with gauge", held_out, Keep::default(), &stop)?;
        let training = Training {
            folder: &folder,
            job: &job,
            task: &task,
            scene_hash: &cell.hash,
            backend,
            threads,
            baseline_score: mean(scores(&baseline)),
            stop: &stop,
        };
        let mut pace = Pace::default();
        let mut policies: Vec<(u64, Policy)> = Vec::new();
        for k in 0..u64::from(job.policies) {
            let seed = job.seed.wrapping_add(k);
            policies.push((seed, training.policy(seed, given.resume, &mut pace)?));
        }
        let mut verdict = Verdict {
            baseline,
            gauged,
            policies: Vec::new(),
        };
        for (seed, policy) in &policies {
            let name = format!("policy {seed}");
            let run = judged(&judge, Some(policy), &name, held_out, keep, &stop)?;
            verdict.policies.push((*seed, run));
        }
        finish(&folder, &cell, &job, judge.task(), &mut manifest, &verdict)?;
        let seconds = began.elapsed().as_secs_f64();
        let json = outcome(&folder, &manifest, &job, &verdict, pace, seconds);
        folder.write("summary.json", format!("{json:#}\n").as_bytes())?;
        let page = folder.file("report.html");
        log::info!("done in {}: open `{}`", span(seconds), page.display());
        Ok(given.common.json.then_some(json))
    })
}

/// Settings of the command line over those of the job file, or of the run to resume, which may not
/// change them.
fn resolve(given: &Train, earlier: Option<&Earlier>) -> Result<Job, Failure> {
    let mut job = match (earlier, &given.job) {
        (Some(earlier), None) => earlier.job.clone(),
        (_, path) => Job::read(path.as_deref())?,
    };
    job.seed = given.seed.unwrap_or(job.seed);
    job.policies = given.policies.unwrap_or(job.policies);
    job.envs = given.envs.unwrap_or(job.envs);
    job.iterations = given.iterations.unwrap_or(job.iterations);
    job.check()?;
    earlier.map_or(Ok(()), |earlier| earlier.check_job(&job))?;
    Ok(job)
}

fn new_manifest(
    given: &Train,
    cell: &Cell,
    job: &Job,
    backend: Chosen,
    folder: &RunFolder,
) -> Result<Manifest, Failure> {
    let config = serde_json::to_value(job)
        .map_err(|error| Failure::ours(format!("settings cannot be written: {error}")))?;
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        halle_version: VERSION.to_owned(),
        command: command(),
        scene: given.scene.display().to_string(),
        inputs: cell.inputs.clone(),
        task: given.task.name().to_owned(),
        backend: backend.name().to_owned(),
        device: processor(),
        seed: job.seed,
        envs: job.envs as u64,
        horizon: job.learner.horizon as u64,
        config,
        created: now(),
        finished: None,
        outputs: Vec::new(),
    };
    folder.write_manifest(&manifest)?;
    Ok(manifest)
}

fn judged(
    judge: &Judge,
    policy: Option<&Policy>,
    what: &str,
    count: usize,
    keep: Keep,
    stop: &Stop,
) -> Result<Episodes, Failure> {
    let mut progress = Progress::new(&format!("judge {what}"), count as u64, 0);
    let run = judge.run(policy, Pieces::HeldOut, count, keep, stop, |finished| {
        progress.at(finished as u64, "episodes");
    })?;
    progress.at(count as u64, &format!("score {:.1}", mean(scores(&run))));
    progress.finish();
    Ok(run)
}

/// Writes tables, pictures, report, and the manifest that names them.
fn finish(
    folder: &RunFolder,
    cell: &Cell,
    job: &Job,
    task: &PolishTask,
    manifest: &mut Manifest,
    verdict: &Verdict,
) -> Result<(), Failure> {
    let runs = &verdict.policies;
    let names: Vec<String> = runs
        .iter()
        .map(|(seed, _)| format!("policy-{seed}"))
        .collect();
    let mut all: Vec<(&str, &Episodes)> = vec![
        ("baseline", &verdict.baseline),
        ("baseline-gauged", &verdict.gauged),
    ];
    all.extend(
        names
            .iter()
            .map(String::as_str)
            .zip(runs.iter().map(|(_, run)| run)),
    );
    write_episodes(folder, "episodes", &all, job.seed)?;
    write_rollouts(folder, "rollouts", task, &all)?;
    report::write_pictures(folder, cell, task, verdict.first(), job.picture_width)?;
    manifest.finished = Some(now());
    report::write(folder, cell, job, task, manifest, verdict)?;
    let mut outputs = vec!["episodes.parquet".to_owned(), "rollouts.parquet".to_owned()];
    let pictures = ["cell.png", "removal.png"].into_iter();
    outputs.extend(
        pictures
            .filter(|name| folder.file(name).exists())
            .map(str::to_owned),
    );
    outputs.extend(["report.json", "report.html"].map(str::to_owned));
    for (seed, _) in runs {
        let files = SeedFiles::of(job, *seed);
        outputs.extend([files.policy, files.metrics]);
    }
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    manifest.outputs = folder.hashes(&outputs)?;
    folder.write_manifest(manifest)?;
    Ok(())
}

fn outcome(
    folder: &RunFolder,
    manifest: &Manifest,
    job: &Job,
    verdict: &Verdict,
    pace: Pace,
    seconds: f64,
) -> Value {
    let per_second = |seconds: f64| {
        if seconds > 0.0 {
            pace.samples as f64 / seconds
        } else {
            0.0
        }
    };
    let policies: Vec<Value> = verdict
        .policies
        .iter()
        .map(|(seed, run)| json!({ "seed": seed, "metrics": report::means(run) }))
        .collect();
    let first = manifest
        .outputs
        .iter()
        .find(|file| file.path == "policy.onnx");
    json!({
        "run": folder.path().display().to_string(),
        "task": manifest.task,
        "backend": manifest.backend,
        "device": manifest.device,
        "envs": job.envs,
        "iterations": job.iterations,
        "held_out_workpieces": job.held_out_envs,
        "baseline": report::means(&verdict.baseline),
        "baseline_with_gauge": report::means(&verdict.gauged),
        "policies": policies,
        "policy_sha256": first.map(|file| file.sha256.clone()),
        "env_steps": pace.samples,
        "env_steps_per_s": per_second(pace.seconds),
        "env_steps_per_s_without_learning": per_second(pace.env_seconds),
        "seconds": seconds,
    })
}
