//! The same scene in every file format is the same model.

use std::fs;

use openusd::{sdf, usd, usd_utils};

use crate::{local, whole};

/// Text, crate and package hold the same numbers, to the bit.
#[test]
fn crate_and_package_equal_text() {
    let text = local("library/polishing_cell.usda");
    let (_, reference, _) = whole(&text);
    let folder = std::env::temp_dir().join(format!("halle-formats-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let binary = folder.join("cell.usdc");
    let layer = sdf::Layer::open(text.to_str().unwrap()).unwrap();
    layer.export(binary.to_str().unwrap()).unwrap();
    let stage = usd::Stage::open(binary.to_str().unwrap()).unwrap();
    let package = folder.join("cell.usdz");
    usd_utils::create_new_usdz_package(&stage, binary.to_str().unwrap(), &package, None).unwrap();
    for file in [&binary, &package] {
        let (world, model, diagnostics) = whole(file);
        assert_eq!(model, reference, "{}", file.display());
        assert!(diagnostics.is_empty(), "{diagnostics}");
        assert_eq!(world.resource::<halle_world::Plant>().inputs.len(), 1);
    }
    fs::remove_dir_all(&folder).unwrap();
}
