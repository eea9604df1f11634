//! The words of USD's text format: padding, identifiers, numbers, strings, asset paths.

/// Where a text departs from the format, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Byte offset into the text.
    pub(crate) offset: usize,
    /// What is wrong, lower case.
    pub(crate) what: String,
}

/// Result of reading a piece of text.
pub(super) type Read<T> = Result<T, Fault>;

/// Words that name no type and no value.
const KEYWORDS: &[&str] = &[
    "add",
    "AnimationBlock",
    "append",
    "bezier",
    "class",
    "config",
    "connect",
    "curve",
    "custom",
    "customData",
    "default",
    "def",
    "delete",
    "dictionary",
    "displayUnit",
    "doc",
    "held",
    "hermite",
    "inherits",
    "kind",
    "linear",
    "loop",
    "nameChildren",
    "None",
    "none",
    "offset",
    "oscillate",
    "over",
    "payload",
    "permission",
    "post",
    "pre",
    "prefixSubstitutions",
    "prepend",
    "properties",
    "references",
    "relocates",
    "rel",
    "reorder",
    "rootPrims",
    "repeat",
    "reset",
    "scale",
    "sloped",
    "subLayers",
    "suffixSubstitutions",
    "specializes",
    "spline",
    "symmetryArguments",
    "symmetryFunction",
    "timeSamples",
    "uniform",
    "variantSet",
    "variantSets",
    "variants",
    "varying",
];

/// A change to be made to the text: the bytes of a span and what stands there instead.
pub(super) type Change = (usize, usize, String);

/// How far padding may reach.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pad {
    /// Blanks and `/* */`.
    Inline,
    /// Also `#` and `//` comments, not the end of their line.
    Line,
    /// Also line ends.
    Lines,
}

/// A reading position in a text, and the changes found so far.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// Changes in the order of the text.
    pub(super) changes: Vec<Change>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        let changes = Vec::new();
        Self { text, at, changes }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
        // Comments behind the mark are met again.
        while self.changes.last().is_some_and(|change| change.0 >= at) {
            self.changes.pop();
        }
    }

    pub(super) fn fault<T>(&self, what: impl Into<String>) -> Read<T> {
        Err(Fault {
            offset: self.at,
            what: what.into(),
        })
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn change(&mut self, start: usize, with: impl Into<String>) {
        self.changes.push((start, self.at, with.into()));
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, byte: u8) -> Read<()> {
        if self.eat(byte) {
            Ok(())
        } else {
            self.fault(format!("expected `{}`", char::from(byte)))
        }
    }

    /// Skips padding; whether there was any.
    pub(super) fn pad(&mut self, reach: Pad) -> bool {
        let start = self.at;
        loop {
            let rest = self.rest().as_bytes();
            match rest {
                [b' ' | b'\t', ..] => self.at += 1,
                [b'\r' | b'\n', ..] if reach == Pad::Lines => self.at += 1,
                [b'/', b'*', ..] => {
                    let Some(end) = self.rest()[2..].find("*/") else {
                        break;
                    };
                    let from = self.at;
                    self.at += end + 4;
                    // Line ends stay, so that later faults keep their lines.
                    let kept = |c: char| if matches!(c, '\r' | '\n') { c } else { ' ' };
                    let blank = self.since(from).chars().map(kept).collect::<String>();
                    self.change(from, blank);
                }
                [b'#', ..] if reach != Pad::Inline => self.skip_line(),
                [b'/', b'/', ..] if reach != Pad::Inline => {
                    let from = self.at;
                    self.at += 2;
                    self.change(from, "# ");
                    self.skip_line();
                }
                _ => break,
            }
        }
        self.at > start
    }

    fn skip_line(&mut self) {
        let rest = self.rest();
        let end = rest.find('\n').unwrap_or(rest.len());
        self.at += rest[..end].strip_suffix('\r').unwrap_or(&rest[..end]).len();
    }

    /// Padding that holds at least one blank.
    pub(super) fn space(&mut self) -> Read<()> {
        let start = self.at;
        self.pad(Pad::Inline);
        let mut bytes = self.since(start).bytes();
        let mut depth = false;
        let mut last = 0;
        // A blank inside a comment does not separate.
        let blank = bytes.any(|byte| {
            match (last, byte) {
                (b'/', b'*') => depth = true,
                (b'*', b'/') => depth = false,
                _ => {}
            }
            last = byte;
            !depth && matches!(byte, b' ' | b'\t')
        });
        if blank {
            Ok(())
        } else {
            self.fault("expected a blank")
        }
    }

    pub(super) fn assignment(&mut self) -> Read<()> {
        self.pad(Pad::Inline);
        self.expect(b'=')?;
        self.pad(Pad::Inline);
        Ok(())
    }

    /// The identifier here, if there is one; keywords too.
    pub(super) fn identifier(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let mut end = 0;
        for (k, c) in rest.char_indices() {
            let fits = if k == 0 {
                starts_name(c)
            } else {
                continues_name(c)
            };
            if !fits {
                break;
            }
            end = k + c.len_utf8();
        }
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }

    /// Eats the word if it stands here as a whole.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let start = self.at;
        let found = self.identifier() == Some(word);
        if !found {
            self.at = start;
        }
        found
    }

    /// A name that is no keyword, with `::` between parts.
    pub(super) fn plain_name(&mut self) -> Option<&'a str> {
        let start = self.at;
        loop {
            let part = self.at;
            if self
                .identifier()
                .is_none_or(|name| KEYWORDS.contains(&name))
            {
                // A keyword may not take part; what came before it may stand.
                self.at = if part == start { start } else { part - 2 };
                break;
            }
            if !self.rest().starts_with("::") {
                break;
            }
            self.at += 2;
        }
        (self.at > start).then(|| self.since(start))
    }

    /// A property name: identifiers with `:` between them.
    pub(super) fn property_name(&mut self) -> Read<&'a str> {
        let start = self.at;
        if self.identifier().is_none() {
            return self.fault("expected a property name");
        }
        loop {
            let end = self.at;
            if !self.eat(b':') || self.identifier().is_none() {
                self.at = end;
                return Ok(self.since(start));
            }
        }
    }

    /// A number, `inf` or `nan`, as written.
    pub(super) fn number(&mut self) -> Read<Option<&'a str>> {
        let start = self.at;
        if self.word("nan") {
            return Ok(Some(self.since(start)));
        }
        self.eat(b'-');
        if self.word("inf") {
            return Ok(Some(self.since(start)));
        }
        let whole = self.digits();
        let fraction = if self.eat(b'.') {
            let found = self.digits();
            if !whole && !found {
                return self.fault("expected a digit");
            }
            found
        } else {
            false
        };
        if !whole && !fraction {
            self.at = start;
            return Ok(None);
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            if !self.digits() {
                return self.fault("expected a digit");
            }
        }
        Ok(Some(self.since(start)))
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > start
    }

    /// A quoted string: what stands between the quotes, escapes as written.
    pub(super) fn string(&mut self) -> Read<Option<&'a str>> {
        let Some(quote) = self.peek().filter(|byte| matches!(byte, b'"' | b'\'')) else {
            return Ok(None);
        };
        let start = self.at;
        let triple = [quote; 3];
        let many = self.rest().as_bytes().starts_with(&triple);
        let close: &[u8] = if many { &triple } else { &triple[..1] };
        let mut at = start + close.len();
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(at..) {
                None | Some([]) => return self.fault("string has no end"),
                Some([b'\r' | b'\n', ..]) if !many => {
                    return self.fault("string has no end on its line");
                }
                Some(rest) if rest.starts_with(close) => break,
                Some([b'\\', next, ..]) if *next == b'\\' || *next == quote => at += 2,
                Some(_) => at += 1,
            }
        }
        self.at = at + close.len();
        let body = &self.text[start + close.len()..at];
        if many && body.contains(char::from(quote)) {
            self.requote(start, body);
        }
        Ok(Some(body))
    }

    /// Writes a long string with quotes in it as a short one, which the reader behind takes apart
    /// without doubt.
    fn requote(&mut self, start: usize, body: &str) {
        let mut out = String::with_capacity(body.len() + 8);
        out.push('"');
        let mut chars = body.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => {
                    out.push(c);
                    out.extend(chars.next());
                }
                '"' => out.push_str("\\\""),
                _ => out.push(c),
            }
        }
        out.push('"');
        self.change(start, out);
    }

    /// An asset path between `@`: the path.
    pub(super) fn asset(&mut self) -> Read<Option<&'a str>> {
        if self.peek() != Some(b'@') {
            return Ok(None);
        }
        let line = self.rest().lines().next().unwrap_or_default();
        if let Some(body) = line.strip_prefix("@@@") {
            let mut from = 0;
            loop {
                let Some(found) = body[from..].find("@@@") else {
                    return self.fault("asset path has no end on its line");
                };
                let end = from + found;
                if end > 0 && body.as_bytes()[end - 1] == b'\\' {
                    from = end + 3;
                    continue;
                }
                // Up to two more `@` belong to the path.
                let more = body[end + 3..]
                    .bytes()
                    .take(2)
                    .take_while(|b| *b == b'@')
                    .count();
                self.at += 3 + end + 3 + more;
                return Ok(Some(&body[..end + more]));
            }
        }
        let body = &line[1..];
        let Some(end) = body.find('@') else {
            return self.fault("asset path has no end on its line");
        };
        self.at += end + 2;
        Ok(Some(&body[..end]))
    }

    /// A path between `<` and `>`.
    pub(super) fn path(&mut self) -> Read<Option<&'a str>> {
        if self.peek() != Some(b'<') {
            return Ok(None);
        }
        let line = self.rest().lines().next().unwrap_or_default();
        let Some(end) = line.find('>') else {
            return self.fault("path has no end on its line");
        };
        let body = &line[1..end];
        if body.starts_with("./") || body.contains("/./") {
            return self.fault(format!("`<{body}>` is no path"));
        }
        self.at += end + 1;
        Ok(Some(body))
    }
}

/// Whether a property or type may begin with this character.
fn starts_name(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || (!c.is_ascii() && c.is_alphabetic())
}

/// Whether a property or type may go on with this character.
fn continues_name(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphanumeric())
}
