//! Tests over whole models.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod broken;
mod compare;
mod corpus;
mod forward;
mod hostile;
mod refused;
mod scenes;
mod units;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A path below the crate's folder.
fn local(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder of one test that is gone when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("halle-mjcf-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Writes a file into the folder.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// What MuJoCo makes of files, in their order; `None` when there is no Python with MuJoCo.
#[expect(clippy::print_stdout, reason = "a check that did not run must say so")]
fn judged(files: &[PathBuf]) -> Option<Vec<serde_json::Value>> {
    let program = std::env::var("HALLE_PYTHON").unwrap_or_else(|_| {
        let own = local("../../.venv/bin/python");
        let found = own.is_file().then(|| own.display().to_string());
        found.unwrap_or_else(|| "python3".to_owned())
    });
    let ran = Command::new(program)
        .arg(local("tests/all/judge.py"))
        .args(files)
        .output();
    let ran = ran.ok().filter(|ran| ran.status.code() != Some(2));
    let Some(ran) = ran else {
        println!("skipped: no Python with MuJoCo (HALLE_PYTHON names one)");
        return None;
    };
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{said}");
    let lines = String::from_utf8(ran.stdout).unwrap();
    let values = lines.lines().filter(|l| l.starts_with('{'));
    let values: Vec<_> = values.map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(values.len(), files.len(), "{said}");
    Some(values)
}
