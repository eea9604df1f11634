//! Properties in text.

use std::collections::{HashMap, HashSet};

use super::lex::{Pad, Read};
use super::meta::Owner;
use super::reader::Reader;
use super::value::{Atom, atom_of};
use super::{Edit, Targets, spline};

/// Most properties of one prim; the parser behind looks through all for each.
const MANY: usize = 1 << 15;

/// What one prim has declared so far.
#[derive(Default)]
pub(super) struct Scope {
    /// Names of prims.
    pub(super) prims: HashSet<String>,
    properties: HashMap<String, Declared>,
}

/// Kind, type and variability of a property.
type Declared = (bool, String, bool);

impl Reader<'_> {
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

    /// A property, or the order of children or properties.
    pub(super) fn property(&mut self, scope: &mut Scope) -> Read<()> {
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
            Some(known) if *known != as_what => self
                .cursor
                .fault(format!("`{name}` is declared otherwise before")),
            Some(_) => Ok(()),
            None if scope.properties.len() >= MANY => self
                .cursor
                .fault(format!("a prim has more than {MANY} properties")),
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
            let paths = self.targets(false)?;
            let edit = edit.unwrap_or(Edit::Explicit);
            if paths.is_empty() && edit != Edit::Explicit {
                return self
                    .cursor
                    .fault("an empty list of targets cannot edit another");
            }
            let (prim, name) = (self.prim.clone(), name.clone());
            self.notes.targets.push(Targets {
                prim,
                name,
                edit,
                paths,
            });
            if edit == Edit::Reorder {
                // The parser behind knows no such statement; the notes carry it.
                self.cursor.change(start, "");
            }
        } else {
            self.cursor.back_to(end);
        }
        self.own_metadata()
    }

    /// The metadata behind a property, if there is any on its line.
    fn own_metadata(&mut self) -> Read<()> {
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        if self.cursor.peek() == Some(b'(') {
            return self.metadata(Owner::Property);
        }
        self.cursor.back_to(end);
        Ok(())
    }

    /// `None`, a path or a list of paths; only those of connections may pass through a variant.
    fn targets(&mut self, connections: bool) -> Read<Vec<String>> {
        let mut paths: Vec<String> = Vec::new();
        if self.cursor.word("None") {
            return Ok(paths);
        }
        let many = self.cursor.eat(b'[');
        self.cursor.pad(if many { Pad::Lines } else { Pad::Inline });
        let mut one = |reader: &mut Self| -> Read<bool> {
            let start = reader.cursor.at();
            let Some(path) = reader.cursor.path()? else {
                return Ok(false);
            };
            let through = path.contains('{') || escapes_variant(&reader.prim, path);
            if through && connections && !path.is_empty() {
                // USD strips the variants.
                let bare = without_variants(&absolute(&reader.prim, path));
                reader.cursor.change(start, format!("<{bare}>"));
                paths.push(bare);
                return Ok(true);
            }
            if path.is_empty() || through || paths.iter().any(|known| known == path) {
                return reader
                    .cursor
                    .fault(format!("`<{path}>` is no target, or is there twice"));
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
                let paths = self.targets(true)?;
                self.notes.deletes |= edit == Some(Edit::Delete);
                if paths.is_empty() && edit.is_some() {
                    return self
                        .cursor
                        .fault("an empty list of connections cannot edit another");
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
                self.notes
                    .splines
                    .push((format!("{}.{name}", self.prim), spline));
                return Ok(());
            }
            return self
                .cursor
                .fault("expected `timeSamples`, `connect` or `spline`");
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
        self.listed_names(false)
    }

    /// [`Reader::names`]; if they are to be unique, they are those of variant sets.
    pub(super) fn listed_names(&mut self, unique: bool) -> Read<()> {
        if let Some(name) = self.cursor.string()? {
            if unique && let Some((named, _)) = self.sets.last_mut() {
                named.push(name.to_owned());
            }
            return Ok(());
        }
        self.cursor.expect(b'[')?;
        self.cursor.pad(Pad::Lines);
        let mut seen: Vec<String> = Vec::new();
        let one = |reader: &mut Self| -> Read<bool> {
            let start = reader.cursor.at();
            let Some(name) = reader.cursor.string()? else {
                return Ok(false);
            };
            if unique && seen.iter().any(|known| known == name) {
                let what = format!("`{name}` is there twice");
                reader.cursor.back_to(start);
                return reader.cursor.fault(what);
            }
            if unique {
                seen.push(name.to_owned());
            }
            Ok(true)
        };
        if self.list(one)? == 0 {
            return self.cursor.fault("expected a string");
        }
        if unique && let Some((named, _)) = self.sets.last_mut() {
            named.append(&mut seen);
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
        self.own_metadata()
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

/// Whether a relative path, seen from a prim, leads to a place inside a variant.
fn escapes_variant(prim: &str, path: &str) -> bool {
    !path.starts_with('/') && climbed(prim, path).0.contains('{')
}

/// A path from the root, with the variants that the prim around it is in.
fn absolute(prim: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    // The variant itself is no step of a path.
    let mut prim = prim;
    while prim.ends_with('}') {
        prim = &prim[..prim.rfind('{').unwrap_or(0)];
    }
    let (anchor, rest) = climbed(prim, path);
    let rest = rest.strip_prefix("./").unwrap_or(rest);
    if rest.is_empty() || rest.starts_with('.') || anchor.ends_with('}') {
        return format!("{anchor}{rest}");
    }
    format!("{anchor}/{rest}")
}

/// A path without its selections of variants.
fn without_variants(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, inside)) = rest.split_once('{') {
        out.push_str(before);
        rest = inside.split_once('}').map_or("", |(_, behind)| behind);
        let separate = rest.is_empty() || rest.starts_with(['/', '.', '{']);
        if !separate {
            out.push('/');
        }
    }
    out.push_str(rest);
    out
}

/// Where a path's steps upward lead from a prim, and what is left of the path.
fn climbed<'a>(prim: &'a str, path: &'a str) -> (&'a str, &'a str) {
    let (mut anchor, mut rest) = (prim, path);
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
    (anchor, rest)
}
