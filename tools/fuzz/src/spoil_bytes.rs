//! Spoils bytes: flips, cuts, and the sizes, counts and offsets that binary files are made of.

use crate::random::Random;

/// Where the first section of a crate file's table of contents is named.
const CRATE_TOC_AT: usize = 16;

/// Spoils bytes once. `other` is a second file to take from.
pub(crate) fn spoil(bytes: &mut Vec<u8>, other: &[u8], limit: usize, random: &mut Random) {
    match random.below(12) {
        0 | 1 => flip(bytes, random),
        2..=6 => integer(bytes, random),
        7 => {
            let at = random.below(bytes.len() + 1);
            bytes.truncate(at);
        }
        8 => stretch(bytes, random, |bytes, piece, _| drop(bytes.drain(piece))),
        9 => stretch(bytes, random, |bytes, piece, random| {
            let copy = bytes[piece].to_vec();
            let at = random.below(bytes.len() + 1);
            drop(bytes.splice(at..at, copy));
        }),
        10 => stretch(bytes, random, |bytes, piece, random| {
            let byte = [0, 0xff, 0x7f, 0x80][random.below(4)];
            bytes[piece].fill(byte);
        }),
        _ => {
            let (from, long) = (random.below(other.len() + 1), random.count(4096));
            let taken = &other[from..(from + long).min(other.len())];
            let at = random.below(bytes.len() + 1);
            let end = (at + taken.len()).min(bytes.len());
            drop(bytes.splice(at..end, taken.iter().copied()));
        }
    }
    bytes.truncate(limit);
}

fn stretch(
    bytes: &mut Vec<u8>,
    random: &mut Random,
    change: impl FnOnce(&mut Vec<u8>, std::ops::Range<usize>, &mut Random),
) {
    if !bytes.is_empty() {
        let start = random.below(bytes.len());
        let end = (start + random.count(256)).min(bytes.len());
        change(bytes, start..end, random);
    }
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..random.count(8) {
        let at = place(bytes, random);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << random.below(8);
        }
    }
}

/// A place in the bytes; half of the draws fall on headers and tables, where sizes stand.
fn place(bytes: &[u8], random: &mut Random) -> usize {
    let tables = [0..64.min(bytes.len()), crate_table(bytes), zip_table(bytes)];
    let table = &tables[random.below(tables.len())];
    if random.once_in(2) && !table.is_empty() {
        table.start + random.below(table.len())
    } else {
        random.below(bytes.len())
    }
}

/// The table of contents of a crate file, if there is one.
fn crate_table(bytes: &[u8]) -> std::ops::Range<usize> {
    let at = bytes.get(CRATE_TOC_AT..CRATE_TOC_AT + 8);
    let at = at
        .and_then(|b| b.try_into().ok())
        .map_or(0, u64::from_le_bytes);
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    if bytes.starts_with(b"PXR-USDC") {
        at..bytes.len()
    } else {
        0..0
    }
}

/// The list of files at the end of a package, if there is one.
fn zip_table(bytes: &[u8]) -> std::ops::Range<usize> {
    let found = bytes.windows(4).rposition(|w| w == b"PK\x01\x02");
    if bytes.starts_with(b"PK") {
        found.unwrap_or(0)..bytes.len()
    } else {
        0..0
    }
}

/// A number of 1, 2, 4 or 8 bytes goes to an end of its range, or near its value.
fn integer(bytes: &mut [u8], random: &mut Random) {
    let width = [1, 2, 4, 8][random.below(4)];
    // Most numbers stand at multiples of their size.
    let at = place(bytes, random);
    let at = if random.once_in(4) {
        at
    } else {
        at / width * width
    };
    let size = bytes.len() as u64;
    let Some(number) = bytes.get_mut(at..at + width) else {
        return;
    };
    let mut old = [0; 8];
    old[..width].copy_from_slice(number);
    let old = u64::from_le_bytes(old);
    let all = u64::MAX >> (64 - 8 * width);
    let new = match random.below(10) {
        0 => 0,
        1 => 1,
        2 => all,
        3 => all >> 1,
        4 => (all >> 1) + 1,
        5 => old.wrapping_add(1),
        6 => old.wrapping_sub(1),
        7 => size,
        8 => old.wrapping_mul(2),
        _ => 1 << random.below(8 * width),
    };
    number.copy_from_slice(&new.to_le_bytes()[..width]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any bytes may be spoiled in any way, and stay within the limit.
    #[test]
    fn every_way_keeps_the_limit() {
        let mut toc = b"PXR-USDC\0\x08\0\0\0\0\0\0\x20\0\0\0\0\0\0\0".to_vec();
        toc.resize(48, 3);
        for seed in [&b""[..], b"a", b"PK\x03\x04", &[9; 300], &toc] {
            for case in 0..1000 {
                let mut bytes = seed.to_vec();
                spoil(&mut bytes, seed, 400, &mut Random::new(1, case));
                assert!(bytes.len() <= 400);
            }
        }
        assert_eq!(crate_table(&toc), 32..48);
    }
}
