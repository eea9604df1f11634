//! Forms of reports: JSON and SARIF.

use halle_validate::{Profile, Report, json, sarif, text};
use serde_json::Value;

use crate::{local, report};

fn some() -> Vec<Report> {
    let file = |code| {
        report(
            &local(&format!("tests/broken/{code}.usda")),
            Profile::General,
        )
    };
    vec![file("VA0115"), file("VA0131"), file("base")]
}

/// JSON holds the same numbers as the lines of totals.
#[test]
fn json_counts() {
    let made = json(&some());
    assert_eq!(made["valid"], false);
    assert_eq!(made["errors"], 1);
    assert_eq!(made["files"].as_array().unwrap().len(), 3);
    let finding = &made["files"][0]["findings"][0];
    assert_eq!(finding["code"], "VA0115");
    assert_eq!(finding["prim"], "/Model/Box");
    assert_eq!(finding["property"], "physics:mass");
    assert!(finding["line"].as_u64().unwrap() > 1);
    let said = text(&some(), false);
    assert!(
        said.contains("VA0115.usda: not valid: 1 error, 0 warnings, 0 notes"),
        "{said}"
    );
    assert!(said.ends_with("3 files: 2 valid, 1 not\n"), "{said}");
}

/// What SARIF 2.1.0 asks of a log: the properties that its schema requires, of the types and from
/// the lists that it gives, and indices that point to what they name.
#[test]
fn sarif_is_well_formed() {
    let log = sarif(&some(), "1.2.3");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(
        (driver["name"].as_str(), driver["version"].as_str()),
        (Some("halle"), Some("1.2.3"))
    );
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        assert!(
            rule["shortDescription"]["text"]
                .as_str()
                .is_some_and(|t| !t.is_empty()),
            "{rule}"
        );
    }
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let level = result["level"].as_str().unwrap();
        assert!(["none", "note", "warning", "error"].contains(&level));
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["message"]["text"].is_string());
        assert!(result["occurrenceCount"].as_u64().unwrap() >= 1);
        let prints = result["partialFingerprints"].as_object().unwrap();
        assert!(prints.values().all(Value::is_string));
        let location = &result["locations"][0];
        let uri = location["physicalLocation"]["artifactLocation"]["uri"]
            .as_str()
            .unwrap();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%:".contains(c);
        assert!(uri.ends_with(".usda") && uri.chars().all(plain), "{uri}");
        assert!(
            location["physicalLocation"]["region"]["startLine"]
                .as_u64()
                .unwrap()
                >= 1
        );
        let logical = location["logicalLocations"].as_array().unwrap();
        assert!(
            logical
                .iter()
                .all(|l| l["fullyQualifiedName"].as_str().unwrap().starts_with('/'))
        );
    }
}
