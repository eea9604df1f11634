//! Which prims have the same subtree below them.
//!
//! Explicit instances have: they share a prototype. So do prims that get everything below them from
//! the same arcs and add no opinion there themselves, which is how most plants place their cells.
//! Reading such a subtree again would give the same again, so it is not even composed.

use std::fmt::Write as _;

use openusd::pcp::ArcType;
use openusd::usd::{self, Stage};

/// What two prims with the same subtree have in common; `None` if nothing is known to.
pub(crate) fn key(
    stage: &Stage,
    prim: &usd::Prim,
    instance: bool,
    root_layers: &[String],
    relocates: &mut Relocates,
) -> Option<String> {
    let path = prim.path();
    if !prim.has_composition_arc().ok()? {
        return None;
    }
    if relocates.met(stage) || has_classes(prim) {
        // Only the library knows which class opinions an instance gets, and what was moved away from
        // below it; asking it composes all.
        let prototype = instance.then(|| prim.prototype().ok().flatten()).flatten();
        return prototype.map(|p| p.as_str().to_owned());
    }
    let mut key = if instance { "instance\n" } else { "" }.to_owned();
    for site in prim.prim_stack().ok()? {
        let local =
            root_layers.contains(&site.layer) && (site.path == *path || site.path.has_prefix(path));
        if local && instance {
            // Below an instance, opinions of its own do not count.
            continue;
        }
        if local {
            // An opinion of its own below the prim, or a choice of its own between opinions.
            let layer = stage.layer(&site.layer)?;
            let spec = layer.prim(site.path.clone()).ok()??;
            let below = spec.prim_children().is_some_and(|c| !c.is_empty());
            if below || site.path != *path || !layer.relocates().is_empty() {
                return None;
            }
            continue;
        }
        let offset = site.offset;
        writeln!(
            key,
            "{}\t{}\t{}\t{}",
            site.layer, site.path, offset.offset, offset.scale
        )
        .ok()?;
    }
    (!key.is_empty()).then_some(key)
}

/// Whether any layer met so far moves prims about.
#[derive(Debug, Default)]
pub(crate) struct Relocates {
    layers: usize,
    found: bool,
}

impl Relocates {
    /// Looks at the layers that were met since.
    pub(crate) fn met(&mut self, stage: &Stage) -> bool {
        let names = stage.layer_identifiers();
        if !self.found && names.len() != self.layers {
            let moves =
                |name: &String| stage.layer(name).is_some_and(|l| !l.relocates().is_empty());
            self.found = names.iter().any(moves);
            self.layers = names.len();
        }
        self.found
    }
}

/// Whether classes take part: what they say may differ with the place in the namespace.
pub(crate) fn has_classes(prim: &usd::Prim) -> bool {
    prim.prim_index().graph().map_or(true, |graph| {
        graph
            .all_nodes()
            .any(|node| matches!(node.arc(), ArcType::Inherit | ArcType::Specialize))
    })
}
