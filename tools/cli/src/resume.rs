//! A run to go on with.

use std::path::{Path, PathBuf};

use halle_rollout::{FileHash, Manifest, RunFolder};
use serde_json::Value;

use crate::backend::Chosen;
use crate::cell::Cell;
use crate::failure::Failure;
use crate::job::Job;

/// What an earlier run left; reading it changes nothing.
pub(crate) struct Earlier {
    path: PathBuf,
    /// Its manifest.
    pub(crate) manifest: Manifest,
    /// Its settings.
    pub(crate) job: Job,
}

impl Earlier {
    /// Reads the manifest of a run folder.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let manifest = RunFolder::open(path)?.read_manifest()?;
        let job = serde_json::from_value(manifest.config.clone()).map_err(|error| {
            let file = path.join(Manifest::FILE);
            Failure::input(format!("settings in `{}`: {error}", file.display()))
        })?;
        Ok(Self {
            path: path.to_owned(),
            manifest,
            job,
        })
    }

    /// Fails where scene or backend are others than those of the run.
    pub(crate) fn check(&self, cell: &Cell, backend: Chosen) -> Result<(), Failure> {
        let hashes = |files: &[FileHash]| -> Vec<String> {
            files.iter().map(|file| file.sha256.clone()).collect()
        };
        let (path, manifest) = (self.path.display(), &self.manifest);
        if hashes(&manifest.inputs) != hashes(&cell.inputs) {
            return Err(Failure::input(format!(
                "run `{path}` was made from other contents of scene `{}`",
                manifest.scene
            ))
            .help("train into another folder, or bring the scene back"));
        }
        if manifest.backend != backend.name() {
            return Err(Failure::input(format!(
                "run `{path}` was begun on backend `{}`, and here it would go on with `{}`",
                manifest.backend,
                backend.name()
            ))
            .help(format!(
                "add `--backend {}`, or train into another folder",
                manifest.backend
            )));
        }
        Ok(())
    }

    /// Fails where a setting is another than in the run, and names the first one.
    pub(crate) fn check_job(&self, job: &Job) -> Result<(), Failure> {
        let fail = |error| Failure::ours(format!("settings cannot be written: {error}"));
        let before = serde_json::to_value(&self.job).map_err(fail)?;
        let after = serde_json::to_value(job).map_err(fail)?;
        match difference("", &before, &after) {
            None => Ok(()),
            Some((name, before, after)) => Err(Failure::input(format!(
                "a resumed run keeps its settings: `{name}` was {before} in `{}`, now it is {after}",
                self.path.display()
            ))
            .help("leave settings out when resuming, or train into another folder")),
        }
    }

    /// What the run said at its end, if it came to one.
    pub(crate) fn summary(&self) -> Option<Value> {
        self.manifest.finished.as_ref()?;
        serde_json::from_slice(&std::fs::read(self.path.join("summary.json")).ok()?).ok()
    }
}

/// The first value that differs, with its place.
fn difference<'v>(
    place: &str,
    before: &'v Value,
    after: &'v Value,
) -> Option<(String, &'v Value, &'v Value)> {
    if before == after {
        return None;
    }
    if let (Value::Object(old), Value::Object(new)) = (before, after) {
        let inner = old.iter().find_map(|(key, value)| {
            let dot = if place.is_empty() { "" } else { "." };
            difference(
                &format!("{place}{dot}{key}"),
                value,
                new.get(key).unwrap_or(&Value::Null),
            )
        });
        if inner.is_some() {
            return inner;
        }
    }
    Some((place.to_owned(), before, after))
}
