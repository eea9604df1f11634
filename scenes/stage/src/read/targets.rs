//! Targets of relationships and connections.

use std::collections::HashSet;

use openusd::pcp::ArcType;
use openusd::sdf::{Path, Value};
use openusd::usd;

use crate::error::StageError;

/// Longest chain of relationships that is followed.
const CHAIN: usize = 1024;

/// The targets of a relationship (`targetPaths`) or attribute (`connectionPaths`) of a prim.
///
/// A class may name one of its own instances; the library drops that target, USD's stage keeps it.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn targets(prim: &usd::Prim, name: &str, field: &str) -> Result<Vec<Path>, StageError> {
    let known = match field {
        "targetPaths" => prim.relationship(name).targets()?,
        _ => prim.attribute(name).connections()?,
    };
    if prim.is_instance_proxy()? {
        return known
            .into_iter()
            .map(|target| out_of_prototype(prim, target))
            .collect();
    }
    let stage = prim.stage();
    let path = prim.path().append_property(name)?;
    if !prim.has_composition_arc()? || stage.field::<Value>(path, field)?.is_none() {
        return Ok(known);
    }
    let graph = prim.prim_index().graph()?;
    let class = |arc: ArcType| matches!(arc, ArcType::Inherit | ArcType::Specialize);
    if !graph.nodes().any(|node| class(node.arc())) {
        return Ok(known);
    }
    let mut list: Vec<Path> = Vec::new();
    for node in graph.nodes().rev() {
        if !node.has_specs() || node.is_inert() || node.is_culled() {
            continue;
        }
        let Ok(path) = node.path().append_property(name) else {
            continue;
        };
        let bare = node.path().strip_all_variant_selections();
        for (id, _) in stage
            .node_layer_stack(node)
            .unwrap_or_default()
            .into_iter()
            .rev()
        {
            let own = stage.layer_identifier(id).and_then(|name| {
                let layer = stage.layer(&name)?;
                let own = layer.data().try_field(&path, field).ok()??;
                Some(own.into_owned())
            });
            if let Some(Value::PathListOp(op)) = own {
                let map = node.map_to_root();
                let mapped =
                    op.filter_map(|item| map.translate_to_target(&bare.make_absolute(&item)));
                list = mapped.compose_over(&list);
            }
        }
    }
    Ok(list)
}

/// A target in the instance that a proxy stands in, where the library leaves it in the prototype.
fn out_of_prototype(prim: &usd::Prim, target: Path) -> Result<Path, StageError> {
    if !target.as_str().starts_with("/__Prototype_") {
        return Ok(target);
    }
    let mut current = prim.parent();
    while let Some(prim) = current.filter(|prim| !prim.path().is_abs_root()) {
        if prim.is_instance()?
            && let Some(root) = prim.prototype()?
            && target.has_prefix(&root)
        {
            return Ok(target.replace_prefix(&root, prim.path()).unwrap_or(target));
        }
        current = prim.parent();
    }
    Ok(target)
}

/// The targets of a relationship, those that are relationships replaced by theirs.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn forwarded(prim: &usd::Prim, name: &str) -> Result<Vec<Path>, StageError> {
    let mut open = targets(prim, name, "targetPaths")?;
    if !open.iter().any(Path::is_property_path) {
        return Ok(open);
    }
    open.reverse();
    let mut out: Vec<Path> = Vec::new();
    let mut followed = HashSet::new();
    followed.extend(prim.path().append_property(name).ok());
    while let Some(target) = open.pop() {
        let Some((owner, name)) = target.split_property() else {
            if !out.contains(&target) {
                out.push(target);
            }
            continue;
        };
        let owner = prim.stage().prim(owner)?;
        let follows = owner.is_valid()? && owner.relationship(name).is_defined()?;
        if !follows {
            if !out.contains(&target) {
                out.push(target);
            }
        } else if followed.len() < CHAIN && followed.insert(target.clone()) {
            let mut more = targets(&owner, name, "targetPaths")?;
            more.reverse();
            open.extend(more);
        }
    }
    Ok(out)
}
