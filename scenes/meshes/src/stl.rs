//! STL by `mesh-loader`, which guesses text or binary well but trusts the length of the file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use crate::builder::check_size;
use crate::error::MeshError;
use crate::file::{MeshFile, MeshPart};

/// Bytes before the first triangle of a binary file.
const HEADER: usize = 84;
/// Bytes of a triangle of a binary file.
const TRIANGLE: usize = 50;

/// Reads text or binary STL. Points that are equal to the bit become one; normals are those of the
/// faces and are left out.
pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<MeshFile, MeshError> {
    let bytes = whole(path, bytes)?;
    check_size(path, bytes.len() / TRIANGLE)?;
    let mut bytes = Cow::Borrowed(bytes);
    if bytes.starts_with(b"solid") && !looks_like_text(&bytes) {
        // The library takes such a header for text where a line ends behind it.
        bytes.to_mut()[..b"solid".len()].fill(b' ');
    }
    let scene = mesh_loader::stl::from_slice(&bytes)
        .map_err(|error| MeshError::broken(path, error.to_string()))?;
    let parts = scene.meshes.into_iter().map(|mesh| {
        let mut known: HashMap<[u32; 3], u32> = HashMap::new();
        let mut part = MeshPart {
            name: mesh.name,
            ..MeshPart::default()
        };
        for face in mesh.faces {
            let corners = face.map(|i| {
                let point = mesh.vertices[i as usize];
                // Zero and minus zero are the same place.
                let key = point.map(|v| (v + 0.0).to_bits());
                *known.entry(key).or_insert_with(|| {
                    part.points.push(point.map(f64::from));
                    part.points.len() as u32 - 1
                })
            });
            let [a, b, c] = corners;
            if a != b && b != c && c != a {
                part.triangles.push(corners);
            }
        }
        part
    });
    Ok(MeshFile {
        parts: parts.collect(),
        ..MeshFile::default()
    })
}

/// A binary file without what stands behind its last triangle; a shorter one is refused.
fn whole<'b>(path: &Path, bytes: &'b [u8]) -> Result<&'b [u8], MeshError> {
    if looks_like_text(bytes) {
        return Ok(bytes);
    }
    let Some(count) = bytes.get(HEADER - 4..HEADER) else {
        let reason = format!("expected at least {HEADER} bytes, found {}", bytes.len());
        return Err(MeshError::broken(path, reason));
    };
    let count = count
        .iter()
        .rev()
        .fold(0_u64, |n, b| n << 8 | u64::from(*b));
    let length = HEADER as u64 + count * TRIANGLE as u64;
    usize::try_from(length)
        .ok()
        .and_then(|length| bytes.get(..length))
        .ok_or_else(|| {
            let found = bytes.len();
            let reason = format!("expected {length} bytes for {count} triangles, found {found}");
            MeshError::broken(path, reason)
        })
}

/// Whether the file begins like text STL and is not a binary one whose header says `solid`.
fn looks_like_text(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    start.starts_with(b"solid") && !bytes.iter().take(HEADER + TRIANGLE).any(|b| *b == 0)
}
