//! A robot that others converted to UsdPhysics, where the corpus stands beside the checkout.

use std::fs;
use std::path::PathBuf;

use crate::library::{BASE_HEIGHT, model_forward, urdf_forward};
use crate::local;

/// The converted robot, or nothing with a word about it.
#[expect(clippy::print_stdout, reason = "a check that did not run must say so")]
fn converted() -> Option<PathBuf> {
    let corpus = local("../../shared/corpus/robots-usdphysics/converted/ur10e/ur10e.usda");
    if corpus.is_file() {
        return Some(corpus);
    }
    println!("corpus is not there: the converted robot is not checked");
    None
}

/// On its own it has neither tool nor workpiece, and that is what is said.
#[test]
fn converted_robot_lacks_a_tool() {
    let Some(scene) = converted() else { return };
    let (world, _) = halle_scenes::load(&scene).unwrap();
    let error = halle_world::compile(&world).unwrap_err();
    assert_eq!(error.code(), "SC0006", "{error}");
}

/// With a pad and a part added it is the published arm: six joints, masses, kinematics. Its frames
/// went through the converter's single precision: 1e-6 m.
#[test]
fn converted_robot_with_a_pad() {
    let Some(scene) = converted() else { return };
    let links = [
        "ur10e",
        "Geometry",
        "world",
        "base_link",
        "base_link_inertia",
        "shoulder_link",
        "upper_arm_link",
        "forearm_link",
        "wrist_1_link",
        "wrist_2_link",
        "wrist_3_link",
    ];
    let open: String = links.iter().map(|l| format!("over \"{l}\" {{\n")).collect();
    let text = format!(
        "#usda 1.0\n(\n metersPerUnit = 1\n upAxis = \"Z\"\n subLayers = [@{}@, @{}@]\n)\n\
         over \"Cell\" {{\n over \"Robot\" (active = false) {{}}\n}}\n\
         {open} def Xform \"Pad\" {{\n custom token halle:tool:kind = \"disc\"\n}}\n{}",
        scene.display(),
        local("tests/broken/base.usda").display(),
        "}\n".repeat(links.len()),
    );
    let path = std::env::temp_dir().join(format!("halle-corpus-{}.usda", std::process::id()));
    fs::write(&path, text).unwrap();
    let loaded = halle_scenes::load(&path);
    fs::remove_file(&path).unwrap();
    let (world, _) = loaded.unwrap();
    let (model, _) = halle_world::compile(&world).unwrap();
    assert_eq!(model.links.len(), 6);
    let mass: f64 = model.links.iter().map(|l| l.mass).sum();
    assert!((mass - 29.104).abs() < 1e-5, "{mass} kg");
    for q in [[0.0; 6], [0.3, -1.1, 1.7, -0.4, 2.2, -2.9]] {
        for (ours, published) in model_forward(&model, &q).iter().zip(urdf_forward(&q)) {
            let [x, y, z] = published.translation;
            let off: f64 = [x, y, z - BASE_HEIGHT]
                .iter()
                .zip(ours.translation)
                .map(|(a, b)| (a - b).powi(2))
                .sum();
            assert!(off.sqrt() < 1e-6, "{q:?}: {} m", off.sqrt());
        }
    }
}
