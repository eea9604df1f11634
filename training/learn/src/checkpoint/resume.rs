//! Checkpoint to learner.

use safetensors::tensor::Dtype;

use super::{Checkpoint, CheckpointError, parts};
use crate::adam::Adam;
use crate::loss::ActorCritic;
use crate::{LearnError, Learner, VecEnv};

impl Checkpoint {
    /// Rebuilds the learner and puts `env` into the state it had.
    ///
    /// What follows has the bits that it would have had without the interruption.
    ///
    /// # Errors
    ///
    /// [`LearnError::Resume`] with [`CheckpointError::Scene`] or [`CheckpointError::Shape`] when
    /// `scene_hash` or the dimensions of `env` are others, or with
    /// [`CheckpointError::NotACheckpoint`] when a tensor is missing; [`LearnError::Env`] when the
    /// envs refuse their state.
    pub fn resume<E: VecEnv + ?Sized>(
        &self,
        scene_hash: &str,
        env: &mut E,
    ) -> Result<Learner, LearnError> {
        let header = &self.header;
        if header.scene_hash != scene_hash {
            return Err(LearnError::Resume(CheckpointError::Scene {
                path: self.path.clone(),
                expected: scene_hash.to_owned(),
                given: header.scene_hash.clone(),
            }));
        }
        for (what, expected, given) in [
            ("env count", env.env_count(), header.env_count),
            (
                "observation dim",
                env.observation_dim(),
                header.observation_dim,
            ),
            ("action dim", env.action_dim(), header.action_dim),
        ] {
            if expected != given {
                return Err(self.shape(what, expected, given).into());
            }
        }
        let mut learner = Learner::new(
            header.config.clone(),
            header.observation_dim,
            header.action_dim,
            header.env_count,
            header.seed,
        )?;
        learner.parameters = self.parameters(&learner.networks, "parameters")?;
        learner.adam = Adam {
            first: self.parameters(&learner.networks, "adam.first")?,
            second: self.parameters(&learner.networks, "adam.second")?,
            count: header.adam_steps,
        };
        learner.iteration = header.iteration;
        [learner.learning_rate] = self.one("learning_rate", Dtype::F32)?;
        for (name, moments) in [
            ("observation", &mut learner.observation_moments),
            ("return", &mut learner.return_moments),
        ] {
            let dim = moments.mean.len();
            [moments.count] = self.one(&format!("{name}.count"), Dtype::F64)?;
            moments.mean = self.get(&format!("{name}.mean"), Dtype::F64, dim)?;
            moments.squares = self.get(&format!("{name}.squares"), Dtype::F64, dim)?;
        }
        let rows = header.env_count;
        learner.episodes.reward = self.get("episode.reward", Dtype::F32, rows)?;
        learner.episodes.length = self.get("episode.length", Dtype::U32, rows)?;
        learner.running_return = self.get("episode.discounted", Dtype::F64, rows)?;
        let length = self
            .tensors
            .get("env.state")
            .map_or(0, |tensor| tensor.bytes.len());
        let state: Vec<u8> = self.get("env.state", Dtype::U8, length)?;
        env.restore(&state).map_err(LearnError::Env)?;
        Ok(learner)
    }

    fn one<T: bytemuck::AnyBitPattern>(
        &self,
        name: &str,
        dtype: Dtype,
    ) -> Result<[T; 1], CheckpointError> {
        Ok([self.get(name, dtype, 1)?[0]])
    }

    /// Parameters in the layout of the networks.
    fn parameters(
        &self,
        networks: &ActorCritic,
        prefix: &str,
    ) -> Result<Vec<f32>, CheckpointError> {
        let mut values = vec![0.0; networks.parameter_count()];
        for (part, start, mlp) in parts(networks) {
            for (index, layer) in mlp.layers().iter().enumerate() {
                let name = format!("{prefix}.{part}.{index}");
                let count = layer.inputs * layer.outputs;
                let weights = self.get(&format!("{name}.weight"), Dtype::F32, count)?;
                let bias = self.get(&format!("{name}.bias"), Dtype::F32, layer.outputs)?;
                layer.set_plain(&mut values[start..], &weights, &bias);
            }
        }
        let name = format!("{prefix}.log_std");
        let log_std = self.get(&name, Dtype::F32, networks.action_dim)?;
        values[networks.log_std_start()..][..networks.action_dim].copy_from_slice(&log_std);
        Ok(values)
    }
}
