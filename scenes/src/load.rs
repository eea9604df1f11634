//! The way in: a path to a world with findings.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::rc::Rc;

use halle_stage::watch::on_watched_thread;
use halle_world::{Diagnostics, World};

use crate::convert::convert;
use crate::error::SceneError;
use crate::open;
use crate::options::LoadOptions;

/// Loads a scene from a USD file (`.usda`, `.usdc`, `.usd`, `.usdz`), a URDF (`.urdf`, or `.xml` with a
/// `robot`) or an MJCF file (`.xml`, `.mjcf`).
///
/// The world is in SI units with z up whatever the file's units. Findings tell what was assumed,
/// left out or missing; the same file gives the same findings in the same order.
///
/// # Errors
/// [`SceneError`] if there is no such file, or it is of another format, or broken.
pub fn load(path: impl AsRef<Path>) -> Result<(World, Diagnostics), SceneError> {
    load_with(path, &LoadOptions::default())
}

/// [`load`] with options.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    path: impl AsRef<Path>,
    options: &LoadOptions,
) -> Result<(World, Diagnostics), SceneError> {
    let path = path.as_ref().to_owned();
    let options = options.clone();
    let for_thread = path.clone();
    // The stage is single-threaded and its recursion is deeper than a default stack allows.
    on_watched_thread(
        move || load_here(&for_thread, &options),
        |reason| SceneError::ReaderFailed { path, reason },
    )
}

fn load_here(path: &Path, options: &LoadOptions) -> Result<(World, Diagnostics), SceneError> {
    let bytes = fs::read(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => SceneError::Missing {
            path: path.to_owned(),
        },
        _ => SceneError::Unreadable {
            path: path.to_owned(),
            source,
        },
    })?;
    match format(path, &bytes) {
        Format::Usd => {
            open::check_bytes(path, &bytes)?;
            convert(path, &Rc::new(open::open(path)?), options)
        }
        Format::Urdf => {
            let urdf = halle_urdf::UrdfOptions {
                packages: options.packages.clone(),
                ..halle_urdf::UrdfOptions::default()
            };
            Ok(halle_urdf::load(path, &urdf)?)
        }
        Format::Mjcf => Ok(halle_mjcf::load(path)?),
    }
}

/// Formats of scene files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Usd,
    Urdf,
    Mjcf,
}

/// The format by the file's name, and by its root element where the name leaves it open.
fn format(path: &Path, bytes: &[u8]) -> Format {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str().unwrap_or_default() {
        "urdf" => Format::Urdf,
        "mjcf" => Format::Mjcf,
        "xml" => {
            let has = |tag: &[u8]| bytes.windows(tag.len()).any(|window| window == tag);
            if has(b"<robot") && !has(b"<mujoco>") && !has(b"<mujoco ") {
                Format::Urdf
            } else {
                Format::Mjcf
            }
        }
        _ => Format::Usd,
    }
}
