//! List edits and class arcs where the library alone goes another way than USD.

use halle_stage::read;

use crate::support::{prim, scene};

fn targets(name: &str, body: &str) -> Vec<String> {
    let scene = scene(name, &format!("def \"A\" {{\n{body}\n}}\n"));
    let found = read::targets(&prim(&scene, "/A"), "r", "targetPaths").unwrap();
    found.iter().map(|path| path.as_str().to_owned()).collect()
}

#[test]
fn edits_on_lines_of_their_own_add_up() {
    let body = "prepend rel r = </X>\nappend rel r = </Y>\ndelete rel r = </Z>";
    assert_eq!(targets("edits", body), ["/X", "/Y"]);
    assert_eq!(
        targets("same", "prepend rel r = </X>\nprepend rel r = </Y>"),
        ["/Y"],
        "the last counts"
    );
    assert_eq!(
        targets("mixed", "rel r = </X>\nprepend rel r = </Y>"),
        ["/Y"],
        "edits end a list"
    );
    assert_eq!(
        targets("ended", "prepend rel r = </Y>\nrel r = </X>"),
        ["/X"],
        "a list ends edits"
    );
}

#[test]
fn deletion_comes_first() {
    let body = "delete rel r = </X>\nprepend rel r = [</X>, </Y>]";
    assert_eq!(targets("delete_first", body), ["/X", "/Y"]);
    let body = "add rel r = </X>\nappend rel r = </Y>";
    assert_eq!(targets("add_first", body), ["/X", "/Y"]);
}

#[test]
fn connections_delete_first_too() {
    let body = "def \"A\" {\n    delete float x.connect = </B.y>\n    prepend float x.connect = </B.y>\n}\n";
    let scene = scene("connections", body);
    let found = read::targets(&prim(&scene, "/A"), "x", "connectionPaths").unwrap();
    assert_eq!(
        found.iter().map(|path| path.as_str()).collect::<Vec<_>>(),
        ["/B.y"]
    );
}

/// A class may name one of its instances; USD's stage keeps the target.
#[test]
fn a_class_may_name_its_instance() {
    let text = "class \"K\" {\n    def \"c\" {\n        rel r = </I/c>\n    }\n    \
                rel r = </I/c>\n}\ndef \"I\" (\n    inherits = </K>\n) {\n}\n\
                def \"J\" (\n    inherits = </K>\n) {\n}\n";
    let scene = scene("instance_target", text);
    let found = read::targets(&prim(&scene, "/J"), "r", "targetPaths").unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].as_str(), "/I/c");
}

/// Clones that inherit as a whole and part by part: the parts' arcs say nothing new, and the
/// library would follow them without end.
#[test]
fn clones_inherit_as_a_whole_and_in_part() {
    let mut text = "def \"World\" {\n    def \"e0\" {\n        def \"R\" {\n            \
                    def \"t\" {\n                int x = 7\n            }\n        }\n    }\n"
        .to_owned();
    for k in 1..4 {
        text += &format!(
            "    def \"e{k}\" (\n        prepend inherits = </World/e0>\n    ) {{\n        \
             over \"R\" (\n            prepend inherits = </World/e0/R>\n        ) {{\n        }}\n    }}\n"
        );
    }
    let scene = scene("clones", &(text + "}\n"));
    let found = prim(&scene, "/World/e3/R/t")
        .attribute("x")
        .get::<i32>()
        .unwrap();
    assert_eq!(found, Some(7));
}

#[test]
fn classes_in_a_circle_end() {
    let text = "def \"A\" (\n    inherits = </B>\n) {\n    def \"x\" {\n    }\n}\n\
                def \"B\" (\n    inherits = </A>\n) {\n    def \"y\" {\n    }\n}\n";
    let scene = scene("circle", text);
    let names = prim(&scene, "/A").child_names().unwrap();
    let mut names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["x", "y"]);
}

/// The type that says nothing leaves the type to weaker layers.
#[test]
fn any_type_says_nothing() {
    let text = "def __AnyType__ \"A\" (\n    references = </B>\n) {\n}\ndef Sphere \"B\" {\n}\n";
    let scene = scene("any_type", text);
    let found = prim(&scene, "/A").type_name().unwrap().unwrap();
    assert_eq!(found.as_str(), "Sphere");
}
