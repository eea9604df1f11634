//! What is loaded is what the stage says: the scenes that ship, and small scenes for each rule.

use std::fs;
use std::path::PathBuf;

use crate::held::{Held, hold};
use crate::{local, small_scenes};

/// Compares scenes and prints what differs on purpose.
fn all(files: impl IntoIterator<Item = PathBuf>) -> Held {
    let mut sum = Held::default();
    for file in files {
        let held = hold(&file).unwrap();
        sum.add(held, &file.file_name().unwrap().to_string_lossy());
    }
    println!("{:?}\n{:#?}", sum.counts, sum.causes);
    sum
}

/// The library: nothing differs, not even on purpose.
#[test]
fn library() {
    let files = fs::read_dir(local("library"))
        .unwrap()
        .map(|f| f.unwrap().path());
    let held = all(files.filter(|f| f.extension().is_some_and(|e| e == "usda")));
    assert!(held.wrong.is_empty(), "{}", held.wrong.join("\n"));
    assert!(held.causes.is_empty(), "{:?}", held.causes);
    assert!(
        held.counts["joints"] > 6 && held.counts["colliders"] > 100,
        "{held:?}"
    );
}

/// A scene for each rule: places, shapes, joints, groups, materials, roles, copies.
#[test]
fn small() {
    let (folder, files) = small_scenes::write();
    let held = all(files);
    fs::remove_dir_all(&folder).unwrap();
    assert!(held.wrong.is_empty(), "{}", held.wrong.join("\n"));
    for kind in ["memberships", "physics materials", "masses", "drives"] {
        assert!(held.counts[kind] > 3, "{kind}: {held:?}");
    }
}
