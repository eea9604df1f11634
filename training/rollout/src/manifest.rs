//! What a run was made from and what it made.

use serde::{Deserialize, Serialize};

/// Version of the manifest's fields; a reader refuses later ones.
pub const SCHEMA_VERSION: u32 = 1;

/// A file by name, content and size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHash {
    /// Path as the user gave it, or relative to the run folder for outputs.
    pub path: String,
    /// SHA-256 of the content, 64 hexadecimal digits.
    pub sha256: String,
    /// Size \[byte\].
    pub bytes: u64,
}

/// The record of a run, `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`SCHEMA_VERSION`] when written.
    pub schema_version: u32,
    /// Version of halle that ran.
    pub halle_version: String,
    /// Command with its arguments as typed.
    pub command: Vec<String>,
    /// Root file of the scene.
    pub scene: String,
    /// Every file that the scene was composed from, and other inputs such as a policy.
    pub inputs: Vec<FileHash>,
    /// Name of the task.
    pub task: String,
    /// `cpu`, `gpu` or `rapier`.
    pub backend: String,
    /// What it ran on: processor and lanes, or adapter and driver.
    pub device: String,
    /// Seed of the run.
    pub seed: u64,
    /// Envs in the batch.
    pub envs: u64,
    /// Horizon of a rollout \[control step\].
    pub horizon: u64,
    /// Everything else as resolved: task, randomisation, learning.
    pub config: serde_json::Value,
    /// When the run began, RFC 3339.
    pub created: String,
    /// When it ended, RFC 3339; none while it runs or after it was stopped.
    pub finished: Option<String>,
    /// Files of the run folder.
    pub outputs: Vec<FileHash>,
}

impl Manifest {
    /// Name of its file.
    pub const FILE: &'static str = "manifest.json";

    /// Reads the text of a manifest; the error says what does not fit.
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        // The version is read alone first: a later one may have other fields.
        let version: Version = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if version.schema_version > SCHEMA_VERSION {
            let found = version.schema_version;
            return Err(format!(
                "its schema version is {found}, this build knows {SCHEMA_VERSION}"
            ));
        }
        serde_json::from_slice(bytes).map_err(|e| e.to_string())
    }
}
