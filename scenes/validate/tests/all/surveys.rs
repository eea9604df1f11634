//! Counts against files that are counted by hand.

use halle_validate::survey::{memory, outline, stage, survey};

use crate::local;

/// `VA0152.usda`: three boxes of 2 kg, three hinges, one articulation without a base.
#[test]
fn robot_is_counted() {
    let path = local("tests/broken/VA0152.usda");
    let (world, _) = halle_scenes::load(&path).unwrap();
    let found = survey(&world);
    assert_eq!(found.bodies["dynamic"], 3);
    assert_eq!(found.joints["revolute"], 3);
    assert_eq!(found.colliders["box"], 3);
    assert!((found.mass - 6.0).abs() < 1e-9);
    let [articulation] = found.articulations.as_slice() else {
        panic!("{:?}", found.articulations)
    };
    assert_eq!((articulation.bodies, articulation.freedoms), (3, 3));
    assert!(!articulation.anchored);
    assert!(memory(&world).total() > 1000);
    let [low, high] = found.bounds.unwrap();
    assert!((low[0] + 0.1).abs() < 1e-9 && (high[1] - 0.6).abs() < 1e-9);
}

/// Siblings that are alike are one line; the depth ends with a count.
#[test]
fn outline_folds() {
    let (world, _) = halle_scenes::load(local("tests/broken/VA0152.usda")).unwrap();
    let text = outline(&world, 2);
    assert!(text.starts_with("Model  [articulation]\n"), "{text}");
    assert!(
        text.contains("\n  Box  [body]  (1 prim, 1 collider)\n"),
        "{text}"
    );
    let (world, _) = halle_scenes::load(local("../library/warehouse_aisle.usda")).unwrap();
    let whole = outline(&world, 99);
    // More than six thousand prims.
    assert!(
        whole.lines().count() < 600,
        "{} lines",
        whole.lines().count()
    );
}

/// Prims on the stage as usd-core counts them with instances expanded (`oracle.py`), and where the
/// units are stated.
#[test]
fn stage_is_counted() {
    let found = stage(&local("tests/broken/VA0163.usda")).unwrap();
    // Model, Scene, Steel, First and below it Box and Shape.
    assert_eq!((found.prims, found.instances, found.prototypes), (6, 1, 1));
    let metres = found
        .stated
        .iter()
        .find(|s| s.name == "metersPerUnit")
        .unwrap();
    assert_eq!(metres.layer.as_deref(), Some("VA0163.usda"));
    assert_eq!(found.layers.len(), 1);
}
