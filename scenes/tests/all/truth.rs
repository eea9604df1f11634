//! What is loaded is what the stage says: the scenes that ship, and small scenes for each rule.

use std::fs;
use std::path::PathBuf;

use crate::held::{Held, hold};
use crate::{local, rules};

/// Compares scenes and prints what differs on purpose.
#[expect(clippy::print_stdout, reason = "counts are what a reader of the log wants")]
fn all(files: impl IntoIterator<Item = PathBuf>) -> Held {
    let mut sum = Held::default();
    for file in files {
        if let Some(held) = hold(&file) {
            sum.add(held, &file.file_name().unwrap().to_string_lossy());
        }
    }
    println!("{:?}\n{:#?}", sum.counts, sum.causes);
    sum
}

/// The library.
#[test]
fn library() {
    let files = fs::read_dir(local("library")).unwrap().map(|f| f.unwrap().path());
    let held = all(files.filter(|f| f.extension().is_some_and(|e| e == "usda")));
    assert!(held.wrong.is_empty(), "{}", held.wrong.join("\n"));
    assert!(held.counts["joints"] > 6 && held.counts["colliders"] > 100, "{held:?}");
}

/// Small scenes of the physics judge: materials, shapes, roles, groups, joints, instances.
#[test]
fn rules_of_the_judge() {
    let folder = rules::write("truth");
    let files = rules::ALL.map(|(name, _)| folder.join(format!("{name}.usda")));
    let held = all(files);
    fs::remove_dir_all(&folder).unwrap();
    assert!(held.wrong.is_empty(), "{}", held.wrong.join("\n"));
}
