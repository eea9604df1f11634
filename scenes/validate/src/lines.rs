//! On which line of a text layer a prim or property is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Largest layer that is searched \[bytes\].
const LIMIT: u64 = 64 << 20;

/// Texts of layers that were asked about.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    layers: BTreeMap<String, Option<Vec<u8>>>,
}

impl Lines {
    /// The line of a prim in a layer, or of one of its properties; the first line is 1.
    ///
    /// The path is that of the spec in the layer. `None` for binary layers and where nothing is
    /// found.
    pub(crate) fn find(&mut self, layer: &str, prim: &str, property: &str) -> Option<usize> {
        let text = self
            .layers
            .entry(layer.to_owned())
            .or_insert_with(|| read(layer));
        locate(text.as_deref()?, prim, property)
    }
}

fn read(layer: &str) -> Option<Vec<u8>> {
    let path = Path::new(layer);
    let size = fs::metadata(path).ok()?.len();
    let text = (size <= LIMIT).then(|| fs::read(path).ok()).flatten()?;
    let body = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    body.starts_with(b"#usda").then_some(text)
}

/// Names of a path without variant selections.
fn names(path: &str) -> Vec<String> {
    let mut plain = String::with_capacity(path.len());
    let mut depth = 0_usize;
    for c in path.chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                // What follows a selection is a child, also without a slash.
                plain.push('/');
            }
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let parts = plain.split('/').filter(|p| !p.is_empty());
    parts.map(str::to_owned).collect()
}

/// A walk over the text of a layer.
struct Walk<'t> {
    text: &'t [u8],
    at: usize,
    line: usize,
}

/// What the walk meets.
enum Piece<'t> {
    Word(&'t [u8]),
    Text(&'t [u8]),
    Mark(u8),
}

fn locate(text: &[u8], prim: &str, property: &str) -> Option<usize> {
    let wanted = names(prim);
    let mut walk = Walk {
        text,
        at: 0,
        line: 1,
    };
    // One entry per open brace: the prim that it opens, if it opens one.
    let mut open: Vec<Option<String>> = Vec::new();
    let mut here: Vec<String> = Vec::new();
    let mut coming: Option<(Option<String>, usize)> = None;
    let mut parens = 0_usize;
    let mut found = wanted.is_empty().then_some(1);
    while let Some((piece, line)) = walk.next() {
        let inside = found.is_some() && (coming.is_some() || here == wanted || wanted.is_empty());
        match piece {
            Piece::Word(b"def" | b"over" | b"class") if parens == 0 => coming = Some((None, line)),
            Piece::Text(name) if parens == 0 && matches!(coming, Some((None, _))) => {
                let name = String::from_utf8_lossy(name).into_owned();
                let line = coming.take().map_or(line, |c| c.1);
                let arrives = here.iter().chain([&name]).eq(wanted.iter());
                coming = Some((Some(name), line));
                if arrives && found.is_none() {
                    found = Some(line);
                    if property.is_empty() {
                        return found;
                    }
                }
            }
            Piece::Word(word) if inside && says(word, property) => return Some(line),
            Piece::Mark(b'(') => parens += 1,
            Piece::Mark(b')') => parens = parens.saturating_sub(1),
            Piece::Mark(b'{') if parens == 0 => {
                let name = coming.take().and_then(|c| c.0);
                here.extend(name.clone());
                open.push(name);
            }
            Piece::Mark(b'}') if parens == 0 && open.pop().flatten().is_some() => {
                if found.is_some() && here == wanted {
                    return found;
                }
                here.pop();
            }
            _ => {}
        }
    }
    found
}

/// Whether a word names a property, or a part of it such as its time samples.
fn says(word: &[u8], property: &str) -> bool {
    let rest = word.strip_prefix(property.as_bytes());
    !property.is_empty() && rest.is_some_and(|r| r.is_empty() || r[0] == b'.')
}

impl<'t> Walk<'t> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.line += usize::from(self.peek(0) == b'\n');
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<(Piece<'t>, usize)> {
        while self.at < self.text.len() {
            let (line, c) = (self.line, self.peek(0));
            match c {
                b'#' => {
                    while self.at < self.text.len() && self.peek(0) != b'\n' {
                        self.skip(1);
                    }
                }
                b'"' | b'\'' => return Some((Piece::Text(self.quoted(c)), line)),
                b'@' => {
                    self.skip(1);
                    while self.at < self.text.len() && self.peek(0) != b'@' {
                        self.skip(1);
                    }
                    self.skip(1);
                }
                b'{' | b'}' | b'(' | b')' => {
                    self.skip(1);
                    return Some((Piece::Mark(c), line));
                }
                c if word(c) => {
                    let start = self.at;
                    while self.at < self.text.len() && word(self.peek(0)) {
                        self.skip(1);
                    }
                    return Some((Piece::Word(&self.text[start..self.at]), line));
                }
                _ => self.skip(1),
            }
        }
        None
    }

    fn quoted(&mut self, quote: u8) -> &'t [u8] {
        let long = self.peek(1) == quote && self.peek(2) == quote;
        let width = if long { 3 } else { 1 };
        self.skip(width);
        let start = self.at;
        while self.at < self.text.len() {
            let ends = (0..width).all(|k| self.peek(k) == quote);
            if ends {
                break;
            }
            self.skip(if self.peek(0) == b'\\' { 2 } else { 1 });
        }
        let end = self.at.min(self.text.len());
        self.skip(width);
        &self.text[start..end]
    }
}

fn word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'_' | b':' | b'.') || c >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: &str = r#"#usda 1.0
(
    doc = "def Xform \"Cell\" { }"
    metersPerUnit = 1
)

def Xform "Cell" (
    references = @a{b.usda@
)
{
    # def Xform "Box"
    def Cube "Box"
    {
        double size = 2
        float physics:mass.timeSamples = {
            0: 1,
        }
    }
    variantSet "kind" = {
        "big" {
            over "Box"
            {
                double size = 3
            }
        }
    }
}

over "Cell2"
{
    over "Box"
    {
        double size = 4
    }
}
"#;

    /// Lines as counted by hand; strings, comments and asset paths do not mislead.
    #[test]
    fn found_by_hand() {
        let line = |prim, property| locate(LAYER.as_bytes(), prim, property);
        assert_eq!(line("/Cell", ""), Some(7));
        assert_eq!(line("/Cell", "references"), Some(8));
        assert_eq!(line("/Cell/Box", ""), Some(12));
        assert_eq!(line("/Cell/Box", "size"), Some(14));
        assert_eq!(line("/Cell/Box", "physics:mass"), Some(15));
        assert_eq!(line("/Cell2/Box", "size"), Some(33));
        assert_eq!(line("/Cell{kind=big}Box", ""), Some(12));
        assert_eq!(line("/", "metersPerUnit"), Some(4));
        assert_eq!(line("/Cell/Box", "radius"), Some(12));
        assert_eq!(line("/Nowhere", ""), None);
    }

    /// Texts that end too early end the search.
    #[test]
    fn cut_short() {
        for end in 0..LAYER.len() {
            locate(&LAYER.as_bytes()[..end], "/Cell2/Box", "size");
        }
    }
}
