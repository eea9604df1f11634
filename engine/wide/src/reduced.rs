//! Articulations in reduced coordinates.

use nalgebra::Isometry3;
use rapier3d::dynamics::{JointAxesMask, RigidBodyBuilder, RigidBodyHandle};

use crate::articulations::Tree;
use crate::facts::{BodyKind, Held, Template};
use crate::maths::{pose, real, wide_pose};
use crate::ready::ReadyJoint;

/// What adding an articulation needs of the sets under construction.
pub(crate) trait Sets {
    /// The solver's sets.
    fn template(&mut self) -> &mut Template;
    /// Handle of a body; of the ground for none.
    fn handle(&self, body: Option<usize>) -> RigidBodyHandle;
    /// How a body moves.
    fn kind(&self, body: usize) -> BodyKind;
}

/// Adds one articulation and notes how its joints are held.
pub(crate) fn add(
    sets: &mut impl Sets,
    tree: &Tree,
    joints: &[ReadyJoint],
    held: &mut [Option<Held>],
) {
    // The solver merges articulations that share a body, so that each gets a base of its own.
    let base = tree
        .root
        .is_none()
        .then(|| sets.template().bodies.insert(RigidBodyBuilder::fixed()));
    let mut rows = Vec::new();
    for &(index, parent) in &tree.edges {
        let joint = &joints[index];
        let mut data = joint.main;
        let parent_body = joint.bodies[parent];
        let child = sets.handle(joint.bodies[1 - parent]);
        let still = parent_body.is_none_or(|b| sets.kind(b) == BodyKind::Fixed);
        let above = match base {
            Some(base) if still => {
                set_base_frame(sets, &mut data, joint, parent);
                base
            }
            _ => sets.handle(parent_body),
        };
        if parent == 1 {
            data.flip();
        }
        let twin_bodies = joint.bodies.map(|b| sets.handle(b));
        let template = sets.template();
        let Some(handle) = template.reduced.insert(above, child, data, true) else {
            continue;
        };
        // The base has no shapes; the body that it stands for is the one not to touch.
        if still && !joint.touch && parent_body.is_some() {
            let mut mute = rapier3d::dynamics::GenericJoint::default();
            mute.set_contacts_enabled(false);
            template
                .impulse
                .insert(twin_bodies[parent], child, mute, true);
        }
        let twins = joint
            .twins
            .iter()
            .map(|t| {
                template
                    .impulse
                    .insert(twin_bodies[0], twin_bodies[1], *t, true)
            })
            .collect();
        held[index] = Some(Held::Reduced(handle, parent == 1, twins));
        rows.push((index, handle, parent == 1));
    }
    settle(sets.template(), tree, joints, &rows);
}

/// The parent's frame seen from the world, as the base stands at its origin.
fn set_base_frame(
    sets: &mut impl Sets,
    data: &mut rapier3d::dynamics::GenericJoint,
    joint: &ReadyJoint,
    parent: usize,
) {
    let handle = joint.bodies[parent].map(|b| sets.handle(Some(b)));
    let template = sets.template();
    let world_from_parent = handle
        .and_then(|h| template.bodies.get(h))
        .map_or_else(Isometry3::identity, |b| wide_pose(b.position()));
    let frame = pose(&(world_from_parent * joint.frames[parent]));
    if parent == 0 {
        data.set_local_frame1(frame);
    } else {
        data.set_local_frame2(frame);
    }
}

/// Start positions, rates and the passive properties of every degree of freedom.
fn settle(
    template: &mut Template,
    tree: &Tree,
    joints: &[ReadyJoint],
    rows: &[(usize, rapier3d::dynamics::MultibodyJointHandle, bool)],
) {
    let Some(&(_, first, _)) = rows.first() else {
        return;
    };
    let Template {
        bodies, reduced, ..
    } = template;
    let start: Vec<_> = rows
        .iter()
        .filter_map(|&(index, handle, flipped)| {
            let (_, link) = reduced.get(handle)?;
            Some((index, link, if flipped { -1.0 } else { 1.0 }))
        })
        .collect();
    let Some((body, _)) = reduced.get_mut(first) else {
        return;
    };
    body.set_self_contacts_enabled(tree.self_collision);
    body.forward_kinematics(bodies, true);
    // The solver damps turning by itself; a plant says what it wants damped.
    body.damping_mut().fill(0.0);
    let mut shift = vec![0.0; body.ndofs()];
    // Degrees of freedom come in the order of the links.
    let mut offsets = Vec::new();
    let mut next = 0;
    for link in body.links() {
        offsets.push(next);
        next += link.joint().ndofs();
    }
    for (index, link, sign) in start {
        let joint = &joints[index];
        let Some(kind) = joint.coordinate else {
            continue;
        };
        let dof = offsets[link];
        shift[dof] = real(joint.start[0]) * sign;
        let rate = if joint.start[1].is_finite() {
            joint.start[1]
        } else {
            0.0
        };
        body.generalized_velocity_mut()[dof] = real(rate) * sign;
        body.damping_mut()[dof] = real(joint.passive[2]);
        body.armature_mut()[dof] = real(joint.armature);
        body.frictions_mut()[dof] = real(joint.friction);
        if let Some(link) = body.link_mut(link) {
            let rest = real(joint.passive[1]) * sign;
            link.joint
                .set_spring(kind.axis() as usize, real(joint.passive[0]), rest);
            debug_assert!(
                !link
                    .joint
                    .data
                    .locked_axes
                    .contains(JointAxesMask::from(kind.axis()))
            );
        }
    }
    body.apply_displacements(&shift);
    body.forward_kinematics(bodies, false);
    body.update_rigid_bodies(bodies, true);
}
