//! Opening a stage: what the bytes must look like, what the parser says, which files took part.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use openusd::usd::Stage;
use openusd::{sdf, usda};
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
pub(crate) fn open(path: &Path) -> Result<Stage, SceneError> {
    let Some(name) = path.to_str() else {
        return Err(SceneError::NotUsd {
            path: path.to_owned(),
        });
    };
    Stage::open(name).map_err(|error| broken(path, &error))
}

/// A failure of the library as our own error, with the place in the file where it knows one.
pub(crate) fn broken(path: &Path, error: &openusd::Error) -> SceneError {
    let (line, column, reason) = match parse_error(error) {
        Some(parse) => {
            let text = parse.to_string();
            let first = text.lines().next().unwrap_or_default();
            let reason = first.strip_prefix("error: ").unwrap_or(first).to_owned();
            (Some(parse.line()), Some(parse.column()), reason)
        }
        None => (None, None, chain(error)),
    };
    SceneError::Broken {
        path: path.to_owned(),
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
fn chain(error: &dyn std::error::Error) -> String {
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

/// Text without line breaks.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every file that took part, with the SHA-256 of its bytes; a package counts once.
pub(crate) fn inputs(stage: &Stage, folder: &str) -> Vec<(String, String)> {
    let mut inputs: Vec<(String, String)> = Vec::new();
    for identifier in stage.layer_identifiers() {
        let file = identifier.split('[').next().unwrap_or(&identifier);
        let name = file.strip_prefix(folder).unwrap_or(file).to_owned();
        if inputs.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let Ok(bytes) = fs::read(file) else { continue };
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(&bytes) {
            write!(hex, "{byte:02x}").unwrap_or_default();
        }
        inputs.push((name, hex));
    }
    inputs
}
