//! What can go wrong with the files of a run.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a file of a run could not be written or read; every variant names the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RolloutError {
    /// The folder holds files and was not to be used again.
    #[error("output folder `{}` is not empty; choose another one, or resume the run in it", path.display())]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// A run was to be resumed where there is none.
    #[error("folder `{}` holds no run: `manifest.json` is missing", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// The path of the folder is taken by something that is not a folder.
    #[error("output path `{}` is not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// Writing is not allowed there.
    #[error("cannot write `{}`: no permission or a read-only disk", path.display())]
    Unwritable {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No room is left; files written before are whole.
    #[error("cannot write `{}`: the disk or the quota is full", path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is not there.
    #[error("file `{}` does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Any other fault of the file system.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is there but does not hold what it should.
    #[error("file `{}` is damaged or not ours: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A column does not have as many rows as the first one.
    #[error("column `{column}` has {given} rows, expected {expected}")]
    Rows {
        /// Name of the column.
        column: String,
        /// Rows of the first column.
        expected: usize,
        /// Rows of this one.
        given: usize,
    },
    /// Two columns share a name, or a name is empty.
    #[error("column name `{column}` is empty or used twice")]
    ColumnName {
        /// The name.
        column: String,
    },
    /// Tables that were to be joined differ in names or kinds of columns.
    #[error("table `{}` has other columns than those before it: {reason}", path.display())]
    Columns {
        /// The table that does not fit.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// A file name that would leave the run folder.
    #[error("`{name}` is not a plain file name inside a run folder")]
    Name {
        /// The name.
        name: String,
    },
    /// A value that JSON cannot hold.
    #[error("cannot write `{}` as json", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        #[source]
        source: serde_json::Error,
    },
}

impl RolloutError {
    /// Sorts a fault of the file system by what its reader can do about it.
    pub(crate) fn from_io(action: &'static str, path: &Path, source: io::Error) -> Self {
        use io::ErrorKind;
        let path = path.to_path_buf();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { path, source }
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem if action == "write" => {
                Self::Unwritable { path, source }
            }
            ErrorKind::NotFound if action == "read" => Self::Missing { path },
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }

    /// True when the fault lies with the given folder or disk and not with the program.
    #[must_use]
    pub fn is_input_fault(&self) -> bool {
        !matches!(
            self,
            Self::Rows { .. } | Self::ColumnName { .. } | Self::Name { .. } | Self::Json { .. }
        )
    }
}
