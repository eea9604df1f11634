//! Where things stand and where they were written.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::Pose;
use nalgebra::Isometry3;

use crate::components::{Plant, SourcePath};
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

/// The scene as a whole.
pub(crate) fn scene_site(plant: &Plant) -> Site {
    let file = std::path::Path::new(&plant.source).file_name();
    Site {
        layer: file.map_or_else(String::new, |f| f.to_string_lossy().into_owned()),
        ..Site::default()
    }
}

/// Refuses a time step or a gravity that nothing can be simulated with.
pub(crate) fn check_scene(plant: &Plant) -> Result<(), CompileError> {
    let refuse = |property: &str, expected: &'static str, value: f64| {
        Err(CompileError::OutOfRange {
            site: scene_site(plant).with_property(property),
            expected,
            value,
        })
    };
    let step = plant.time_step;
    if !(step > 0.0 && step <= 0.1) {
        let expected = "a time step above 0 and up to 0.1 s";
        return refuse("halle:scene:timeStep", expected, step);
    }
    let strength: f64 = plant.gravity.iter().map(|g| g.abs()).sum();
    if !strength.is_finite() {
        return refuse("physics:gravityMagnitude", "a finite gravity", strength);
    }
    Ok(())
}

/// Path of an entity's prim; its number where it has none.
pub(crate) fn path(world: &World, entity: Entity) -> String {
    let source = world.get::<SourcePath>(entity);
    source.map_or_else(|| format!("{entity}"), |s| s.prim.clone())
}
