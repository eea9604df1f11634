//! Class arcs that the library follows without end, found before it sees them.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use openusd::sdf::{AbstractData, Path, PathListOp, Reference, ReferenceListOp, Value};

/// New values of fields; `None` takes the field away.
pub(super) type Repairs = Vec<(Path, String, Option<Value>)>;

/// Fields whose targets are classes.
pub(super) const FIELDS: [&str; 2] = ["inheritPaths", "specializes"];
/// Longest round of class arcs that is looked for.
const REACH: usize = 8;
/// Most prims that are looked at for one.
const MANY: usize = 256;
/// Deepest chain of references that is followed.
const CHAIN: usize = 8;

/// Where arcs lead from a prim, within one layer stack.
pub(super) type Arcs = HashMap<Path, Vec<Path>>;

/// Gives the arcs of a layer and its name, by the name that names it and what it is called there.
type Find<'a> = dyn FnMut(&str, &str) -> Option<(String, Rc<Own>)> + 'a;

/// The arcs that one layer authors.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// Inherits and specializes: prim, class.
    classes: Vec<(Path, Path)>,
    /// References and payloads inside the layer.
    inner: Vec<(Path, Path)>,
    /// References and payloads of others: prim, asset, prim there (none for the default prim).
    outer: Vec<(Path, String, Option<Path>)>,
    /// Sublayers, as authored.
    pub(super) sublayers: Vec<String>,
    default_prim: Option<Path>,
}

/// Reads the arcs of a layer.
pub(super) fn own(data: &dyn AbstractData) -> Own {
    let mut out = Own::default();
    let root = Path::abs_root();
    if let Some(Value::StringVec(names)) =
        data.try_field(&root, "subLayers").ok().flatten().as_deref()
    {
        out.sublayers.clone_from(names);
    }
    if let Some(Value::Token(name)) = data
        .try_field(&root, "defaultPrim")
        .ok()
        .flatten()
        .as_deref()
    {
        let name = name.as_str().trim_start_matches('/');
        out.default_prim = Path::new(&format!("/{name}")).ok();
    }
    for path in data.spec_paths() {
        if path.is_property_path() {
            continue;
        }
        let bare = path.strip_all_variant_selections();
        for field in FIELDS {
            let found = data.try_field(&path, field).ok().flatten();
            if let Some(Value::PathListOp(op)) = found.as_deref() {
                let targets = op
                    .iter()
                    .map(|target| (bare.clone(), bare.make_absolute(target)));
                out.classes.extend(targets);
            }
        }
        let mut arc = |asset: &str, target: &Path| {
            let target = (!target.is_empty()).then(|| bare.make_absolute(target));
            match target {
                Some(target) if asset.is_empty() => out.inner.push((bare.clone(), target)),
                target => out.outer.push((bare.clone(), asset.to_owned(), target)),
            }
        };
        let references = data.try_field(&path, "references").ok().flatten();
        if let Some(Value::ReferenceListOp(op)) = references.as_deref() {
            op.iter()
                .for_each(|item| arc(&item.asset_path, &item.prim_path));
        }
        match data.try_field(&path, "payload").ok().flatten().as_deref() {
            Some(Value::PayloadListOp(op)) => {
                op.iter()
                    .for_each(|item| arc(&item.asset_path, &item.prim_path));
            }
            Some(Value::Payload(item)) => arc(&item.asset_path, &item.prim_path),
            _ => {}
        }
    }
    out
}

/// The arcs of the layer stack that a layer is the root of, those included that classes behind
/// references imply here. `find` gives the arcs of another layer and its name, by the name that
/// names it and what it is called there.
pub(super) fn stack(name: &str, find: &mut Find<'_>) -> Arcs {
    let mut arcs = Arcs::new();
    for (from, to) in gathered(name, find, CHAIN, &mut Vec::new()).0 {
        arcs.entry(from).or_default().push(to);
    }
    arcs
}

/// Arcs of a stack, and its default prim.
fn gathered(
    name: &str,
    find: &mut Find<'_>,
    depth: usize,
    above: &mut Vec<String>,
) -> (Vec<(Path, Path)>, Option<Path>) {
    let mut out = Vec::new();
    let mut default_prim = None;
    if depth == 0 || above.iter().any(|known| known == name) {
        return (out, default_prim);
    }
    above.push(name.to_owned());
    let mut open = vec![name.to_owned()];
    let mut seen = HashSet::new();
    while let Some(layer) = open.pop() {
        let Some((_, own)) = find(&layer, "") else {
            continue;
        };
        if !seen.insert(layer.clone()) {
            continue;
        }
        if layer == name {
            default_prim.clone_from(&own.default_prim);
        }
        out.extend(own.classes.iter().cloned());
        out.extend(own.inner.iter().cloned());
        for sublayer in &own.sublayers {
            open.extend(find(&layer, sublayer).map(|(name, _)| name));
        }
        for (prim, asset, target) in &own.outer {
            let Some((other, _)) = find(&layer, asset) else {
                continue;
            };
            let (arcs, default_prim) = gathered(&other, find, depth - 1, above);
            let Some(root) = target.clone().or(default_prim) else {
                continue;
            };
            // A class inside what is referenced is a class here, too.
            out.extend(arcs.into_iter().filter_map(|(from, to)| {
                Some((
                    from.replace_prefix(&root, prim)?,
                    to.replace_prefix(&root, prim)?,
                ))
            }));
        }
    }
    above.pop();
    (out, default_prim)
}

/// Class arcs that lead back to their own prim by way of an arc of an ancestor.
///
/// The library recurses over these without end. Where the ancestor's arc brings the same class to
/// the same prim, the prim's own arc says nothing new and goes; in longer rounds it becomes a
/// reference inside the layer.
pub(super) fn repairs(data: &dyn AbstractData, arcs: &Arcs) -> Repairs {
    let mut owners: Vec<(Path, &str, PathListOp)> = Vec::new();
    for path in data.spec_paths() {
        for field in FIELDS {
            let found = data.try_field(&path, field).ok().flatten();
            if let Some(Value::PathListOp(op)) = found.as_deref() {
                owners.push((path.clone(), field, op.clone()));
            }
        }
    }
    let mut out = relocates(data, arcs);
    for (path, field, op) in owners {
        let bare = path.strip_all_variant_selections();
        let (mut gone, mut turned) = (Vec::new(), Vec::new());
        for target in op.iter() {
            let to = bare.make_absolute(target);
            // USD takes an arc to the prim's own inside or outside for a circle, and drops it.
            let own = to.has_prefix(&bare) || bare.has_prefix(&to);
            match round(arcs, &bare, &to) {
                _ if own => gone.push(target.clone()),
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
        let value = (!empty).then_some(Value::PathListOp(left));
        out.push((path.clone(), field.to_owned(), value));
        if !turned.is_empty() {
            out.push((
                path.clone(),
                "references".to_owned(),
                Some(referring(data, &path, turned)),
            ));
        }
    }
    out
}

/// The relocates of a layer without those onto a class that the source stands in: the library
/// follows them without end, USD calls them circles.
fn relocates(data: &dyn AbstractData, arcs: &Arcs) -> Repairs {
    let root = Path::abs_root();
    let found = data.try_field(&root, "layerRelocates").ok().flatten();
    let Some(Value::Relocates(pairs)) = found.as_deref() else {
        return Vec::new();
    };
    let round = |(source, target): &&(Path, Path)| {
        let mut above = source.strict_ancestors_below_root();
        let near = |class: &Path| class.has_prefix(target) || target.has_prefix(class);
        !target.is_empty() && above.any(|prim| sources(arcs, &prim).iter().any(near))
    };
    let kept: Vec<(Path, Path)> = pairs.iter().filter(|pair| !round(pair)).cloned().collect();
    if kept.len() == pairs.len() {
        return Vec::new();
    }
    let value = (!kept.is_empty()).then_some(Value::Relocates(kept));
    vec![(root, "layerRelocates".to_owned(), value)]
}

/// How many steps lead from a class back to the prim that inherits from it: one if an arc of an
/// ancestor carries the class to the prim itself.
fn round(arcs: &Arcs, prim: &Path, class: &Path) -> Option<usize> {
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
fn carried(arcs: &Arcs, prim: &Path, class: &Path) -> Vec<Path> {
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
fn sources(arcs: &Arcs, prim: &Path) -> Vec<Path> {
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
    let items = if op.explicit {
        &mut op.explicit_items
    } else {
        &mut op.prepended_items
    };
    items.splice(0..0, more);
    Value::ReferenceListOp(op)
}
