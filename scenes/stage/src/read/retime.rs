//! Layer offsets where the library has others than USD.
//!
//! The library takes the offset of a reference over to the classes that what is referenced implies
//! in the layer stack of the referencing prim, and it counts the offset of a sublayer twice for an
//! arc that leads from the sublayer into its own layer stack. USD does neither.

use openusd::pcp::{ArcType, Node, NodeFlags, PrimIndex};
use openusd::sdf::{LayerOffset, Path, Value};
use openusd::usd::{Attribute, ResolveInfo, ResolveInfoSource, Stage};

use crate::error::StageError;

/// Offsets that differ by less are the same.
const NEAR: f64 = 1e-9;

/// What leads from the library's times of an attribute's opinion to USD's; none if they agree.
pub(super) fn of(
    attribute: &Attribute,
    info: &ResolveInfo,
) -> Result<Option<LayerOffset>, StageError> {
    let Some(resolved) = info.node() else {
        return Ok(None);
    };
    let known = resolved.map_to_root().time_offset();
    let own = [ResolveInfoSource::TimeSamples, ResolveInfoSource::Default];
    if known.is_identity() || !own.contains(&info.source()) {
        return Ok(None);
    }
    let Some(site) = info.spec_site() else {
        return Ok(None);
    };
    let prim = attribute.prim();
    let prim = prim.prim_in_prototype()?.unwrap_or(prim);
    let stage = prim.stage().clone();
    let graph = prim.prim_index().graph()?;
    let holds = |node: &Node| {
        let layers = stage.node_layer_stack(node).unwrap_or_default();
        let mut names = layers
            .into_iter()
            .filter_map(|(id, _)| stage.layer_identifier(id));
        names.any(|name| name == site.layer)
    };
    let node = graph.all_nodes().find(|node| {
        node.path() == resolved.path()
            && node.arc() == resolved.arc()
            && near(node.map_to_root().time_offset(), known)
            && holds(node)
    });
    let Some(node) = node else {
        return Ok(None);
    };
    let right = up_to_root(&stage, &graph, node);
    if near(right, known) {
        return Ok(None);
    }
    Ok(Some(right.concatenate(&known.inverse())))
}

/// The offset that USD has for a node.
fn up_to_root(stage: &Stage, graph: &PrimIndex, node: &Node) -> LayerOffset {
    let mut whole = LayerOffset::default();
    let mut current = Some(node);
    while let Some(node) = current {
        let parent = node.parent().map(|id| graph.node(id));
        let own = if node.flags().contains(NodeFlags::IMPLIED_CLASS) {
            LayerOffset::default()
        } else {
            let own = node.map_to_parent().time_offset();
            match parent {
                Some(parent) if !own.is_identity() => {
                    inner(stage, node, parent, own).unwrap_or(own)
                }
                _ => own,
            }
        };
        whole = own.concatenate(&whole);
        current = parent;
    }
    whole
}

/// The offset as authored of a reference or payload into its own layer stack, by a layer of the
/// stack that has an offset itself.
fn inner(stage: &Stage, node: &Node, parent: &Node, own: LayerOffset) -> Option<LayerOffset> {
    let field = match node.arc() {
        ArcType::Reference => "references",
        ArcType::Payload => "payload",
        _ => return None,
    };
    let layers = stage.node_layer_stack(parent)?;
    let target_layers = stage.node_layer_stack(node)?;
    if layers.first()?.0 != target_layers.first()?.0 {
        return None;
    }
    // Both paths as they were where the arc is authored.
    let (mut from, mut to) = (parent.path().clone(), node.path().clone());
    let below = elements(&from).checked_sub(usize::from(node.namespace_depth()))?;
    for _ in 0..below {
        from = from.parent()?;
        to = to.parent()?;
    }
    let bare = from.strip_all_variant_selections();
    for (id, offset) in layers {
        if offset.is_identity() {
            continue;
        }
        let layer = stage.layer(&stage.layer_identifier(id)?)?;
        let found = layer.data().try_field(&from, field).ok().flatten();
        let items: Vec<(Path, LayerOffset)> = match found.as_deref() {
            Some(Value::ReferenceListOp(op)) => op
                .iter()
                .filter(|item| item.asset_path.is_empty())
                .map(|item| (item.prim_path.clone(), item.layer_offset))
                .collect(),
            Some(Value::PayloadListOp(op)) => op
                .iter()
                .filter(|item| item.asset_path.is_empty())
                .map(|item| (item.prim_path.clone(), item.layer_offset))
                .collect(),
            _ => continue,
        };
        let authored = items.into_iter().find(|(path, item)| {
            bare.make_absolute(path) == to && near(offset.concatenate(item), own)
        });
        if let Some((_, item)) = authored {
            return Some(item);
        }
    }
    None
}

fn elements(path: &Path) -> usize {
    path.strip_all_variant_selections().prim_element_count()
}

fn near(a: LayerOffset, b: LayerOffset) -> bool {
    (a.offset - b.offset).abs() <= NEAR && (a.scale - b.scale).abs() <= NEAR
}
