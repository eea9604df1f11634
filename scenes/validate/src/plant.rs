//! What all checks look at: bodies, colliders and joints of a world, and how they hang together.

use std::collections::{BTreeMap, BTreeSet};

use halle_world::components::{
    ArticulationRoot, AuthoredMass, Collider, ContactMaterial, Geometry, InBody, Joint, Motion,
    Parent, Plant, RigidBody, SourcePath, WorldPose,
};
use halle_world::{Entity, MassPart, MassProperties, World, mass_of_parts, prototypes};
use nalgebra::Isometry3;

/// A world, sorted.
pub(crate) struct Facts<'w> {
    pub(crate) world: &'w World,
    pub(crate) plant: &'w Plant,
    /// Rigid bodies, kinematic ones too.
    pub(crate) bodies: Vec<Entity>,
    /// Shapes that collide.
    pub(crate) colliders: Vec<Entity>,
    /// Joints.
    pub(crate) joints: Vec<Entity>,
    /// Articulation roots.
    pub(crate) roots: Vec<Entity>,
    /// Colliders of each body.
    pub(crate) colliders_of: BTreeMap<Entity, Vec<Entity>>,
    /// Mass of each body in its own frame, where there is a source for it.
    pub(crate) masses: BTreeMap<Entity, MassProperties>,
    /// Prims below prototypes of point instancers: they stand nowhere themselves.
    pub(crate) prototypes: BTreeSet<Entity>,
    /// Bodies that a fixed joint, or several, hold to what stands still.
    pub(crate) anchored: BTreeSet<Entity>,
    /// A number for each body, the same for bodies that fixed joints hold together.
    pub(crate) clusters: BTreeMap<Entity, usize>,
    /// A number for each body, the same for bodies that joints of any kind connect.
    pub(crate) groups: BTreeMap<Entity, usize>,
}

impl<'w> Facts<'w> {
    /// Sorts a world; `None` if it holds no plant.
    pub(crate) fn of(world: &'w World) -> Option<Self> {
        let plant = world.get_resource::<Plant>()?;
        let mut facts = Self {
            world,
            plant,
            bodies: Vec::new(),
            colliders: Vec::new(),
            joints: Vec::new(),
            roots: Vec::new(),
            colliders_of: BTreeMap::new(),
            masses: BTreeMap::new(),
            prototypes: prototypes(world).0.into_keys().collect(),
            anchored: BTreeSet::new(),
            clusters: BTreeMap::new(),
            groups: BTreeMap::new(),
        };
        for &entity in &plant.entities {
            facts.sort(entity);
        }
        facts.weigh();
        facts.connect();
        Some(facts)
    }

    fn sort(&mut self, entity: Entity) {
        let world = self.world;
        if world.get::<RigidBody>(entity).is_some() {
            self.bodies.push(entity);
        }
        if world.get::<Joint>(entity).is_some() {
            self.joints.push(entity);
        }
        if world.get::<ArticulationRoot>(entity).is_some() {
            self.roots.push(entity);
        }
        let collides = world.get::<Collider>(entity).is_some_and(|c| c.enabled);
        if collides && world.get::<Geometry>(entity).is_some() {
            self.colliders.push(entity);
            if let Some(body) = self.body_of(entity) {
                self.colliders_of.entry(body).or_default().push(entity);
            }
        }
    }

    fn weigh(&mut self) {
        for &body in &self.bodies {
            let authored = self.authored(body);
            let parts = self.parts(body);
            if let Some(mass) = mass_of_parts(&authored, &parts) {
                self.masses.insert(body, mass);
            }
        }
    }

    fn connect(&mut self) {
        let mut rigid = Sets::new(&self.bodies);
        let mut joined = Sets::new(&self.bodies);
        let mut held = Vec::new();
        for &entity in &self.joints {
            let Some(joint) = self.world.get::<Joint>(entity) else {
                continue;
            };
            let [a, b] = [self.side(joint.body0), self.side(joint.body1)];
            let fixed = matches!(joint.motion, Motion::Fixed);
            match (a, b) {
                (Some(a), Some(b)) => {
                    joined.join(a, b);
                    if fixed {
                        rigid.join(a, b);
                    }
                }
                (Some(one), None) | (None, Some(one)) if fixed => held.push(one),
                _ => {}
            }
        }
        let held: BTreeSet<usize> = held.iter().filter_map(|b| rigid.number(*b)).collect();
        for &body in &self.bodies {
            let cluster = rigid.number(body).unwrap_or_default();
            if held.contains(&cluster) {
                self.anchored.insert(body);
            }
            self.clusters.insert(body, cluster);
            let group = joined.number(body).unwrap_or_default();
            self.groups.insert(body, group);
        }
    }

    /// The body at or above a prim.
    pub(crate) fn body_of(&self, entity: Entity) -> Option<Entity> {
        self.world.get::<InBody>(entity).map(|b| b.0)
    }

    /// The body on a side of a joint, if it moves by forces.
    pub(crate) fn side(&self, prim: Option<Entity>) -> Option<Entity> {
        self.body_of(prim?).filter(|b| self.moves(*b))
    }

    /// Whether a body moves by forces, as far as it says itself.
    pub(crate) fn moves(&self, body: Entity) -> bool {
        let body = self.world.get::<RigidBody>(body);
        body.is_some_and(|b| !b.kinematic)
    }

    /// Whether a body can go somewhere: by forces, and not held to the world.
    pub(crate) fn free(&self, body: Entity) -> bool {
        self.moves(body) && !self.anchored.contains(&body)
    }

    /// Mass as authored.
    pub(crate) fn authored(&self, entity: Entity) -> AuthoredMass {
        let mass = self.world.get::<AuthoredMass>(entity);
        mass.copied().unwrap_or_default()
    }

    /// World frame from prim frame.
    pub(crate) fn pose(&self, entity: Entity) -> Isometry3<f64> {
        let pose = self.world.get::<WorldPose>(entity);
        pose.map_or_else(Isometry3::identity, |p| p.0)
    }

    /// Path of a prim.
    pub(crate) fn path(&self, entity: Entity) -> &'w str {
        self.world
            .get::<SourcePath>(entity)
            .map_or("", |s| s.prim.as_str())
    }

    /// Colliders of a body.
    pub(crate) fn own_colliders(&self, body: Entity) -> &[Entity] {
        self.colliders_of.get(&body).map_or(&[], Vec::as_slice)
    }

    /// The solids of a body.
    pub(crate) fn parts(&self, body: Entity) -> Vec<MassPart<'w>> {
        let world_from_body = self.pose(body);
        let part = |entity: &Entity| {
            let geometry = self.world.get::<Geometry>(*entity)?;
            let material = self.world.get::<ContactMaterial>(*entity);
            Some(MassPart {
                shape: &geometry.shape,
                body_from_shape: world_from_body.inv_mul(&geometry.world_from_shape),
                authored: Some(*entity)
                    .filter(|e| *e != body)
                    .and_then(|e| self.world.get::<AuthoredMass>(e))
                    .copied(),
                material_density: material.map_or(0.0, |m| m.density),
            })
        };
        self.own_colliders(body).iter().filter_map(part).collect()
    }

    /// The scene's file as its own folder sees it.
    pub(crate) fn root_layer(&self) -> String {
        let file = std::path::Path::new(&self.plant.source).file_name();
        file.map_or_else(String::new, |f| f.to_string_lossy().into_owned())
    }

    /// Whether the prim, or one above it, is an articulation root.
    pub(crate) fn root_above(&self, entity: Entity) -> Option<Entity> {
        let mut at = Some(entity);
        while let Some(prim) = at {
            if self.world.get::<ArticulationRoot>(prim).is_some() {
                return Some(prim);
            }
            at = self.world.get::<Parent>(prim).map(|p| p.0);
        }
        None
    }
}

/// Bodies in sets that grow together.
struct Sets {
    numbers: BTreeMap<Entity, usize>,
    parents: Vec<usize>,
}

impl Sets {
    fn new(bodies: &[Entity]) -> Self {
        Self {
            numbers: bodies.iter().enumerate().map(|(k, b)| (*b, k)).collect(),
            parents: (0..bodies.len()).collect(),
        }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn join(&mut self, a: Entity, b: Entity) {
        let (Some(a), Some(b)) = (self.number(a), self.number(b)) else {
            return;
        };
        self.parents[a.max(b)] = a.min(b);
    }

    fn number(&mut self, body: Entity) -> Option<usize> {
        let number = *self.numbers.get(&body)?;
        Some(self.root(number))
    }
}
