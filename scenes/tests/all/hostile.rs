//! Broken bytes end in an error or a finding, never in a panic.

use std::fs;
use std::path::PathBuf;

use halle_scenes::SceneError;

use crate::local;

/// A number sequence that is the same everywhere (`SplitMix64`).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// A folder of this test that is gone when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("halle-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// One way to spoil a text.
fn spoil(text: &mut Vec<u8>, numbers: &mut Sequence) {
    let at = numbers.below(text.len());
    match numbers.below(6) {
        0 => text.truncate(at),
        1 => text[at] = numbers.next() as u8,
        2 => drop(text.drain(at..(at + 1 + numbers.below(40)).min(text.len()))),
        3 => {
            let piece = text[at..(at + 60).min(text.len())].to_vec();
            let target = numbers.below(text.len());
            text.splice(target..target, piece);
        }
        4 => {
            // Numbers become enormous, negative or nothing.
            let digit = text[at..]
                .iter()
                .position(u8::is_ascii_digit)
                .map(|k| at + k);
            let word: &[u8] =
                [&b"-"[..], b"1e308", b"nan", b"inf", b"99999999999"][numbers.below(5)];
            if let Some(digit) = digit {
                text.splice(digit..=digit, word.iter().copied());
            }
        }
        _ => {
            let quote = text[at..].iter().position(|b| *b == b'"').map(|k| at + k);
            if let Some(quote) = quote {
                text.remove(quote);
            }
        }
    }
}

/// Loads and compiles; the reader giving up is a failure of this test.
fn survives(path: &std::path::Path, case: usize) {
    match halle_scenes::load(path) {
        Ok((world, _)) => drop(halle_world::compile(&world)),
        Err(SceneError::ReaderFailed { reason, .. }) => panic!("case {case}: {reason}"),
        Err(error) => assert!(!error.finding().to_string().is_empty()),
    }
}

/// Six hundred spoiled versions of a small scene, one to three faults each, and 240 of the big one.
#[test]
fn spoiled_text_never_panics() {
    let scratch = Scratch::new("spoiled");
    let file = scratch.0.join("scene.usda");
    let mut numbers = Sequence(1);
    for (source, cases) in [
        ("tests/broken/base.usda", 600),
        ("library/polishing_cell.usda", 240),
    ] {
        let whole = fs::read(local(source)).unwrap();
        for case in 0..cases {
            let mut text = whole.clone();
            for _ in 0..=numbers.below(3) {
                if !text.is_empty() {
                    spoil(&mut text, &mut numbers);
                }
            }
            fs::write(&file, &text).unwrap();
            survives(&file, case);
        }
    }
}

/// Garbage behind the magic of each format, and an empty file.
#[test]
fn garbage_never_panics() {
    let scratch = Scratch::new("garbage");
    let mut numbers = Sequence(2);
    let magics: [(&str, &[u8]); 4] = [
        ("usda", b"#usda 1.0\n"),
        ("usdc", b"PXR-USDC"),
        ("usdz", b"PK\x03\x04"),
        ("usd", b""),
    ];
    for case in 0..200 {
        let (extension, magic) = magics[case % 4];
        let length = numbers.below(400);
        let mut bytes = magic.to_vec();
        bytes.extend((0..length).map(|_| numbers.next() as u8));
        let file = scratch.0.join(format!("scene.{extension}"));
        fs::write(&file, &bytes).unwrap();
        survives(&file, case);
    }
    let empty = scratch.0.join("empty.usda");
    fs::write(&empty, b"").unwrap();
    assert!(matches!(
        halle_scenes::load(&empty),
        Err(SceneError::NotUsd { .. })
    ));
}
