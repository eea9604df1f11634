//! Which backend runs the envs.

use std::sync::Arc;

use halle_gpu::{DeviceChoice, GpuError, adapters};
use halle_sim::{Batch, CpuBatch, EnvKeys, GpuBatch, LaneKind, SimError};
use halle_tasks::polish::PolishTask;

use crate::args::Backend;
use crate::failure::Failure;

const NO_ADAPTER: &str = "use `--backend cpu`, or install a Vulkan driver (for tests: lavapipe)";

/// A backend that is known to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// SIMD lanes.
    Cpu,
    /// A GPU; with `software` any, else hardware only.
    Gpu {
        /// Whether software that plays a GPU will do.
        software: bool,
    },
}

impl Chosen {
    /// What `--backend` means on this machine; fails where a GPU is asked for and there is none.
    pub(crate) fn resolve(wish: Backend) -> Result<Self, Failure> {
        Ok(match wish {
            // Told now, before a run folder is made.
            Backend::Gpu if adapters().is_empty() => {
                let (wanted, found) = ("usable".to_owned(), vec!["none".to_owned()]);
                return Err(Failure::from(GpuError::NoAdapter { wanted, found }).help(NO_ADAPTER));
            }
            Backend::Gpu => Self::Gpu { software: true },
            Backend::Auto if adapters().iter().any(|a| a.kind.is_hardware()) => {
                Self::Gpu { software: false }
            }
            Backend::Auto | Backend::Cpu => Self::Cpu,
        })
    }

    /// For manifests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu { .. } => "gpu",
        }
    }

    /// A batch of envs on it.
    pub(crate) fn batch(
        self,
        task: &Arc<PolishTask>,
        keys: EnvKeys,
        threads: usize,
    ) -> Result<Box<dyn Batch>, Failure> {
        match self {
            Self::Cpu => Ok(Box::new(CpuBatch::new(
                task.clone(),
                keys,
                LaneKind::best(),
                threads,
            )?)),
            Self::Gpu { software } => {
                let device = if software {
                    DeviceChoice::Any
                } else {
                    DeviceChoice::Hardware
                };
                match GpuBatch::new(task, &keys, &device) {
                    Ok(batch) => Ok(Box::new(batch)),
                    Err(error @ SimError::Gpu(GpuError::NoAdapter { .. })) => {
                        Err(Failure::from(error).help(NO_ADAPTER))
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    }
}
