//! Makes the case of a find small: drops what is not needed for the same thing to happen.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::farm;
use crate::pieces::{Piece, lines, tokens};

/// A way to take bytes apart.
type Cut = fn(&[u8]) -> Vec<Piece>;

/// Drops ever smaller parts of the file at `path` as long as `happens` still holds for what is left
/// there; gives up after `time`. Leaves the smallest case in the file and gives its size \[byte\].
pub(crate) fn minimise(
    path: &Path,
    text: bool,
    time: Duration,
    happens: &mut dyn FnMut() -> Result<bool, Failure>,
) -> Result<usize, Failure> {
    let began = Instant::now();
    let mut best = std::fs::read(path).map_err(Failure::file(path))?;
    let mut cuts: Vec<Cut> = vec![lines, tokens];
    if !text {
        cuts = vec![|bytes| (0..bytes.len()).map(|at| at..at + 1).collect()];
    }
    for cut in cuts {
        let mut parts = 2;
        loop {
            let pieces = cut(&best);
            let long = pieces.len().div_ceil(parts).max(1);
            let mut dropped = false;
            let mut at = 0;
            // From the end, so that the pieces before stay where they are.
            let chunks: Vec<&[Piece]> = pieces.chunks(long).collect();
            while at < chunks.len() && began.elapsed() < time {
                let chunk = chunks[chunks.len() - 1 - at];
                at += 1;
                let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
                    continue;
                };
                let mut tried = best.clone();
                drop(tried.drain(first.start..last.end));
                farm::write(path, &tried)?;
                if happens()? {
                    best = tried;
                    dropped = true;
                }
            }
            if began.elapsed() >= time || (long == 1 && !dropped) {
                break;
            }
            if !dropped || long > 1 {
                parts = (parts * 2).min(best.len().max(2));
            }
        }
    }
    farm::write(path, &best)?;
    Ok(best.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left is what the fault needs: here the two words that must both be there.
    #[test]
    fn only_what_is_needed_is_left() {
        let path = std::env::temp_dir().join(format!("halle-fuzz-minimise-{}", std::process::id()));
        let text: String = (0..200).map(|n| format!("line {n} of many\n")).collect();
        std::fs::write(&path, text).unwrap();
        let file = path.clone();
        let mut happens = || {
            let text = std::fs::read_to_string(&file).unwrap();
            Ok(text.contains("line 17 ") && text.contains("183"))
        };
        let size = minimise(&path, true, Duration::from_secs(60), &mut happens).unwrap();
        let left = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let words: Vec<&str> = left.split_whitespace().collect();
        assert!(words.contains(&"17") && words.contains(&"183"), "{left}");
        assert_eq!((size, words.len() <= 3), (left.len(), true), "{left}");
    }
}
