//! Folders in which cases lie beside the files that their originals could name.
//!
//! Neighbours are links, so that nothing is written where the originals are; a case has a name
//! that no link has.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Stem of the file of a case.
pub(crate) const CASE: &str = "case";

/// The path of a case below `work` for a seed of the folder `home`; links are made once.
pub(crate) fn case_path(
    work: &Path,
    home: Option<&Path>,
    extension: &str,
) -> Result<PathBuf, Failure> {
    let name = home.map_or_else(
        || "alone".to_owned(),
        |home| format!("{:016x}", key(&home.display().to_string())),
    );
    let folder = work.join(name);
    if !folder.is_dir() {
        fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
        if let Some(home) = home {
            link_all(home, &folder)?;
        }
    }
    Ok(folder.join(format!("{CASE}.{extension}")))
}

/// A number for a text (FNV-1a), the same on every machine.
fn key(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(unix)]
fn link_all(home: &Path, folder: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(home).map_err(Failure::file(home))? {
        let path = entry.map_err(Failure::file(home))?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        let taken = path.file_stem().is_some_and(|stem| stem == CASE);
        if !taken {
            let link = folder.join(name);
            std::os::unix::fs::symlink(&path, &link).map_err(Failure::file(&link))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn link_all(_: &Path, _: &Path) -> Result<(), Failure> {
    Ok(())
}

/// Writes a case; what lay there is gone first, whatever it was.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if path.symlink_metadata().is_ok() {
        fs::remove_file(path).map_err(Failure::file(path))?;
    }
    fs::write(path, bytes).map_err(Failure::file(path))
}
