//! The three encodings say the same, and the same every time.

use std::fs;

use halle_author::{AuthorOptions, text, write};
use openusd::sdf::AbstractData as _;

use crate::files::folder;
use crate::worlds::plant;

/// The text parses back to what the binary layer holds, spec by spec and field by field, to the
/// last bit: the digits of the text are enough.
#[test]
fn text_says_what_the_binary_says() {
    let folder = folder("formats");
    let world = plant();
    let options = AuthorOptions::default();
    let (text, _) = text(&world, &options).unwrap();
    let parsed = openusd::usda::parse(&text).unwrap();
    write(&world, &folder.join("plant.usdc"), &options).unwrap();
    let binary = openusd::usdc::read_file(folder.join("plant.usdc")).unwrap();
    assert_eq!(parsed.spec_paths(), binary.spec_paths());
    assert!(parsed.spec_paths().len() > 500);
    for path in parsed.spec_paths() {
        let mut fields = parsed.list_fields(&path).unwrap();
        fields.sort();
        for field in fields.iter().filter(|f| !f.ends_with("Children")) {
            let (a, b) = (
                parsed.get_field(&path, field).unwrap(),
                binary.get_field(&path, field).unwrap(),
            );
            assert_eq!(
                format!("{a:?}").len(),
                format!("{b:?}").len(),
                "{path} {field}"
            );
            if field != "customLayerData" {
                assert_eq!(a, b, "{path} {field}");
            }
        }
    }
    fs::remove_dir_all(folder).unwrap();
}

/// The same world gives the same bytes in each encoding.
#[test]
fn bytes_are_the_same_every_time() {
    let folder = folder("same");
    for name in ["a.usda", "a.usdc", "a.usdz"] {
        let file = folder.join(name);
        write(&plant(), &file, &AuthorOptions::default()).unwrap();
        let first = fs::read(&file).unwrap();
        write(&plant(), &file, &AuthorOptions::default()).unwrap();
        assert_eq!(first, fs::read(&file).unwrap(), "{name}");
    }
    fs::remove_dir_all(folder).unwrap();
}

/// In a package the layer's bytes begin at a multiple of 64 and are stored as they are (the
/// specification of usdz).
#[test]
fn package_is_aligned_and_stored() {
    let folder = folder("package");
    let file = folder.join("plant.usdz");
    write(&plant(), &file, &AuthorOptions::default()).unwrap();
    let bytes = fs::read(&file).unwrap();
    let word = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    assert_eq!(&bytes[..4], b"PK\x03\x04");
    assert_eq!(word(8), 0, "stored, not compressed");
    let start = 30 + word(26) + word(28);
    assert_eq!(start % 64, 0);
    assert_eq!(&bytes[start..start + 8], b"PXR-USDC");
    fs::remove_dir_all(folder).unwrap();
}
