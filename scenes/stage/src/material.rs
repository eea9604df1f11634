//! Materials bound to prims, as `UsdShade` resolves bindings.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use openusd::sdf::{self, Path, Value};
use openusd::tf::Token;
use openusd::usd::{self, CollectionAPI, MembershipQuery};

use crate::error::StageError;
use crate::open::Scene;

/// Purposes asked for; the empty one is the material for all purposes.
const PURPOSES: [&str; 4] = ["", "preview", "full", "physics"];
const DIRECT: &str = "material:binding";
const COLLECTION: &str = "material:binding:collection";

/// Bound materials by purpose (`all` for the empty one): path of the material, path of the
/// relationship that binds it.
pub type Bound = BTreeMap<String, (String, String)>;

/// The materials bound to a prim for `all`, `preview`, `full` and `physics`.
///
/// A new [`MaterialCache`] for one prim: keep a cache to ask for many.
#[must_use]
pub fn bound_materials(scene: &Scene, prim: &usd::Prim) -> Bound {
    MaterialCache::new(scene).bound(prim)
}

/// A relationship that binds a material.
struct Binding {
    relationship: Path,
    owner: Path,
    material: Path,
    is_stronger: bool,
}

struct CollectionBinding {
    binding: Binding,
    members: Rc<MembershipQuery>,
}

/// The bindings that one prim authors.
#[derive(Default)]
struct Bindings {
    direct: HashMap<&'static str, Binding>,
    collections: HashMap<&'static str, Vec<CollectionBinding>>,
}

/// Bindings and collections of a scene, each read once.
///
/// A cache belongs to one scene and holds what it has seen: make a new one after an edit.
#[derive(Default)]
pub struct MaterialCache {
    bindings: RefCell<HashMap<Path, Option<Rc<Bindings>>>>,
    members: RefCell<HashMap<Path, Option<Rc<MembershipQuery>>>>,
}

impl std::fmt::Debug for MaterialCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("MaterialCache")
            .finish_non_exhaustive()
    }
}

impl MaterialCache {
    /// An empty cache.
    #[must_use]
    pub fn new(_scene: &Scene) -> Self {
        Self::default()
    }

    /// The materials bound to a prim; purposes without one are left out.
    ///
    /// The nearest binding up the namespace wins, unless one above is `strongerThanDescendants`; at
    /// one prim the first collection that holds the prim asked for wins over a direct binding. A
    /// binding for the purpose wins over one for all purposes wherever it stands. A binding to
    /// something that is no material binds nothing and still wins. Bindings count without the
    /// applied schema; collections do not. What cannot be read counts as not bound.
    #[must_use]
    pub fn bound(&self, prim: &usd::Prim) -> Bound {
        let mut bound = Bound::new();
        let Ok(chain) = self.chain(prim) else {
            return bound;
        };
        for purpose in PURPOSES {
            let restricted = winner(&chain, prim.path(), purpose);
            let Some(binding) = restricted.or_else(|| winner(&chain, prim.path(), "")) else {
                continue;
            };
            let material = prim.stage().prim(binding.material.clone());
            if material.is_ok_and(|material| material.is_a("Material").unwrap_or(false)) {
                let key = if purpose.is_empty() { "all" } else { purpose };
                let paths = (
                    binding.material.as_str().to_owned(),
                    binding.relationship.as_str().to_owned(),
                );
                bound.insert(key.to_owned(), paths);
            }
        }
        bound
    }

    /// The bindings at a prim and above it, nearest first.
    fn chain(&self, prim: &usd::Prim) -> Result<Vec<Rc<Bindings>>, StageError> {
        let mut chain = Vec::new();
        let mut current = Some(prim.clone());
        while let Some(prim) = current.filter(|prim| !prim.path().is_abs_root()) {
            let known = self.bindings.borrow().get(prim.path()).cloned();
            let bindings = match known {
                Some(bindings) => bindings,
                None => {
                    let bindings = self.read(&prim)?.map(Rc::new);
                    let path = prim.path().clone();
                    self.bindings.borrow_mut().insert(path, bindings.clone());
                    bindings
                }
            };
            chain.extend(bindings);
            current = prim.parent();
        }
        Ok(chain)
    }

    fn read(&self, prim: &usd::Prim) -> Result<Option<Bindings>, StageError> {
        let mut names = prim.authored_property_names()?;
        names.retain(|name| name.starts_with(DIRECT));
        if names.is_empty() {
            return Ok(None);
        }
        // USD sorts names before it applies the authored order; the library leaves them as found.
        names.sort_by(|a, b| sdf::element_cmp(a, b));
        let order = prim
            .stage()
            .field::<Value>(prim.path().clone(), "propertyOrder")?;
        if let Some(Value::TokenVec(order)) = order {
            sdf::apply_ordering(&mut names, &order);
        }
        let mut all = Bindings::default();
        for purpose in PURPOSES {
            let direct = joined(DIRECT, purpose);
            if names.iter().any(|name| name.as_str() == direct)
                && let Some(binding) = direct_binding(prim, &direct)?
            {
                all.direct.insert(purpose, binding);
            }
            let prefix = format!("{}:", joined(COLLECTION, purpose));
            for name in &names {
                let rest = name.strip_prefix(prefix.as_str());
                let suits = |rest: &str| !purpose.is_empty() || !rest.contains(':');
                if rest.is_some_and(suits)
                    && let Some(binding) = self.collection_binding(prim, name)?
                {
                    all.collections.entry(purpose).or_default().push(binding);
                }
            }
        }
        Ok(Some(all))
    }

    fn collection_binding(
        &self,
        prim: &usd::Prim,
        name: &Token,
    ) -> Result<Option<CollectionBinding>, StageError> {
        let targets = prim.relationship(name.clone()).forwarded_targets()?;
        let [a, b] = targets.as_slice() else {
            return Ok(None);
        };
        let (material, collection) = match (a.is_prim_path(), b.is_prim_path()) {
            (true, false) => (a, b),
            (false, true) => (b, a),
            _ => return Ok(None),
        };
        let Some(members) = self.members(prim, collection)? else {
            return Ok(None);
        };
        let binding = binding(prim, name, material.clone())?;
        Ok(Some(CollectionBinding { binding, members }))
    }

    /// The members of a collection; `None` if the path names none that is applied.
    fn members(
        &self,
        prim: &usd::Prim,
        path: &Path,
    ) -> Result<Option<Rc<MembershipQuery>>, StageError> {
        if let Some(known) = self.members.borrow().get(path) {
            return Ok(known.clone());
        }
        let mut members = None;
        if let Some((owner, name)) = CollectionAPI::instance_at_path(path) {
            let owner = prim.stage().prim(owner)?;
            if owner.has_api_schema(format!("CollectionAPI:{name}"))? {
                let collection = CollectionAPI::from_prim_unchecked(owner, name);
                members = Some(Rc::new(collection.compute_membership_query()?));
            }
        }
        self.members
            .borrow_mut()
            .insert(path.clone(), members.clone());
        Ok(members)
    }
}

fn joined(base: &str, purpose: &str) -> String {
    if purpose.is_empty() {
        base.to_owned()
    } else {
        format!("{base}:{purpose}")
    }
}

fn direct_binding(prim: &usd::Prim, name: &str) -> Result<Option<Binding>, StageError> {
    let name = Token::from(name.to_owned());
    let targets = prim.relationship(name.clone()).forwarded_targets()?;
    match targets.as_slice() {
        [material] if material.is_prim_path() => Ok(Some(binding(prim, &name, material.clone())?)),
        _ => Ok(None),
    }
}

fn binding(prim: &usd::Prim, name: &Token, material: Path) -> Result<Binding, StageError> {
    let relationship = prim.relationship(name.clone());
    let strength = relationship.get_metadata::<Token>("bindMaterialAs")?;
    Ok(Binding {
        relationship: relationship.path().clone(),
        owner: prim.path().clone(),
        material,
        is_stronger: strength.is_some_and(|token| token.as_str() == "strongerThanDescendants"),
    })
}

/// The binding that wins for one purpose alone.
fn winner<'a>(chain: &'a [Rc<Bindings>], prim: &Path, purpose: &str) -> Option<&'a Binding> {
    let mut winner: Option<&Binding> = None;
    for bindings in chain {
        if let Some(direct) = bindings.direct.get(purpose)
            && (winner.is_none() || direct.is_stronger)
        {
            winner = Some(direct);
        }
        for CollectionBinding { binding, members } in
            bindings.collections.get(purpose).into_iter().flatten()
        {
            let here = winner.is_some_and(|won| won.owner == binding.owner);
            if members.is_path_included(prim) && (winner.is_none() || here || binding.is_stronger) {
                winner = Some(binding);
                break;
            }
        }
    }
    winner
}
