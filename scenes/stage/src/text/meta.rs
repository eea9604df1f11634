//! Metadata in text: what stands in parentheses behind layers, prims and properties.

use super::Edit;
use super::lex::{Pad, Read};
use super::reader::Reader;
use super::value::{Atom, atom_of};

/// Fields that are not given as metadata.
const INNER: &[&str] = &[
    "comment",
    "connectionPaths",
    "default",
    "inheritPaths",
    "primChildren",
    "primOrder",
    "properties",
    "propertyOrder",
    "subLayerOffsets",
    "targetPaths",
    "timeSamples",
    "variantSelection",
    "variantSetNames",
];
/// Fields that hold dictionaries.
const DICTIONARIES: &[&str] = &[
    "assetInfo",
    "clips",
    "customData",
    "customLayerData",
    "expressionVariables",
    "fallbackPrimTypes",
    "sdrMetadata",
    "symmetryArguments",
];
/// Fields that hold list edits and may be None.
const LISTS: &[&str] = &["apiSchemas", "clipSets"];

/// Whose metadata it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A layer.
    Layer,
    /// A prim or variant.
    Prim,
    /// An attribute or relationship.
    Property,
}

impl Reader<'_> {
    /// Parentheses with statements in them.
    pub(super) fn metadata(&mut self, owner: Owner) -> Read<()> {
        self.cursor.expect(b'(')?;
        self.cursor.pad(Pad::Lines);
        self.statements(|reader| reader.entry(owner))?;
        self.cursor.pad(Pad::Lines);
        self.cursor.expect(b')')
    }

    fn entry(&mut self, owner: Owner) -> Read<bool> {
        if self.cursor.string()?.is_some() {
            return Ok(true);
        }
        let start = self.cursor.at();
        if let Some(edit) = self.edit() {
            self.cursor.space()?;
            self.notes.deletes |= edit == Edit::Delete;
            // Names that are taken out are not named.
            self.notes.variants |=
                edit == Edit::Delete && self.cursor.rest().starts_with("variantSets");
            if owner != Owner::Prim || !self.arc()? {
                self.list_entry()?;
            }
            return Ok(true);
        }
        if owner == Owner::Prim && self.arc()? {
            return Ok(true);
        }
        if self.special(owner)? {
            return Ok(true);
        }
        let shared = owner != Owner::Layer;
        let keyed =
            shared && (self.cursor.word("customData") || self.cursor.word("symmetryArguments"));
        if !keyed && self.cursor.plain_name().is_none() {
            self.cursor.back_to(start);
            return Ok(false);
        }
        let name = self.cursor.since(start);
        self.cursor.assignment()?;
        self.field(owner, start, name)?;
        Ok(true)
    }

    /// A field that is no list: `None`, a dictionary or a value.
    fn field(&mut self, owner: Owner, start: usize, name: &str) -> Read<()> {
        let refused = |reader: &mut Self, what: String| {
            reader.cursor.back_to(start);
            reader.cursor.fault(what)
        };
        if INNER.contains(&name) {
            return refused(self, format!("`{name}` is no metadata"));
        }
        let from = self.cursor.at();
        if self.cursor.word("None") {
            if openusd::sdf::is_registered_field(name) && !LISTS.contains(&name) {
                return refused(self, format!("`{name}` cannot be None"));
            }
            return Ok(());
        }
        if self.cursor.peek() == Some(b'{') {
            return self.dictionary();
        }
        if DICTIONARIES.contains(&name) {
            return self.cursor.fault("expected a dictionary");
        }
        let atom = field_atom(owner, name);
        if !self.value(atom)? {
            return self.cursor.fault("expected a value");
        }
        let number = self.cursor.since(from).parse::<f64>();
        if name == "framesPerSecond" && owner == Owner::Layer && number.is_ok_and(|x| x <= 0.0) {
            return refused(self, "`framesPerSecond` must be above zero".to_owned());
        }
        Ok(())
    }

    /// A field edited as a list.
    fn list_entry(&mut self) -> Read<()> {
        let start = self.cursor.at();
        if self.cursor.plain_name().is_none() {
            return self.cursor.fault("expected the name of a field");
        }
        let atom = field_atom(Owner::Prim, self.cursor.since(start));
        self.cursor.assignment()?;
        if self.cursor.word("None") {
            return Ok(());
        }
        if self.cursor.peek() != Some(b'[') || !self.value(atom)? {
            return self.cursor.fault("expected a list");
        }
        Ok(())
    }

    /// Fields with a grammar of their own, apart from arcs.
    fn special(&mut self, owner: Owner) -> Read<bool> {
        let start = self.cursor.at();
        if self.cursor.word("doc") {
            self.cursor.assignment()?;
            self.needed_string()?;
        } else if owner == Owner::Layer && self.cursor.word("subLayers") {
            self.cursor.assignment()?;
            self.arcs(|reader| reader.target(true, false))?;
        } else if owner == Owner::Layer && self.cursor.word("relocates") {
            // Where they lead has to be looked at beside the classes.
            self.notes.circles = true;
            self.cursor.assignment()?;
            self.pairs(Self::rooted_path)?;
        } else if owner != Owner::Layer && self.cursor.word("permission") {
            self.cursor.assignment()?;
            if self.cursor.plain_name().is_none() {
                return self.cursor.fault("expected `public` or `private`");
            }
        } else if owner != Owner::Layer && self.cursor.word("symmetryFunction") {
            self.cursor.assignment()?;
            self.cursor.plain_name();
            // Without effect since long, and unknown to the parser behind.
            self.cursor.change(start, "");
        } else if owner == Owner::Property && self.cursor.word("displayUnit") {
            self.cursor.assignment()?;
            if self.cursor.plain_name().is_none() {
                return self.cursor.fault("expected a unit");
            }
        } else if owner == Owner::Prim && self.cursor.word("kind") {
            self.cursor.assignment()?;
            self.needed_string()?;
        } else if owner == Owner::Prim && self.cursor.word("variants") {
            self.cursor.assignment()?;
            self.entries(true)?;
        } else if owner == Owner::Prim
            && (self.cursor.word("prefixSubstitutions") || self.cursor.word("suffixSubstitutions"))
        {
            self.cursor.assignment()?;
            self.pairs(|reader| Ok(reader.cursor.string()?.is_some()))?;
            self.cursor.change(start, "");
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn needed_string(&mut self) -> Read<()> {
        match self.cursor.string()? {
            Some(_) => Ok(()),
            None => self.cursor.fault("expected a string"),
        }
    }

    /// Composition arcs and variant sets of a prim.
    fn arc(&mut self) -> Read<bool> {
        if self.cursor.word("references") {
            self.cursor.assignment()?;
            self.arcs(|reader| reader.target(false, true))?;
        } else if self.cursor.word("payload") {
            self.cursor.assignment()?;
            self.arcs(|reader| reader.target(false, false))?;
        } else if self.cursor.word("inherits") || self.cursor.word("specializes") {
            self.notes.circles = true;
            self.cursor.assignment()?;
            self.arcs(|reader| reader.prim_path(false))?;
        } else if self.cursor.word("variantSets") {
            self.cursor.assignment()?;
            self.listed_names(true)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// `None`, one item or a list of items, none of them twice.
    fn arcs(&mut self, mut item: impl FnMut(&mut Self) -> Read<bool>) -> Read<()> {
        if self.cursor.word("None") {
            return Ok(());
        }
        if self.cursor.eat(b'[') {
            self.cursor.pad(Pad::Lines);
            let mut seen: Vec<String> = Vec::new();
            self.list(|reader| {
                let start = reader.cursor.at();
                let found = item(reader)?;
                let text = reader.cursor.since(start).to_owned();
                if found && seen.contains(&text) {
                    reader.cursor.back_to(start);
                    return reader.cursor.fault(format!("{text} is there twice"));
                }
                seen.push(text);
                Ok(found)
            })?;
            self.cursor.pad(Pad::Lines);
            return self.cursor.expect(b']');
        }
        if item(self)? {
            Ok(())
        } else {
            self.cursor.fault("expected the target of an arc")
        }
    }

    /// An asset and a path in it, or (but for sublayers) a path, with its offset behind.
    fn target(&mut self, sublayer: bool, custom: bool) -> Read<bool> {
        let start = self.cursor.at();
        if let Some(asset) = self.cursor.asset()? {
            if asset.is_empty() && !sublayer {
                self.cursor.back_to(start);
                return self.cursor.fault("the asset path of an arc is empty");
            }
            if sublayer {
                self.notes.sublayers.push(asset.to_owned());
            }
            let end = self.cursor.at();
            self.cursor.pad(Pad::Inline);
            if sublayer || !self.prim_path(true)? {
                self.cursor.back_to(end);
            }
        } else if sublayer || !self.prim_path(true)? {
            return Ok(false);
        } else {
            // Only below a root prim can an arc lead into what it starts at, and so on.
            self.notes.circles |= self.cursor.since(start).matches('/').count() > 1;
        }
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        if !self.cursor.eat(b'(') {
            self.cursor.back_to(end);
            return Ok(true);
        }
        let start = self.cursor.at();
        let mut sound = true;
        self.cursor.pad(Pad::Lines);
        self.statements(|reader| {
            if custom && reader.cursor.word("customData") {
                reader.cursor.assignment()?;
                reader.dictionary()?;
                return Ok(true);
            }
            let scale = reader.cursor.word("scale");
            if !scale && !reader.cursor.word("offset") {
                return Ok(false);
            }
            reader.cursor.assignment()?;
            let start = reader.cursor.at();
            let Some(number) = reader.cursor.number()? else {
                return reader.cursor.fault("expected a number");
            };
            let parsed = number.parse::<f64>().unwrap_or(f64::NAN);
            sound &= parsed.is_finite() && (!scale || parsed > 0.0);
            reader.tidy_number(start, number);
            Ok(true)
        })?;
        self.cursor.pad(Pad::Lines);
        if !sound {
            // Time cannot run so: the whole offset goes, and the ratio of rates stays.
            self.cursor.change(start, "");
        }
        self.cursor.expect(b')')?;
        Ok(true)
    }

    /// The path of a prim that an arc may lead to.
    fn prim_path(&mut self, absolute: bool) -> Read<bool> {
        let start = self.cursor.at();
        let Some(path) = self.cursor.path()? else {
            return Ok(false);
        };
        // An empty path is the default prim.
        let fits = if absolute {
            path.is_empty() || path.starts_with('/')
        } else {
            !path.is_empty()
        };
        let last = path.rsplit('/').next().unwrap_or_default();
        let property = last.contains('.') && last != "." && last != "..";
        // What would be above the root is nowhere.
        let steps = path.split('/').filter(|name| *name == "..").count();
        let above = steps
            > openusd::sdf::Path::new(&self.prim).map_or(0, |own| own.prim_element_count()) + 1;
        if !fits || path == "/" || above || path.contains('{') || property {
            self.cursor.back_to(start);
            return self
                .cursor
                .fault(format!("`<{path}>` is no prim that an arc may lead to"));
        }
        Ok(true)
    }

    /// A path from the root, with or without the slash in front.
    fn rooted_path(&mut self) -> Read<bool> {
        let start = self.cursor.at();
        let Some(path) = self.cursor.path()? else {
            return Ok(false);
        };
        let last = path.rsplit('/').next().unwrap_or_default();
        if path.contains('{') || (last.contains('.') && !last.starts_with('.')) {
            self.cursor.back_to(start);
            return self.cursor.fault(format!("`<{path}>` is no prim"));
        }
        if !path.is_empty() && !path.starts_with(['/', '.']) {
            self.cursor.change(start, format!("</{path}>"));
        }
        Ok(true)
    }

    /// `{ a: b, c: d }`.
    fn pairs(&mut self, mut side: impl FnMut(&mut Self) -> Read<bool>) -> Read<()> {
        self.cursor.expect(b'{')?;
        self.cursor.pad(Pad::Lines);
        self.list(|reader| {
            if !side(reader)? {
                return Ok(false);
            }
            reader.cursor.pad(Pad::Inline);
            reader.cursor.expect(b':')?;
            reader.cursor.pad(Pad::Inline);
            if !side(reader)? {
                return reader.cursor.fault("expected the other side of the pair");
            }
            Ok(true)
        })?;
        self.cursor.pad(Pad::Lines);
        self.cursor.expect(b'}')
    }

    /// A dictionary: typed entries and dictionaries.
    pub(super) fn dictionary(&mut self) -> Read<()> {
        self.entries(false)
    }

    fn entries(&mut self, strings: bool) -> Read<()> {
        self.enter()?;
        self.cursor.expect(b'{')?;
        self.cursor.pad(Pad::Lines);
        self.statements(|reader| {
            if reader.cursor.word("dictionary") {
                reader.cursor.space()?;
                reader.key()?;
                reader.cursor.assignment()?;
                reader.dictionary()?;
                return Ok(true);
            }
            if reader.cursor.peek() == Some(b'}') {
                return Ok(false);
            }
            let start = reader.cursor.at();
            let type_name = reader.type_name()?;
            if strings && type_name != "string" {
                reader.cursor.back_to(start);
                return reader.cursor.fault("a variant is chosen by a string");
            }
            reader.cursor.space()?;
            reader.key()?;
            reader.cursor.assignment()?;
            if !reader.value(atom_of(&type_name))? {
                return reader.cursor.fault("expected a value");
            }
            Ok(true)
        })?;
        self.cursor.pad(Pad::Lines);
        self.cursor.expect(b'}')?;
        self.leave();
        Ok(())
    }

    fn key(&mut self) -> Read<()> {
        if self.cursor.string()?.is_none() && self.cursor.identifier().is_none() {
            return self.cursor.fault("expected a key");
        }
        Ok(())
    }
}

/// What the atoms of a metadata field are.
fn field_atom(owner: Owner, name: &str) -> Atom {
    match (owner, name) {
        (_, "active" | "hidden" | "instanceable" | "hasOwnedSubLayers") => Atom::Bool,
        (
            Owner::Layer,
            "startTimeCode" | "endTimeCode" | "framesPerSecond" | "timeCodesPerSecond"
            | "metersPerUnit" | "kilogramsPerUnit",
        ) => Atom::Real,
        (Owner::Layer, "framePrecision")
        | (Owner::Property, "elementSize" | "unauthoredValuesIndex") => {
            Atom::Whole(i32::MIN.into(), i32::MAX.into())
        }
        (Owner::Layer, "owner" | "sessionOwner" | "renderSettingsPrimPath" | "playbackMode") => {
            Atom::Text
        }
        (Owner::Layer, "colorConfiguration") => Atom::Asset,
        (
            _,
            "upAxis" | "defaultPrim" | "documentation" | "kind" | "typeName" | "displayName"
            | "displayGroup" | "colorSpace" | "interpolation" | "apiSchemas" | "allowedTokens",
        ) => Atom::Text,
        _ => Atom::Any,
    }
}
