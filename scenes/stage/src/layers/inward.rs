//! References that lead into the prim they start at, by way of others.
//!
//! USD calls such an arc a circle and drops it. The library follows it one level deeper each time, a
//! hundred levels deep, and where two of them branch it comes to no end.

use std::collections::HashSet;

use openusd::sdf::{AbstractData, Path, PayloadListOp, ReferenceListOp, Value};

use super::classes::{Arcs, Repairs};

/// Longest way round that is looked for.
const REACH: usize = 8;
/// Most places that are looked at on the way.
const MANY: usize = 256;

/// Whether a list of arcs leads to below a root prim of its own layer: only such arcs lead inward.
pub(super) fn may_be(value: &Value) -> bool {
    let below = |asset: &str, path: &Path| asset.is_empty() && path.element_count() > 1;
    match value {
        Value::ReferenceListOp(op) => op.iter().any(|x| below(&x.asset_path, &x.prim_path)),
        Value::PayloadListOp(op) => op.iter().any(|x| below(&x.asset_path, &x.prim_path)),
        Value::Payload(x) => below(&x.asset_path, &x.prim_path),
        _ => false,
    }
}

/// Takes out the references and payloads within a layer that lead into their own prim, of each
/// circle one; `arcs` are those of the layer's stack, and lose them too.
///
/// Those without a prim at their other end go first: they say nothing.
pub(super) fn repairs(data: &dyn AbstractData, arcs: &mut Arcs) -> Repairs {
    let mut owners: Vec<(Path, &str, Value)> = Vec::new();
    for path in data.spec_paths() {
        for field in ["references", "payload"] {
            let found = data.try_field(&path, field).ok().flatten();
            owners.extend(found.map(|value| (path.clone(), field, value.into_owned())));
        }
    }
    let mut gone: HashSet<(Path, Path)> = HashSet::new();
    for empty in [true, false] {
        for (path, _, value) in &owners {
            let prim = path.strip_all_variant_selections();
            for target in inner(value) {
                let to = prim.make_absolute(&target);
                if data.has_spec(&to) != empty && leads_inward(arcs, &prim, &to) {
                    if let Some(list) = arcs.get_mut(&prim) {
                        list.retain(|other| *other != to);
                    }
                    gone.insert((prim.clone(), target));
                }
            }
        }
    }
    let mut out = Repairs::new();
    for (path, field, value) in owners {
        let prim = path.strip_all_variant_selections();
        let stays = |asset: &str, target: &Path| {
            !asset.is_empty() || !gone.contains(&(prim.clone(), target.clone()))
        };
        let left = match value.clone() {
            Value::ReferenceListOp(mut op) => {
                for (items, _) in op.buckets_mut() {
                    items.retain(|item| stays(&item.asset_path, &item.prim_path));
                }
                (op != ReferenceListOp::default()).then_some(Value::ReferenceListOp(op))
            }
            Value::PayloadListOp(mut op) => {
                for (items, _) in op.buckets_mut() {
                    items.retain(|item| stays(&item.asset_path, &item.prim_path));
                }
                (op != PayloadListOp::default()).then_some(Value::PayloadListOp(op))
            }
            Value::Payload(item) if !stays(&item.asset_path, &item.prim_path) => None,
            other => Some(other),
        };
        if left.as_ref() != Some(&value) {
            out.push((path, field.to_owned(), left));
        }
    }
    out
}

/// Targets of a list of arcs within its own layer, as written.
fn inner(value: &Value) -> Vec<Path> {
    let mut out = Vec::new();
    let mut arc = |asset: &str, path: &Path| {
        if asset.is_empty() && !path.is_empty() {
            out.push(path.clone());
        }
    };
    match value {
        Value::ReferenceListOp(op) => op.iter().for_each(|x| arc(&x.asset_path, &x.prim_path)),
        Value::PayloadListOp(op) => op.iter().for_each(|x| arc(&x.asset_path, &x.prim_path)),
        Value::Payload(x) => arc(&x.asset_path, &x.prim_path),
        _ => {}
    }
    out
}

/// Whether the arcs that are met from a target on lead strictly inside of the prim.
fn leads_inward(arcs: &Arcs, prim: &Path, target: &Path) -> bool {
    let mut seen = HashSet::new();
    let mut level = vec![target.clone()];
    for _ in 0..REACH {
        let mut next = Vec::new();
        for at in level {
            if seen.len() > MANY || !seen.insert(at.clone()) {
                continue;
            }
            for above in at.ancestors_below_root() {
                let targets = arcs.get(&above).into_iter().flatten();
                next.extend(targets.filter_map(|to| at.replace_prefix(&above, to)));
            }
        }
        if next.iter().any(|at| at != prim && at.has_prefix(prim)) {
            return true;
        }
        level = next;
    }
    false
}
