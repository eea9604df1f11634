//! A scene, loaded and compiled.

use std::path::Path;
use std::sync::Arc;

use halle_model::{MAX_LINKS, Model};
use halle_rollout::{FileHash, sha256_hex};
use halle_world::{Diagnostics, Plant, Severity, World};

use crate::failure::Failure;

/// A scene with all that follows from it.
pub(crate) struct Cell {
    /// What the author wrote.
    pub(crate) world: World,
    /// What is simulated.
    pub(crate) model: Arc<Model>,
    /// What is to be said about it.
    pub(crate) findings: Diagnostics,
    /// Every file of it.
    pub(crate) inputs: Vec<FileHash>,
    /// Hash of all of these, in order.
    pub(crate) hash: String,
    /// File name without its ending.
    pub(crate) name: String,
}

impl Cell {
    /// Loads a scene, tells its findings, compiles it.
    pub(crate) fn load(path: &Path) -> Result<Self, Failure> {
        let (world, mut findings) = halle_scenes::load(path)?;
        // Said before compiling: they may be the reason why that fails.
        tell(&findings);
        let (model, more) = halle_world::compile(&world)?;
        tell(&more);
        if model.links.len() > MAX_LINKS {
            return Err(Failure::input(format!(
                "scene `{}` has a robot of {} moving links, at most {MAX_LINKS} are simulated",
                path.display(),
                model.links.len()
            )));
        }
        findings.extend(more);
        let files = world
            .get_resource::<Plant>()
            .map_or(&[][..], |plant| &plant.inputs);
        let hash = sha256_hex(
            files
                .iter()
                .map(|(_, sha256)| sha256.as_str())
                .collect::<Vec<_>>()
                .join("\n")
                .as_bytes(),
        );
        // Names of layers count from the folder of the scene.
        let folder = path.parent().unwrap_or(Path::new(""));
        let inputs = files
            .iter()
            .map(|(name, sha256)| FileHash {
                path: name.clone(),
                sha256: sha256.clone(),
                bytes: std::fs::metadata(folder.join(name)).map_or(0, |file| file.len()),
            })
            .collect();
        let name = path
            .file_stem()
            .map_or("scene".into(), |stem| stem.to_string_lossy());
        Ok(Self {
            name: name.into_owned(),
            model: Arc::new(model),
            world,
            findings,
            inputs,
            hash,
        })
    }
}

fn tell(findings: &Diagnostics) {
    for finding in findings.findings() {
        match finding.severity {
            Severity::Note => log::info!("{finding}"),
            Severity::Warning => log::warn!("{finding}"),
            Severity::Error => log::error!("{finding}"),
        }
    }
}
