//! The material that a collider is bound to for physics, as USD's shading schema resolves
//! bindings.
//!
//! A prim's own binding, the nearest of its ancestors', or one marked stronger than descendants;
//! bindings for the purpose `physics` before those for all purposes. Direct bindings are carried
//! down the traversal; where a collection binds anything on the way, the prim is asked by itself
//! ([`crate::material`]).

use openusd::sdf::{Path, Value};
use openusd::tf::Token;
use openusd::usd::Prim;

const DIRECT: [&str; 2] = ["material:binding:physics", "material:binding"];
const COLLECTION: &str = "material:binding:collection:";
const STRONGER: &str = "strongerThanDescendants";

/// What a binding leads to; what is no material binds nothing, and yet wins.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Binding {
    pub(super) path: Path,
    /// Whether it is a material with physical properties.
    pub(super) physical: bool,
}

/// What binds at a prim and above: `strong.or(inner).or(weak)` is what a prim below gets that has
/// `inner` itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Bound {
    weak: Option<Binding>,
    strong: Option<Binding>,
}

/// Bindings by purpose, first for physics, then for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Bindings {
    purposes: [Bound; 2],
    /// Whether a collection binds at one of the prims.
    pub(super) collections: bool,
}

impl Bindings {
    pub(super) fn is_empty(&self) -> bool {
        !self.collections
            && self
                .purposes
                .iter()
                .all(|b| b.weak.is_none() && b.strong.is_none())
    }

    /// What binds below two stretches of prims, `self` being the outer one.
    pub(super) fn with(&self, inner: &Self) -> Self {
        let both = |k: usize| {
            let (outer, inner) = (&self.purposes[k], &inner.purposes[k]);
            Bound {
                weak: inner.weak.clone().or_else(|| outer.weak.clone()),
                strong: outer.strong.clone().or_else(|| inner.strong.clone()),
            }
        };
        Self {
            purposes: [both(0), both(1)],
            collections: self.collections || inner.collections,
        }
    }

    /// The same with other paths.
    pub(super) fn mapped(&self, map: &dyn Fn(&Path) -> Path) -> Self {
        let moved = |b: &Option<Binding>| {
            b.as_ref().map(|b| Binding {
                path: map(&b.path),
                physical: b.physical,
            })
        };
        let both = |b: &Bound| Bound {
            weak: moved(&b.weak),
            strong: moved(&b.strong),
        };
        Self {
            purposes: [both(&self.purposes[0]), both(&self.purposes[1])],
            collections: self.collections,
        }
    }

    /// The binding that wins.
    pub(super) fn winner(&self) -> Option<&Binding> {
        let mut all = self
            .purposes
            .iter()
            .map(|b| b.strong.as_ref().or(b.weak.as_ref()));
        all.find_map(|b| b)
    }

    /// What a prim itself binds, given the names of its authored properties.
    pub(super) fn of(
        prim: &Prim,
        authored: &[Token],
        is_physical: &mut dyn FnMut(&Path) -> bool,
    ) -> Self {
        let mut found = Self::default();
        if !authored
            .iter()
            .any(|name| name.as_str().starts_with(DIRECT[1]))
        {
            return found;
        }
        found.collections = authored
            .iter()
            .any(|name| name.as_str().starts_with(COLLECTION));
        for (k, name) in DIRECT.into_iter().enumerate() {
            if !authored.iter().any(|token| token.as_str() == name) {
                continue;
            }
            if let Some((binding, strong)) = direct(prim, name, is_physical) {
                found.purposes[k] = Bound {
                    strong: strong.then(|| binding.clone()),
                    weak: Some(binding),
                };
            }
        }
        found
    }
}

fn direct(
    prim: &Prim,
    name: &str,
    is_physical: &mut dyn FnMut(&Path) -> bool,
) -> Option<(Binding, bool)> {
    let relationship = prim.relationship(name);
    let targets = relationship.forwarded_targets().ok()?;
    let [path] = targets.as_slice() else {
        return None;
    };
    if !path.is_prim_path() {
        return None;
    }
    let strong = is_stronger(prim, name);
    let binding = Binding {
        path: path.clone(),
        physical: is_physical(path),
    };
    Some((binding, strong))
}

fn is_stronger(prim: &Prim, name: &str) -> bool {
    let strength = prim
        .relationship(name)
        .get_metadata::<Value>("bindMaterialAs");
    let token = strength.ok().flatten().and_then(Value::try_as_token);
    token.is_some_and(|token| token.as_str() == STRONGER)
}
