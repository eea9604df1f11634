//! What can stop an xtask command before it has a verdict.

use std::fmt;
use std::process::ExitCode;

/// A reason why a command could not run to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line makes no sense.
    Usage(String),
    /// A file or folder could not be read or written.
    File {
        path: String,
        source: std::io::Error,
    },
    /// A program could not be started.
    Program {
        program: String,
        source: std::io::Error,
    },
    /// `cargo metadata` failed or answered something unexpected.
    Metadata(String),
}

impl Failure {
    /// 2 for a wrong command line, 1 for everything else.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::File { .. } | Self::Program { .. } | Self::Metadata(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) => write!(out, "{what}"),
            Self::File { path, source } => write!(out, "{path}: {source}"),
            Self::Program { program, source } => {
                write!(out, "`{program}` does not start: {source}")
            }
            Self::Metadata(what) => write!(out, "cargo metadata: {what}"),
        }
    }
}
