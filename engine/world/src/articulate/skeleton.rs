//! The tree of links that the joints of a world make, and where each body is in it.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::articulated::SystemJoint;
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use super::course::{Course, FREEDOMS, Piece, course};
use super::says::Says;
use crate::components::{Joint, Plant, RigidBody};
use crate::error::CompileError;
use crate::kinematics::{BodyTree, Step};
use crate::place::path;

/// A link before its numbers are worked out.
#[derive(Clone, Debug)]
pub(crate) struct Bone {
    /// Path of its body, or of its joint if it has none.
    pub(crate) name: String,
    /// Prim that findings are about: the joint, or the floating body.
    pub(crate) prim: Entity,
    /// Joint that carries it; none floats.
    pub(crate) joint: Option<Entity>,
    /// Number of the degree of freedom of a generic joint.
    pub(crate) freedom: Option<usize>,
    pub(crate) kind: SystemJoint,
    pub(crate) parent: Option<usize>,
    /// Parent link frame (world for a root) from this link's frame at zero.
    pub(crate) parent_from_link: Isometry3<f64>,
    /// The bodies that are one with it, with `link_from_body`.
    pub(crate) bodies: Vec<(Entity, Isometry3<f64>)>,
    /// \[rad or m\]
    pub(crate) limit: [f64; 2],
    /// Position at the start.
    pub(crate) position: Vec<f64>,
    /// Velocity at the start.
    pub(crate) velocity: Vec<f64>,
}

/// Where something is: the link that carries it (none is the world), and its pose there.
pub(crate) type Placed = (Option<usize>, Isometry3<f64>);

/// The tree of links.
#[derive(Clone, Debug, Default)]
pub(crate) struct Skeleton {
    /// Parents stand before children, depth first in authored order.
    pub(crate) bones: Vec<Bone>,
    /// Link and `link_from_body` of every body.
    pub(crate) places: BTreeMap<Entity, Placed>,
    /// Links that each joint of the tree carries; none for one that fixes.
    pub(crate) carried: BTreeMap<Entity, Vec<usize>>,
}

/// Where a walk over the tree goes next.
enum Next<'t> {
    /// Over a joint.
    Over(&'t Step),
    /// To a body that nothing carries.
    Floating(Entity, Isometry3<f64>),
}

impl Skeleton {
    /// Follows the joints of a world; prims in prototypes of instancers are left out.
    pub(crate) fn build(
        world: &World,
        prototypes: &BTreeMap<Entity, Entity>,
        says: &mut Says<'_>,
    ) -> Result<Self, CompileError> {
        let tree = BodyTree::new(world);
        let plant = world.get_resource::<Plant>();
        let entities = plant.map_or(&[][..], |p| &p.entities);
        let rank: BTreeMap<Entity, usize> = entities.iter().copied().zip(0..).collect();
        let mut over: BTreeMap<Option<Entity>, Vec<&Step>> = BTreeMap::new();
        for step in tree.steps() {
            if !prototypes.contains_key(&step.far) {
                over.entry(step.near).or_default().push(step);
            }
        }
        let mut made = Self::default();
        let mut open = Vec::new();
        for (body, pose) in tree.roots() {
            if prototypes.contains_key(body) {
                continue;
            }
            if world.get::<RigidBody>(*body).is_some_and(|b| b.kinematic) {
                made.places.insert(*body, (None, *pose));
            } else {
                open.push((rank.get(body), Next::Floating(*body, *pose)));
            }
        }
        for step in over.get(&None).into_iter().flatten() {
            open.push((rank.get(&step.far), Next::Over(step)));
        }
        open.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let mut open: Vec<Next<'_>> = open.into_iter().map(|(_, next)| next).collect();
        while let Some(next) = open.pop() {
            let body = match next {
                Next::Over(step) => {
                    made.over(world, step, says)?;
                    step.far
                }
                Next::Floating(body, pose) => {
                    made.float(world, body, &pose);
                    body
                }
            };
            let steps = over.get(&Some(body)).into_iter().flatten();
            open.extend(steps.rev().map(|s| Next::Over(s)));
        }
        Ok(made)
    }

    /// A body that nothing carries; its link stands at its origin until the masses are known.
    fn float(&mut self, world: &World, body: Entity, world_from_body: &Isometry3<f64>) {
        let authored = world.get::<RigidBody>(body).copied().unwrap_or_default();
        let pose = of_unit_length(world_from_body);
        let (t, q) = (pose.translation.vector, pose.rotation);
        let (w, v) = (authored.angular_velocity, authored.linear_velocity);
        let index = self.bones.len();
        self.bones.push(Bone {
            name: path(world, body),
            prim: body,
            joint: None,
            freedom: None,
            kind: SystemJoint::Free,
            parent: None,
            parent_from_link: Isometry3::identity(),
            bodies: vec![(body, Isometry3::identity())],
            limit: [f64::NEG_INFINITY, f64::INFINITY],
            position: vec![t.x, t.y, t.z, q.w, q.i, q.j, q.k],
            velocity: vec![w.x, w.y, w.z, v.x, v.y, v.z],
        });
        self.places
            .insert(body, (Some(index), Isometry3::identity()));
    }

    /// Follows a joint to the body that it carries.
    fn over(
        &mut self,
        world: &World,
        step: &Step,
        says: &mut Says<'_>,
    ) -> Result<(), CompileError> {
        let near = step.near.and_then(|n| self.places.get(&n).copied());
        let (mut link, near_frame) = near.unwrap_or((None, Isometry3::identity()));
        let Some(joint) = world.get::<Joint>(step.joint) else {
            return Ok(());
        };
        let pieces = match course(world, step.joint, joint, step.backwards, says)? {
            Course::Pieces(pieces) => pieces,
            Course::Free => {
                let pose = crate::kinematics::world_pose(world, step.far);
                self.float(world, step.far, &pose);
                return Ok(());
            }
        };
        let mut frame = near_frame * of_unit_length(&step.near_from_joint);
        let mut carried = Vec::new();
        for piece in pieces {
            let (bone, link_from_joint) = match piece {
                Piece::Still(way, at) => {
                    frame *= way.by(at);
                    continue;
                }
                Piece::Moves {
                    way,
                    freedom,
                    limit,
                    start,
                } => {
                    let turn = way.joint_from_z();
                    let mut bone = self.bone(world, step.joint, link, frame * turn);
                    bone.kind = if way.turns {
                        SystemJoint::Revolute
                    } else {
                        SystemJoint::Prismatic
                    };
                    if let Some(freedom) = freedom {
                        bone.name = format!("{}:{}", bone.name, FREEDOMS[freedom]);
                    }
                    let rate = freedom.map_or(joint.home_velocity, |_| 0.0);
                    (bone.freedom, bone.limit) = (freedom, limit);
                    (bone.position, bone.velocity) = (vec![start], vec![rate]);
                    (bone, turned(turn.inverse()))
                }
                Piece::Ball(start) => {
                    let mut bone = self.bone(world, step.joint, link, frame);
                    bone.position = vec![start.w, start.i, start.j, start.k];
                    bone.velocity = vec![0.0; 3];
                    (bone, Isometry3::identity())
                }
            };
            link = Some(self.bones.len());
            carried.push(self.bones.len());
            self.bones.push(bone);
            frame = link_from_joint;
        }
        let link_from_body = frame * of_unit_length(&step.far_from_joint).inverse();
        self.places.insert(step.far, (link, link_from_body));
        if let Some(link) = link {
            self.bones[link].bodies.push((step.far, link_from_body));
        }
        if let Some(last) = carried.last() {
            self.bones[*last].name = path(world, step.far);
        }
        self.carried.insert(step.joint, carried);
        Ok(())
    }

    fn bone(
        &self,
        world: &World,
        joint: Entity,
        parent: Option<usize>,
        parent_from_link: Isometry3<f64>,
    ) -> Bone {
        Bone {
            name: path(world, joint),
            prim: joint,
            joint: Some(joint),
            freedom: None,
            kind: SystemJoint::Spherical,
            parent,
            parent_from_link,
            bodies: Vec::new(),
            limit: [f64::NEG_INFINITY, f64::INFINITY],
            position: Vec::new(),
            velocity: Vec::new(),
        }
    }

    /// Moves the frame of a floating link to a point of it, its centre of mass.
    pub(crate) fn recentre(&mut self, link: usize, center: &Vector3<f64>) {
        let back = Isometry3::from(Translation3::from(-center));
        let bone = &mut self.bones[link];
        let [x, y, z, w, i, j, k] = bone.position[..] else {
            return;
        };
        let turn = UnitQuaternion::new_unchecked(nalgebra::Quaternion::new(w, i, j, k));
        let shift = turn * center;
        bone.position[..3].copy_from_slice(&[x + shift.x, y + shift.y, z + shift.z]);
        if let [a, b, c, ..] = bone.velocity[..] {
            let extra = Vector3::new(a, b, c).cross(&shift);
            (0..3).for_each(|k| bone.velocity[3 + k] += extra[k]);
        }
        for (_, link_from_body) in &mut bone.bodies {
            *link_from_body = back * *link_from_body;
        }
        for child in self.bones.iter_mut().filter(|b| b.parent == Some(link)) {
            child.parent_from_link = back * child.parent_from_link;
        }
        for place in self.places.values_mut().filter(|p| p.0 == Some(link)) {
            place.1 = back * place.1;
        }
    }

    /// The one link of a joint with one degree of freedom in the tree.
    pub(crate) fn scalar(&self, joint: Entity) -> Option<usize> {
        let [link] = self.carried.get(&joint)?[..] else {
            return None;
        };
        (self.bones[link].kind.dof_count() == 1).then_some(link)
    }

    /// Bodies that joints connect with each other, however; a number for each group.
    pub(crate) fn groups(&self, world: &World) -> BTreeMap<Entity, usize> {
        let tree = BodyTree::new(world);
        let mut group: BTreeMap<Entity, usize> = BTreeMap::new();
        let mut next = 0;
        for (body, _) in tree.roots() {
            group.insert(*body, next);
            next += 1;
        }
        for step in tree.steps() {
            let own = step.near.and_then(|n| group.get(&n).copied());
            group.insert(step.far, own.unwrap_or(next));
            next += usize::from(own.is_none());
        }
        let used: BTreeSet<&Entity> = self.places.keys().collect();
        group.retain(|body, _| used.contains(body));
        group
    }
}

/// The same frame with a quaternion of unit length in double precision; files hold single precision.
pub(crate) fn of_unit_length(a_from_b: &Isometry3<f64>) -> Isometry3<f64> {
    let turn = UnitQuaternion::new_normalize(a_from_b.rotation.into_inner());
    Isometry3::from_parts(a_from_b.translation, turn)
}

fn turned(a_from_b: UnitQuaternion<f64>) -> Isometry3<f64> {
    Isometry3::from_parts(Translation3::identity(), a_from_b)
}
