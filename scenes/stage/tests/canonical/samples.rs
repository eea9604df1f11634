//! Values over time.

use std::fs;
use std::path::Path;

use halle_stage::open::{OpenOptions, Scene};
use halle_stage::read;
use openusd::sdf::Value;

use crate::support::{prim, scene};

fn at(scene: &Scene, name: &str, time: f64) -> Option<f64> {
    let attribute = prim(scene, "/A").attribute(name);
    match read::value_at(scene, &attribute, Some(time)).unwrap() {
        Some(Value::Double(x)) => Some(x),
        None => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_block_ends_a_value_and_lets_it_stand_before() {
    let text =
        "def \"A\" {\n    double x.timeSamples = {\n0: 1,\n10: 3,\n20: None,\n30: 7,\n}\n}\n";
    let scene = scene("blocks", text);
    assert_eq!(at(&scene, "x", 5.0), Some(2.0), "a line between samples");
    assert_eq!(at(&scene, "x", 15.0), Some(3.0), "held before a block");
    assert_eq!(at(&scene, "x", 25.0), None, "nothing behind a block");
    assert_eq!(at(&scene, "x", 99.0), Some(7.0), "the last one holds");
}

/// Rates and offsets: a time of a layer is scaled by the ratio of rates, then by the offset.
#[test]
fn times_follow_rates_and_offsets() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let asset = "#usda 1.0\n(\n    timeCodesPerSecond = 48\n    defaultPrim = \"P\"\n)\n\
                 def \"P\" {\n    double x.timeSamples = {\n48: 1,\n96: 2,\n}\n}\n";
    fs::write(folder.join("rated.usda"), asset).unwrap();
    let text = "(\n    timeCodesPerSecond = 24\n)\ndef \"A\" (\n    \
                references = @./rated.usda@ (offset = 10)\n) {\n}\n";
    let scene = scene("rates", text);
    let attribute = prim(&scene, "/A").attribute("x");
    // 48 codes at 48 per second are one second, 24 codes here, ten later.
    assert_eq!(read::times(&scene, &attribute).unwrap(), [34.0, 58.0]);
    assert_eq!(at(&scene, "x", 34.0), Some(1.0));
    assert_eq!(at(&scene, "x", 46.0), Some(1.5));
}

/// A cubic in Bernstein form at its middle is (a + 3b + 3c + d) / 8; with tangents a third of the
/// segment wide, time runs evenly.
#[test]
fn splines_are_evaluated() {
    let text = "def \"A\" {\n    double x.spline = {\n        bezier,\n        post: linear,\n        \
                0: 0; post curve (1, 2),\n        3: 3; pre (1, 0); post linear,\n        \
                5: 7; post held,\n        9: 1; post none\n    }\n}\n";
    let scene = scene("splines", text);
    let middle = (0.0 + 3.0 * 2.0 + 3.0 * 3.0 + 3.0) / 8.0;
    let found = at(&scene, "x", 1.5).unwrap();
    // Bisection halves the unit interval 64 times.
    assert!((found - middle).abs() < 1e-12, "{found}");
    assert_eq!(at(&scene, "x", 4.0), Some(5.0), "linear");
    assert_eq!(at(&scene, "x", 8.0), Some(7.0), "held");
    assert_eq!(
        at(&scene, "x", -1.0),
        Some(0.0),
        "held before the first knot"
    );
    let default = read::value(&prim(&scene, "/A").attribute("x"), None).unwrap();
    assert_eq!(default, None, "a spline gives no default");
}

/// A clip's times jump: USD counts the moment before the jump as a sample of its own.
#[test]
fn jumps_of_clips_count_twice() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clips");
    fs::create_dir_all(&folder).unwrap();
    let clip = "#usda 1.0\ndef \"A\" {\n    double x.timeSamples = {\n0: 0,\n10: 10,\n}\n}\n";
    fs::write(folder.join("clip.usda"), clip).unwrap();
    fs::write(
        folder.join("manifest.usda"),
        "#usda 1.0\ndef \"A\" {\n    double x\n}\n",
    )
    .unwrap();
    let root = "#usda 1.0\ndef \"A\" (\n    clips = {\n        dictionary default = {\n            \
                double2[] active = [(0, 0)]\n            asset[] assetPaths = [@./clip.usda@]\n            \
                asset manifestAssetPath = @./manifest.usda@\n            string primPath = \"/A\"\n            \
                double2[] times = [(0, 0), (10, 10), (10, 0), (20, 10)]\n        }\n    }\n) {\n    \
                double x\n}\n";
    fs::write(folder.join("root.usda"), root).unwrap();
    let scene = Scene::open(&folder.join("root.usda"), &OpenOptions::default()).unwrap();
    let times = read::times(&scene, &prim(&scene, "/A").attribute("x")).unwrap();
    assert_eq!(times.len(), 4, "{times:?}");
    assert!(
        times[1] < 10.0 && times[1] > 9.999_999 && times[2] == 10.0,
        "{times:?}"
    );
}
