//! Files to start from that the project's own writers make: run folders, policies, checkpoints, and
//! scenes in the binary forms of USD.

use std::fs;
use std::path::{Path, PathBuf};

use halle_learn::{
    Channel, Checkpoint, EnvError, Learner, OnnxMetadata, PpoConfig, StepRows, VecEnv,
};
use halle_rollout::{
    Column, FileHash, Manifest, MetricsLog, Occupied, RunFolder, SCHEMA_VERSION, Table, Values,
    write_table,
};
use serde_json::json;

use crate::failure::Failure;
use crate::seed::Seed;

/// Hash of the scene of the checkpoint.
pub(crate) const SCENE: &str = "0123abcd";
/// Scenes that are written as binary USD.
const SCENES: &[&str] = &[
    "scenes/library/polishing_cell.usda",
    "scenes/library/press_line.usda",
    "scenes/urdf/tests/broken/whole.urdf",
    "scenes/urdf/tests/broken/base.urdf",
];

/// Envs that stand still.
#[derive(Debug)]
pub(crate) struct Still;

impl VecEnv for Still {
    fn env_count(&self) -> usize {
        4
    }

    fn observation_dim(&self) -> usize {
        2
    }

    fn action_dim(&self) -> usize {
        1
    }

    fn observe(&mut self, observation: &mut [f32]) -> Result<(), EnvError> {
        observation.fill(0.5);
        Ok(())
    }

    fn step(&mut self, _: &[f32], rows: &mut StepRows) -> Result<(), EnvError> {
        rows.observation.fill(0.5);
        rows.reward.fill(1.0);
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        vec![1, 2, 3]
    }

    fn restore(&mut self, _: &[u8]) -> Result<(), EnvError> {
        Ok(())
    }
}

/// What a target starts from beside files that lie there.
pub(crate) fn made(target: &str, root: &Path) -> Result<Vec<Seed>, Failure> {
    let folder = std::env::temp_dir().join(format!("halle-fuzz-{target}-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let written = match target {
        "manifest" => manifest(&folder),
        "metrics" => metrics(&folder),
        "table" => table(&folder),
        "onnx" | "checkpoint" => learned(target, &folder),
        _ if target.ends_with("usdc") => scenes("usdc", root, &folder),
        _ if target.ends_with("usdz") => scenes("usdz", root, &folder),
        _ => Ok(Vec::new()),
    };
    let seeds = written.and_then(|paths| paths.iter().map(|path| seed(path)).collect());
    fs::remove_dir_all(&folder).map_err(Failure::file(&folder))?;
    seeds
}

fn seed(path: &Path) -> Result<Seed, Failure> {
    let word =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    Ok(Seed {
        name: format!("made {}", word(path.file_name())),
        home: None,
        extension: word(path.extension()),
        bytes: fs::read(path).map_err(Failure::file(path))?,
    })
}

fn refused(error: impl std::fmt::Display) -> Failure {
    Failure::Made {
        reason: error.to_string(),
    }
}

fn manifest(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let run = RunFolder::create(folder.join("run"), Occupied::Refuse).map_err(refused)?;
    let hash = FileHash {
        path: "plant.usda".to_owned(),
        sha256: "0".repeat(64),
        bytes: 7,
    };
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        halle_version: "0.1.0".to_owned(),
        command: vec!["halle".to_owned(), "train".to_owned()],
        scene: "plant.usda".to_owned(),
        inputs: vec![hash.clone()],
        task: "polish".to_owned(),
        backend: "cpu".to_owned(),
        device: "x86-64, 8 lanes".to_owned(),
        seed: 1,
        envs: 4096,
        horizon: 24,
        config: json!({"task": {"a": [1, 2.5, null]}, "learner": {}}),
        created: "2026-01-01T00:00:00Z".to_owned(),
        finished: None,
        outputs: vec![hash],
    };
    run.write_manifest(&manifest).map_err(refused)?;
    Ok(vec![run.file(Manifest::FILE)])
}

fn metrics(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let path = folder.join("metrics.jsonl");
    let mut log = MetricsLog::create(&path).map_err(refused)?;
    for iteration in 0..3 {
        let values = [("reward", 0.5), ("kl", f64::from(iteration))];
        log.append(u64::from(iteration as u32), &values)
            .map_err(refused)?;
    }
    Ok(vec![path])
}

fn table(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let columns = vec![
        Column::new("a", "m", Values::F32(vec![1.0, f32::NAN])),
        Column::new("b.x", "", Values::F64(vec![1.0, -0.0])),
        Column::new("n", "", Values::I64(vec![i64::MIN, 7])),
        Column::new("t", "", Values::Bool(vec![true, false])),
        Column::new("w", "", Values::Text(vec![String::new(), "ü".to_owned()])),
    ];
    let table = Table::new(columns).map_err(refused)?.with_fact("k", "v");
    let path = folder.join("table.parquet");
    write_table(&path, &table).map_err(refused)?;
    Ok(vec![path])
}

fn learned(target: &str, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let config = PpoConfig {
        actor_hidden: vec![3],
        critic_hidden: vec![3],
        horizon: 2,
        minibatches: 1,
        epochs: 1,
        ..PpoConfig::default()
    };
    let mut learner = Learner::new(config, 2, 1, 4, 3).map_err(refused)?;
    learner.iterate(&mut Still).map_err(refused)?;
    let path = folder.join(if target == "onnx" {
        "policy.onnx"
    } else {
        "checkpoint.safetensors"
    });
    if target == "onnx" {
        let metadata = OnnxMetadata {
            task: "polish".to_owned(),
            scene_hash: SCENE.to_owned(),
            control_rate: 10.0,
            observation: vec![Channel::new("x", "m"), Channel::new("v", "m/s")],
            action: vec![Channel::new("push", "")],
            ..OnnxMetadata::default()
        };
        let bytes = learner.policy().to_onnx(&metadata).map_err(refused)?;
        fs::write(&path, bytes).map_err(Failure::file(&path))?;
    } else {
        let checkpoint = Checkpoint::of(&learner, &Still, SCENE, json!({"best": 1.5}));
        checkpoint.save(&path).map_err(refused)?;
    }
    Ok(vec![path])
}

fn scenes(extension: &str, root: &Path, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for scene in SCENES.iter().map(|s| root.join(s)).filter(|s| s.is_file()) {
        let (world, _) = halle_scenes::load(&scene).map_err(refused)?;
        let stem = scene.file_stem().unwrap_or_default().to_string_lossy();
        let path = folder.join(format!("{stem}.{extension}"));
        halle_author::write(&world, &path, &halle_author::AuthorOptions::default())
            .map_err(refused)?;
        paths.push(path);
    }
    Ok(paths)
}
