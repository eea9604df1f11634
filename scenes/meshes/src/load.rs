//! The way in: a path to the parts of a mesh.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::error::MeshError;
use crate::file::MeshFile;
use crate::source::read;
use crate::{dae, gltf, msh, obj, stl};

/// Extensions of the formats that are read, in lower case.
pub const EXTENSIONS: [&str; 6] = ["obj", "stl", "dae", "gltf", "glb", "msh"];

/// Largest coordinate; volumes and moments of what lies within are numbers.
const FARTHEST: f64 = 1e30;

/// Reads a mesh file; its extension, in any case, tells the format.
///
/// The same file gives the same parts in the same order. Coordinates are at most 1e30.
///
/// # Errors
/// [`MeshError`] if the file is not there, cannot be read, is broken or too large, needs what is
/// not supported, or holds no triangle.
pub fn load(path: impl AsRef<Path>) -> Result<MeshFile, MeshError> {
    let path = path.as_ref();
    known_format(path)?;
    let bytes = read(path)?;
    load_bytes(path, &bytes)
}

/// Reads a mesh from bytes as if they were the file at `path`: materials, buffers and textures
/// that it names are looked for from the folder of `path`.
///
/// # Errors
/// As [`load`].
pub fn load_bytes(path: &Path, bytes: &[u8]) -> Result<MeshFile, MeshError> {
    let extension = known_format(path)?;
    let read = || match extension {
        "obj" => obj::read(path, bytes),
        "stl" => stl::read(path, bytes),
        "dae" => dae::read(path, bytes),
        "msh" => msh::read(path, bytes),
        _ => gltf::read(path, bytes),
    };
    // The parsers are other people's; one that gives up on a hostile file takes nothing down.
    let read = catch_unwind(AssertUnwindSafe(read));
    let mut file = read.unwrap_or_else(|_| Err(MeshError::broken(path, "the parser gave up")))?;
    file.inputs.insert(0, path.to_owned());
    file.parts.retain(|p| !p.triangles.is_empty());
    if file.parts.is_empty() {
        return Err(MeshError::Empty {
            path: path.to_owned(),
        });
    }
    let near = |p: &[f64; 3]| p.iter().all(|v| v.abs() <= FARTHEST);
    if !file.parts.iter().all(|p| p.points.iter().all(near)) {
        let reason = "expected finite points, with coordinates of at most 1e30";
        return Err(MeshError::broken(path, reason));
    }
    let finite = |p: &[f64; 3]| p.iter().all(|v| v.is_finite());
    for part in &mut file.parts {
        if !part.normals.iter().all(finite) {
            part.normals.clear();
        }
    }
    Ok(file)
}

fn known_format(path: &Path) -> Result<&'static str, MeshError> {
    let extension = path.extension().and_then(|e| e.to_str());
    let lower = extension.unwrap_or_default().to_ascii_lowercase();
    EXTENSIONS
        .into_iter()
        .find(|known| *known == lower)
        .ok_or_else(|| MeshError::UnknownFormat {
            path: path.to_owned(),
        })
}
