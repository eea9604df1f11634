//! What runs leave behind, and that the same command leaves the same.

use halle_rollout::{read_table, sha256_file};

use crate::common::{Place, tiny, with};
use serde_json::json;

#[test]
fn same_seed_same_bytes() {
    let place = Place::new("same_bytes");
    place.done("train cell.usda $JOB --out one --threads 1");
    place.done("train cell.usda $JOB --out two --threads 2");
    place.done("train cell.usda $JOB --out other --seed 2");
    for file in [
        "policy.onnx",
        "metrics.jsonl",
        "episodes.parquet",
        "rollouts.parquet",
        "cell.png",
    ] {
        let [one, two] = ["one", "two"].map(|run| place.bytes(&format!("{run}/{file}")));
        assert!(one == two, "{file} differs");
    }
    for file in [
        "policy.onnx",
        "metrics.jsonl",
        "episodes.parquet",
        "rollouts.parquet",
    ] {
        let [one, other] = ["one", "other"].map(|run| place.bytes(&format!("{run}/{file}")));
        assert!(one != other, "{file} does not depend on the seed");
    }
    place.done("run cell.usda $JOB --envs 8 --out run_one --threads 1");
    place.done("run cell.usda $JOB --envs 8 --out run_two");
    for file in ["episodes.parquet", "rollouts.parquet"] {
        let [one, two] = ["run_one", "run_two"].map(|run| place.bytes(&format!("{run}/{file}")));
        assert!(one == two, "{file} of halle run differs");
    }
}

/// The manifest lists every file of the run with its hash, but for itself and the summary of
/// `train`, which tell times; its inputs are hashed too.
#[test]
fn manifest_tells_the_truth() {
    let place = Place::new("manifest");
    place.job(&with(tiny(), json!({ "policies": 2 })));
    place.done("train cell.usda $JOB --out run");
    let policy = "--policy run/seed-2/policy.onnx";
    place.done(&format!(
        "run cell.usda $JOB --envs 8 --out episodes {policy}"
    ));
    for folder in ["run", "episodes"] {
        let manifest = place.json(&format!("{folder}/manifest.json"));
        let mut listed: Vec<String> = Vec::new();
        for file in manifest["outputs"].as_array().unwrap() {
            let name = file["path"].as_str().unwrap();
            let found = sha256_file(&place.file(folder).join(name), name).unwrap();
            assert_eq!(file["sha256"], found.sha256.as_str(), "{name}");
            assert_eq!(file["bytes"], found.bytes, "{name}");
            listed.push(format!("{folder}/{name}"));
        }
        let mut there = place.files(folder);
        there.retain(|name| !name.ends_with("manifest.json"));
        if folder == "run" {
            there.retain(|name| !name.ends_with("summary.json"));
        }
        listed.sort();
        assert_eq!(listed, there);
        assert!(manifest["finished"].is_string());
        for file in manifest["inputs"].as_array().unwrap() {
            let name = file["path"].as_str().unwrap();
            let found = sha256_file(&place.file(name), name).unwrap();
            assert_eq!(file["sha256"], found.sha256.as_str(), "{name}");
            assert_eq!(file["bytes"], found.bytes, "{name}");
        }
    }
    let inputs = &place.json("episodes/manifest.json")["inputs"];
    assert_eq!(inputs[0]["path"], "cell.usda");
    assert_eq!(inputs[1]["path"], "run/seed-2/policy.onnx");
}

/// `report.json` and the pictures hold all that the page shows.
#[test]
fn the_report_can_be_made_again() {
    let place = Place::new("report");
    place.done("train cell.usda $JOB --out run");
    let page = place.bytes("run/report.html");
    std::fs::remove_file(place.file("run/report.html")).unwrap();
    let said = place.done("report run --json");
    assert_eq!(said.json(), json!({ "report": "run/report.html" }));
    assert!(page == place.bytes("run/report.html"), "the page differs");
    let text = String::from_utf8(page).unwrap();
    for part in ["<html", "</html>", "data:image/png;base64,"] {
        assert!(text.contains(part), "no `{part}` in the page");
    }
    std::fs::remove_file(place.file("run/cell.png")).unwrap();
    place.refused("report run", &["run/cell.png", "does not exist"]);
    std::fs::write(place.file("run/report.json"), "{").unwrap();
    place.refused("report run", &["run/report.json"]);
    assert_eq!(
        text.as_bytes(),
        place.bytes("run/report.html"),
        "a refused report lost the page"
    );
    for path in ["nowhere", ".", "cell.usda"] {
        place.refused(
            &format!("report {path}"),
            &[&format!("`{path}` holds no run")],
        );
    }
}

/// Width 0 leaves pictures out of folder, page and manifest.
#[test]
fn report_without_pictures() {
    let place = Place::new("no_pictures");
    place.job(&with(tiny(), json!({ "picture_width": 0 })));
    place.done("train cell.usda $JOB --out run");
    assert!(!place.files("run").iter().any(|name| name.ends_with(".png")));
    place.done("report run");
}

/// One row per controller and workpiece; control steps of four envs, each in order.
#[test]
fn tables_are_whole() {
    let place = Place::new("tables");
    place.done("run cell.usda $JOB --envs 8 --record 3 --out run");
    let episodes = read_table(&place.file("run/episodes.parquet")).unwrap();
    assert_eq!(episodes.row_count(), 8);
    let rollouts = read_table(&place.file("run/rollouts.parquet")).unwrap();
    // Episodes of two seconds at 50 Hz: none of these workpieces is done by then.
    assert_eq!(rollouts.row_count(), 3 * 100);
    // More envs to record than there are.
    place.done("run cell.usda $JOB --envs 2 --record 5 --out few");
    assert_eq!(
        read_table(&place.file("few/rollouts.parquet"))
            .unwrap()
            .row_count(),
        2 * 100
    );
    place.done("run cell.usda $JOB --envs 2 --record 0 --out none");
    assert_eq!(
        read_table(&place.file("none/rollouts.parquet"))
            .unwrap()
            .row_count(),
        0
    );
}
