//! Files to resume from.
//!
//! A checkpoint is one safetensors file: weights, moments and state of the envs as tensors, and
//! one metadata entry `halle` of JSON. Numbers that decide bits are tensors, never text.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

mod error;
mod resume;
mod write;

pub use error::CheckpointError;
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
pub use write::write_atomically;

use crate::loss::ActorCritic;
use crate::{Learner, PpoConfig, VecEnv};

/// Version of the layout; another one is refused.
const VERSION: u32 = 1;

/// What the JSON entry holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Header {
    version: u32,
    config: PpoConfig,
    observation_dim: usize,
    action_dim: usize,
    env_count: usize,
    seed: u64,
    iteration: u64,
    adam_steps: u64,
    scene_hash: String,
    user: serde_json::Value,
}

/// A checkpoint in memory, checked for what can be checked without a learner.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    path: PathBuf,
    header: Header,
    tensors: BTreeMap<String, Tensor>,
}

#[derive(Clone, Debug, PartialEq)]
struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Checkpoint {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Io`] when it cannot be read, [`CheckpointError::Truncated`] when its
    /// length is wrong, [`CheckpointError::NotACheckpoint`] and [`CheckpointError::Version`] when
    /// it is something else.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = fs::read(path).map_err(|source| CheckpointError::Io {
            what: "read",
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(path, &bytes)
    }

    fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, CheckpointError> {
        let foreign = |reason: String| CheckpointError::NotACheckpoint {
            path: path.to_owned(),
            reason,
        };
        let read = |error: SafeTensorError| match error {
            // The header says how long the file is: less, or more, is damage.
            SafeTensorError::MetadataIncompleteBuffer | SafeTensorError::InvalidHeaderLength
                if bytes.get(8) == Some(&b'{') =>
            {
                CheckpointError::Truncated {
                    path: path.to_owned(),
                }
            }
            other => foreign(other.to_string()),
        };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(read)?;
        let entry = metadata
            .metadata()
            .as_ref()
            .and_then(|entries| entries.get("halle"));
        let entry = entry.ok_or_else(|| foreign("no metadata entry `halle`".to_owned()))?;
        let version: VersionOnly =
            serde_json::from_str(entry).map_err(|error| foreign(error.to_string()))?;
        if version.version != VERSION {
            return Err(CheckpointError::Version {
                path: path.to_owned(),
                expected: VERSION,
                given: version.version,
            });
        }
        let header: Header =
            serde_json::from_str(entry).map_err(|error| foreign(error.to_string()))?;
        let views = SafeTensors::deserialize(bytes).map_err(read)?;
        let mut tensors = BTreeMap::new();
        for (name, view) in views.tensors() {
            let (dtype, shape) = (view.dtype(), view.shape().to_vec());
            tensors.insert(
                name,
                Tensor {
                    dtype,
                    shape,
                    bytes: view.data().to_vec(),
                },
            );
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            tensors,
        })
    }

    /// The state of a learner and its envs.
    ///
    /// `scene_hash` names the scene they belong to; `user` comes back as it is.
    #[must_use]
    pub fn of<E: VecEnv + ?Sized>(
        learner: &Learner,
        env: &E,
        scene_hash: &str,
        user: serde_json::Value,
    ) -> Self {
        let header = Header {
            version: VERSION,
            config: learner.config.clone(),
            observation_dim: learner.observation_dim,
            action_dim: learner.networks.action_dim,
            env_count: learner.env_count,
            seed: learner.seed,
            iteration: learner.iteration,
            adam_steps: learner.adam.count,
            scene_hash: scene_hash.to_owned(),
            user,
        };
        let mut checkpoint = Self {
            path: PathBuf::new(),
            header,
            tensors: BTreeMap::new(),
        };
        for (prefix, values) in [
            ("parameters", &learner.parameters),
            ("adam.first", &learner.adam.first),
            ("adam.second", &learner.adam.second),
        ] {
            for (name, shape, values) in named(&learner.networks, values) {
                checkpoint.put(format!("{prefix}.{name}"), Dtype::F32, shape, &values);
            }
        }
        checkpoint.put(
            "learning_rate".to_owned(),
            Dtype::F32,
            vec![1],
            &[learner.learning_rate],
        );
        for (name, moments) in [
            ("observation", &learner.observation_moments),
            ("return", &learner.return_moments),
        ] {
            let dim = moments.mean.len();
            checkpoint.put(
                format!("{name}.count"),
                Dtype::F64,
                vec![1],
                &[moments.count],
            );
            checkpoint.put(format!("{name}.mean"), Dtype::F64, vec![dim], &moments.mean);
            checkpoint.put(
                format!("{name}.squares"),
                Dtype::F64,
                vec![dim],
                &moments.squares,
            );
        }
        let rows = vec![learner.env_count];
        let episodes = &learner.episodes;
        checkpoint.put(
            "episode.reward".to_owned(),
            Dtype::F32,
            rows.clone(),
            &episodes.reward,
        );
        checkpoint.put(
            "episode.length".to_owned(),
            Dtype::U32,
            rows.clone(),
            &episodes.length,
        );
        checkpoint.put(
            "episode.discounted".to_owned(),
            Dtype::F64,
            rows,
            &learner.running_return,
        );
        let state = env.save();
        checkpoint.put("env.state".to_owned(), Dtype::U8, vec![state.len()], &state);
        checkpoint
    }

    fn put<T: bytemuck::NoUninit>(
        &mut self,
        name: String,
        dtype: Dtype,
        shape: Vec<usize>,
        values: &[T],
    ) {
        let bytes = bytemuck::cast_slice(values).to_vec();
        self.tensors.insert(
            name,
            Tensor {
                dtype,
                shape,
                bytes,
            },
        );
    }

    /// Numbers of a tensor that must have the given count.
    fn get<T: bytemuck::AnyBitPattern>(
        &self,
        name: &str,
        dtype: Dtype,
        expected: usize,
    ) -> Result<Vec<T>, CheckpointError> {
        let foreign = |what: &str| CheckpointError::NotACheckpoint {
            path: self.path.clone(),
            reason: format!("tensor `{name}` {what}"),
        };
        let tensor = self
            .tensors
            .get(name)
            .ok_or_else(|| foreign("is missing"))?;
        if tensor.dtype != dtype {
            return Err(foreign("has another element type"));
        }
        let each = tensor.bytes.chunks_exact(size_of::<T>());
        let values: Vec<T> = each.map(bytemuck::pod_read_unaligned).collect();
        if values.len() != expected {
            return Err(self.shape(format!("`{name}` of length"), expected, values.len()));
        }
        Ok(values)
    }

    fn shape(&self, what: impl Into<String>, expected: usize, given: usize) -> CheckpointError {
        CheckpointError::Shape {
            path: self.path.clone(),
            what: what.into(),
            expected,
            given,
        }
    }

    /// Writes a file, whole or not at all (see [`write_atomically`]).
    ///
    /// # Errors
    ///
    /// [`CheckpointError::Full`] and [`CheckpointError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        use io::ErrorKind;
        let failed = |source: io::Error| match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                CheckpointError::Full {
                    path: path.to_owned(),
                    source,
                }
            }
            _ => CheckpointError::Io {
                what: "write",
                path: path.to_owned(),
                source,
            },
        };
        let bytes = self
            .to_bytes()
            .map_err(|error| failed(io::Error::other(error)))?;
        write_atomically(path, &bytes).map_err(failed)
    }

    fn to_bytes(&self) -> Result<Vec<u8>, SafeTensorError> {
        let header = serde_json::to_string(&self.header).map_err(SafeTensorError::JsonError)?;
        let mut views = Vec::with_capacity(self.tensors.len());
        for (name, tensor) in &self.tensors {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes)?;
            views.push((name.as_str(), view));
        }
        safetensors::serialize(views, Some(HashMap::from([("halle".to_owned(), header)])))
    }

    /// Settings that the learner ran with.
    #[must_use]
    pub fn config(&self) -> &PpoConfig {
        &self.header.config
    }

    /// Iterations done.
    #[must_use]
    pub fn iteration(&self) -> u64 {
        self.header.iteration
    }

    /// Seed of all draws.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.header.seed
    }

    /// Number of envs.
    #[must_use]
    pub fn env_count(&self) -> usize {
        self.header.env_count
    }

    /// Hash of the scene it belongs to.
    #[must_use]
    pub fn scene_hash(&self) -> &str {
        &self.header.scene_hash
    }

    /// What the caller stored with it.
    #[must_use]
    pub fn user(&self) -> &serde_json::Value {
        &self.header.user
    }
}

#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

fn parts(networks: &ActorCritic) -> [(&'static str, usize, &crate::mlp::Mlp); 2] {
    [
        ("actor", 0, &networks.actor),
        ("critic", networks.critic_start(), &networks.critic),
    ]
}

/// Parameters by name, `(inputs, outputs)` for weights.
fn named(networks: &ActorCritic, values: &[f32]) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let mut out = Vec::new();
    for (part, start, mlp) in parts(networks) {
        for (index, layer) in mlp.layers().iter().enumerate() {
            let values = &values[start..];
            let shape = vec![layer.inputs, layer.outputs];
            out.push((
                format!("{part}.{index}.weight"),
                shape,
                layer.plain_weights(values),
            ));
            let shape = vec![layer.outputs];
            out.push((
                format!("{part}.{index}.bias"),
                shape,
                layer.plain_bias(values),
            ));
        }
    }
    let log_std = networks.log_std_of(values).to_vec();
    out.push(("log_std".to_owned(), vec![networks.action_dim], log_std));
    out
}
