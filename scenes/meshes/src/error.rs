//! Why a mesh file cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a mesh file cannot be used. Every message names the file and what was expected.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MeshError {
    /// There is no such file.
    #[error("mesh `{}` does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The system refuses to read the file.
    #[error("mesh `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The extension is not one of [`crate::EXTENSIONS`].
    #[error("mesh `{}` has no known format: expected .obj, .stl, .dae, .gltf, .glb or .msh", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The bytes do not say what the format asks for.
    #[error("mesh `{}` is broken{}: {reason}", path.display(), line.map_or_else(String::new, |l| format!(" at line {l}")))]
    Broken {
        /// The file.
        path: PathBuf,
        /// Line of the fault, where the format has lines and the parser knows it.
        line: Option<usize>,
        /// What was expected and what was found.
        reason: String,
    },
    /// The file needs something that is not supported.
    #[error("mesh `{}` needs {what}, which is not supported", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it needs.
        what: String,
    },
    /// The file is larger than any mesh of a plant needs to be.
    #[error("mesh `{}` holds {found} {unit}: expected at most {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// What is counted.
        unit: &'static str,
        /// How many there are.
        found: u64,
        /// How many may be.
        limit: u64,
    },
    /// There is no triangle in the file.
    #[error("mesh `{}` holds no triangle: expected at least one face", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl MeshError {
    /// The bytes do not say what the format asks for, at no known line.
    pub(crate) fn broken(path: &Path, reason: impl Into<String>) -> Self {
        Self::Broken {
            path: path.to_owned(),
            line: None,
            reason: reason.into(),
        }
    }

    /// The file at fault.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Missing { path }
            | Self::Unreadable { path, .. }
            | Self::UnknownFormat { path }
            | Self::Broken { path, .. }
            | Self::Unsupported { path, .. }
            | Self::TooLarge { path, .. }
            | Self::Empty { path } => path,
        }
    }
}
