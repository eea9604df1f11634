//! Every code has a fixture `tests/broken/<CODE>.xml`, and the text that people read about it stands
//! in `<CODE>.txt`. `HALLE_BLESS=1` writes the texts anew.

use std::fs;
use std::path::Path;

use halle_mjcf::MjcfError;

use crate::{local, scenes};

/// All that loading says about a model.
fn rendered(path: &Path) -> String {
    match halle_mjcf::load(path) {
        Ok((_, diagnostics)) => diagnostics.to_string(),
        Err(error) => format!("{}\n", error.finding()),
    }
}

fn fixtures() -> Vec<String> {
    let files = fs::read_dir(local("tests/broken")).unwrap();
    let names = files.map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut codes: Vec<String> = names
        .filter_map(|n| n.strip_suffix(".xml").map(str::to_owned))
        .collect();
    codes.sort();
    codes
}

/// Each fixture raises its code, in the words that were agreed on.
#[test]
fn fixtures_say_what_they_should() {
    let bless = std::env::var_os("HALLE_BLESS").is_some();
    for code in fixtures() {
        let text = rendered(&local(&format!("tests/broken/{code}.xml")));
        let expected = local(&format!("tests/broken/{code}.txt"));
        if bless {
            fs::write(&expected, &text).unwrap();
        }
        assert!(
            text.contains(&format!("[{code}]: ")),
            "{code} is not raised:\n{text}"
        );
        assert_eq!(
            text,
            fs::read_to_string(&expected).unwrap_or_default(),
            "{code}"
        );
    }
}

/// Every code that the sources can raise has a paragraph, and every paragraph has a code and a
/// fixture, apart from files that are missing or cannot be read.
#[test]
fn codes_are_described() {
    let described = fs::read_to_string(local("FINDINGS.md")).unwrap();
    let mut raised: Vec<String> = Vec::new();
    for file in fs::read_dir(local("src")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap_or_default();
        let codes = text
            .split("\"MJ")
            .skip(1)
            .map(|rest| format!("MJ{}", &rest[..4]));
        raised.extend(codes);
    }
    raised.sort();
    raised.dedup();
    let headings = described.lines().filter_map(|l| l.strip_prefix("## MJ"));
    let headings: Vec<String> = headings.map(|rest| format!("MJ{}", &rest[..4])).collect();
    assert_eq!(raised, headings);
    let shown: Vec<String> = raised
        .into_iter()
        .filter(|c| c != "MJ0001" && c != "MJ0002")
        .collect();
    assert_eq!(shown, fixtures());
}

/// What is not there and what is no file say so.
#[test]
fn missing_and_unreadable() {
    let missing = halle_mjcf::load(local("tests/broken/nothing.xml"))
        .map(|_| ())
        .unwrap_err();
    assert_eq!(
        missing.finding().to_string(),
        "error[MJ0001]: model does not exist\n  --> nothing.xml\n   = help: check the path"
    );
    let folder = halle_mjcf::load(local("tests/broken"))
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(folder, MjcfError::Unreadable { .. }), "{folder}");
    assert_eq!(folder.code(), "MJ0002");
}

/// The arm of our own models says only that its solver settings and sensor cutoff have no effect
/// and that the floating ball's pose is not in the keyframe: nothing more, and nothing worse.
#[test]
fn a_good_model_is_quiet() {
    let scratch = crate::Scratch::new("quiet");
    let (_, text) = scenes::SCENES[0];
    let (_, diagnostics) = halle_mjcf::load(scratch.file("arm.xml", text)).unwrap();
    let codes: Vec<&str> = diagnostics.findings().iter().map(|f| f.code).collect();
    assert_eq!(
        codes,
        ["MJ0108", "MJ0113", "MJ0113", "MJ0114"],
        "{diagnostics}"
    );
}
