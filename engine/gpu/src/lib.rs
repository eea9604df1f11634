//! The only crate that calls wgpu: devices, pipelines, buffers, dispatches.
//!
//! A [`Gpu`] opens a device, compiles WGSL into [`Kernel`]s whose bindings are read from the text itself,
//! holds storage in [`Buffer`]s, and submits [`Commands`], which are plain data and can be submitted again.
//! Must not know what a kernel computes. Start reading at [`Gpu`].

mod adapter;
mod buffer;
mod commands;
mod device;
mod error;
mod kernel;
mod testing;
mod transfer;

pub use adapter::{Adapter, AdapterKind, DeviceChoice, adapters};
pub use buffer::{Buffer, Readback};
pub use commands::Commands;
pub use device::Gpu;
pub use error::GpuError;
pub use kernel::{Binding, BindingKind, BoundKernel, Kernel};
pub use testing::{TestDevice, test_device};
