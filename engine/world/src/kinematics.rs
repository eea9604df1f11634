//! Where bodies stand for given joint positions: forward kinematics over the joints of a world.
//!
//! [`BodyTree`] follows joints outwards from what stands still, then from one root of each free
//! group of bodies. Joints that are excluded, and those that would close a loop, are not followed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use crate::components::{
    ArticulationRoot, Axis, InBody, Joint, Mimic, Motion, Plant, RigidBody, WorldPose,
};

/// Position of a joint: the joint frame of body 1 seen from that of body 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum JointPosition {
    /// Revolute \[rad\] or prismatic \[m\].
    Scalar(f64),
    /// Spherical: the joint frame of body 0 from that of body 1.
    Rotation(UnitQuaternion<f64>),
    /// Generic: turning about x, then y, then z of the joint frame of body 0 \[rad\], then sliding
    /// along x, y and z \[m\].
    Generic([f64; 6]),
}

/// A joint on the way from a body whose pose is known to one whose pose is not.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) joint: Entity,
    motion: Motion,
    axis: Axis,
    home: f64,
    pub(crate) near: Option<Entity>,
    pub(crate) far: Entity,
    pub(crate) near_from_joint: Isometry3<f64>,
    pub(crate) far_from_joint: Isometry3<f64>,
    /// The near body is body 1 of the joint.
    pub(crate) backwards: bool,
}

/// Bodies and joints of a world in the order in which poses follow from each other.
#[derive(Clone, Debug, Default)]
pub struct BodyTree {
    roots: Vec<(Entity, Isometry3<f64>)>,
    steps: Vec<Step>,
    mimics: BTreeMap<Entity, Mimic>,
    homes: BTreeMap<Entity, f64>,
}

/// One end of a joint: the body, or `None` for what stands still, and the joint frame seen from it.
pub(crate) type Side = (Option<Entity>, Isometry3<f64>);

struct Edge {
    entity: Entity,
    sides: [Side; 2],
}

fn turned(a_from_b: UnitQuaternion<f64>) -> Isometry3<f64> {
    Isometry3::from_parts(Translation3::identity(), a_from_b)
}

pub(crate) fn world_pose(world: &World, entity: Entity) -> Isometry3<f64> {
    let pose = world.get::<WorldPose>(entity);
    pose.map_or_else(Isometry3::identity, |p| p.0)
}

/// The joint frame seen from the body that its prim belongs to, or from the world.
pub(crate) fn side(world: &World, prim: Option<Entity>, prim_from_joint: &Isometry3<f64>) -> Side {
    let Some(prim) = prim else {
        return (None, *prim_from_joint);
    };
    let world_from_joint = world_pose(world, prim) * prim_from_joint;
    let owner = world.get::<InBody>(prim).map_or(prim, |b| b.0);
    match world.get::<RigidBody>(owner) {
        Some(body) if !body.kinematic => {
            let body_from_joint = world_pose(world, owner).inverse() * world_from_joint;
            (Some(owner), body_from_joint)
        }
        _ => (None, world_from_joint),
    }
}

impl BodyTree {
    /// The tree over all joints of a world. Roots are, in this order: what stands still, bodies
    /// with an articulation root, bodies that are no joint's second body, any other body.
    #[must_use]
    pub fn new(world: &World) -> Self {
        let plant = world.get_resource::<Plant>();
        let entities = plant.map_or(&[][..], |p| &p.entities);
        let mut tree = Self::default();
        let mut edges = Vec::new();
        for &entity in entities {
            let Some(joint) = world.get::<Joint>(entity) else {
                continue;
            };
            if let Some(mimic) = world.get::<Mimic>(entity) {
                tree.mimics.insert(entity, *mimic);
            }
            tree.homes.insert(entity, joint.home.unwrap_or_default());
            let carries = !matches!(
                joint.motion,
                Motion::Distance { .. } | Motion::Unsupported(_)
            );
            let sides = [
                side(world, joint.body0, &joint.body0_from_joint),
                side(world, joint.body1, &joint.body1_from_joint),
            ];
            if !joint.excluded && carries && sides[0].0 != sides[1].0 {
                edges.push(Edge { entity, sides });
            }
        }
        let mut at: BTreeMap<Option<Entity>, Vec<usize>> = BTreeMap::new();
        for (index, edge) in edges.iter().enumerate() {
            edge.sides
                .iter()
                .for_each(|s| at.entry(s.0).or_default().push(index));
        }
        let mut grow = Growth {
            world,
            edges: &edges,
            at: &at,
            placed: BTreeSet::new(),
        };
        grow.from(None, &mut tree.steps);
        let led: BTreeSet<Entity> = edges.iter().filter_map(|e| e.sides[1].0).collect();
        let bodies = |class: u8| {
            entities.iter().copied().filter(move |e| {
                let rank = match world.get::<RigidBody>(*e) {
                    None => return false,
                    Some(_) if world.get::<ArticulationRoot>(*e).is_some() => 0,
                    Some(_) if !led.contains(e) => 1,
                    Some(_) => 2,
                };
                rank == class
            })
        };
        for body in bodies.clone()(0).chain(bodies.clone()(1)).chain(bodies(2)) {
            if grow.placed.insert(body) {
                tree.roots.push((body, world_pose(world, body)));
                grow.from(Some(body), &mut tree.steps);
            }
        }
        tree
    }

    /// Joints that carry bodies, fixed ones included, parents before children.
    pub fn joints(&self) -> impl Iterator<Item = Entity> {
        self.steps.iter().map(|s| s.joint)
    }

    /// Bodies that no joint of the tree carries, with `world_from_body`.
    pub(crate) fn roots(&self) -> &[(Entity, Isometry3<f64>)] {
        &self.roots
    }

    /// The joints with their sides, parents before children.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// `world_from_body` of every body.
    ///
    /// A joint that follows another (`Mimic`) takes its position from its leader. A joint without a
    /// position, or with one of another kind than its motion has, stands at its home, or at zero.
    #[must_use]
    pub fn poses(
        &self,
        positions: &BTreeMap<Entity, JointPosition>,
    ) -> BTreeMap<Entity, Isometry3<f64>> {
        let mut poses: BTreeMap<Entity, Isometry3<f64>> = self.roots.iter().copied().collect();
        for step in &self.steps {
            let near = step.near.and_then(|n| poses.get(&n).copied());
            let zero_from_one = self.joint_pose(step, positions);
            let moved = if step.backwards {
                zero_from_one.inverse()
            } else {
                zero_from_one
            };
            let near_from_far = step.near_from_joint * moved * step.far_from_joint.inverse();
            let far = near.map_or(near_from_far, |near| near * near_from_far);
            poses.insert(step.far, far);
        }
        poses
    }

    /// The joint frame of body 0 from that of body 1.
    fn joint_pose(
        &self,
        step: &Step,
        positions: &BTreeMap<Entity, JointPosition>,
    ) -> Isometry3<f64> {
        let axis = match step.axis {
            Axis::X => Vector3::x_axis(),
            Axis::Y => Vector3::y_axis(),
            Axis::Z => Vector3::z_axis(),
        };
        let scalar = || self.scalar(step.joint, positions, 0).unwrap_or(step.home);
        match (&step.motion, positions.get(&step.joint)) {
            (Motion::Revolute, _) => turned(UnitQuaternion::from_axis_angle(&axis, scalar())),
            (Motion::Prismatic, _) => Translation3::from(axis.into_inner() * scalar()).into(),
            (Motion::Spherical { .. }, Some(JointPosition::Rotation(turn))) => turned(*turn),
            (Motion::Generic { .. }, Some(JointPosition::Generic(q))) => {
                let about = |axis, angle| UnitQuaternion::from_axis_angle(&axis, angle);
                let turn = about(Vector3::z_axis(), q[2])
                    * about(Vector3::y_axis(), q[1])
                    * about(Vector3::x_axis(), q[0]);
                Isometry3::from_parts(Translation3::new(q[3], q[4], q[5]), turn)
            }
            _ => Isometry3::identity(),
        }
    }

    /// Position of a joint with one degree of freedom, if one is given for it or for the joint that
    /// it follows. `depth` ends circles of followers.
    fn scalar(
        &self,
        joint: Entity,
        positions: &BTreeMap<Entity, JointPosition>,
        depth: usize,
    ) -> Option<f64> {
        if let Some(mimic) = self.mimics.get(&joint)
            && depth <= self.mimics.len()
        {
            let leader = self.scalar(mimic.leader, positions, depth + 1);
            let leader = leader.or_else(|| self.homes.get(&mimic.leader).copied())?;
            let terms = mimic.coefficients.iter().rev();
            return Some(terms.fold(0.0, |sum, c| sum * leader + c));
        }
        match positions.get(&joint)? {
            JointPosition::Scalar(q) => Some(*q),
            JointPosition::Rotation(_) | JointPosition::Generic(_) => None,
        }
    }
}

/// The tree while it grows.
struct Growth<'w> {
    world: &'w World,
    edges: &'w [Edge],
    at: &'w BTreeMap<Option<Entity>, Vec<usize>>,
    placed: BTreeSet<Entity>,
}

impl Growth<'_> {
    /// Follows joints from a body, or from what stands still, nearest bodies first.
    fn from(&mut self, start: Option<Entity>, steps: &mut Vec<Step>) {
        let mut open = VecDeque::from([start]);
        while let Some(near) = open.pop_front() {
            for &index in self.at.get(&near).into_iter().flatten() {
                let edge = &self.edges[index];
                let backwards = edge.sides[0].0 != near;
                let [mut from, mut to] = edge.sides;
                if backwards {
                    (from, to) = (to, from);
                }
                let (Some(far), Some(joint)) = (to.0, self.world.get::<Joint>(edge.entity)) else {
                    continue;
                };
                if !self.placed.insert(far) {
                    continue;
                }
                steps.push(Step {
                    joint: edge.entity,
                    motion: joint.motion.clone(),
                    axis: joint.axis,
                    home: joint.home.unwrap_or_default(),
                    near,
                    far,
                    near_from_joint: from.1,
                    far_from_joint: to.1,
                    backwards,
                });
                open.push_back(Some(far));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::DofRange;

    /// Rounding of a few products of rotations.
    const CLOSE: f64 = 1e-14;

    /// A world with `count` bodies, one metre apart along x.
    fn bodies(count: usize) -> (World, Vec<Entity>) {
        let mut world = World::new();
        let made = (0..count)
            .map(|k| {
                let pose = Isometry3::translation(k as f64, 0.0, 0.0);
                let entity = world.spawn((RigidBody::default(), WorldPose(pose))).id();
                world.entity_mut(entity).insert(InBody(entity));
                entity
            })
            .collect::<Vec<_>>();
        world.insert_resource(Plant {
            entities: made.clone(),
            ..Plant::default()
        });
        (world, made)
    }

    fn add(world: &mut World, joint: Joint) -> Entity {
        let entity = world.spawn(joint).id();
        let mut plant = world.resource_mut::<Plant>();
        plant.entities.push(entity);
        entity
    }

    /// A joint at the origin of body 1, one metre along x of body 0 (or of the world).
    fn hinge(body0: Option<Entity>, body1: Option<Entity>) -> Joint {
        Joint {
            axis: Axis::Z,
            body0_from_joint: Isometry3::translation(1.0, 0.0, 0.0),
            ..Joint::between(Motion::Revolute, body0, body1)
        }
    }

    fn at(joint: Entity, q: f64) -> (Entity, JointPosition) {
        (joint, JointPosition::Scalar(q))
    }

    /// Closed form of a planar chain: x = sum of cos of the summed angles, y the same with sin.
    #[test]
    fn planar_chain() {
        let (mut world, made) = bodies(3);
        let mut sides = vec![None];
        sides.extend(made.iter().copied().map(Some));
        let joints: Vec<Entity> = (0..3)
            .map(|k| add(&mut world, hinge(sides[k], sides[k + 1])))
            .collect();
        let tree = BodyTree::new(&world);
        assert_eq!(tree.joints().collect::<Vec<_>>(), joints);
        let q = [0.3, -0.7, 1.1];
        let poses = tree.poses(&joints.iter().zip(q).map(|(j, q)| at(*j, q)).collect());
        let tip = poses[&made[2]];
        let (a, b) = (q[0], q[0] + q[1]);
        assert!((tip.translation.x - (1.0 + a.cos() + b.cos())).abs() < CLOSE);
        assert!((tip.translation.y - (a.sin() + b.sin())).abs() < CLOSE);
        assert!((tip.rotation.angle() - (b + q[2])).abs() < CLOSE);
    }

    /// A joint whose second side is the near one moves the other body the other way round.
    #[test]
    fn roles_swapped() {
        let (mut world, made) = bodies(1);
        let mut joint = hinge(None, Some(made[0]));
        std::mem::swap(&mut joint.body0, &mut joint.body1);
        std::mem::swap(&mut joint.body0_from_joint, &mut joint.body1_from_joint);
        let joint = add(&mut world, joint);
        let poses = BodyTree::new(&world).poses(&[at(joint, 0.4)].into());
        let turn = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), -0.4);
        let expected = Isometry3::from_parts(Translation3::new(1.0, 0.0, 0.0), turn);
        assert!((poses[&made[0]].to_homogeneous() - expected.to_homogeneous()).norm() < CLOSE);
    }

    /// A free body keeps its authored pose and carries what hangs on it: sliding along y of a frame
    /// that is turned about z goes along the turned axis.
    #[test]
    fn free_root_and_prismatic() {
        let (mut world, made) = bodies(2);
        let turn = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), 0.5);
        let joint = Joint {
            axis: Axis::Y,
            body0_from_joint: Isometry3::from_parts(Translation3::identity(), turn),
            ..Joint::between(Motion::Prismatic, Some(made[0]), Some(made[1]))
        };
        let joint = add(&mut world, joint);
        let poses = BodyTree::new(&world).poses(&[at(joint, 2.0)].into());
        assert_eq!(poses[&made[0]], Isometry3::identity());
        let found = poses[&made[1]].translation.vector;
        let expected = Vector3::new(-2.0 * 0.5_f64.sin(), 2.0 * 0.5_f64.cos(), 0.0);
        assert!((found - expected).norm() < CLOSE);
    }

    /// Spherical joints take a rotation; generic ones turn about fixed axes x, y, z and then slide.
    #[test]
    fn spherical_and_generic() {
        let (mut world, made) = bodies(2);
        let ball = Motion::Spherical { cone: [None; 2] };
        let ball = add(&mut world, Joint::between(ball, None, Some(made[0])));
        let free = Motion::Generic {
            ranges: [DofRange::Free; 6],
            drives: Box::default(),
        };
        let free = add(&mut world, Joint::between(free, None, Some(made[1])));
        let turn = UnitQuaternion::from_euler_angles(0.1, 0.2, 0.3);
        let positions = [
            (ball, JointPosition::Rotation(turn)),
            (free, JointPosition::Generic([0.1, 0.2, 0.3, 4.0, 5.0, 6.0])),
        ];
        let poses = BodyTree::new(&world).poses(&positions.into());
        assert!(poses[&made[0]].rotation.angle_to(&turn) < 1e-7);
        assert!(poses[&made[1]].rotation.angle_to(&turn) < 1e-7);
        assert_eq!(
            poses[&made[1]].translation.vector,
            Vector3::new(4.0, 5.0, 6.0)
        );
    }

    /// A follower stands at offset + ratio q, whatever position it is given.
    #[test]
    fn mimic_follows() {
        let (mut world, made) = bodies(2);
        let leader = add(&mut world, hinge(None, Some(made[0])));
        let follower = add(&mut world, hinge(None, Some(made[1])));
        world.entity_mut(follower).insert(Mimic {
            leader,
            coefficients: [0.1, -2.0, 0.0, 0.0, 0.0],
        });
        let poses = BodyTree::new(&world).poses(&[at(leader, 0.3), at(follower, 9.0)].into());
        let turn = poses[&made[1]].rotation;
        let expected = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), 0.1 - 2.0 * 0.3);
        assert!(turn.angle_to(&expected) < 1e-7);
    }

    /// Joints that follow each other in a circle end at their own positions instead of never.
    #[test]
    fn circular_mimic_ends() {
        let (mut world, made) = bodies(2);
        let joints = [0, 1].map(|k| add(&mut world, hinge(None, Some(made[k]))));
        for k in 0..2 {
            let leader = joints[1 - k];
            let coefficients = [0.0, 1.0, 0.0, 0.0, 0.0];
            world.entity_mut(joints[k]).insert(Mimic {
                leader,
                coefficients,
            });
        }
        assert_eq!(BodyTree::new(&world).poses(&BTreeMap::new()).len(), 2);
    }

    /// An excluded joint places nothing, and neither does one that would close a loop.
    #[test]
    fn loops_are_cut() {
        let (mut world, made) = bodies(2);
        let first = add(&mut world, hinge(None, Some(made[0])));
        let second = add(&mut world, hinge(Some(made[0]), Some(made[1])));
        let mut closing = hinge(None, Some(made[1]));
        add(&mut world, closing.clone());
        closing.excluded = true;
        add(&mut world, closing);
        let tree = BodyTree::new(&world);
        // Nearest first: the joint to the world carries the second body.
        assert_eq!(tree.joints().count(), 2);
        let poses = tree.poses(&[at(first, 0.2), at(second, 0.2)].into());
        assert_eq!(poses.len(), 2);
    }
}
