//! What MuJoCo's XML parser forgives and the XML standard does not.
//!
//! Attributes that touch (`a="1"b="2"`), an ampersand that starts no entity, and double hyphens in
//! comments occur in published models.

/// A text that a strict parser takes, and the way back to the author's.
pub(crate) struct Repaired {
    /// The text with comments blanked and gaps added.
    pub(crate) text: String,
    /// Offset in `text` of each insertion, ascending, and number of bytes inserted up to its end.
    added: Vec<(usize, usize)>,
    /// Whether something was wrong.
    pub(crate) forgiven: bool,
    /// Offsets in the author's text at which lines start.
    lines: Vec<usize>,
    /// Characters that start in each block of the author's text and before it: a column in a
    /// line of a megabyte is found without walking along the line.
    characters: Vec<usize>,
    /// The author's text.
    original: String,
}

/// Bytes of a block whose characters are counted once.
const BLOCK: usize = 256;

impl Repaired {
    /// Line and column, from one, in the author's text of an offset in the repaired one.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.added.partition_point(|(at, _)| *at < offset);
        let shift = before.checked_sub(1).map_or(0, |last| self.added[last].1);
        let at = offset.saturating_sub(shift).min(self.original.len());
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines[line - 1];
        let column = self.characters_before(at) - self.characters_before(start) + 1;
        (line, column)
    }

    /// Number of characters that start before an offset of the author's text.
    fn characters_before(&self, at: usize) -> usize {
        let block = at / BLOCK;
        let before = block.checked_sub(1).map_or(0, |k| self.characters[k]);
        before + starts(&self.original.as_bytes()[block * BLOCK..at])
    }

    /// As [`Self::position`], from line and column in the repaired text.
    pub(crate) fn position_of(&self, row: usize, column: usize) -> (usize, usize) {
        let start = self
            .text
            .split_inclusive('\n')
            .take(row.saturating_sub(1))
            .map(str::len)
            .sum::<usize>();
        let line = &self.text[start..];
        let within = line.char_indices().nth(column.saturating_sub(1));
        self.position(start + within.map_or(line.len(), |(at, _)| at))
    }
}

/// Number of characters that start in a piece of a text.
fn starts(piece: &[u8]) -> usize {
    piece.iter().filter(|b| **b & 0xC0 != 0x80).count()
}

/// Makes a text fit for a strict parser.
pub(crate) fn repair(original: String) -> Repaired {
    let bytes = original.as_bytes();
    let mut made: Vec<u8> = Vec::with_capacity(bytes.len() + 16);
    let mut added: Vec<(usize, usize)> = Vec::new();
    let mut forgiven = false;
    let (mut at, mut in_tag, mut quote) = (0, false, None);
    while at < bytes.len() {
        let rest = &bytes[at..];
        if quote.is_none() && !in_tag {
            if rest.starts_with(b"<!--") {
                let end = find(&rest[4..], b"-->").map_or(rest.len(), |k| k + 7);
                // An unfinished comment stays as it is, for the parser to name.
                let finished = rest[..end].ends_with(b"-->") && end >= 7;
                let blank = |b: &u8| if *b == b'\n' || !finished { *b } else { b' ' };
                made.extend(rest[..end].iter().map(blank));
                at += end;
                continue;
            }
            let whole = [(&b"<![CDATA["[..], &b"]]>"[..]), (b"<?", b"?>")];
            if let Some((_, close)) = whole.iter().find(|(open, _)| rest.starts_with(open)) {
                let end = find(rest, close).map_or(rest.len(), |k| k + close.len());
                made.extend_from_slice(&rest[..end]);
                at += end;
                continue;
            }
        }
        let byte = bytes[at];
        at += 1;
        made.push(byte);
        match (byte, quote) {
            (b'&', _) if !starts_entity(&bytes[at..]) => {
                made.extend_from_slice(b"amp;");
                add(&mut added, made.len(), 4);
                forgiven = true;
            }
            (b'"' | b'\'', None) if in_tag => quote = Some(byte),
            (_, Some(open)) if byte == open => {
                quote = None;
                if bytes
                    .get(at)
                    .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
                {
                    made.push(b' ');
                    add(&mut added, made.len(), 1);
                    forgiven = true;
                }
            }
            (b'<', None) => in_tag = true,
            (b'>', None) => in_tag = false,
            _ => {}
        }
    }
    let newlines = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n');
    let lines = std::iter::once(0)
        .chain(newlines.map(|(k, _)| k + 1))
        .collect();
    let counted = bytes.chunks(BLOCK).scan(0, |sum, block| {
        *sum += starts(block);
        Some(*sum)
    });
    let characters = counted.collect();
    Repaired {
        text: String::from_utf8_lossy(&made).into_owned(),
        added,
        forgiven,
        lines,
        characters,
        original,
    }
}

/// Notes that `count` bytes were inserted last.
fn add(added: &mut Vec<(usize, usize)>, end: usize, count: usize) {
    let before = added.last().map_or(0, |(_, sum)| *sum);
    added.push((end - count, before + count));
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

/// Whether a predefined entity or a character reference follows an ampersand.
fn starts_entity(rest: &[u8]) -> bool {
    let named = [&b"lt;"[..], b"gt;", b"amp;", b"quot;", b"apos;"];
    if named.iter().any(|n| rest.starts_with(n)) {
        return true;
    }
    let digits = rest.strip_prefix(b"#").unwrap_or(&[]);
    let digits = digits.strip_prefix(b"x").unwrap_or(digits);
    let length = digits.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    length > 0 && digits.get(length) == Some(&b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each fault that is forgiven comes out as XML, and positions are those of the author.
    #[test]
    fn forgives_what_mujoco_forgives() {
        let fixed = repair("<a>\n<!-- -- x -- --><b n=\"1\"m=\"t&u\" k=\"&lt;\"/></a>".to_owned());
        assert!(fixed.forgiven);
        assert!(fixed.text.contains(r#"<b n="1" m="t&amp;u" k="&lt;"/>"#));
        let k = fixed.text.find("k=").unwrap();
        assert_eq!(fixed.position(k), (2, 33));
        assert_eq!(fixed.position(0), (1, 1));
    }

    /// Columns count characters of the author's text, however long the line is and whatever was
    /// inserted before: here a block of 256 bytes ends inside of a character of three.
    #[test]
    fn columns_of_long_lines() {
        let text = format!("<a>\n<b n=\"{}\"m=\"&\"/><c/></a>", "\u{20AC}".repeat(300));
        let fixed = repair(text.clone());
        let at = fixed.text.find("<c/>").unwrap();
        let line = text.lines().nth(1).unwrap();
        let column = line[..line.find("<c/>").unwrap()].chars().count() + 1;
        assert_eq!(fixed.position(at), (2, column));
        assert_eq!(fixed.position(fixed.text.len()).0, 2);
    }

    /// A text without faults is left alone.
    #[test]
    fn leaves_good_text_alone() {
        let text = "<?xml version=\"1.0\"?><a t='x\"y'>\n<![CDATA[ & <b ]]></a>";
        let fixed = repair(text.to_owned());
        assert!(!fixed.forgiven);
        assert_eq!(fixed.text, text);
    }
}
