//! Policies, PPO, checkpoints and ONNX.
//!
//! Owns networks of a few layers on the CPU, proximal policy optimisation over any [`VecEnv`],
//! files to resume from and the ONNX file that leaves. Knows neither scenes nor physics: it sees
//! rows of floats.
//!
//! Start reading at [`Learner::iterate`], then `rollout`, `update` and `loss`; the products that
//! take the time are in `kernel`.
//!
//! The same seed gives the same bits on one machine whatever the number of threads. Machines with
//! FMA agree as well; a baseline x86-64 processor rounds differently (see `simd`).

mod adam;
mod bench;
mod checkpoint;
mod config;
mod elementwise;
mod env;
mod error;
mod gae;
mod kernel;
mod learner;
mod loss;
mod mlp;
mod normaliser;
mod onnx;
mod policy;
mod random;
mod rollout;
mod samples;
mod simd;
mod update;

pub use bench::{BenchShape, BenchTimes, bench_update};
pub use checkpoint::{Checkpoint, CheckpointError, write_atomically};
pub use config::{Activation, PpoConfig, RewardScale};
pub use env::{EnvError, StepRows, VecEnv};
pub use error::LearnError;
pub use learner::{IterationStats, Learner};
pub use onnx::{Channel, OnnxError, OnnxMetadata};
pub use policy::Policy;
pub use random::pcg4d;
