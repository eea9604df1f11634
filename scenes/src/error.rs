//! Why a scene cannot be loaded.

use std::io;
use std::path::PathBuf;

use halle_world::{Finding, Severity, Site};
use thiserror::Error;

/// Why a scene cannot be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SceneError {
    /// There is no such file.
    #[error("scene `{}` does not exist", path.display())]
    Missing {
        /// The file as it was asked for.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("scene `{}` cannot be read", path.display())]
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
    #[error("scene `{}` is broken{}: {reason}", path.display(), location(*line, *column))]
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
    /// Prims or values stand inside each other more deeply than any plant needs.
    #[error("scene `{}` is nested {depth} levels deep: expected at most {limit}", path.display())]
    TooDeep {
        /// The file as it was asked for.
        path: PathBuf,
        /// Levels found.
        depth: usize,
        /// Levels allowed.
        limit: usize,
    },
    /// A URDF that cannot be used.
    #[error(transparent)]
    Urdf(#[from] halle_urdf::UrdfError),
    /// An MJCF file that cannot be used.
    #[error(transparent)]
    Mjcf(#[from] halle_mjcf::MjcfError),
    /// The USD library gave up on the file.
    #[error("the reader failed on scene `{}`: {reason}", path.display())]
    ReaderFailed {
        /// The file as it was asked for.
        path: PathBuf,
        /// What it said last.
        reason: String,
    },
}

fn location(line: Option<usize>, column: Option<usize>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!(" at line {line}, column {column}"),
        _ => String::new(),
    }
}

impl SceneError {
    /// Stable code, described in `scenes/FINDINGS.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "SC0001",
            Self::NotUsd { .. } => "SC0002",
            Self::Broken { .. } => "SC0003",
            Self::TooDeep { .. } => "SC0007",
            Self::ReaderFailed { .. } => "SC0008",
            Self::Unreadable { .. } => "SC0009",
            Self::Urdf(error) => error.code(),
            Self::Mjcf(error) => error.code(),
        }
    }

    /// The error in the form of a finding.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let (path, message, help) = match self {
            Self::Urdf(error) => return error.finding(),
            Self::Mjcf(error) => return error.finding(),
            Self::Missing { path } => (path, "scene does not exist".to_owned(), "check the path"),
            Self::Unreadable { path, source } => (
                path,
                format!("scene cannot be read: {source}"),
                "check the file's permissions",
            ),
            Self::NotUsd { path } => (
                path,
                "not a USD file".to_owned(),
                "give a .usd, .usda, .usdc or .usdz file",
            ),
            Self::Broken {
                path,
                line,
                column,
                reason,
            } => (
                path,
                format!("scene is broken{}: {reason}", location(*line, *column)),
                "correct the file, or write it again with the program that made it",
            ),
            Self::TooDeep { path, depth, limit } => (
                path,
                format!("nested {depth} levels deep: expected at most {limit}"),
                "flatten the scene",
            ),
            Self::ReaderFailed { path, reason } => (
                path,
                format!("the reader failed: {reason}"),
                "please report the file",
            ),
        };
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let site = Site {
            layer: name,
            ..Site::default()
        };
        Finding::new(Severity::Error, self.code(), site, message).help(help)
    }
}
