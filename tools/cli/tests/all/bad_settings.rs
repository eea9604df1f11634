//! Words and settings that make no sense: exit code 2 for the command line's grammar, 1 for values.

use std::fs;

use crate::common::{Place, tiny, with};
use serde_json::json;

#[test]
fn unknown_words_are_usage() {
    let place = Place::new("usage");
    for (words, part) in [
        ("weld", "weld"),
        ("train", "<SCENE>"),
        ("train cell.usda --task weld --out run", "weld"),
        ("train cell.usda --backend cuda --out run", "cuda"),
        ("run cell.usda --backend cuda --out run", "cuda"),
        ("bench cell.usda --backend cuda", "cuda"),
        ("train cell.usda --envs many --out run", "many"),
        ("train cell.usda --envs -3 --out run", "-3"),
        ("train cell.usda --seed 1.5 --out run", "1.5"),
        ("run cell.usda --threads 100000 --out run", "100000"),
        ("train cell.usda --frobnicate", "--frobnicate"),
        ("inspect", "<PATH"),
        ("report", "<RUN>"),
    ] {
        place.run(words).complains(2, words, &[part, "--help"]);
        assert!(!place.file("run").exists(), "{words} left a folder");
    }
    // Asked for nothing: the usage, as an error.
    let bare = place.run("");
    assert_eq!(
        (bare.code, bare.out.as_str()),
        (Some(2), ""),
        "{}",
        bare.err
    );
    assert!(bare.err.contains("Usage: halle"), "{}", bare.err);
}

#[test]
fn numbers_out_of_range() {
    let place = Place::new("range");
    for (words, part) in [
        ("train cell.usda $JOB --envs 0 --out run", "`envs` is 0"),
        ("run cell.usda $JOB --envs 0 --out run", "`envs` is 0"),
        ("bench cell.usda --backend cpu --envs 0", "`envs` is 0"),
        (
            "train cell.usda $JOB --envs 2000000 --out run",
            "`envs` is 2000000",
        ),
        (
            "run cell.usda $JOB --envs 2000000 --out run",
            "`envs` is 2000000",
        ),
        (
            "bench cell.usda --backend cpu --envs 2000000",
            "`envs` is 2000000",
        ),
        (
            "train cell.usda $JOB --iterations 0 --out run",
            "`iterations` is 0",
        ),
        (
            "train cell.usda $JOB --policies 0 --out run",
            "`policies` is 0",
        ),
        (
            "bench cell.usda --backend cpu --seconds 0",
            "`seconds` is 0",
        ),
        (
            "bench cell.usda --backend cpu --seconds nan",
            "`seconds` is NaN",
        ),
        (
            "bench cell.usda --backend cpu --seconds inf",
            "`seconds` is inf",
        ),
    ] {
        place.refused(words, &[part]);
        assert!(!place.file("run").exists(), "{words} left a folder");
    }
}

#[test]
fn job_files_that_cannot_be_used() {
    let place = Place::new("job");
    let words = "train cell.usda $JOB --out run";
    let texts = [
        ("{ \"envs\": 64", "line 1"),
        ("[]", "job.json"),
        ("\u{1}", "job.json"),
        ("", "job.json"),
        ("{ \"envs\": -1 }", "-1"),
        ("{ \"envs\": \"many\" }", "many"),
        ("{ \"speed\": 3 }", "unknown field `speed`"),
        ("{ \"task\": { \"feed\": 0.1 } }", "unknown field `feed`"),
        ("{ \"learner\": { \"clip\": null } }", "null"),
    ];
    for (text, part) in texts {
        fs::write(place.file("job.json"), text).unwrap();
        for command in ["train", "run"] {
            let words = format!("{command} cell.usda $JOB --out run --envs 64");
            place.refused(&words, &["job.json", part, "halle inspect --job"]);
        }
        assert!(!place.file("run").exists(), "{text} left a folder");
    }
    fs::remove_file(place.file("job.json")).unwrap();
    place.refused(words, &["cannot read job file `job.json`"]);
}

#[test]
fn settings_of_a_job_out_of_range() {
    let place = Place::new("job_range");
    for (changes, parts) in [
        // 0.002 s substeps: 33 Hz is 15.15 of them.
        (
            json!({ "task": { "control_rate": 33.0 } }),
            &["substeps of 0.002 s", "control_rate"][..],
        ),
        (
            json!({ "task": { "control_rate": 0.0 } }),
            &["`control_rate` is 0"],
        ),
        (json!({ "task": { "horizon": -1.0 } }), &["`horizon` is -1"]),
        (json!({ "task": { "cell": 0.0 } }), &["`cell` is 0"]),
        (
            json!({ "task": { "controller": { "line_spacing": 0.0 } } }),
            &["`line_spacing` is 0"],
        ),
        (
            json!({ "learner": { "clip": 0.0 } }),
            &["`clip` must be above 0"],
        ),
        (
            json!({ "learner": { "minibatches": 0 } }),
            &["`minibatches` must be at least 1"],
        ),
        (
            json!({ "learner": { "horizon": 1_000_000 } }),
            &["`learner.horizon` is 1000000"],
        ),
        (json!({ "held_out_envs": 0 }), &["`held_out_envs` is 0"]),
        (json!({ "warm_up": 10_000_000 }), &["`warm_up` is 10000000"]),
        (
            json!({ "checkpoint_seconds": -1.0 }),
            &["`checkpoint_seconds` is -1"],
        ),
        (
            json!({ "checkpoint_seconds": 1e300 }),
            &["`checkpoint_seconds` is 1"],
        ),
        (
            json!({ "picture_width": 100_000 }),
            &["`picture_width` is 100000"],
        ),
    ] {
        place.job(&with(tiny(), changes));
        place.refused("train cell.usda $JOB --out run", parts);
        assert!(!place.file("run").exists(), "{parts:?} left a folder");
    }
}

/// A reward beyond what `f32` holds stops the training; the message sends people to the settings.
#[test]
fn settings_that_lead_to_infinity() {
    let place = Place::new("infinity");
    place.job(&with(
        tiny(),
        json!({ "task": { "horizon": 2.0, "reward": { "time": 1e300 } } }),
    ));
    let words = "train cell.usda $JOB --out run";
    place.refused(words, &["reward that is not finite", "halle inspect --job"]);
}

/// Envs whose numbers go bad are reset and flagged; they stop neither their neighbours nor the
/// learner.
#[test]
fn envs_with_bad_numbers_do_not_stop_a_training() {
    let place = Place::new("faults");
    // Turns of up to 1e9 rad lose all digits in `f32`: some workpieces stand anywhere.
    let wild = json!({ "horizon": 2.0, "randomisation": { "rotation": [1e9, 0.0, 0.0] } });
    place.job(&with(tiny(), json!({ "task": wild })));
    place.done("train cell.usda $JOB --out run");
    let wild = json!({ "horizon": 2.0, "randomisation": { "joints": 1e9 } });
    place.job(&with(tiny(), json!({ "task": wild })));
    place.done("run cell.usda $JOB --envs 8 --out episodes");
    let table = halle_rollout::read_table(&place.file("episodes/episodes.parquet")).unwrap();
    let faults = table.numbers("fault").unwrap();
    assert!(faults.iter().any(|bits| *bits > 0.0), "{faults:?}");
}
