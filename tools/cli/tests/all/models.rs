//! Commands about models of any kind: `inspect`, `validate`, `convert`, `diff`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::Place;

/// A file of the repository.
fn there(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn fixture(code: &str) -> String {
    let path = there(&format!("scenes/validate/tests/broken/{code}.usda"));
    path.display().to_string()
}

fn library(name: &str) -> String {
    there(&format!("scenes/library/{name}.usda"))
        .display()
        .to_string()
}

/// A plant without robot and task is told about; text and JSON hold the same counts.
#[test]
fn a_plant_is_inspected() {
    let place = Place::new("models_inspect");
    let path = fixture("VA0152");
    let said = place.done(&format!("inspect {path}")).out;
    for part in [
        "bodies        3: dynamic 3",
        "joints        3: revolute 3",
        "colliders     3: box 3",
        "mass          6 kg",
        "metersPerUnit = 1.0 (VA0152.usda)",
        "3 degrees of freedom, 3 links, free base",
        "\nModel  [articulation]\n",
    ] {
        assert!(said.contains(part), "no `{part}` in\n{said}");
    }
    let json = place.done(&format!("inspect {path} --json")).json();
    assert_eq!(json["plant"]["bodies"]["dynamic"], 3);
    assert_eq!(
        json["plant"]["stage"]["layers"].as_array().unwrap().len(),
        1
    );
    assert!(json["plant"]["envs"]["bytes_per_env"].as_u64().unwrap() > 1000);
    let deep = place.done(&format!("inspect {path} --depth 1")).out;
    assert!(deep.contains("Model  [articulation]  ("), "{deep}");
}

/// A polishing cell keeps what `inspect` said about it, and is a plant beside.
#[test]
fn a_cell_is_a_plant_too() {
    let place = Place::new("models_cell");
    let json = place.done("inspect cell.usda --json").json();
    assert!(json["tool"].is_object() && json["links"].is_array());
    assert_eq!(json["plant"]["articulations"].as_array().unwrap().len(), 1);
}

/// Opinions are listed strongest first, and one of them wins.
#[test]
fn why_lists_opinions() {
    let place = Place::new("models_why");
    let path = fixture("VA0115");
    let words = format!("inspect {path} --why /Model/Box.physics:mass");
    let said = place.done(&words).out;
    assert!(
        said.starts_with("/Model/Box.physics:mass\n* default = -2.0\n"),
        "{said}"
    );
    let json = place.done(&format!("{words} --json")).json();
    let opinions = json["opinions"].as_array().unwrap();
    assert_eq!(opinions.len(), 1);
    assert_eq!(
        (&opinions[0]["wins"], &opinions[0]["layer"]),
        (&true.into(), &"VA0115.usda".into())
    );
    let nowhere = format!("inspect {path} --why /Nowhere");
    place.run(&nowhere).complains(1, &nowhere, &["/Nowhere"]);
}

/// The canonical form of a stage is JSON that equals itself.
#[test]
fn canonical_form() {
    let place = Place::new("models_canonical");
    let path = fixture("base");
    place.done(&format!("inspect {path} --canonical -o a.json"));
    let dump = place.json("a.json");
    assert_eq!(dump["stage"]["defaultPrim"], "/Model");
    assert_eq!(dump["prims"]["/Model/Box"]["type"], "Xform");
    place.done(&format!("diff a.json {path} --canonical --rtol 0 --atol 0"));
    let words = format!("diff a.json {} --canonical", fixture("VA0113"));
    let said = place.run(&words);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.out.contains("/Model/Box.attrs"), "{}", said.out);
}

/// Warnings do not fail, errors do, and denied warnings are errors.
#[test]
fn validate_by_exit_code() {
    let place = Place::new("models_validate");
    place.done(&format!("validate {}", library("palletising_cell")));
    let warned = place.done(&format!("validate {}", fixture("VA0130")));
    assert!(warned.out.contains("warning[VA0130]"), "{}", warned.out);
    let wrong = place.run(&format!("validate {}", fixture("VA0115")));
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.err.contains("is not valid"), "{}", wrong.err);
    for words in ["--deny VA0130", "--deny warnings"] {
        let said = place.run(&format!("validate {} {words}", fixture("VA0130")));
        assert_eq!(said.code, Some(1), "{words}");
        assert!(said.out.contains("error[VA0130]"), "{}", said.out);
    }
    let said = place
        .done(&format!("validate {} --allow VA0130", fixture("VA0130")))
        .out;
    assert!(
        said.contains("1 allowed") && !said.contains("VA0130]"),
        "{said}"
    );
    let words = "validate missing.usda";
    let said = place.run(words);
    assert_eq!(said.code, Some(1));
    assert!(said.out.contains("error[SC0001]"), "{}", said.out);
}

/// Profiles ask for more; the forms are one line of JSON, or a SARIF file.
#[test]
fn profiles_and_forms() {
    let place = Place::new("models_forms");
    let base = fixture("base");
    place.done(&format!("validate {base} --profile prop"));
    let said = place.run(&format!("validate {base} --profile robot"));
    assert!(said.out.contains("error[VA0181]"), "{}", said.out);
    let json = place
        .done(&format!("validate {base} {} --json", fixture("VA0130")))
        .json();
    assert_eq!(
        (&json["valid"], &json["warnings"]),
        (&true.into(), &1.into())
    );
    place.done(&format!(
        "validate {} --format sarif -o found.sarif",
        fixture("VA0130")
    ));
    let sarif = place.json("found.sarif");
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "VA0130");
}

/// What is written reads back as the same model; nothing is overwritten by accident.
#[test]
fn convert_and_diff() {
    let place = Place::new("models_convert");
    let path = library("press_line");
    for out in ["flat.usda", "flat.usdc", "flat.usdz"] {
        let said = place.done(&format!("convert {path} {out}")).out;
        assert!(said.starts_with(&format!("`{out}`: ")), "{said}");
    }
    let same = place.done("diff flat.usda flat.usdc --json").json();
    assert_eq!(same["equal"], true, "{same}");
    let words = format!("convert {path} flat.usda");
    place.refused(&words, &["flat.usda", "there already", "--force"]);
    place.done(&format!("{words} --force"));
    let words = "convert cell.usda cell.usda --force";
    place.refused(words, &["overwrite what it is made of"]);
    place
        .run("convert cell.usda cell.obj")
        .complains(2, "unknown ending", &["cell.obj", ".usdz"]);
    assert!(!place.file("cell.obj").exists());
}

/// A layer that the scene is made of is not overwritten either.
#[test]
fn layers_are_not_overwritten() {
    let place = Place::new("models_layers");
    let part =
        "#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = \"Z\"\n)\n\ndef Cube \"Part\"\n{\n}\n";
    fs::write(place.file("part.usda"), part).unwrap();
    let root = "#usda 1.0\n(\n    metersPerUnit = 1\n    subLayers = [@./part.usda@]\n    upAxis = \"Z\"\n)\n";
    fs::write(place.file("root.usda"), root).unwrap();
    place.refused(
        "convert root.usda part.usda --force",
        &["part.usda", "a file of the scene"],
    );
    assert_eq!(place.bytes("part.usda"), part.as_bytes());
}

/// Words that are wrong are a matter of usage.
#[test]
fn usage() {
    let place = Place::new("models_usage");
    for (words, part) in [
        ("validate", "<PATH>"),
        ("validate cell.usda --deny nonsense", "VA0130"),
        ("validate cell.usda --package robot", "NAME=DIR"),
        ("diff cell.usda", "<FOUND>"),
        ("diff cell.usda cell.usda --rtol -1", "not negative"),
        ("inspect cell.usda -o x.json", "--canonical"),
    ] {
        place.run(words).complains(2, words, &[part]);
    }
    for command in ["validate", "convert", "diff", "inspect"] {
        let help = place.done(&format!("{command} --help")).out;
        assert!(help.contains("Examples:"), "{help}");
        let options = ["--package", "--fix-units", "--json", "--backend", "--seed"];
        for option in options {
            assert!(help.contains(option), "{command} has no {option}\n{help}");
        }
    }
    let equal: Value = place.done("diff cell.usda cell.usda --json").json();
    assert_eq!(equal["equal"], true);
}
