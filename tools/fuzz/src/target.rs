//! The readers that are held to their word.

use std::path::Path;

use halle_learn::{Checkpoint, Policy};
use halle_rollout::{RunFolder, read_metrics, read_table};
use halle_stage::canonical::{DumpOptions, dump_file};
use halle_stage::open::OpenOptions;
use halle_urdf::UrdfOptions;

use crate::format::Form;
use crate::laws;
use crate::made_runs::{SCENE, Still};
use crate::outcome::{Outcome, dump_features, loaded, refused};

/// A reader, and the files that it reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// How its files are spoiled.
    pub(crate) form: Form,
    /// Extension of cases out of texts that stand in tests.
    pub(crate) extension: &'static str,
    /// Extensions of files to start from; none if they are made.
    pub(crate) extensions: &'static [&'static str],
    /// Reads a case and tells what came of it.
    pub(crate) read: fn(&Path) -> Outcome,
}

impl Target {
    /// Whether files to start from are looked for in folders.
    pub(crate) fn walks(&self) -> bool {
        !self.extensions.is_empty()
    }
}

const USD: &[&str] = &["usda", "usd"];
const CRATE: &[&str] = &["usdc", "usd"];
const PACKAGE: &[&str] = &["usdz", "usda"];

/// All targets; a new one is one more row.
pub(crate) const TARGETS: &[Target] = &[
    row("urdf", Form::Urdf, "urdf", &["urdf"], urdf),
    row("mjcf", Form::Mjcf, "xml", &["xml"], mjcf),
    row("obj", Form::Obj, "obj", &["obj"], mesh),
    row("stl", Form::Stl, "stl", &["stl", "STL"], mesh),
    row("dae", Form::Dae, "dae", &["dae"], mesh),
    row("gltf", Form::Gltf, "gltf", &["gltf", "glb"], mesh),
    row("usda", Form::UsdText, "usda", USD, scene),
    row("usdc", Form::UsdCrate, "usdc", CRATE, scene),
    row("usdz", Form::UsdPackage, "usdz", PACKAGE, scene),
    row("stage-usda", Form::UsdText, "usda", USD, stage),
    row("stage-usdc", Form::UsdCrate, "usdc", CRATE, stage),
    row("stage-usdz", Form::UsdPackage, "usdz", PACKAGE, stage),
    row("manifest", Form::Json, "json", &[], manifest),
    row("metrics", Form::Json, "jsonl", &[], metrics),
    row("table", Form::Bytes, "parquet", &[], table),
    row("onnx", Form::Bytes, "onnx", &[], onnx),
    row("checkpoint", Form::Bytes, "safetensors", &[], checkpoint),
];

const fn row(
    name: &'static str,
    form: Form,
    extension: &'static str,
    extensions: &'static [&'static str],
    read: fn(&Path) -> Outcome,
) -> Target {
    Target {
        name,
        form,
        extension,
        extensions,
        read,
    }
}

fn urdf(path: &Path) -> Outcome {
    match halle_urdf::load(path, &UrdfOptions::default()) {
        Ok((world, findings)) => loaded(world, &findings),
        Err(error) => refused(&error),
    }
}

fn mjcf(path: &Path) -> Outcome {
    match halle_mjcf::load(path) {
        Ok((world, findings)) => loaded(world, &findings),
        Err(error) => refused(&error),
    }
}

fn scene(path: &Path) -> Outcome {
    match halle_scenes::load(path) {
        Ok((world, findings)) => loaded(world, &findings),
        Err(error) => refused(&error),
    }
}

fn mesh(path: &Path) -> Outcome {
    match halle_meshes::load(path) {
        Ok(file) => {
            let mut features: Vec<String> = file
                .notes
                .iter()
                .map(|n| crate::outcome::normal(&n.to_string()))
                .collect();
            features.push(format!("parts {}", file.parts.len().min(4)));
            features.push(format!(
                "normals {}",
                file.parts.iter().all(|p| !p.normals.is_empty())
            ));
            let broken = file
                .parts
                .iter()
                .find_map(|part| laws::of_mesh(&part.mesh()));
            let broken = broken.or_else(|| laws::of_mesh(&file.merged()));
            Outcome {
                broken_law: broken,
                ..Outcome::of(&features)
            }
        }
        Err(error) => refused(&error),
    }
}

fn stage(path: &Path) -> Outcome {
    match dump_file(path, &OpenOptions::default(), &DumpOptions::default()) {
        Ok(dump) => dump_features(&dump),
        Err(error) => refused(&error),
    }
}

fn manifest(path: &Path) -> Outcome {
    // A manifest has a name of its own in its folder.
    let folder = path.with_extension("run");
    let copied = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::copy(path, folder.join("manifest.json")));
    if let Err(error) = copied {
        return refused(&error);
    }
    match RunFolder::open(folder).and_then(|run| run.read_manifest()) {
        Ok(manifest) => Outcome::of(&[format!("{} inputs", manifest.inputs.len().min(3))]),
        Err(error) => refused(&error),
    }
}

fn metrics(path: &Path) -> Outcome {
    match read_metrics(path) {
        Ok(rows) => Outcome::of(&[format!("{} rows", rows.len().min(5))]),
        Err(error) => refused(&error),
    }
}

fn table(path: &Path) -> Outcome {
    match read_table(path) {
        Ok(table) => {
            let kinds = table.columns().iter().map(|c| c.values.kind().to_owned());
            Outcome::of(&kinds.collect::<Vec<_>>())
        }
        Err(error) => refused(&error),
    }
}

fn onnx(path: &Path) -> Outcome {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return refused(&error),
    };
    match Policy::from_onnx(&bytes) {
        Ok((policy, metadata)) => {
            let mut actions = vec![0.0; policy.action_dim()];
            policy.act(&vec![0.25; policy.observation_dim()], &mut actions);
            Outcome::of(&[format!("{} named", metadata.observation.len().min(3))])
        }
        Err(error) => refused(&error),
    }
}

fn checkpoint(path: &Path) -> Outcome {
    let checkpoint = match Checkpoint::load(path) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return refused(&error),
    };
    match checkpoint.resume(SCENE, &mut Still) {
        Ok(learner) => Outcome::of(&[format!("{} iterations", learner.iteration().min(3))]),
        Err(error) => refused(&error),
    }
}
