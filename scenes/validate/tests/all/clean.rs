//! Models that ship, and what deny, allow and files that do not load make of a report.

use std::fs;
use std::path::Path;

use halle_validate::{Options, Profile, text, validate};
use halle_world::Severity;

use crate::{local, report};

/// The scenes that ship have no errors and no warnings of ours.
#[test]
fn library_is_valid() {
    let folder = local("../library");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "usda") {
            continue;
        }
        seen += 1;
        let found = report(&path, Profile::Plant);
        let ours = found.entries.iter().filter(|e| {
            e.finding.code.starts_with("VA") && e.finding.severity >= Severity::Warning
        });
        assert_eq!(ours.count(), 0, "{}", text(&[found], true));
    }
    assert!(seen >= 4, "{seen} scenes");
}

fn judged(deny: &[&str], allow: &[&str]) -> halle_validate::Report {
    let list = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
    let options = Options {
        deny: list(deny),
        allow: list(allow),
        ..Options::default()
    };
    validate(&local("tests/broken/VA0130.usda"), &options, &mut |_| {})
}

/// A denied warning is an error, an allowed one is gone, and deny wins.
#[test]
fn deny_and_allow() {
    assert!(judged(&[], &[]).passes());
    assert!(!judged(&["VA0130"], &[]).passes());
    assert!(!judged(&["warnings"], &["VA0130"]).passes());
    let allowed = judged(&[], &["VA0130"]);
    assert_eq!((allowed.allowed, allowed.count(Severity::Warning)), (1, 0));
    assert!(judged(&["notes"], &[]).passes(), "a warning is no note");
}

/// Files that cannot be loaded are errors of theirs, not of ours; broken text has its line.
#[test]
fn files_that_do_not_load() {
    let options = Options::default();
    let missing = validate(Path::new("nothing.usda"), &options, &mut |_| {});
    assert_eq!(missing.entries[0].finding.code, "SC0001");
    assert!(!missing.passes() && !missing.ours);
    let broken = validate(&local("../tests/broken/SC0003.usda"), &options, &mut |_| {});
    assert_eq!(broken.entries[0].finding.code, "SC0003");
    assert_eq!(broken.entries[0].line, Some(11));
}

/// The same file gives the same report.
#[test]
fn same_twice() {
    let path = local("../library/palletising_cell.usda");
    assert_eq!(report(&path, Profile::Robot), report(&path, Profile::Robot));
}
