//! `halle bench scenes`: how fast plants load and what memory they take, beside usd-core.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use halle_world::Plant;
use halle_world::components::{Collider, Joint, RigidBody};
use serde_json::{Value, json};

use crate::args::BenchScenes;
use crate::facts::{VERSION, now, processor};
use crate::failure::Failure;

/// What usd-core is asked to do, in a process of its own.
const PEER: &str = include_str!("../../bench/peer_usd.py");

/// Measures and returns the JSON, which is always printed.
pub(crate) fn bench_scenes(given: &BenchScenes) -> Result<Option<Value>, Failure> {
    if let Some(path) = &given.one {
        return one(path).map(Some);
    }
    if given.rounds == 0 || given.copies == 0 {
        return Err(Failure::input(
            "settings `rounds` and `copies` must be at least 1",
        ));
    }
    let made = Made::plant(given)?;
    let scene = made.as_ref().map_or(given.scene.as_path(), |m| &m.root);
    let program = std::env::current_exe()
        .map_err(|error| Failure::ours(format!("cannot find the program itself: {error}")))?;
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for _ in 0..given.rounds {
        let mut halle = Command::new(&program);
        halle.args(["bench", "scenes", "--one"]).arg(scene);
        ours.push(answer(&mut halle)?);
        if let Some(python) = &given.peer {
            let mut peer = Command::new(python);
            peer.args(["-c", PEER]).arg(scene);
            peers.push(answer(&mut peer)?);
        }
    }
    let pick = |rows: &[Value], name: &str| -> Vec<f64> {
        rows.iter().filter_map(|row| row[name].as_f64()).collect()
    };
    let load = pick(&ours, "load_s");
    let memory = pick(&ours, "peak_bytes");
    let prims = ours[0]["prims"].as_f64().unwrap_or(1.0).max(1.0);
    let peer = (!peers.is_empty()).then(|| {
        let open = pick(&peers, "open_s");
        let physics = pick(&peers, "physics_s");
        let both: Vec<f64> = open.iter().zip(&physics).map(|(a, b)| a + b).collect();
        let ratio: Vec<f64> = both.iter().zip(&load).map(|(a, b)| a / b).collect();
        json!({
            "usd": peers[0]["usd"],
            "prims": peers[0]["prims"],
            "physics_objects": peers[0]["physics_objects"],
            "open_s": spread(&open),
            "physics_s": spread(&physics),
            "peak_bytes": spread(&pick(&peers, "peak_bytes")),
            "open_and_physics_over_halle": spread(&ratio),
        })
    });
    Ok(Some(json!({
        "halle_version": VERSION,
        "date": now(),
        "machine": processor(),
        "scene": given.scene.display().to_string(),
        "copies": made.is_some().then_some(given.copies),
        "rounds": given.rounds,
        "prims": ours[0]["prims"],
        "bodies": ours[0]["bodies"],
        "colliders": ours[0]["colliders"],
        "joints": ours[0]["joints"],
        "load_s": spread(&load),
        "peak_bytes": spread(&memory),
        "bytes_per_prim": middle(&memory).map(|m| m / prims),
        "usd_core": peer,
    })))
}

/// Median and range.
fn spread(values: &[f64]) -> Value {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    json!({ "median": middle(values), "range": [least, most] })
}

fn middle(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

/// Loads one scene and says what that took.
fn one(path: &Path) -> Result<Value, Failure> {
    let begin = Instant::now();
    let (world, findings) = halle_scenes::load(path)?;
    let seconds = begin.elapsed().as_secs_f64();
    let plant = world.get_resource::<Plant>();
    let entities = plant.map_or(&[][..], |p| &p.entities);
    let count = |has: &dyn Fn(halle_world::Entity) -> bool| {
        entities.iter().filter(|entity| has(**entity)).count()
    };
    Ok(json!({
        "prims": entities.len(),
        "bodies": count(&|e| world.get::<RigidBody>(e).is_some()),
        "colliders": count(&|e| world.get::<Collider>(e).is_some()),
        "joints": count(&|e| world.get::<Joint>(e).is_some()),
        "findings": findings.findings().len(),
        "load_s": seconds,
        "peak_bytes": peak_bytes(),
    }))
}

/// Most memory that this process held so far; `None` where the system does not tell.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Runs a process and reads the JSON on its last line.
fn answer(command: &mut Command) -> Result<Value, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| Failure::input(format!("cannot run `{name}`: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or_default();
        Failure::input(format!(
            "`{name}` did not answer with JSON: {error}: {last}"
        ))
    })
}

/// A plant of many copies of one cell, in a folder that goes when this goes.
struct Made {
    folder: PathBuf,
    root: PathBuf,
}

impl Drop for Made {
    fn drop(&mut self) {
        // What is left in the system's temporary folder harms nobody.
        let _left = std::fs::remove_dir_all(&self.folder);
    }
}

impl Made {
    /// Copies of the scene on a grid; `None` if one copy is asked for, which is the scene itself.
    fn plant(given: &BenchScenes) -> Result<Option<Self>, Failure> {
        if given.copies == 1 {
            return Ok(None);
        }
        let cell = std::path::absolute(&given.scene)
            .map_err(|error| Failure::input(format!("bad path of the scene: {error}")))?;
        let mut text = String::from(
            "#usda 1.0\n(\n    metersPerUnit = 1\n    kilogramsPerUnit = 1\n    upAxis = \"Z\"\n)\n\n\
             def Xform \"Plant\"\n{\n",
        );
        let row = given.copies.isqrt().max(1);
        for k in 0..given.copies {
            let (x, y) = (k % row * 15, k / row * 15);
            write!(
                text,
                "    def Xform \"Cell_{k:05}\" (\n        references = @{}@\n    )\n    {{\n        \
                 double3 xformOp:translate = ({x}, {y}, 0)\n        uniform token[] \
                 xformOpOrder = [\"xformOp:translate\"]\n    }}\n",
                cell.display()
            )
            .map_err(|error| Failure::ours(error.to_string()))?;
        }
        text.push_str("}\n");
        let folder = std::env::temp_dir().join(format!("halle-bench-{}", std::process::id()));
        let root = folder.join("plant.usda");
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&root, text))
            .map_err(|error| {
                Failure::input(format!("cannot write `{}`: {error}", root.display()))
            })?;
        Ok(Some(Self { folder, root }))
    }
}
