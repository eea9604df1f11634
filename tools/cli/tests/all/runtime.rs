//! The exported policy in another runtime.

use std::io::Write as _;
use std::process::Command;

use crate::common::Place;

/// Every recorded observation of the policy gives the recorded action in onnxruntime, to 1e-5:
/// sums of 64 terms of size one in `f32`, in another order, through three layers.
#[test]
fn onnxruntime_gives_the_recorded_actions() {
    let python = std::env::var("HALLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let imports = ["-c", "import numpy, onnxruntime, pyarrow.parquet"];
    let found = Command::new(&python).args(imports).output();
    if !found.is_ok_and(|output| output.status.success()) {
        let mut log = std::io::stderr();
        writeln!(
            log,
            "skipped: `{python}` cannot import onnxruntime and pyarrow"
        )
        .unwrap();
        return;
    }
    let place = Place::new("onnxruntime");
    place.done("train cell.usda $JOB --out run");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded_actions.py");
    let output = Command::new(&python)
        .arg(script)
        .args([
            place.file("run/policy.onnx"),
            place.file("run/rollouts.parquet"),
        ])
        .args(["policy-1", "1e-5"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Four workpieces, two seconds at 50 Hz.
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "400 rows");
}
