//! A batch of envs behind one step, with its CPU and GPU backends.
//!
//! Owns where env state lives, how envs are grouped and spread over threads, and which backend runs them.
//! A [`Program`] is what one env does in a control step; it is written once over a lane.
//! Knows no physics and no task.

mod batch;
mod cpu;
mod error;
mod gpu;

mod key;
mod program;

pub use batch::{Batch, Layout};
pub use cpu::{CpuBatch, LaneKind};
pub use error::SimError;
pub use gpu::{GpuBatch, Kernels, record_program};

pub use key::{EnvKeys, KeyDomain};
pub use program::Program;
