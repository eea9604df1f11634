//! Mesh files by others, where they are.

use std::fs;
use std::path::{Path, PathBuf};

use halle_meshes::{EXTENSIONS, load};

use crate::solid;

#[expect(clippy::print_stdout, reason = "a check that did not run must say so")]
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: ../shared/corpus is not there");
    None
}

fn meshes(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        let extension = path.extension().and_then(|e| e.to_str());
        if path.is_dir() {
            meshes(&path, found);
        } else if extension.is_some_and(|e| EXTENSIONS.contains(&e)) {
            found.push(path);
        }
    }
}

/// Every mesh of the corpus is read, except the one that holds none.
#[test]
fn all_are_read() {
    let Some(corpus) = corpus() else { return };
    let mut found = Vec::new();
    meshes(&corpus, &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for path in found {
        let read = load(&path);
        let empty = path.ends_with("no_shape.obj");
        assert_eq!(read.is_err(), empty, "{}: {read:?}", path.display());
    }
}

/// One box, written in four formats and two units, weighs the same. Single precision and four
/// written digits leave 1e-6.
#[test]
fn boxes_agree() {
    let Some(corpus) = corpus() else { return };
    let folder =
        corpus.join("robots-usdphysics/converter-tests/urdf-usd-converter/tests/data/assets");
    let volume = |name: &str| solid(&load(folder.join(name)).unwrap()).0;
    let expected = volume("box.obj");
    for name in [
        "box.stl",
        "box.dae",
        "box_two_materials.dae",
        "box_two_materials.obj",
    ] {
        assert!(
            (volume(name) / expected - 1.0).abs() < 1e-6,
            "{name}: {} {expected}",
            volume(name)
        );
    }
}
