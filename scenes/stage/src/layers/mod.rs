//! Layers on their way to the library: found as it finds them, with faults and gaps dealt with.
//!
//! A text layer is checked against the grammar and rewritten ([`crate::text`]). A layer whose list
//! edits or class arcs the library composes otherwise than USD is repaired as data and handed on
//! in binary form. All others pass byte by byte.

mod classes;
mod inward;
mod repair;
mod splines;
mod wide;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use openusd::ar::{
    Asset, AssetBuffer, AssetInfo, DefaultResolver, ResolvedPath, Resolver, SharedBuffer,
};
use openusd::usda;
use openusd::usdc::CrateData;
use openusd::usdz::open_package;

use crate::text::{self, Notes, Spline};

/// Longest chain of sublayers that is followed upwards.
const CHAIN: usize = 64;
/// Ends the name of a text layer that is handed on in binary form.
const MARK: &str = ".halle.usd";

/// Where a text layer departs from the format.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// Line, from one.
    pub(crate) line: usize,
    /// Column in characters, from one.
    pub(crate) column: usize,
    /// What was expected.
    pub(crate) what: String,
}

/// What was met on the way, by file name.
#[derive(Debug, Default)]
pub(crate) struct Met {
    /// Text that is refused.
    pub(crate) faults: HashMap<String, Fault>,
    /// Binary layers nested too deeply, and how deep.
    pub(crate) depths: HashMap<String, usize>,
    /// Splines by layer and path of their attribute.
    pub(crate) splines: HashMap<String, HashMap<String, Rc<Spline>>>,
    /// Arcs of layers looked at for their classes.
    arcs: HashMap<String, Option<Rc<classes::Own>>>,
    /// Arcs of whole stacks, by the layer on top.
    stacks: classes::Known,
    /// Layers in the order in which the library asked for them.
    passed: Vec<String>,
    /// The layer that a sublayer belongs to.
    owners: HashMap<String, String>,
    /// Text layers that need a binary form, and that form until it is asked for.
    binary: HashMap<PathBuf, Option<Vec<u8>>>,
}

/// Finds assets as USD's default resolver does and hands layers on in a form the library reads.
pub(crate) struct Layers {
    inner: DefaultResolver,
    met: Rc<RefCell<Met>>,
}

impl Layers {
    pub(crate) fn new(met: Rc<RefCell<Met>>) -> Self {
        let inner = DefaultResolver::new();
        Self { inner, met }
    }

    fn bytes(&self, path: &ResolvedPath) -> io::Result<AssetBuffer> {
        self.inner.open_asset(path)?.into_buffer()
    }

    /// Whether a text layer must be handed on in binary form; if so, it is kept.
    fn is_binary(&self, path: &ResolvedPath) -> bool {
        let key = path.to_path_buf();
        if let Some(form) = self.met.borrow().binary.get(&key) {
            return form.is_some();
        }
        let form = self.bytes(path).ok().and_then(|bytes| {
            let text = std::str::from_utf8(&bytes).ok()?;
            let normal = text::normalise(text).ok()?;
            self.owns(&path.to_string_lossy(), &normal.notes.sublayers);
            repair::text(&normal.text, &normal.notes, || {
                self.arcs(&path.to_string_lossy())
            })
        });
        let needed = form.is_some();
        self.met.borrow_mut().binary.insert(key, form);
        needed
    }

    /// A text layer as the library reads it.
    fn text(&self, path: &ResolvedPath, bytes: AssetBuffer, name: &str) -> io::Result<AssetBuffer> {
        let Ok(source) = std::str::from_utf8(&bytes) else {
            return Ok(bytes);
        };
        let normal = match text::normalise(source) {
            Ok(normal) => normal,
            Err(fault) => {
                let (line, column) = text::place(source, fault.offset);
                let what = fault.what;
                let said = format!("line {line}, column {column}: {what}");
                let fault = Fault { line, column, what };
                self.met.borrow_mut().faults.insert(name.to_owned(), fault);
                return Err(io::Error::new(io::ErrorKind::InvalidData, said));
            }
        };
        self.keep(name, normal.notes.splines.clone());
        self.owns(name, &normal.notes.sublayers);
        // A name that may hold either form needs no mark.
        if extension(path) == "usd"
            && let Some(form) = repair::text(&normal.text, &normal.notes, || self.arcs(name))
        {
            return Ok(form.into());
        }
        match normal.text {
            Cow::Owned(text) => Ok(text.into_bytes().into()),
            Cow::Borrowed(_) => Ok(bytes),
        }
    }

    /// The binary form of a text that was handed on before.
    fn again(&self, text: &AssetBuffer, name: &str) -> Option<Vec<u8>> {
        let source = std::str::from_utf8(text).ok()?;
        let notes: Notes = text::normalise(source).ok()?.notes;
        repair::text(source, &notes, || self.arcs(name))
    }

    /// What the class arcs of a layer are held against, as far as layers are known.
    fn arcs(&self, name: &str) -> classes::Around {
        let passed = self.met.borrow().passed.clone();
        let mut others: Vec<String> = passed.iter().map(|layer| self.top(layer)).collect();
        others.sort_unstable();
        others.dedup();
        let mut known = std::mem::take(&mut self.met.borrow_mut().stacks);
        let top = self.top(name);
        let around = classes::around(name, &top, &others, &mut known, &mut |layer, asset| {
            self.own_arcs(layer, asset)
        });
        self.met.borrow_mut().stacks = known;
        around
    }

    /// The root of the layer stack that a layer belongs to.
    fn top(&self, name: &str) -> String {
        let mut top = name.to_owned();
        for _ in 0..CHAIN {
            let owner = self.met.borrow().owners.get(&top).cloned();
            match owner {
                Some(owner) if owner != name => top = owner,
                _ => break,
            }
        }
        top
    }

    /// The arcs that a layer authors, and its name; an empty asset is the layer itself.
    fn own_arcs(&self, layer: &str, asset: &str) -> Option<(String, Rc<classes::Own>)> {
        let name = if asset.is_empty() {
            layer.to_owned()
        } else {
            let anchor = ResolvedPath::new(layer);
            let identifier = self.inner.create_identifier(asset, Some(&anchor));
            real(&self.inner.resolve(&identifier)?.to_string_lossy())
        };
        if let Some(known) = self.met.borrow().arcs.get(&name) {
            return known.clone().map(|own| (name.clone(), own));
        }
        let own = self.read_arcs(&name).map(Rc::new);
        self.met.borrow_mut().arcs.insert(name.clone(), own.clone());
        if let Some(own) = &own {
            self.owns(&name, &own.sublayers);
        }
        own.map(|own| (name, own))
    }

    /// Remembers which layer a sublayer belongs to.
    fn owns(&self, name: &str, sublayers: &[String]) {
        for sublayer in sublayers {
            let anchor = ResolvedPath::new(name);
            let identifier = self.inner.create_identifier(sublayer, Some(&anchor));
            if let Some(found) = self.inner.resolve(&identifier) {
                let found = real(&found.to_string_lossy());
                let mut met = self.met.borrow_mut();
                met.owners.entry(found).or_insert_with(|| name.to_owned());
            }
        }
    }

    fn read_arcs(&self, name: &str) -> Option<classes::Own> {
        let path = ResolvedPath::new(name);
        if !["usd", "usda", "usdc"].contains(&extension(&path).as_str()) {
            return None;
        }
        let bytes = self.bytes(&path).ok()?;
        if bytes.starts_with(b"PXR-USDC") {
            let data = CrateData::open(bytes, true).ok()?;
            return Some(classes::own(&data));
        }
        let normal = text::normalise(std::str::from_utf8(&bytes).ok()?).ok()?;
        Some(classes::own(&usda::parse(&normal.text).ok()?))
    }

    /// The layer that a package opens at.
    fn first_layer(&self, package: &ResolvedPath) -> Option<ResolvedPath> {
        let opened = open_package(&self.inner, package).ok()?;
        let first = opened.with(|archive| archive.first_layer_name())?;
        // A package in a package closes its own brackets behind the layer's name.
        let name = package.to_string_lossy();
        let inner = name.trim_end_matches(']');
        let brackets = &name[inner.len()..];
        Some(ResolvedPath::new(format!("{inner}[{first}]{brackets}")))
    }

    fn keep(&self, name: &str, splines: Vec<(String, Spline)>) {
        if !splines.is_empty() {
            let mut met = self.met.borrow_mut();
            let known = met.splines.entry(name.to_owned()).or_default();
            known.extend(
                splines
                    .into_iter()
                    .map(|(path, spline)| (path, Rc::new(spline))),
            );
        }
    }
}

/// A file name without links, as the library names layers; of a package, the name of its file.
fn real(name: &str) -> String {
    let (outer, inner) = name.split_at(name.find('[').unwrap_or(name.len()));
    match std::fs::canonicalize(outer) {
        Ok(outer) => format!("{}{inner}", outer.to_string_lossy()),
        Err(_) => name.to_owned(),
    }
}

/// The name of a layer without the mark of its binary form.
pub(crate) fn plain(name: &str) -> Cow<'_, str> {
    match name
        .strip_suffix(']')
        .and_then(|inner| inner.strip_suffix(MARK))
    {
        Some(inner) => Cow::Owned(format!("{inner}]")),
        None => Cow::Borrowed(name.strip_suffix(MARK).unwrap_or(name)),
    }
}

fn marked(name: &str) -> String {
    match name.strip_suffix(']') {
        Some(inner) => format!("{inner}{MARK}]"),
        None => format!("{name}{MARK}"),
    }
}

/// The extension of the innermost file that a path names.
fn extension(path: &Path) -> String {
    let name = path.to_string_lossy();
    let name = name.trim_end_matches(']');
    let extension = name
        .rsplit(['/', '['])
        .next()
        .and_then(|file| file.rsplit_once('.'));
    extension
        .map(|(_, last)| last.to_ascii_lowercase())
        .unwrap_or_default()
}

impl Resolver for Layers {
    fn create_identifier(&self, asset_path: &str, anchor: Option<&ResolvedPath>) -> String {
        self.inner.create_identifier(asset_path, anchor)
    }

    fn resolve(&self, asset_path: &str) -> Option<ResolvedPath> {
        let found = self.inner.resolve(asset_path)?;
        // A package is opened at its first layer; the library would choose it without asking.
        let layer = match extension(&found).as_str() {
            "usdz" => self.first_layer(&found),
            _ => None,
        };
        let layer = layer.as_ref().unwrap_or(&found);
        if extension(layer) == "usda" && self.is_binary(layer) {
            return Some(ResolvedPath::new(marked(&layer.to_string_lossy())));
        }
        Some(found)
    }

    fn resolve_for_new_asset(&self, asset_path: &str) -> Option<ResolvedPath> {
        self.inner.resolve_for_new_asset(asset_path)
    }

    fn open_asset(&self, resolved: &ResolvedPath) -> io::Result<Box<dyn Asset>> {
        let shown = resolved.to_string_lossy().into_owned();
        let name = plain(&shown).into_owned();
        if !["usd", "usda", "usdc"].contains(&extension(resolved).as_str()) {
            return self.inner.open_asset(resolved);
        }
        let path = ResolvedPath::new(PathBuf::from(&name));
        let bytes = self.bytes(&path)?;
        self.met.borrow_mut().passed.push(name.clone());
        let is_crate = bytes.starts_with(b"PXR-USDC");
        let out = if is_crate {
            let shared = AssetBuffer::Shared(bytes.into_shared());
            let depth = repair::depth(&shared);
            if depth > text::DEPTH_LIMIT {
                let said = format!("nested {depth} levels deep");
                self.met.borrow_mut().depths.insert(name, depth);
                return Err(io::Error::new(io::ErrorKind::InvalidData, said));
            }
            let (found, form) = repair::binary(
                &shared,
                |sublayers| self.owns(&name, sublayers),
                || self.arcs(&name),
            )
            .map_err(|corrupt| io::Error::new(io::ErrorKind::InvalidData, corrupt.0))?;
            self.keep(&name, found);
            form.map_or(shared, AssetBuffer::from)
        } else if name == shown {
            self.text(&path, bytes, &name)?
        } else {
            let known = self
                .met
                .borrow_mut()
                .binary
                .get_mut(&*path)
                .and_then(Option::take);
            // The notes are kept, whichever form goes on.
            let text = self.text(&path, bytes, &name)?;
            match known.or_else(|| self.again(&text, &name)) {
                Some(form) => form.into(),
                None => text,
            }
        };
        let out = AssetBuffer::Shared(match out {
            AssetBuffer::Shared(shared) => shared,
            AssetBuffer::Owned(bytes) => SharedBuffer::new(bytes),
        });
        Ok(Box::new(io::Cursor::new(out)))
    }

    fn get_extension<'a>(&self, asset_path: &'a str) -> &'a str {
        self.inner.get_extension(asset_path)
    }

    fn is_context_dependent_path(&self, asset_path: &str) -> bool {
        self.inner.is_context_dependent_path(asset_path)
    }

    fn in_memory_identifier<'a>(&self, asset_path: &'a str) -> Cow<'a, str> {
        self.inner.in_memory_identifier(asset_path)
    }

    fn get_asset_info(&self, asset_path: &str, resolved: &ResolvedPath) -> AssetInfo {
        self.inner.get_asset_info(asset_path, resolved)
    }

    fn get_modification_timestamp(
        &self,
        asset_path: &str,
        resolved: &ResolvedPath,
    ) -> Option<SystemTime> {
        self.inner.get_modification_timestamp(asset_path, resolved)
    }

    fn identity(&self) -> String {
        self.inner.identity()
    }

    fn cache_id(&self) -> Option<u64> {
        self.inner.cache_id()
    }
}
