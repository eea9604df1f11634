//! The library scene before other judges: usd-core, and the generator that wrote it.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs a Python script; `None` when there is no Python, or when it says (exit code 2) that it lacks
/// what it needs.
fn python(script: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let program = std::env::var("HALLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let ran = Command::new(program)
        .arg(script)
        .args(arguments)
        .current_dir(root())
        .output()
        .ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let said = text(&ran.stdout) + &text(&ran.stderr);
    (ran.status.code() != Some(2)).then_some((ran.status.success(), said))
}

/// usd-core opens the scene, and its validators find nothing.
#[test]
fn usd_core_has_no_complaint() {
    let scene = "scenes/library/polishing_cell.usda";
    match python("tools/usd/check_usd.py", &[scene]) {
        Some((fine, said)) => assert!(fine, "{said}"),
        None => println!("skipped: no Python with usd-core (HALLE_PYTHON names one)"),
    }
}

/// The committed scene is what the generator writes, to the byte.
#[test]
fn library_scene_is_what_its_generator_writes() {
    match python("tools/usd/make_polishing_cell.py", &["--check"]) {
        Some((fine, said)) => assert!(fine, "{said}"),
        None => println!("skipped: no Python"),
    }
}
