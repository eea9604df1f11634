//! Class arcs and relocates that lead back to where they start: USD drops what closes the circle and
//! composes the rest, as each of these has been seen to do in usd-core. The library alone would
//! follow all of them without end.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use halle_stage::canonical::{DumpOptions, dump_file};
use halle_stage::open::OpenOptions;
use openusd::usdz::ArchiveWriter;
use serde_json::Value;

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("circles");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, bytes).unwrap();
    file
}

/// Paths of the prims of a stage and the attribute `weight` of each, if it has one.
fn weights(file: &Path) -> Vec<(String, Option<i64>)> {
    let dump = dump_file(file, &OpenOptions::default(), &DumpOptions::default()).unwrap();
    let prims = dump["prims"].as_object().unwrap();
    let weight = |prim: &Value| {
        let value = &prim["attrs"]["weight"];
        value["v"].as_i64().or_else(|| value.as_i64())
    };
    let found = prims
        .iter()
        .map(|(path, prim)| (path.clone(), weight(prim)));
    found.collect()
}

fn names(file: &Path) -> Vec<String> {
    weights(file).into_iter().map(|(path, _)| path).collect()
}

/// A prim that inherits from itself, above one whose class is named from where it stands.
const SELF: &str = "#usda 1.0\ndef \"Root\" (\n    inherits = </Root>\n)\n{\n    def \"B\" (\n        \
    prepend inherits = <../_Y>\n    )\n    {\n    }\n}\n";

#[test]
fn prim_that_is_its_own_class() {
    assert_eq!(
        names(&file("self.usda", SELF.as_bytes())),
        ["/Root", "/Root/B"]
    );
}

/// The same in a package, whose first layer the library finds without asking for it.
#[test]
fn circles_in_packages() {
    let mut package = ArchiveWriter::new(Cursor::new(Vec::new()));
    package.add_layer("first.usda", SELF.as_bytes()).unwrap();
    let bytes = package.finish().unwrap().into_inner();
    assert_eq!(names(&file("self.usdz", &bytes)), ["/Root", "/Root/B"]);
}

/// The class of a prim is a descendant of what inherits from the prim.
#[test]
fn class_inside_of_its_heir() {
    let text = "#usda 1.0\n(\n    relocates = {\n        </Rigs/Left/Arm>: </Arm>\n    }\n)\n\
        def Scope \"Rigs\"\n{\n    class Scope \"Sym\" (\n        inherits = </Rigs/Left/Arm>\n    )\n    \
        {\n    }\n    def Scope \"Left\" (\n        inherits = </Rigs/Sym>\n    )\n    {\n    }\n}\n";
    let expected = ["/Arm", "/Rigs", "/Rigs/Left", "/Rigs/Sym"];
    assert_eq!(names(&file("heir.usda", text.as_bytes())), expected);
}

/// A part specializes a class of its own layer; where the part is referenced, a prim above it is
/// the class of that name.
#[test]
fn class_that_is_an_ancestor_elsewhere() {
    let part = "#usda 1.0\nclass \"Base\"\n{\n}\ndef \"Part\" (\n    specializes = </Base>\n)\n{\n    \
        int weight = 1\n}\n";
    let whole = "#usda 1.0\nclass \"Base\"\n{\n    int weight = 2\n    def \"Part\" (\n        \
        references = @./part.usda@</Part>\n    )\n    {\n    }\n}\ndef \"Ref\" (\n    \
        specializes = </Base>\n)\n{\n}\n";
    let top = "#usda 1.0\nclass \"Base\" (\n    references = @./whole.usda@</Base>\n)\n{\n}\n\
        def \"Root\" (\n    references = @./whole.usda@</Ref>\n)\n{\n}\n";
    file("part.usda", part.as_bytes());
    let whole = file("whole.usda", whole.as_bytes());
    let top = file("top.usda", top.as_bytes());
    for (file, heir) in [(whole, "/Ref"), (top, "/Root")] {
        let part = |prim: &str| (format!("{prim}/Part"), Some(1));
        let prim = |prim: &str| (prim.to_owned(), Some(2));
        let expected = [prim("/Base"), part("/Base"), prim(heir), part(heir)];
        assert_eq!(weights(&file), expected);
    }
}

/// A part three files down specializes a class of its own file; in the first file the prim that it
/// ends up in is the class of that name, which would then hold itself without end.
#[test]
fn class_that_would_hold_itself() {
    let low = "#usda 1.0\nclass \"Base\"\n{\n}\ndef \"Low\" (\n    specializes = </Base>\n)\n{\n    \
        int weight = 3\n}\n";
    let mid = "#usda 1.0\nclass \"Outer\"\n{\n    def \"Part\" (\n        \
        references = @./low.usda@</Low>\n    )\n    {\n    }\n}\ndef \"Mid\" (\n    \
        specializes = </Outer>\n)\n{\n}\n";
    let deep = "#usda 1.0\nclass \"Base\"\n{\n    def \"Root\" (\n        \
        references = @./mid.usda@</Mid>\n    )\n    {\n    }\n}\n";
    file("low.usda", low.as_bytes());
    file("mid.usda", mid.as_bytes());
    let found = weights(&file("deep.usda", deep.as_bytes()));
    let prim = |path: &str, weight| (path.to_owned(), weight);
    let expected = [
        prim("/Base", None),
        prim("/Base/Root", None),
        prim("/Base/Root/Part", Some(3)),
    ];
    assert_eq!(found, expected);
}

/// A class inside of another class of the same prim.
#[test]
fn class_inside_of_a_class() {
    let text = "#usda 1.0\ndef \"A\" (\n    inherits = [</K/k>, </K>]\n)\n{\n}\nclass \"K\"\n{\n    \
        class \"k\"\n    {\n        int weight = 4\n    }\n}\n";
    let found = weights(&file("inside.usda", text.as_bytes()));
    let prim = |path: &str, weight| (path.to_owned(), weight);
    let expected = [
        prim("/A", Some(4)),
        prim("/A/k", Some(4)),
        prim("/K", None),
        prim("/K/k", Some(4)),
    ];
    assert_eq!(found, expected);
}

/// Two prims that reference into each other: what closes the circle goes, and the library does not
/// follow it a hundred levels deep with two ways to go at each.
#[test]
fn references_that_lead_into_their_own_prim() {
    let text = "#usda 1.0\ndef \"Model\" (\n    variants = {\n        string v = \"n\"\n    }\n    \
        variantSets = \"v\"\n)\n{\n    variantSet \"v\" = {\n        \"n\" (\n            \
        references = </Base>\n        ) {\n        }\n    }\n}\nover \"Base\" (\n    \
        references = </Model/Part>\n)\n{\n    def \"Part\" (\n        ARC = </Base/Leaf>\n    )\n    \
        {\n        int weight = 3\n    }\n    over \"Leaf\"\n    {\n    }\n}\n";
    let expected = [
        ("/Base", None),
        ("/Base/Leaf", None),
        ("/Base/Part", Some(3)),
        ("/Model", None),
        ("/Model/Leaf", None),
        ("/Model/Part", Some(3)),
    ];
    for arc in ["references", "specializes", "inherits", "payload"] {
        let text = text.replace("ARC", arc);
        let found = weights(&file(&format!("inward_{arc}.usda"), text.as_bytes()));
        let found: Vec<_> = found.iter().map(|(p, w)| (p.as_str(), *w)).collect();
        assert_eq!(found, expected, "{arc}");
    }
}

/// Texts with a zero in them keep the tables of the binary form in order, in which a layer with
/// class arcs is handed on.
#[test]
fn zeros_in_texts() {
    let text = "#usda 1.0\n(\n    doc = \"a\0b\"\n    customLayerData = {\n        string k = \
        \"c\\0d\"\n    }\n)\ndef \"A\" (\n    inherits = </A>\n)\n{\n    string s = \"x\0y\"\n    \
        int weight = 2\n}\n";
    let found = weights(&file("zeros.usda", text.as_bytes()));
    assert_eq!(found, [("/A".to_owned(), Some(2))]);
}
