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
/// Most arcs that are added to a stack where they spread over its prims.
const SPREAD: usize = 512;
/// Longest path that arcs are spread to, in bytes.
const LONG: usize = 256;
/// Deepest chain of references that is followed.
const CHAIN: usize = 8;

/// Where arcs lead from a prim, within one layer stack.
pub(super) type Arcs = HashMap<Path, Vec<Path>>;

/// A class arc as authored: prim and class, in the namespace of its layer.
pub(super) type Authored = (Path, Path);

/// What has to happen to a class arc that leads back to its own prim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It becomes a reference inside the layer.
    Turned,
    /// It goes: it says nothing new, or USD drops it too.
    Gone,
}

/// What a layer's class arcs are held against.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// Arcs of the stack that the layer belongs to.
    pub(super) arcs: Arcs,
    /// Arcs of the layer that go round where other layers reference it.
    pub(super) fates: HashMap<Authored, Fate>,
}

/// An arc in the namespace of a stack, and where it was authored: layer and arc. References have no
/// origin.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    from: Path,
    to: Path,
    origin: Option<Rc<(String, Authored)>>,
    /// Whether it came to the prim from inside of what the prim's own arcs lead to.
    spread: bool,
}

/// Arcs of stacks and their default prims, by the layer on top.
pub(super) type Known = HashMap<String, Rc<(Vec<Carried>, Option<Path>)>>;

/// Finds the arcs of a layer and its name, by the name that names it and what it is called there.
type Find<'f> = dyn FnMut(&str, &str) -> Option<(String, Rc<Own>)> + 'f;

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

/// What the class arcs of `layer` meet: in the stack below `top`, that it belongs to, and in the
/// stacks below `others`, some of which may reference it.
pub(super) fn around(
    layer: &str,
    top: &str,
    others: &[String],
    known: &mut Known,
    find: &mut Find<'_>,
) -> Around {
    let own = gathered(top, find, known, CHAIN);
    let mut out = Around {
        arcs: listed(&own.0),
        fates: HashMap::new(),
    };
    let all = others
        .iter()
        .map(String::as_str)
        .filter(|other| *other != top);
    for other in all.chain([top]) {
        let stack = gathered(other, find, known, CHAIN);
        // In the layer's own stack those that were spread; the rest is looked at as it is.
        let ours = |c: &&Carried| {
            let own = c.origin.as_ref().is_some_and(|o| o.0 == layer);
            own && (other != top || c.spread)
        };
        let mut ours = stack.0.iter().filter(ours).peekable();
        if ours.peek().is_none() {
            continue;
        }
        let arcs = listed(&stack.0);
        for carried in ours {
            // Of the many that are spread, those that USD calls a circle at once.
            let found = if carried.spread {
                is_own(&carried.from, &carried.to).then_some(Fate::Gone)
            } else {
                fate(&arcs, &carried.from, &carried.to)
            };
            let Some((origin, found)) = carried.origin.as_ref().zip(found) else {
                continue;
            };
            let slot = out.fates.entry(origin.1.clone()).or_insert(found);
            *slot = found.max(*slot);
        }
    }
    out
}

fn listed(carried: &[Carried]) -> Arcs {
    let mut arcs = Arcs::new();
    for arc in carried {
        let list = arcs.entry(arc.from.clone()).or_default();
        if !list.contains(&arc.to) {
            list.push(arc.to.clone());
        }
    }
    arcs
}

/// Arcs of the stack below a layer, those included that classes behind references imply there, and
/// its default prim.
fn gathered(
    name: &str,
    find: &mut Find<'_>,
    known: &mut Known,
    depth: usize,
) -> Rc<(Vec<Carried>, Option<Path>)> {
    if let Some(made) = known.get(name) {
        return Rc::clone(made);
    }
    // Files that reference each other in a circle meet an empty entry here.
    let nothing = Rc::new((Vec::new(), None));
    known.insert(name.to_owned(), Rc::clone(&nothing));
    if depth == 0 {
        return nothing;
    }
    let mut out = Vec::new();
    let mut default_prim = None;
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
        out.extend(own.classes.iter().map(|arc| Carried {
            from: arc.0.clone(),
            to: arc.1.clone(),
            origin: Some(Rc::new((layer.clone(), arc.clone()))),
            spread: false,
        }));
        out.extend(own.inner.iter().map(|(from, to)| Carried {
            from: from.clone(),
            to: to.clone(),
            origin: None,
            spread: false,
        }));
        for sublayer in &own.sublayers {
            open.extend(find(&layer, sublayer).map(|(name, _)| name));
        }
        for (prim, asset, target) in &own.outer {
            let Some((other, _)) = find(&layer, asset) else {
                continue;
            };
            let behind = gathered(&other, find, known, depth - 1);
            let Some(root) = target.clone().or_else(|| behind.1.clone()) else {
                continue;
            };
            // A class behind a reference is a class here too: in the place of the prim that is
            // referenced, or of the same name where it stands outside of that prim.
            out.extend(behind.0.iter().filter_map(|arc| {
                let to = arc.to.replace_prefix(&root, prim);
                let outside = arc.origin.is_some().then(|| arc.to.clone());
                Some(Carried {
                    from: arc.from.replace_prefix(&root, prim)?,
                    to: to.or(outside)?,
                    origin: arc.origin.clone(),
                    spread: arc.spread,
                })
            }));
        }
    }
    spread(&mut out);
    let made = Rc::new((out, default_prim));
    known.insert(name.to_owned(), Rc::clone(&made));
    made
}

/// Adds the class arcs that prims get from inside of what their own arcs lead to.
fn spread(arcs: &mut Vec<Carried>) {
    let mut heirs: HashMap<Path, Vec<Path>> = HashMap::new();
    for arc in arcs.iter() {
        heirs
            .entry(arc.to.clone())
            .or_default()
            .push(arc.from.clone());
    }
    let mut seen: HashSet<(Path, Path)> = HashSet::new();
    seen.extend(arcs.iter().map(|arc| (arc.from.clone(), arc.to.clone())));
    let mut next = 0;
    let most = arcs.len() + SPREAD;
    while next < arcs.len() && arcs.len() < most {
        let arc = arcs[next].clone();
        next += 1;
        // A reference stays where it is: what lies behind it has been carried to its prim.
        if arc.origin.is_none() {
            continue;
        }
        for class in arc.from.strict_ancestors_below_root() {
            for heir in heirs.get(&class).into_iter().flatten() {
                // An heir inside of its class would go on for ever, one level deeper each time.
                if heir.has_prefix(&class) || arc.from.as_str().len() > LONG {
                    continue;
                }
                let Some(from) = arc.from.replace_prefix(&class, heir) else {
                    continue;
                };
                let to = arc.to.replace_prefix(&class, heir);
                let to = to.unwrap_or_else(|| arc.to.clone());
                if seen.insert((from.clone(), to.clone())) {
                    let origin = arc.origin.clone();
                    arcs.push(Carried {
                        from,
                        to,
                        origin,
                        spread: true,
                    });
                }
            }
        }
    }
}

/// Whether a class is inside of its prim or around it: USD takes the arc for a circle, and drops it.
fn is_own(prim: &Path, class: &Path) -> bool {
    class.has_prefix(prim) || prim.has_prefix(class)
}

/// What has to happen to a class arc, if it leads back to its own prim.
fn fate(arcs: &Arcs, prim: &Path, class: &Path) -> Option<Fate> {
    if is_own(prim, class) {
        return Some(Fate::Gone);
    }
    match round(arcs, prim, class) {
        Some(1) => Some(Fate::Gone),
        Some(_) => Some(Fate::Turned),
        // A class inside of another class of the prim: the library looks for it inside of the prim.
        None => {
            let inside = |from: &Path| *from != *class && class.has_prefix(from);
            let found = sources(arcs, prim).iter().any(inside);
            found.then_some(Fate::Turned)
        }
    }
}

/// Class arcs that lead back to their own prim by way of an arc of an ancestor.
///
/// The library recurses over these without end. Where the ancestor's arc brings the same class to
/// the same prim, the prim's own arc says nothing new and goes; in longer rounds it becomes a
/// reference inside the layer.
pub(super) fn repairs(data: &dyn AbstractData, around: &Around) -> Repairs {
    let arcs = &around.arcs;
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
            let elsewhere = around.fates.get(&(bare.clone(), to.clone())).copied();
            match fate(arcs, &bare, &to).max(elsewhere) {
                Some(Fate::Gone) => gone.push(target.clone()),
                Some(Fate::Turned) => turned.push(target.clone()),
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
    // What is moved brings what it inherits along.
    let mut arcs = arcs.clone();
    for (source, target) in pairs.iter().filter(|(_, target)| !target.is_empty()) {
        arcs.entry(target.clone()).or_default().push(source.clone());
    }
    let round = |(source, target): &&(Path, Path)| {
        let mut above = source.strict_ancestors_below_root();
        let near = |class: &Path| class.has_prefix(target) || target.has_prefix(class);
        !target.is_empty() && above.any(|prim| sources(&arcs, &prim).iter().any(near))
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
            if seen.len() > MANY || !seen.insert(at.clone()) {
                continue;
            }
            // To compose a prim is to compose those above it, and what their arcs lead to.
            for above in at.ancestors_below_root() {
                for target in arcs.get(&above).into_iter().flatten() {
                    next.push(target.clone());
                    next.extend(carried(arcs, &above, target));
                    next.extend(at.replace_prefix(&above, target));
                }
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
