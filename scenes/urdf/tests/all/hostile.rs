//! Broken text ends in an error or a finding, never in a panic, a hang or a lot of memory.

use std::fs;
use std::time::Instant;

use halle_urdf::{UrdfOptions, load};
use halle_world::kinematics::BodyTree;

use crate::{Scratch, load_text, local};

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

/// One way to spoil a text.
fn spoil(text: &mut Vec<u8>, numbers: &mut Sequence) {
    let at = numbers.below(text.len());
    match numbers.below(7) {
        0 => text.truncate(at),
        1 => text[at] = numbers.next() as u8,
        2 => drop(text.drain(at..(at + 1 + numbers.below(40)).min(text.len()))),
        3 => {
            let piece = text[at..(at + 60).min(text.len())].to_vec();
            let target = numbers.below(text.len());
            text.splice(target..target, piece);
        }
        4 | 5 => {
            // Numbers become enormous, negative or nothing; the file stays XML.
            let digit = text[at..]
                .iter()
                .position(u8::is_ascii_digit)
                .map(|k| at + k);
            let words: [&[u8]; 6] = [b"-", b"1e308", b"nan", b"inf", b"0", b"99999999999"];
            let word = words[numbers.below(6)];
            if let Some(digit) = digit {
                text.splice(digit..=digit, word.iter().copied());
            }
        }
        _ => {
            // A name becomes another one of the file.
            let names: [&[u8]; 5] = [b"link", b"joint", b"base", b"tip", b"mesh"];
            let name = names[numbers.below(5)];
            text.splice(at..(at + 4).min(text.len()), name.iter().copied());
        }
    }
}

/// Two thousand spoiled versions of robots that use most of the format, with one to three faults.
#[test]
fn spoiled_text_never_panics() {
    let scratch = Scratch::new("spoiled");
    for mesh in ["UR0105.obj", "UR0104.stl"] {
        fs::copy(local("tests/broken").join(mesh), scratch.0.join(mesh)).unwrap();
    }
    let file = scratch.0.join("robot.urdf");
    let mut numbers = Sequence(5);
    let mut loaded = 0;
    for source in ["UR0102", "UR0105", "UR0117", "UR0011", "whole"] {
        let whole = fs::read(local(&format!("tests/broken/{source}.urdf"))).unwrap();
        for case in 0..400 {
            let mut text = whole.clone();
            for _ in 0..=numbers.below(3) {
                if !text.is_empty() {
                    spoil(&mut text, &mut numbers);
                }
            }
            fs::write(&file, &text).unwrap();
            let options = UrdfOptions {
                fixed_base: case % 2 == 0,
                ..UrdfOptions::default()
            };
            match load(&file, &options) {
                Ok((world, _)) => {
                    loaded += 1;
                    drop(BodyTree::new(&world).poses(&[].into()));
                }
                Err(error) => assert!(!error.finding().to_string().is_empty()),
            }
        }
    }
    // The reader is not merely strict.
    assert!(loaded > 100, "{loaded}");
}

/// Lengths whose sum or product is no number are refused where they stand, so that every pose and
/// size of a world is finite.
#[test]
fn lengths_end() {
    let robot = |origin: &str, shape: &str| {
        format!(
            "<robot name='r'><link name='a'/><link name='b'><visual><geometry>{shape}</geometry></visual></link>\
            <joint name='j' type='fixed'><parent link='a'/><child link='b'/><origin xyz='{origin}'/></joint></robot>"
        )
    };
    let sphere = "<sphere radius='1'/>";
    for (name, text) in [
        ("origin", robot("1e308 0 -1e308", sphere)),
        ("radius", robot("0 0 0", "<sphere radius='1e31'/>")),
        (
            "scale",
            robot("0 0 0", "<mesh filename='x.stl' scale='1e200'/>"),
        ),
    ] {
        assert_eq!(
            load_text(name, &text).unwrap_err().code(),
            "UR0007",
            "{name}"
        );
    }
    load_text("long", &robot("1e30 0 -1e30", sphere)).unwrap();
}

/// A robot that uses most of the format loads without a finding, so that what is spoiled is sound.
#[test]
fn whole_is_clean() {
    let (_, findings) = load(local("tests/broken/whole.urdf"), &UrdfOptions::default()).unwrap();
    assert!(findings.is_empty(), "{findings}");
}

/// A zero behind the text, as some programs write, is no fault.
#[test]
fn text_may_end_in_a_zero() {
    let text = "<robot name='r'><link name='a'/></robot>\n\0";
    load_text("zero", text).unwrap();
}

/// Files that nest, repeat or refer to themselves without end are refused or loaded in a moment.
#[test]
fn greedy_text_ends() {
    let start = Instant::now();
    let deep = "<a>".repeat(100_000);
    let nested = format!(
        "<robot name='r'><link name='a'/>{deep}{}</robot>",
        "</a>".repeat(100_000)
    );
    drop(load_text("deep", &nested));
    let entities = "<!DOCTYPE robot [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;'>]><robot name='&b;'/>";
    assert_eq!(
        load_text("entities", entities).unwrap_err().code(),
        "UR0004"
    );
    // Ten thousand joints in a chain, each following the one before.
    let links: String = (0..9_999).map(|k| format!("<link name='l{k}'/>")).collect();
    let joints: String = (1..9_999)
        .map(|k| {
            let mimic = if k > 1 { format!("<mimic joint='j{}'/>", k - 1) } else { String::new() };
            let parent = k - 1;
            format!("<joint name='j{k}' type='continuous'><parent link='l{parent}'/><child link='l{k}'/>{mimic}</joint>")
        })
        .collect();
    let chain = format!("<robot name='r'>{links}{joints}</robot>");
    let (_, findings) = load_text("chain", &chain).unwrap();
    assert!(findings.findings().len() > 900);
    // One long line with many things to say about it.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
