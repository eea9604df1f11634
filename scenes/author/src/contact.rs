//! What touches what, and how it feels.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::entity::Entity;
use halle_world::components::{
    Approximation, Collider, CollisionGroup, ContactMaterial, FaceLooks, FilteredPairs, Geometry,
    Look, MaskFilter, Skin, looks_by_face,
};
use halle_world::{Severity, Shape};

use crate::author::Author;
use crate::names::{unique, valid};
use crate::plan::{Node, Role};
use crate::value::{float, ints, string, token, truth};

impl Author<'_> {
    /// Collider and materials of an entity, on the prim of its shape if it has one.
    pub(crate) fn surface(&mut self, node: &Node, entity: Entity) {
        let path = node.path_of(Role::Shape).to_owned();
        let geometry = self.world.get::<Geometry>(entity);
        match (self.world.get::<Collider>(entity), geometry) {
            (Some(collider), Some(geometry)) => self.collider(&path, collider, &geometry.shape),
            (Some(_), None) => {
                let message = "collider has no shape: it is left out".to_owned();
                let help = "put the collider on the prim that has the shape";
                self.find(
                    node,
                    Severity::Warning,
                    "AU0308",
                    "apiSchemas",
                    message,
                    help,
                );
            }
            (None, _) => {}
        }
        let look = self
            .world
            .get::<Look>(entity)
            .map(|look| self.materials.look(&look.0));
        self.face_looks(&path, entity);
        let touch = self
            .world
            .get::<ContactMaterial>(entity)
            .map(|touch| self.materials.contact(touch));
        if look.is_none() && touch.is_none() {
            return;
        }
        let prim = self.layer.at(&path).api("MaterialBindingAPI");
        // Bound where they apply: nothing above competes, so the default strength holds.
        if let Some(look) = look {
            prim.rel("material:binding", vec![look]);
        }
        if let Some(touch) = touch {
            prim.rel("material:binding:physics", vec![touch]);
        }
    }

    /// Sets of the faces that have looks of their own, counted over the triangles that are written.
    fn face_looks(&mut self, path: &str, entity: Entity) {
        let world = self.world;
        let shape = world.get::<Geometry>(entity).map(|g| &g.shape);
        let (Some(Shape::Mesh(mesh)), Some(FaceLooks(looks))) =
            (shape, world.get::<FaceLooks>(entity))
        else {
            return;
        };
        let cut = world.get::<Skin>(entity).map(|s| &s.0.cut);
        let face = |triangle: usize| cut.map_or(triangle as u32, |cut| cut.face(triangle)) as usize;
        let count = (0..mesh.triangles.len()).map(|t| face(t) + 1).max();
        let by_face = looks_by_face(looks, count.unwrap_or(0));
        let mut names = BTreeSet::new();
        for (k, set) in looks.iter().enumerate() {
            let triangles = (0..mesh.triangles.len()).filter(|t| by_face[face(*t)] == Some(k));
            let triangles = triangles.map(|t| i32::try_from(t).unwrap_or(i32::MAX));
            let triangles: Vec<i32> = triangles.collect();
            let Some(look) = set.look.as_ref().filter(|_| !triangles.is_empty()) else {
                continue;
            };
            let name = unique(&valid(&set.name), |n| {
                names.contains(n) || self.layer.has(&format!("{path}/{n}"))
            });
            let material = self.materials.look(look);
            let prim = self.layer.add(&format!("{path}/{name}"), "GeomSubset");
            prim.api("MaterialBindingAPI");
            prim.uniform("elementType", token("face"));
            prim.uniform("familyName", token("materialBind"));
            prim.set("indices", ints(triangles));
            prim.rel("material:binding", vec![material]);
            names.insert(name);
        }
        if !names.is_empty() {
            let family = "subsetFamily:materialBind:familyType";
            let prim = self.layer.at(path);
            prim.uniform(family, token("nonOverlapping"));
        }
    }

    fn collider(&mut self, path: &str, collider: &Collider, shape: &Shape) {
        let prim = self.layer.at(path).api("PhysicsCollisionAPI");
        if !collider.enabled {
            prim.set("physics:collisionEnabled", truth(false));
        }
        if matches!(shape, Shape::Mesh(_)) {
            prim.api("PhysicsMeshCollisionAPI");
            let approximation = match collider.approximation {
                Approximation::Exact => "none",
                Approximation::ConvexHull => "convexHull",
                Approximation::ConvexDecomposition => "convexDecomposition",
                Approximation::BoundingSphere => "boundingSphere",
                Approximation::BoundingBox => "boundingCube",
                Approximation::Simplified => "meshSimplification",
                Approximation::SignedDistance => {
                    prim.api("NewtonSDFCollisionAPI");
                    "sdf"
                }
            };
            prim.uniform("physics:approximation", token(approximation));
        }
        if collider.rest_offset != 0.0 || collider.contact_offset.is_some() {
            prim.api("NewtonCollisionAPI");
            prim.set("newton:contactMargin", float(collider.rest_offset));
            // Newton counts the gap from the skin, the world from the shape.
            if let Some(offset) = collider.contact_offset {
                prim.set("newton:contactGap", float(offset - collider.rest_offset));
            }
        }
    }

    /// Prims whose subtrees do not touch this one's.
    pub(crate) fn filtered(&mut self, node: &Node, entity: Entity) {
        let Some(filtered) = self.world.get::<FilteredPairs>(entity) else {
            return;
        };
        let targets = self.targets(node, "physics:filteredPairs", &filtered.0);
        let prim = self.layer.at(&node.path).api("PhysicsFilteredPairsAPI");
        prim.rel("physics:filteredPairs", targets);
    }

    fn targets(&mut self, node: &Node, property: &str, entities: &[Entity]) -> Vec<String> {
        let found = entities
            .iter()
            .map(|e| self.target(node, property, *e, None));
        found.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// A collision group.
    pub(crate) fn group(&mut self, node: &Node, entity: Entity) {
        let Some(group) = self.world.get::<CollisionGroup>(entity) else {
            return;
        };
        let members = self.targets(node, "collection:colliders:includes", &group.members);
        let excluded = self.targets(node, "collection:colliders:excludes", &group.excluded);
        let filtered: Vec<_> = group
            .filtered
            .iter()
            .map(|other| self.target(node, "physics:filteredGroups", *other, Some(Role::Group)))
            .collect();
        let prim = self.role(node, Role::Group, "PhysicsCollisionGroup");
        prim.rel("collection:colliders:includes", members);
        if !excluded.is_empty() {
            prim.rel("collection:colliders:excludes", excluded);
        }
        let filtered: Vec<String> = filtered.into_iter().flatten().collect();
        if !filtered.is_empty() {
            prim.rel("physics:filteredGroups", filtered);
        }
        // The schema has no fallback, and usd-core reads what happens to be in memory.
        prim.set("physics:invertFilteredGroups", truth(group.inverted));
        if !group.merge_group.is_empty() {
            prim.set("physics:mergeGroup", string(&group.merge_group));
        }
    }

    /// Masks as collision groups: one for every pair of masks in use. USD lets a pair touch unless
    /// two of its groups are filtered against each other, so the groups say the same as the masks.
    pub(crate) fn masks(&mut self, scope: &str) {
        let plan = self.plan;
        let mut classes: BTreeMap<(u32, u32), Vec<String>> = BTreeMap::new();
        let mut inverted = false;
        for node in &plan.nodes {
            let Some(entity) = node.entity else { continue };
            inverted |= self
                .world
                .get::<CollisionGroup>(entity)
                .is_some_and(|g| g.inverted);
            let mask = self.world.get::<MaskFilter>(entity);
            if let (Some(mask), true) = (mask, self.world.get::<Collider>(entity).is_some())
                && let Some(path) = self.touching(entity)
            {
                let class = (mask.categories, mask.mask);
                classes.entry(class).or_default().push(path.to_owned());
            }
        }
        let touch = |a: &(u32, u32), b: &(u32, u32)| a.0 & b.1 != 0 || b.0 & a.1 != 0;
        let keys: Vec<(u32, u32)> = classes.keys().copied().collect();
        if keys.iter().all(|a| keys.iter().all(|b| touch(a, b))) {
            return;
        }
        if inverted {
            let message = "contact masks beside an inverted collision group cannot be said: the masks are left out";
            let site = plan.nodes[0].site(self.world, "physics:invertFilteredGroups");
            let finding =
                halle_world::Finding::new(Severity::Warning, "AU0310", site, message.to_owned());
            self.findings
                .push(finding.help("say with groups what the masks say"));
            return;
        }
        self.layer.add(scope, "Scope");
        let path = |key: &(u32, u32)| format!("{scope}/categories_{:x}_mask_{:x}", key.0, key.1);
        for (key, members) in classes {
            let filtered = keys
                .iter()
                .filter(|other| !touch(&key, other))
                .map(path)
                .collect();
            let prim = self.layer.add(&path(&key), "PhysicsCollisionGroup");
            prim.rel("collection:colliders:includes", members);
            prim.rel("physics:filteredGroups", filtered);
            prim.set("physics:invertFilteredGroups", truth(false));
        }
    }
}
