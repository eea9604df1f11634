//! `halle selftest` as typed.

use std::process::Command;

use serde_json::Value;

const SCENE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../scenes/library/polishing_cell.usda"
);

fn selftest(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_halle"));
    command.args(["selftest", SCENE]).args(arguments);
    command
}

#[test]
fn the_cpu_passes_and_says_what_was_measured() {
    let run = selftest(&["--envs", "32", "--backend", "cpu", "--json"])
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&run.stdout);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    assert_eq!(out.lines().count(), 1, "one line of JSON: {out}");
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["passed"], true);
    assert_eq!(told["failed"], 0);
    assert_eq!(told["envs"], 32);
    assert_eq!(told["backend"], "cpu");
    assert!(told["adapter"].is_null(), "no GPU is asked for");
    let checks = told["checks"].as_array().unwrap();
    for check in checks {
        assert_eq!(check["passed"], true, "{check}");
        assert!(
            check["measured"].as_f64().unwrap() <= check["bound"].as_f64().unwrap(),
            "{check}"
        );
        assert!(!check["law"].as_str().unwrap().is_empty(), "{check}");
    }
    let names: Vec<&str> = checks
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    for name in [
        "threads/2",
        "env alone",
        "restore/cpu",
        "reference f64/observation",
    ] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    assert!(
        names.iter().any(|name| name.starts_with("registers/")),
        "{names:?}"
    );
    // Rounding is there, or nothing was compared.
    let precision = &checks[names
        .iter()
        .position(|n| *n == "reference f64/info")
        .unwrap()];
    assert!(precision["measured"].as_f64().unwrap() > 0.0, "{precision}");
}

#[test]
fn no_envs_are_the_input_s_fault() {
    let run = selftest(&["--envs", "0", "--backend", "cpu"])
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    assert!(run.stdout.is_empty(), "{run:?}");
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(told.contains("setting `envs` is 0"), "{told}");
}
