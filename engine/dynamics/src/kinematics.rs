//! Where the links are and how they move.

use halle_lanes::Lane;
use halle_model::{JointKind, Model};
use halle_spatial::{Motion, Transform, Vec3};

use crate::links::Links;

/// Pose and velocity of one link.
#[derive(Clone, Copy, Debug)]
pub struct LinkMotion<S> {
    /// World frame from link frame.
    pub world_from_link: Transform<S>,
    /// Joint axis in world axes.
    pub axis: Vec3<S>,
    /// Origin of the link minus origin of its parent (of the world for a root), world axes \[m\].
    pub from_parent: Vec3<S>,
    /// Velocity of the link at its origin, world axes.
    pub velocity: Motion<S>,
}

/// Poses of all links at joint positions `q`, with velocities zero.
#[inline(always)]
pub fn forward_kinematics<S: Lane>(model: &Model, q: &[S]) -> Links<LinkMotion<S>> {
    let mut links = Links::new();
    place_links(model, q, &mut links);
    links
}

/// As [`forward_kinematics`], into an empty list: a list that is returned is copied with all its room.
#[inline(always)]
pub fn place_links<S: Lane>(model: &Model, q: &[S], links: &mut Links<LinkMotion<S>>) {
    for i in 0..model.links.len() {
        links.push(placed(model, q[i], links, i));
    }
}

/// Poses and velocities of all links at joint positions `q` and velocities `qd`.
#[inline(always)]
pub fn forward_motion<S: Lane>(model: &Model, q: &[S], qd: &[S]) -> Links<LinkMotion<S>> {
    let mut links = Links::new();
    move_links(model, q, qd, &mut links);
    links
}

/// As [`forward_motion`], into an empty list: a list that is returned is copied with all its room.
#[inline(always)]
pub fn move_links<S: Lane>(model: &Model, q: &[S], qd: &[S], links: &mut Links<LinkMotion<S>>) {
    for i in 0..model.links.len() {
        let mut link = placed(model, q[i], links, i);
        let parent = match model.links[i].parent {
            Some(p) => links[p].velocity,
            None => Motion::zero(),
        };
        let carried = parent.at(link.from_parent);
        link.velocity = match model.links[i].joint {
            JointKind::Revolute => Motion {
                angular: link.axis.mul_add(qd[i], parent.angular),
                linear: carried,
            },
            JointKind::Prismatic => Motion {
                angular: parent.angular,
                linear: link.axis.mul_add(qd[i], carried),
            },
        };
        links.push(link);
    }
}

/// Link `i` at joint position `q`, at rest, after the links before it.
#[inline(always)]
fn placed<S: Lane>(model: &Model, q: S, before: &[LinkMotion<S>], i: usize) -> LinkMotion<S> {
    let link = &model.links[i];
    let fixed = Transform::constant(
        link.parent_from_link.rotation,
        link.parent_from_link.translation,
    );
    let (mut world_from_link, parent_origin) = match link.parent {
        Some(p) => {
            let parent = &before[p].world_from_link;
            (parent.then(&fixed), parent.origin)
        }
        None => (fixed, Vec3::zero()),
    };
    let axis = world_from_link.rotation.column_z();
    match link.joint {
        JointKind::Revolute => {
            let (s, c) = q.sin_cos();
            world_from_link.rotation = world_from_link.rotation.turned_z(c, s);
        }
        JointKind::Prismatic => {
            world_from_link.origin = axis.mul_add(q, world_from_link.origin);
        }
    }
    let from_parent = world_from_link.origin - parent_origin;
    LinkMotion {
        world_from_link,
        axis,
        from_parent,
        velocity: Motion::zero(),
    }
}

/// World frame from pad frame.
#[inline(always)]
pub fn pad_from<S: Lane>(model: &Model, links: &[LinkMotion<S>]) -> Transform<S> {
    let pad = &model.tool.link_from_pad;
    links[model.tool.link]
        .world_from_link
        .then(&Transform::constant(pad.rotation, pad.translation))
}
