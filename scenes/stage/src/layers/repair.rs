//! Layers as data: list edits and class arcs in the form that the library composes as USD does.

use std::collections::{BTreeMap, HashSet};

use openusd::ar::AssetBuffer;
use openusd::sdf::{AbstractData, Data, ListOp, Path, PathListOp, SpecType, Specifier, Value};
use openusd::tf::Token;
use openusd::usda;
use openusd::usdc::{CrateData, CrateFile, CrateWriter};

use super::classes::{self, Around, Repairs};
use super::{inward, splines, wide};
use crate::text::{Edit, Notes, Spline, Targets};

/// Fields that hold list edits.
const LISTS: [&str; 9] = [
    "apiSchemas",
    "clipSets",
    "connectionPaths",
    "inheritPaths",
    "payload",
    "references",
    "specializes",
    "targetPaths",
    "variantSetNames",
];

/// Field that holds the blocks of variants that a prim has.
const BLOCKS: &str = "variantSetChildren";

/// The type that says nothing.
const ANY_TYPE: &str = "__AnyType__";

/// The binary form of a text layer, if the library would misread the text.
pub(super) fn text(source: &str, notes: &Notes, arcs: impl FnOnce() -> Around) -> Option<Vec<u8>> {
    let merged = merge(&notes.targets);
    if merged.is_empty() && !notes.deletes && !notes.circles && !notes.variants {
        return None;
    }
    let mut data = usda::parse(source).ok()?;
    let mut repairs: Repairs = Vec::new();
    for (path, op) in merged {
        repairs.push((path, "targetPaths".to_owned(), Some(Value::PathListOp(op))));
    }
    apply(&mut data, &repairs);
    let mut lists = lists(&data);
    if notes.variants {
        lists.extend(variants(&data));
    }
    let circles = if notes.circles {
        circles(&data, arcs())
    } else {
        Vec::new()
    };
    if repairs.is_empty() && lists.is_empty() && circles.is_empty() {
        return None;
    }
    apply(&mut data, &lists);
    apply(&mut data, &circles);
    if source.contains(['\0', '\\']) {
        end_at_zeros(&mut data);
    }
    write(&mut data)
}

/// Arcs that the library follows without end.
fn circles(data: &dyn AbstractData, mut around: Around) -> Repairs {
    let mut out = inward::repairs(data, &mut around.arcs);
    // Classes that become references join those that are left.
    let left = (!out.is_empty()).then(|| Data::from_abstract(data).ok());
    match left.flatten() {
        Some(mut left) => {
            apply(&mut left, &out);
            out.extend(classes::repairs(&left, &around));
        }
        None => out.extend(classes::repairs(data, &around)),
    }
    out
}

/// Ends texts at their first zero: tables of the binary form are divided by zeros, and USD's own
/// binary form keeps no more of such a text.
fn end_at_zeros(data: &mut Data) {
    for path in data.spec_paths() {
        for field in data.list_fields(&path).unwrap_or_default() {
            let found = data.try_field(&path, &field).ok().flatten();
            let ended = found.and_then(|value| ended(&value));
            if let Some(value) = ended {
                data.set_field(&path, &field, value);
            }
        }
    }
}

fn ended(value: &Value) -> Option<Value> {
    let cut = |text: &str| text.split('\0').next().unwrap_or_default().to_owned();
    let has = |text: &str| text.contains('\0');
    match value {
        Value::String(text) => has(text).then(|| Value::String(cut(text))),
        Value::Token(text) => has(text.as_str()).then(|| Value::Token(cut(text.as_str()).into())),
        Value::StringVec(texts) => {
            let any = texts.iter().any(|text| has(text));
            any.then(|| Value::StringVec(texts.iter().map(|text| cut(text)).collect()))
        }
        Value::TokenVec(texts) => {
            let any = texts.iter().any(|text| has(text.as_str()));
            let cut = |text: &Token| cut(text.as_str()).into();
            any.then(|| Value::TokenVec(texts.iter().map(cut).collect()))
        }
        Value::Dictionary(entries) => {
            let any = entries
                .iter()
                .any(|(key, value)| has(key) || ended(value).is_some());
            let entry = |(key, value): (&String, &Value)| {
                (cut(key), ended(value).unwrap_or_else(|| value.clone()))
            };
            any.then(|| Value::Dictionary(entries.iter().map(entry).collect()))
        }
        _ => None,
    }
}

/// The splines of a binary layer, and its other form.
type Read = (Vec<(String, Spline)>, Option<Vec<u8>>);

/// What a binary layer holds that USD refuses it for.
#[derive(Debug)]
pub(super) struct Corrupt(pub(super) &'static str);

/// How deep the prims of a binary layer stand in each other.
pub(super) fn depth(bytes: &AssetBuffer) -> usize {
    let AssetBuffer::Shared(shared) = bytes else {
        return 0;
    };
    let file = CrateFile::open(AssetBuffer::Shared(shared.clone())).ok();
    let paths = file.iter().flat_map(|file| &file.paths);
    let depths = paths.map(|path| path.as_str().bytes().filter(|byte| *byte == b'/').count());
    depths.max().unwrap_or(0)
}

/// The splines of a binary layer, and another binary form if the library would misread it.
///
/// # Errors
/// [`Corrupt`] if USD refuses the layer and the library would not.
pub(super) fn binary(
    bytes: &AssetBuffer,
    owns: impl FnOnce(&[String]),
    arcs: impl FnOnce() -> Around,
) -> Result<Read, Corrupt> {
    let AssetBuffer::Shared(shared) = bytes else {
        return Ok((Vec::new(), None));
    };
    // What cannot be read is left to the library to say.
    let Ok(file) = CrateFile::open(AssetBuffer::Shared(shared.clone())) else {
        return Ok((Vec::new(), None));
    };
    let fits = |index: usize, kind: SpecType| {
        let path = file.paths.get(index).filter(|p| !p.is_empty());
        path.is_some_and(|path| match kind {
            // A name with a dot in it makes the path of a prim that of a property.
            SpecType::Prim => !path.is_property_path(),
            SpecType::Attribute | SpecType::Relationship => path.is_property_path(),
            _ => true,
        })
    };
    let mut specs = file.specs.iter();
    if !specs.all(|spec| fits(spec.path_index, spec.spec_type)) {
        return Err(Corrupt("the path of a spec does not fit it"));
    }
    let mut seen = HashSet::with_capacity(file.specs.len());
    if !file.specs.iter().all(|spec| seen.insert(spec.path_index)) {
        return Err(Corrupt("a spec is there twice"));
    }
    owns(&sublayers(&file));
    let found = splines::read(&file);
    let Some(unpacked) = wide::unpack(&file) else {
        return Ok((found, reformed(file, arcs)));
    };
    let again = CrateFile::open(AssetBuffer::from(unpacked.clone())).ok();
    let form = again.and_then(|file| reformed(file, arcs));
    Ok((found, form.or(Some(unpacked))))
}

fn sublayers(file: &CrateFile) -> Vec<String> {
    let named = |name: &str| file.tokens.iter().position(|token| token == name);
    let token = named("subLayers");
    let field = file
        .fields
        .iter()
        .find(|field| Some(field.token_index) == token);
    match field.map(|field| file.value(field.value_rep)) {
        Some(Ok(Value::StringVec(names))) => names,
        _ => Vec::new(),
    }
}

fn reformed(file: CrateFile, arcs: impl FnOnce() -> Around) -> Option<Vec<u8>> {
    let mut suspect = file.tokens.iter().any(|token| token == ANY_TYPE);
    let mut circled = false;
    let varied = file.tokens.iter().any(|token| token == BLOCKS);
    for field in &file.fields {
        let name = file
            .tokens
            .get(field.token_index)
            .map(String::as_str)
            .unwrap_or_default();
        if classes::FIELDS.contains(&name) || name == "layerRelocates" {
            circled = true;
        } else if LISTS.contains(&name)
            && let Ok(value) = file.value(field.value_rep)
        {
            suspect |= reform(&value).is_some();
            circled |= inward::may_be(&value);
        }
    }
    if !suspect && !circled && !varied {
        return None;
    }
    let data = CrateData::from_file(file, true).ok()?;
    let mut lists = if suspect { lists(&data) } else { Vec::new() };
    lists.extend(variants(&data));
    if suspect {
        lists.extend(untyped(&data));
    }
    let circles = if circled {
        circles(&data, arcs())
    } else {
        Vec::new()
    };
    if lists.is_empty() && circles.is_empty() {
        return None;
    }
    let mut data = Data::from_abstract(&data).ok()?;
    apply(&mut data, &lists);
    apply(&mut data, &circles);
    write(&mut data)
}

fn write(data: &mut Data) -> Option<Vec<u8>> {
    for path in data.spec_paths() {
        // The writer has no form for splines; they are kept beside.
        data.erase_field(&path, "spline");
        // Nor for paths that start at their prim, which text may hold.
        let prim = path.prim_path().strip_all_variant_selections();
        for field in LISTS {
            let found = data.try_field(&path, field).ok().flatten();
            let absolute = found.and_then(|value| anchored(&value, &prim));
            if let Some(value) = absolute {
                data.set_field(&path, field, value);
            }
        }
    }
    let mut out = std::io::Cursor::new(Vec::new());
    CrateWriter::write(&*data, &mut out).ok()?;
    let bytes = out.into_inner();
    let file = CrateFile::open(AssetBuffer::from(bytes.clone())).ok()?;
    Some(wide::unpack(&file).unwrap_or(bytes))
}

/// A list of paths with all of them from the root; `None` if they are so already.
fn anchored(value: &Value, prim: &Path) -> Option<Value> {
    let Value::PathListOp(op) = value else {
        return None;
    };
    let mut out = op.clone();
    for (items, _) in out.buckets_mut() {
        for item in items {
            *item = prim.make_absolute(item);
        }
    }
    (out != *op).then_some(Value::PathListOp(out))
}

fn apply(data: &mut Data, repairs: &Repairs) {
    for (path, field, value) in repairs {
        match value {
            Some(value) => data.set_field(path, field, value.clone()),
            None => data.erase_field(path, field),
        }
    }
}

/// Relationships with several statements, and what these say together.
fn merge(targets: &[Targets]) -> Vec<(Path, PathListOp)> {
    let mut seen: BTreeMap<(&str, &str), Vec<&Targets>> = BTreeMap::new();
    for statement in targets {
        let key = (statement.prim.as_str(), statement.name.as_str());
        seen.entry(key).or_default().push(statement);
    }
    let mut out = Vec::new();
    for ((prim, name), statements) in seen {
        let reordered = statements
            .iter()
            .any(|statement| statement.edit == Edit::Reorder);
        if statements.len() < 2 && !reordered {
            continue;
        }
        let Some(prim) = Path::new(prim).ok() else {
            continue;
        };
        let Ok(path) = prim.append_property(name) else {
            continue;
        };
        let mut op = PathListOp::default();
        for statement in statements {
            let paths = statement
                .paths
                .iter()
                .filter_map(|text| Path::new(text).ok());
            let anchor = path.prim_path();
            let paths = paths.map(|target| anchor.make_absolute(&target)).collect();
            set(&mut op, statement.edit, paths);
        }
        out.push((path, op));
    }
    out
}

/// Replaces one list of an edit; an explicit list and edits exclude each other.
fn set(op: &mut PathListOp, edit: Edit, paths: Vec<Path>) {
    if (edit == Edit::Explicit) != op.explicit {
        *op = PathListOp::default();
        op.explicit = edit == Edit::Explicit;
    }
    match edit {
        Edit::Explicit => op.explicit_items = paths,
        Edit::Add => op.added_items = paths,
        Edit::Delete => op.deleted_items = paths,
        Edit::Append => op.appended_items = paths,
        Edit::Prepend => op.prepended_items = paths,
        Edit::Reorder => op.ordered_items = paths,
    }
}

/// Types that say that they are not known; without them weaker layers have their say.
fn untyped(data: &dyn AbstractData) -> Repairs {
    let mut out = Vec::new();
    for path in data.spec_paths() {
        let found = data.try_field(&path, "typeName").ok().flatten();
        if matches!(found.as_deref(), Some(Value::Token(token)) if token.as_str() == ANY_TYPE) {
            out.push((path, "typeName".to_owned(), None));
        }
    }
    out
}

/// Blocks of variants as the sets that their prim names, in that order: the library goes by the
/// blocks, USD by the names. A prim that is only overridden may be named elsewhere.
fn variants(data: &dyn AbstractData) -> Repairs {
    let mut out = Vec::new();
    for path in data.spec_paths() {
        let field = |name: &str| data.try_field(&path, name).ok().flatten();
        let Some(Value::TokenVec(blocks)) = field(BLOCKS).map(std::borrow::Cow::into_owned) else {
            continue;
        };
        let named = match field("variantSetNames").as_deref() {
            Some(Value::StringListOp(op)) => op.compose_over(&[]),
            _ => Vec::new(),
        };
        let place = |block: &Token| named.iter().position(|name| name == block.as_str());
        let over = matches!(
            field("specifier").as_deref(),
            Some(Value::Specifier(Specifier::Over))
        );
        let mut kept = blocks.clone();
        kept.retain(|block| over || place(block).is_some());
        kept.sort_by_key(|block| place(block).unwrap_or(usize::MAX));
        if kept != blocks {
            let value = (!kept.is_empty()).then_some(Value::TokenVec(kept));
            out.push((path.clone(), BLOCKS.to_owned(), value));
        }
    }
    out
}

/// List edits of a layer that the library applies in another order than USD.
fn lists(data: &dyn AbstractData) -> Repairs {
    let mut out = Vec::new();
    for path in data.spec_paths() {
        for field in LISTS {
            let found = data.try_field(&path, field).ok().flatten();
            if let Some(value) = found.and_then(|value| reform(&value)) {
                out.push((path.clone(), field.to_owned(), Some(value)));
            }
        }
    }
    out
}

fn reform(value: &Value) -> Option<Value> {
    match value {
        Value::PathListOp(op) => settle(op).map(Value::PathListOp),
        Value::TokenListOp(op) => settle(op).map(Value::TokenListOp),
        Value::StringListOp(op) => settle(op).map(Value::StringListOp),
        Value::ReferenceListOp(op) => settle(op).map(Value::ReferenceListOp),
        Value::PayloadListOp(op) => settle(op).map(Value::PayloadListOp),
        _ => None,
    }
}

/// The same edit for an order of prepend, append, add, delete; `None` if it needs no change.
///
/// USD deletes first, then adds, prepends and appends.
fn settle<T: Default + Clone + PartialEq>(op: &ListOp<T>) -> Option<ListOp<T>> {
    if op.explicit {
        return None;
    }
    let mut out = op.clone();
    let back: Vec<T> = op
        .added_items
        .iter()
        .filter(|item| op.deleted_items.contains(item) || !op.appended_items.is_empty())
        .filter(|item| !op.prepended_items.contains(item) && !op.appended_items.contains(item))
        .cloned()
        .collect();
    out.added_items.retain(|item| !back.contains(item));
    out.appended_items = back.into_iter().chain(out.appended_items).collect();
    let kept = |item: &T| {
        out.prepended_items.contains(item)
            || out.appended_items.contains(item)
            || out.added_items.contains(item)
    };
    let deleted: Vec<T> = op
        .deleted_items
        .iter()
        .filter(|item| !kept(item))
        .cloned()
        .collect();
    out.deleted_items = deleted;
    (out != *op).then_some(out)
}
