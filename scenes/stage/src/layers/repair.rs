//! Layers as data: list edits and class arcs in the form that the library composes as USD does.

use std::collections::{BTreeMap, HashMap, HashSet};

use openusd::ar::AssetBuffer;
use openusd::sdf::{AbstractData, Data, ListOp, Path, PathListOp, Reference, ReferenceListOp, Value};
use openusd::usda;
use openusd::usdc::{CrateData, CrateFile, CrateWriter};

use super::{splines, wide};
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
/// Fields whose targets are classes.
const CLASSES: [&str; 2] = ["inheritPaths", "specializes"];

/// The type that says nothing.
const ANY_TYPE: &str = "__AnyType__";
/// Longest round of class arcs that is looked for.
const REACH: usize = 8;
/// Most prims that are looked at for one.
const MANY: usize = 256;

/// New values of fields; `None` takes the field away.
type Repairs = Vec<(Path, String, Option<Value>)>;

/// The binary form of a text layer, if the library would misread the text.
pub(super) fn text(source: &str, notes: &Notes) -> Option<Vec<u8>> {
    let merged = merge(&notes.targets);
    if merged.is_empty() && !notes.deletes && !notes.classes {
        return None;
    }
    let mut data = usda::parse(source).ok()?;
    let mut repairs: Repairs = Vec::new();
    for (path, op) in merged {
        repairs.push((path, "targetPaths".to_owned(), Some(Value::PathListOp(op))));
    }
    apply(&mut data, &repairs);
    let lists = lists(&data);
    let classes = if notes.classes { loops(&data) } else { Vec::new() };
    if repairs.is_empty() && lists.is_empty() && classes.is_empty() {
        return None;
    }
    apply(&mut data, &lists);
    apply(&mut data, &classes);
    write(&mut data)
}

/// The splines of a binary layer, and another binary form if the library would misread it.
pub(super) fn binary(bytes: &AssetBuffer) -> (Vec<(String, Spline)>, Option<Vec<u8>>) {
    let AssetBuffer::Shared(shared) = bytes else {
        return (Vec::new(), None);
    };
    match CrateFile::open(AssetBuffer::Shared(shared.clone())) {
        Ok(file) => {
            let found = splines::read(&file);
            let Some(unpacked) = wide::unpack(&file) else {
                return (found, reformed(file));
            };
            let again = CrateFile::open(AssetBuffer::from(unpacked.clone())).ok();
            (found, again.and_then(reformed).or(Some(unpacked)))
        }
        Err(_) => (Vec::new(), None),
    }
}

fn reformed(file: CrateFile) -> Option<Vec<u8>> {
    let mut suspect = file.tokens.iter().any(|token| token == ANY_TYPE);
    for field in &file.fields {
        let name = file.tokens.get(field.token_index).map(String::as_str).unwrap_or_default();
        if CLASSES.contains(&name) {
            suspect = true;
        } else if LISTS.contains(&name) {
            suspect |= file.value(field.value_rep).is_ok_and(|value| reform(&value).is_some());
        }
        if suspect {
            break;
        }
    }
    if !suspect {
        return None;
    }
    let data = CrateData::from_file(file, true).ok()?;
    let mut lists = lists(&data);
    lists.extend(untyped(&data));
    let classes = loops(&data);
    if lists.is_empty() && classes.is_empty() {
        return None;
    }
    let mut data = Data::from_abstract(&data).ok()?;
    apply(&mut data, &lists);
    apply(&mut data, &classes);
    write(&mut data)
}

fn write(data: &mut Data) -> Option<Vec<u8>> {
    for path in data.spec_paths() {
        // The writer has no form for splines; they are kept beside.
        data.erase_field(&path, "spline");
    }
    let mut out = std::io::Cursor::new(Vec::new());
    CrateWriter::write(&*data, &mut out).ok()?;
    let bytes = out.into_inner();
    let file = CrateFile::open(AssetBuffer::from(bytes.clone())).ok()?;
    Some(wide::unpack(&file).unwrap_or(bytes))
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
        let reordered = statements.iter().any(|statement| statement.edit == Edit::Reorder);
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
            let paths = statement.paths.iter().filter_map(|text| Path::new(text).ok());
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
    let deleted: Vec<T> = op.deleted_items.iter().filter(|item| !kept(item)).cloned().collect();
    out.deleted_items = deleted;
    (out != *op).then_some(out)
}

/// Class arcs that lead back to their own prim by way of an arc of an ancestor.
///
/// The library recurses over these without end. Where the ancestor's arc brings the same class to
/// the same prim, the prim's own arc says nothing new and goes; in longer rounds it becomes a
/// reference inside the layer.
fn loops(data: &dyn AbstractData) -> Repairs {
    let mut arcs: HashMap<Path, Vec<Path>> = HashMap::new();
    let mut owners: Vec<(Path, &str, PathListOp)> = Vec::new();
    for path in data.spec_paths() {
        let bare = path.strip_all_variant_selections();
        for field in CLASSES {
            let found = data.try_field(&path, field).ok().flatten();
            if let Some(Value::PathListOp(op)) = found.as_deref() {
                let targets = op.iter().map(|target| bare.make_absolute(target));
                arcs.entry(bare.clone()).or_default().extend(targets);
                owners.push((path.clone(), field, op.clone()));
            }
        }
        if let Some(Value::ReferenceListOp(op)) = data.try_field(&path, "references").ok().flatten().as_deref() {
            let inner = op.iter().filter(|item| item.asset_path.is_empty());
            let targets = inner.map(|item| bare.make_absolute(&item.prim_path));
            arcs.entry(bare.clone()).or_default().extend(targets);
        }
    }
    let mut out = Vec::new();
    for (path, field, op) in owners {
        let bare = path.strip_all_variant_selections();
        let (mut gone, mut turned) = (Vec::new(), Vec::new());
        for target in op.iter() {
            let to = bare.make_absolute(target);
            match round(&arcs, &bare, &to) {
                Some(1) => gone.push(target.clone()),
                Some(_) => turned.push(target.clone()),
                None => {}
            }
        }
        if gone.is_empty() && turned.is_empty() {
            continue;
        }
        let mut left = op.clone();
        for (items, _) in left.buckets_mut() {
            items.retain(|item| !gone.contains(item) && !turned.contains(item));
        }
        let empty = left.is_empty() && !left.explicit;
        let value = (!empty).then(|| Value::PathListOp(left));
        out.push((path.clone(), field.to_owned(), value));
        if !turned.is_empty() {
            out.push((path.clone(), "references".to_owned(), Some(referring(data, &path, turned))));
        }
    }
    out
}

/// How many steps lead from a class back to the prim that inherits from it: one if an arc of an
/// ancestor carries the class to the prim itself.
fn round(arcs: &HashMap<Path, Vec<Path>>, prim: &Path, class: &Path) -> Option<usize> {
    if carried(arcs, prim, class).contains(prim) {
        return Some(1);
    }
    let mut seen = HashSet::new();
    let mut level = carried(arcs, prim, class);
    level.push(class.clone());
    for steps in 2..=REACH {
        let mut next = Vec::new();
        for at in level {
            if !seen.insert(at.clone()) {
                continue;
            }
            for target in arcs.get(&at).into_iter().flatten() {
                next.push(target.clone());
                next.extend(carried(arcs, &at, target));
            }
        }
        if next.contains(prim) {
            return Some(steps);
        }
        level = next;
    }
    None
}

/// Where the arcs of a prim's ancestors carry a class to.
fn carried(arcs: &HashMap<Path, Vec<Path>>, prim: &Path, class: &Path) -> Vec<Path> {
    let mut out = Vec::new();
    for ancestor in prim.strict_ancestors_below_root() {
        for from in sources(arcs, &ancestor) {
            if class.has_prefix(&from) {
                out.extend(class.replace_prefix(&from, &ancestor));
            }
        }
    }
    out
}

/// The prims of the layer whose opinions arcs bring to a prim, itself left out.
fn sources(arcs: &HashMap<Path, Vec<Path>>, prim: &Path) -> Vec<Path> {
    let mut out: Vec<Path> = Vec::new();
    let mut open = vec![prim.clone()];
    while let Some(at) = open.pop() {
        for ancestor in at.ancestors_below_root() {
            for target in arcs.get(&ancestor).into_iter().flatten() {
                let Some(source) = at.replace_prefix(&ancestor, target) else {
                    continue;
                };
                if source != *prim && !out.contains(&source) && out.len() < MANY {
                    out.push(source.clone());
                    open.push(source);
                }
            }
        }
    }
    out
}

/// The references of a prim with more of them in front.
fn referring(data: &dyn AbstractData, path: &Path, targets: Vec<Path>) -> Value {
    let found = data.try_field(path, "references").ok().flatten();
    let mut op = match found.as_deref() {
        Some(Value::ReferenceListOp(op)) => op.clone(),
        _ => ReferenceListOp::default(),
    };
    let bare = path.strip_all_variant_selections();
    let more = targets.into_iter().map(|target| Reference {
        prim_path: bare.make_absolute(&target),
        ..Reference::default()
    });
    let items = if op.explicit { &mut op.explicit_items } else { &mut op.prepended_items };
    items.splice(0..0, more);
    Value::ReferenceListOp(op)
}
