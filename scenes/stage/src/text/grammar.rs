//! Layers, prims, variants and properties in text.

use super::Notes;
use super::lex::{Change, Cursor, Fault, Pad, Read};
use super::meta::Owner;
use super::property::Scope;
use super::reader::Reader;

/// Reads a whole layer.
pub(super) fn read(text: &str) -> Result<(Vec<Change>, Notes), Fault> {
    let mut reader = Reader {
        cursor: Cursor::new(text, 0),
        notes: Notes::default(),
        depth: 0,
        prim: String::new(),
        sets: Vec::new(),
    };
    reader.header(text)?;
    reader.layer()?;
    Ok((reader.cursor.changes, reader.notes))
}

impl<'a> Reader<'a> {
    /// Items with commas between them; one more comma may follow. How many there are.
    pub(super) fn list(&mut self, mut item: impl FnMut(&mut Self) -> Read<bool>) -> Read<usize> {
        let mut count = 0;
        loop {
            if !item(self)? {
                return Ok(count);
            }
            count += 1;
            let end = self.cursor.at();
            self.cursor.pad(Pad::Inline);
            if !self.cursor.eat(b',') {
                self.cursor.back_to(end);
                return Ok(count);
            }
            self.cursor.pad(Pad::Lines);
        }
    }

    /// Statements with line ends or semicolons between them; one more may follow.
    pub(super) fn statements(&mut self, mut item: impl FnMut(&mut Self) -> Read<bool>) -> Read<()> {
        loop {
            if !item(self)? {
                return Ok(());
            }
            let end = self.cursor.at();
            self.cursor.pad(Pad::Line);
            if !self.separator() {
                self.cursor.back_to(end);
                return Ok(());
            }
            self.cursor.pad(Pad::Lines);
        }
    }

    fn separator(&mut self) -> bool {
        self.line_end() || self.cursor.eat(b';')
    }

    fn line_end(&mut self) -> bool {
        self.cursor.eat(b'\r') || self.cursor.eat(b'\n')
    }

    /// The first line: the magic word and a version that is read.
    fn header(&mut self, text: &'a str) -> Read<()> {
        let line = text.split('\n').next().unwrap_or_default();
        let version = line.strip_prefix("#usda ").map(str::trim_start);
        let version = version.and_then(|rest| rest.split([' ', '\t']).next());
        let version = version.map(|version| version.trim_end_matches('\r'));
        if !version.is_some_and(readable) {
            return self
                .cursor
                .fault("expected `#usda` and a version from 1.0 to 1.4");
        }
        self.cursor = Cursor::new(text, line.len());
        let width = line.chars().count();
        let word = "#usda 1.0";
        // Padded: what stands on the other lines keeps its place.
        let plain = word.to_owned() + &" ".repeat(width.saturating_sub(word.len()));
        if line != "#usda 1.0" {
            let end = if line.ends_with('\r') {
                line.len() - 1
            } else {
                line.len()
            };
            self.cursor.changes.push((0, end, plain));
        }
        Ok(())
    }

    fn layer(&mut self) -> Read<()> {
        self.cursor.pad(Pad::Lines);
        if self.cursor.peek() == Some(b'(') {
            self.metadata(Owner::Layer)?;
        }
        let mut scope = Scope::default();
        loop {
            self.cursor.pad(Pad::Lines);
            if self.cursor.peek().is_none() {
                return Ok(());
            }
            if self.cursor.word("reorder") {
                self.cursor.space()?;
                if !self.cursor.word("rootPrims") {
                    return self.cursor.fault("expected `rootPrims`");
                }
                self.cursor.assignment()?;
                self.names()?;
                self.cursor.pad(Pad::Line);
                if !self.separator() && self.cursor.peek().is_some() {
                    return self.cursor.fault("expected the end of the statement");
                }
            } else if self.prim(&mut scope)? {
                self.cursor.pad(Pad::Line);
                if !self.line_end() && self.cursor.peek().is_some() {
                    return self.cursor.fault("expected the end of the line");
                }
            } else {
                return self.cursor.fault("expected `def`, `over` or `class`");
            }
        }
    }

    /// A prim; false if none begins here.
    fn prim(&mut self, scope: &mut Scope) -> Read<bool> {
        if !["def", "over", "class"]
            .iter()
            .any(|word| self.cursor.word(word))
        {
            return Ok(false);
        }
        self.cursor.space()?;
        let start = self.cursor.at();
        if let Some(name) = self.cursor.plain_name() {
            if name == "__AnyType__" {
                // It says that the type is not known, and leaves it to weaker layers.
                self.cursor.change(start, "");
            }
            loop {
                let end = self.cursor.at();
                self.cursor.pad(Pad::Inline);
                if !self.cursor.eat(b'.') {
                    self.cursor.back_to(end);
                    break;
                }
                self.cursor.pad(Pad::Inline);
                if self.cursor.plain_name().is_none() {
                    return self.cursor.fault("expected a type name");
                }
            }
            self.cursor.space()?;
        }
        let start = self.cursor.at();
        let Some(name) = self.cursor.string()? else {
            return self.cursor.fault("expected the prim's name in quotes");
        };
        let name = name.to_owned();
        if !openusd::sdf::Path::is_valid_identifier(&name) {
            self.cursor.back_to(start);
            return self.cursor.fault(format!("`{name}` is no name of a prim"));
        }
        if !scope.prims.insert(name.clone()) {
            self.cursor.back_to(start);
            return self.cursor.fault(format!("prim `{name}` is there twice"));
        }
        self.sets.push(Default::default());
        self.cursor.pad(Pad::Lines);
        if self.cursor.peek() == Some(b'(') {
            self.metadata(Owner::Prim)?;
            self.cursor.pad(Pad::Lines);
        }
        let length = self.prim.len();
        if !self.prim.ends_with('}') {
            self.prim.push('/');
        }
        self.prim.push_str(&name);
        self.contents()?;
        self.close_sets();
        self.prim.truncate(length);
        Ok(true)
    }

    /// What stands between the braces of a prim or variant.
    fn contents(&mut self) -> Read<()> {
        self.enter()?;
        self.cursor.expect(b'{')?;
        let mut scope = Scope::default();
        loop {
            self.cursor.pad(Pad::Lines);
            if self.cursor.eat(b'}') {
                self.leave();
                return Ok(());
            }
            if self.prim(&mut scope)? || self.variant_set()? {
                self.cursor.pad(Pad::Line);
                if !self.line_end() {
                    return self.cursor.fault("expected the end of the line");
                }
            } else {
                self.property(&mut scope)?;
                self.cursor.pad(Pad::Line);
                if !self.separator() {
                    return self.cursor.fault("expected the end of the statement");
                }
            }
        }
    }

    fn variant_set(&mut self) -> Read<bool> {
        if !self.cursor.word("variantSet") {
            return Ok(false);
        }
        self.cursor.space()?;
        let Some(set) = self.cursor.string()?.map(str::to_owned) else {
            return self
                .cursor
                .fault("expected the variant set's name in quotes");
        };
        if let Some((_, blocks)) = self.sets.last_mut() {
            blocks.push(set.clone());
        }
        self.cursor.pad(Pad::Inline);
        self.cursor.expect(b'=')?;
        self.cursor.pad(Pad::Lines);
        self.enter()?;
        self.cursor.expect(b'{')?;
        loop {
            self.cursor.pad(Pad::Lines);
            let Some(name) = self.cursor.string()? else {
                break;
            };
            let length = self.prim.len();
            self.prim.push_str(&format!("{{{set}={name}}}"));
            self.sets.push(Default::default());
            self.cursor.pad(Pad::Lines);
            if self.cursor.peek() == Some(b'(') {
                self.metadata(Owner::Prim)?;
                self.cursor.pad(Pad::Lines);
            }
            self.contents()?;
            self.close_sets();
            self.prim.truncate(length);
        }
        self.cursor.expect(b'}')?;
        self.leave();
        Ok(true)
    }
}

/// Whether a version of the format is read: 1.0 to 1.4, a third number may follow.
fn readable(version: &str) -> bool {
    let parts: Vec<Option<u8>> = version.split('.').map(|part| part.parse().ok()).collect();
    matches!(
        parts.as_slice(),
        [Some(1), Some(0..=4)] | [Some(1), Some(0..=4), Some(_)]
    )
}
