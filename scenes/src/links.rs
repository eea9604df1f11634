//! Relations between prims, when all of them have entities: joints, groups, pairs, motors, copies.

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy_ecs::entity::Entity;
use halle_world::Severity;
use halle_world::components::{
    Actuator, Collider, CollisionGroup, DofRange, Drive, EffortLimit, FilteredPairs, Joint, Mimic,
    Motion, Parent, Scatter, Scattered, SourcePath, Spring,
};
use nalgebra::{Isometry3, Translation3, Vector3};
use openusd::sdf;
use openusd::usd::CollectionAPI;

use crate::expand::{Expander, Linked};
use crate::raw::{RawDrive, RawJoint, RawMotion, RawRange, RawSide, Units};
use crate::recipe::{Located, Namespace};
use crate::scatter;
use crate::transform::{place, unit_quaternion};
use crate::value::within_measure;

/// Finishes all prims with targets.
pub(crate) fn finish(expander: &mut Expander<'_>) {
    let linked = std::mem::take(&mut expander.linked);
    for link in &linked {
        let recipe = expander.recipe;
        let node = &recipe.nodes[link.node as usize];
        let Some(parts) = node.content.parts.as_deref() else {
            continue;
        };
        if let Some(raw) = &parts.joint {
            joint(expander, link, raw);
        }
        if let Some(raw) = &parts.group {
            let (members, excluded) = if raw.plain {
                let both = [&raw.members, &raw.excluded];
                let [members, excluded] = both.map(|list| all(expander, link, list));
                (members, excluded)
            } else {
                members(expander, link)
            };
            let group = CollisionGroup {
                members,
                excluded,
                filtered: all(expander, link, &raw.filtered),
                inverted: raw.inverted,
                merge_group: raw.merge_group.clone(),
            };
            expander.world.entity_mut(link.entity).insert(group);
        }
        if !parts.filtered.is_empty() {
            let pairs = FilteredPairs(all(expander, link, &parts.filtered));
            expander.world.entity_mut(link.entity).insert(pairs);
        }
        if let Some(raw) = &parts.actuator {
            if let Some((_, joint)) = find(expander, link, &raw.joint) {
                let actuator = Actuator {
                    joint,
                    law: raw.law,
                    gear: raw.gear,
                    control_range: raw.control_range,
                    effort_range: raw.effort_range,
                };
                expander.world.entity_mut(link.entity).insert(actuator);
            } else {
                lost(expander, link, "mjc:target", "motor", &raw.joint);
            }
        }
        if let Some(raw) = &parts.scatter {
            let copies = scatter::copies(raw, link.scale);
            let far = |c: &Scattered| {
                let at = c.instancer_from_prototype.translation.vector;
                !within_measure(at.iter()) || !within_measure(&c.scale)
            };
            if copies.iter().any(far) {
                beyond(expander, link, "positions", "a copy");
                continue;
            }
            let copies = Scatter {
                prototypes: all(expander, link, &raw.prototypes),
                copies: Arc::new(copies),
            };
            if copies.prototypes.len() == raw.prototypes.len() {
                expander.world.entity_mut(link.entity).insert(copies);
            } else {
                lost(expander, link, "prototypes", "point instancer", "prototype");
            }
        }
    }
}

/// The prim that a target names: where it is, and its entity.
fn find(expander: &Expander<'_>, link: &Linked, target: &str) -> Option<(Located, Entity)> {
    let path = Namespace::stands(link.namespace.as_ref(), target);
    let located = expander.recipe.locate(&path)?;
    let entity = *expander.entities.get(located.order)?;
    Some((located, entity))
}

fn all(expander: &Expander<'_>, link: &Linked, targets: &[String]) -> Vec<Entity> {
    let found = targets.iter().filter_map(|t| find(expander, link, t));
    found.map(|f| f.1).collect()
}

/// Colliders that a group's collection holds, and those below them that it does not, one by one.
fn members(expander: &Expander<'_>, link: &Linked) -> (Vec<Entity>, Vec<Entity>) {
    let path = &expander.recipe.nodes[link.node as usize].path;
    let query = || {
        let prim = expander.stage.prim(sdf::Path::new(path).ok()?).ok()?;
        let collection = CollectionAPI::from_prim_unchecked(prim, "colliders");
        collection.compute_membership_query().ok()
    };
    let (mut held, mut out) = (Vec::new(), Vec::new());
    let Some(query) = query() else {
        let property = "collection:colliders:membershipExpression";
        let message = "collection of the group cannot be evaluated: the group has no members";
        expander.reading.find_at(
            expander.stage,
            path,
            Severity::Warning,
            ("SC0103", property),
            message.to_owned(),
            "correct the expression, or list the members in `collection:colliders:includes`",
        );
        return (held, out);
    };
    let world = &expander.world;
    let mut known = BTreeSet::new();
    for &entity in &expander.entities {
        let Some(source) = world.get::<SourcePath>(entity) else {
            continue;
        };
        if world.get::<Collider>(entity).is_none() {
            continue;
        }
        let read = Namespace::read(link.namespace.as_ref(), &source.prim);
        if sdf::Path::new(&read).is_ok_and(|path| query.is_path_included(&path)) {
            held.push(entity);
            known.insert(entity);
        } else if !known.is_empty() {
            let mut above = world.get::<Parent>(entity);
            while let Some(parent) = above.filter(|p| !known.contains(&p.0)) {
                above = world.get::<Parent>(parent.0);
            }
            out.extend(above.map(|_| entity));
        }
    }
    (held, out)
}

/// A length that is none that a plant has.
fn beyond(expander: &Expander<'_>, link: &Linked, property: &str, what: &str) {
    expander.reading.find_at(
        expander.stage,
        &expander.recipe.nodes[link.node as usize].path,
        Severity::Warning,
        ("SC0116", property),
        format!("{what} is beyond all measure: the prim is left out"),
        "author lengths that the plant can have, and its units",
    );
}

fn lost(expander: &Expander<'_>, link: &Linked, property: &str, what: &str, target: &str) {
    expander.reading.find_at(
        expander.stage,
        &expander.recipe.nodes[link.node as usize].path,
        Severity::Warning,
        ("SC0106", property),
        format!("{what} names a prim that is not there: `{target}`; it is left out"),
        "correct the path, or load the layer that holds the prim",
    );
}

/// Names of the relationships that name a joint's bodies.
const SIDES: [&str; 2] = ["physics:body0", "physics:body1"];

fn joint(expander: &mut Expander<'_>, link: &Linked, raw: &RawJoint) {
    let mut sides = [(None, Isometry3::identity()); 2];
    for (k, side) in raw.sides.iter().enumerate() {
        match joint_side(expander, link, side) {
            Some(found) => sides[k] = found,
            None => {
                let target = side.body.as_deref().unwrap_or_default();
                lost(expander, link, SIDES[k], "joint", target);
                return;
            }
        }
    }
    if !sides
        .iter()
        .all(|(_, frame)| within_measure(frame.translation.vector.iter()))
    {
        beyond(expander, link, "physics:localPos0", "a frame of the joint");
        return;
    }
    let units = link.units;
    let turning = raw.motion.is_turning();
    let unit = if turning {
        1_f64.to_radians()
    } else {
        units.meters
    };
    let effort = effort_unit(units, turning);
    let motion = motion(&raw.motion, units);
    let mut made = Joint::between(motion, sides[0].0, sides[1].0);
    (made.body0_from_joint, made.body1_from_joint) = (sides[0].1, sides[1].1);
    made.axis = raw.axis;
    made.lower = raw.lower.map(|v| v * unit);
    made.upper = raw.upper.map(|v| v * unit);
    made.drive = raw.drive.as_ref().map(|d| drive(d, units, turning));
    made.excluded = raw.excluded;
    made.bodies_touch = raw.bodies_touch;
    made.break_force = raw.break_force.map(|v| v * effort_unit(units, false));
    made.break_torque = raw.break_torque.map(|v| v * effort_unit(units, true));
    let extra = &raw.extra;
    let own = &extra.own;
    let inertia = if turning {
        units.kilograms * units.meters.powi(2)
    } else {
        units.kilograms
    };
    // Our own properties are SI with degrees; those of others are in the units of the stage.
    let degree = if turning { 1_f64.to_radians() } else { 1.0 };
    let damping = own.damping.map(|d| d / degree);
    made.armature = own.armature.unwrap_or(extra.armature * inertia);
    made.damping = damping.unwrap_or(extra.damping * effort / unit);
    made.friction = own.friction.unwrap_or(extra.friction * effort);
    made.spring = Spring {
        stiffness: extra.stiffness * effort / unit,
        rest: extra.rest * unit,
    };
    let speed = own.velocity_limit.map(|v| v * degree);
    made.velocity_limit = speed.or(extra.velocity_limit.map(|v| v * unit));
    let home = own.home.map(|v| v * degree);
    made.home = home.or(extra.home.map(|v| v * unit));
    made.home_velocity = extra.home_velocity * unit;
    let mut entity = expander.world.entity_mut(link.entity);
    entity.insert(made);
    if let Some(limit) = extra.effort_limit {
        entity.insert(EffortLimit(limit * effort));
    }
    if let Some(raw) = &raw.mimic {
        match find(expander, link, &raw.leader) {
            Some((_, leader)) => {
                // q in SI: the k-th coefficient carries the unit to the power 1 - k.
                let mut coefficients = raw.coefficients;
                for (k, c) in (0..).zip(&mut coefficients) {
                    *c *= unit.powi(1 - k);
                }
                let mimic = Mimic {
                    leader,
                    coefficients,
                };
                expander.world.entity_mut(link.entity).insert(mimic);
            }
            None => lost(
                expander,
                link,
                "newton:mimicJoint",
                "mimic joint",
                &raw.leader,
            ),
        }
    }
}

/// SI value of a unit of torque, or of force.
fn effort_unit(units: Units, turning: bool) -> f64 {
    let force = units.kilograms * units.meters;
    if turning { force * units.meters } else { force }
}

/// One end of a joint; `None` if it names a prim that is not there.
fn joint_side(
    expander: &Expander<'_>,
    link: &Linked,
    side: &RawSide,
) -> Option<(Option<Entity>, Isometry3<f64>)> {
    let turn = unit_quaternion(side.rotation);
    let position = Vector3::from(side.position);
    let frame = |p: Vector3<f64>| Isometry3::from_parts(Translation3::from(p), turn);
    let meters = expander.units.meters;
    let Some(target) = &side.body else {
        // A joint without a body on this side stands in the stage's own frame.
        let world_from_stage = place(&expander.world_from_stage, 1.0).pose;
        return Some((None, world_from_stage * frame(position * meters)));
    };
    let (located, entity) = find(expander, link, target)?;
    let placement = place(
        &(expander.world_from_stage * located.stage_from_prim),
        meters,
    );
    Some((Some(entity), frame(placement.stretch * position)))
}

fn motion(raw: &RawMotion, units: Units) -> Motion {
    match raw {
        RawMotion::Fixed => Motion::Fixed,
        RawMotion::Revolute => Motion::Revolute,
        RawMotion::Prismatic => Motion::Prismatic,
        RawMotion::Spherical(cone) => Motion::Spherical {
            cone: cone.map(|c| c.map(f64::to_radians)),
        },
        RawMotion::Distance([least, greatest]) => Motion::Distance {
            least: least.map(|d| d * units.meters),
            greatest: greatest.map(|d| d * units.meters),
        },
        RawMotion::Generic(ranges, drives) => {
            let turning = |k: usize| k < 3;
            let mut made = [DofRange::Free; 6];
            for (k, raw) in ranges.iter().enumerate() {
                let unit = if turning(k) {
                    1_f64.to_radians()
                } else {
                    units.meters
                };
                made[k] = raw.map_or(DofRange::Free, |r| range(r, unit));
            }
            let mut motors = [None; 6];
            for (k, raw) in drives.iter().enumerate() {
                motors[k] = raw.as_ref().map(|d| drive(d, units, turning(k)));
            }
            Motion::Generic {
                ranges: made,
                drives: Box::new(motors),
            }
        }
    }
}

fn range(raw: RawRange, unit: f64) -> DofRange {
    // UsdPhysics locks a degree of freedom by a lower limit above the upper one.
    if raw.low > raw.high {
        DofRange::Locked
    } else if raw.low == f64::NEG_INFINITY && raw.high == f64::INFINITY {
        DofRange::Free
    } else {
        DofRange::Limited {
            lower: raw.low * unit,
            upper: raw.high * unit,
        }
    }
}

fn drive(raw: &RawDrive, units: Units, turning: bool) -> Drive {
    let unit = if turning {
        1_f64.to_radians()
    } else {
        units.meters
    };
    // An acceleration drive's gains multiply an inertia that is SI already.
    let gain = match raw.kind {
        halle_world::components::DriveKind::Force => effort_unit(units, turning) / unit,
        halle_world::components::DriveKind::Acceleration if turning => 1.0 / unit,
        halle_world::components::DriveKind::Acceleration => 1.0,
    };
    Drive {
        kind: raw.kind,
        stiffness: raw.stiffness * gain,
        damping: raw.damping * gain,
        effort_limit: raw.max_force * effort_unit(units, turning),
        target_position: raw.target_position * unit,
        target_velocity: raw.target_velocity * unit,
    }
}
