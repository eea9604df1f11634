//! Joints that close loops, and joints that follow others.

use std::collections::BTreeMap;

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::articulated::{Coupling, Loop};
use nalgebra::Isometry3;

use super::course::{locks, works};
use super::links::exact;
use super::says::{JOINT_LEFT_OUT, JOINT_SETTING, NO_LENGTH, NOT_COUPLED, Says};
use super::skeleton::{Placed, Skeleton};
use crate::components::{Joint, Mimic, Motion, Plant};
use crate::finding::{Finding, Severity};
use crate::kinematics::side;
use crate::place::{path, site};
use crate::tree::kind_name;

/// Difference between two start positions that is worth telling \[rad or m\].
const START_TOLERANCE: f64 = 1e-3;

/// Joints outside of the tree, as far as they hold anything.
pub(crate) fn loops(
    world: &World,
    plant: &Plant,
    skeleton: &Skeleton,
    prototypes: &BTreeMap<Entity, Entity>,
    says: &mut Says<'_>,
) -> Vec<Loop> {
    let mut loops = Vec::new();
    for &entity in &plant.entities {
        let Some(joint) = world.get::<Joint>(entity) else {
            continue;
        };
        if skeleton.carried.contains_key(&entity) || prototypes.contains_key(&entity) {
            continue;
        }
        let Some((locked, held)) = locks(joint) else {
            let kind = kind_name(&joint.motion);
            says.tell(&JOINT_LEFT_OUT, entity, "", &format!("`{kind}`"));
            continue;
        };
        if locked == [false; 6] {
            continue;
        }
        let sides = [
            place(world, skeleton, joint.body0, &joint.body0_from_joint),
            place(world, skeleton, joint.body1, &joint.body1_from_joint),
        ];
        if sides[0].0 == sides[1].0 {
            says.tell(&NO_LENGTH, entity, "physics:body1", "");
            continue;
        }
        tell_unused(entity, joint, says);
        loops.push(Loop {
            name: path(world, entity),
            links: sides.map(|s| s.0),
            link_from_joint: [exact(&(sides[0].1 * held)), exact(&sides[1].1)],
            locked,
        });
    }
    loops
}

/// The link on a side of a joint, and the joint frame seen from it.
fn place(
    world: &World,
    skeleton: &Skeleton,
    prim: Option<Entity>,
    prim_from_joint: &Isometry3<f64>,
) -> Placed {
    let (body, body_from_joint) = side(world, prim, prim_from_joint);
    match body.and_then(|b| skeleton.places.get(&b)) {
        Some((link, link_from_body)) => (*link, link_from_body * body_from_joint),
        None => (None, body_from_joint),
    }
}

/// What acts in a joint's own coordinate, which a loop does not have.
fn tell_unused(entity: Entity, joint: &Joint, says: &mut Says<'_>) {
    let scalar = matches!(joint.motion, Motion::Revolute | Motion::Prismatic);
    let bounded = |v: Option<f64>| v.is_some_and(f64::is_finite);
    let locked = joint.lower.is_some() && joint.lower == joint.upper;
    let limited = scalar && !locked && (bounded(joint.lower) || bounded(joint.upper));
    let generic = match &joint.motion {
        Motion::Generic { ranges, drives } => {
            let bounds = |r: &crate::components::DofRange| {
                r.lock().is_none() && r.bounds().iter().any(|b| b.is_finite())
            };
            ranges.iter().any(bounds) || drives.iter().flatten().any(works)
        }
        _ => false,
    };
    let passive = [
        joint.spring.stiffness,
        joint.damping,
        joint.friction,
        joint.armature,
    ];
    let driven = joint.drive.as_ref().is_some_and(works);
    if limited || generic || driven || passive.iter().any(|v| *v != 0.0) {
        let detail = "the joint closes a loop, where limits, drives, springs, damping, friction \
                      and armature do not act";
        says.tell(&JOINT_SETTING, entity, "", detail);
    }
}

/// Joints that follow others. Followers start where their leaders put them.
pub(crate) fn couplings(
    world: &World,
    plant: &Plant,
    skeleton: &mut Skeleton,
    says: &mut Says<'_>,
) -> Vec<Coupling> {
    let mut made: Vec<(Entity, Coupling)> = Vec::new();
    for &entity in &plant.entities {
        let Some(mimic) = world.get::<Mimic>(entity) else {
            continue;
        };
        let ends = [entity, mimic.leader].map(|joint| skeleton.scalar(joint));
        let [Some(follower), Some(leader)] = ends else {
            says.tell(&NOT_COUPLED, entity, "newton:mimicJoint", "");
            continue;
        };
        if follower == leader {
            says.tell(&NOT_COUPLED, entity, "newton:mimicJoint", "");
            continue;
        }
        let coupling = Coupling {
            follower,
            leader: Some(leader),
            coefficients: mimic.coefficients,
        };
        made.push((entity, coupling));
    }
    let before: Vec<f64> = made
        .iter()
        .map(|(_, c)| skeleton.bones[c.follower].position[0])
        .collect();
    // Leaders may follow others that stand behind them.
    for _ in 0..made.len() {
        for (_, coupling) in &made {
            let Some(leader) = coupling.leader else {
                continue;
            };
            let at = skeleton.bones[leader].position[0];
            let terms = coupling.coefficients.iter().rev();
            let follows = terms.fold(0.0, |sum, c| sum * at + c);
            skeleton.bones[coupling.follower].position[0] = follows;
        }
    }
    for ((entity, coupling), before) in made.iter().zip(before) {
        let now = skeleton.bones[coupling.follower].position[0];
        if (now - before).abs() > START_TOLERANCE {
            let site = site(world, *entity, "halle:joint:home");
            let message = "joint does not start where the one that it follows puts it".to_owned();
            let finding = Finding::new(Severity::Warning, "SC0304", site, message)
                .note(format!("it starts at {now:.4} instead of {before:.4}"))
                .help("correct the start positions or the bodies' poses");
            says.diagnostics.push(finding);
        }
    }
    made.into_iter().map(|(_, coupling)| coupling).collect()
}
