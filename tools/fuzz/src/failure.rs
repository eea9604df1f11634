//! Why a campaign cannot run.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a campaign cannot run. What a reader does wrong is a find, not a failure.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// A file or folder cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// There is no such target.
    #[error("no target is called `{name}`; there are {known}")]
    UnknownTarget { name: String, known: String },
    /// A target has nothing to start from.
    #[error("target `{name}` has no files to start from")]
    NoSeed { name: &'static str },
    /// The process that reads the cases does not start.
    #[error("the reading process does not start: {source}")]
    NoChild { source: io::Error },
    /// Processes end or stand still although no case is being read.
    #[error("reading processes keep ending between two cases")]
    Lost,
    /// A file that a campaign wrote is not as it was written.
    #[error("`{}` is not as it was written: {reason}", path.display())]
    Index { path: PathBuf, reason: String },
    /// A writer of ours refuses to make a file to start from.
    #[error("cannot make a file to start from: {reason}")]
    Made { reason: String },
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// For `map_err` on calls of `std::fs`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
