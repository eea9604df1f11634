//! Whole episodes under a controller, one per env.

use halle_sim::{Batch, SimError};

use super::metrics::{EpisodeMetrics, parameters_of};
use super::program::{Block, PolishTask};
use super::quantity::ACTION_COUNT;
use super::state::INFO;

/// One finished episode.
#[derive(Clone, Debug)]
pub struct Episode {
    /// Env that lived it.
    pub env: usize,
    /// What it achieved.
    pub metrics: EpisodeMetrics,
    /// What it drew, in the order of `PARAMETERS`.
    pub parameters: Vec<f32>,
    /// Sum of rewards.
    pub total_reward: f64,
    /// Removal of each cell \[m\], if it was asked for.
    pub map: Option<Vec<f32>>,
}

/// One control step of an env that is recorded.
#[derive(Clone, Debug)]
pub struct RecordedStep {
    /// Env.
    pub env: usize,
    /// Observation before the control step.
    pub observation: Vec<f32>,
    /// Action.
    pub action: Vec<f32>,
    /// Reward.
    pub reward: f32,
    /// Whether the task ended the episode.
    pub terminated: bool,
    /// Whether the clock or a fault ended the episode.
    pub truncated: bool,
    /// Numbers of `INFO`.
    pub info: Vec<f32>,
}

/// What [`run_episodes`] is to keep beside the metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keep {
    /// Record each control step of the first envs, this many.
    pub recorded: usize,
    /// Keep the removal maps of the first envs, this many.
    pub maps: usize,
}

/// Episodes and recorded control steps of a run.
#[derive(Clone, Debug, Default)]
pub struct Episodes {
    /// One per env, in the order of envs.
    pub episodes: Vec<Episode>,
    /// Control steps of the recorded envs, in order of time, then env.
    pub steps: Vec<RecordedStep>,
    /// Control steps done by all envs together.
    pub control_steps: u64,
}

/// Runs the first episode of every env to its end.
///
/// `act` gets observations of shape `(env_count, observation)` and writes actions of shape
/// `(env_count, action)`; `progress` gets the number of finished episodes and says whether to go on.
///
/// # Errors
///
/// Those of the batch.
pub fn run_episodes(
    task: &PolishTask,
    batch: &mut dyn Batch,
    keep: Keep,
    mut act: impl FnMut(&[f32], &mut [f32]),
    mut progress: impl FnMut(usize) -> bool,
) -> Result<Episodes, SimError> {
    let count = batch.env_count();
    let layout = batch.layout().clone();
    let width = layout.blocks[Block::Observation as usize];
    let info_width = layout.blocks[Block::Info as usize];
    let set_point = task.model().tool.force_set_point;
    let cells = task.grid().len();
    batch.begin()?;
    let mut actions = vec![0.0; count * ACTION_COUNT];
    let mut returns = vec![0.0; count];
    let mut finished: Vec<Option<Episode>> = vec![None; count];
    let mut run = Episodes::default();
    let mut open = count;
    while open > 0 && progress(count - open) {
        let before = batch.block(Block::Observation as usize).to_vec();
        act(&before, &mut actions);
        for a in &mut actions {
            *a = a.clamp(-1.0, 1.0);
        }
        batch.step(&actions)?;
        run.control_steps += count as u64;
        let reward = batch.block(Block::Reward as usize);
        let ended = batch.block(Block::Ended as usize);
        let info = batch.block(Block::Info as usize);
        let mut wants_maps = false;
        for env in 0..count {
            if finished[env].is_some() {
                continue;
            }
            returns[env] += f64::from(reward[env]);
            let (terminated, truncated) = (ended[2 * env] > 0.5, ended[2 * env + 1] > 0.5);
            let row = &info[env * info_width..(env + 1) * info_width];
            if env < keep.recorded {
                run.steps.push(RecordedStep {
                    env,
                    observation: before[env * width..(env + 1) * width].to_vec(),
                    action: actions[env * ACTION_COUNT..(env + 1) * ACTION_COUNT].to_vec(),
                    reward: reward[env],
                    terminated,
                    truncated,
                    info: row[..INFO.len()].to_vec(),
                });
            }
            if terminated || truncated {
                open -= 1;
                wants_maps |= env < keep.maps;
                finished[env] = Some(Episode {
                    env,
                    metrics: EpisodeMetrics::of(row, task.config(), set_point),
                    parameters: parameters_of(row).to_vec(),
                    total_reward: returns[env],
                    map: None,
                });
            }
        }
        if wants_maps {
            // The map of an ended episode stays in memory until the env's next control step.
            let state = batch.save()?;
            for episode in finished.iter_mut().take(keep.maps).flatten() {
                let start = episode.env * layout.state + task.map_start();
                episode
                    .map
                    .get_or_insert_with(|| state[start..start + cells].to_vec());
            }
        }
    }
    run.episodes = finished.into_iter().flatten().collect();
    Ok(run)
}
