//! Broken bytes end in an error, never in a panic, a hang or a lot of memory.

use halle_meshes::MeshError;

use crate::files::{self, BOX};
use crate::read;

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

/// One way to spoil bytes.
fn spoil(bytes: &mut Vec<u8>, numbers: &mut Sequence) {
    let at = numbers.below(bytes.len());
    match numbers.below(6) {
        0 => bytes.truncate(at),
        1 => bytes[at] = numbers.next() as u8,
        2 => drop(bytes.drain(at..(at + 1 + numbers.below(40)).min(bytes.len()))),
        3 => {
            let piece = bytes[at..(at + 60).min(bytes.len())].to_vec();
            let target = numbers.below(bytes.len());
            bytes.splice(target..target, piece);
        }
        4 => {
            // Numbers become enormous, negative or nothing.
            let digit = bytes[at..]
                .iter()
                .position(u8::is_ascii_digit)
                .map(|k| at + k);
            let words: [&[u8]; 6] = [b"-", b"1e308", b"nan", b"", b"99999999999", b"4294967295"];
            let word = words[numbers.below(6)];
            if let Some(digit) = digit {
                bytes.splice(digit..=digit, word.iter().copied());
            }
        }
        _ => {
            let quote = bytes[at..].iter().position(|b| *b == b'"').map(|k| at + k);
            if let Some(quote) = quote {
                bytes.remove(quote);
            }
        }
    }
}

/// Six hundred spoiled versions of a file of each format, with one to three faults each. What is
/// read has its indices and numbers in order; the parsers do not even panic inside.
#[test]
fn spoiled_files() {
    let nodes = format!("<node><rotate>0 0 1 90</rotate>{BOX}</node>");
    let uri = format!(r#","uri":"{}""#, files::data_address(&files::buffer()));
    let sources: [(&str, Vec<u8>); 6] = [
        ("a.obj", files::obj().into_bytes()),
        ("a.stl", files::stl_text().into_bytes()),
        ("a.stl", files::stl_binary("")),
        (
            "a.dae",
            files::dae("<up_axis>Y_UP</up_axis>", &nodes).into_bytes(),
        ),
        (
            "a.gltf",
            files::gltf(&uri, r#","scale":[1,2,3]"#, "").into_bytes(),
        ),
        ("a.glb", files::glb("", "")),
    ];
    let mut numbers = Sequence(3);
    let mut read_well = 0;
    for (name, whole) in sources {
        for case in 0..600 {
            let mut bytes = whole.clone();
            for _ in 0..=numbers.below(3) {
                if !bytes.is_empty() {
                    spoil(&mut bytes, &mut numbers);
                }
            }
            match read(name, &bytes) {
                Ok(file) => {
                    read_well += 1;
                    for part in &file.parts {
                        let count = part.points.len() as u32;
                        assert!(part.triangles.iter().flatten().all(|i| *i < count));
                        assert!(part.points.iter().flatten().all(|v| v.is_finite()));
                        assert!(part.normals.is_empty() || part.normals.len() == count as usize);
                    }
                }
                Err(error) => {
                    let said = error.to_string();
                    assert!(!said.contains("gave up"), "{name} {case}: {said}");
                }
            }
        }
    }
    // Most faults hit what does not matter or a digit: the readers are not merely strict.
    assert!(read_well > 300, "{read_well}");
}

/// Points so far out that a volume would be no number are refused, as those at no place are.
#[test]
fn far_points() {
    let at = |x: &str| format!("v 0 0 0\nv {x} 0 0\nv 0 1 0\nf 1 2 3\n");
    for x in ["1e31", "-1e308", "nan", "inf"] {
        let error = read("a.obj", at(x)).unwrap_err();
        assert!(error.to_string().contains("at most 1e30"), "{x}: {error}");
    }
    assert_eq!(read("a.obj", at("1e30")).unwrap().triangle_count(), 1);
}

/// Garbage behind the first bytes of every format.
#[test]
fn garbage() {
    let mut numbers = Sequence(4);
    let starts: [(&str, &[u8]); 6] = [
        ("a.obj", b"v "),
        ("a.stl", b"solid "),
        ("a.stl", b""),
        ("a.dae", b"<COLLADA>"),
        ("a.gltf", b"{"),
        ("a.glb", b"glTF\x02\0\0\0"),
    ];
    for case in 0..600 {
        let (name, start) = starts[case % 6];
        let length = numbers.below(400);
        let mut bytes = start.to_vec();
        bytes.extend((0..length).map(|_| numbers.next() as u8));
        if let Err(error) = read(name, &bytes) {
            assert!(!error.to_string().contains("gave up"), "{error}");
        }
    }
}

/// Small files that ask for a lot.
#[test]
fn greedy_files() {
    // 3 * 10^9 triangles in a header.
    let mut bytes = vec![0; 84];
    bytes[80..84].copy_from_slice(&3_000_000_000_u32.to_le_bytes());
    assert!(matches!(
        read("a.stl", bytes),
        Err(MeshError::Broken { .. })
    ));
    // A sparse accessor without data has as many zeros as it says.
    let sparse = files::gltf("", "", "").replace(
        r#"{"bufferView":0,"componentType":5126,"count":8"#,
        r#"{"componentType":5126,"count":9000000000000000000,"sparse":{"count":0,"indices":{"bufferView":0,"componentType":5123},"values":{"bufferView":0}}"#,
    );
    let uri = format!(
        r#""byteLength":168,"uri":"{}""#,
        files::data_address(&files::buffer())
    );
    let sparse = sparse.replace(r#""byteLength":168"#, &uri);
    let error = read("a.gltf", sparse).unwrap_err();
    assert!(matches!(error, MeshError::TooLarge { .. }), "{error}");
    // Nodes that hold each other twice make 2^60 boxes.
    let levels = (0..60).map(|k| {
        let next = format!(r##"<instance_node url="#n{}"/>"##, k + 1);
        format!(r#"<node id="n{k}">{next}{next}</node>"#)
    });
    let nodes = levels.collect::<String>() + &format!(r#"<node id="n60">{BOX}</node>"#);
    let error = read("a.dae", files::dae("", &nodes)).unwrap_err();
    assert!(error.to_string().contains("found more"), "{error}");
}
