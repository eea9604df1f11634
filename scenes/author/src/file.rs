//! The way out: a world to a file, whole or not at all.

use std::fs::{self, File};
use std::io::{self, Cursor, Write as _};
use std::path::{Path, PathBuf};

use halle_world::{Diagnostics, World};
use openusd::{usda, usdc, usdz};

use crate::author::{AuthorOptions, Authored, author};
use crate::error::AuthorError;
use crate::scene::metadata;

/// Encoding of a USD file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Text.
    Usda,
    /// Binary.
    Usdc,
    /// A package with one binary layer.
    Usdz,
}

impl Format {
    /// The format that a file's name asks for; `.usd` is binary.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "usda" => Some(Self::Usda),
            "usdc" | "usd" => Some(Self::Usdc),
            "usdz" => Some(Self::Usdz),
            _ => None,
        }
    }
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// Its encoding.
    pub format: Format,
    /// Its size \[bytes\].
    pub bytes: u64,
    /// Number of prims in it, holders of shared meshes and materials included.
    pub prim_count: usize,
    /// Pictures that were copied, as the layer names them: beside the file, or inside the package.
    pub pictures: Vec<String>,
    /// What could not be said, or not as the world has it.
    pub findings: Diagnostics,
}

/// Writes a world as one USD file that needs no other but for its pictures.
///
/// The name's ending chooses the format. The same world gives the same bytes. A file of that name
/// is replaced once the new one is complete on the disk, not before. Pictures are copied: into the
/// package, or into the folder `<name>_textures` beside the file.
///
/// # Errors
/// [`AuthorError`] if the ending is unknown, a pose or a mesh of the world is broken, or the file
/// cannot be written.
pub fn write(world: &World, out: &Path, options: &AuthorOptions) -> Result<Written, AuthorError> {
    let format = Format::of(out).ok_or_else(|| AuthorError::UnknownFormat {
        path: out.to_owned(),
    })?;
    let (bytes, authored) = encode(world, out, format, options)?;
    if format != Format::Usdz {
        beside(out, &authored.pictures).map_err(|source| AuthorError::Unwritable {
            path: out.to_owned(),
            source,
        })?;
    }
    replace(out, &bytes).map_err(|source| AuthorError::Unwritable {
        path: out.to_owned(),
        source,
    })?;
    Ok(Written {
        path: out.to_owned(),
        format,
        bytes: bytes.len() as u64,
        prim_count: authored.layer.prims().len(),
        pictures: authored.pictures.into_iter().map(|p| p.0).collect(),
        findings: authored.findings,
    })
}

/// A world as the text of a USD layer, with what could not be said in it.
///
/// # Errors
/// As [`write()`], but for the file.
pub fn text(world: &World, options: &AuthorOptions) -> Result<(String, Diagnostics), AuthorError> {
    let (bytes, authored) = encode(world, Path::new("text.usda"), Format::Usda, options)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok((text, authored.findings))
}

fn encode(
    world: &World,
    out: &Path,
    format: Format,
    options: &AuthorOptions,
) -> Result<(Vec<u8>, Authored), AuthorError> {
    let folder = match format {
        Format::Usdz => "textures".to_owned(),
        _ => format!("{}_textures", stem(out)),
    };
    let authored = author(world, options, &folder)?;
    let metadata = metadata(world, &authored.root);
    let data = authored.layer.data(metadata, format == Format::Usda)?;
    let bytes = match format {
        Format::Usda => usda::TextWriter::write_to_string(&data)
            .map(String::into_bytes)
            .map_err(|e| refused(out, e)),
        Format::Usdc => binary(&data).map_err(|e| refused(out, e)),
        Format::Usdz => {
            let layer = binary(&data).map_err(|e| refused(out, e))?;
            package(out, &layer, &authored.pictures).map_err(|e| refused(out, e))
        }
    }?;
    Ok((bytes, authored))
}

fn binary(data: &openusd::sdf::Data) -> Result<Vec<u8>, openusd::sdf::FormatError> {
    let mut sink = Cursor::new(Vec::new());
    usdc::CrateWriter::write(data, &mut sink)?;
    Ok(sink.into_inner())
}

fn package(
    out: &Path,
    layer: &[u8],
    pictures: &[(String, Vec<u8>)],
) -> Result<Vec<u8>, usdz::ArchiveError> {
    let mut archive = usdz::ArchiveWriter::new(Cursor::new(Vec::new()));
    archive.add_layer(&format!("{}.usdc", stem(out)), layer)?;
    for (name, bytes) in pictures {
        archive.add_layer(name, bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

fn stem(out: &Path) -> &str {
    out.file_stem().and_then(|s| s.to_str()).unwrap_or("world")
}

/// Writes pictures into the folder beside a layer.
fn beside(out: &Path, pictures: &[(String, Vec<u8>)]) -> io::Result<()> {
    for (name, bytes) in pictures {
        let path = out.with_file_name(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // A picture that is its own source stays as it is.
        if fs::read(&path).is_ok_and(|known| known == *bytes) {
            continue;
        }
        replace(&path, bytes)?;
    }
    Ok(())
}

fn refused(out: &Path, error: impl std::error::Error + Send + Sync + 'static) -> AuthorError {
    AuthorError::Encode {
        prim: out.display().to_string(),
        source: Box::new(error),
    }
}

/// Puts bytes in place of a file: beside it first, onto the disk, then under its name.
fn replace(out: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let beside = out.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let put = || {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, out)
    };
    let done = put();
    if done.is_err() {
        // What matters is the first error; a leftover part may not exist at all.
        drop(fs::remove_file(&beside));
    }
    done?;
    #[cfg(unix)]
    {
        // The new name is on the disk when its folder is.
        let folder = out.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
