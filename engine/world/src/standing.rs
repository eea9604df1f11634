//! Where the authored poses of its bodies put a joint.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::{Isometry3, Vector3};

use crate::components::{Axis, Joint, Motion};
use crate::finding::{Diagnostics, Finding, Severity};
use crate::kinematics::world_pose;
use crate::place::site;

/// Distance and angle by which bodies may miss their joints before it is worth a finding \[m, rad\].
const POSE_TOLERANCE: f64 = 1e-3;

/// The frame of a joint on its first side from that on its second, as the bodies were authored.
pub(crate) fn between(world: &World, joint: &Joint) -> Isometry3<f64> {
    let world_from = |body: Option<Entity>, frame: &Isometry3<f64>| {
        body.map_or_else(Isometry3::identity, |b| world_pose(world, b)) * frame
    };
    world_from(joint.body0, &joint.body0_from_joint)
        .inv_mul(&world_from(joint.body1, &joint.body1_from_joint))
}

/// A direction of a joint frame.
pub(crate) fn direction(axis: Axis) -> Vector3<f64> {
    match axis {
        Axis::X => Vector3::x(),
        Axis::Y => Vector3::y(),
        Axis::Z => Vector3::z(),
    }
}

/// Position of a revolute or prismatic joint at the start: its home, else where its bodies stand.
/// Tells when both disagree, or when the bodies do not meet in the joint; the joint is believed.
pub(crate) fn start_position(
    world: &World,
    entity: Entity,
    joint: &Joint,
    diagnostics: &mut Diagnostics,
) -> f64 {
    let between = between(world, joint);
    let (turn, shift) = (between.rotation, between.translation.vector);
    let axis = direction(joint.axis);
    let sliding = joint.motion == Motion::Prismatic;
    let about = turn.vector().dot(&axis);
    let along = shift.dot(&axis);
    let off_axis = if sliding {
        turn.angle()
    } else {
        2.0 * (turn.vector() - axis * about).norm()
    };
    let off_point = if sliding {
        (shift - axis * along).norm()
    } else {
        shift.norm()
    };
    let standing = if sliding {
        along
    } else {
        within(2.0 * about.atan2(turn.w), joint)
    };
    let home = joint.home.unwrap_or(standing);
    let miss = if sliding {
        home - standing
    } else {
        wrap(home - standing)
    };
    if off_axis.max(off_point).max(miss.abs()) > POSE_TOLERANCE {
        let off = [miss, off_axis, off_point];
        diagnostics.push(disagreement(world, entity, off));
    }
    home
}

/// Tells when bodies do not meet in a joint of another kind: how far they are off \[rad, m\].
pub(crate) fn check_meeting(
    world: &World,
    entity: Entity,
    [off_axis, off_point]: [f64; 2],
    diagnostics: &mut Diagnostics,
) {
    if off_axis.max(off_point) > POSE_TOLERANCE {
        diagnostics.push(disagreement(world, entity, [0.0, off_axis, off_point]));
    }
}

fn disagreement(world: &World, entity: Entity, [miss, off_axis, off_point]: [f64; 3]) -> Finding {
    let message = "bodies do not stand where the joint's start position puts them".to_owned();
    let site = site(world, entity, "halle:joint:home");
    Finding::new(Severity::Warning, "SC0304", site, message)
        .note(format!(
            "off by {miss:.4} along the motion, {off_axis:.4} rad and {off_point:.4} m across it"
        ))
        .help("the joint's frames and start position are used; correct the bodies' poses")
}

/// The same angle between -pi and pi.
fn wrap(angle: f64) -> f64 {
    let turn = std::f64::consts::TAU;
    angle - turn * (angle / turn).round()
}

/// The same angle as near to the middle of the joint's limits as turns allow.
fn within(angle: f64, joint: &Joint) -> f64 {
    let middle = match (joint.lower, joint.upper) {
        (Some(lower), Some(upper)) if (lower + upper).is_finite() => 0.5 * (lower + upper),
        _ => 0.0,
    };
    // An angle that the limits allow already stays as it is.
    let wrapped = wrap(angle);
    let allowed = joint.lower.is_none_or(|l| wrapped >= l - POSE_TOLERANCE)
        && joint.upper.is_none_or(|u| wrapped <= u + POSE_TOLERANCE);
    if allowed {
        wrapped
    } else {
        middle + wrap(angle - middle)
    }
}
