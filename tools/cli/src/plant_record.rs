//! What is kept of a plant run while it goes: rows of the tables, and every env in a few numbers.

use halle_rollout::{ContactRow, JointRow, PlantTables, PoseRow};
use halle_wide::{Summary, WideBatch};

/// Time after the start within which things may fall into place \[s\].
const SETTLING: f64 = 1.0;

/// One sample of all envs.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Simulated time \[s\].
    pub(crate) time: f64,
    /// Wall time since the start \[s\].
    pub(crate) wall: f64,
    /// Every env.
    pub(crate) envs: Vec<Summary>,
}

/// How a run went.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    /// Samples in order.
    pub(crate) samples: Vec<Sample>,
    /// Simulated time between samples \[s\].
    pub(crate) period: f64,
    /// Wall time in the solver, and in all \[s\].
    pub(crate) stepping: f64,
    pub(crate) wall: f64,
    /// Energy that cannot be lost: that of env 0 at the start \[J\].
    pub(crate) floor: f64,
}

impl Course {
    pub(crate) fn new(batch: &WideBatch, period: f64) -> Self {
        Self {
            samples: Vec::new(),
            period,
            stepping: 0.0,
            wall: 0.0,
            floor: batch.env(0).energy().potential,
        }
    }

    /// Adds what all envs are like now.
    pub(crate) fn add(&mut self, batch: &WideBatch, wall: f64) {
        let envs = batch.summaries();
        // Frozen envs stand still: the clock is that of the farthest.
        let time = envs.iter().map(|e| e.time).fold(0.0, f64::max);
        self.samples.push(Sample { time, wall, envs });
    }

    /// Simulated time \[s\].
    pub(crate) fn time(&self) -> f64 {
        self.samples.last().map_or(0.0, |s| s.time)
    }

    /// Simulated time of all envs together \[s\].
    pub(crate) fn env_seconds(&self) -> f64 {
        let last = self.samples.last();
        last.map_or(0.0, |s| s.envs.iter().map(|e| e.time).sum())
    }

    /// When things have had time to fall into place \[s\].
    pub(crate) fn settled(&self) -> f64 {
        SETTLING.min(0.5 * self.time())
    }

    /// Largest of a number over all envs and samples from a time on.
    pub(crate) fn most(&self, from: f64, get: impl Fn(&Summary) -> f64) -> f64 {
        let late = self.samples.iter().filter(|s| s.time >= from);
        late.flat_map(|s| &s.envs).map(get).fold(0.0, f64::max)
    }
}

/// Rows of the first envs.
pub(crate) fn record(batch: &WideBatch, envs: usize, tables: &mut PlantTables) {
    let model = batch.model();
    for env in 0..envs {
        let view = batch.env(env);
        let time = view.time();
        for body in 0..model.bodies().len() {
            let state = view.body(body);
            let q = state.world_from_body.rotation.quaternion();
            tables.poses.push(PoseRow {
                env,
                time,
                body,
                rotation: [q.w, q.i, q.j, q.k],
                position: state.world_from_body.translation.vector.into(),
                angular: state.angular_velocity.into(),
                linear: state.linear_velocity.into(),
                asleep: state.asleep,
            });
        }
        for contact in view.contacts() {
            tables.contacts.push(ContactRow {
                env,
                time,
                colliders: contact.colliders,
                point: contact.point.into(),
                normal: contact.normal.into(),
                force: contact.force,
                friction: contact.friction.into(),
                penetration: contact.penetration,
            });
        }
        for (joint, state) in view.joints().iter().enumerate() {
            tables.joints.push(JointRow {
                env,
                time,
                joint,
                position: state.position,
                velocity: state.velocity,
                effort: state.effort,
                force: state.force,
                torque: state.torque,
                broken: state.broken,
            });
        }
    }
}
