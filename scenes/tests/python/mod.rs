//! Judges in Python, and numbers to ask them about.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::local;

/// What a Python script answers; `None` where Python or what the script needs is not there.
pub(crate) fn ask(script: &str, tasks: &[Value]) -> Option<Vec<Value>> {
    let own = local("../.venv/bin/python");
    let program = match std::env::var_os("HALLE_PYTHON") {
        Some(named) => PathBuf::from(named),
        None if own.is_file() => own,
        None => PathBuf::from("python3"),
    };
    let mut child = Command::new(program)
        .arg(local(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take().unwrap();
    let text = serde_json::to_string(tasks).unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    if output.status.code() == Some(2) {
        return None;
    }
    assert!(output.status.success(), "{script}: {}", output.status);
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// A number in -1 to 1 that depends on its key alone (the finaliser of `SplitMix64`).
pub(crate) fn draw(robot: u64, position: u64, joint: u64) -> f64 {
    let mut x = (robot << 40) ^ (position << 20) ^ joint;
    x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}
