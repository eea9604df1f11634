//! Mass, centre and inertia of bodies: as authored, else from their colliders.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::{Isometry3, Matrix3, Vector3};

use crate::components::{
    AuthoredMass, Collider, ContactMaterial, Geometry, InBody, Plant, SourcePath, WorldPose,
};
use crate::finding::{Diagnostics, Finding, Severity};

/// Density of a collider about which nothing is said: that of water, as `UsdPhysics` has it.
const DEFAULT_DENSITY: f64 = 1000.0;

/// Mass, centre of mass and rotational inertia about it, in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MassProperties {
    /// Mass \[kg\].
    pub mass: f64,
    /// Centre of mass \[m\].
    pub center: Vector3<f64>,
    /// Inertia about the centre of mass \[kg m^2\].
    pub inertia: Matrix3<f64>,
}

impl MassProperties {
    /// Nothing at all.
    pub const ZERO: Self = Self {
        mass: 0.0,
        center: Vector3::new(0.0, 0.0, 0.0),
        inertia: Matrix3::new(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    };

    /// The same body seen from frame a, given `a_from_b`.
    #[must_use]
    pub fn seen_from(&self, a_from_b: &Isometry3<f64>) -> Self {
        let turn = a_from_b.rotation.to_rotation_matrix().into_inner();
        Self {
            mass: self.mass,
            center: a_from_b.transform_point(&self.center.into()).coords,
            inertia: turn * self.inertia * turn.transpose(),
        }
    }

    /// Two bodies as one, by the parallel axis theorem.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mass = self.mass + other.mass;
        if mass == 0.0 {
            return Self {
                inertia: self.inertia + other.inertia,
                ..*self
            };
        }
        let center = (self.center * self.mass + other.center * other.mass) / mass;
        let about = |p: &Self| {
            let d = p.center - center;
            p.inertia + (Matrix3::identity() * d.norm_squared() - d * d.transpose()) * p.mass
        };
        Self {
            mass,
            center,
            inertia: about(self) + about(other),
        }
    }
}

/// Mass properties of a body in its own frame; `None` if neither authored nor to be computed.
pub(crate) fn body_mass(
    world: &World,
    body: Entity,
    diagnostics: &mut Diagnostics,
) -> Option<MassProperties> {
    let authored = world.get::<AuthoredMass>(body).copied().unwrap_or_default();
    let shapes = from_colliders(world, body, authored.density);
    let mass = match (authored.mass, &shapes) {
        (Some(mass), _) => mass,
        (None, Some(shapes)) => {
            note_computed_mass(world, body, shapes.mass, diagnostics);
            shapes.mass
        }
        (None, None) => return None,
    };
    let center = authored
        .center_of_mass
        .or(shapes.map(|s| s.center))
        .unwrap_or_default();
    let inertia = match (authored.diagonal_inertia, &shapes) {
        (Some(moments), _) => {
            let axes = authored.principal_axes.to_rotation_matrix().into_inner();
            axes * Matrix3::from_diagonal(&moments) * axes.transpose()
        }
        (None, Some(shapes)) => shapes.inertia * (mass / shapes.mass),
        (None, None) => return None,
    };
    Some(MassProperties {
        mass,
        center,
        inertia,
    })
}

fn note_computed_mass(world: &World, body: Entity, mass: f64, diagnostics: &mut Diagnostics) {
    let Some(source) = world.get::<SourcePath>(body) else {
        return;
    };
    let message = format!("mass of the body is computed from its colliders: {mass:.3} kg");
    diagnostics.push(
        Finding::new(
            Severity::Note,
            "SC0301",
            source.site("physics:mass"),
            message,
        )
        .help("author `physics:mass` on the body where the real mass is known"),
    );
}

/// Mass of all colliders of a body, in the body frame.
fn from_colliders(world: &World, body: Entity, density: Option<f64>) -> Option<MassProperties> {
    let plant = world.get_resource::<Plant>()?;
    let world_from_body = world.get::<WorldPose>(body)?.0;
    let mut total = MassProperties::ZERO;
    for &entity in &plant.entities {
        let (Some(geometry), Some(collider), Some(owner)) = (
            world.get::<Geometry>(entity),
            world.get::<Collider>(entity),
            world.get::<InBody>(entity),
        ) else {
            continue;
        };
        let Some(unit) = geometry.shape.unit_mass() else {
            continue;
        };
        if owner.0 != body || !collider.enabled {
            continue;
        }
        let authored = world.get::<AuthoredMass>(entity).filter(|_| entity != body);
        let mass = authored.and_then(|a| a.mass).unwrap_or_else(|| {
            let material = world.get::<ContactMaterial>(entity).map(|m| m.density);
            let of_shape = authored.and_then(|a| a.density);
            let of_material = material.filter(|d| *d > 0.0);
            unit.volume
                * of_shape
                    .or(density)
                    .or(of_material)
                    .unwrap_or(DEFAULT_DENSITY)
        });
        let own = MassProperties {
            mass,
            center: unit.center,
            inertia: unit.inertia * (mass / unit.volume),
        };
        let body_from_shape = world_from_body.inverse() * geometry.world_from_shape;
        total = total.merged(&own.seen_from(&body_from_shape));
    }
    (total.mass > 0.0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;

    /// Two half bars side by side are the whole bar: closed form against the merge.
    #[test]
    fn halves_make_the_whole() {
        let whole = Shape::Box {
            half_extent: [0.4, 0.1, 0.05],
        }
        .unit_mass()
        .unwrap();
        let half = Shape::Box {
            half_extent: [0.2, 0.1, 0.05],
        }
        .unit_mass()
        .unwrap();
        let part = MassProperties {
            mass: half.volume,
            center: half.center,
            inertia: half.inertia,
        };
        let left = part.seen_from(&Isometry3::translation(-0.2, 0.0, 0.0));
        let right = part.seen_from(&Isometry3::translation(0.2, 0.0, 0.0));
        let made = left.merged(&right);
        assert!((made.mass - whole.volume).abs() < 1e-15);
        assert!((made.inertia - whole.inertia).norm() < 1e-15);
        assert!(made.center.norm() < 1e-15);
    }
}
