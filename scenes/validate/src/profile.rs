//! What a profile asks for beyond what is wrong in any model.

use std::collections::BTreeSet;

use halle_world::components::{Actuator, Joint, Mimic, Motion};
use halle_world::{Entity, Site};

use crate::plant::Facts;
use crate::rule;
use crate::sink::{Sink, word};

/// Checks a world against the profile of the sink.
pub(crate) fn check(facts: &Facts<'_>, sink: &mut Sink) {
    let site = Site {
        layer: facts.root_layer(),
        ..Site::default()
    };
    if facts.bodies.is_empty() {
        let help = "apply `PhysicsRigidBodyAPI` to what moves as one piece";
        sink.at(
            &rule::PROP_BODY,
            site.clone(),
            word("model has no rigid body", help),
        );
    }
    if facts.colliders.is_empty() {
        let help = "apply `PhysicsCollisionAPI` to the shapes that are touched";
        sink.at(
            &rule::PROP_COLLIDER,
            site.clone(),
            word("model has no collider", help),
        );
    }
    if facts.roots.is_empty() {
        let help = "apply `PhysicsArticulationRootAPI` to the base link or a prim above all links";
        sink.at(
            &rule::ROBOT_ROOT,
            site,
            word("model has no articulation root", help),
        );
    }
    if sink.asks(&rule::ROBOT_LIMIT) {
        joints(facts, sink);
    }
}

fn joints(facts: &Facts<'_>, sink: &mut Sink) {
    let mut driven: BTreeSet<Entity> = BTreeSet::new();
    for &entity in &facts.plant.entities {
        driven.extend(facts.world.get::<Actuator>(entity).map(|a| a.joint));
        if facts.world.get::<Mimic>(entity).is_some() {
            driven.insert(entity);
        }
    }
    for &entity in &facts.joints {
        let Some(joint) = facts.world.get::<Joint>(entity) else {
            continue;
        };
        if joint.excluded || !matches!(joint.motion, Motion::Revolute | Motion::Prismatic) {
            continue;
        }
        let open = [("lower", joint.lower), ("upper", joint.upper)]
            .into_iter()
            .filter(|(_, limit)| limit.is_none_or(|l| !l.is_finite()));
        let open: Vec<&str> = open.map(|(name, _)| name).collect();
        if !open.is_empty() {
            let text = word(
                format!("joint has no {} limit", open.join(" and no ")),
                "author what the mechanism allows, or what is safe",
            );
            let property = format!("physics:{}Limit", open[0]);
            sink.on(&rule::ROBOT_LIMIT, facts.world, entity, &property, text);
        }
        if joint.drive.is_none() && !driven.contains(&entity) {
            let text = word(
                "joint has no drive, no actuator and no joint that it follows",
                "apply `PhysicsDriveAPI`, unless the joint is meant to be passive",
            );
            sink.on(&rule::ROBOT_DRIVE, facts.world, entity, "", text);
        }
    }
}
