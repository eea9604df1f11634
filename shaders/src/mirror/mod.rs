//! What each kernel computes, on the CPU: same arrays, same order of operations, one file per kernel.

mod mlp_forward;

pub use mlp_forward::{mlp_forward, tanh_rational};
