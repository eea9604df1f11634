//! Prims that stand only where an instancer copies them to.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;

use crate::components::{Parent, Plant, Scatter};

/// Every prim in a prototype with the prototype's root, and every instancer.
#[must_use]
pub fn prototypes(world: &World) -> (BTreeMap<Entity, Entity>, Vec<Entity>) {
    let plant = world.get_resource::<Plant>();
    let entities = plant.map_or(&[][..], |p| &p.entities);
    let mut roots = BTreeSet::new();
    let mut scatters = Vec::new();
    for &entity in entities {
        if let Some(scatter) = world.get::<Scatter>(entity) {
            scatters.push(entity);
            roots.extend(scatter.prototypes.iter().copied());
        }
    }
    let mut inside = BTreeMap::new();
    if roots.is_empty() {
        return (inside, scatters);
    }
    for &entity in entities {
        // Parents stand before children.
        if roots.contains(&entity) {
            inside.insert(entity, entity);
        } else if let Some(root) = world
            .get::<Parent>(entity)
            .and_then(|p| inside.get(&p.0).copied())
        {
            inside.insert(entity, root);
        }
    }
    (inside, scatters)
}
