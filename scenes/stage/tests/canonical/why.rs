//! Opinions behind a value, strongest first.

use std::fs;
use std::path::Path;

use halle_stage::StageError;
use halle_stage::canonical::{Arc, why};

use crate::support::scene;

#[test]
fn opinions_come_with_layer_arc_and_offset() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let asset = "#usda 1.0\ndef \"P\" {\n    double x = 3\n    rel r = </P/q>\n}\n";
    fs::write(folder.join("why_asset.usda"), asset).unwrap();
    let text = "class \"K\" {\n    double x = 2\n}\n\
                def \"A\" (\n    inherits = </K>\n    \
                references = @./why_asset.usda@</P> (offset = 5; scale = 2)\n    \
                prepend variantSets = \"v\"\n    variants = { string v = \"b\" }\n) {\n    \
                prepend rel r = </A/s>\n    variantSet \"v\" = {\n        \"b\" {\n            \
                double x = 1\n        }\n    }\n}\n";
    let scene = scene("why", text);
    let told = why(&scene, "/A.x").unwrap();
    let brief: Vec<_> = told
        .iter()
        .map(|o| (o.layer.as_str(), o.value.as_str(), o.wins))
        .collect();
    let expected = [
        ("why.usda", "2.0", true),
        ("why.usda", "1.0", false),
        ("why_asset.usda", "3.0", false),
    ];
    assert_eq!(brief, expected);
    let (set, selection) = ("v".to_owned(), "b".to_owned());
    let arcs: Vec<_> = told.iter().map(|opinion| opinion.arcs.clone()).collect();
    assert_eq!(
        arcs,
        [
            vec![Arc::Inherit],
            vec![Arc::Variant { set, selection }],
            vec![Arc::Reference]
        ]
    );
    assert_eq!(
        (told[2].offset, told[2].scale, told[2].path.as_str()),
        (5.0, 2.0, "/P.x")
    );
    let told = why(&scene, "/A.r").unwrap();
    let brief: Vec<_> = told.iter().map(|o| (o.value.as_str(), o.wins)).collect();
    assert_eq!(
        brief,
        [("prepend [/A/s]", true), ("[/P/q]", true)],
        "edits win with what they edit"
    );
    let told = why(&scene, "/A").unwrap();
    assert!(told[0].wins && told[0].field == "specifier" && told[0].value == "def");
}

#[test]
fn what_is_not_there_is_no_path() {
    let scene = scene("why_not", "def \"A\" {\n}\n");
    for path in ["/B", "/A.x", "A", "//"] {
        assert!(
            matches!(why(&scene, path), Err(StageError::BadPath { .. })),
            "{path}"
        );
    }
}
