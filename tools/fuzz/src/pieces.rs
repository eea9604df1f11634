//! A text taken apart: its tokens, and the blocks that stand inside each other.

use std::ops::Range;

/// What closes a block is compared with so many that are open, so that spoilt text takes no longer
/// than sound text.
const NEAR: usize = 16;

/// A piece of a text, in bytes.
pub(crate) type Piece = Range<usize>;

/// Words, numbers, quoted strings and single signs; blanks are between them.
pub(crate) fn tokens(text: &[u8]) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        let end = match byte {
            _ if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'"' | b'\'' | b'@' => quoted(text, at),
            _ if is_word(byte) => {
                let rest = text[at..].iter().position(|b| !is_word(*b));
                rest.map_or(text.len(), |n| at + n)
            }
            _ => at + 1,
        };
        found.push(at..end);
        at = end;
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'+' | b'-' | b':') || byte >= 0x80
}

/// End of a quoted string that does not leave its line; a lonely quote is a sign.
fn quoted(text: &[u8], at: usize) -> usize {
    let quote = text[at];
    let inside = text[at + 1..]
        .iter()
        .position(|b| *b == quote || *b == b'\n');
    match inside {
        Some(n) if text[at + 1 + n] == quote => at + n + 2,
        _ => at + 1,
    }
}

/// Whether a token begins like a number.
pub(crate) fn is_number(token: &[u8]) -> bool {
    let digits = token.strip_prefix(b"-").unwrap_or(token);
    digits.first().is_some_and(u8::is_ascii_digit)
}

/// Whether a token is a quoted string.
pub(crate) fn is_quoted(token: &[u8]) -> bool {
    token.len() >= 2 && matches!(token[0], b'"' | b'\'' | b'@') && token.last() == token.first()
}

/// Blocks with what opens and closes them: elements of XML, or pairs of brackets with the words
/// before them on their line.
pub(crate) fn blocks(text: &[u8], xml: bool) -> Vec<Piece> {
    if xml { elements(text) } else { brackets(text) }
}

fn brackets(text: &[u8]) -> Vec<Piece> {
    // Sign, its place, and the start of its line.
    let mut open: Vec<(u8, usize, usize)> = Vec::new();
    let mut found = Vec::new();
    let (mut line, mut seen) = (0, 0);
    for token in tokens(text) {
        let newline = text[seen..token.start].iter().rposition(|b| *b == b'\n');
        line = newline.map_or(line, |n| seen + n + 1);
        seen = token.start;
        match text[token.start] {
            sign @ (b'{' | b'[' | b'(') => open.push((sign, token.start, line)),
            closing @ (b'}' | b']' | b')') => {
                let matching = if closing == b')' { b'(' } else { closing - 2 };
                let near = open.iter().rev().take(NEAR);
                let Some(back) = near.map(|o| o.0).position(|sign| sign == matching) else {
                    continue;
                };
                let at = open.len() - 1 - back;
                let (_, sign, line) = open[at];
                open.truncate(at);
                // Brackets of values are blocks without what is before them.
                let start = if closing == b'}' { line } else { sign };
                found.push(start..token.end);
            }
            _ => {}
        }
    }
    found
}

fn elements(text: &[u8]) -> Vec<Piece> {
    let mut open: Vec<(&[u8], usize)> = Vec::new();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].iter().position(|b| *b == b'<').map(|n| at + n) {
        let Some(end) = text[start..].iter().position(|b| *b == b'>') else {
            break;
        };
        let end = start + end + 1;
        at = end;
        let inside = &text[start + 1..end - 1];
        let closes = inside.first() == Some(&b'/');
        let name = inside.strip_prefix(b"/").unwrap_or(inside);
        let long = name.iter().position(|b| !is_word(*b)).unwrap_or(name.len());
        let name = &name[..long];
        if name.is_empty() {
            continue;
        }
        if closes {
            let near = open.iter().rev().take(NEAR);
            if let Some(back) = near.map(|o| o.0).position(|known| known == name) {
                let place = open.len() - 1 - back;
                found.push(open[place].1..end);
                open.truncate(place);
            }
        } else if inside.last() == Some(&b'/') {
            found.push(start..end);
        } else {
            open.push((name, start));
        }
    }
    found
}

/// Lines with their ends.
pub(crate) fn lines(text: &[u8]) -> Vec<Piece> {
    let mut at = 0;
    let long = text.split_inclusive(|b| *b == b'\n').map(<[u8]>::len);
    long.map(|n| {
        at += n;
        at - n..at
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'t>(text: &'t str, pieces: &[Piece]) -> Vec<&'t str> {
        pieces.iter().map(|p| &text[p.clone()]).collect()
    }

    #[test]
    fn words_numbers_strings_and_signs() {
        let text = "def A \"b c\" (x = @p@) -1.5e3 \"open\n";
        let found = texts(text, &tokens(text.as_bytes()));
        let wanted = [
            "def", "A", "\"b c\"", "(", "x", "=", "@p@", ")", "-1.5e3", "\"", "open",
        ];
        assert_eq!(found, wanted);
        assert!(is_number(b"-1.5e3") && !is_number(b"A") && is_quoted(b"@p@") && !is_quoted(b"\""));
    }

    /// Inner blocks come first; a bracket that nothing closes makes none.
    #[test]
    fn brackets_nest() {
        let text = "a\ndef B {\n c = [1, (2)]\n}\n(";
        let found = texts(text, &blocks(text.as_bytes(), false));
        assert_eq!(found, ["(2)", "[1, (2)]", "def B {\n c = [1, (2)]\n}"]);
    }

    /// Pieces of a megabyte without lines or order are found in a moment: time grows with the size.
    #[test]
    fn long_lines() {
        let start = std::time::Instant::now();
        for text in ["{}", "[)", "}{", "<a>", "</a>", "\"'", "<a></b>"] {
            let text = text.repeat(500_000 / text.len());
            for xml in [false, true] {
                drop(blocks(text.as_bytes(), xml));
            }
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }

    #[test]
    fn elements_nest() {
        let text = "<a><b x='1'/><c>t</c></a><d>";
        let found = texts(text, &blocks(text.as_bytes(), true));
        assert_eq!(
            found,
            ["<b x='1'/>", "<c>t</c>", "<a><b x='1'/><c>t</c></a>"]
        );
    }
}
