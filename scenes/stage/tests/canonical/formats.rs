//! The form of the dump.

use halle_stage::canonical::{DumpOptions, dump};
use serde_json::{Value, json};

use crate::support::scene;

fn attribute(name: &str, statement: &str) -> Value {
    let scene = scene(name, &format!("def \"A\" {{\n    {statement}\n}}\n"));
    let dump = dump(&scene, &DumpOptions::default()).unwrap();
    dump["prims"]["/A"]["attrs"]["x"]["v"].clone()
}

#[test]
fn numbers_are_widened_and_words_stand_for_the_rest() {
    assert_eq!(
        attribute("wide_half", "half x = 0.1"),
        json!(0.099_975_585_937_5)
    );
    assert_eq!(
        attribute("wide_float", "float x = 0.1"),
        json!(f64::from(0.1_f32))
    );
    assert_eq!(
        attribute("words", "float[] x = [nan, inf, -inf, -0.0]"),
        json!(["nan", "inf", "-inf", 0.0])
    );
    assert_eq!(
        attribute("quaternion", "quatf x = (1, 2, 3, 4)"),
        json!([1.0, 2.0, 3.0, 4.0])
    );
    assert_eq!(
        attribute("matrix", "matrix2d x = ((1, 2), (3, 4))"),
        json!([1.0, 2.0, 3.0, 4.0])
    );
}

/// Hashes made with Python: `hashlib.sha256(numpy.array(x, dtype).tobytes()).hexdigest()[:16]`, texts
/// joined with zero bytes behind.
#[test]
fn long_arrays_are_hashed() {
    let numbers = attribute("hash_int", "int[] x = [1, 2, 3, 4, 5, 6, 7, 8, 9]");
    let expected = json!({ "n": 9, "sha": INTS, "head": 1, "tail": 9, "min": 1.0, "max": 9.0 });
    assert_eq!(numbers, expected);
    let pairs = "(1, -1), (2, -2), (3, -3), (4, -4), (5, -5), (6, -6), (7, -7), (8, -8), (9, nan)";
    let vectors = attribute("hash_vec", &format!("float2[] x = [{pairs}]"));
    // NaN takes no part in extremes.
    assert_eq!(vectors["min"], json!([1.0, -8.0]));
    assert_eq!(vectors["max"], json!([9.0, -1.0]));
    let words = attribute(
        "hash_text",
        "token[] x = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\"]",
    );
    assert_eq!(
        words,
        json!({ "n": 9, "sha": WORDS, "head": "a", "tail": "i" })
    );
}

const INTS: &str = "e3d25e7590edd762";
const WORDS: &str = "90f93ef874eb2d88";

#[test]
fn instances_are_expanded_and_prototypes_named() {
    let text = "class \"K\" {\n    def Cube \"c\" {\n    }\n}\n\
                def \"B\" (\n    instanceable = true\n    inherits = </K>\n) {\n}\n\
                def \"A\" (\n    instanceable = true\n    inherits = </K>\n) {\n}\n";
    let scene = scene("prototypes", text);
    let dump = dump(&scene, &DumpOptions::default()).unwrap();
    assert_eq!(
        dump["prototypes"],
        json!([{ "name": "/A", "instances": ["/A", "/B"] }])
    );
    assert_eq!(dump["prims"]["/B"]["prototype"], json!("/A"));
    assert_eq!(dump["prims"]["/B/c"]["flags"], json!(["proxy"]));
    assert_eq!(dump["counts"]["prims"], json!(6));
}

/// A layer whose text is broken is left out, as by the reference; what is left is dumped.
#[test]
fn a_broken_layer_is_left_out() {
    use halle_stage::canonical::dump_file;
    use halle_stage::open::OpenOptions;
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(
        folder.join("broken_layer.usda"),
        "#usda 1.0\ndef \"A\" {\n    int x = \n}\n",
    )
    .unwrap();
    let text = "def \"A\" (\n    references = @./broken_layer.usda@</A>\n) {\n}\n";
    let scene = scene("with_broken", text);
    assert!(crate::support::prim(&scene, "/A").is_valid().unwrap());
    let dump = dump_file(
        &folder.join("with_broken.usda"),
        &OpenOptions::default(),
        &DumpOptions::default(),
    );
    let dump = dump.unwrap();
    assert_eq!(dump["counts"]["prims"], json!(1), "{dump}");
    assert_eq!(dump["stage"]["layers"], json!(["with_broken.usda"]));
}
