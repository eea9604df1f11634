//! Many envs of one plant.

use std::sync::Arc;

use rapier3d::dynamics::{ImpulseJoint, MultibodyLink, RigidBody};
use rapier3d::geometry::{Collider, ContactData, ContactPair, SolverContact};
use rayon::prelude::*;

use crate::env::{Env, Fault};
use crate::error::WideError;
use crate::model::WideModel;
use crate::options::Jitter;
use crate::read::{EnvView, Summary};

/// Many envs of one plant, each a copy that moves by itself.
///
/// The same model, seed and jitter give the same bits whatever the number of threads, and env k
/// of many equals env k alone.
pub struct WideBatch {
    model: Arc<WideModel>,
    envs: Vec<Env>,
    pool: rayon::ThreadPool,
}

impl std::fmt::Debug for WideBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WideBatch")
            .field("envs", &self.envs.len())
            .finish_non_exhaustive()
    }
}

/// What a batch holds, and what its envs take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Envs.
    pub envs: usize,
    /// Threads.
    pub threads: usize,
    /// Bytes that each env takes by the sizes of what is in it, contacts as they are now.
    pub bytes_per_env: usize,
    /// Pairs of colliders whose boxes meet, of the env that has most.
    pub pairs: usize,
}

impl WideBatch {
    /// Makes envs `first..first + count`; zero threads take one per core.
    ///
    /// # Errors
    ///
    /// [`WideError::NoEnvs`] without envs, [`WideError::Threads`] if threads cannot be started.
    pub fn new(
        model: Arc<WideModel>,
        first: u32,
        count: usize,
        seed: u64,
        jitter: Jitter,
        threads: usize,
    ) -> Result<Self, WideError> {
        if count == 0 {
            return Err(WideError::NoEnvs);
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|error| WideError::Threads {
                threads,
                reason: error.to_string(),
            })?;
        let envs = pool.install(|| {
            (0..count)
                .into_par_iter()
                .map(|k| Env::new(&model, seed, first.wrapping_add(k as u32), jitter))
                .collect()
        });
        Ok(Self { model, envs, pool })
    }

    /// The model that all envs share.
    #[must_use]
    pub fn model(&self) -> &Arc<WideModel> {
        &self.model
    }

    /// Number of envs.
    #[must_use]
    pub fn env_count(&self) -> usize {
        self.envs.len()
    }

    /// Advances all envs by a number of substeps; frozen ones stay as they are.
    pub fn step(&mut self, substeps: usize) {
        let model = &self.model;
        self.pool.install(|| {
            self.envs.par_iter_mut().with_max_len(1).for_each(|env| {
                for _ in 0..substeps {
                    env.substep(model);
                }
            });
        });
    }

    /// A look at one env.
    ///
    /// # Panics
    ///
    /// If there is no such env.
    #[must_use]
    pub fn env(&self, index: usize) -> EnvView<'_> {
        EnvView {
            model: &self.model,
            env: &self.envs[index],
        }
    }

    /// All envs in a few numbers each.
    #[must_use]
    pub fn summaries(&self) -> Vec<Summary> {
        self.pool.install(|| {
            (0..self.envs.len())
                .into_par_iter()
                .map(|k| self.env(k).summary())
                .collect()
        })
    }

    /// Fault bits of all envs.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.envs.iter().map(|e| e.fault).collect()
    }

    /// What the batch holds and takes.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        let pairs = |e: &Env| e.narrow.contact_pairs().count();
        Capacity {
            envs: self.envs.len(),
            threads: self.pool.current_num_threads(),
            bytes_per_env: self.envs.iter().map(bytes).max().unwrap_or(0),
            pairs: self.envs.iter().map(pairs).max().unwrap_or(0),
        }
    }
}

/// Bytes of an env by the sizes of its parts.
///
/// What the solver builds around them (trees of boxes, graphs, constraints in groups of four) is
/// counted by what was measured: resident memory of 64 and 256 envs of a cell of 58 bodies and
/// 330 contacts grew by 1.0 MB per env, which this gives within a quarter.
fn bytes(env: &Env) -> usize {
    /// Leaf and inner node in the tree of boxes, and its place in the broad phase.
    const PER_COLLIDER: usize = 256;
    /// Place in islands, in the solver and in the graph of pairs.
    const PER_BODY: usize = 512;
    /// A contact as the solver prepares it.
    const PER_POINT: usize = 1024;
    let contacts: usize = env
        .narrow
        .contact_pairs()
        .map(|pair| {
            let points: usize = pair.manifolds().iter().map(|m| m.points.len()).sum();
            size_of::<ContactPair>()
                + size_of_val(pair.manifolds())
                + points * (size_of::<ContactData>() + size_of::<SolverContact>() + PER_POINT)
        })
        .sum();
    let links: usize = env.reduced.multibodies().map(|m| m.num_links()).sum();
    size_of::<Env>()
        + env.bodies.len() * (size_of::<RigidBody>() + PER_BODY)
        + env.colliders.len() * (size_of::<Collider>() + PER_COLLIDER)
        + env.impulse.len() * size_of::<ImpulseJoint>()
        + links * 2 * size_of::<MultibodyLink>()
        + env.joints.len() * size_of::<crate::env::JointState>()
        + contacts
}
