//! Tests over whole robots.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod broken;
mod corpus;
mod features;
mod hostile;
mod kinematics;

use std::fs;
use std::path::{Path, PathBuf};

use halle_urdf::{Diagnostics, UrdfError, UrdfOptions, World, load};
use halle_world::components::SourcePath;
use halle_world::{Entity, Plant};

/// A path below the crate's folder.
fn local(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Robots by others, where they are; one line where they are not.
#[expect(clippy::print_stdout, reason = "a check that did not run must say so")]
fn corpus() -> Option<PathBuf> {
    let folder = local("../../../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: ../shared/corpus is not there");
    None
}

/// All `.urdf` files of the corpus, in order.
fn robots(corpus: &Path) -> Vec<PathBuf> {
    let converter = "robots-usdphysics/converter-tests/urdf-usd-converter/tests/data";
    let mut folders = vec![corpus.join(converter)];
    let robots = fs::read_dir(corpus.join("robots-urdf")).unwrap();
    folders.extend(robots.map(|e| e.unwrap().path()).filter(|p| p.is_dir()));
    let files = folders.iter().flat_map(|f| fs::read_dir(f).unwrap());
    let mut files: Vec<PathBuf> = files.map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "urdf"));
    files.sort();
    files
}

/// Loads text as a file of its own.
fn load_text(name: &str, text: &str) -> Result<(World, Diagnostics), UrdfError> {
    let folder = Scratch::new(name);
    let file = folder.0.join("robot.urdf");
    fs::write(&file, text).unwrap();
    load(&file, &UrdfOptions::default())
}

/// A folder of a test that is gone when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("halle-urdf-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The entity of a prim.
fn prim(world: &World, path: &str) -> Entity {
    let plant = world.resource::<Plant>();
    let named = |e: &Entity| world.get::<SourcePath>(*e).is_some_and(|s| s.prim == path);
    plant
        .entities
        .iter()
        .copied()
        .find(named)
        .unwrap_or_else(|| {
            let all = plant.entities.iter();
            let paths: Vec<&str> = all
                .map(|e| world.get::<SourcePath>(*e).unwrap().prim.as_str())
                .collect();
            panic!("no {path} in {paths:#?}")
        })
}
