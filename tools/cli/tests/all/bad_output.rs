//! Folders and disks that cannot be written to; nothing that was there is lost.

use std::fs;

use crate::common::Place;

#[test]
fn folders_that_cannot_be_made() {
    let place = Place::new("unwritable");
    fs::write(place.file("file"), "mine").unwrap();
    for command in ["train", "run"] {
        place.refused(
            &format!("{command} cell.usda $JOB --out file"),
            &["`file`", "not a folder"],
        );
        // Holds for root too, whom permissions do not stop.
        let below = format!("{command} cell.usda $JOB --out file/run");
        place.refused(&below, &["cannot write `file/run`"]);
        if cfg!(target_os = "linux") {
            let proc = format!("{command} cell.usda $JOB --out /proc/halle");
            place.refused(&proc, &["cannot write `/proc/halle`"]);
        }
    }
    assert_eq!(place.bytes("file"), b"mine");
}

#[cfg(unix)]
#[test]
fn folder_without_permission() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new("permission");
    fs::create_dir(place.file("closed")).unwrap();
    fs::set_permissions(place.file("closed"), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(place.file("closed/probe"), "").is_ok() {
        eprintln!("skipped: permissions do not bind this user");
        return;
    }
    for command in ["train", "run"] {
        let words = format!("{command} cell.usda $JOB --out closed");
        place.refused(&words, &["cannot write", "closed", "no permission"]);
    }
}

#[test]
fn folder_in_use_stays_as_it_is() {
    let place = Place::new("occupied");
    fs::create_dir(place.file("run")).unwrap();
    fs::write(place.file("run/thesis.txt"), "mine").unwrap();
    for command in ["train", "run"] {
        let words = format!("{command} cell.usda $JOB --out run");
        place.refused(&words, &["`run`", "not empty"]);
    }
    assert_eq!(place.files("run"), ["run/thesis.txt"]);
    assert_eq!(place.bytes("run/thesis.txt"), b"mine");
}

/// A disk without room for a page is told before anything is computed.
#[cfg(unix)]
#[test]
fn full_disk_at_the_beginning() {
    let place = Place::new("full_first");
    for command in ["train", "run"] {
        let words = format!("{command} cell.usda $JOB --out run");
        let said = crate::common::said(&mut place.halle_on_full_disk(0, &words));
        said.complains(1, &words, &["cannot write `run/", "full"]);
        assert_eq!(place.files("run"), [""; 0], "{words}");
    }
}

/// The disk fills up between `policy.onnx` (35 kB) and `rollouts.parquet` (190 kB): the policy stays,
/// no part of a file is left, and with room the run goes on to what it would have been.
#[cfg(unix)]
#[test]
fn full_disk_at_the_end() {
    let place = Place::new("full_last");
    let words = "train cell.usda $JOB --out run";
    let said = crate::common::said(&mut place.halle_on_full_disk(100, words));
    said.complains(
        1,
        words,
        &["cannot write `run/rollouts.", "full", "--resume"],
    );
    let left = place.files("run");
    for file in [
        "run/policy.onnx",
        "run/metrics.jsonl",
        "run/episodes.parquet",
    ] {
        assert!(
            left.iter().any(|name| name == file),
            "no {file} in {left:?}"
        );
    }
    assert!(!left.iter().any(|name| name.ends_with(".part")), "{left:?}");
    let policy = place.bytes("run/policy.onnx");
    place.done(&format!("{words} --resume"));
    place.done("train cell.usda $JOB --out whole");
    for file in [
        "policy.onnx",
        "metrics.jsonl",
        "episodes.parquet",
        "rollouts.parquet",
    ] {
        let [resumed, whole] = ["run", "whole"].map(|run| place.bytes(&format!("{run}/{file}")));
        assert!(resumed == whole, "{file} differs");
    }
    assert!(
        policy == place.bytes("run/policy.onnx"),
        "the policy was trained again"
    );
}

/// No room for a checkpoint (300 kB): the training stops there, and says how to go on.
#[cfg(unix)]
#[test]
fn full_disk_at_a_checkpoint() {
    let place = Place::new("full_checkpoint");
    let job = serde_json::json!({ "checkpoint_seconds": 0.0 });
    place.job(&crate::common::with(crate::common::tiny(), job));
    let words = "train cell.usda $JOB --out run";
    let said = crate::common::said(&mut place.halle_on_full_disk(100, words));
    let parts = [
        "cannot write checkpoint `run/checkpoint.safetensors`",
        "full",
        "--resume",
    ];
    said.complains(1, words, &parts);
    assert_eq!(
        place.files("run"),
        ["run/manifest.json", "run/metrics.jsonl"]
    );
    place.done(&format!("{words} --resume"));
}

/// Standard output that is full is an error; one that nobody reads to its end is not.
#[cfg(target_os = "linux")]
#[test]
fn standard_output() {
    let place = Place::new("stdout");
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let said = crate::common::said(place.halle("inspect cell.usda --json").stdout(full));
    said.complains(1, "inspect", &["standard output", "No space left"]);
    let mut child = place.halle("inspect cell.usda").spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}
