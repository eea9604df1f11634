//! Which prims have the same subtree below them, so that it need not be looked at again.
//!
//! Instances have: they share a prototype. So do prims that get everything below them from the same
//! arcs and say nothing there themselves, which is how most plants place their cells.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use halle_stage::StageError;
use halle_stage::open::Scene;
use openusd::pcp::ArcType;
use openusd::usd::{Prim, Stage};

/// Tells subtrees of one stage apart.
pub(crate) struct Subtrees {
    stage: Stage,
    /// Layers of the root layer stack.
    local: BTreeSet<String>,
}

impl Subtrees {
    pub(crate) fn of(scene: &Scene) -> Self {
        Self {
            stage: scene.stage().clone(),
            local: scene.stage().layer_stack().into_iter().collect(),
        }
    }

    /// What prims with the same subtree below them have in common; none if nothing is known to.
    pub(crate) fn key(&self, prim: &Prim) -> Result<Option<String>, StageError> {
        if !prim.has_composition_arc()? {
            return Ok(None);
        }
        let instance = prim.is_instance()?;
        if instance {
            let prototype = prim.prototype()?;
            return Ok(prototype.map(|p| p.as_str().to_owned()));
        }
        // What classes say may differ with the place in the namespace.
        let classes = prim
            .prim_index()
            .graph()?
            .all_nodes()
            .any(|node| matches!(node.arc(), ArcType::Inherit | ArcType::Specialize));
        if classes {
            return Ok(None);
        }
        let mut key = String::new();
        for site in prim.prim_stack()? {
            if self.local.contains(&site.layer) {
                if site.path != *prim.path() || self.speaks_below(&site.layer, prim) {
                    return Ok(None);
                }
                continue;
            }
            writeln!(key, "{}\t{}", site.layer, site.path).unwrap_or_default();
        }
        Ok((!key.is_empty()).then_some(key))
    }

    /// Whether a layer has opinions of its own below a prim, or may have.
    fn speaks_below(&self, layer: &str, prim: &Prim) -> bool {
        let Some(layer) = self.stage.layer(layer) else {
            return true;
        };
        let spec = layer.prim(prim.path().clone());
        let quiet = spec
            .is_ok_and(|spec| spec.is_some_and(|s| s.prim_children().is_none_or(|c| c.is_empty())));
        !quiet || !layer.relocates().is_empty()
    }
}
