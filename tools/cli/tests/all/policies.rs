//! Policy files: good ones act as in training, bad ones are refused before anything runs.

use std::fs;

use halle_learn::{Channel, Learner, OnnxMetadata, PpoConfig};

use crate::common::Place;

#[test]
fn policies_that_cannot_be_used() {
    let place = Place::new("bad_policies");
    let run = |policy: &str| format!("run cell.usda $JOB --policy {policy} --out run");
    place.refused(&run("missing.onnx"), &["cannot read policy `missing.onnx`"]);
    place.refused(
        &run("cell.usda"),
        &["policy `cell.usda`", "not an ONNX file"],
    );
    fs::write(place.file("empty.onnx"), b"").unwrap();
    place.refused(&run("empty.onnx"), &["policy `empty.onnx`"]);
    // Whole, but made for another task.
    let learner = Learner::new(PpoConfig::default(), 5, 2, 1, 0).unwrap();
    let names = |count| {
        (0..count)
            .map(|k| Channel::new(format!("n{k}"), ""))
            .collect()
    };
    let about = OnnxMetadata {
        observation: names(5),
        action: names(2),
        ..OnnxMetadata::default()
    };
    let other = learner.policy().to_onnx(&about).unwrap();
    fs::write(place.file("other.onnx"), &other).unwrap();
    place.refused(
        &run("other.onnx"),
        &["`other.onnx` maps 5 observations to 2 actions", "help"],
    );
    for length in [1, 100, other.len() / 2, other.len() - 1] {
        fs::write(place.file("cut.onnx"), &other[..length]).unwrap();
        place.refused(&run("cut.onnx"), &["policy `cut.onnx`"]);
        place.refused("inspect cut.onnx", &["policy `cut.onnx`"]);
    }
    assert!(!place.file("run").exists());
}

/// What `halle run` finds on the held-out workpieces is the verdict of the training: same seed,
/// same workpieces, same numbers, through the exported file.
#[test]
fn the_verdict_can_be_repeated() {
    let place = Place::new("verdict");
    let trained = place.done("train cell.usda $JOB --out run --json").json();
    let policy = "--policy run/policy.onnx --envs 8 --seed 1 --json";
    let repeated = place
        .done(&format!("run cell.usda $JOB --out again {policy}"))
        .json();
    assert_eq!(repeated["controller"], "policy");
    assert_eq!(repeated["metrics"], trained["policies"][0]["metrics"]);
    let scripted = place
        .done("run cell.usda $JOB --out scripted --envs 8 --seed 1 --json")
        .json();
    assert_eq!(scripted["controller"], "baseline");
    assert_eq!(scripted["metrics"], trained["baseline"]);
    assert_ne!(
        repeated["metrics"], scripted["metrics"],
        "the policy does something"
    );
    // Other workpieces give other numbers.
    let others = place
        .done("run cell.usda $JOB --out others --envs 8 --seed 2 --json")
        .json();
    assert_ne!(others["metrics"], scripted["metrics"]);
}

/// A policy of another scene may be tried, but that is said.
#[test]
fn another_scene_is_warned_of() {
    let place = Place::new("other_scene");
    place.done("train cell.usda $JOB --out run");
    let mut text = place.bytes("cell.usda");
    text.extend(b"\n# another version\n");
    fs::write(place.file("cell.usda"), text).unwrap();
    let words = "run cell.usda $JOB --out again --policy run/policy.onnx --envs 8";
    let said = place.done(words);
    assert!(
        said.err.contains("was trained in another scene"),
        "{}",
        said.err
    );
}
