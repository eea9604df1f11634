//! Which material a prim has: bindings as authored, and which of them wins where.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use halle_world::Severity;
use halle_world::components::DisplayMaterial;
use openusd::sdf;
use openusd::usd::{CollectionAPI, MembershipQuery, Stage};

use crate::raw::{Binding, Purpose, RawContact};
use crate::reader::{PrimReader, Reading};
use crate::recipe::Namespace;
use crate::{bodies, looks};

/// Bindings that a prim authors, direct ones before those of collections.
pub(crate) fn read(prim: &PrimReader<'_>) -> Vec<Binding> {
    let mut bindings = Vec::new();
    for name in prim.property_names() {
        let Some(rest) = name.strip_prefix("material:binding") else {
            continue;
        };
        let parts: Vec<&str> = rest.split(':').skip(1).collect();
        let (collection, purpose) = match parts.as_slice() {
            [] => (false, Purpose::All),
            ["preview"] => (false, Purpose::Preview),
            ["physics"] => (false, Purpose::Physics),
            ["collection", _] => (true, Purpose::All),
            ["collection", "preview", _] => (true, Purpose::Preview),
            ["collection", "physics", _] => (true, Purpose::Physics),
            _ => continue,
        };
        let mut targets = prim.targets(name).into_iter();
        let strength = prim.opinions.relationship_text(name, "bindMaterialAs");
        let strong = strength.as_deref() == Some("strongerThanDescendants");
        let collection = if collection {
            let Some(target) = targets.next() else {
                continue;
            };
            let Some((path, name)) = target.split_once(".collection:") else {
                continue;
            };
            Some((path.to_owned(), name.to_owned()))
        } else {
            None
        };
        let Some(material) = targets.next() else {
            continue;
        };
        bindings.push(Binding {
            purpose,
            material,
            strong,
            collection,
        });
    }
    bindings
}

/// Index of a material that was read.
pub(crate) type MaterialId = u32;

/// The materials that hold at a prim.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound {
    /// For everything, for pictures, for contacts; and whether it beats bindings further down.
    by_purpose: [Option<(MaterialId, bool)>; 3],
    /// Bindings of collections that may hold further down.
    collections: Rc<Vec<Active>>,
}

/// A collection's binding on a prim above.
#[derive(Clone, Debug)]
struct Active {
    purpose: Purpose,
    material: MaterialId,
    strong: bool,
    query: Rc<MembershipQuery>,
    /// Where the prim with the binding stands: members are named as it was read.
    namespace: Option<Arc<Namespace>>,
}

impl Bound {
    /// The material for pictures.
    pub(crate) fn look(&self) -> Option<MaterialId> {
        self.by_purpose[1].or(self.by_purpose[0]).map(|m| m.0)
    }

    /// The material for contacts.
    pub(crate) fn contact(&self) -> Option<MaterialId> {
        self.by_purpose[2].or(self.by_purpose[0]).map(|m| m.0)
    }

    /// What holds at a prim, given what holds at its parent; `path` is where the prim stands.
    pub(crate) fn at(
        &self,
        own: &[Binding],
        path: &str,
        namespace: Option<&Arc<Namespace>>,
        materials: &mut Materials<'_>,
    ) -> Self {
        if own.is_empty() && self.collections.is_empty() {
            return self.clone();
        }
        let mut bound = self.clone();
        let inherited = self.by_purpose.map(|m| m.is_some_and(|m| m.1));
        let mut set = |purpose: Purpose, material, strong| {
            let slot = purpose as usize;
            if !inherited[slot] {
                bound.by_purpose[slot] = Some((material, strong));
            }
        };
        // Farther collections first, so that nearer ones win; then what the prim itself says.
        for active in self.collections.iter().filter(|a| a.includes(path)) {
            set(active.purpose, active.material, active.strong);
        }
        let mut added = Vec::new();
        let user = Namespace::read(namespace, path);
        for binding in own {
            let material = materials.id(&user, &binding.material);
            match &binding.collection {
                None => set(binding.purpose, material, binding.strong),
                Some((prim, name)) => {
                    if let Some(query) = materials.collection(&user, prim, name) {
                        let active = Active {
                            purpose: binding.purpose,
                            material,
                            strong: binding.strong,
                            query,
                            namespace: namespace.cloned(),
                        };
                        if active.includes(path) {
                            set(active.purpose, active.material, active.strong);
                        }
                        added.push(active);
                    }
                }
            }
        }
        if !added.is_empty() {
            let mut all = (*self.collections).clone();
            all.extend(added);
            bound.collections = Rc::new(all);
        }
        bound
    }
}

impl Active {
    fn includes(&self, path: &str) -> bool {
        let path = Namespace::read(self.namespace.as_ref(), path);
        sdf::Path::new(&path).is_ok_and(|path| self.query.is_path_included(&path))
    }
}

/// Materials that were read, by path.
pub(crate) struct Materials<'s> {
    stage: &'s Stage,
    reading: &'s Reading,
    ids: BTreeMap<String, MaterialId>,
    read: Vec<(Option<DisplayMaterial>, Option<RawContact>)>,
    collections: BTreeMap<(String, String), Option<Rc<MembershipQuery>>>,
}

impl<'s> Materials<'s> {
    /// No materials read so far.
    pub(crate) fn new(stage: &'s Stage, reading: &'s Reading) -> Self {
        Self {
            stage,
            reading,
            ids: BTreeMap::new(),
            read: Vec::new(),
            collections: BTreeMap::new(),
        }
    }

    /// How a material looks.
    pub(crate) fn look(&self, id: MaterialId) -> Option<DisplayMaterial> {
        self.read[id as usize].0
    }

    /// What a material feels like.
    pub(crate) fn contact(&self, id: MaterialId) -> Option<RawContact> {
        self.read[id as usize].1
    }

    /// The material at a path, read once; `user` is the prim that binds it.
    fn id(&mut self, user: &str, path: &str) -> MaterialId {
        if let Some(id) = self.ids.get(path) {
            return *id;
        }
        let id = self.read.len() as MaterialId;
        self.ids.insert(path.to_owned(), id);
        let reader = sdf::Path::new(path)
            .ok()
            .and_then(|path| PrimReader::new(self.stage, &path, self.reading).ok())
            .filter(|material| material.kind == "Material");
        let read = match reader {
            Some(material) => (
                looks::display_material(self.stage, &material, self.reading),
                bodies::contact_material(&material),
            ),
            None => {
                self.reading.find_at(
                    self.stage,
                    user,
                    Severity::Warning,
                    ("SC0106", "material:binding"),
                    format!("no material at `{path}`: the default is used"),
                    "correct the path, or load the layer that holds the material",
                );
                (None, None)
            }
        };
        self.read.push(read);
        id
    }

    /// Membership of a collection; `user` is the prim that binds it.
    fn collection(&mut self, user: &str, prim: &str, name: &str) -> Option<Rc<MembershipQuery>> {
        let key = (prim.to_owned(), name.to_owned());
        if let Some(known) = self.collections.get(&key) {
            return known.clone();
        }
        let query = sdf::Path::new(prim).ok().and_then(|path| {
            let prim = self.stage.prim(path).ok()?;
            let collection = CollectionAPI::get_instance(&prim, name).ok()??;
            collection.compute_membership_query().ok().map(Rc::new)
        });
        if query.is_none() {
            self.reading.find_at(
                self.stage,
                user,
                Severity::Warning,
                ("SC0106", "material:binding:collection"),
                format!("no collection `{name}` at `{prim}`: its binding has no effect"),
                "correct the path, or apply `CollectionAPI` to the prim",
            );
        }
        self.collections.insert(key, query.clone());
        query
    }
}
