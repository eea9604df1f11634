//! Episodes on workpieces that no policy learned from.

use std::sync::Arc;

use halle_learn::{Channel, OnnxMetadata, Policy};
use halle_rollout::{Column, RunFolder, Segments, Table, Values};
use halle_sim::{EnvKeys, KeyDomain};
use halle_tasks::polish::{
    ACTIONS, Episodes, INFO, Keep, METRICS, PARAMETERS, PolishTask, Quantity, observations,
    run_episodes,
};

use crate::backend::Chosen;
use crate::failure::Failure;
use crate::stop::Stop;

/// Envs of validation workpieces start here, so that none is a held-out one.
const VALIDATION_START: u32 = 1 << 24;

/// Which workpieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pieces {
    /// For the learning curve.
    Validation,
    /// For the verdict.
    HeldOut,
}

/// What runs the episodes.
pub(crate) struct Judge {
    /// The task on held-out shapes.
    task: Arc<PolishTask>,
    backend: Chosen,
    threads: usize,
    seed: u64,
}

impl Judge {
    /// Episodes of the task, keyed by the seed.
    pub(crate) fn new(task: &PolishTask, backend: Chosen, threads: usize, seed: u64) -> Self {
        Self {
            task: Arc::new(task.held_out()),
            backend,
            threads,
            seed,
        }
    }

    /// The task on held-out shapes.
    pub(crate) fn task(&self) -> &PolishTask {
        &self.task
    }

    /// One episode per workpiece under a policy, or under the scripted baseline.
    pub(crate) fn run(
        &self,
        policy: Option<&Policy>,
        pieces: Pieces,
        count: usize,
        keep: Keep,
        stop: &Stop,
        mut progress: impl FnMut(usize),
    ) -> Result<Episodes, Failure> {
        let start = if pieces == Pieces::Validation {
            VALIDATION_START
        } else {
            0
        };
        let keys = EnvKeys::new(self.seed, KeyDomain::HeldOut, start, count);
        let mut batch = self.backend.batch(&self.task, keys, self.threads)?;
        let act = |seen: &[f32], actions: &mut [f32]| match policy {
            Some(policy) => policy.act(seen, actions),
            None => actions.fill(0.0),
        };
        let episodes = run_episodes(&self.task, &mut *batch, keep, act, |finished| {
            progress(finished);
            !stop.asked()
        })?;
        if stop.asked() {
            return Err(Failure::interrupted("stopped while episodes ran")
                .help("`halle train` goes on with `--resume`; `halle run` begins anew"));
        }
        Ok(episodes)
    }
}

/// Episodes of every controller on the same held-out workpieces.
pub(crate) struct Verdict {
    /// The scripted controller.
    pub(crate) baseline: Episodes,
    /// The scripted controller with its feed led by the gauge that the policies see.
    pub(crate) gauged: Episodes,
    /// Each policy, by its seed.
    pub(crate) policies: Vec<(u64, Episodes)>,
}

impl Verdict {
    /// Episodes of the first policy.
    pub(crate) fn first(&self) -> &Episodes {
        self.policies.first().map_or(&self.baseline, |(_, run)| run)
    }
}

/// Mean of a metric over episodes.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values
        .into_iter()
        .fold((0.0, 0.0), |(s, n), v| (s + v, n + 1.0));
    sum / f64::max(count, 1.0)
}

/// The score of each episode.
pub(crate) fn scores(episodes: &Episodes) -> impl Iterator<Item = f64> + '_ {
    episodes
        .episodes
        .iter()
        .map(|episode| episode.metrics.score)
}

/// What a policy file tells of its inputs and outputs.
pub(crate) fn metadata(task: &PolishTask, scene_hash: &str) -> OnnxMetadata {
    let channel = |q: &Quantity| Channel {
        name: q.name.to_owned(),
        unit: q.unit.to_owned(),
    };
    OnnxMetadata {
        task: "polish".to_owned(),
        scene_hash: scene_hash.to_owned(),
        control_rate: task.config().control_rate,
        observation: observations(task.model().links.len())
            .iter()
            .map(channel)
            .collect(),
        action: ACTIONS.iter().map(channel).collect(),
        ..OnnxMetadata::default()
    }
}

/// The columns that say whose row it is; every env is judged on its first episode.
fn row_names<'r>(rows: impl Iterator<Item = (&'r str, usize)>) -> Vec<Column> {
    let (controllers, envs): (Vec<String>, Vec<i64>) = rows
        .map(|(name, env)| (name.to_owned(), env as i64))
        .unzip();
    let episodes = vec![0; envs.len()];
    vec![
        Column::new("controller", "", Values::Text(controllers)),
        Column::new("env", "", Values::I64(envs)),
        Column::new("episode", "", Values::I64(episodes)),
    ]
}

/// Writes a table in one piece.
fn write_whole(folder: &RunFolder, name: &str, columns: Vec<Column>) -> Result<(), Failure> {
    let segments = Segments::new(folder, name);
    segments.write(0, &Table::new(columns)?)?;
    segments.finish()?;
    Ok(())
}

/// Writes one row per episode.
pub(crate) fn write_episodes(
    folder: &RunFolder,
    name: &str,
    controllers: &[(&str, &Episodes)],
    seed: u64,
) -> Result<(), Failure> {
    let rows: Vec<_> = controllers
        .iter()
        .flat_map(|(name, run)| run.episodes.iter().map(move |episode| (*name, episode)))
        .collect();
    let mut columns = row_names(rows.iter().map(|(name, e)| (*name, e.env)));
    columns.push(Column::new(
        "seed",
        "",
        Values::I64(vec![seed.cast_signed(); rows.len()]),
    ));
    for (k, (name, unit)) in PARAMETERS.iter().enumerate() {
        let values = rows.iter().map(|(_, e)| e.parameters[k]).collect();
        columns.push(Column::new(*name, *unit, Values::F32(values)));
    }
    for (k, metric) in METRICS.iter().enumerate() {
        let values = rows.iter().map(|(_, e)| e.metrics.values()[k]).collect();
        columns.push(Column::new(metric.name, metric.unit, Values::F64(values)));
    }
    let completed = rows.iter().map(|(_, e)| e.metrics.completed).collect();
    columns.push(Column::new("completed", "", Values::Bool(completed)));
    let faults = rows
        .iter()
        .map(|(_, e)| i64::from(e.metrics.fault))
        .collect();
    columns.push(Column::new("fault", "bits", Values::I64(faults)));
    let returns = rows.iter().map(|(_, e)| e.total_reward).collect();
    columns.push(Column::new("total_reward", "", Values::F64(returns)));
    write_whole(folder, name, columns)
}

/// Writes one row per recorded control step.
pub(crate) fn write_rollouts(
    folder: &RunFolder,
    name: &str,
    task: &PolishTask,
    controllers: &[(&str, &Episodes)],
) -> Result<(), Failure> {
    let rows: Vec<_> = controllers
        .iter()
        .flat_map(|(name, run)| run.steps.iter().map(move |step| (*name, step)))
        .collect();
    let mut columns = row_names(rows.iter().map(|(name, s)| (*name, s.env)));
    let step = |time: f32| (f64::from(time) * task.config().control_rate).round() as i64 - 1;
    columns.push(Column::new(
        "step",
        "control step",
        Values::I64(rows.iter().map(|(_, s)| step(s.info[0])).collect()),
    ));
    for (k, (name, unit)) in INFO.iter().enumerate() {
        let values = rows.iter().map(|(_, s)| s.info[k]).collect();
        columns.push(Column::new(*name, *unit, Values::F32(values)));
    }
    for (k, seen) in observations(task.model().links.len()).iter().enumerate() {
        let values = rows.iter().map(|(_, s)| s.observation[k]).collect();
        columns.push(Column::new(
            format!("observation.{}", seen.name),
            seen.unit,
            Values::F32(values),
        ));
    }
    for (k, action) in ACTIONS.iter().enumerate() {
        let values = rows.iter().map(|(_, s)| s.action[k]).collect();
        columns.push(Column::new(
            format!("action.{}", action.name),
            action.unit,
            Values::F32(values),
        ));
    }
    columns.push(Column::new(
        "reward",
        "",
        Values::F32(rows.iter().map(|(_, s)| s.reward).collect()),
    ));
    let terminated = rows.iter().map(|(_, s)| s.terminated).collect();
    columns.push(Column::new("terminated", "", Values::Bool(terminated)));
    let truncated = rows.iter().map(|(_, s)| s.truncated).collect();
    columns.push(Column::new("truncated", "", Values::Bool(truncated)));
    write_whole(folder, name, columns)
}
