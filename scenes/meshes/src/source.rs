//! The files that a mesh comes from.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::error::MeshError;

/// Largest file that is read \[bytes\].
const BYTE_LIMIT: u64 = 1 << 30;

/// The bytes of a file that is not too large.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, MeshError> {
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => MeshError::Missing {
            path: path.to_owned(),
        },
        _ => MeshError::Unreadable {
            path: path.to_owned(),
            source,
        },
    };
    let known = fs::metadata(path).map_err(failed)?;
    if !known.is_file() {
        // A pipe or a device would be read without end.
        return Err(failed(ErrorKind::IsADirectory.into()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(BYTE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > BYTE_LIMIT {
        return Err(MeshError::TooLarge {
            path: path.to_owned(),
            unit: "bytes",
            found: known.len(),
            limit: BYTE_LIMIT,
        });
    }
    Ok(bytes)
}

/// A path that a mesh file names, seen from the file's folder; `None` for addresses on a network.
pub(crate) fn beside(path: &Path, uri: &str) -> Option<PathBuf> {
    let plain = uri.strip_prefix("file://").unwrap_or(uri);
    if plain.contains("://") || plain.is_empty() || plain.contains('\0') {
        return None;
    }
    let forward = plain.replace('\\', "/");
    Some(path.parent().unwrap_or(Path::new("")).join(forward))
}
