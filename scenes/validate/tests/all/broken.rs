//! Every code has a fixture `tests/broken/<CODE>.usda`, and the text that people read about it
//! stands in `<CODE>.txt`. `HALLE_BLESS=1` writes the texts anew.

use std::collections::BTreeSet;
use std::fs;

use halle_validate::{Profile, Rule, rules, text};

use crate::{local, report};

/// Codes that no USD file raises: `worlds.rs` raises them.
const OF_WORLDS: [&str; 2] = ["VA0102", "VA0144"];

/// The first profile that looks for a rule.
fn profile(rule: &Rule) -> Profile {
    [
        Profile::General,
        Profile::Prop,
        Profile::Robot,
        Profile::Plant,
    ]
    .into_iter()
    .find(|p| rule.in_profile(*p).is_some())
    .unwrap()
}

/// The model that the fixtures change is itself without fault, in every profile that fits it.
#[test]
fn base_is_clean() {
    for profile in [Profile::General, Profile::Prop, Profile::Plant] {
        let found = report(&local("tests/broken/base.usda"), profile);
        assert_eq!(found.entries, [], "{}", profile.name());
    }
}

/// Each fixture raises its code, once, in the words that were agreed on.
#[test]
fn fixtures_say_what_they_should() {
    let bless = std::env::var_os("HALLE_BLESS").is_some();
    let mut wrong = Vec::new();
    for rule in rules().iter().filter(|r| !OF_WORLDS.contains(&r.code)) {
        let code = rule.code;
        let found = report(&local(&format!("tests/broken/{code}.usda")), profile(rule));
        let said = text(std::slice::from_ref(&found), false);
        let raised = found
            .entries
            .iter()
            .filter(|e| e.finding.code == code)
            .count();
        if raised != 1 {
            wrong.push(format!("{code} is raised {raised} times:\n{said}"));
        }
        let file = local(&format!("tests/broken/{code}.txt"));
        if bless {
            fs::write(&file, &said).unwrap();
        }
        let agreed = fs::read_to_string(&file).unwrap_or_default();
        if said != agreed {
            wrong.push(format!("{code} says\n{said}instead of\n{agreed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every rule has a paragraph that begins with its severities, and every paragraph has a rule.
#[test]
fn codes_are_described() {
    let described = fs::read_to_string(local("FINDINGS.md")).unwrap();
    let headings: Vec<&str> = described
        .lines()
        .filter_map(|l| l.strip_prefix("## "))
        .map(|l| l.split(':').next().unwrap())
        .collect();
    assert!(headings.is_sorted());
    let codes: BTreeSet<&str> = rules().iter().map(|r| r.code).collect();
    assert_eq!(codes, headings.iter().copied().collect());
    assert_eq!(codes.len(), rules().len(), "a code is used twice");
    for rule in rules() {
        let words = rule
            .severity
            .map(|s| s.map_or("-".to_owned(), |s| s.to_string()));
        let severities = if words.iter().all(|w| *w == words[0]) {
            format!("[{}]", words[0])
        } else {
            format!("[{}]", words.join(", "))
        };
        let (_, after) = described
            .split_once(&format!("## {}: ", rule.code))
            .unwrap();
        let body = after.lines().nth(1).unwrap();
        assert!(
            body.starts_with(&severities),
            "{}: {severities}\n{body}",
            rule.code
        );
    }
}

/// Lines are those of the prim or property in the fixture.
#[test]
fn lines_are_found() {
    let path = local("tests/broken/VA0115.usda");
    let found = report(&path, Profile::General);
    let line = found.entries[0].line.unwrap();
    let text = fs::read_to_string(path).unwrap();
    let there = text.lines().nth(line - 1).unwrap();
    assert_eq!(there.trim(), "float physics:mass = -2");
}
