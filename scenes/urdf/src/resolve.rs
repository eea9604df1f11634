//! Addresses of meshes and pictures into files.

use std::path::{Path, PathBuf};

use crate::options::UrdfOptions;

/// The file that an address names, or why there is none.
pub(crate) fn resolve(robot: &Path, options: &UrdfOptions, uri: &str) -> Result<PathBuf, String> {
    let folder = robot.parent().unwrap_or(Path::new(""));
    if uri.contains('\0') || uri.trim().is_empty() {
        return Err("expected the address of a file".to_owned());
    }
    for scheme in ["package://", "model://"] {
        if let Some(rest) = uri.strip_prefix(scheme) {
            return in_package(folder, options, rest);
        }
    }
    let plain = uri.strip_prefix("file://").or(uri.strip_prefix("file:"));
    if plain.is_none() && uri.contains("://") {
        return Err(format!("`{uri}` is not a file on this machine"));
    }
    let file = folder.join(plain.unwrap_or(uri));
    there(file)
}

fn in_package(folder: &Path, options: &UrdfOptions, rest: &str) -> Result<PathBuf, String> {
    let (name, inside) = rest.split_once('/').unwrap_or((rest, ""));
    let listed = options.packages.iter().find(|(known, _)| known == name);
    if let Some((_, package)) = listed {
        return there(package.join(inside));
    }
    // A file that lies in its package, or beside it, finds it without being told.
    let above = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    for ancestor in above.ancestors() {
        let own = ancestor.file_name().is_some_and(|n| n == name);
        let package = if own {
            ancestor.to_owned()
        } else {
            ancestor.join(name)
        };
        if package.is_dir() && !name.is_empty() {
            return there(package.join(inside));
        }
    }
    Err(format!("package `{name}` is not known"))
}

fn there(file: PathBuf) -> Result<PathBuf, String> {
    if file.is_file() {
        return Ok(file);
    }
    Err(format!("file `{}` does not exist", file.display()))
}
