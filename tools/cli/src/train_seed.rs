//! One policy, trained from one seed, with checkpoints.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use halle_learn::{Checkpoint, IterationStats, Learner, Policy, VecEnv as _};
use halle_rollout::{MetricsLog, RunFolder};
use halle_sim::{EnvKeys, KeyDomain};
use halle_tasks::polish::{Keep, PolishEnvs, PolishTask};
use serde_json::json;

use crate::backend::Chosen;
use crate::failure::Failure;
use crate::job::Job;
use crate::judge::{Judge, Pieces, mean, metadata, scores};
use crate::progress::Progress;
use crate::stop::Stop;

/// Everything that all policies of a run share.
pub(crate) struct Training<'a> {
    pub(crate) folder: &'a RunFolder,
    pub(crate) job: &'a Job,
    pub(crate) task: &'a Arc<PolishTask>,
    pub(crate) scene_hash: &'a str,
    pub(crate) backend: Chosen,
    pub(crate) threads: usize,
    pub(crate) baseline_score: f64,
    pub(crate) stop: &'a Stop,
}

/// Files of one policy, relative to the run folder.
pub(crate) struct SeedFiles {
    pub(crate) policy: String,
    pub(crate) metrics: String,
    pub(crate) checkpoint: String,
}

impl SeedFiles {
    /// The first policy of a run lies at the top, the others in folders of their own.
    pub(crate) fn of(job: &Job, seed: u64) -> Self {
        let place = if seed == job.seed {
            String::new()
        } else {
            format!("seed-{seed}/")
        };
        Self {
            policy: format!("{place}policy.onnx"),
            metrics: format!("{place}metrics.jsonl"),
            checkpoint: format!("{place}checkpoint.safetensors"),
        }
    }
}

/// What a training was like, as far as it ran in this process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    /// Control steps learned from.
    pub(crate) samples: u64,
    /// Wall time of iterations \[s\].
    pub(crate) seconds: f64,
    /// Share of it inside the envs \[s\].
    pub(crate) env_seconds: f64,
}

impl Training<'_> {
    /// Trains the policy of a seed, or goes on where its checkpoint or its finished file says.
    pub(crate) fn policy(
        &self,
        seed: u64,
        resume: bool,
        pace: &mut Pace,
    ) -> Result<Policy, Failure> {
        let files = SeedFiles::of(self.job, seed);
        let finished = self.folder.file(&files.policy);
        if resume && finished.exists() {
            let bytes = self.folder.read(&files.policy)?;
            let (policy, _) = Policy::from_onnx(&bytes).map_err(|error| {
                Failure::input(format!("policy `{}`: {error}", finished.display()))
                    .help("remove it, and `--resume` trains it again")
            })?;
            return Ok(policy);
        }
        if let Some(folder) = finished.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                Failure::input(format!(
                    "cannot make folder `{}`: {error}",
                    folder.display()
                ))
            })?;
        }
        let (mut learner, mut envs) = self.start(seed, resume, &files)?;
        self.learn(seed, &mut learner, &mut envs, &files, pace)?;
        let policy = learner.policy();
        let mut about = metadata(self.task, self.scene_hash);
        about.training.insert("seed".to_owned(), seed.to_string());
        about
            .training
            .insert("iterations".to_owned(), learner.iteration().to_string());
        about
            .training
            .insert("envs".to_owned(), self.job.envs.to_string());
        about.training.insert(
            "kind".to_owned(),
            "residual over the scripted controller".to_owned(),
        );
        self.folder.write(&files.policy, &policy.to_onnx(&about)?)?;
        self.drop_checkpoint(&files);
        Ok(policy)
    }

    fn checkpoint_path(&self, files: &SeedFiles) -> PathBuf {
        self.folder.file(&files.checkpoint)
    }

    /// A finished policy needs no checkpoint; one that cannot be removed does no harm.
    fn drop_checkpoint(&self, files: &SeedFiles) {
        if let Err(error) = std::fs::remove_file(self.checkpoint_path(files)) {
            log::debug!("checkpoint stays: {error}");
        }
    }

    fn start(
        &self,
        seed: u64,
        resume: bool,
        files: &SeedFiles,
    ) -> Result<(Learner, PolishEnvs), Failure> {
        let job = self.job;
        let keys = EnvKeys::new(seed, KeyDomain::Training, 0, job.envs);
        let batch = self.backend.batch(self.task, keys, self.threads)?;
        let mut envs = PolishEnvs::new(batch)?;
        let path = self.checkpoint_path(files);
        if resume && path.exists() {
            let checkpoint = Checkpoint::load(&path)?;
            let same_seed = checkpoint.seed() == seed;
            if !same_seed || checkpoint.config() != &job.learner {
                return Err(Failure::input(format!(
                    "checkpoint `{}` belongs to another job",
                    path.display()
                ))
                .help("resume with the settings of its manifest, or train into another folder"));
            }
            let learner = checkpoint.resume(self.scene_hash, &mut envs)?;
            log::info!(
                "seed {seed}: goes on after iteration {}",
                learner.iteration()
            );
            return Ok((learner, envs));
        }
        let learner = Learner::new(
            job.learner.clone(),
            envs.observation_dim(),
            envs.action_dim(),
            job.envs,
            seed,
        )?;
        envs.warm_up(job.warm_up)?;
        Ok((learner, envs))
    }

    fn learn(
        &self,
        seed: u64,
        learner: &mut Learner,
        envs: &mut PolishEnvs,
        files: &SeedFiles,
        pace: &mut Pace,
    ) -> Result<(), Failure> {
        let job = self.job;
        let log_path = self.folder.file(&files.metrics);
        let mut log = if learner.iteration() > 0 {
            MetricsLog::resume(&log_path, learner.iteration() + 1)?
        } else {
            MetricsLog::create(&log_path)?
        };
        let judge = Judge::new(self.task, self.backend, self.threads, job.seed);
        let mut progress = Progress::new(
            &format!("train seed {seed}"),
            job.iterations,
            learner.iteration(),
        );
        let mut score = f64::NAN;
        // Results do not depend on it.
        let every = Duration::from_secs_f64(job.checkpoint_seconds);
        let mut saved = Instant::now();
        while learner.iteration() < job.iterations {
            let before = Instant::now();
            let stats = learner.iterate(envs)?;
            pace.samples += stats.samples as u64;
            pace.seconds += before.elapsed().as_secs_f64();
            pace.env_seconds += stats.env_seconds;
            let last = stats.iteration == job.iterations;
            if job.validate_every > 0 && (stats.iteration % job.validate_every == 0 || last) {
                let policy = learner.policy();
                let run = judge.run(
                    Some(&policy),
                    Pieces::Validation,
                    job.validation_envs,
                    Keep::default(),
                    // A resumed training must leave the same log: the evaluation is never cut short.
                    &Stop::never(),
                    |_| (),
                )?;
                score = mean(scores(&run));
                note(&mut log, &stats, Some(score))?;
            } else {
                note(&mut log, &stats, None)?;
            }
            let rate = stats.samples as f64 / before.elapsed().as_secs_f64();
            progress.at(stats.iteration, &self.line(rate, &stats, score));
            if self.stop.asked() || saved.elapsed() >= every {
                let user = json!({ "task": job.task });
                let checkpoint = Checkpoint::of(learner, envs, self.scene_hash, user);
                checkpoint.save(&self.checkpoint_path(files))?;
                saved = Instant::now();
            }
            if self.stop.asked() && !last {
                progress.finish();
                return Err(Failure::interrupted(format!(
                    "stopped after iteration {} of seed {seed}; checkpoint saved in `{}`",
                    stats.iteration,
                    self.folder.path().display()
                ))
                .help("the same command with `--resume` goes on"));
            }
        }
        progress.finish();
        Ok(())
    }

    fn line(&self, rate: f64, stats: &IterationStats, score: f64) -> String {
        let score = if score.is_nan() {
            String::new()
        } else {
            format!(", score {score:.1} (baseline {:.1})", self.baseline_score)
        };
        format!(
            "{:.0} k env-steps/s, reward {:+.3}{score}",
            rate / 1.0e3,
            stats.mean_reward
        )
    }
}

/// Writes a line of the log; wall times stay out, so that the same training leaves the same log.
fn note(log: &mut MetricsLog, stats: &IterationStats, score: Option<f64>) -> Result<(), Failure> {
    let mut values = vec![
        ("env_steps", stats.iteration as f64 * stats.samples as f64),
        ("mean_reward", stats.mean_reward),
        ("episodes", stats.episodes as f64),
        ("surrogate_loss", stats.surrogate_loss),
        ("value_loss", stats.value_loss),
        ("kl", stats.kl),
        ("clip_fraction", stats.clip_fraction),
        ("gradient_norm", stats.gradient_norm),
        ("learning_rate", f64::from(stats.learning_rate)),
        ("entropy", stats.entropy),
        ("std", stats.mean_std),
        ("explained_variance", stats.explained_variance),
    ];
    let optional = [
        ("episode_return", stats.mean_episode_return),
        ("episode_length", stats.mean_episode_length),
        ("score", score),
    ];
    values.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    log.append(stats.iteration, &values)?;
    Ok(())
}
