//! There and back: what is written is read back as the same world.

use std::fs;
use std::path::{Path, PathBuf};

use halle_author::{AuthorOptions, text, write};
use halle_world::World;

use crate::facts::{differences, facts, moved};
use crate::files::folder;
use crate::worlds::plant;

/// Two roundings to single precision, and degrees between them: a few parts in ten million.
const TOLERANCE: f64 = 1e-6;

/// Writes a world, reads it back, and lists what differs; the world that was read comes along.
fn there_and_back(world: &World, file: &Path) -> (World, Vec<String>) {
    write(world, file, &AuthorOptions::default()).unwrap();
    let (back, _) = halle_scenes::load(file).unwrap();
    let there = facts(&back);
    let found = differences(&moved(facts(world), &there), &there, TOLERANCE);
    (back, found)
}

/// A file's text without numbers, and without what it was made from: its structure.
fn structure(world: &World) -> String {
    let (text, _) = text(world, &AuthorOptions::default()).unwrap();
    let (_, body) = text.split_once("\n)\n").unwrap();
    body.chars()
        .filter(|c| !c.is_ascii_digit() && !matches!(c, '.' | '-'))
        .collect()
}

/// The example plant comes back in each encoding.
#[test]
fn example_comes_back() {
    let folder = folder("example");
    for name in ["plant.usda", "plant.usdc", "plant.usdz"] {
        let (_, found) = there_and_back(&plant(), &folder.join(name));
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
    fs::remove_dir_all(folder).unwrap();
}

/// Scenes of the library: composed of many layers with references and instances, they come back
/// as one file that says the same; writing what was read changes nothing but last digits any more.
#[test]
fn library_comes_back() {
    let folder = folder("library");
    for scene in scenes(&local("../library")) {
        let (world, _) = halle_scenes::load(&scene).unwrap();
        let (back, found) = there_and_back(&world, &folder.join("scene.usdc"));
        let shown = &found[..found.len().min(20)];
        assert!(
            found.is_empty(),
            "{}: {} differences, {shown:#?}",
            scene.display(),
            found.len()
        );
        let (again, found) = there_and_back(&back, &folder.join("again.usdc"));
        assert!(found.is_empty(), "{}: {found:#?}", scene.display());
        assert!(structure(&back) == structure(&again), "{}", scene.display());
    }
    fs::remove_dir_all(folder).unwrap();
}

/// Robots that others wrote as UsdPhysics come back.
#[test]
fn robots_come_back() {
    let corpus = local("../../../shared/corpus/robots-usdphysics/converted");
    if !corpus.is_dir() {
        println!("skipped: no corpus beside the checkout");
        return;
    }
    let folder = folder("robots");
    let robots = ["ur10e/ur10e.usda", "fr3/fr3.usda"].map(|r| corpus.join(r));
    for scene in robots.iter().filter(|r| r.is_file()) {
        let (world, _) = halle_scenes::load(scene).unwrap();
        let (_, found) = there_and_back(&world, &folder.join("robot.usdc"));
        let shown = &found[..found.len().min(20)];
        assert!(
            found.is_empty(),
            "{}: {} differences, {shown:#?}",
            scene.display(),
            found.len()
        );
    }
    fs::remove_dir_all(folder).unwrap();
}

/// Robots of URDF and MJCF files, written and read back. A body without mass cannot be said in USD.
#[test]
fn urdf_and_mjcf_come_back() {
    let corpus = local("../../../shared/corpus");
    if !corpus.is_dir() {
        println!("skipped: no corpus beside the checkout");
        return;
    }
    let folder = folder("urdf");
    for name in ["ur10e", "fr3", "irb2400", "ur5e"] {
        let robot = corpus.join(format!("robots-urdf/{name}/{name}.urdf"));
        let (world, _) = halle_urdf::load(&robot, &halle_urdf::UrdfOptions::default()).unwrap();
        let (_, found) = there_and_back(&world, &folder.join("robot.usda"));
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
    // Bodies without mass come back with a milligram, which is less than the tolerance.
    for name in [
        "franka_emika_panda/panda.xml",
        "franka_emika_panda/panda_nohand.xml",
        "kuka_iiwa_14/scene.xml",
        "robotiq_2f85/2f85.xml",
        "universal_robots_ur5e/ur5e.xml",
    ] {
        let robot = corpus.join("robots-mjcf").join(name);
        let (world, _) = halle_mjcf::load(&robot).unwrap();
        let (_, found) = there_and_back(&world, &folder.join("robot.usda"));
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
    fs::remove_dir_all(folder).unwrap();
}

fn local(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The scenes of a folder, by name.
fn scenes(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .filter(|p| p.extension().is_some_and(|e| e == "usda"))
        .collect();
    found.sort();
    found
}
