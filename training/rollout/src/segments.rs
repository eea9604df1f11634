//! A table that grows by whole files and is joined at the end.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{RolloutError, RunFolder, Table, read_table, write_table};

/// The parts of one table of a run, each its own Parquet file under `{stem}.segments/`.
///
/// A part is written whole or not at all and never touched again, so a run that
/// is killed keeps every part before. Writing the same number again gives the
/// same file: a shard may be repeated.
#[derive(Clone, Debug)]
pub struct Segments {
    folder: PathBuf,
    target: PathBuf,
    /// Where the parts go on their way out; swept when the run is resumed.
    outgoing: PathBuf,
}

impl Segments {
    /// The parts of the table `{stem}.parquet` in a run folder.
    #[must_use]
    pub fn new(run: &RunFolder, stem: &str) -> Self {
        let target = run.file(&format!("{stem}.parquet"));
        let folder = run.file(&format!("{stem}.segments"));
        Self {
            folder,
            target,
            outgoing: run.file(&format!(".{stem}.segments.part")),
        }
    }

    /// Writes part `index`.
    ///
    /// # Errors
    ///
    /// As [`write_table`].
    pub fn write(&self, index: u64, table: &Table) -> Result<(), RolloutError> {
        write_table(&self.folder.join(format!("{index:06}.parquet")), table)
    }

    /// Paths of the parts there are, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Io`] when the folder cannot be listed; no folder means no parts.
    pub fn paths(&self) -> Result<Vec<PathBuf>, RolloutError> {
        let read = |source| RolloutError::from_io("read", &self.folder, source);
        if !self.folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(read)? {
            let path = entry.map_err(read)?.path();
            if number(&path).is_some() {
                paths.push(path);
            }
        }
        paths.sort_by_key(|path| number(path));
        Ok(paths)
    }

    /// Removes parts numbered `first` and above, for resuming from an earlier state.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Unwritable`] or [`RolloutError::Io`].
    pub fn drop_from(&self, first: u64) -> Result<(), RolloutError> {
        for path in self.paths()? {
            if number(&path).is_some_and(|number| number >= first) {
                fs::remove_file(&path)
                    .map_err(|source| RolloutError::from_io("write", &path, source))?;
            }
        }
        Ok(())
    }

    /// Joins all parts into `{stem}.parquet`, then removes them; returns the rows written.
    ///
    /// Facts are those of the first part; an earlier joined table is replaced. Without parts
    /// nothing is written and 0 comes back. The parts leave all at once, by a rename: killed
    /// before it, the next call writes the same table again.
    ///
    /// # Errors
    ///
    /// [`RolloutError::Columns`] when a part has other columns, else as [`read_table`] and
    /// [`write_table`].
    pub fn finish(&self) -> Result<usize, RolloutError> {
        let mut joined: Option<Table> = None;
        for path in self.paths()? {
            let part = read_table(&path)?;
            match &mut joined {
                None => joined = Some(part),
                Some(table) => {
                    if let Some(reason) = table.difference(&part) {
                        return Err(RolloutError::Columns { path, reason });
                    }
                    table.extend(part);
                }
            }
        }
        let Some(table) = joined else { return Ok(0) };
        write_table(&self.target, &table)?;
        fs::rename(&self.folder, &self.outgoing)
            .and_then(|()| fs::remove_dir_all(&self.outgoing))
            .map_err(|source| RolloutError::from_io("write", &self.folder, source))?;
        Ok(table.row_count())
    }
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?
        .to_str()?
        .strip_suffix(".parquet")?
        .parse()
        .ok()
}
