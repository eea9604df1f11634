//! The log of a training: one line of JSON per iteration.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::{RolloutError, write_file};

/// One iteration: `iteration` and whatever else the learner measured.
type Row = Map<String, Value>;

/// An open `metrics.jsonl`; a line is whole in the file once [`Self::append`] returns.
#[derive(Debug)]
pub struct MetricsLog {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines.
    length: u64,
}

impl MetricsLog {
    /// Starts an empty log in place of any other.
    ///
    /// # Errors
    ///
    /// As [`write_file`].
    pub fn create(path: &Path) -> Result<Self, RolloutError> {
        write_file(path, b"")?;
        Self::at_end(path, 0)
    }

    /// Goes on after `iterations` finished iterations: later lines and a torn last line are dropped.
    ///
    /// Lines whose `iteration` is below `iterations` stay. A missing file is started anew.
    ///
    /// # Errors
    ///
    /// As [`read_metrics`] and [`write_file`].
    pub fn resume(path: &Path, iterations: u64) -> Result<Self, RolloutError> {
        let rows = match read_metrics(path) {
            Err(RolloutError::Missing { .. }) => Vec::new(),
            other => other?,
        };
        let kept = rows
            .into_iter()
            .filter(|row| number(row).is_some_and(|i| i < iterations));
        let mut text = String::new();
        for row in kept {
            text.push_str(&Value::Object(row).to_string());
            text.push('\n');
        }
        write_file(path, text.as_bytes())?;
        Self::at_end(path, text.len() as u64)
    }

    fn at_end(path: &Path, length: u64) -> Result<Self, RolloutError> {
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(|source| RolloutError::from_io("write", path, source))?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            length,
        })
    }

    /// Adds the line of one iteration, its number first; numbers that JSON lacks become null.
    ///
    /// After a fault the file is cut back to its last whole line.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Full`], [`RolloutError::Unwritable`] or [`RolloutError::Io`].
    pub fn append(&mut self, iteration: u64, values: &[(&str, f64)]) -> Result<(), RolloutError> {
        let mut line = format!("{{\"iteration\":{iteration}");
        for (name, value) in values {
            // `Value` prints a number or null and escapes names.
            line += &format!(",{}:{}", Value::from(*name), Value::from(*value));
        }
        line += "}\n";
        self.write(line.as_bytes())
            .map_err(|source| RolloutError::from_io("write", &self.path, source))
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let result = self.file.write_all(line);
        if result.is_ok() {
            self.length += line.len() as u64;
        } else {
            // The first fault is what counts; readers skip a torn last line anyway.
            drop(self.file.set_len(self.length));
        }
        result
    }
}

/// All whole lines, in order; a last line without its end (a killed run) is left out.
///
/// # Errors
///
/// [`RolloutError::Missing`], [`RolloutError::Io`], or [`RolloutError::Corrupt`] for a
/// whole line that is not a JSON object with an `iteration`.
pub fn read_metrics(path: &Path) -> Result<Vec<Row>, RolloutError> {
    let bytes =
        std::fs::read(path).map_err(|source| RolloutError::from_io("read", path, source))?;
    let end = bytes
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |last| last + 1);
    let corrupt = |line: usize, reason: String| RolloutError::Corrupt {
        path: path.to_path_buf(),
        reason: format!("line {}: {reason}", line + 1),
    };
    let mut rows = Vec::new();
    for (line, text) in bytes[..end].split(|b| *b == b'\n').enumerate() {
        if text.is_empty() {
            continue;
        }
        let row: Row = serde_json::from_slice(text).map_err(|e| corrupt(line, e.to_string()))?;
        if number(&row).is_none() {
            return Err(corrupt(line, "`iteration` is missing".to_owned()));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn number(row: &Row) -> Option<u64> {
    row.get("iteration")?.as_u64()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Every write to /dev/full fails with "no space left", by definition of the device.
    #[test]
    fn full_disk_is_told() {
        let path = Path::new("/dev/full");
        let full = MetricsLog::at_end(path, 0)
            .unwrap()
            .append(0, &[("reward", 1.0)]);
        assert!(
            matches!(&full, Err(RolloutError::Full { path: p, .. }) if p == path),
            "{full:?}"
        );
    }
}
