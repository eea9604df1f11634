//! Whole trainings: the same bytes whatever happens on the way, and a policy that is worth it.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[expect(dead_code, reason = "shared with the fast tests, which need all of it")]
mod common;

use common::{Place, Said};
use halle_rollout::{Values, read_table};
use serde_json::{Value, json};

/// Two policies on the task as it ships, with fewer envs and iterations; a checkpoint after every
/// iteration, so that a kill at any moment finds one.
fn small() -> Value {
    json!({
        "policies": 2,
        "envs": 256,
        "iterations": 24,
        "validate_every": 3,
        "validation_envs": 16,
        "held_out_envs": 32,
        "picture_width": 320,
        "checkpoint_seconds": 0.0,
    })
}

const TRAIN: &str = "train cell.usda $JOB --out";

fn place(name: &str) -> Place {
    let place = Place::new(name);
    place.job(&small());
    place
}

fn same(place: &Place, one: &str, other: &str) {
    for file in [
        "policy.onnx",
        "metrics.jsonl",
        "seed-2/policy.onnx",
        "seed-2/metrics.jsonl",
        "episodes.parquet",
        "rollouts.parquet",
    ] {
        let [a, b] = [one, other].map(|run| place.bytes(&format!("{run}/{file}")));
        assert!(a == b, "{file} of {one} and {other} differ");
    }
}

#[test]
fn threads_change_nothing() {
    let place = place("slow_threads");
    place.done(&format!("{TRAIN} one --threads 1"));
    place.done(&format!("{TRAIN} two --threads 2"));
    place.done(&format!("{TRAIN} three --threads 3"));
    same(&place, "one", "two");
    same(&place, "one", "three");
}

/// What stands in a killed run is whole: nothing there but files that can be read.
fn sound(place: &Place, said: &Said) {
    assert_eq!(
        said.code, None,
        "killed, so without an exit code\n{}",
        said.err
    );
    place.done("inspect run --json");
    for name in place.files("run") {
        if name.ends_with(".onnx") {
            place.done(&format!("inspect {name} --json"));
        }
    }
}

/// Killed at moments all over a run, each time resumed: in the first policy, between policies, in
/// the second one, and while results are written.
#[test]
fn kills_change_nothing() {
    let place = place("slow_kills");
    place.done(&format!("{TRAIN} whole"));
    let mut words = format!("{TRAIN} run");
    let moments: [(&str, usize); 6] = [
        ("run/manifest.json", 1),
        ("run/metrics.jsonl", 2),
        ("run/metrics.jsonl", 7),
        ("run/policy.onnx", 1),
        ("run/seed-2/metrics.jsonl", 5),
        ("run/episodes.parquet", 1),
    ];
    for (file, lines) in moments {
        let child = place.started(&words, file, lines);
        sound(&place, &place.signalled(child, "KILL"));
        words = format!("{TRAIN} run --resume");
    }
    place.done(&words);
    same(&place, "run", "whole");
    let left = place.files("run");
    let rest = [".part", ".safetensors", ".segments"];
    assert!(
        !left
            .iter()
            .any(|name| rest.iter().any(|end| name.contains(end))),
        "{left:?}"
    );
    let [run, whole] = ["run", "whole"].map(|run| place.json(&format!("{run}/summary.json")));
    for key in ["baseline", "policies", "policy_sha256"] {
        assert_eq!(run[key], whole[key], "{key}");
    }
}

/// Ctrl-C in the second policy, and again after going on.
#[test]
fn interruptions_change_nothing() {
    let place = place("slow_interruptions");
    place.done(&format!("{TRAIN} whole"));
    let mut words = format!("{TRAIN} run");
    for (signal, lines) in [("INT", 3), ("TERM", 8)] {
        let child = place.started(&words, "run/seed-2/metrics.jsonl", lines);
        let said = place.signalled(child, signal);
        said.complains(
            130,
            signal,
            &["stopped after iteration", "seed 2", "--resume"],
        );
        words = format!("{TRAIN} run --resume");
    }
    place.done(&words);
    same(&place, "run", "whole");
}

/// The score of each held-out workpiece under a controller, in the order of workpieces.
fn scores(place: &Place, controller: &str) -> Vec<f64> {
    let table = read_table(&place.file("run/episodes.parquet")).unwrap();
    let scores = table.numbers("score").unwrap();
    let Values::Text(names) = &table.column("controller").unwrap().values else {
        panic!("names are text");
    };
    let rows = names.iter().zip(scores);
    rows.filter(|(name, _)| *name == controller)
        .map(|(_, score)| score)
        .collect()
}

/// The job that ships with a quarter of its envs beats the scripted baseline on workpieces that
/// no policy saw.
///
/// Both controllers polish the same 64 workpieces, so that differences are paired. Two bounds:
/// the mean difference is more than four of its own standard errors, so that the choice of
/// workpieces does not explain it, and more than ten points of a hundred, several times what
/// the means of training seeds differ by (about one point). Seen: 29 points, eight standard errors.
#[test]
fn a_small_training_beats_the_baseline() {
    let place = Place::new("slow_score");
    place.job(&json!({
        "policies": 1,
        "envs": 1024,
        "iterations": 40,
        "validate_every": 0,
        "held_out_envs": 64,
        "picture_width": 0,
    }));
    place.done(&format!("{TRAIN} run"));
    let [baseline, policy] = ["baseline", "policy-1"].map(|name| scores(&place, name));
    assert_eq!((baseline.len(), policy.len()), (64, 64));
    let gains: Vec<f64> = policy.iter().zip(&baseline).map(|(p, b)| p - b).collect();
    let count = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / count;
    let variance = gains.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let error = (variance / count).sqrt();
    assert!(
        mean > 4.0 * error && mean > 10.0,
        "{mean:.1} points, standard error {error:.1}"
    );
    // The process held the force as well as the baseline: gains do not come from pressing hard.
    let summary = place.json("run/summary.json");
    let overshoot = |metrics: &Value| metrics["force_overshoot"]["mean"].as_f64().unwrap();
    let [before, after] = [&summary["baseline"], &summary["policies"][0]["metrics"]].map(overshoot);
    assert!(
        after < before + 10.0,
        "overshoot {before:.1} % becomes {after:.1} %"
    );
}
