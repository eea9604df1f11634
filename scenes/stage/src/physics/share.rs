//! Which subtrees have the same content without being instances of one prototype.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use openusd::sdf::Path;
use openusd::sdf::expr::read_expression_variables;
use openusd::usd::{Prim, Stage};

use super::blueprint::Blueprint;

/// The specs that a prim composes from, strongest first: layer and path.
pub(super) type Key = Vec<(String, Path)>;

/// Blueprints by the specs of their root prim.
///
/// If all opinions on a prim come from referenced layers, then so do those on its descendants (a
/// layer with an opinion below a prim has a spec for the prim), and equal lists of specs compose to
/// equal subtrees. Two things could tell them apart, and turn sharing off: relocates, which bring
/// in content from beside the prim, and expression variables, which a layer inherits from the one
/// that refers to it.
pub(super) struct Sharing {
    stage: Stage,
    /// Layers of the root layer stack: an opinion in one of them is about one prim.
    own: HashSet<String>,
    known: HashMap<Key, Rc<Blueprint>>,
    /// Number of layers at the last look, and whether one of them forbids sharing.
    looked: (usize, bool),
}

impl Sharing {
    pub(super) fn new(stage: &Stage) -> Self {
        let mut own: HashSet<String> = stage.layer_stack().into_iter().collect();
        if let Some(session) = stage.session_layer() {
            own.insert(session.identifier().to_owned());
        }
        Self {
            stage: stage.clone(),
            own,
            known: HashMap::new(),
            looked: (0, false),
        }
    }

    /// The key of a prim's subtree, if others may have the same and it is worth asking.
    ///
    /// Worth it is the topmost prim without own opinions, and below that every prim that a layer
    /// has at its root: the usual target of a reference.
    pub(super) fn key(&mut self, prim: &Prim, inside: bool) -> openusd::Result<Option<Key>> {
        if self.is_forbidden() {
            return Ok(None);
        }
        let sites = prim.prim_stack()?;
        let foreign = |layer: &String| !self.own.contains(layer);
        if sites.is_empty() || !sites.iter().all(|site| foreign(&site.layer)) {
            return Ok(None);
        }
        let at_root = |path: &Path| path.strip_all_variant_selections().is_root_prim();
        if inside && !sites.iter().any(|site| at_root(&site.path)) {
            return Ok(None);
        }
        let pair = |site: openusd::usd::SpecSite| (site.layer, site.path);
        Ok(Some(sites.into_iter().map(pair).collect()))
    }

    pub(super) fn known(&self, key: &Key) -> Option<Rc<Blueprint>> {
        self.known.get(key).cloned()
    }

    pub(super) fn keep(&mut self, key: Key, blueprint: Rc<Blueprint>) {
        // Reading the subtree may have loaded a layer that forbids it.
        if !self.is_forbidden() {
            self.known.insert(key, blueprint);
        }
    }

    fn is_forbidden(&mut self) -> bool {
        let count = self.stage.layer_count();
        if count != self.looked.0 {
            let forbids = |name: &String| {
                self.stage.layer(name).is_some_and(|layer| {
                    let variables = read_expression_variables(layer.data());
                    layer.has_relocates() || variables.is_ok_and(|all| !all.is_empty())
                })
            };
            let forbidden = self.looked.1 || self.stage.layer_identifiers().iter().any(forbids);
            self.looked = (count, forbidden);
        }
        self.looked.1
    }
}

/// The path that targets keep when a subtree at `from` is placed at `to`: both paths without the
/// names that they share at their ends.
pub(super) fn roots(from: &Path, to: &Path) -> (Path, Path) {
    let (mut a, mut b) = (from.clone(), to.clone());
    while a != b && a.name() == b.name() {
        let (Some(x), Some(y)) = (a.parent(), b.parent()) else {
            break;
        };
        if x.is_abs_root() || y.is_abs_root() {
            break;
        }
        (a, b) = (x, y);
    }
    (a, b)
}
