//! Looks with textures, face sets, primvars, lights and cameras: there and back, and before usd-core.

use std::fs;
use std::path::Path;

use halle_author::{AuthorOptions, write};
use halle_world::World;

use crate::facts::{differences, facts, moved};
use crate::files::folder;
use crate::looked::{Looked, compare, judged};

/// The scene of looks, with its pictures beside it; their bytes do not matter.
fn scene(folder: &Path) -> World {
    fs::create_dir_all(folder.join("in/tex")).unwrap();
    for picture in ["wood", "normal", "tile.1001", "tile.1011"] {
        fs::write(folder.join(format!("in/tex/{picture}.png")), picture).unwrap();
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/looks/look.usda");
    let file = folder.join("in/look.usda");
    fs::copy(source, &file).unwrap();
    halle_scenes::load(&file).unwrap().0
}

/// Lights carry the paths of their pictures, which move with the file.
fn without_paths(mut facts: crate::facts::Facts) -> crate::facts::Facts {
    for ((_, what), fact) in &mut facts {
        if *what == "light" {
            fact.words.retain(|word| !word.contains("resolved"));
        }
    }
    facts
}

/// Each encoding comes back with the same looks, and usd-core reads from it what we read; the
/// pictures lie beside the file or in the package, by relative names.
#[test]
fn looks_come_back() {
    let folder = folder("looks");
    let world = scene(&folder);
    fs::create_dir_all(folder.join("out")).unwrap();
    for name in ["a.usda", "b.usdc", "c.usdz"] {
        let file = folder.join("out").join(name);
        let written = write(&world, &file, &AuthorOptions::default()).unwrap();
        assert_eq!(written.pictures.len(), 4, "{:?}", written.pictures);
        let (back, findings) = halle_scenes::load(&file).unwrap();
        let there = without_paths(facts(&back));
        let found = differences(&moved(without_paths(facts(&world)), &there), &there, 1e-6);
        assert!(found.is_empty(), "{name}: {found:#?}");
        let Some(judge) = judged(&[&file]) else {
            println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
            continue;
        };
        let mut sum = Looked::default();
        compare(&back, &findings, &judge[file.to_str().unwrap()], &mut sum);
        assert!(sum.wrong.is_empty(), "{name}: {}", sum.wrong.join("\n"));
        assert!(
            sum.counts["textures"] >= 5 && sum.counts["face sets"] == 2,
            "{sum:?}"
        );
    }
    let beside = folder.join("out/a_textures");
    assert_eq!(fs::read(beside.join("wood.png")).unwrap(), b"wood");
    assert_eq!(
        fs::read(beside.join("tile.1011.png")).unwrap(),
        b"tile.1011"
    );
    // No path of this machine stands in the text.
    let text = fs::read_to_string(folder.join("out/a.usda")).unwrap();
    let machine = folder.to_string_lossy();
    assert!(!text.contains(&*machine), "{text}");
    fs::remove_dir_all(folder).unwrap();
}
