//! The folder of a run.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::{FileHash, Manifest, RolloutError};

/// What to do with a folder that holds files already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupied {
    /// Stop with [`RolloutError::Occupied`].
    Refuse,
    /// Go on with the run in it; stop with [`RolloutError::NoRun`] when there is none.
    Resume,
}

/// The folder that a run writes into: manifest, tables, pictures, report, policy.
#[derive(Clone, Debug)]
pub struct RunFolder {
    root: PathBuf,
}

impl RunFolder {
    /// Makes the folder with its parents, or takes an empty one, or one to resume, and tries it out.
    ///
    /// A file is written and removed again, so that a folder that cannot be
    /// written or a full disk is told now and not after the computing.
    /// Temporary files that a killed run left behind, here or one folder below, are removed on
    /// resuming.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Occupied`], [`RolloutError::NoRun`], [`RolloutError::NotAFolder`],
    /// [`RolloutError::Unwritable`], [`RolloutError::Full`] or [`RolloutError::Io`].
    pub fn create(path: impl Into<PathBuf>, occupied: Occupied) -> Result<Self, RolloutError> {
        let root = path.into();
        let write = |source| RolloutError::from_io("write", &root, source);
        if root.exists() && !root.is_dir() {
            return Err(RolloutError::NotAFolder { path: root });
        }
        if occupied == Occupied::Resume && !root.join(Manifest::FILE).is_file() {
            return Err(RolloutError::NoRun { path: root });
        }
        fs::create_dir_all(&root).map_err(write)?;
        let folder = Self { root };
        let left = names(&folder.root)?;
        let real = left.iter().any(|name| !is_temporary(name));
        if occupied == Occupied::Refuse && real {
            return Err(RolloutError::Occupied { path: folder.root });
        }
        for name in left {
            let path = folder.root.join(&name);
            if is_temporary(&name) {
                remove(&path)?;
            } else if path.is_dir() {
                for name in names(&path)?.iter().filter(|name| is_temporary(name)) {
                    remove(&path.join(name))?;
                }
            }
        }
        // A page of bytes: an empty file fits on a full disk.
        folder.write(".halle-probe", &[0; 4096])?;
        remove(&folder.root.join(".halle-probe"))?;
        Ok(folder)
    }

    /// Opens the folder of a run for reading.
    ///
    /// # Errors
    ///
    /// [`RolloutError::NoRun`] when there is no manifest in it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, RolloutError> {
        let root = path.into();
        if root.join(Manifest::FILE).is_file() {
            Ok(Self { root })
        } else {
            Err(RolloutError::NoRun { path: root })
        }
    }

    /// Path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Path of a file in the folder; sub-folders are written with `/`.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Writes a whole file: old or new content is there at any time, never a part.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Name`] for a name that leaves the folder, else as [`write_file`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RolloutError> {
        let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        if !name.split('/').all(plain) || name.contains('\\') {
            return Err(RolloutError::Name {
                name: name.to_owned(),
            });
        }
        write_file(&self.file(name), bytes)
    }

    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Missing`] or [`RolloutError::Io`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>, RolloutError> {
        let path = self.file(name);
        fs::read(&path).map_err(|source| RolloutError::from_io("read", &path, source))
    }

    /// Writes `manifest.json`.
    ///
    /// # Errors
    ///
    /// As [`write_file`].
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), RolloutError> {
        let path = self.file(Manifest::FILE);
        let mut text =
            serde_json::to_string_pretty(manifest).map_err(|source| RolloutError::Json {
                path: path.clone(),
                source,
            })?;
        text.push('\n');
        write_file(&path, text.as_bytes())
    }

    /// Reads `manifest.json`.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Missing`], [`RolloutError::Io`], or [`RolloutError::Corrupt`] for
    /// text that is no manifest or one of a later version.
    pub fn read_manifest(&self) -> Result<Manifest, RolloutError> {
        let bytes = self.read(Manifest::FILE)?;
        Manifest::from_json(&bytes).map_err(|reason| RolloutError::Corrupt {
            path: self.file(Manifest::FILE),
            reason,
        })
    }

    /// Hashes of files in the folder, for [`Manifest::outputs`], in the order given.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Missing`] or [`RolloutError::Io`].
    pub fn hashes(&self, names: &[&str]) -> Result<Vec<FileHash>, RolloutError> {
        names
            .iter()
            .map(|name| sha256_file(&self.file(name), name))
            .collect()
    }
}

/// Writes a whole file under a temporary name, flushes it to the disk and renames it.
///
/// Folders on the way are made. When it fails, what was there before is still there.
///
/// # Errors
///
/// [`RolloutError::Unwritable`], [`RolloutError::Full`] or [`RolloutError::Io`].
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), RolloutError> {
    let write = |source| RolloutError::from_io("write", path, source);
    // The parent of a bare name is empty, and stands for the folder that one is in.
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(write)?;
    let temporary = temporary_name(path);
    let result = File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path))
        // The name itself is on the disk once the folder is flushed.
        .and_then(|()| File::open(parent).and_then(|folder| folder.sync_all()));
    if result.is_err() {
        // The first fault is what the caller must hear of; a left-over is swept on resuming.
        drop(fs::remove_file(&temporary));
    }
    result.map_err(write)
}

/// Hash of a file as the manifest lists it, under the given name.
///
/// # Errors
///
/// [`RolloutError::Missing`] or [`RolloutError::Io`].
pub fn sha256_file(path: &Path, name: &str) -> Result<FileHash, RolloutError> {
    let read = |source| RolloutError::from_io("read", path, source);
    let mut file = File::open(path).map_err(read)?;
    let (mut hash, mut bytes, mut block) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut block).map_err(read)?;
        if count == 0 {
            break;
        }
        hash.update(&block[..count]);
        bytes += count as u64;
    }
    Ok(FileHash {
        path: name.to_owned(),
        sha256: hex(&hash.finalize()),
        bytes,
    })
}

/// SHA-256 as 64 hexadecimal digits.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |v: u8| char::from(DIGITS[usize::from(v)]);
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(b & 15)])
        .collect()
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Result<Vec<String>, RolloutError> {
    let read = |source| RolloutError::from_io("read", folder, source);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        names.push(
            entry
                .map_err(read)?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort_unstable();
    Ok(names)
}

fn temporary_name(path: &Path) -> PathBuf {
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && (name.ends_with(".part") || name == ".halle-probe")
}

fn remove(path: &Path) -> Result<(), RolloutError> {
    let result = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    result.map_err(|source| RolloutError::from_io("write", path, source))
}
