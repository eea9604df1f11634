//! Compressed arrays of 64-bit integers in binary layers, which the library cannot unpack.
//!
//! They are written again, unpacked, behind the file, with a new table of fields and a new table
//! of contents that point there. All other bytes stay.

use openusd::usdc::CrateFile;

/// Bits of a value's address word.
const ARRAY: u64 = 1 << 63;
const COMPRESSED: u64 = 1 << 61;
const PAYLOAD: u64 = (1 << 48) - 1;
/// Type numbers of 64-bit integers, signed and unsigned.
const WIDE: [u64; 2] = [5, 6];
/// First version that counts arrays in 64 bits.
const LONG_COUNTS: [u8; 2] = [0, 7];
/// Longest array that is unpacked.
const MANY: usize = 1 << 27;

/// The file with its 64-bit arrays unpacked, if it has any that are packed.
pub(super) fn unpack(file: &CrateFile) -> Option<Vec<u8>> {
    let bytes: &[u8] = file.bytes();
    let section = file
        .sections
        .iter()
        .find(|section| section.name() == "FIELDS")?;
    let start = usize::try_from(section.start).ok()?;
    let (count, at) = word(bytes, start)?;
    let (indices, at) = word(bytes, at)?;
    let words_at = at.checked_add(usize::try_from(indices).ok()?)?;
    let (size, at) = word(bytes, words_at)?;
    let packed = bytes.get(at..at.checked_add(usize::try_from(size).ok()?)?)?;
    let count = usize::try_from(count).ok().filter(|count| *count <= MANY)?;
    let mut words = inflate(packed, count.checked_mul(8)?)?;
    let long = [bytes[8], bytes[9]] >= LONG_COUNTS;
    let mut out = Vec::new();
    for slot in words.chunks_exact_mut(8) {
        let value = u64::from_le_bytes(slot.try_into().ok()?);
        let kind = (value >> 48) & 0xff;
        if value & ARRAY == 0 || value & COMPRESSED == 0 || !WIDE.contains(&kind) {
            continue;
        }
        let at = usize::try_from(value & PAYLOAD).ok()?;
        let Some(numbers) = array(bytes, at, long) else {
            continue;
        };
        if out.is_empty() {
            out.extend_from_slice(bytes);
        }
        let place = out.len() as u64;
        let many = (numbers.len() / 8) as u64;
        out.extend_from_slice(&many.to_le_bytes()[..if long { 8 } else { 4 }]);
        out.extend_from_slice(&numbers);
        slot.copy_from_slice(&((value & !(COMPRESSED | PAYLOAD)) | place).to_le_bytes());
    }
    if out.is_empty() {
        return None;
    }
    let fields = out.len() as u64;
    out.extend_from_slice(&bytes[start..words_at]);
    let packed = store(&words);
    out.extend_from_slice(&(packed.len() as u64).to_le_bytes());
    out.extend_from_slice(&packed);
    let length = out.len() as u64 - fields;
    let contents = out.len() as u64;
    out.extend_from_slice(&(file.sections.len() as u64).to_le_bytes());
    for section in &file.sections {
        let mut name = [0; 16];
        let text = section.name().as_bytes();
        name[..text.len()].copy_from_slice(text);
        let (start, size) = match section.name() {
            "FIELDS" => (fields, length),
            _ => (section.start, section.size),
        };
        out.extend_from_slice(&name);
        out.extend_from_slice(&start.to_le_bytes());
        out.extend_from_slice(&size.to_le_bytes());
    }
    out[16..24].copy_from_slice(&contents.to_le_bytes());
    Some(out)
}

/// A number of eight bytes, and the place behind it.
fn word(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let end = at.checked_add(8)?;
    let word = bytes.get(at..end)?.try_into().ok()?;
    Some((u64::from_le_bytes(word), end))
}

/// The numbers of a packed array, eight bytes each.
fn array(bytes: &[u8], at: usize, long: bool) -> Option<Vec<u8>> {
    let width = if long { 8 } else { 4 };
    let mut count = [0; 8];
    count[..width].copy_from_slice(bytes.get(at..at.checked_add(width)?)?);
    let count = usize::try_from(u64::from_le_bytes(count)).ok()?;
    let count = Some(count).filter(|count| *count <= MANY)?;
    let (size, at) = word(bytes, at + width)?;
    let packed = bytes.get(at..at.checked_add(usize::try_from(size).ok()?)?)?;
    let codes = count.div_ceil(4);
    let data = inflate(packed, 8 + codes + 8 * count)?;
    let common = i64::from_le_bytes(data.get(..8)?.try_into().ok()?);
    let mut rest = data.get(8 + codes..)?;
    let mut last = 0_i64;
    let mut out = Vec::with_capacity(8 * count.min(data.len() * 4));
    for k in 0..count {
        let step = match (data.get(8 + k / 4)? >> (2 * (k % 4))) & 3 {
            0 => common,
            1 => i64::from(i16::from_le_bytes(take(&mut rest)?)),
            2 => i64::from(i32::from_le_bytes(take(&mut rest)?)),
            _ => i64::from_le_bytes(take(&mut rest)?),
        };
        last = last.wrapping_add(step);
        out.extend_from_slice(&last.to_le_bytes());
    }
    Some(out)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, behind) = rest.split_first_chunk::<N>()?;
    *rest = behind;
    Some(*head)
}

/// Unpacks an LZ4 block behind its chunk count of zero, up to `most` bytes.
fn inflate(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let (0, mut rest) = packed.split_first().map(|(chunks, rest)| (*chunks, rest))? else {
        return None;
    };
    let mut out: Vec<u8> = Vec::with_capacity(most.min(packed.len().saturating_mul(255)));
    while let Some((token, behind)) = rest.split_first() {
        rest = behind;
        let literals = extended(usize::from(token >> 4), &mut rest)?;
        let (head, behind) = rest.split_at_checked(literals)?;
        out.extend_from_slice(head);
        rest = behind;
        if rest.is_empty() {
            break;
        }
        let back = usize::from(u16::from_le_bytes(take(&mut rest)?));
        let length = extended(usize::from(token & 15), &mut rest)? + 4;
        let from = out.len().checked_sub(back).filter(|_| back > 0)?;
        if out.len() + length > most {
            return None;
        }
        for k in 0..length {
            out.push(out[from + k]);
        }
    }
    (out.len() <= most).then_some(out)
}

/// A length whose nibble may go on in bytes.
fn extended(nibble: usize, rest: &mut &[u8]) -> Option<usize> {
    let mut length = nibble;
    if nibble == 15 {
        loop {
            let [byte] = take::<1>(rest)?;
            length = length.checked_add(usize::from(byte))?;
            if byte != 255 {
                break;
            }
        }
    }
    Some(length)
}

/// Bytes as an LZ4 block that packs nothing, behind its chunk count.
fn store(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0, 0xf0.min((bytes.len().min(15) as u8) << 4)];
    if bytes.len() >= 15 {
        let more = bytes.len() - 15;
        out.resize(out.len() + more / 255, 255);
        out.push((more % 255) as u8);
    }
    out.extend_from_slice(bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is stored comes back whole, at every length around the steps of the length bytes.
    #[test]
    fn stored_bytes_come_back() {
        for length in [0, 1, 14, 15, 16, 269, 270, 271, 1000] {
            let bytes: Vec<u8> = (0..length).map(|k| k as u8).collect();
            assert_eq!(inflate(&store(&bytes), length), Some(bytes));
        }
    }

    /// A run: one byte, then a copy of it seven times (offset 1).
    #[test]
    fn runs_unpack() {
        assert_eq!(inflate(&[0, 0x13, 7, 1, 0], 8), Some(vec![7; 8]));
        assert_eq!(
            inflate(&[0, 0x13, 7, 2, 0], 8),
            None,
            "no byte stands two before"
        );
    }
}
