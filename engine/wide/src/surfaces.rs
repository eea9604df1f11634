//! How surfaces feel, and which of them move along.

use std::collections::BTreeSet;

use halle_world::components::{Combine, Plant, SurfaceVelocity, WorldPose};
use halle_world::{Entity, Touch, World};
use nalgebra::{Isometry3, Vector3};
use rapier3d::dynamics::CoefficientCombineRule;

use crate::hooks::Belt;
use crate::parts::Parts;
use crate::says;
use crate::tell::Tell;

/// Friction, restitution and how they combine. Where no material is bound, what others assume.
pub(crate) fn material(
    world: &World,
    entity: Entity,
    tell: &mut Tell,
) -> (f64, f64, Combine, Combine) {
    let touch = Touch::of(world, entity);
    if let Some([rest, motion]) = touch.two_frictions {
        tell.add(says::TWO_FRICTIONS, entity, format!("{rest} and {motion}"));
    }
    if touch.torsional_friction > 0.0 || touch.rolling_friction > 0.0 {
        tell.add(says::TURNING_FRICTION, entity, "");
    }
    if touch.compliance.is_some() {
        tell.add(says::COMPLIANCE, entity, "");
    }
    (
        touch.friction,
        touch.restitution,
        touch.friction_combine,
        touch.restitution_combine,
    )
}

pub(crate) fn rule(combine: Combine) -> CoefficientCombineRule {
    match combine {
        Combine::Average => CoefficientCombineRule::Average,
        Combine::Min => CoefficientCombineRule::Min,
        Combine::Multiply => CoefficientCombineRule::Multiply,
        Combine::Max => CoefficientCombineRule::Max,
    }
}

/// The belt that a collider is part of, and the prim that says so: its own or its body's.
pub(crate) fn belt(world: &World, parts: &Parts, collider: usize) -> Option<(Entity, Belt)> {
    let part = &parts.colliders[collider];
    let body = part.body.map(|b| &parts.bodies[b]);
    let carriers = [Some(part.entity), body.map(|b| b.entity)];
    let (carrier, surface) = carriers
        .into_iter()
        .flatten()
        .find_map(|e| world.get::<SurfaceVelocity>(e).map(|s| (e, s)))?;
    let finite = |v: &Vector3<f64>| v.iter().all(|v| v.is_finite());
    if !(finite(&surface.linear) && finite(&surface.angular)) {
        return None;
    }
    let world_from_prim = world.get::<WorldPose>(carrier)?.0;
    let world_from_body = body.map_or_else(Isometry3::identity, |b| b.world_from_body);
    let body_from_prim = world_from_body.inv_mul(&world_from_prim);
    Some((
        carrier,
        Belt {
            linear: body_from_prim.rotation * surface.linear,
            angular: body_from_prim.rotation * surface.angular,
            origin: body_from_prim.translation.vector,
        },
    ))
}

pub(crate) fn idle_belts(world: &World, carried: &BTreeSet<Entity>, tell: &mut Tell) {
    let entities = world.get_resource::<Plant>().map(|p| &p.entities);
    for &entity in entities.into_iter().flatten() {
        if world.get::<SurfaceVelocity>(entity).is_some() && !carried.contains(&entity) {
            tell.add(says::BELT_NO_COLLIDER, entity, "");
        }
    }
}
