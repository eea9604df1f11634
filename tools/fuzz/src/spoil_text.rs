//! Spoils text by what it is made of.

use crate::format::{Form, NUMBERS, PATHS};
use crate::pieces::{Piece, blocks, is_number, is_quoted, lines, tokens};
use crate::random::Random;

/// Deepest nesting that is tried.
const DEEPEST: usize = 40_000;
/// Most copies of one piece.
const MOST_COPIES: usize = 20_000;

/// Spoils a text once. `other` is a second text of the same form to take from.
pub(crate) fn spoil(
    form: Form,
    text: &mut Vec<u8>,
    other: &[u8],
    limit: usize,
    random: &mut Random,
) {
    let mut way = random.below(22);
    // Most cases of XML stay well-formed, or nothing but its parser is tried.
    while form.is_xml() && matches!(way, 4..=7 | 19 | 20) && !random.once_in(6) {
        way = random.below(22);
    }
    match way {
        0..=3 => number(text, random),
        4 | 5 => token_by_token(text, random),
        6 => token_by_word(form, text, random),
        7 => drop_tokens(text, random),
        8 | 9 => copy_block(form, text, random),
        10 => drop_block(form, text, random),
        11 => swap_blocks(form, text, random),
        12 | 13 => snippet(form, text, random),
        14 | 15 => path(text, random),
        16 | 17 => string_by_string(form, text, random),
        18 => graft(form, text, other, random),
        19 => swap_lines(text, random),
        20 => {
            let at = random.below(text.len() + 1);
            text.truncate(at);
        }
        _ if random.once_in(3) => nest(form, text, limit, random),
        _ => repeat(form, text, limit, random),
    }
    text.truncate(limit);
}

fn replace(text: &mut Vec<u8>, piece: Piece, by: impl IntoIterator<Item = u8>) {
    drop(text.splice(piece, by));
}

fn token_where(text: &[u8], random: &mut Random, wanted: fn(&[u8]) -> bool) -> Option<Piece> {
    let all = tokens(text);
    let found: Vec<Piece> = all
        .into_iter()
        .filter(|t| wanted(&text[t.clone()]))
        .collect();
    random.pick(&found).cloned()
}

/// A number becomes one at which arithmetic ends.
fn number(text: &mut Vec<u8>, random: &mut Random) {
    if let (Some(token), Some(by)) = (token_where(text, random, is_number), random.pick(NUMBERS)) {
        replace(text, token, by.bytes());
    }
}

fn token_by_token(text: &mut Vec<u8>, random: &mut Random) {
    let all = tokens(text);
    if let (Some(one), Some(by)) = (random.pick(&all), random.pick(&all)) {
        let by = text[by.clone()].to_vec();
        replace(text, one.clone(), by);
    }
}

fn token_by_word(form: Form, text: &mut Vec<u8>, random: &mut Random) {
    let all = tokens(text);
    if let (Some(one), Some(by)) = (random.pick(&all), random.pick(form.words().tokens)) {
        replace(text, one.clone(), by.bytes());
    }
}

fn drop_tokens(text: &mut Vec<u8>, random: &mut Random) {
    let all = tokens(text);
    let first = random.below(all.len());
    let last = (first + random.below(4)).min(all.len().saturating_sub(1));
    if let (Some(first), Some(last)) = (all.get(first), all.get(last)) {
        replace(text, first.start..last.end, []);
    }
}

/// Blocks, and lines where there are none.
fn parts(form: Form, text: &[u8]) -> Vec<Piece> {
    let found = blocks(text, form.is_xml());
    if found.is_empty() { lines(text) } else { found }
}

/// A copy of a block goes behind itself, into itself, or to another block.
fn copy_block(form: Form, text: &mut Vec<u8>, random: &mut Random) {
    let all = parts(form, text);
    let (Some(block), Some(host)) = (random.pick(&all), random.pick(&all)) else {
        return;
    };
    let copy = text[block.clone()].to_vec();
    let at = match random.below(3) {
        0 => block.end,
        1 => inside(text, block),
        _ => inside(text, host),
    };
    replace(text, at..at, copy);
}

/// The place behind what opens a block.
fn inside(text: &[u8], block: &Piece) -> usize {
    let opens = |b: &u8| matches!(b, b'{' | b'[' | b'(' | b'>');
    let at = text[block.clone()].iter().position(opens);
    at.map_or(block.end, |n| block.start + n + 1)
}

fn drop_block(form: Form, text: &mut Vec<u8>, random: &mut Random) {
    let all = parts(form, text);
    // One that holds most of the file leaves nothing to read.
    let small: Vec<&Piece> = all.iter().filter(|b| b.len() * 2 < text.len()).collect();
    if let Some(block) = random.pick(&small) {
        replace(text, (*block).clone(), []);
    }
}

fn swap_blocks(form: Form, text: &mut Vec<u8>, random: &mut Random) {
    let all = parts(form, text);
    let (Some(one), Some(two)) = (random.pick(&all), random.pick(&all)) else {
        return;
    };
    let (first, second) = if one.start < two.start {
        (one, two)
    } else {
        (two, one)
    };
    if first.end <= second.start {
        let (a, b) = (text[first.clone()].to_vec(), text[second.clone()].to_vec());
        replace(text, second.clone(), a);
        replace(text, first.clone(), b);
    }
}

/// A line that hurts goes to the start of a line or into a block.
fn snippet(form: Form, text: &mut Vec<u8>, random: &mut Random) {
    let Some(words) = random.pick(form.words().snippets) else {
        return;
    };
    let at = if random.once_in(2) {
        random.pick(&lines(text)).map_or(0, |l| l.start)
    } else {
        let all = parts(form, text);
        random.pick(&all).map_or(0, |b| inside(text, b))
    };
    let end = if form == Form::Gltf { "" } else { "\n" };
    replace(text, at..at, format!("{end}{words}{end}").bytes());
}

/// What a string says becomes a path at which files end.
fn path(text: &mut Vec<u8>, random: &mut Random) {
    if let (Some(token), Some(by)) = (token_where(text, random, is_quoted), random.pick(PATHS)) {
        replace(text, token.start + 1..token.end - 1, by.bytes());
    }
}

/// A string, or a path in angle brackets, takes the words of another: so circles close.
fn string_by_string(form: Form, text: &mut Vec<u8>, random: &mut Random) {
    let strings: Vec<Piece> = if form.is_xml() || random.once_in(2) {
        let all = tokens(text);
        all.into_iter()
            .filter(|t| is_quoted(&text[t.clone()]))
            .collect()
    } else {
        angled(text)
    };
    if let (Some(one), Some(by)) = (random.pick(&strings), random.pick(&strings)) {
        let by = text[by.start + 1..by.end - 1].to_vec();
        replace(text, one.start + 1..one.end - 1, by);
    }
}

/// `<path>` as USD writes them.
fn angled(text: &[u8]) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut open = None;
    for (at, byte) in text.iter().enumerate() {
        match (byte, open) {
            (b'<', _) => open = Some(at),
            (b'>', Some(start)) => {
                found.push(start..at + 1);
                open = None;
            }
            (b'\n', _) => open = None,
            _ => {}
        }
    }
    found
}

/// A block of another file takes the place of one here.
fn graft(form: Form, text: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let (here, there) = (parts(form, text), parts(form, other));
    if let (Some(here), Some(there)) = (random.pick(&here), random.pick(&there)) {
        let at = if random.once_in(2) {
            here.clone()
        } else {
            here.end..here.end
        };
        replace(text, at, other[there.clone()].iter().copied());
    }
}

fn swap_lines(text: &mut [u8], random: &mut Random) {
    let all = lines(text);
    if let (Some(one), Some(two)) = (random.pick(&all), random.pick(&all)) {
        let (first, second) = if one.start < two.start {
            (one, two)
        } else {
            (two, one)
        };
        if first.end <= second.start {
            text[first.start..second.end].rotate_left(first.len());
        }
    }
}

/// Opens a level very often, with or without closing it.
fn nest(form: Form, text: &mut Vec<u8>, limit: usize, random: &mut Random) {
    let Some((open, close)) = random.pick(form.words().nests) else {
        return;
    };
    let room = limit.saturating_sub(text.len()) / (open.len() + close.len());
    let count = random.count(DEEPEST).min(room);
    let all = lines(text);
    let at = random.pick(&all).map_or(0, |l| l.start);
    let mut grown = open.repeat(count);
    match random.below(3) {
        0 => {}
        1 => grown += &close.repeat(count),
        _ => {
            // Around the rest of the file.
            text.extend(close.repeat(count).bytes());
        }
    }
    replace(text, at..at, grown.into_bytes());
}

/// Writes one piece very often.
fn repeat(form: Form, text: &mut Vec<u8>, limit: usize, random: &mut Random) {
    let all = match random.below(3) {
        0 => tokens(text),
        1 => lines(text),
        _ => parts(form, text),
    };
    if let Some(piece) = random.pick(&all).cloned() {
        let mut copy = text[piece.clone()].to_vec();
        copy.push(b' ');
        let room = limit.saturating_sub(text.len()) / copy.len();
        let copies = copy.repeat(random.count(MOST_COPIES).min(room));
        replace(text, piece.end..piece.end, copies);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is drawn, the text stays within its limit, and the same draw gives the same text.
    #[test]
    fn every_way_keeps_the_limit() {
        let seed = b"def A \"b\" (x = @p@) {\n  int a = 1\n  rel r = </A/B>\n}\ndef C { }\n";
        let mut different = 0;
        for case in 0..3000 {
            let spoiled = [0, 1].map(|_| {
                let mut text = seed.to_vec();
                spoil(
                    Form::UsdText,
                    &mut text,
                    seed,
                    5000,
                    &mut Random::new(3, case),
                );
                text
            });
            assert!(
                spoiled[0].len() <= 5000,
                "case {case} has {}",
                spoiled[0].len()
            );
            assert_eq!(spoiled[0], spoiled[1]);
            different += usize::from(spoiled[0] != seed);
        }
        assert!(different > 2000, "only {different} of 3000 differ");
    }

    /// Files without any token are no reason to stop.
    #[test]
    fn empty_text() {
        for case in 0..500 {
            let mut text = Vec::new();
            spoil(Form::Urdf, &mut text, b"", 1000, &mut Random::new(0, case));
        }
    }
}
