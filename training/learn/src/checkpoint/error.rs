//! Why a checkpoint could not be written or used.

use std::io;
use std::path::PathBuf;

/// Why a checkpoint could not be written or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The file could not be read or written.
    #[error("cannot {what} checkpoint `{path}`")]
    Io {
        /// `read` or `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No room is left; the checkpoint before, if any, is whole.
    #[error("cannot write checkpoint `{path}`: the disk or the quota is full")]
    Full {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is shorter or longer than it says.
    #[error("`{path}` is cut off or damaged: its length is not what its header says")]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("`{path}` is not a checkpoint: {reason}")]
    NotACheckpoint {
        /// The file.
        path: PathBuf,
        /// What was looked for and not found.
        reason: String,
    },
    /// The file was written by another version.
    #[error("`{path}` has layout {given}, expected {expected}")]
    Version {
        /// The file.
        path: PathBuf,
        /// Layout that this version writes.
        expected: u32,
        /// Layout of the file.
        given: u32,
    },
    /// The checkpoint belongs to another scene.
    #[error("`{path}` belongs to another scene: expected hash `{expected}`, found `{given}`")]
    Scene {
        /// The file.
        path: PathBuf,
        /// Hash of the scene at hand.
        expected: String,
        /// Hash in the file.
        given: String,
    },
    /// A dimension differs.
    #[error("`{path}` has {what} {given}, expected {expected}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What was counted.
        what: String,
        /// What is needed.
        expected: usize,
        /// What the file has.
        given: usize,
    },
}
