//! Triangle meshes: written once, referenced by every prim that has the same one.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher as _;
use std::sync::Arc;

use halle_world::components::{Geometry, MeshSkin, Plant, Skin, SourcePath};
use halle_world::{Shape, TriangleMesh, World};

use crate::error::AuthorError;
use crate::layer::{Layer, Prim};
use crate::names::{unique, valid};
use crate::primvars;
use crate::value::{ints, token, triples};

/// A mesh in use.
#[derive(Debug)]
struct Entry {
    mesh: Arc<TriangleMesh>,
    skin: Option<Arc<MeshSkin>>,
    users: usize,
    name: String,
}

/// All meshes of the world, each once.
#[derive(Debug)]
pub(crate) struct Meshes {
    holder: String,
    entries: Vec<Entry>,
    by_address: BTreeMap<[usize; 2], usize>,
}

impl Meshes {
    /// Finds meshes that are the same, by address and by content.
    ///
    /// # Errors
    /// If a triangle names a point that its mesh does not have.
    pub(crate) fn new(world: &World, holder: &str) -> Result<Self, AuthorError> {
        let mut made = Self {
            holder: holder.to_owned(),
            entries: Vec::new(),
            by_address: BTreeMap::new(),
        };
        let none = Vec::new();
        let entities = world.get_resource::<Plant>().map_or(&none, |p| &p.entities);
        let mut by_content: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        let mut names = BTreeSet::new();
        for &entity in entities {
            let Some(Shape::Mesh(mesh)) = world.get::<Geometry>(entity).map(|g| &g.shape) else {
                continue;
            };
            let skin = world.get::<Skin>(entity).map(|s| &s.0);
            let address = address(mesh, skin);
            if let Some(&index) = made.by_address.get(&address) {
                made.entries[index].users += 1;
                continue;
            }
            let source = world.get::<SourcePath>(entity);
            check(mesh, source.map_or("", |s| &s.prim))?;
            let alike = by_content.entry(digest(mesh)).or_default();
            let same = alike
                .iter()
                .copied()
                .find(|&i| made.entries[i].mesh == *mesh && made.entries[i].skin.as_ref() == skin);
            let index = same.unwrap_or_else(|| {
                let name = valid(source.map_or("mesh", |s| s.name()));
                let name = unique(&name, |n| names.contains(n));
                names.insert(name.clone());
                let mesh = Arc::clone(mesh);
                made.entries.push(Entry {
                    mesh,
                    skin: skin.cloned(),
                    users: 0,
                    name,
                });
                alike.push(made.entries.len() - 1);
                made.entries.len() - 1
            });
            made.entries[index].users += 1;
            made.by_address.insert(address, index);
        }
        Ok(made)
    }

    /// Makes a prim the mesh: by reference if others have the same.
    pub(crate) fn write(
        &self,
        prim: &mut Prim,
        mesh: &Arc<TriangleMesh>,
        skin: Option<&Arc<MeshSkin>>,
    ) {
        let entry = self
            .by_address
            .get(&address(mesh, skin))
            .map(|&i| &self.entries[i]);
        match entry.filter(|e| e.users > 1) {
            Some(entry) => drop(prim.reference(&format!("{}/{}", self.holder, entry.name))),
            None => fill(prim, mesh, skin.map(|s| &**s)),
        }
    }

    /// Writes the holder of shared meshes, if there are any.
    pub(crate) fn write_shared(&self, layer: &mut Layer) {
        for entry in self.entries.iter().filter(|e| e.users > 1) {
            let holder = &self.holder;
            if !layer.has(holder) {
                layer.add(holder, "Scope").class();
            }
            let prim = layer.add(&format!("{holder}/{}", entry.name), "Mesh");
            fill(prim, &entry.mesh, entry.skin.as_deref());
        }
    }
}

fn address(mesh: &Arc<TriangleMesh>, skin: Option<&Arc<MeshSkin>>) -> [usize; 2] {
    let skin = skin.map_or(0, |s| Arc::as_ptr(s).addr());
    [Arc::as_ptr(mesh).addr(), skin]
}

/// A short number that equal meshes share; only narrows the search.
fn digest(mesh: &TriangleMesh) -> u64 {
    let mut hasher = DefaultHasher::new();
    for point in mesh.points.iter().chain(&mesh.normals) {
        point.iter().for_each(|v| hasher.write_u64(v.to_bits()));
    }
    for triangle in &mesh.triangles {
        triangle.iter().for_each(|i| hasher.write_u32(*i));
    }
    hasher.finish()
}

fn check(mesh: &TriangleMesh, prim: &str) -> Result<(), AuthorError> {
    let count = mesh.points.len();
    let beyond =
        |i: &&u32| usize::try_from(**i).is_ok_and(|i| i >= count) || i32::try_from(**i).is_err();
    match mesh.triangles.iter().flatten().find(beyond) {
        None => Ok(()),
        Some(&index) => Err(AuthorError::BadMesh {
            prim: prim.to_owned(),
            index,
            count,
        }),
    }
}

fn fill(prim: &mut Prim, mesh: &TriangleMesh, skin: Option<&MeshSkin>) {
    let indices = mesh.triangles.iter().flatten();
    // `check` has refused indices that do not fit.
    let indices = indices
        .map(|i| i32::try_from(*i).unwrap_or(i32::MAX))
        .collect();
    prim.uniform("subdivisionScheme", token("none"));
    prim.set("faceVertexCounts", ints(vec![3; mesh.triangles.len()]));
    prim.set("faceVertexIndices", ints(indices));
    prim.set("points", triples("point3f[]", mesh.points.iter().copied()));
    if !mesh.normals.is_empty() && mesh.normals.len() == mesh.points.len() {
        prim.per_point(
            "normals",
            triples("normal3f[]", mesh.normals.iter().copied()),
        );
    } else if let Some(skin) = skin {
        primvars::write_normals(prim, skin, mesh.triangles.len());
    }
    if let Some(skin) = skin {
        primvars::write(prim, skin, Some(mesh));
    }
    if !mesh.points.is_empty() {
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for point in &mesh.points {
            for k in 0..3 {
                low[k] = low[k].min(point[k]);
                high[k] = high[k].max(point[k]);
            }
        }
        prim.set("extent", triples("float3[]", [low, high]));
    }
}
