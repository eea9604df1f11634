//! Tests over whole mesh files, written by the tests themselves.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod corpus;
mod files;
mod formats;
mod hostile;
mod notes;

use std::path::Path;
use std::sync::Arc;

use halle_meshes::{MeshError, MeshFile, load_bytes};
use halle_world::Shape;

/// Reads text as a file of a name that is not on any disk.
fn read(name: &str, bytes: impl AsRef<[u8]>) -> Result<MeshFile, MeshError> {
    load_bytes(&Path::new("/nowhere").join(name), bytes.as_ref())
}

/// Volume and centre of all parts as one solid.
fn solid(file: &MeshFile) -> (f64, [f64; 3]) {
    let unit = Shape::Mesh(Arc::new(file.merged())).unit_mass().unwrap();
    (unit.volume, unit.center.into())
}

/// Both numbers and all coordinates agree.
fn check_solid(file: &MeshFile, volume: f64, center: [f64; 3], tolerance: f64) {
    let (found, middle) = solid(file);
    assert!((found - volume).abs() < tolerance, "{found} {volume}");
    for k in 0..3 {
        let off = (middle[k] - center[k]).abs();
        assert!(off < tolerance, "{middle:?} {center:?}");
    }
}
