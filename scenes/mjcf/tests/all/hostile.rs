//! Broken text ends in an error or a finding: no panic, no hang, no endless memory.

use std::time::{Duration, Instant};

use halle_mjcf::MjcfError;
use halle_world::{FlawFinder, Plant, World};

use crate::Scratch;
use crate::scenes::SCENES;

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
    let next = |what: fn(&u8) -> bool| text[at..].iter().position(what).map(|k| at + k);
    match numbers.below(7) {
        0 => text.truncate(at),
        1 => text[at] = numbers.next() as u8,
        2 => drop(text.drain(at..(at + 1 + numbers.below(40)).min(text.len()))),
        3 => {
            let piece = text[at..(at + 80).min(text.len())].to_vec();
            let target = numbers.below(text.len());
            text.splice(target..target, piece);
        }
        4 | 5 => {
            let words: [&[u8]; 8] = [
                b"-",
                b"1e308",
                b"nan",
                b"inf",
                b"99999999999",
                b"0",
                b"-0.5",
                b"1e-320",
            ];
            let word = words[numbers.below(words.len())];
            if let Some(digit) = next(u8::is_ascii_digit) {
                text.splice(digit..=digit, word.iter().copied());
            }
        }
        _ => {
            if let Some(quote) = next(|b| *b == b'"') {
                text.remove(quote);
            }
        }
    }
}

/// Sixteen hundred spoiled versions of our own models, one to three faults each.
#[test]
fn spoiled_models_never_panic() {
    let scratch = Scratch::new("spoiled");
    let mut numbers = Sequence(1);
    let mut refused = 0;
    for case in 0..1600 {
        let (_, whole) = SCENES[case % SCENES.len()];
        let mut text = whole.as_bytes().to_vec();
        for _ in 0..=numbers.below(3) {
            if !text.is_empty() {
                spoil(&mut text, &mut numbers);
            }
        }
        let path = scratch.0.join("model.xml");
        std::fs::write(&path, &text).unwrap();
        match halle_mjcf::load(&path) {
            Ok((world, _)) => sound(&world),
            Err(error) => {
                refused += 1;
                assert!(!error.finding().message.is_empty());
            }
        }
    }
    assert!(refused > 400, "{refused} of 1600");
}

/// No number of a world is infinite, none, or negative where it cannot be.
fn sound(world: &World) {
    let mut finder = FlawFinder::default();
    for entity in &world.resource::<Plant>().entities {
        assert_eq!(finder.flaw(world, *entity), None);
    }
}

/// Lengths whose squares or sums leave the range of numbers are refused at their element; MuJoCo
/// takes them and computes with infinity.
#[test]
fn lengths_end() {
    let scratch = Scratch::new("lengths");
    let mass = r#"<inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/>"#;
    for (element, line) in [
        (
            r#"<geom type="capsule" size="1e308" fromto="0 0 0 1e308 0 0"/>"#,
            3,
        ),
        (
            r#"<geom type="capsule" size="1" fromto="0 0 0 1e200 0 0"/>"#,
            3,
        ),
        (r#"<geom type="box" size="1 1 1" pos="1e308 0 0"/>"#, 3),
        (r#"<site pos="0 0 1e308"/>"#, 3),
    ] {
        let text = format!(
            "<mujoco><worldbody>\n<body pos=\"1e308 0 1e308\"><freejoint/>{mass}\n{element}</body></worldbody></mujoco>"
        );
        let path = scratch.file("model.xml", &text);
        let error = halle_mjcf::load(&path).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), "MJ0014", "{element}: {error}");
        let place = error.to_string();
        assert!(place.contains(&format!(":{line}:")), "{element}: {place}");
    }
}

/// Bodies on one line load in a time that grows with their number: 40,000 of them took over a
/// minute when each place was looked for from the start of its line.
#[test]
fn long_lines_are_quick() {
    let scratch = Scratch::new("line");
    let body = r#"<body><joint/><geom type="sphere" size="1"/></body>"#;
    let text = format!(
        "<mujoco><worldbody>{}</worldbody></mujoco>",
        body.repeat(40_000)
    );
    let path = scratch.file("model.xml", &text);
    let start = Instant::now();
    let (world, _) = halle_mjcf::load(&path).unwrap();
    assert_eq!(world.resource::<Plant>().entities.len(), 1 + 3 * 40_000);
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{:?}",
        start.elapsed()
    );
}

/// Loads a text that asks for too much; it must be refused at once.
fn too_large(name: &str, text: &str) {
    let scratch = Scratch::new(name);
    let path = scratch.file("model.xml", text);
    let start = Instant::now();
    let error = halle_mjcf::load(&path).map(|_| ()).unwrap_err();
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{name}: {:?}",
        start.elapsed()
    );
    let large = matches!(error, MjcfError::TooLarge { .. } | MjcfError::Syntax { .. });
    assert!(large, "{name}: {error}");
}

/// Replicas of replicas: a thousand to the sixth power.
#[test]
fn nested_replicas_are_bounded() {
    let open = r#"<replicate count="1000" offset="1 0 0">"#.repeat(6);
    let close = "</replicate>".repeat(6);
    let inside = r#"<body><geom size=".1"/></body>"#;
    let text = format!("<mujoco><worldbody>{open}{inside}{close}</worldbody></mujoco>");
    too_large("replicas", &text);
    let count = r#"<replicate count="2000000000"><geom size=".1"/></replicate>"#;
    too_large(
        "count",
        &format!("<mujoco><worldbody>{count}</worldbody></mujoco>"),
    );
}

/// Sensors on a replicated site are replicated as well; so are their copies.
#[test]
fn replicated_sensors_are_bounded() {
    let open = r#"<replicate count="40" offset="1 0 0">"#.repeat(2);
    let sensors = r#"<gyro site="s"/>"#.repeat(400);
    let text = format!(
        r#"<mujoco><worldbody>{open}<body><geom size=".1"/><site name="s"/></body></replicate>
        </replicate></worldbody><sensor>{sensors}</sensor></mujoco>"#
    );
    too_large("sensors", &text);
}

/// Nesting without end, entities that multiply, and a field of two billion corners.
#[test]
fn deep_and_huge_are_bounded() {
    let open = "<body>".repeat(100_000);
    let close = "</body>".repeat(100_000);
    too_large(
        "deep",
        &format!("<mujoco><worldbody>{open}{close}</worldbody></mujoco>"),
    );
    let laughs = r#"<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><mujoco model="&b;"/>"#;
    too_large("laughs", laughs);
    let field = r#"<hfield name="h" nrow="2000000000" ncol="2000000000" size="1 1 1 1"/>"#;
    too_large("field", &format!("<mujoco><asset>{field}</asset></mujoco>"));
}

/// A model that includes or attaches itself says so.
#[test]
fn circles_are_refused() {
    let scratch = Scratch::new("circle");
    let own = scratch.file("own.xml", r#"<mujoco><include file="own.xml"/></mujoco>"#);
    let error = halle_mjcf::load(own).map(|_| ()).unwrap_err();
    assert!(matches!(error, MjcfError::IncludedTwice { .. }), "{error}");
    scratch.file("b.xml", r#"<mujoco><include file="a.xml"/></mujoco>"#);
    let a = scratch.file("a.xml", r#"<mujoco><include file="b.xml"/></mujoco>"#);
    let error = halle_mjcf::load(a).map(|_| ()).unwrap_err();
    assert!(matches!(error, MjcfError::IncludedTwice { .. }), "{error}");
    let me = r#"<mujoco><asset><model name="m" file="me.xml"/></asset></mujoco>"#;
    let error = halle_mjcf::load(scratch.file("me.xml", me))
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(error, MjcfError::TooLarge { .. }), "{error}");
}

/// A rope of 390 bodies, each inside the one before, is a model like any other.
#[test]
fn long_chains_load() {
    let link = r#"<body pos="0 0 .1"><joint/><geom size=".05"/>"#;
    let text = format!(
        "<mujoco><worldbody>{}{}</worldbody></mujoco>",
        link.repeat(390),
        "</body>".repeat(390)
    );
    let scratch = Scratch::new("rope");
    assert!(halle_mjcf::load(scratch.file("model.xml", &text)).is_ok());
}
