//! Where things stand and where they were written.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::Pose;
use nalgebra::Isometry3;

use crate::components::SourcePath;
use crate::error::CompileError;
use crate::finding::Site;

/// Where an entity was written.
pub(crate) fn site(world: &World, entity: Entity, property: &str) -> Site {
    world
        .get::<SourcePath>(entity)
        .map(|s| s.site(property))
        .unwrap_or_default()
}

/// A rigid transform as plain numbers.
pub(crate) fn pose(a_from_b: &Isometry3<f64>) -> Pose {
    let r = a_from_b.rotation.to_rotation_matrix();
    let rotation = [0, 1, 2].map(|i| [0, 1, 2].map(|j| r[(i, j)]));
    Pose {
        rotation,
        translation: a_from_b.translation.vector.into(),
    }
}

/// Refuses a number that its test refuses, or that is not finite.
pub(crate) fn in_range(
    world: &World,
    entity: Entity,
    property: &str,
    expected: &'static str,
    value: f64,
    good: impl Fn(f64) -> bool,
) -> Result<(), CompileError> {
    if value.is_finite() && good(value) {
        return Ok(());
    }
    Err(CompileError::OutOfRange {
        site: site(world, entity, property),
        expected,
        value,
    })
}
