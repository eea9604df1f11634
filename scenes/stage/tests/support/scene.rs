//! Small scenes from text.

use std::fs;
use std::path::Path;

use halle_stage::open::{OpenOptions, Scene};
use openusd::usd::Prim;

/// Opens a scene of the given text; the name has to be unique in the test binary.
pub(crate) fn scene(name: &str, text: &str) -> Scene {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.usda"));
    fs::write(&file, format!("#usda 1.0\n{text}")).unwrap();
    Scene::open(&file, &OpenOptions::default()).unwrap()
}

pub(crate) fn prim(scene: &Scene, path: &str) -> Prim {
    scene.stage().prim(path).unwrap()
}
