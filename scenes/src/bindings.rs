//! Which material a prim has: bindings as authored, and which of them wins where.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use halle_world::Severity;
use halle_world::components::Surface;
use openusd::sdf;
use openusd::tf::Token;
use openusd::usd::{CollectionAPI, MembershipQuery, Stage};

use crate::raw::{Binding, Purpose, RawContact};
use crate::reader::{PrimReader, Reading};
use crate::recipe::Namespace;
use crate::textures::Textures;
use crate::{bodies, looks};

/// Bindings that a prim authors, in USD's order of their names.
pub(crate) fn read(prim: &PrimReader<'_>) -> Vec<Binding> {
    let mut names: Vec<Token> = prim
        .property_names()
        .filter(|name| name.starts_with("material:binding"))
        .map(|name| Token::from(name.to_owned()))
        .collect();
    names.sort_by(|a, b| sdf::element_cmp(a, b));
    names
        .iter()
        .filter_map(|name| binding(prim, name))
        .collect()
}

fn binding(prim: &PrimReader<'_>, name: &str) -> Option<Binding> {
    let rest = name.strip_prefix("material:binding")?;
    let parts: Vec<&str> = rest.split(':').skip(1).collect();
    let (collected, purpose) = match parts.as_slice() {
        [] => (false, Purpose::All),
        ["preview"] => (false, Purpose::Preview),
        ["physics"] => (false, Purpose::Physics),
        ["collection", _] => (true, Purpose::All),
        ["collection", "preview", ..] => (true, Purpose::Preview),
        ["collection", "physics", ..] => (true, Purpose::Physics),
        _ => return None,
    };
    let targets = prim.targets(name);
    let (material, collection) = match (targets.as_slice(), collected) {
        ([material], false) if !material.contains('.') => (material, None),
        ([a, b], true) => match (a.split_once(".collection:"), b.split_once(".collection:")) {
            (Some((path, name)), None) => (b, Some((path.to_owned(), name.to_owned()))),
            (None, Some((path, name))) => (a, Some((path.to_owned(), name.to_owned()))),
            _ => return malformed(prim, name),
        },
        ([], _) => return None,
        _ => return malformed(prim, name),
    };
    let strength = prim.opinions.relationship_text(name, "bindMaterialAs");
    Some(Binding {
        purpose,
        material: material.clone(),
        strong: strength.as_deref() == Some("strongerThanDescendants"),
        collection,
    })
}

fn malformed(prim: &PrimReader<'_>, name: &str) -> Option<Binding> {
    let message = "material binding names too many prims: it binds nothing";
    let help = "name one material, or one collection and one material";
    prim.find(Severity::Warning, "SC0106", name, message, help);
    None
}

/// Index of a material that was read.
pub(crate) type MaterialId = u32;

/// The bindings on a prim and above it, nearest first; shared by all prims below.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound(Option<Rc<Link>>);

/// The bindings on one prim.
#[derive(Debug)]
struct Link {
    own: Vec<Active>,
    above: Bound,
}

/// A binding whose material and collection are known.
#[derive(Debug)]
struct Active {
    purpose: Purpose,
    material: MaterialId,
    strong: bool,
    members: Option<Members>,
}

/// The collection that a binding is for.
#[derive(Debug)]
struct Members {
    query: Rc<MembershipQuery>,
    /// Where the prim with the binding stands: members are named as it was read.
    namespace: Option<Arc<Namespace>>,
}

impl Members {
    fn include(&self, path: &str) -> bool {
        let path = Namespace::read(self.namespace.as_ref(), path);
        sdf::Path::new(&path).is_ok_and(|path| self.query.is_path_included(&path))
    }
}

impl Bound {
    /// The material of a prim for pictures, given where it stands.
    pub(crate) fn look(&self, path: &str) -> Option<MaterialId> {
        self.winner(Purpose::Preview, path)
            .or_else(|| self.winner(Purpose::All, path))
    }

    /// The material of a prim for contacts.
    pub(crate) fn contact(&self, path: &str) -> Option<MaterialId> {
        self.winner(Purpose::Physics, path)
            .or_else(|| self.winner(Purpose::All, path))
    }

    /// The binding that wins for one purpose: the nearest, unless one above is strong; on one prim
    /// the first collection that holds the prim wins over the direct binding.
    fn winner(&self, purpose: Purpose, path: &str) -> Option<MaterialId> {
        let mut winner: Option<(MaterialId, &Rc<Link>)> = None;
        let mut at = self;
        while let Some(link) = &at.0 {
            let of_purpose = || link.own.iter().filter(|b| b.purpose == purpose);
            for direct in of_purpose().filter(|b| b.members.is_none()) {
                if winner.is_none() || direct.strong {
                    winner = Some((direct.material, link));
                }
            }
            for bound in of_purpose() {
                let Some(members) = &bound.members else {
                    continue;
                };
                let here = winner.is_none_or(|(_, on)| Rc::ptr_eq(on, link));
                if (here || bound.strong) && members.include(path) {
                    winner = Some((bound.material, link));
                    break;
                }
            }
            at = &link.above;
        }
        winner.map(|w| w.0)
    }

    /// What holds at a prim, given what holds at its parent; `path` is where the prim stands.
    pub(crate) fn at(
        &self,
        own: &[Binding],
        path: &str,
        namespace: Option<&Arc<Namespace>>,
        materials: &mut Materials<'_>,
    ) -> Self {
        if own.is_empty() {
            return self.clone();
        }
        let user = Namespace::read(namespace, path);
        let active = |binding: &Binding| {
            let members = match &binding.collection {
                None => None,
                Some((prim, name)) => Some(Members {
                    query: materials.collection(&user, prim, name)?,
                    namespace: namespace.cloned(),
                }),
            };
            Some(Active {
                purpose: binding.purpose,
                material: materials.id(&user, &binding.material),
                strong: binding.strong,
                members,
            })
        };
        Self(Some(Rc::new(Link {
            own: own.iter().filter_map(active).collect(),
            above: self.clone(),
        })))
    }
}

/// Materials that were read, by path.
pub(crate) struct Materials<'s> {
    stage: &'s Stage,
    reading: &'s Reading,
    ids: BTreeMap<String, MaterialId>,
    read: Vec<(Option<Arc<Surface>>, Option<RawContact>)>,
    textures: Textures,
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
            textures: Textures::default(),
            collections: BTreeMap::new(),
        }
    }

    /// How a material looks.
    pub(crate) fn look(&self, id: MaterialId) -> Option<Arc<Surface>> {
        self.read[id as usize].0.clone()
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
                looks::surface(self.stage, &material, &self.textures),
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
