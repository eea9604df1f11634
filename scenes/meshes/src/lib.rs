//! Mesh files into triangle meshes: Wavefront OBJ, STL (text and binary), COLLADA, glTF and
//! MuJoCo's MSH.
//!
//! [`load`] reads a file by its extension. Lengths come out in metres where the file names its unit
//! (COLLADA, glTF) and as written where it does not (OBJ, STL, MSH); axes are turned so that the file's
//! up axis is z where the file names one other than z (COLLADA, glTF). What a file holds and this
//! crate does not use is listed in [`MeshFile::notes`].
//!
//! Reads no pictures: textures are named, and checked for being there. Knows nothing of robots.
//! Start reading at `load.rs`, then at the reader of a format.

mod builder;
mod dae;
mod error;
mod file;
mod gltf;
mod load;
mod msh;
mod obj;
mod source;
mod stl;

pub use error::MeshError;
pub use file::{MapOf, MeshFile, MeshMap, MeshMaterial, MeshNote, MeshPart, linear_from_srgb};
pub use load::{EXTENSIONS, load, load_bytes};
