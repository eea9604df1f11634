//! Rules met in files of strangers; usd-core 26.11 gives the same dump for every text here.

use std::fs;
use std::path::Path;

use halle_stage::canonical::{DumpOptions, dump_file};
use halle_stage::open::OpenOptions;
use serde_json::{Value as Json, json};

/// The dump of the last of some layers, written into a folder of their own.
fn dump(name: &str, layers: &[(&str, &str)]) -> Json {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    for (file, text) in layers {
        fs::write(folder.join(file), format!("#usda 1.0\n{text}")).unwrap();
    }
    let file = folder.join(layers.last().unwrap().0);
    dump_file(&file, &OpenOptions::default(), &DumpOptions::default()).unwrap()
}

fn value(dump: &Json, prim: &str, attribute: &str) -> Json {
    dump["prims"][prim]["attrs"][attribute]["v"].clone()
}

/// What instances share is composed at the last of them: a target that the reference leaves alone
/// means that instance if it lies in it, and itself elsewhere.
#[test]
fn targets_in_instances_are_those_of_the_source() {
    let part = |name: &str| {
        format!(
            "    def \"{name}\" (\n        instanceable = true\n        \
             references = </Library/Part>\n    ) {{\n    }}\n"
        )
    };
    let text = format!(
        "def \"Library\" {{\n    def \"Part\" {{\n        def \"Leaf\" {{\n            \
         rel up = </Library/Part>\n            rel first = </Shop/First>\n            \
         rel second = </Shop/Second>\n            rel outside = </Other>\n        }}\n    }}\n}}\n\
         def \"Other\" {{\n}}\ndef \"Shop\" {{\n{}{}}}\n",
        part("First"),
        part("Second")
    );
    let dump = dump("shared_targets", &[("root.usda", &text)]);
    let leaf = |shop: &str| dump["prims"][format!("/Shop/{shop}/Leaf")]["rels"].clone();
    let expected = |own: &str| {
        json!({
            "up": [own],
            "first": ["/Shop/First"],
            "second": [],
            "outside": ["/Other"],
        })
    };
    assert_eq!(leaf("First"), expected("/Shop/First"));
    assert_eq!(leaf("Second"), expected("/Shop/Second"));
}

/// Names of variant sets come from every site, also those without a say: below the instance that
/// the others share.
#[test]
fn variant_sets_below_an_instance_are_listed() {
    let class = "class \"Model\" {\n    def \"Arm\" {\n    }\n}\n";
    let over = "    over \"Arm\" (\n        variantSets = \"look\"\n        variants = {\n            \
                string look = \"red\"\n        }\n    ) {\n        variantSet \"look\" = {\n            \
                \"red\" {\n            }\n            \"blue\" {\n            }\n        }\n    }\n";
    let instance = |name: &str, body: &str| {
        format!(
            "def \"{name}\" (\n    instanceable = true\n    inherits = </Model>\n) {{\n{body}}}\n"
        )
    };
    let last = format!("{class}{}{}", instance("A", ""), instance("B", over));
    let found = dump("variants_last", &[("root.usda", &last)]);
    for path in ["/A/Arm", "/B/Arm"] {
        let prim = &found["prims"][path];
        assert_eq!(
            prim["variantNames"],
            json!({ "look": ["blue", "red"] }),
            "{path}"
        );
        assert_eq!(prim["variants"], json!({ "look": "" }), "{path}");
    }
    let first = format!("{class}{}{}", instance("A", over), instance("B", ""));
    let found = dump("variants_first", &[("root.usda", &first)]);
    assert_eq!(found["prims"]["/A/Arm"]["variants"], Json::Null);
}

/// The order of variant sets is that of their names; blocks without a name have no say.
#[test]
fn variant_sets_go_by_their_names() {
    let block = |set: &str, body: &str| {
        format!(
            "    variantSet \"{set}\" = {{\n        \"x\" {{\n            {body}\n        }}\n    }}\n"
        )
    };
    let chosen = "    variants = {\n        string a = \"x\"\n        string b = \"x\"\n        \
                  string c = \"x\"\n    }\n";
    let text = format!(
        "def \"P\" (\n    variantSets = [\"b\", \"a\"]\n{chosen}) {{\n{}{}{}}}\n",
        block("a", "int v = 1"),
        block("b", "int v = 2"),
        block("c", "int w = 3"),
    );
    let dump = dump("variant_order", &[("root.usda", &text)]);
    assert_eq!(value(&dump, "/P", "v"), json!(2));
    assert_eq!(dump["prims"]["/P"]["attrs"]["w"], Json::Null);
    let text = format!(
        "def \"P\" (\n    delete variantSets = \"a\"\n{chosen}) {{\n{}}}\n",
        block("a", "int v = 1")
    );
    let dump = self::dump("variant_deleted", &[("root.usda", &text)]);
    assert_eq!(value(&dump, "/P", "v"), Json::Null);
}

/// A blocked value is none: the fallback of the schema does not come back.
#[test]
fn a_block_hides_the_fallback() {
    let text = "def Cube \"Box\" {\n    double size = None\n}\n\
                def PhysicsRevoluteJoint \"Hinge\" {\n    float physics:upperLimit = None\n}\n";
    let dump = dump("blocked_fallback", &[("root.usda", text)]);
    let size = &dump["prims"]["/Box"]["attrs"]["size"];
    assert_eq!((&size["v"], &size["blocked"]), (&Json::Null, &json!(true)));
    assert_eq!(
        dump["prims"]["/Box"]["bound"],
        Json::Null,
        "a cube without size has no bound"
    );
    // The descriptor keeps what it starts with, an upper end of -90.
    let limit = &dump["physics"]["RevoluteJoint"]["/Hinge"]["limit"];
    assert_eq!(limit["upper"], json!(-90.0));
}

/// Whether a value may vary is said by the weakest opinion.
#[test]
fn the_weakest_opinion_says_what_is_uniform() {
    let text = "class \"K\" {\n    uniform int a = 1\n    int b = 1\n}\n\
                def \"P\" (\n    inherits = </K>\n) {\n    int a = 2\n    uniform int b = 2\n}\n";
    let dump = dump("weakest", &[("root.usda", text)]);
    let attributes = &dump["prims"]["/P"]["attrs"];
    assert_eq!(attributes["a"]["uniform"], json!(true));
    assert_eq!(attributes["b"]["uniform"], Json::Null);
}

/// A class has the time of the layer stack it is in, not of the reference that implies it; the
/// offset of a sublayer counts once for a reference into its own layer stack.
#[test]
fn offsets_of_implied_classes_and_inner_references() {
    let asset = "(\n    defaultPrim = \"Asset\"\n)\nclass \"K\" {\n    \
                 double y.timeSamples = { 0: 1, 1: 2 }\n}\ndef \"Asset\" (\n    \
                 inherits = </K>\n) {\n}\n";
    let sub = "def \"Source\" {\n    double z.timeSamples = { 0: 1, 1: 2 }\n}\n\
               def \"Inner\" (\n    references = </Source> (scale = 3)\n) {\n}\n";
    let root = "(\n    subLayers = [@./sub.usda@ (offset = 2)]\n)\nclass \"K\" {\n    \
                double x.timeSamples = { 0: 1, 1: 2 }\n}\ndef \"P\" (\n    \
                references = @./asset.usda@ (offset = 10; scale = 2)\n) {\n}\n";
    let layers = [
        ("asset.usda", asset),
        ("sub.usda", sub),
        ("root.usda", root),
    ];
    let dump = dump("class_offsets", &layers);
    let ends = |prim: &str, name: &str| {
        let samples = &dump["prims"][prim]["attrs"][name]["ts"];
        (
            samples["t0"].clone(),
            samples["t1"].clone(),
            samples["v1"].clone(),
        )
    };
    let two = json!(2.0);
    assert_eq!(ends("/P", "x"), (json!(0.0), json!(1.0), two.clone()));
    // 10 + 2 t.
    assert_eq!(ends("/P", "y"), (json!(10.0), json!(12.0), two.clone()));
    // 3 (t + 2).
    assert_eq!(ends("/Inner", "z"), (json!(6.0), json!(9.0), two));
}

/// A connection may pass through the variant it is written in; arrays of assets are printed bare.
#[test]
fn connections_leave_their_variant() {
    let text = "def \"A\" (\n    variantSets = \"v\"\n    variants = {\n        string v = \"x\"\n    }\n) {\n    \
                variantSet \"v\" = {\n        \"x\" {\n            def \"B\" {\n                \
                float y.connect = <../C.z>\n                \
                asset[] files = [@@@odd@name.png@@@, @a.png@]\n                \
                uniform pathExpression e = \"//{isa:Mesh}\"\n            }\n        }\n    }\n}\n";
    let dump = dump("variant_connection", &[("root.usda", text)]);
    assert_eq!(
        dump["prims"]["/A/B"]["attrs"]["y"]["conn"],
        json!(["/A/C.z"])
    );
    assert_eq!(
        value(&dump, "/A/B", "files"),
        json!("[@odd@name.png@, @a.png@]")
    );
    assert_eq!(
        value(&dump, "/A/B", "e"),
        json!("Sdf.PathExpression('//{isa:\"Mesh\"}')")
    );
}

/// A class that a referenced prim inherits from itself does not make a class of it, however deep
/// the reference stands.
#[test]
fn an_inherited_class_makes_no_class() {
    let asset = "class \"K\" {\n}\nover \"Asset\" {\n    def \"Inner\" (\n        \
                 inherits = </K>\n    ) {\n    }\n}\n";
    let root = "def \"World\" {\n    def \"Deep\" {\n        def \"Use\" (\n            \
                references = @./asset.usda@</Asset>\n        ) {\n        }\n    }\n}\n";
    let dump = dump("deep_class", &[("asset.usda", asset), ("root.usda", root)]);
    assert_eq!(dump["prims"]["/World/Deep/Use/Inner"]["spec"], json!("def"));
}
