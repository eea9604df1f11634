//! Tests over whole scenes, in one program because linking the USD library takes long.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set itself up has failed, and one that did not run must say so"
)]

mod broken;
mod corpus;
mod formats;
mod hostile;
mod judges;
mod kinematics;
mod library;
mod looks;
#[path = "../python/mod.rs"]
mod python;
mod sharing;
mod small_scenes;
mod truth;
mod units;
#[path = "../usd_files/mod.rs"]
mod usd_files;
mod weights;

#[path = "../truth/mod.rs"]
mod held;
#[path = "../looks/mod.rs"]
mod looked;

use std::path::{Path, PathBuf};

use halle_model::Model;
use halle_scenes::{Diagnostics, World};

/// A path below the crate's folder.
fn local(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Loads and compiles a scene that must be without fault; findings of both stages.
fn whole(path: &Path) -> (World, Model, Diagnostics) {
    let (world, mut diagnostics) = halle_scenes::load(path).unwrap();
    let (model, more) = halle_world::compile(&world).unwrap();
    diagnostics.extend(more);
    (world, model, diagnostics)
}
