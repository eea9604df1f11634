//! Drives that do nothing, or more than can be meant.

use halle_world::Entity;
use halle_world::components::{DofRange, Drive, Joint, Motion};

use crate::plant::Facts;
use crate::rule;
use crate::sink::{Sink, word};
use crate::wording::number;

/// Names of the degrees of freedom of a generic joint in UsdPhysics.
const FREEDOMS: [&str; 6] = ["rotX", "rotY", "rotZ", "transX", "transY", "transZ"];
/// Room outside of limits: rad for turning, m for sliding.
const ROOM: f64 = 1e-6;

/// Checks all drives.
pub(crate) fn check(facts: &Facts<'_>, sink: &mut Sink) {
    for &entity in &facts.joints {
        let Some(joint) = facts.world.get::<Joint>(entity) else {
            continue;
        };
        if let Motion::Generic { ranges, drives } = &joint.motion {
            for (k, drive) in drives.iter().enumerate() {
                let Some(drive) = drive else { continue };
                let range = match ranges[k] {
                    DofRange::Locked => [Some(0.0); 2],
                    DofRange::Free => [None; 2],
                    DofRange::Limited { lower, upper } => [Some(lower), Some(upper)],
                };
                one(facts, sink, entity, FREEDOMS[k], drive, range);
            }
        } else if let Some(drive) = &joint.drive {
            let name = match joint.motion {
                Motion::Prismatic => "linear",
                _ => "angular",
            };
            let range = match joint.motion {
                Motion::Fixed => [Some(0.0); 2],
                _ => [joint.lower, joint.upper],
            };
            one(facts, sink, entity, name, drive, range);
        }
    }
}

fn one(
    facts: &Facts<'_>,
    sink: &mut Sink,
    entity: Entity,
    freedom: &str,
    drive: &Drive,
    [lower, upper]: [Option<f64>; 2],
) {
    let property = |end: &str| format!("drive:{freedom}:physics:{end}");
    let mut tell = |rule, end: &str, text| {
        sink.on(rule, facts.world, entity, &property(end), text);
    };
    if let (Some(l), Some(u)) = (lower, upper)
        && l >= u
    {
        let help = "remove the drive, or give the joint limits between which it can move";
        let text = word("drive on a joint that cannot move", help);
        tell(&rule::LOCKED_DRIVE, "stiffness", text);
        return;
    }
    if drive.stiffness == 0.0 && drive.damping == 0.0 {
        let help =
            "author `physics:stiffness` to hold a position, `physics:damping` for a velocity";
        let text = word(
            "drive has neither stiffness nor damping: it does nothing",
            help,
        );
        tell(&rule::NO_GAIN, "stiffness", text);
        return;
    }
    if drive.effort_limit <= 0.0 {
        let help = "author what the motor can give as `physics:maxForce`";
        let text = word("largest force of the drive is zero: it does nothing", help);
        tell(&rule::NO_FORCE, "maxForce", text);
        return;
    }
    if !drive.effort_limit.is_finite() {
        let help = "author what the motor can give as `physics:maxForce`";
        let text = word("drive has no largest force: it can move any load", help);
        tell(&rule::ENDLESS_FORCE, "maxForce", text);
    }
    let (target, turns) = (drive.target_position, freedom.starts_with(['a', 'r']));
    let beyond =
        lower.is_some_and(|l| target < l - ROOM) || upper.is_some_and(|u| target > u + ROOM);
    if drive.stiffness > 0.0 && beyond {
        let said = |v: f64| {
            if turns {
                format!("{} deg", number(v.to_degrees()))
            } else {
                format!("{} m", number(v))
            }
        };
        let end = |limit: Option<f64>| limit.map_or("none".to_owned(), said);
        let text = word(
            format!(
                "drive aims at {}: limits are {} and {}",
                said(target),
                end(lower),
                end(upper)
            ),
            "correct the target or the limits",
        )
        .note("unless a load pulls it back, it presses against the stop for ever");
        tell(&rule::TARGET, "targetPosition", text);
    }
}
