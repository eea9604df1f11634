//! Every code of a finding or an error has a fixture `tests/broken/<CODE>.usda`, and the text that
//! people read about it stands in `<CODE>.txt`. `HALLE_BLESS=1` writes the texts anew.

use std::fs;
use std::path::Path;

use halle_scenes::SceneError;
use halle_world::{Diagnostics, Severity, articulate, compile};

use crate::{local, whole};

/// Whether a code is one that articulated systems raise, and not the polishing cell.
fn articulated(code: &str) -> bool {
    ["SC0211", "SC0212"].contains(&code) || ("SC0309".."SC0321").contains(&code)
}

/// All that loading and compiling say about a scene.
fn rendered(path: &Path) -> String {
    let (world, mut diagnostics) = match halle_scenes::load(path) {
        Ok(loaded) => loaded,
        Err(error) => return format!("{}\n", error.finding()),
    };
    let stem = path.file_stem().and_then(|s| s.to_str());
    let made = if stem.is_some_and(articulated) {
        articulate(&world).map(|(_, more)| more)
    } else {
        compile(&world).map(|(_, more)| more)
    };
    match made {
        Ok(more) => diagnostics.extend(more),
        Err(error) => diagnostics.push(error.finding()),
    }
    diagnostics.to_string()
}

fn fixtures() -> Vec<String> {
    let files = fs::read_dir(local("tests/broken")).unwrap();
    let names = files.map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut codes: Vec<String> = names
        .filter_map(|n| {
            n.strip_suffix(".usda")
                .filter(|c| c.starts_with("SC"))
                .map(str::to_owned)
        })
        .collect();
    codes.sort();
    codes
}

/// The scene that the fixtures override is itself without fault.
#[test]
fn base_is_clean() {
    let (_, model, diagnostics) = whole(&local("tests/broken/base.usda"));
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(model.links.len(), 1);
}

/// Each fixture raises its code, in the words that were agreed on.
#[test]
fn fixtures_say_what_they_should() {
    let bless = std::env::var_os("HALLE_BLESS").is_some();
    let codes = fixtures();
    assert!(codes.len() >= 30, "{} fixtures", codes.len());
    for code in codes {
        let text = rendered(&local(&format!("tests/broken/{code}.usda")));
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

/// Every code that the sources can raise has a paragraph, and every paragraph has a code.
#[test]
fn codes_are_described() {
    let described = fs::read_to_string(local("FINDINGS.md")).unwrap();
    let mut raised: Vec<String> = Vec::new();
    for folder in [
        "src",
        "../engine/world/src",
        "../engine/world/src/articulate",
    ] {
        let files = fs::read_dir(local(folder))
            .unwrap()
            .map(|f| f.unwrap().path());
        for file in files.filter(|f| f.is_file()) {
            let text = fs::read_to_string(file).unwrap();
            raised.extend(
                text.split("\"SC")
                    .skip(1)
                    .map(|rest| format!("SC{}", &rest[..4])),
            );
        }
    }
    raised.sort();
    raised.dedup();
    let mut headings: Vec<String> = described
        .lines()
        .filter_map(|l| l.strip_prefix("## SC"))
        .map(|rest| format!("SC{}", &rest[..4]))
        .collect();
    assert!(headings.is_sorted());
    headings.dedup();
    assert_eq!(raised, headings);
    // A missing file, an unreadable one and a fault of the reader have no file to show; keyframes are
    // asked for by name.
    let without = ["SC0001", "SC0008", "SC0009", "SC0213", "SC0320"];
    let shown: Vec<String> = raised
        .into_iter()
        .filter(|c| !without.contains(&c.as_str()))
        .collect();
    assert_eq!(shown, fixtures());
}

/// What is not there and what is no file say so.
#[test]
fn missing_and_unreadable() {
    let missing = halle_scenes::load(local("tests/broken/nothing.usda")).unwrap_err();
    assert!(matches!(missing, SceneError::Missing { .. }));
    assert_eq!(
        missing.finding().to_string(),
        "error[SC0001]: scene does not exist\n  --> nothing.usda\n   = help: check the path"
    );
    let folder = halle_scenes::load(local("tests/broken")).unwrap_err();
    assert!(matches!(folder, SceneError::Unreadable { .. }), "{folder}");
    assert_eq!(folder.code(), "SC0009");
}

/// A syntax error names line and column.
#[test]
fn syntax_error_is_located() {
    let error = halle_scenes::load(local("tests/broken/SC0003.usda")).unwrap_err();
    let SceneError::Broken { line, column, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(line, Some(11));
    assert!(column.is_some());
}

/// Findings go into JSON with flat sites, for `--json`.
#[test]
fn findings_as_json() {
    let (_, diagnostics): (_, Diagnostics) =
        halle_scenes::load(local("tests/broken/SC0109.usda")).unwrap();
    assert_eq!(diagnostics.count(Severity::Warning), 1);
    let json = serde_json::to_value(&diagnostics).unwrap();
    assert_eq!(json[0]["code"], "SC0109");
    assert_eq!(json[0]["severity"], "warning");
    assert_eq!(json[0]["layer"], "SC0109.usda");
    assert_eq!(json[0]["prim"], "/Cell/Robot/arm/Pad");
    assert_eq!(json[0]["property"], "halle:tool:radios");
}
