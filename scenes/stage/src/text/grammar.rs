//! Layers, prims, variants and properties in text.

use std::collections::HashMap;

use super::lex::{Change, Cursor, Fault, Pad, Read};
use super::meta::Owner;
use super::value::{Atom, atom_of};
use super::{Edit, Notes, Targets, spline};

/// Deepest nesting of prims and values; the parser behind and the composition recurse over it.
pub(crate) const DEPTH_LIMIT: usize = 4096;

/// Walks over a text: the cursor, and what was met.
pub(super) struct Reader<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) notes: Notes,
    depth: usize,
    /// Path of the prim or variant around.
    prim: String,
}

/// What one prim has declared so far.
#[derive(Default)]
struct Scope {
    prims: Vec<String>,
    properties: HashMap<String, Declared>,
}

/// Kind, type and variability of a property.
type Declared = (bool, String, bool);

/// Reads a whole layer.
pub(super) fn read(text: &str) -> Result<(Vec<Change>, Notes), Fault> {
    let mut reader = Reader {
        cursor: Cursor::new(text, 0),
        notes: Notes::default(),
        depth: 0,
        prim: String::new(),
    };
    reader.header(text)?;
    reader.layer()?;
    Ok((reader.cursor.changes, reader.notes))
}

impl<'a> Reader<'a> {
    pub(super) fn enter(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return self.cursor.fault(format!("nested more than {DEPTH_LIMIT} levels deep"));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

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
            return self.cursor.fault("expected `#usda` and a version from 1.0 to 1.4");
        }
        self.cursor = Cursor::new(text, line.len());
        let width = line.chars().count();
        let plain = format!("{:width$}", "#usda 1.0");
        if line != "#usda 1.0" {
            let end = if line.ends_with('\r') { line.len() - 1 } else { line.len() };
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
        if !["def", "over", "class"].iter().any(|word| self.cursor.word(word)) {
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
        if scope.prims.contains(&name) {
            self.cursor.back_to(start);
            return self.cursor.fault(format!("prim `{name}` is there twice"));
        }
        scope.prims.push(name.clone());
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
            return self.cursor.fault("expected the variant set's name in quotes");
        };
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
            self.cursor.pad(Pad::Lines);
            if self.cursor.peek() == Some(b'(') {
                self.metadata(Owner::Prim)?;
                self.cursor.pad(Pad::Lines);
            }
            self.contents()?;
            self.prim.truncate(length);
        }
        self.cursor.expect(b'}')?;
        self.leave();
        Ok(true)
    }

    /// Which list edit the next word asks for.
    pub(super) fn edit(&mut self) -> Option<Edit> {
        let edits = [
            ("add", Edit::Add),
            ("delete", Edit::Delete),
            ("append", Edit::Append),
            ("prepend", Edit::Prepend),
            ("reorder", Edit::Reorder),
        ];
        let found = edits.iter().find(|(word, _)| self.cursor.word(word));
        found.map(|(_, edit)| *edit)
    }

    fn property(&mut self, scope: &mut Scope) -> Read<()> {
        let start = self.cursor.at();
        let edit = self.edit();
        if let Some(edit) = edit {
            self.cursor.space()?;
            let order = self.cursor.word("nameChildren") || self.cursor.word("properties");
            if edit == Edit::Reorder && order {
                self.cursor.assignment()?;
                return self.names();
            }
        }
        let before = self.cursor.at();
        if self.cursor.word("custom") {
            self.cursor.space()?;
        }
        let varying = self.cursor.word("varying");
        if varying {
            self.cursor.space()?;
        }
        if self.cursor.word("rel") {
            return self.relationship(scope, start, edit);
        }
        if varying {
            return self.cursor.fault("expected `rel`");
        }
        self.cursor.back_to(before);
        self.attribute(scope, edit)
    }

    /// Remembers what a property is; it may not change.
    fn declare(&mut self, scope: &mut Scope, name: &str, as_what: Declared) -> Read<()> {
        match scope.properties.get(name) {
            Some(known) if *known != as_what => {
                self.cursor.fault(format!("`{name}` is declared otherwise before"))
            }
            Some(_) => Ok(()),
            None => {
                scope.properties.insert(name.to_owned(), as_what);
                Ok(())
            }
        }
    }

    fn relationship(&mut self, scope: &mut Scope, start: usize, edit: Option<Edit>) -> Read<()> {
        self.cursor.space()?;
        let name = self.cursor.property_name()?.to_owned();
        self.declare(scope, &name, (false, String::new(), false))?;
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        if self.cursor.peek() == Some(b'=') {
            self.cursor.assignment()?;
            let paths = self.targets()?;
            let edit = edit.unwrap_or(Edit::Explicit);
            if paths.is_empty() && edit != Edit::Explicit {
                return self.cursor.fault("an empty list of targets cannot edit another");
            }
            let (prim, name) = (self.prim.clone(), name.clone());
            self.notes.targets.push(Targets { prim, name, edit, paths });
            if edit == Edit::Reorder {
                // The parser behind knows no such statement; the notes carry it.
                self.cursor.change(start, "");
            }
        } else {
            self.cursor.back_to(end);
        }
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        if self.cursor.peek() == Some(b'(') {
            return self.metadata(Owner::Property);
        }
        self.cursor.back_to(end);
        Ok(())
    }

    /// `None`, a path or a list of paths.
    fn targets(&mut self) -> Read<Vec<String>> {
        let mut paths: Vec<String> = Vec::new();
        if self.cursor.word("None") {
            return Ok(paths);
        }
        let many = self.cursor.eat(b'[');
        self.cursor.pad(if many { Pad::Lines } else { Pad::Inline });
        let mut one = |reader: &mut Self| -> Read<bool> {
            let Some(path) = reader.cursor.path()? else {
                return Ok(false);
            };
            let above = escapes_variant(&reader.prim, path);
            if path.is_empty() || path.contains('{') || above || paths.iter().any(|known| known == path) {
                return reader.cursor.fault(format!("`<{path}>` is no target, or is there twice"));
            }
            paths.push(path.to_owned());
            Ok(true)
        };
        if many {
            self.list(one)?;
            self.cursor.pad(Pad::Lines);
            self.cursor.expect(b']')?;
        } else if !one(self)? {
            return self.cursor.fault("expected a path");
        }
        Ok(paths)
    }

    fn attribute(&mut self, scope: &mut Scope, edit: Option<Edit>) -> Read<()> {
        if self.cursor.word("custom") {
            self.cursor.space()?;
        }
        let uniform = self.cursor.word("uniform") || self.cursor.word("config");
        if uniform {
            self.cursor.space()?;
        }
        let type_name = self.type_name()?;
        self.cursor.space()?;
        let name = self.cursor.property_name()?.to_owned();
        self.declare(scope, &name, (true, type_name.clone(), uniform))?;
        let atom = atom_of(&type_name);
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        if self.cursor.eat(b'.') {
            self.cursor.pad(Pad::Inline);
            if self.cursor.word("connect") {
                self.cursor.assignment()?;
                let paths = self.targets()?;
                self.notes.deletes |= edit == Some(Edit::Delete);
                if paths.is_empty() && edit.is_some() {
                    return self.cursor.fault("an empty list of connections cannot edit another");
                }
                return Ok(());
            }
            if edit.is_some() {
                return self.cursor.fault("expected `connect`");
            }
            if self.cursor.word("timeSamples") {
                self.cursor.assignment()?;
                return self.samples(atom);
            }
            if self.cursor.word("spline") {
                self.cursor.assignment()?;
                let start = self.cursor.at();
                let spline = spline::read(self)?;
                // The parser behind knows an older form; the notes carry the curve.
                self.cursor.change(start, "{}");
                self.notes.splines.push((format!("{}.{name}", self.prim), spline));
                return Ok(());
            }
            return self.cursor.fault("expected `timeSamples`, `connect` or `spline`");
        }
        self.cursor.back_to(end);
        if edit.is_some() {
            return self.cursor.fault("expected `.connect`");
        }
        self.default_value(atom)
    }

    /// A type and, for an array, its brackets.
    pub(super) fn type_name(&mut self) -> Read<String> {
        let Some(name) = self.cursor.plain_name() else {
            return self.cursor.fault("expected a type");
        };
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        if self.cursor.eat(b'[') {
            self.cursor.pad(Pad::Inline);
            self.cursor.expect(b']')?;
            return Ok(format!("{name}[]"));
        }
        self.cursor.back_to(end);
        Ok(name.to_owned())
    }

    /// A string or a list of strings.
    pub(super) fn names(&mut self) -> Read<()> {
        if self.cursor.string()?.is_some() {
            return Ok(());
        }
        self.cursor.expect(b'[')?;
        self.cursor.pad(Pad::Lines);
        if self.list(|reader| Ok(reader.cursor.string()?.is_some()))? == 0 {
            return self.cursor.fault("expected a string");
        }
        self.cursor.pad(Pad::Lines);
        self.cursor.expect(b']')
    }

    fn default_value(&mut self, atom: Atom) -> Read<()> {
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        if self.cursor.peek() == Some(b'=') {
            self.cursor.assignment()?;
            if self.cursor.word("AnimationBlock") {
                // It blocks weaker animation; the parser behind has no word for that.
                self.cursor.change(end, "");
            } else if !self.cursor.word("None") && !self.value(atom)? {
                return self.cursor.fault("expected a value");
            }
        } else {
            self.cursor.back_to(end);
        }
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        if self.cursor.peek() == Some(b'(') {
            return self.metadata(Owner::Property);
        }
        self.cursor.back_to(end);
        Ok(())
    }

    /// Time samples: times and values.
    fn samples(&mut self, atom: Atom) -> Read<()> {
        self.cursor.expect(b'{')?;
        self.cursor.pad(Pad::Lines);
        self.list(|reader| {
            let start = reader.cursor.at();
            let Some(time) = reader.cursor.number()? else {
                return Ok(false);
            };
            match time {
                "inf" => reader.cursor.change(start, "1e999"),
                "-inf" => reader.cursor.change(start, "-1e999"),
                _ => reader.tidy_number(start, time),
            }
            reader.cursor.pad(Pad::Inline);
            reader.cursor.expect(b':')?;
            reader.cursor.pad(Pad::Inline);
            if !reader.cursor.word("None") && !reader.value(atom)? {
                return reader.cursor.fault("expected a value");
            }
            Ok(true)
        })?;
        self.cursor.pad(Pad::Lines);
        self.cursor.expect(b'}')
    }
}

/// Whether a version of the format is read: 1.0 to 1.4, a third number may follow.
fn readable(version: &str) -> bool {
    let parts: Vec<Option<u8>> = version.split('.').map(|part| part.parse().ok()).collect();
    matches!(parts.as_slice(), [Some(1), Some(0..=4)] | [Some(1), Some(0..=4), Some(_)])
}

/// Whether a relative path, seen from a prim, leads to a place inside a variant.
fn escapes_variant(prim: &str, path: &str) -> bool {
    if path.starts_with('/') {
        return false;
    }
    let mut anchor = prim;
    let mut rest = path;
    while let Some(behind) = rest.strip_prefix("..") {
        rest = behind.strip_prefix('/').unwrap_or(behind);
        let cut = anchor.rfind(['/', '{', '}']).unwrap_or(0);
        // The last element is a name, or a variant selection in braces.
        let cut = match anchor.as_bytes().get(cut) {
            Some(b'}') if cut + 1 < anchor.len() => cut + 1,
            Some(b'}') => anchor.rfind('{').unwrap_or(0),
            _ => cut,
        };
        anchor = &anchor[..cut];
    }
    anchor.contains('{')
}
