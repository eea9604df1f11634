//! Joints that follow others.

use std::collections::BTreeMap;

use halle_world::components::{Drive, DriveKind, Mimic, Plant};
use halle_world::{Entity, World};
use rapier3d::dynamics::{MultibodyDofCoupling, MultibodyJointHandle};

use crate::drives::set_motor;
use crate::facts::{Held, JointFacts, Servo, Template};
use crate::maths::real;
use crate::ready::free;
use crate::says;
use crate::tell::Tell;

/// Stiffness of a servo that makes a joint follow [1/s^2]: settles within about 10 ms.
const SERVO_STIFFNESS: f64 = 4.0e4;
/// Damping of the servo [1/s]: critical.
const SERVO_DAMPING: f64 = 4.0e2;

/// Adds what makes joints follow; returns those that need telling where to go.
pub(crate) fn add(
    world: &World,
    template: &mut Template,
    joints: &mut [JointFacts],
    tell: &mut Tell,
) -> Vec<Servo> {
    let index: BTreeMap<Entity, usize> = joints
        .iter()
        .enumerate()
        .map(|(k, j)| (j.ready.entity, k))
        .collect();
    let entities = world.get_resource::<Plant>().map(|p| p.entities.clone());
    let mut servos = Vec::new();
    for entity in entities.unwrap_or_default() {
        let Some(mimic) = world.get::<Mimic>(entity) else {
            continue;
        };
        let sides = (index.get(&entity), index.get(&mimic.leader));
        let (Some(&follower), Some(&leader)) = sides else {
            tell.add(says::MIMIC_NOTHING, entity, "");
            continue;
        };
        let both = [follower, leader].map(|j| joints[j].ready.coordinate.is_some());
        let finite = mimic.coefficients.iter().all(|c| c.is_finite());
        if both != [true, true] || follower == leader || !finite {
            tell.add(says::MIMIC_NOTHING, entity, "");
            continue;
        }
        let linear = mimic.coefficients[2..].iter().all(|c| *c == 0.0);
        if linear
            && couple(
                template,
                &joints[leader],
                &joints[follower],
                &mimic.coefficients,
            )
        {
            continue;
        }
        tell.add(says::MIMIC_SERVO, entity, "");
        servos.extend(servo(
            template,
            joints,
            [follower, leader],
            mimic.coefficients,
        ));
    }
    servos
}

/// Couples two joints of one articulation; false if they are not.
fn couple(
    template: &mut Template,
    leader: &JointFacts,
    follower: &JointFacts,
    coefficients: &[f64; 5],
) -> bool {
    let place = |joint: &JointFacts| -> Option<(MultibodyJointHandle, f64, usize)> {
        let Held::Reduced(handle, flipped, _) = &joint.held else {
            return None;
        };
        let axis = joint.ready.coordinate?.axis() as usize;
        Some((*handle, if *flipped { -1.0 } else { 1.0 }, axis))
    };
    let (Some(a), Some(b)) = (place(leader), place(follower)) else {
        return false;
    };
    let set = &mut template.reduced;
    let id = |h| set.get(h).map(|(_, link)| link);
    let child = |joint: &JointFacts, flipped: f64| joint.sides[usize::from(flipped > 0.0)];
    let of = |body| set.rigid_body_link(body).map(|l| l.multibody);
    let (Some(link1), Some(link2)) = (id(a.0), id(b.0)) else {
        return false;
    };
    let bodies = (of(child(leader, a.1)), of(child(follower, b.1)));
    let (Some(body1), Some(body2)) = bodies else {
        return false;
    };
    if body1 != body2 {
        return false;
    }
    let Some(body) = set.get_multibody_mut(body1) else {
        return false;
    };
    body.add_dof_coupling(MultibodyDofCoupling {
        link1,
        dof1: 0,
        axis1: a.2,
        link2,
        dof2: 0,
        axis2: b.2,
        // Signs: the solver may count either coordinate the other way.
        coeff: real(coefficients[1] * a.1 * b.1),
        offset: real(coefficients[0] * b.1),
    });
    true
}

fn servo(
    template: &mut Template,
    joints: &mut [JointFacts],
    [follower, leader]: [usize; 2],
    coefficients: [f64; 5],
) -> Option<Servo> {
    let joint = &mut joints[follower];
    let kind = joint.ready.coordinate?;
    let mut data = free(&joint.ready.main);
    let drive = Drive {
        kind: DriveKind::Acceleration,
        stiffness: SERVO_STIFFNESS,
        damping: SERVO_DAMPING,
        effort_limit: f64::INFINITY,
        target_position: follow(&coefficients, joint.ready.start[0])[0],
        target_velocity: 0.0,
    };
    set_motor(&mut data, kind.axis(), &drive);
    let twin = template
        .impulse
        .insert(joint.sides[0], joint.sides[1], data, true);
    match &mut joint.held {
        Held::Impulse(_, twins) | Held::Reduced(_, _, twins) => twins.push(twin),
    }
    Some(Servo {
        follower,
        leader,
        coefficients,
        twin,
    })
}

/// Where a follower belongs, and how its place changes with the leader's.
pub(crate) fn follow(coefficients: &[f64; 5], leader: f64) -> [f64; 2] {
    let mut value = 0.0;
    let mut slope = 0.0;
    for coefficient in coefficients.iter().rev() {
        slope = slope * leader + value;
        value = value * leader + coefficient;
    }
    [value, slope]
}
