//! The world while it grows.

use std::sync::Arc;

use halle_world::components::{Parent, SourcePath, WorldPose};
use halle_world::{Entity, World};
use nalgebra::Isometry3;

/// A world and what every prim of it needs.
pub(crate) struct Stage {
    pub(crate) world: World,
    entities: Vec<Entity>,
    layer: Arc<str>,
}

impl Stage {
    /// An empty world whose prims come from the file `layer`.
    pub(crate) fn new(layer: Arc<str>) -> Self {
        Self {
            world: World::new(),
            entities: Vec::new(),
            layer,
        }
    }

    /// Adds a prim.
    pub(crate) fn spawn(
        &mut self,
        prim: &str,
        parent: Option<Entity>,
        world_from_prim: Isometry3<f64>,
    ) -> Entity {
        let source = SourcePath {
            layer: self.layer.clone(),
            prim: prim.to_owned(),
        };
        let mut entity = self.world.spawn((source, WorldPose(world_from_prim)));
        if let Some(parent) = parent {
            entity.insert(Parent(parent));
        }
        let id = entity.id();
        self.entities.push(id);
        id
    }

    /// The world, and its prims in the order in which they were added.
    pub(crate) fn finish(self) -> (World, Vec<Entity>) {
        (self.world, self.entities)
    }
}
