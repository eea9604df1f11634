//! The table of kernels.

/// How a kernel uses a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Storage that is only read.
    Read,
    /// Storage that is read and written.
    ReadWrite,
}

/// A buffer of a kernel; its number is its place in [`ShaderKernel::bindings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Name of the variable.
    pub name: &'static str,
    /// How the kernel uses it.
    pub access: Access,
}

/// A kernel: one file, one entry point of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShaderKernel {
    /// Entry point and stem of the file.
    pub name: &'static str,
    /// The text.
    pub wgsl: &'static str,
    /// Buffers of group 0, by number.
    pub bindings: &'static [Binding],
    /// Invocations per workgroup.
    pub workgroup_size: u32,
}

const fn read(name: &'static str) -> Binding {
    Binding {
        name,
        access: Access::Read,
    }
}

const fn read_write(name: &'static str) -> Binding {
    Binding {
        name,
        access: Access::ReadWrite,
    }
}

/// The action that a small policy network gives for an observation; see [`MlpShape`](crate::MlpShape).
pub const MLP_FORWARD: ShaderKernel = ShaderKernel {
    name: "mlp_forward",
    wgsl: include_str!("../wgsl/mlp_forward.wgsl"),
    bindings: &[
        read("header"),
        read("weights"),
        read("observation"),
        read_write("hidden"),
        read_write("action"),
    ],
    workgroup_size: 64,
};

/// All kernels, by name.
pub const KERNELS: &[ShaderKernel] = &[MLP_FORWARD];
