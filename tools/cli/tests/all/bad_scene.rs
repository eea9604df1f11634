//! Scenes that cannot be used: one message with file, prim and property, exit code 1, no run folder.

use std::fs;

use crate::common::Place;

/// Refuses the scene in every command that reads one, and leaves no run folder.
fn refused(place: &Place, scene: &str, parts: &[&str]) {
    for command in ["train", "run"] {
        let words = format!("{command} {scene} $JOB --out run");
        place.refused(&words, parts);
        assert!(!place.file("run").exists(), "{words} left a folder");
    }
    place.refused(&format!("inspect {scene}"), parts);
    place.refused(&format!("bench {scene} --backend cpu"), parts);
}

/// The library's scene without all that `edit` takes out, as `broken.usda`.
fn broken(place: &Place, edit: impl Fn(&str) -> String) {
    let text = fs::read_to_string(place.file("cell.usda")).unwrap();
    let edited = edit(&text);
    assert_ne!(text, edited, "the edit finds nothing to change");
    fs::write(place.file("broken.usda"), edited).unwrap();
}

fn without_lines(text: &str, word: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| !line.contains(word))
        .collect()
}

#[test]
fn files_that_are_no_scene() {
    let place = Place::new("no_scene");
    refused(&place, "missing.usda", &["SC0001", "missing.usda"]);
    fs::create_dir(place.file("folder.usda")).unwrap();
    // `inspect` takes a folder for a run.
    place.refused("train folder.usda $JOB --out run", &["folder.usda"]);
    place.refused("inspect folder.usda", &["folder.usda", "manifest.json"]);
    fs::write(place.file("picture.usda"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    refused(
        &place,
        "picture.usda",
        &["SC0002", "not a USD file", "picture.usda"],
    );
    fs::write(place.file("empty.usda"), b"").unwrap();
    refused(&place, "empty.usda", &["empty.usda"]);
    let text = place.bytes("cell.usda");
    fs::write(place.file("cut.usda"), &text[..30_000]).unwrap();
    refused(
        &place,
        "cut.usda",
        &["SC0003", "broken at line", "cut.usda"],
    );
}

#[test]
fn scenes_that_lack_something() {
    let place = Place::new("lacking");
    broken(&place, |text| {
        text.replace("\"PhysicsArticulationRootAPI\"", "")
    });
    refused(
        &place,
        "broken.usda",
        &["SC0004", "no robot", "broken.usda"],
    );
    broken(&place, |text| without_lines(text, "halle:polish:"));
    refused(
        &place,
        "broken.usda",
        &["SC0005", "no polishable surface", "broken.usda"],
    );
    broken(&place, |text| without_lines(text, "halle:tool:"));
    refused(&place, "broken.usda", &["SC0006", "no tool", "broken.usda"]);
}

#[test]
fn prims_that_lack_something() {
    let place = Place::new("lacking_prims");
    broken(&place, |text| {
        let (before, after) = text
            .split_once("def PhysicsRevoluteJoint \"elbow\"")
            .unwrap();
        let after = after.replacen("float physics:upperLimit = 180\n", "\n", 1);
        format!("{before}def PhysicsRevoluteJoint \"elbow\"{after}")
    });
    let joint = "</Cell/Robot/Joints/elbow>";
    refused(
        &place,
        "broken.usda",
        &["SC0201", "broken.usda", joint, "physics:upperLimit"],
    );
    // A link takes its mass from its colliders where it says none: both must go.
    broken(&place, |text| {
        let (before, rest) = text.split_once("def Xform \"shoulder\"").unwrap();
        let (link, after) = rest.split_once("def Xform \"upper_arm\"").unwrap();
        let link = without_lines(link, "physics:mass").replace("\"PhysicsCollisionAPI\"", "");
        let link = without_lines(&link, "physics:diagonalInertia");
        let link = link.replace("\"MaterialBindingAPI\", ", "\"MaterialBindingAPI\"");
        format!("{before}def Xform \"shoulder\"{link}def Xform \"upper_arm\"{after}")
    });
    let link = "</Cell/Robot/shoulder>";
    refused(
        &place,
        "broken.usda",
        &["SC0202", "broken.usda", link, "physics:mass"],
    );
}

#[test]
fn a_robot_that_cannot_reach_is_told() {
    let place = Place::new("reach");
    broken(&place, |text| {
        text.replace("translate = (0.75, 0, 0.86)", "translate = (2.75, 0, 0.86)")
    });
    let words = "train broken.usda $JOB --out run";
    place.refused(words, &["cannot reach", "mm", "help"]);
    assert!(!place.file("run").exists());
}
