//! Files of strangers: an error or a stage, never a panic and never without end.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use halle_stage::StageError;
use halle_stage::canonical::{DumpOptions, dump_file};
use halle_stage::open::{OpenOptions, on_own_thread};

/// A number sequence that is the same everywhere (`SplitMix64`).
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, bytes).unwrap();
    file
}

/// Dumps a file; the reader giving up is a failure of the test.
fn survives(file: &Path, case: &str) {
    let dumped = dump_file(file, &OpenOptions::default(), &DumpOptions::default());
    if let Err(StageError::ReaderFailed { reason }) = dumped {
        panic!("{case}: {reason}");
    }
}

const SOUND: &str = "#usda 1.0\n(\n    defaultPrim = \"A\"\n    subLayers = [@./none.usda@]\n)\n\
    def Xform \"A\" (\n    prepend apiSchemas = [\"PhysicsRigidBodyAPI\"]\n    variants = { string v = \"x\" }\n    \
    prepend variantSets = \"v\"\n) {\n    double3 xformOp:translate.timeSamples = {\n        0: (0, 0, 0),\n        \
    5: None,\n    }\n    uniform token[] xformOpOrder = [\"xformOp:translate\"]\n    prepend rel r = </A/B>\n    \
    delete rel r = </A/C>\n    def Mesh \"B\" (\n        inherits = </K>\n    ) {\n        \
    point3f[] points = [(0, 0, 0), (1, 0, 0), (0, 1, 0)]\n        int[] faceVertexIndices = [0, 1, 2]\n        \
    int[] faceVertexCounts = [3]\n    }\n    variantSet \"v\" = {\n        \"x\" {\n            float y = .5\n        }\n    }\n}\n\
    class \"K\" {\n    double z.spline = {\n        0: 1; post curve (1, 2),\n        4: 2,\n    }\n}\n";

#[test]
fn spoiled_text_survives() {
    let mut numbers = Sequence(1);
    for case in 0..400 {
        let mut text = SOUND.as_bytes().to_vec();
        for _ in 0..=numbers.below(3) {
            let at = numbers.below(text.len());
            match numbers.below(5) {
                0 => text.truncate(at.max(20)),
                1 => text[at] = b"(){}[]<>@\"'=,:;.#/-\n0a"[numbers.below(22)],
                2 => drop(text.drain(at..(at + 1 + numbers.below(30)).min(text.len()))),
                3 => {
                    let piece = text[at..(at + 50).min(text.len())].to_vec();
                    text.splice(at..at, piece);
                }
                _ => text[at] = numbers.below(256) as u8,
            }
        }
        survives(&file("spoiled.usda", &text), &format!("case {case}"));
    }
}

#[test]
fn garbage_and_cut_binaries_survive() {
    let mut numbers = Sequence(2);
    let heads: [(&str, &[u8]); 4] = [
        ("usda", b"#usda 1.0\n"),
        ("usdc", b"PXR-USDC"),
        ("usdz", b"PK\x03\x04"),
        ("usd", b""),
    ];
    for case in 0..120 {
        let (extension, head) = heads[case % 4];
        let mut bytes = head.to_vec();
        bytes.extend((0..numbers.below(400)).map(|_| numbers.below(256) as u8));
        survives(
            &file(&format!("garbage.{extension}"), &bytes),
            &format!("case {case}"),
        );
    }
}

#[test]
fn depth_is_bounded() {
    for (name, count, fine) in [
        ("deep_fine", 500, true),
        ("deep", 600, false),
        ("deepest", 200_000, false),
    ] {
        let open = (0..count)
            .map(|k| format!("def \"p{k}\" {{\n"))
            .collect::<String>();
        let text = format!("#usda 1.0\n{open}{}", "}\n".repeat(count));
        let path = file(&format!("{name}.usda"), text.as_bytes());
        let dump = dump_file(&path, &OpenOptions::default(), &DumpOptions::default()).unwrap();
        assert_eq!(dump.get("openError").is_none(), fine, "{name}");
    }
    let values = format!(
        "#usda 1.0\ndef \"A\" {{\n    int[] x = {}\n}}\n",
        "[".repeat(1_000_000)
    );
    survives(&file("brackets.usda", values.as_bytes()), "brackets");
}

/// A binary layer is held to the same depth; composing costs more than its square.
#[test]
fn depth_of_binary_layers_is_bounded() {
    use openusd::sdf::{AbstractData as _, Data, Path, Specifier, Value};
    for (count, fine) in [(100, true), (600, false)] {
        let mut data = Data::new();
        let mut path = Path::abs_root();
        data.create_spec(path.clone(), openusd::sdf::SpecType::PseudoRoot);
        for _ in 0..count {
            let names = Value::TokenVec(vec!["a".into()]);
            data.set_field(&path, "primChildren", names);
            path = path.append_path("a").unwrap();
            data.create_spec(path.clone(), openusd::sdf::SpecType::Prim);
            data.set_field(&path, "specifier", Value::Specifier(Specifier::Def));
        }
        let mut out = std::io::Cursor::new(Vec::new());
        openusd::usdc::CrateWriter::write(&data, &mut out).unwrap();
        let path = file(&format!("deep{count}.usdc"), &out.into_inner());
        let dump = dump_file(&path, &OpenOptions::default(), &DumpOptions::default()).unwrap();
        assert_eq!(dump.get("openError").is_none(), fine, "{count}: {dump}");
        if !fine {
            let said = dump["openError"].as_str().unwrap();
            assert!(said.contains("nested 600 levels deep"), "{said}");
        }
    }
}

/// An instancer among its own prototypes; usd-core overflows its stack over it.
#[test]
fn an_instancer_of_itself_ends() {
    let text = "#usda 1.0\ndef Xform \"W\" {\n    def PointInstancer \"I\" {\n        \
                rel prototypes = </W>\n        int[] protoIndices = [0]\n        \
                point3f[] positions = [(1, 2, 3)]\n    }\n    def Cube \"C\" {\n    }\n}\n";
    survives(
        &file("own_prototype.usda", text.as_bytes()),
        "own prototype",
    );
}

/// Rates of zero: usd-core never returns from such a layer.
#[test]
fn time_that_stands_still_ends() {
    let started = Instant::now();
    let text = "#usda 1.0\n(\n    timeCodesPerSecond = 0\n    startTimeCode = 1\n    endTimeCode = 5\n)\n\
                def Xform \"A\" {\n    double3 xformOp:translate.timeSamples = {\n        0: (0, 0, 0),\n        \
                5: (1, 1, 1),\n    }\n    uniform token[] xformOpOrder = [\"xformOp:translate\"]\n}\n";
    let path = file("standstill.usda", text.as_bytes());
    let dump = dump_file(&path, &OpenOptions::default(), &DumpOptions::default()).unwrap();
    assert_eq!(
        dump["stage"]["badTimeCodesPerSecond"],
        serde_json::json!(true)
    );
    assert!(started.elapsed() < Duration::from_secs(10));
}

/// Layers, references and classes that lead back to themselves, across files too.
#[test]
fn circles_end() {
    let own = "#usda 1.0\n(\n    subLayers = [@./circle_own.usda@]\n)\n\
               def \"A\" (\n    references = @./circle_own.usda@</B>\n) {\n}\n\
               def \"B\" (\n    payload = @./circle_own.usda@</A>\n) {\n    def \"y\" {\n    }\n}\n";
    survives(&file("circle_own.usda", own.as_bytes()), "own");
    let weak = "#usda 1.0\ndef \"World\" {\n    def \"e1\" (\n        inherits = </World/e0>\n    ) {\n    }\n}\n";
    file("circle_weak.usda", weak.as_bytes());
    let strong = "#usda 1.0\nover \"World\" {\n    def \"e0\" {\n        def \"R\" {\n            def \"t\" {\n            \
                  }\n        }\n    }\n    over \"e1\" {\n        over \"R\" (\n            inherits = </World/e0/R>\n        \
                  ) {\n        }\n    }\n}\n";
    file("circle_strong.usda", strong.as_bytes());
    let root = "#usda 1.0\n(\n    subLayers = [@./circle_strong.usda@, @./circle_weak.usda@]\n)\n";
    survives(&file("circle_root.usda", root.as_bytes()), "split");
    let above = "#usda 1.0\ndef \"X\" (\n    references = @./circle_root.usda@</World>\n) {\n    over \"e1\" {\n        \
                 over \"R\" (\n            inherits = </X/e0/R>\n        ) {\n        }\n    }\n}\n";
    survives(&file("circle_above.usda", above.as_bytes()), "above");
}

#[test]
fn a_panic_is_an_error() {
    let found = on_own_thread::<()>(|| panic!("the tower leans"));
    assert!(
        matches!(found, Err(StageError::ReaderFailed { reason }) if reason == "the tower leans")
    );
}

/// Circles that fuzzing found: the library alone recurses or goes round without end on each.
#[test]
fn circles_of_classes_and_relocates_end() {
    let cases = [
        "class \"S\" (\n    specializes = <cB>\n) {\n}\ndef \"R\" (\n    specializes = </S>\n) {\n}\n",
        "class \"Specializes\" (\n    specializes = <classBase>\n) {\n}\ndef \"Ref\" (\n    \
         specializes = </Specializes>\n) {\n}\nclass \"Specializes_2\" {\n}\ndef \"Ref_2\" (\n    \
         specializes = </Specializes_2>\n) {\n}\n",
        "(\n    relocates = { </T/I/K/Anim>: </T/I/_C> }\n)\ndef \"T\" {\n    def \"I\" {\n        \
         class \"_C\" {\n            def \"Anim\" {\n            }\n        }\n        def \"K\" (\n            \
         inherits = </T/I/_C>\n        ) {\n        }\n    }\n}\n",
        "(\n    relocates = { </Rig/Other/A/B>: </Rig/B>, </Rig/Other/A/Instance/A>: </Rig/Class> }\n)\n\
         def \"Rig\" {\n    class \"Class\" {\n        def \"A\" {\n        }\n        def \"B\" {\n        }\n    }\n    \
         def \"Other\" {\n        over \"A\" {\n            def \"Instance\" (\n                inherits = </Rig/Class>\n            \
         ) {\n            }\n        }\n    }\n}\n",
        "(\n    relocates = { </T/G/R1/Tentacle>: </T/G/_C> }\n)\ndef \"T\" {\n    def \"G\" {\n        \
         class \"Sym1\" (\n            inherits = </T/G/_C>\n        ) {\n        }\n        def \"R1\" (\n            \
         inherits = </T/G/Sym1>\n        ) {\n        }\n    }\n}\n",
    ];
    for (k, text) in cases.iter().enumerate() {
        let text = format!("#usda 1.0\n{text}");
        survives(
            &file(&format!("round{k}.usda"), text.as_bytes()),
            &format!("round {k}"),
        );
    }
}

/// A spec of a prim at the path of a property, as a name with a dot in it makes one: usd-core refuses
/// the name, the library would look for children of an attribute.
#[test]
fn specs_that_do_not_fit_their_paths_are_refused() {
    use openusd::sdf::{self, SpecType};
    let mut data = sdf::Data::new();
    data.create_spec(sdf::Path::abs_root(), SpecType::PseudoRoot);
    data.create_spec(sdf::path("/A").unwrap(), SpecType::Prim);
    data.create_spec(sdf::path("/A.b").unwrap(), SpecType::Prim);
    let mut out = std::io::Cursor::new(Vec::new());
    openusd::usdc::CrateWriter::write(&data, &mut out).unwrap();
    let file = file("misfit.usdc", &out.into_inner());
    let dump = dump_file(&file, &OpenOptions::default(), &DumpOptions::default()).unwrap();
    let said = dump["openError"].as_str().unwrap();
    assert!(
        said.contains("the path of a spec does not fit it"),
        "{said}"
    );
}
