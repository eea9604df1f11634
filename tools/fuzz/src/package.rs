//! Packages (`.usdz`) out of spoiled parts.

use crate::random::Random;

/// Alignment of the contents that USD asks for \[byte\].
const ALIGNMENT: usize = 64;

/// A package of stored files. The first is the stage; the rest, if drawn, are what packages should
/// not hold: themselves, paths that lead out, names that are taken.
pub(crate) fn pack(stage: &[u8], random: &mut Random) -> Vec<u8> {
    const NAMES: &[&str] = &[
        "case.usda",
        "../x.usda",
        "/etc/x.usda",
        "",
        "a/",
        "x.png",
        "case.usdz",
        "a\\b.usda",
        "ü.usda",
        ".",
        "x.usdc",
    ];
    let mut names = vec!["case.usda"];
    for _ in 0..random.below(3) {
        let name = random.pick(NAMES).copied().unwrap_or_default();
        // Sometimes the stage is not what comes first.
        let at = if random.once_in(4) { 0 } else { names.len() };
        names.insert(at, name);
    }
    let mut bytes = Vec::new();
    let mut list = Vec::new();
    for name in &names {
        let crc = crc32(stage);
        let extra = padding(bytes.len() + 30 + name.len());
        let at = bytes.len() as u32;
        let head = header(name, stage.len() as u32, crc);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&head);
        bytes.extend((extra as u16).to_le_bytes());
        bytes.extend(name.bytes());
        bytes.resize(bytes.len() + extra, 0);
        bytes.extend(stage);
        list.extend(b"PK\x01\x02\x0a\0");
        list.extend(&head);
        // No extra field, comment, disk or attributes.
        list.extend([0; 12]);
        list.extend(at.to_le_bytes());
        list.extend(name.bytes());
    }
    let (at, long, count) = (bytes.len() as u32, list.len() as u32, names.len() as u16);
    bytes.extend(list);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(long.to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

/// What stands in both headers of a file: version, flags, method, time, check sum, sizes and the
/// length of the name.
fn header(name: &str, size: u32, crc: u32) -> Vec<u8> {
    let mut head = vec![10, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    for number in [crc, size, size] {
        head.extend(number.to_le_bytes());
    }
    head.extend((name.len() as u16).to_le_bytes());
    head
}

/// Length of the extra field that moves the contents, which begin at `at` without it, to a multiple
/// of 64; a field has at least its own header of four bytes.
fn padding(at: usize) -> usize {
    match at.next_multiple_of(ALIGNMENT) - at {
        0 => 0,
        short @ 1..=3 => short + ALIGNMENT,
        long => long,
    }
}

/// Check sum of ISO 3309, as ZIP has it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let odd = crc & 1;
            (crc >> 1) ^ (0xedb8_8320 * odd)
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Check value of the sum over the digits 1 to 9, from the catalogue of such sums.
    #[test]
    fn check_sum() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    /// What is packed opens as a stage: the reader finds the prim.
    #[test]
    fn packages_open() {
        let folder = std::env::temp_dir().join(format!("halle-fuzz-pack-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut random = Random::new(0, 0);
        while random.below(3) != 0 {}
        let stage = b"#usda 1.0\n(defaultPrim = \"A\")\ndef Xform \"A\" {}\n";
        for case in 0..20 {
            let path = folder.join("case.usdz");
            std::fs::write(&path, pack(stage, &mut Random::new(5, case))).unwrap();
            if let Ok((mut world, _)) = halle_scenes::load(&path) {
                let count = world
                    .query::<&halle_world::components::SourcePath>()
                    .iter(&world)
                    .count();
                assert!(count > 0, "case {case} holds no prim");
                std::fs::remove_dir_all(&folder).unwrap();
                return;
            }
        }
        panic!("none of 20 packages opens");
    }
}
