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

    /// Goes on with the line whose `iteration` is `next`: that one, later ones and a torn last
    /// line are dropped.
    ///
    /// Lines of a smaller number stay, to the byte. A missing file is started anew.
    ///
    /// # Errors
    ///
    /// As [`read_metrics`] and [`write_file`].
    pub fn resume(path: &Path, next: u64) -> Result<Self, RolloutError> {
        let lines = match read_lines(path) {
            Err(RolloutError::Missing { .. }) => Vec::new(),
            other => other?,
        };
        let kept = lines
            .iter()
            .filter(|(row, _)| number(row).is_some_and(|i| i < next));
        let text: String = kept.map(|(_, line)| line.as_str()).collect();
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
    let lines = read_lines(path)?;
    Ok(lines.into_iter().map(|(row, _)| row).collect())
}

/// All whole lines with their text, the end of the line included.
fn read_lines(path: &Path) -> Result<Vec<(Row, String)>, RolloutError> {
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
        rows.push((row, format!("{}\n", String::from_utf8_lossy(text))));
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
