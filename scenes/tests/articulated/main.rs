//! Articulated systems out of scene files of all formats.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set itself up has failed, and one that did not run must say so"
)]

mod against_mujoco;
mod model;
mod motion;
#[path = "../python/mod.rs"]
mod python;
mod robots;
mod trajectories;

use std::path::{Path, PathBuf};

/// A path below the crate's folder.
fn local(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
