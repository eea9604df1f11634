//! How files come to be.

use std::fs;
use std::path::PathBuf;

use halle_author::{AuthorError, AuthorOptions, Format, write};

use crate::worlds::{Made, at, plant};

/// An empty folder of a test's own.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("halle-author-{test}-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A new file takes the place of the old one, and nothing else is left in the folder.
#[test]
fn old_file_is_replaced_whole() {
    let folder = folder("replaced");
    let file = folder.join("plant.usda");
    fs::write(&file, "old").unwrap();
    let written = write(&plant(), &file, &AuthorOptions::default()).unwrap();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("#usda 1.0\n"));
    assert_eq!(written.bytes, text.len() as u64);
    assert_eq!(written.format, Format::Usda);
    assert!(written.prim_count > 60);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    fs::remove_dir_all(folder).unwrap();
}

/// What cannot be written is an error that names the file, and leaves the old file as it was.
#[test]
fn failures_leave_nothing_behind() {
    let folder = folder("failures");
    let options = AuthorOptions::default();
    let unknown = write(&plant(), &folder.join("plant.stl"), &options).unwrap_err();
    assert!(
        matches!(unknown, AuthorError::UnknownFormat { .. }),
        "{unknown}"
    );
    let missing = write(&plant(), &folder.join("no/such/plant.usda"), &options).unwrap_err();
    assert!(
        matches!(missing, AuthorError::Unwritable { .. }),
        "{missing}"
    );
    let kept = folder.join("kept.usda");
    fs::write(&kept, "old").unwrap();
    let mut made = Made::new();
    made.prim("/Plant", at(f64::NAN, 0.0, 0.0), ());
    let broken = write(&made.done(), &kept, &options).unwrap_err();
    assert_eq!(broken.to_string(), "/Plant: `world pose` is not finite");
    assert_eq!(fs::read_to_string(&kept).unwrap(), "old");
    // A folder under the file's name: the rename fails after the part was written.
    fs::create_dir(folder.join("taken.usda")).unwrap();
    write(&plant(), &folder.join("taken.usda"), &options).unwrap_err();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    fs::remove_dir_all(folder).unwrap();
}
