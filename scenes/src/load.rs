//! The way in: a path to a world with findings.

use std::fs;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;

use halle_world::{Diagnostics, World};

use crate::convert::convert;
use crate::error::SceneError;
use crate::open;

/// Stack of the loading thread; the USD library recurses over nested values.
const STACK_BYTES: usize = 256 << 20;

/// Loads a scene from a `.usda`, `.usdc`, `.usd` or `.usdz` file.
///
/// The world is in SI units with z up whatever the file's units. Findings tell what was assumed,
/// left out or missing; the same file gives the same findings in the same order.
///
/// # Errors
/// [`SceneError`] if there is no such file, it is not USD or broken, or the scene lacks a robot, a
/// tool or a polishable surface.
pub fn load(path: impl AsRef<Path>) -> Result<(World, Diagnostics), SceneError> {
    let path = path.as_ref().to_owned();
    let for_thread = path.clone();
    // The stage is single-threaded and its recursion is deeper than a default stack allows.
    let loader = thread::Builder::new()
        .name("load-scene".to_owned())
        .stack_size(STACK_BYTES);
    let spawned = loader.spawn(move || guarded(for_thread));
    let handle = spawned.map_err(|source| SceneError::Unreadable {
        path: path.clone(),
        source,
    })?;
    handle
        .join()
        .unwrap_or_else(|panic| Err(failed(path, panic.as_ref())))
}

fn guarded(path: PathBuf) -> Result<(World, Diagnostics), SceneError> {
    let name = path.clone();
    catch_unwind(AssertUnwindSafe(|| load_here(&path)))
        .unwrap_or_else(|panic| Err(failed(name, panic.as_ref())))
}

fn failed(path: PathBuf, panic: &(dyn std::any::Any + Send)) -> SceneError {
    let said = panic.downcast_ref::<String>().cloned();
    let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
    SceneError::ReaderFailed {
        path,
        reason: said.unwrap_or_default(),
    }
}

fn load_here(path: &Path) -> Result<(World, Diagnostics), SceneError> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => SceneError::Missing {
            path: path.to_owned(),
        },
        _ => SceneError::Unreadable {
            path: path.to_owned(),
            source,
        },
    })?;
    open::check_bytes(path, &bytes)?;
    let stage = open::open(path)?;
    convert(path, &stage)
}
