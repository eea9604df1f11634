//! The files and crates that the tidy rules read.

use std::collections::BTreeMap;
use std::path::Path;

use crate::failure::Failure;
use crate::workspace::{self, Crate};

/// Endings of the text files that are read.
const ENDINGS: &[&str] = &["rs", "wgsl", "py", "toml", "md", "sh"];

/// Folders that hold nothing of ours, wherever they stand.
const FOREIGN: &[&str] = &["target", "runs", ".git", ".venv", "__pycache__"];

/// Files by their path relative to the root, with `/` between parts, and the crates.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: BTreeMap<String, String>,
    pub(super) crates: Vec<Crate>,
}

impl Tree {
    /// Reads everything below `root`.
    ///
    /// # Errors
    ///
    /// [`Failure`] when a file cannot be read as text or cargo does not answer.
    pub(super) fn read(root: &Path) -> Result<Self, Failure> {
        let mut files = BTreeMap::new();
        read_folder(root, "", &mut files)?;
        Ok(Self {
            files,
            crates: workspace::crates(root)?,
        })
    }

    /// Contents of one file; empty when there is none, which every rule on that file reports.
    pub(super) fn text(&self, path: &str) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }
}

fn read_folder(
    root: &Path,
    relative: &str,
    files: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    let folder = root.join(relative);
    let failure = |source| Failure::File {
        path: folder.display().to_string(),
        source,
    };
    for entry in std::fs::read_dir(&folder).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        let kind = entry.file_type().map_err(failure)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if relative.is_empty() {
            name.clone()
        } else {
            format!("{relative}/{name}")
        };
        if kind.is_dir() {
            if !FOREIGN.contains(&name.as_str()) {
                read_folder(root, &path, files)?;
            }
        } else if kind.is_file() && ENDINGS.iter().any(|ending| has_ending(&name, ending)) {
            let text = std::fs::read_to_string(entry.path()).map_err(|source| Failure::File {
                path: path.clone(),
                source,
            })?;
            files.insert(path, text);
        }
    }
    Ok(())
}

/// True when `path` ends in a full stop and `ending`.
pub(super) fn has_ending(path: &str, ending: &str) -> bool {
    path.strip_suffix(ending)
        .is_some_and(|stem| stem.ends_with('.'))
}
