//! Joints: what they connect, whether their frames meet, limits and start positions.

use halle_world::Entity;
use halle_world::components::{Axis, DofRange, Joint, Motion};
use nalgebra::{Isometry3, Vector3};

use crate::plant::Facts;
use crate::rule;
use crate::sink::{Sink, word};
use crate::wording::{length, number};

/// Distance by which the frames of a joint may be apart \[m\]: single precision on a plant of 1 km
/// and the rounding of exporters stay below.
const GAP: f64 = 1e-3;
/// Angle by which they may be turned \[rad\].
const TURN: f64 = 0.01;
/// Room outside of limits: rad for turning, m for sliding.
const ROOM: f64 = 1e-3;

/// Checks all joints.
pub(crate) fn check(facts: &Facts<'_>, sink: &mut Sink) {
    for &entity in &facts.joints {
        let Some(joint) = facts.world.get::<Joint>(entity) else {
            continue;
        };
        if !sides(facts, sink, entity, joint) {
            continue;
        }
        let zero_from_one = gap(facts, joint);
        frames(facts, sink, entity, joint, &zero_from_one);
        limits(facts, sink, entity, joint, &zero_from_one);
    }
}

/// Whether a joint has two sides that can move against each other.
fn sides(facts: &Facts<'_>, sink: &mut Sink, entity: Entity, joint: &Joint) -> bool {
    let [a, b] = [facts.side(joint.body0), facts.side(joint.body1)];
    let same = match (joint.body0, joint.body1) {
        (Some(p), Some(q)) => p == q || a.is_some() && a == b,
        _ => false,
    };
    if same {
        let prim = joint.body0.map_or("", |p| facts.path(p));
        let text = word(
            format!("joint connects a body with itself: `{prim}`"),
            "name two bodies",
        );
        sink.on(
            &rule::SELF_JOINT,
            facts.world,
            entity,
            "physics:body1",
            text,
        );
        return false;
    }
    if a.is_none() && b.is_none() {
        let what = |prim: Option<Entity>| match prim {
            None => "the world".to_owned(),
            Some(p) => match facts.body_of(p) {
                Some(_) => format!("kinematic `{}`", facts.path(p)),
                None => format!("`{}`, which is no rigid body", facts.path(p)),
            },
        };
        let text = word(
            format!(
                "joint connects two things that stand still: {} and {}",
                what(joint.body0),
                what(joint.body1)
            ),
            "name a body that is dynamic, or remove the joint",
        )
        .alike("still");
        sink.on(
            &rule::STILL_JOINT,
            facts.world,
            entity,
            "physics:body0",
            text,
        );
        return false;
    }
    true
}

/// The joint frame of body 1 seen from that of body 0, as the prims stand.
fn gap(facts: &Facts<'_>, joint: &Joint) -> Isometry3<f64> {
    let world = |prim: Option<Entity>, frame: &Isometry3<f64>| match prim {
        Some(prim) => facts.pose(prim) * frame,
        None => *frame,
    };
    let zero = world(joint.body0, &joint.body0_from_joint);
    zero.inv_mul(&world(joint.body1, &joint.body1_from_joint))
}

fn unit(axis: Axis) -> Vector3<f64> {
    match axis {
        Axis::X => Vector3::x(),
        Axis::Y => Vector3::y(),
        Axis::Z => Vector3::z(),
    }
}

/// How far the frames are apart \[m\] and turned \[rad\] where the joint does not let them move.
fn misfit(joint: &Joint, gap: &Isometry3<f64>) -> [f64; 2] {
    let shift = gap.translation.vector;
    let axis = unit(joint.axis);
    let turned = gap.rotation * axis;
    let lean = turned.cross(&axis).norm().atan2(turned.dot(&axis));
    match &joint.motion {
        Motion::Fixed => [shift.norm(), gap.rotation.angle()],
        Motion::Revolute => [shift.norm(), lean],
        Motion::Prismatic => {
            let along = axis * shift.dot(&axis);
            [(shift - along).norm(), gap.rotation.angle()]
        }
        Motion::Spherical { .. } => [shift.norm(), 0.0],
        Motion::Distance { least, greatest } => {
            let far = greatest.map_or(0.0, |g| shift.norm() - g);
            let near = least.map_or(0.0, |l| l - shift.norm());
            [far.max(near).max(0.0), 0.0]
        }
        Motion::Generic { ranges, .. } => {
            let locked = |k: usize| matches!(ranges[k], DofRange::Locked);
            let part = |k: usize| if locked(k + 3) { shift[k] } else { 0.0 };
            let turn = gap.rotation.scaled_axis();
            let all = (0..3).all(locked);
            let lean = if all { turn.norm() } else { 0.0 };
            [Vector3::new(part(0), part(1), part(2)).norm(), lean]
        }
        Motion::Unsupported(_) => [0.0; 2],
    }
}

fn frames(facts: &Facts<'_>, sink: &mut Sink, entity: Entity, joint: &Joint, gap: &Isometry3<f64>) {
    let [shift, lean] = misfit(joint, gap);
    if shift <= GAP && lean <= TURN {
        return;
    }
    let turned = if lean > TURN {
        format!(" and turned by {} deg", number(lean.to_degrees()))
    } else {
        String::new()
    };
    let text = word(
        format!(
            "frames of the joint on its two sides are {} apart{turned}",
            length(shift)
        ),
        "correct `physics:localPos0/1` and `physics:localRot0/1`, or the poses of the bodies",
    )
    .note(match (joint.body0, joint.body1) {
        (Some(a), Some(b)) => format!(
            "`{}` and `{}` jump together when the simulation starts",
            facts.path(a),
            facts.path(b)
        ),
        (Some(one), None) | (None, Some(one)) => format!(
            "`{}` jumps there when the simulation starts; without a body the frame is that of the world",
            facts.path(one)
        ),
        (None, None) => String::new(),
    })
    // Instances of one joint stand at different distances from a fixed place in the world.
    .alike(match (joint.body0, joint.body1) {
        (Some(_), Some(_)) => format!("{shift:.3} {lean:.3}"),
        _ => "world".to_owned(),
    });
    sink.on(
        &rule::OPEN_JOINT,
        facts.world,
        entity,
        "physics:localPos0",
        text,
    );
}

/// Position of a joint of one degree of freedom, as the prims stand \[rad or m\].
fn position(joint: &Joint, gap: &Isometry3<f64>) -> Option<f64> {
    let axis = unit(joint.axis);
    match joint.motion {
        Motion::Revolute => {
            let turn = gap.rotation.quaternion();
            let half = turn.imag().dot(&axis).atan2(turn.w);
            let angle = 2.0 * half;
            // The short way round.
            let full = std::f64::consts::TAU;
            Some(angle - full * (angle / full).round())
        }
        Motion::Prismatic => Some(gap.translation.vector.dot(&axis)),
        _ => None,
    }
}

/// A position as people read it.
fn said(joint: &Joint, value: f64) -> String {
    match joint.motion {
        Motion::Prismatic => format!("{} m", number(value)),
        _ => format!("{} deg", number(value.to_degrees())),
    }
}

fn limits(facts: &Facts<'_>, sink: &mut Sink, entity: Entity, joint: &Joint, gap: &Isometry3<f64>) {
    if let (Some(lower), Some(upper)) = (joint.lower, joint.upper)
        && lower > upper
    {
        let text = word(
            format!(
                "lower limit {} is above upper limit {}",
                said(joint, lower),
                said(joint, upper)
            ),
            "swap the limits, or use a fixed joint",
        );
        sink.on(
            &rule::SWAPPED,
            facts.world,
            entity,
            "physics:lowerLimit",
            text,
        );
        return;
    }
    let Some(q) = joint.home.or_else(|| position(joint, gap)) else {
        return;
    };
    // The pose alone does not tell how many turns a joint has made.
    let turns = if joint.home.is_none() && matches!(joint.motion, Motion::Revolute) {
        [0.0, 1.0, -1.0].map(|k| k * std::f64::consts::TAU).to_vec()
    } else {
        vec![0.0]
    };
    let inside = |q: f64| {
        joint.lower.is_none_or(|l| q >= l - ROOM) && joint.upper.is_none_or(|u| q <= u + ROOM)
    };
    if turns.iter().any(|t| inside(q + t)) {
        return;
    }
    let end = |limit: Option<f64>| limit.map_or("none".to_owned(), |l| said(joint, l));
    let text = word(
        format!(
            "joint starts at {}: its limits are {} and {}",
            said(joint, q),
            end(joint.lower),
            end(joint.upper)
        ),
        "correct the limits, the start position or the poses of the bodies",
    );
    sink.on(
        &rule::OUTSIDE,
        facts.world,
        entity,
        "physics:lowerLimit",
        text,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{Translation3, UnitQuaternion};

    /// A hinge that is turned by 30 degrees about its axis and leans by 2 degrees: it stands at 30
    /// degrees and misfits by 2, to second order in the lean.
    #[test]
    fn hinge() {
        let joint = Joint {
            axis: Axis::Z,
            ..Joint::between(Motion::Revolute, None, None)
        };
        let about = |axis, deg: f64| UnitQuaternion::from_axis_angle(&axis, deg.to_radians());
        let turn = about(Vector3::z_axis(), 30.0) * about(Vector3::x_axis(), 2.0);
        let gap = Isometry3::from_parts(Translation3::new(0.0, 0.003, 0.004), turn);
        let [shift, lean] = misfit(&joint, &gap);
        assert!((shift - 0.005).abs() < 1e-15);
        assert!((lean - 2_f64.to_radians()).abs() < 1e-12);
        let q = position(&joint, &gap).unwrap();
        assert!((q - 30_f64.to_radians()).abs() < 1e-3);
    }

    /// A slider moves along its axis freely; what is across counts.
    #[test]
    fn slider() {
        let joint = Joint {
            axis: Axis::Y,
            ..Joint::between(Motion::Prismatic, None, None)
        };
        let gap = Isometry3::translation(0.0, -0.7, 0.002);
        let [shift, lean] = misfit(&joint, &gap);
        assert!((shift - 0.002).abs() < 1e-15 && lean == 0.0);
        assert_eq!(position(&joint, &gap), Some(-0.7));
    }
}
