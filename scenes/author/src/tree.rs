//! The tree of paths: every entity below its parent, and below the body that it belongs to.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::entity::Entity;
use halle_world::components::{Geometry, InBody, Joint, Motion, RigidBody, SourcePath};
use halle_world::{Shape, World};

use crate::names::valid;
use crate::plan::Plan;

/// What is known while the tree is made.
struct Layout<'p, 'w> {
    plan: &'p mut Plan,
    world: &'w World,
    /// Prims by their source's path, given or filled in.
    by_source: BTreeMap<String, usize>,
    /// First entity of each path, and number of each entity.
    entities: BTreeMap<String, Entity>,
    numbers: BTreeMap<Entity, usize>,
    /// Bodies that are fixed to the world.
    welded: BTreeSet<Entity>,
    /// Entities on the way; a circle of bodies and parents must not be followed for ever.
    open: BTreeSet<Entity>,
}

/// Makes the tree. A path whose parent is no entity gets its parents filled in; an entity whose path
/// is taken gets a number. In USD a prim belongs to the body above it, so one that belongs to a body
/// elsewhere moves there. No body may have a plane: one on a body that stands still moves out of it.
pub(crate) fn lay_out(plan: &mut Plan, world: &World, entities: &[Entity]) {
    let mut by_path = BTreeMap::new();
    let mut numbers = BTreeMap::new();
    for (number, &entity) in entities.iter().enumerate() {
        numbers.insert(entity, number);
        if let Some(source) = world.get::<SourcePath>(entity) {
            by_path.entry(source.prim.clone()).or_insert(entity);
        }
    }
    let mut layout = Layout {
        plan,
        world,
        by_source: BTreeMap::new(),
        entities: by_path,
        numbers,
        welded: welded(world, entities),
        open: BTreeSet::new(),
    };
    for &entity in entities {
        layout.lay(entity);
    }
}

/// Bodies that fixed joints tie to the world, by way of other bodies too.
fn welded(world: &World, entities: &[Entity]) -> BTreeSet<Entity> {
    let body = |side: Option<Entity>| side.and_then(|e| world.get::<InBody>(e)).map(|b| b.0);
    let fixed = entities.iter().filter_map(|e| world.get::<Joint>(*e));
    let fixed = fixed.filter(|j| j.motion == Motion::Fixed && !j.excluded);
    let ties: Vec<_> = fixed.map(|j| [body(j.body0), body(j.body1)]).collect();
    let mut welded = BTreeSet::new();
    loop {
        let before = welded.len();
        for [a, b] in &ties {
            let still = |side: &Option<Entity>| side.is_none_or(|s| welded.contains(&s));
            if still(a) || still(b) {
                welded.extend(a.iter().chain(b).copied());
            }
        }
        if welded.len() == before {
            return welded;
        }
    }
}

impl Layout<'_, '_> {
    /// Makes the prim of an entity, after those that it stands below.
    fn lay(&mut self, entity: Entity) {
        let number = self.numbers.get(&entity).copied();
        let known = self.plan.by_entity.contains_key(&entity);
        let Some(number) = number.filter(|_| !known && self.open.insert(entity)) else {
            return;
        };
        let body = self.world.get::<InBody>(entity).map(|b| b.0);
        let body = body.filter(|b| *b != entity);
        if let Some(body) = body {
            self.lay(body);
        }
        let given = self.world.get::<SourcePath>(entity);
        let given = given.map(|s| s.prim.clone()).unwrap_or_default();
        let parts: Vec<&str> = given.split('/').filter(|p| !p.is_empty()).collect();
        let unnamed = format!("prim_{number}");
        let unnamed = unnamed.as_str();
        let (last, above) = parts.split_last().unwrap_or((&unnamed, &[]));
        let mut parent = None;
        let mut prefix = String::new();
        for part in above {
            prefix = format!("{prefix}/{part}");
            parent = Some(self.prefix(&prefix, part, parent));
        }
        let home = body.and_then(|b| self.plan.by_entity.get(&b).copied());
        let flat = self.world.get::<Geometry>(entity);
        let flat = flat.is_some_and(|g| matches!(g.shape, Shape::Plane { .. }));
        let leaves = flat && body.is_some_and(|b| self.welded.contains(&b));
        let moved = leaves || home.is_some_and(|home| !self.is_below(parent, home));
        let parent = match moved {
            _ if leaves => self.outside(parent),
            true => home,
            false => parent,
        };
        let index = self.plan.push(parent, valid(last), &given, Some(entity));
        let inherited = parent.is_some_and(|p| self.plan.nodes[p].moved);
        self.plan.nodes[index].moved = moved || inherited;
        self.by_source
            .entry(format!("{prefix}/{last}"))
            .or_insert(index);
        self.plan.by_entity.insert(entity, index);
        self.open.remove(&entity);
    }

    /// The nearest prim above that is in no body; none where bodies begin at the top.
    fn outside(&self, mut at: Option<usize>) -> Option<usize> {
        let mut found = at;
        while let Some(index) = at {
            let node = &self.plan.nodes[index];
            at = node.parent;
            let is_body = |e| self.world.get::<RigidBody>(e).is_some();
            if node.entity.is_some_and(is_body) {
                found = at;
            }
        }
        found
    }

    /// The prim at a path above an entity's.
    fn prefix(&mut self, path: &str, name: &str, parent: Option<usize>) -> usize {
        if let Some(&entity) = self.entities.get(path) {
            self.lay(entity);
        }
        if let Some(&index) = self.by_source.get(path) {
            return index;
        }
        let made = self.plan.push(parent, valid(name), "", None);
        self.by_source.insert(path.to_owned(), made);
        made
    }

    /// Whether a prim is another one or below it.
    fn is_below(&self, mut at: Option<usize>, top: usize) -> bool {
        while let Some(index) = at {
            if index == top {
                return true;
            }
            at = self.plan.nodes[index].parent;
        }
        false
    }
}
