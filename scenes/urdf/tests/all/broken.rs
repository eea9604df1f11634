//! Every code of a finding or an error has a fixture `tests/broken/<CODE>.urdf`, and the text that
//! people read about it stands in `<CODE>.txt`. `HALLE_BLESS=1` writes the texts anew.

use std::fs;
use std::path::Path;

use halle_urdf::{UrdfError, UrdfOptions, load};
use halle_world::Severity;

use crate::{Scratch, local};

/// Too large to be kept, or about files that are not there.
const WITHOUT: [&str; 5] = ["UR0001", "UR0002", "UR0014", "UR0015", "UR0118"];

fn rendered(path: &Path) -> String {
    match load(path, &UrdfOptions::default()) {
        Ok((_, diagnostics)) => diagnostics.to_string(),
        Err(error) => format!("{}\n", error.finding()),
    }
}

fn fixtures() -> Vec<String> {
    let files = fs::read_dir(local("tests/broken")).unwrap();
    let names = files.map(|f| f.unwrap().file_name().into_string().unwrap());
    let codes = names.filter_map(|n| n.strip_suffix(".urdf").map(str::to_owned));
    let mut codes: Vec<String> = codes.filter(|c| c.starts_with("UR")).collect();
    codes.sort();
    codes
}

/// The robot that the fixtures vary is itself without fault.
#[test]
fn base_is_clean() {
    assert_eq!(rendered(&local("tests/broken/base.urdf")), "");
}

/// Each fixture raises its code, in the words that were agreed on.
#[test]
fn fixtures_say_what_they_should() {
    let bless = std::env::var_os("HALLE_BLESS").is_some();
    for code in fixtures() {
        let text = rendered(&local(&format!("tests/broken/{code}.urdf")));
        let text = text.replace(&format!("{}/", local("tests/broken").display()), "");
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

/// Every code that the sources can raise has a paragraph and a fixture, and the other way round.
#[test]
fn codes_are_described() {
    let described = fs::read_to_string(local("FINDINGS.md")).unwrap();
    let mut raised: Vec<String> = Vec::new();
    for file in fs::read_dir(local("src")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let codes = text.split("\"UR").skip(1).filter_map(|rest| rest.get(..4));
        let codes = codes.filter(|c| c.bytes().all(|b| b.is_ascii_digit()));
        raised.extend(codes.map(|c| format!("UR{c}")));
    }
    raised.sort();
    raised.dedup();
    let headings = described.lines().filter_map(|l| l.strip_prefix("## UR"));
    let headings: Vec<String> = headings.map(|rest| format!("UR{}", &rest[..4])).collect();
    assert_eq!(raised, headings);
    raised.retain(|c| !WITHOUT.contains(&c.as_str()));
    assert_eq!(raised, fixtures());
}

/// What is not there, what is no file and what is too large say so.
#[test]
fn without_fixture() {
    let options = UrdfOptions::default();
    let missing = load(local("tests/broken/nothing.urdf"), &options).unwrap_err();
    assert_eq!(
        missing.finding().to_string(),
        "error[UR0001]: robot does not exist\n  --> nothing.urdf\n   = help: check the path"
    );
    let folder = load(local("tests/broken"), &options).unwrap_err();
    assert_eq!(folder.code(), "UR0002");
    let strict = UrdfOptions {
        strict: true,
        ..options.clone()
    };
    let mesh = load(local("tests/broken/UR0103.urdf"), &strict).unwrap_err();
    assert!(matches!(mesh, UrdfError::MissingMesh { .. }));
    assert!(
        mesh.to_string()
            .contains("UR0103.urdf:17:38: mesh `package://camera/eye.stl`"),
        "{mesh}"
    );
    let scratch = Scratch::new("large");
    let file = scratch.0.join("robot.urdf");
    let links = |count: usize, more: &str| {
        let links: String = (0..count)
            .map(|k| format!("<link name='l{k}'{more}/>"))
            .collect();
        fs::write(&file, format!("<robot name='r'>{links}</robot>")).unwrap();
        load(&file, &options)
    };
    assert_eq!(links(10_001, "").unwrap_err().code(), "UR0014");
    // Two thousand roots are two thousand findings.
    let (_, many) = links(2000, "").unwrap();
    assert_eq!(many.findings().len(), 1001);
    assert_eq!(many.findings()[1000].code, "UR0118");
}

/// Findings go into JSON with flat sites that say file, line, column, prim and element.
#[test]
fn findings_as_json() {
    let (_, diagnostics) =
        load(local("tests/broken/UR0106.urdf"), &UrdfOptions::default()).unwrap();
    assert_eq!(diagnostics.count(Severity::Warning), 1);
    let json = serde_json::to_value(&diagnostics).unwrap();
    assert_eq!(json[0]["code"], "UR0106");
    assert_eq!(json[0]["layer"], "UR0106.urdf:4:32");
    assert_eq!(json[0]["prim"], "/arm/base");
    assert_eq!(json[0]["property"], "inertia");
}
