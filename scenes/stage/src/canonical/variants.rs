//! Variant sets of prims in the dump.

use std::collections::{BTreeMap, HashMap};

use openusd::pcp::{ArcType, Node, NodeId, PrimIndex};
use openusd::sdf::{Path, Value};
use openusd::usd;
use serde_json::{Map, Value as Json, json};

use crate::error::StageError;
use crate::open::Scene;

/// Names of variant sets and of their variants, all in the order they are met, weakest first.
#[derive(Default)]
struct Sets {
    names: Vec<String>,
    options: BTreeMap<String, Vec<String>>,
}

impl Sets {
    fn add(&mut self, scene: &Scene, layer: &str, place: &Path) {
        if let Some(Value::StringListOp(op)) = field(scene, layer, place, "variantSetNames") {
            self.names = op.compose_over(&self.names);
        }
        let blocks = field(scene, layer, place, "variantSetChildren");
        for set in blocks.and_then(Value::try_as_token_vec).unwrap_or_default() {
            let Ok(path) = place.append_variant_selection(set.as_str(), "") else {
                continue;
            };
            let found = field(scene, layer, &path, "variantChildren");
            let names = found.and_then(Value::try_as_token_vec).unwrap_or_default();
            let all = self.options.entry(set.as_str().to_owned()).or_default();
            all.extend(names.iter().map(|name| name.as_str().to_owned()));
        }
    }
}

fn field(scene: &Scene, layer: &str, path: &Path, name: &str) -> Option<Value> {
    let layer = scene.stage().layer(layer)?;
    let found = layer.data().try_field(path, name).ok()??;
    Some(found.into_owned())
}

/// The variant sets of a prim, their choices and their variants.
///
/// USD asks every site for sets, also those that have no say in anything else: at the source of a
/// relocation, or below an instance.
pub(super) fn write(
    scene: &Scene,
    prim: &usd::Prim,
    out: &mut Map<String, Json>,
) -> Result<(), StageError> {
    let mut sets = Sets::default();
    if prim.is_instance_proxy()? || prim.has_composition_arc()? {
        everywhere(scene, prim, &mut sets)?;
    } else {
        for site in prim.prim_stack()?.into_iter().rev() {
            sets.add(scene, &site.layer, &site.path);
        }
    }
    if sets.names.is_empty() {
        return Ok(());
    }
    let mut chosen: HashMap<String, String> = HashMap::new();
    for site in prim.prim_stack()?.into_iter().rev() {
        // The strongest comes last here.
        let map = field(scene, &site.layer, &site.path, "variantSelection");
        if let Some(Value::VariantSelectionMap(map)) = map {
            chosen.extend(map);
        }
    }
    // What takes part counts before what is only asked for.
    chosen.extend(prim.variant_sets().get_all_variant_selections()?);
    let (mut selections, mut names) = (Map::new(), Map::new());
    for set in sets.names {
        let choice = chosen.get(&set).cloned().unwrap_or_default();
        selections.insert(set.clone(), json!(choice));
        let mut all = sets.options.remove(&set).unwrap_or_default();
        all.sort_unstable();
        all.dedup();
        names.insert(set, json!(all));
    }
    out.insert("variants".to_owned(), Json::Object(selections));
    out.insert("variantNames".to_owned(), Json::Object(names));
    Ok(())
}

/// The sets at every site of a prim; a proxy's sites are those where USD composes its prototype.
fn everywhere(scene: &Scene, prim: &usd::Prim, sets: &mut Sets) -> Result<(), StageError> {
    let stage = scene.stage();
    let shared = prim.prim_in_prototype()?;
    let source = match &shared {
        Some(shared) => {
            let root = shared.path().ancestors_below_root().last();
            root.map(|root| scene.sources().of(stage, &root))
                .transpose()?
                .flatten()
        }
        None => None,
    };
    let graph = shared.as_ref().unwrap_or(prim).prim_index().graph()?;
    let elsewhere = source
        .as_ref()
        .is_some_and(|source| source.taken != source.path);
    for (node, alive) in strongest_first(&graph).into_iter().rev() {
        let root = node.arc() == ArcType::Root;
        // What the library's instance has above it is not above USD's.
        if shared.is_some() && !root && (!alive || elsewhere && node.is_inert()) {
            continue;
        }
        let moved = source.as_ref().filter(|_| node.arc() == ArcType::Root);
        let moved =
            moved.and_then(|source| node.path().replace_prefix(&source.taken, &source.path));
        let place = moved.as_ref().unwrap_or(node.path());
        for (id, _) in stage
            .node_layer_stack(node)
            .unwrap_or_default()
            .into_iter()
            .rev()
        {
            if let Some(layer) = stage.layer_identifier(id) {
                sets.add(scene, &layer, place);
            }
        }
    }
    Ok(())
}

/// Every node of a graph, also those without a say, and whether it or a node below it has one: USD
/// drops the others.
fn strongest_first(graph: &PrimIndex) -> Vec<(&Node, bool)> {
    let mut out = Vec::new();
    if let Some(root) = graph.root() {
        gather(graph, root, &mut out);
    }
    out
}

fn gather<'a>(graph: &'a PrimIndex, id: NodeId, out: &mut Vec<(&'a Node, bool)>) -> bool {
    let node = graph.node(id);
    let place = out.len();
    let mut alive = node.has_specs() && !node.is_inert() && !node.is_culled();
    out.push((node, alive));
    for child in graph.children(id) {
        alive |= gather(graph, *child, out);
    }
    out[place].1 = alive;
    alive
}
