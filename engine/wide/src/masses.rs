//! What bodies weigh.

use halle_world::components::{AuthoredMass, ContactMaterial};
use halle_world::{MassPart, MassProperties, World, mass_of_parts};
use nalgebra::{Matrix3, SymmetricEigen, Vector3};

use crate::parts::Parts;
use crate::says;
use crate::tell::Tell;

/// Mass properties of every body in its own frame, by the rules of `UsdPhysics`.
pub(crate) fn masses(world: &World, parts: &Parts, tell: &mut Tell) -> Vec<MassProperties> {
    let mut solids: Vec<Vec<MassPart<'_>>> = vec![Vec::new(); parts.bodies.len()];
    for collider in &parts.colliders {
        let Some(body) = collider.body else { continue };
        let of = &parts.bodies[body];
        let own = |_: &&AuthoredMass| collider.entity != of.entity;
        solids[body].push(MassPart {
            shape: &collider.shape,
            body_from_shape: of.world_from_body.inv_mul(&collider.world_from_shape),
            authored: world
                .get::<AuthoredMass>(collider.entity)
                .filter(own)
                .copied(),
            material_density: world
                .get::<ContactMaterial>(collider.entity)
                .map_or(0.0, |m| m.density),
        });
    }
    let mut all = Vec::with_capacity(solids.len());
    for (body, solids) in parts.bodies.iter().zip(&solids) {
        let mut authored = world
            .get::<AuthoredMass>(body.entity)
            .copied()
            .unwrap_or_default();
        if let (Some(center), Some(copy)) = (&mut authored.center_of_mass, body.copy) {
            let scale = Vector3::from(parts.copies[copy].scale);
            *center = center.component_mul(&scale);
        }
        let made = mass_of_parts(&authored, solids);
        // A body that is never moved by forces needs no mass.
        if body.authored.kinematic {
            all.push(made.unwrap_or_else(|| ball(1.0)));
            continue;
        }
        let mass = made.unwrap_or_else(|| {
            tell.add(says::NO_MASS, body.entity, "");
            let mass = authored.mass.filter(|m| *m > 0.0 && m.is_finite());
            ball(mass.unwrap_or(1.0))
        });
        all.push(possible(&mass).unwrap_or_else(|| {
            let detail = format!("mass {} kg", mass.mass);
            tell.add(says::BAD_MASS, body.entity, detail);
            repaired(&mass)
        }));
    }
    all
}

/// A ball of 0.1 m radius.
fn ball(mass: f64) -> MassProperties {
    MassProperties {
        mass,
        center: Vector3::zeros(),
        inertia: Matrix3::identity() * (0.4 * mass * 0.01),
    }
}

/// The same mass properties if some body could have them. Published moments are rounded.
fn possible(mass: &MassProperties) -> Option<MassProperties> {
    let finite = mass.mass > 0.0 && mass.mass.is_finite();
    let finite = finite && mass.center.iter().all(|v| v.is_finite());
    if !(finite && mass.inertia.iter().all(|v| v.is_finite())) {
        return None;
    }
    let moments = SymmetricEigen::new(mass.inertia).eigenvalues;
    let (least, most, sum) = (moments.min(), moments.max(), moments.sum());
    (least > 0.0 && 2.0 * most - sum <= 2.0e-3 * sum).then_some(*mass)
}

/// The nearest mass properties that some body could have.
fn repaired(mass: &MassProperties) -> MassProperties {
    let kg = if mass.mass > 0.0 && mass.mass.is_finite() {
        mass.mass
    } else {
        1.0
    };
    let finite = |v: f64| if v.is_finite() { v } else { 0.0 };
    let center = mass.center.map(finite);
    let size = mass.inertia.map(finite).norm();
    if size == 0.0 {
        return MassProperties { center, ..ball(kg) };
    }
    let eigen = SymmetricEigen::new(mass.inertia.map(finite));
    // A moment below half a percent of the largest makes the solver spin.
    let floor = 5.0e-3 * eigen.eigenvalues.max().abs().max(1.0e-12);
    let mut moments = eigen.eigenvalues.map(|m| m.max(floor));
    for k in 0..3 {
        let others = moments.sum() - moments[k];
        moments[k] = moments[k].min(others);
    }
    let axes = eigen.eigenvectors;
    MassProperties {
        mass: kg,
        center,
        inertia: axes * Matrix3::from_diagonal(&moments) * axes.transpose(),
    }
}
