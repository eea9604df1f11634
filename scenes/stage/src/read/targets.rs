//! Targets of relationships and connections.

use std::collections::HashSet;

use openusd::pcp::{ArcType, MapFunction, Node};
use openusd::sdf::{Path, Value};
use openusd::usd;

use super::sources::{self, Sources};
use crate::error::StageError;

/// Longest chain of relationships that is followed.
const CHAIN: usize = 1024;

/// The targets of a relationship (`targetPaths`) or attribute (`connectionPaths`) of a prim.
///
/// A class may name one of its own instances; the library drops that target, USD's stage keeps it.
/// In what instances share, targets are those of the instance that was asked; finding the one that
/// USD composes in their stead would mean to visit the whole stage.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn targets(prim: &usd::Prim, name: &str, field: &str) -> Result<Vec<Path>, StageError> {
    targets_in(None, prim, name, field)
}

/// [`targets`], with the sources of prototypes where these count.
pub(crate) fn targets_in(
    sources: Option<&Sources>,
    prim: &usd::Prim,
    name: &str,
    field: &str,
) -> Result<Vec<Path>, StageError> {
    let inside = prim.is_instance_proxy()?;
    if let Some(sources) = sources.filter(|_| inside) {
        return shared(sources, prim, name, field);
    }
    let known = match field {
        "targetPaths" => prim.relationship(name).targets()?,
        _ => prim.attribute(name).connections()?,
    };
    if inside {
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
    composed(prim, name, field, &|node| node.map_to_root().clone())
}

/// The targets that a prim's nodes give, each brought to the stage by `map`.
fn composed(
    prim: &usd::Prim,
    name: &str,
    field: &str,
    map: &dyn Fn(&Node) -> MapFunction,
) -> Result<Vec<Path>, StageError> {
    let stage = prim.stage();
    let graph = prim.prim_index().graph()?;
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
                let map = map(node);
                let mapped =
                    op.filter_map(|item| map.translate_to_target(&bare.make_absolute(&item)));
                list = mapped.compose_over(&list);
            }
        }
    }
    Ok(list)
}

/// The targets of what stands in an instance: composed where USD composes the prototype, which is
/// at one of the instances; what lies in that one is then this one's.
///
/// The library composes at a path outside of the stage. A target that an arc leaves as it is, and
/// that is in the instance all the same, is kept there; USD finds that it means something else.
fn shared(
    sources: &Sources,
    proxy: &usd::Prim,
    name: &str,
    field: &str,
) -> Result<Vec<Path>, StageError> {
    let Some(prim) = proxy.prim_in_prototype()? else {
        return Ok(Vec::new());
    };
    let mut places = Vec::new();
    for (instance, prototype) in sources::around(proxy)? {
        if let Some(source) = sources.of(proxy.stage(), &prototype)? {
            places.push((prototype, source, instance));
        }
    }
    let at_source = |path: &Path| {
        let inside = places
            .iter()
            .find_map(|(prototype, source, _)| path.replace_prefix(prototype, &source.path));
        let above = || places.iter().find_map(|(_, source, _)| source.above(path));
        inside.or_else(above).unwrap_or_else(|| path.clone())
    };
    let list = composed(&prim, name, field, &|node| {
        let map = node.map_to_root();
        let pairs = map.path_pairs().iter();
        let pairs: Vec<(Path, Path)> = pairs
            .map(|(from, to)| (from.clone(), at_source(to)))
            .collect();
        let moved = MapFunction::new(pairs);
        if map.has_root_identity() {
            moved.with_root_identity()
        } else {
            moved
        }
    })?;
    let mut out: Vec<Path> = Vec::with_capacity(list.len());
    for target in list {
        let here = places
            .iter()
            .find_map(|(_, source, instance)| target.replace_prefix(&source.path, instance));
        let here = here.unwrap_or(target);
        if !out.contains(&here) {
            out.push(here);
        }
    }
    Ok(out)
}

/// A target in the instance that a proxy stands in, where the library leaves it in the prototype.
fn out_of_prototype(prim: &usd::Prim, target: Path) -> Result<Path, StageError> {
    if !target.as_str().starts_with("/__Prototype_") {
        return Ok(target);
    }
    let around = sources::around(prim)?.into_iter();
    let moved = around
        .filter_map(|(instance, prototype)| target.replace_prefix(&prototype, &instance))
        .next();
    Ok(moved.unwrap_or(target))
}

/// The targets of a relationship, those that are relationships replaced by theirs.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn forwarded(prim: &usd::Prim, name: &str) -> Result<Vec<Path>, StageError> {
    forwarded_in(None, prim, name)
}

/// [`forwarded`], with the sources of prototypes where these count.
pub(crate) fn forwarded_in(
    sources: Option<&Sources>,
    prim: &usd::Prim,
    name: &str,
) -> Result<Vec<Path>, StageError> {
    let mut open = targets_in(sources, prim, name, "targetPaths")?;
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
            let mut more = targets_in(sources, &owner, name, "targetPaths")?;
            more.reverse();
            open.extend(more);
        }
    }
    Ok(out)
}
