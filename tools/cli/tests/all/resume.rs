//! Trainings that were stopped, and what they may go on with.
#![cfg(unix)]

use std::fs;

use crate::common::{Place, Said, tiny, with};
use serde_json::json;

/// Long enough (a second) to be stopped in its middle.
const LONG: &str = "train cell.usda $JOB --iterations 80 --out";

/// Starts a training and stops it after its fourth iteration as Ctrl-C does.
fn interrupted(place: &Place, folder: &str) -> Said {
    let words = format!("{LONG} {folder}");
    let child = place.started(&words, &format!("{folder}/metrics.jsonl"), 4);
    place.signalled(child, "INT")
}

fn same(place: &Place, one: &str, other: &str) {
    for file in [
        "policy.onnx",
        "metrics.jsonl",
        "episodes.parquet",
        "rollouts.parquet",
    ] {
        let [a, b] = [one, other].map(|run| place.bytes(&format!("{run}/{file}")));
        assert!(a == b, "{file} of {one} and {other} differ");
    }
}

fn place(name: &str) -> Place {
    let place = Place::new(name);
    place.job(&with(tiny(), json!({ "validate_every": 20 })));
    place
}

#[test]
fn interrupted_trainings_go_on_to_the_same_bytes() {
    let place = place("interrupted");
    let said = interrupted(&place, "run");
    said.complains(
        130,
        "Ctrl-C",
        &["stopped after iteration", "`run`", "`--resume` goes on"],
    );
    let left = place.files("run");
    let files = [
        "run/checkpoint.safetensors",
        "run/manifest.json",
        "run/metrics.jsonl",
    ];
    assert_eq!(left, files, "{}", said.err);
    assert_eq!(place.json("run/manifest.json")["finished"], json!(null));
    // The report of a run that has not ended cannot be made.
    place.refused("report run", &["run/report.json", "--resume"]);
    place.done(&format!("{LONG} run --resume"));
    place.done(&format!("{LONG} whole"));
    same(&place, "run", "whole");
    assert!(!place.file("run/checkpoint.safetensors").exists());
    // Once it has ended, resuming changes nothing and tells the result again.
    let (page, summary) = (
        place.bytes("run/report.html"),
        place.json("run/summary.json"),
    );
    let again = place.done(&format!("{LONG} run --resume --json"));
    assert!(again.err.contains("nothing to resume"), "{}", again.err);
    assert_eq!(again.json(), summary);
    assert!(page == place.bytes("run/report.html"));
}

#[test]
fn resuming_needs_a_run() {
    let place = place("no_run");
    place.refused(
        "train cell.usda --resume",
        &["no run of `cell` to resume in `runs`", "--out"],
    );
    place.refused(
        "train cell.usda --resume --out run",
        &["`run` holds no run", "manifest.json"],
    );
    fs::create_dir(place.file("run")).unwrap();
    place.refused(
        "train cell.usda --resume --out run",
        &["`run` holds no run"],
    );
    fs::write(place.file("run/manifest.json"), "{ \"schema_version\": 1 ").unwrap();
    place.refused(
        "train cell.usda --resume --out run",
        &["run/manifest.json", "damaged"],
    );
    fs::write(
        place.file("run/manifest.json"),
        "{ \"schema_version\": 99 }",
    )
    .unwrap();
    place.refused(
        "train cell.usda --resume --out run",
        &["schema version is 99"],
    );
    assert_eq!(place.files("run"), ["run/manifest.json"]);
}

/// Without `--out` the runs of a scene are numbered, and `--resume` takes the last one.
#[test]
fn numbered_folders() {
    let place = place("numbered");
    place.done("train cell.usda $JOB");
    place.done("run cell.usda $JOB --envs 8");
    let child = place.started(
        "train cell.usda $JOB --iterations 80",
        "runs/cell-002/metrics.jsonl",
        4,
    );
    place
        .signalled(child, "INT")
        .complains(130, "Ctrl-C", &["runs/cell-002"]);
    let said = place.done("train cell.usda --resume");
    assert!(
        said.err.contains("runs/cell-002/report.html"),
        "{}",
        said.err
    );
    assert!(place.file("runs/cell-run-001/summary.json").exists());
}

#[test]
fn a_resumed_run_keeps_settings_scene_and_backend() {
    let place = place("kept");
    interrupted(&place, "run");
    let before: Vec<_> = place
        .files("run")
        .iter()
        .map(|file| place.bytes(file))
        .collect();
    let resume = "train cell.usda --backend cpu --resume --out run";
    let keeps = "a resumed run keeps its settings";
    place.refused(
        &format!("{resume} --envs 128"),
        &[keeps, "`envs` was 64 in `run`, now it is 128"],
    );
    place.refused(&format!("{resume} --seed 7"), &[keeps, "`seed` was 1"]);
    place.job(&json!({ "task": { "horizon": 3.0 } }));
    // A job file stands for all settings: the first that differs is named.
    place.refused(
        &format!("{LONG} run --resume"),
        &[keeps, "`checkpoint_seconds` was 1000.0"],
    );
    place.job(&with(
        tiny(),
        json!({ "validate_every": 20, "task": { "horizon": 2.0, "reward": { "time": 0.4 } } }),
    ));
    place.refused(
        &format!("{LONG} run --resume"),
        &[keeps, "`task.reward.time` was 0.3"],
    );
    let scene = place.bytes("cell.usda");
    fs::write(
        place.file("cell.usda"),
        [&scene[..], b"\n# edited\n"].concat(),
    )
    .unwrap();
    place.refused(
        resume,
        &[
            "`run` was made from other contents of scene `cell.usda`",
            "help",
        ],
    );
    // Where files lie does not matter, only what they hold.
    fs::write(place.file("moved.usda"), &scene).unwrap();
    let after: Vec<_> = place
        .files("run")
        .iter()
        .map(|file| place.bytes(file))
        .collect();
    assert!(before == after, "a refused command changed the run");
    place.done("train moved.usda --backend cpu --resume --out run");
}

/// Bits differ between backends: a run does not change its own.
#[test]
fn a_resumed_run_keeps_its_backend() {
    let place = place("backend");
    interrupted(&place, "run");
    let mut manifest = place.json("run/manifest.json");
    manifest["backend"] = json!("gpu");
    fs::write(place.file("run/manifest.json"), manifest.to_string()).unwrap();
    let words = "train cell.usda --backend cpu --resume --out run";
    place.refused(words, &["begun on backend `gpu`", "--backend gpu"]);
}

#[test]
fn checkpoints_that_do_not_fit() {
    let place = place("checkpoints");
    interrupted(&place, "run");
    let scene = place.bytes("cell.usda");
    fs::write(
        place.file("cell.usda"),
        [&scene[..], b"\n# edited\n"].concat(),
    )
    .unwrap();
    interrupted(&place, "other");
    fs::write(place.file("cell.usda"), scene).unwrap();
    let good = place.bytes("run/checkpoint.safetensors");
    let log = place.bytes("run/metrics.jsonl");
    let put = |bytes: &[u8]| fs::write(place.file("run/checkpoint.safetensors"), bytes).unwrap();
    let words = format!("{LONG} run --resume");
    let name = "run/checkpoint.safetensors";
    put(&place.bytes("other/checkpoint.safetensors"));
    place.refused(&words, &[name, "belongs to another scene"]);
    for length in [good.len() - 1, good.len() / 2, 100] {
        put(&good[..length]);
        place.refused(&words, &[name, "cut off or damaged"]);
    }
    put(b"");
    place.refused(&words, &[name, "not a checkpoint"]);
    put(&place.bytes("cell.usda"));
    place.refused(&words, &[name, "not a checkpoint"]);
    assert!(
        log == place.bytes("run/metrics.jsonl"),
        "a refused command changed the log"
    );
    put(&good);
    place.done(&words);
    place.done(&format!("{LONG} whole"));
    same(&place, "run", "whole");
}

/// Ctrl-C while the baseline runs: nothing is learned yet, and the same command goes on.
#[test]
fn stopped_before_learning() {
    let place = Place::new("stopped_early");
    place.job(&with(tiny(), json!({ "held_out_envs": 20_000 })));
    let words = "train cell.usda $JOB --out run";
    let child = place.started(words, "run/manifest.json", 1);
    let said = place.signalled(child, "TERM");
    said.complains(
        130,
        "termination",
        &["stopped while episodes ran", "--resume"],
    );
    assert_eq!(place.files("run"), ["run/manifest.json"]);
}
