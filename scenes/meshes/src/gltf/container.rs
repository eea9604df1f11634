//! Where the JSON and the buffers of a glTF file are.

use std::path::{Path, PathBuf};

use gltf_json::Root;

use crate::error::MeshError;
use crate::source;

/// Most buffers of a file.
const BUFFER_LIMIT: usize = 1024;

/// The JSON and, in a binary file, the first buffer.
pub(super) fn split<'b>(
    path: &Path,
    bytes: &'b [u8],
) -> Result<(&'b [u8], Option<&'b [u8]>), MeshError> {
    if !bytes.starts_with(b"glTF") {
        return Ok((bytes, None));
    }
    let word = |at: usize| {
        let four = bytes.get(at..at.checked_add(4)?)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*four))
    };
    if word(4) != Some(2) {
        return Err(MeshError::broken(
            path,
            "expected a binary glTF of version 2",
        ));
    }
    let mut chunks = [None, None];
    let mut at = 12;
    while let (Some(length), Some(kind)) = (word(at), word(at + 4)) {
        let start = at + 8;
        let Some(chunk) = bytes.get(start..start.saturating_add(length as usize)) else {
            let reason = format!("expected a chunk of {length} bytes, found the end of the file");
            return Err(MeshError::broken(path, reason));
        };
        match kind {
            0x4E4F_534A => chunks[0] = chunks[0].or(Some(chunk)),
            0x004E_4942 => chunks[1] = chunks[1].or(Some(chunk)),
            _ => {}
        }
        at = start + (length as usize).next_multiple_of(4);
    }
    let json = chunks[0].ok_or_else(|| MeshError::broken(path, "expected a JSON chunk"))?;
    Ok((json, chunks[1]))
}

/// The bytes of every buffer, and the files that they came from.
pub(super) fn buffers(
    path: &Path,
    root: &Root,
    blob: Option<&[u8]>,
) -> Result<(Vec<Vec<u8>>, Vec<PathBuf>), MeshError> {
    let (mut buffers, mut inputs) = (Vec::new(), Vec::new());
    if root.buffers.len() > BUFFER_LIMIT {
        return Err(MeshError::TooLarge {
            path: path.to_owned(),
            unit: "buffers",
            found: root.buffers.len() as u64,
            limit: BUFFER_LIMIT as u64,
        });
    }
    for (index, buffer) in root.buffers.iter().enumerate() {
        let data = match buffer.uri.as_deref() {
            None => blob
                .filter(|_| index == 0)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| {
                    MeshError::broken(path, format!("expected data for buffer {index}"))
                })?,
            Some(uri) if uri.starts_with("data:") => {
                let encoded = uri
                    .split_once(";base64,")
                    .and_then(|(_, data)| base64(data));
                encoded.ok_or_else(|| {
                    let reason = format!("expected base64 data in buffer {index}");
                    MeshError::broken(path, reason)
                })?
            }
            Some(uri) => {
                let file = source::beside(path, &unescaped(uri)).ok_or_else(|| {
                    let reason =
                        format!("expected a file beside it in buffer {index}, found `{uri}`");
                    MeshError::broken(path, reason)
                })?;
                let data = source::read(&file)?;
                inputs.push(file);
                data
            }
        };
        if (data.len() as u64) < buffer.byte_length.0 {
            let (expected, found) = (buffer.byte_length.0, data.len());
            let reason = format!("expected {expected} bytes in buffer {index}, found {found}");
            return Err(MeshError::broken(path, reason));
        }
        buffers.push(data);
    }
    Ok((buffers, inputs))
}

/// Percent signs of an address undone.
pub(super) fn unescaped(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let digits = more.get(..2).filter(|_| *first == b'%');
        let value = digits.and_then(|d| std::str::from_utf8(d).ok());
        match value.and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Base64 of RFC 4648 undone; `None` if a character does not belong.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0_u32, 0);
    for c in text.trim_end_matches('=').bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 4648, section 10.
    #[test]
    fn base64_examples() {
        for (text, plain) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(base64(text).unwrap(), plain.as_bytes());
        }
        assert_eq!(base64("Zm9v!"), None);
    }

    /// A broken escape stays as it is.
    #[test]
    fn escapes() {
        assert_eq!(unescaped("a%20b%zz%4"), "a b%zz%4");
    }
}
