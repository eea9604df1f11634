//! A short campaign with a fixed seed against every reader.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Cases per target: some seconds of computing each.
const CASES: u64 = 1500;
/// For readers of composed stages, which take milliseconds per case.
const CASES_OF_STAGES: u64 = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fuzz(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halle-fuzz"));
    command
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap()
}

/// No reader crashes, hangs, eats memory, panics or breaks a promise within its cases; the project's
/// own files alone are spoiled, so that the cases are the same wherever this runs.
fn holds(target: &str, cases: u64) {
    let folder = std::env::temp_dir().join(format!("halle-fuzz-{target}-{}", std::process::id()));
    let out = folder.to_str().unwrap();
    let cases = cases.to_string();
    let words = [
        "--target",
        target,
        "--cases",
        &cases,
        "--seconds",
        "600",
        "--own-files",
        "--json",
        "--out",
        out,
    ];
    let output = fuzz(&words);
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{target}: {said}{errors}");
    let result: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(result["targets"][0]["cases"].to_string(), cases);
    std::fs::remove_dir_all(folder).unwrap();
}

macro_rules! targets {
    ($($test:ident: $target:literal, $cases:expr;)*) => {
        $(#[test] fn $test() { holds($target, $cases); })*
    };
}

targets! {
    urdf: "urdf", CASES;
    mjcf: "mjcf", CASES;
    obj: "obj", CASES;
    stl: "stl", CASES;
    dae: "dae", CASES;
    gltf: "gltf", CASES;
    usd_text: "usda", CASES_OF_STAGES;
    usd_crate: "usdc", CASES_OF_STAGES;
    usd_package: "usdz", CASES_OF_STAGES;
    stage_text: "stage-usda", CASES_OF_STAGES;
    stage_crate: "stage-usdc", CASES_OF_STAGES;
    stage_package: "stage-usdz", CASES_OF_STAGES;
    manifest: "manifest", CASES;
    metrics: "metrics", CASES;
    table: "table", CASES;
    onnx: "onnx", CASES;
    checkpoint: "checkpoint", CASES;
}

/// A mistake on the command line is told from a find by its exit code.
#[test]
fn unknown_target() {
    let output = fuzz(&["--target", "nothing"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("urdf") && said.contains("`nothing`"),
        "{said}"
    );
}
