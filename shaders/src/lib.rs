//! Hand-written WGSL and the table of its kernels.
//!
//! Owns the text of each kernel, what it binds, and a CPU mirror that computes the same in the same order.
//! Knows no GPU: texts are validated here and run by the engine. Start reading at [`KERNELS`].

pub mod mirror;
mod mlp;
mod table;

pub use mlp::{Activation, MlpShape};
pub use table::{Access, Binding, KERNELS, MLP_FORWARD, ShaderKernel};
