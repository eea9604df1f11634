//! Pictures: copied into the package, or into a folder beside the file.
//!
//! A text or binary layer `plant.usda` has its pictures in `plant_textures/`; a package has them
//! inside, in `textures/`. The layer names them relative to itself, so that both can be moved
//! together, and no path of the machine that wrote them is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use halle_world::components::ImageFile;
use openusd::usdz;

use crate::names::unique;

/// Mark in the name of a picture in tiles.
const TILES: &str = "<UDIM>";
/// Numbers of tiles.
const NUMBERS: std::ops::RangeInclusive<u32> = 1001..=1100;

/// Pictures in use, each once.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    folder: String,
    /// Names in the folder by where the pictures are.
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    /// Pictures that are not there, as they are named.
    pub(crate) missing: BTreeSet<String>,
}

impl Pictures {
    /// No pictures so far; they go into a folder beside the layer.
    pub(crate) fn new(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            ..Self::default()
        }
    }

    /// Path of a picture as the layer names it.
    pub(crate) fn name(&mut self, image: &ImageFile) -> String {
        let Some(resolved) = &image.resolved else {
            // Kept as it was written, unless that names a place on this machine.
            let whole = Path::new(&image.authored).is_absolute() || image.authored.contains(':');
            let name = if whole {
                last(&image.authored)
            } else {
                &image.authored
            };
            self.missing.insert(name.to_owned());
            return name.to_owned();
        };
        if let Some(known) = self.names.get(resolved) {
            return format!("./{}/{known}", self.folder);
        }
        let name = plain(last(resolved.trim_end_matches(']')));
        let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
        let dot = if ending.is_empty() { "" } else { "." };
        let free = unique(stem, |s| self.taken.contains(&format!("{s}{dot}{ending}")));
        let name = format!("{free}{dot}{ending}");
        self.taken.insert(name.clone());
        let path = format!("./{}/{name}", self.folder);
        self.names.insert(resolved.clone(), name);
        path
    }

    /// All pictures: name below the layer's folder, and bytes. Those that cannot be read are missing.
    pub(crate) fn read(&mut self) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        let mut missing = Vec::new();
        for (source, name) in &self.names {
            let before = all.len();
            let path = format!("{}/{name}", self.folder);
            if source.contains(TILES) {
                for number in NUMBERS.map(|n| n.to_string()) {
                    if let Ok(bytes) = bytes(&source.replacen(TILES, &number, 1)) {
                        all.push((path.replacen(TILES, &number, 1), bytes));
                    }
                }
            } else if let Ok(bytes) = bytes(source) {
                all.push((path.clone(), bytes));
            }
            if all.len() == before {
                missing.push(path);
            }
        }
        self.missing.extend(missing);
        all
    }
}

/// Last part of a path, inside a package too.
fn last(path: &str) -> &str {
    path.rsplit(['/', '\\', '[']).next().unwrap_or(path)
}

/// A file name of letters that every reader takes, the mark of tiles kept.
fn plain(name: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-<>".contains(c);
    let name: String = name
        .chars()
        .map(|c| if good(c) { c } else { '_' })
        .collect();
    let marked = name.contains(TILES);
    if marked {
        name
    } else {
        name.replace(['<', '>'], "_")
    }
}

/// The bytes of a file, or of a file in a package: `package.usdz[inner.png]`.
fn bytes(source: &str) -> io::Result<Vec<u8>> {
    let Some((outer, inner)) = source.split_once('[') else {
        return fs::read(source);
    };
    let mut held = fs::read(outer)?;
    let mut inner = inner.strip_suffix(']').unwrap_or(inner);
    loop {
        let (name, rest) = match inner.split_once('[') {
            Some((name, rest)) => (name, Some(rest.strip_suffix(']').unwrap_or(rest))),
            None => (inner, None),
        };
        let mut archive = usdz::Archive::from_bytes(held).map_err(io::Error::other)?;
        held = archive.entry(name).map_err(io::Error::other)?.to_vec();
        match rest {
            Some(rest) => inner = rest,
            None => return Ok(held),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(path: &str) -> ImageFile {
        ImageFile {
            authored: path.to_owned(),
            resolved: Some(path.to_owned()),
        }
    }

    /// Two pictures of one name stay two, one picture is named once, odd letters go.
    #[test]
    fn names() {
        let mut pictures = Pictures::new("plant_textures");
        let mut name = |path| pictures.name(&image(path));
        assert_eq!(name("/a/wood.png"), "./plant_textures/wood.png");
        assert_eq!(name("/b/wood.png"), "./plant_textures/wood_2.png");
        assert_eq!(name("/a/wood.png"), "./plant_textures/wood.png");
        assert_eq!(
            name("/a/p.usdz[t/my wood.png]"),
            "./plant_textures/my_wood.png"
        );
        assert_eq!(name("/a/t.<UDIM>.png"), "./plant_textures/t.<UDIM>.png");
    }

    /// No path of this machine is written, also where the picture is not there.
    #[test]
    fn missing_pictures() {
        let mut pictures = Pictures::new("textures");
        let mut name = |authored: &str| {
            pictures.name(&ImageFile {
                authored: authored.to_owned(),
                resolved: None,
            })
        };
        assert_eq!(name("/home/me/a.png"), "a.png");
        assert_eq!(name("./maps/a.png"), "./maps/a.png");
        assert_eq!(pictures.missing.len(), 2);
    }
}
