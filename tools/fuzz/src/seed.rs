//! A file to start from.

use std::path::PathBuf;

/// A file to start from.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    /// Where it comes from, for people.
    pub(crate) name: String,
    /// Folder whose files it may name; none for what was made.
    pub(crate) home: Option<PathBuf>,
    /// Extension of its file.
    pub(crate) extension: String,
    /// Contents.
    pub(crate) bytes: Vec<u8>,
}
