//! What can go wrong.

/// Why a call to the GPU failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GpuError {
    /// No adapter is of the kind asked for.
    #[error("no {wanted} GPU adapter among {}", found.join(", "))]
    NoAdapter {
        /// What was asked for.
        wanted: String,
        /// Names of the adapters there are; one entry `none` if there are none.
        found: Vec<String>,
    },
    /// The adapter gave no device.
    #[error("adapter `{adapter}` gave no device")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// Why.
        #[source]
        source: Box<dyn core::error::Error + Send + Sync>,
    },
    /// A kernel's text is not valid WGSL, or does not hold what a kernel needs.
    #[error("kernel `{kernel}` is not valid: {report}")]
    KernelText {
        /// Name of the kernel.
        kernel: String,
        /// Where and why, with an excerpt of the text.
        report: String,
    },
    /// The driver did not take a kernel.
    #[error("kernel `{kernel}` was not compiled")]
    Kernel {
        /// Name of the kernel.
        kernel: String,
        /// Why.
        #[source]
        source: Box<dyn core::error::Error + Send + Sync>,
    },
    /// A binding has no buffer, or a buffer no binding.
    #[error("kernel `{kernel}` has bindings [{}], expected buffers for each, found [{}]", wanted.join(", "), given.join(", "))]
    Bindings {
        /// Name of the kernel.
        kernel: String,
        /// Names of its bindings.
        wanted: Vec<String>,
        /// Names that came with buffers.
        given: Vec<String>,
    },
    /// A buffer is larger than the device allows.
    #[error("buffer `{buffer}` needs {needed} bytes, the device allows {limit}")]
    BufferTooLarge {
        /// Name of the buffer.
        buffer: String,
        /// Bytes asked for.
        needed: u64,
        /// Bytes that one binding may have.
        limit: u64,
    },
    /// The device has no memory left.
    #[error("buffer `{buffer}` of {needed} bytes does not fit into the device's memory")]
    OutOfMemory {
        /// Name of the buffer.
        buffer: String,
        /// Bytes asked for.
        needed: u64,
    },
    /// A copy reaches over the end of a buffer, or is not in whole words of four bytes.
    #[error(
        "buffer `{buffer}` has {size} bytes, copy of {len} at {offset} does not fit in whole words"
    )]
    Range {
        /// Name of the buffer.
        buffer: String,
        /// Where the copy starts, in bytes.
        offset: u64,
        /// Bytes to copy.
        len: u64,
        /// Bytes of the buffer.
        size: u64,
    },
    /// More workgroups than one dispatch may have.
    #[error("kernel `{kernel}` needs {needed} workgroups, the device allows {limit}")]
    DispatchTooLarge {
        /// Name of the kernel.
        kernel: String,
        /// Workgroups asked for.
        needed: u64,
        /// Workgroups that one dispatch may have.
        limit: u64,
    },
    /// The device went away; all its buffers are lost.
    #[error("the GPU device was lost: {reason}")]
    DeviceLost {
        /// What the driver says.
        reason: String,
    },
    /// The device refused work.
    #[error("the GPU device refused `{what}`")]
    Refused {
        /// What was asked.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn core::error::Error + Send + Sync>,
    },
}
