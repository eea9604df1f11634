//! What USD's text format takes and what it refuses; usd-core 26.11 is the judge of every line.

use std::fs;
use std::path::Path;

use halle_stage::StageError;
use halle_stage::open::{OpenOptions, Scene};
use openusd::sdf::Value;

use crate::support::{prim, scene};

fn open(name: &str, text: &str) -> Result<Scene, StageError> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.usda"));
    fs::write(&file, text).unwrap();
    Scene::open(&file, &OpenOptions::default())
}

fn in_prim(statement: &str) -> String {
    format!("#usda 1.0\ndef \"A\" {{\n{statement}\n}}\n")
}

#[test]
fn values_are_read_as_their_type_wants() {
    let cases = [
        ("bool x = yes", Value::Bool(true)),
        ("bool x = No", Value::Bool(false)),
        ("bool x = 0.5", Value::Bool(true)),
        ("bool x = \"1\"", Value::Bool(true)),
        ("int x = 5.7", Value::Int(5)),
        ("int x = -5.7", Value::Int(-5)),
        ("int x = 1e3", Value::Int(1000)),
        ("uchar x = 255.9", Value::Uchar(255)),
        ("double x = .5", Value::Double(0.5)),
        ("double x = 5.", Value::Double(5.0)),
        ("double x = \"-inf\"", Value::Double(f64::NEG_INFINITY)),
        (
            "string x = \"\"\"a\\\"\"\"b\"\"\"",
            Value::String("a\"\"\"b".to_owned()),
        ),
        ("double x = 1 // words", Value::Double(1.0)),
        ("double /* a\n comment */ x = 1", Value::Double(1.0)),
    ];
    for (k, (statement, expected)) in cases.into_iter().enumerate() {
        let scene = open(&format!("value{k}"), &in_prim(statement)).unwrap();
        let found = prim(&scene, "/A").attribute("x").get::<Value>().unwrap();
        assert_eq!(found, Some(expected), "{statement}");
    }
    let scene = scene("asset_string", "def \"A\" {\n    asset x = \"a.png\"\n}\n");
    let found = prim(&scene, "/A").attribute("x").get::<Value>().unwrap();
    assert!(matches!(found, Some(Value::AssetPath(path)) if path == "a.png"));
}

/// Each is refused, and the place is the one of the fault.
#[test]
fn faults_are_refused_with_their_place() {
    let cases = [
        ("bool x = on", 3, 10),
        ("int x = \"5\"", 3, 9),
        ("int x = 3000000000", 3, 9),
        ("float x = +5", 3, 11),
        ("float3 x = (1 2 3)", 3, 15),
        ("int x = 1 int y = 2", 3, 11),
        ("int x = 1\nfloat x = 2", 4, 8),
        ("def \"B\" {\n}\ndef \"B\" {\n}", 5, 5),
        ("def \"B/C\" {\n}", 3, 5),
        ("rel r = [</A>, </A>]", 3, 20),
        ("rel r = <>", 3, 11),
        ("prepend rel r = None", 3, 21),
        ("float x.timeSamples = { 0: 1 1: 2 }", 3, 30),
        ("varying float x", 3, 9),
        ("string x = \"a\nb\"", 3, 12),
        ("rel r = <./B>", 3, 9),
        (
            "def \"B\" (\n    variantSets = [\"v\", \"v\"]\n) {\n}",
            4,
            25,
        ),
        ("def \"B\" (\n    inherits = <../../../C>\n) {\n}", 4, 16),
    ];
    for (k, (statement, line, column)) in cases.into_iter().enumerate() {
        let error = open(&format!("fault{k}"), &in_prim(statement)).err();
        let place = match &error {
            Some(StageError::Broken { line, column, .. }) => (*line, *column),
            _ => (None, None),
        };
        assert_eq!(place, (Some(line), Some(column)), "{statement}: {error:?}");
    }
}

#[test]
fn headers_and_layer_metadata() {
    let taken = ["#usda 1.0", "#usda 1.0.32", "#usda 1.4", "#usda  1.0 words"];
    let refused = [
        "#usda 1.5",
        "#usda 0.9",
        "#usda 1.0.256",
        " #usda 1.0",
        "#usda 1",
        "#USDA 1.0",
    ];
    for (header, fine) in taken
        .map(|h| (h, true))
        .into_iter()
        .chain(refused.map(|h| (h, false)))
    {
        let text = format!("{header}\ndef \"A\" {{\n}}\n");
        assert_eq!(open("header", &text).is_ok(), fine, "{header}");
    }
    let taken = [
        "framesPerSecond = 30",
        "timeCodesPerSecond = 0",
        "foo = [1, [2]]",
        "metersPerUnit = -1",
    ];
    let refused = [
        "framesPerSecond = 0",
        "metersPerUnit = None",
        "comment = \"a\"",
        "upAxis = Z",
        "customLayerData = 5",
        "startTimeCode = 1 endTimeCode = 2",
    ];
    for (field, fine) in taken
        .map(|h| (h, true))
        .into_iter()
        .chain(refused.map(|h| (h, false)))
    {
        let text = format!("#usda 1.0\n( {field} )\ndef \"A\" {{\n}}\n");
        assert_eq!(open("layer_field", &text).is_ok(), fine, "{field}");
    }
}

#[test]
fn arcs_lead_to_prims() {
    let taken = [
        "references = None",
        "inherits = <B>",
        "payload = @x.usda@</B> (offset = 2)",
    ];
    let refused = [
        "references = <B>",
        "references = </A.b>",
        "references = </>",
        "references = @@",
        "inherits = </A{v=x}B>",
        "references = [</B>, </B>]",
        "variants = { int v = 5 }",
        "relocates = { </A/B>: </A/C> }",
    ];
    for (arc, fine) in taken
        .map(|h| (h, true))
        .into_iter()
        .chain(refused.map(|h| (h, false)))
    {
        let text = format!("#usda 1.0\ndef \"A\" (\n{arc}\n) {{\n}}\n");
        assert_eq!(open("arc", &text).is_ok(), fine, "{arc}");
    }
}
