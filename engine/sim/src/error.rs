//! What can go wrong with a batch.

/// Why a batch could not be made or stepped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// A batch needs at least one env.
    #[error("a batch needs at least one env")]
    NoEnvs,
    /// A slice does not fit the batch.
    #[error("{what} has {given} numbers where {expected} are needed")]
    Shape {
        /// What was given.
        what: &'static str,
        /// Numbers needed.
        expected: usize,
        /// Numbers given.
        given: usize,
    },
    /// The worker threads could not be started.
    #[error("cannot start worker threads")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    /// The GPU refused.
    #[error("the GPU backend failed")]
    Gpu(#[from] halle_gpu::GpuError),
}
