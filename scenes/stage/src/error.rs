//! Why a stage cannot be opened or read.

use std::io;
use std::path::PathBuf;

use openusd::{sdf, usda};
use thiserror::Error;

/// Why a stage cannot be opened or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StageError {
    /// There is no such file.
    #[error("stage `{}` does not exist", path.display())]
    Missing {
        /// The file as it was asked for.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("stage `{}` cannot be read", path.display())]
    Unreadable {
        /// The file as it was asked for.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file's name or its first bytes are not those of a USD file.
    #[error("`{}` is not a USD file: expected .usd, .usda, .usdc or .usdz content", path.display())]
    NotUsd {
        /// The file as it was asked for.
        path: PathBuf,
    },
    /// The file is USD but broken.
    #[error("stage `{}` is broken{}: {reason}", path.display(), location(*line, *column))]
    Broken {
        /// The file as it was asked for.
        path: PathBuf,
        /// Line of the fault in a text file.
        line: Option<usize>,
        /// Column of the fault in a text file, in characters.
        column: Option<usize>,
        /// What the parser says.
        reason: String,
    },
    /// Prims or values stand inside each other more deeply than the reader can follow.
    #[error("stage `{}` is nested {depth} levels deep: expected at most {limit}", path.display())]
    TooDeep {
        /// The file as it was asked for.
        path: PathBuf,
        /// Levels found.
        depth: usize,
        /// Levels allowed.
        limit: usize,
    },
    /// The USD library gave up (a panic of its own, or of ours).
    #[error("the reader failed: {reason}")]
    ReaderFailed {
        /// What it said last.
        reason: String,
    },
    /// A question about the composed stage cannot be answered.
    #[error("stage cannot be read: {reason}")]
    Query {
        /// What the USD library says.
        reason: String,
    },
    /// A path does not name a prim or property.
    #[error("`{path}` is not the path of a prim or property")]
    BadPath {
        /// The text as it was given.
        path: String,
    },
}

fn location(line: Option<usize>, column: Option<usize>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!(" at line {line}, column {column}"),
        _ => String::new(),
    }
}

impl From<openusd::Error> for StageError {
    fn from(error: openusd::Error) -> Self {
        Self::Query {
            reason: chain(&error),
        }
    }
}

impl From<openusd::pcp::QueryError> for StageError {
    fn from(error: openusd::pcp::QueryError) -> Self {
        Self::Query {
            reason: chain(&error),
        }
    }
}

impl From<sdf::PathParseError> for StageError {
    fn from(error: sdf::PathParseError) -> Self {
        Self::Query {
            reason: chain(&error),
        }
    }
}

/// A failure of the library as our own error, with the place in the file where it knows one.
pub(crate) fn broken(path: PathBuf, error: &openusd::Error) -> StageError {
    let (line, column, reason) = match parse_error(error) {
        Some(parse) => {
            let text = parse.to_string();
            let first = text.lines().next().unwrap_or_default();
            let reason = first.strip_prefix("error: ").unwrap_or(first).to_owned();
            (Some(parse.line()), Some(parse.column()), reason)
        }
        None => (None, None, chain(error)),
    };
    StageError::Broken {
        path,
        line,
        column,
        reason,
    }
}

fn parse_error(error: &openusd::Error) -> Option<&usda::ParseError> {
    match error {
        openusd::Error::Parse(parse) => Some(parse),
        openusd::Error::Format(sdf::FormatError::Decode(inner)) => inner.downcast_ref(),
        _ => {
            let mut cause = std::error::Error::source(error);
            while let Some(inner) = cause {
                if let Some(parse) = inner.downcast_ref::<usda::ParseError>() {
                    return Some(parse);
                }
                cause = inner.source();
            }
            None
        }
    }
}

/// An error and its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = one_line(&error.to_string());
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = one_line(&inner.to_string());
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
