//! Differences between worlds.

use std::fs;

use halle_validate::difference::{Tolerance, worlds};
use halle_world::World;

use crate::local;

fn load(path: &std::path::Path) -> World {
    halle_scenes::load(path).unwrap().0
}

fn fixture(code: &str) -> World {
    load(&local(&format!("tests/broken/{code}.usda")))
}

fn kinds(a: &World, b: &World, tolerance: Tolerance) -> Vec<(String, String)> {
    let found = worlds(a, b, tolerance);
    found.list.into_iter().map(|d| (d.kind, d.path)).collect()
}

/// A world equals itself exactly.
#[test]
fn same() {
    let exact = Tolerance {
        rtol: 0.0,
        atol: 0.0,
    };
    let path = local("../library/press_line.usda");
    let found = worlds(&load(&path), &load(&path), exact);
    assert!(found.list.is_empty(), "{:?}", found.list);
    assert!(found.values > 5_000, "{} values", found.values);
}

/// One changed mass is one difference; it vanishes within the tolerance.
#[test]
fn one_value() {
    let (a, b) = (fixture("base"), fixture("VA0113"));
    let found = worlds(&a, &b, Tolerance::default());
    assert_eq!(found.list.len(), 1, "{:?}", found.list);
    let d = &found.list[0];
    assert_eq!(
        (d.kind.as_str(), d.path.as_str()),
        ("mass", "/Model/Box.mass.mass")
    );
    assert_eq!(
        (d.reference.as_f64(), d.found.as_f64()),
        (Some(2.0), Some(500.0))
    );
    let loose = Tolerance {
        rtol: 0.0,
        atol: 498.0,
    };
    assert!(kinds(&a, &b, loose).is_empty());
}

/// Prims that only one has are missing from, or extra in, the second.
#[test]
fn prims() {
    let (a, b) = (fixture("base"), fixture("VA0140"));
    let extra = kinds(&a, &b, Tolerance::default());
    assert!(
        extra.contains(&("prim extra".into(), "/Model/Other".into())),
        "{extra:?}"
    );
    assert!(extra.contains(&("prim extra".into(), "/Model/Hinge".into())));
    let missing = kinds(&b, &a, Tolerance::default());
    assert!(missing.contains(&("prim missing".into(), "/Model/Other/Shape".into())));
}

/// A factory in metres and one in millimetres are the same in SI units: positions to 1e-6 m, as the
/// text of the second holds six digits.
#[test]
fn units_do_not_matter() {
    let text = fs::read_to_string(local("tests/broken/base.usda")).unwrap();
    let text = text
        .replace("metersPerUnit = 1", "metersPerUnit = 0.001")
        .replace("double size = 0.2", "double size = 200");
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("differences");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("millimetres.usda");
    fs::write(&path, text).unwrap();
    let found = kinds(&fixture("base"), &load(&path), Tolerance::default());
    assert!(found.is_empty(), "{found:?}");
}
