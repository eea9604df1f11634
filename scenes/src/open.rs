//! Opening a stage: what the bytes must look like, what the parser says, which files took part.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use halle_stage::StageError;
use halle_stage::open::{OpenOptions, Scene};
use sha2::{Digest as _, Sha256};

use crate::error::SceneError;

/// Deepest nesting of brackets in a text file; the parser recurses over them.
const DEPTH_LIMIT: usize = 256;
/// First bytes of the three forms of a USD file.
const MAGICS: [&[u8]; 3] = [b"#usda", b"PXR-USDC", b"PK\x03\x04"];

/// Refuses bytes that are not USD, and text that is nested too deeply to be parsed safely.
pub(crate) fn check_bytes(path: &Path, bytes: &[u8]) -> Result<(), SceneError> {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    let known = ["usd", "usda", "usdc", "usdz"].contains(&extension.to_ascii_lowercase().as_str());
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if !known || !MAGICS.iter().any(|magic| body.starts_with(magic)) {
        return Err(SceneError::NotUsd {
            path: path.to_owned(),
        });
    }
    if body.starts_with(MAGICS[0]) {
        let depth = nesting(body);
        if depth > DEPTH_LIMIT {
            let path = path.to_owned();
            return Err(SceneError::TooDeep {
                path,
                depth,
                limit: DEPTH_LIMIT,
            });
        }
    }
    Ok(())
}

/// Deepest nesting of brackets, counted without regard to strings and comments.
fn nesting(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text {
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Opens the stage that a file is the root of.
pub(crate) fn open(path: &Path) -> Result<Scene, SceneError> {
    Scene::open(path, &OpenOptions::default()).map_err(|error| refused(path, error))
}

/// A stage that cannot be opened or read, as our own error.
pub(crate) fn refused(path: &Path, error: StageError) -> SceneError {
    let path = path.to_owned();
    match error {
        StageError::Missing { .. } => SceneError::Missing { path },
        StageError::Unreadable { source, .. } => SceneError::Unreadable { path, source },
        StageError::NotUsd { .. } => SceneError::NotUsd { path },
        StageError::Broken {
            line,
            column,
            reason,
            ..
        } => SceneError::Broken {
            path,
            line,
            column,
            reason,
        },
        StageError::TooDeep { depth, limit, .. } => SceneError::TooDeep { path, depth, limit },
        other => SceneError::Broken {
            path,
            line: None,
            column: None,
            reason: one_line(&other.to_string()),
        },
    }
}

/// A failure of the library in the middle of a stage.
pub(crate) fn broken(path: &Path, error: openusd::Error) -> SceneError {
    refused(path, error.into())
}

/// Text without line breaks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every file that took part, with the SHA-256 of its bytes; a package counts once.
pub(crate) fn inputs(scene: &Scene) -> Vec<(String, String)> {
    let mut inputs: Vec<(String, String)> = Vec::new();
    for identifier in scene.stage().layer_identifiers() {
        let name = scene.relative(&identifier);
        let name = name.split('[').next().unwrap_or(&name).to_owned();
        if inputs.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let Ok(bytes) = fs::read(scene.folder().join(&name)) else {
            continue;
        };
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(&bytes) {
            write!(hex, "{byte:02x}").unwrap_or_default();
        }
        inputs.push((name, hex));
    }
    inputs
}
