//! A robot with its joints at random positions.

use std::collections::BTreeMap;

use halle_world::components::{
    DofRange, InBody, Joint, Mimic, Motion, Plant, RigidBody, SourcePath,
};
use halle_world::kinematics::{BodyTree, JointPosition};
use halle_world::{Entity, World};
use nalgebra::{Isometry3, Quaternion, UnitQuaternion, Vector3};
use serde_json::{Value, json};

use crate::ask::numbers;

/// Positions of each robot.
pub(crate) const COUNT: u64 = 100;

/// A number in -1 to 1 that depends on its key alone (the finaliser of `SplitMix64`).
fn draw(robot: u64, position: u64, joint: u64) -> f64 {
    let mut x = (robot << 40) ^ (position << 20) ^ joint;
    x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

/// A robot with its joints at random positions.
pub(crate) struct Robot {
    pub(crate) world: World,
    tree: BodyTree,
    positions: Vec<BTreeMap<Entity, JointPosition>>,
}

/// A pose from x, y, z and a quaternion, w first.
fn pose(numbers: &[f64]) -> Isometry3<f64> {
    let turn = Quaternion::new(numbers[3], numbers[4], numbers[5], numbers[6]);
    let shift = Vector3::new(numbers[0], numbers[1], numbers[2]);
    Isometry3::from_parts(shift.into(), UnitQuaternion::from_quaternion(turn))
}

/// Greatest distance \[m\] and angle \[rad\] so far, and where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Worst {
    pub(crate) far: f64,
    pub(crate) turned: f64,
    pub(crate) at: String,
    pub(crate) poses: usize,
}

impl Worst {
    /// Takes in one pose.
    pub(crate) fn add(&mut self, found: &Isometry3<f64>, expected: &Isometry3<f64>, at: &str) {
        let far = (found.translation.vector - expected.translation.vector).norm();
        let turned = (expected.rotation.inverse() * found.rotation).angle();
        if far > self.far || turned > self.turned || !far.is_finite() || !turned.is_finite() {
            at.clone_into(&mut self.at);
        }
        self.far = self.far.max(if far.is_nan() { f64::INFINITY } else { far });
        self.turned = self.turned.max(if turned.is_nan() {
            f64::INFINITY
        } else {
            turned
        });
        self.poses += 1;
    }

    /// Takes in another list.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.far > self.far || other.turned > self.turned {
            self.at.clone_from(&other.at);
        }
        self.far = self.far.max(other.far);
        self.turned = self.turned.max(other.turned);
        self.poses += other.poses;
    }
}

impl Robot {
    /// Draws positions for all joints that move.
    pub(crate) fn new(world: World, key: u64) -> Self {
        let tree = BodyTree::new(&world);
        let mut made = Self {
            world,
            tree,
            positions: Vec::new(),
        };
        let joints = made.joints();
        let positions = (0..COUNT).map(|k| {
            let mut all = BTreeMap::new();
            for (number, &entity) in (0..).zip(&joints) {
                let at = |axis| draw(key, k, 6 * number + axis);
                if let Some(position) = made.position(entity, &at) {
                    all.insert(entity, position);
                }
            }
            made.follow(&joints, &mut all);
            all
        });
        made.positions = positions.collect();
        made
    }

    /// All prims of the plant.
    pub(crate) fn entities(&self) -> &[Entity] {
        &self.world.resource::<Plant>().entities
    }

    /// All joints.
    pub(crate) fn joints(&self) -> Vec<Entity> {
        let all = self.entities().iter().copied();
        all.filter(|e| self.world.get::<Joint>(*e).is_some())
            .collect()
    }

    /// All bodies.
    pub(crate) fn bodies(&self) -> Vec<Entity> {
        let all = self.entities().iter().copied();
        all.filter(|e| self.world.get::<RigidBody>(*e).is_some())
            .collect()
    }

    /// Path of a prim.
    pub(crate) fn path(&self, entity: Entity) -> &str {
        &self.world.get::<SourcePath>(entity).unwrap().prim
    }

    fn position(&self, entity: Entity, at: &dyn Fn(u64) -> f64) -> Option<JointPosition> {
        let joint = self.world.get::<Joint>(entity)?;
        Some(match &joint.motion {
            Motion::Revolute | Motion::Prismatic => JointPosition::Scalar(2.0 * at(0)),
            Motion::Spherical { .. } => {
                let q = Quaternion::new(at(0), at(1), at(2), at(3));
                JointPosition::Rotation(UnitQuaternion::from_quaternion(q))
            }
            Motion::Generic { ranges, .. } => {
                // Turns about several axes have no order that all programs share.
                let turns = ranges[..3]
                    .iter()
                    .filter(|r| **r != DofRange::Locked)
                    .count();
                let moves = |k: usize| ranges[k] != DofRange::Locked && (k > 2 || turns < 2);
                let q = [0, 1, 2, 3, 4, 5].map(|k| if moves(k) { at(k as u64) } else { 0.0 });
                JointPosition::Generic(q)
            }
            _ => return None,
        })
    }

    /// Gives followers the positions that their leaders ask for.
    fn follow(&self, joints: &[Entity], all: &mut BTreeMap<Entity, JointPosition>) {
        // A follower may lead the next.
        for joint in joints.iter().chain(joints) {
            if let Some(mimic) = self.world.get::<Mimic>(*joint)
                && let Some(JointPosition::Scalar(leader)) = all.get(&mimic.leader).copied()
            {
                let terms = mimic.coefficients.iter().rev();
                let follows = terms.fold(0.0, |sum, c| sum * leader + c);
                all.insert(*joint, JointPosition::Scalar(follows));
            }
        }
    }

    /// Positions as scripts take them, joints by `name` of their paths.
    pub(crate) fn asked(&self, name: &dyn Fn(&str) -> String) -> Vec<Value> {
        let one = |(entity, position): (&Entity, &JointPosition)| {
            let row = match position {
                JointPosition::Scalar(q) => json!([q]),
                JointPosition::Rotation(q) => json!([q.w, q.i, q.j, q.k]),
                JointPosition::Generic(q) => json!(q),
            };
            (name(self.path(*entity)), row)
        };
        let all = self.positions.iter();
        all.map(|p| Value::Object(p.iter().map(one).collect()))
            .collect()
    }

    /// Holds the poses of bodies against those of a judge, who calls them by `name`. With `grouped`
    /// a row begins with the group of its body: groups but the first are seen from one body.
    pub(crate) fn compare(
        &self,
        answer: &Value,
        name: &dyn Fn(&str) -> String,
        grouped: bool,
    ) -> Result<Worst, String> {
        let mut worst = Worst::default();
        let rows = answer["poses"].as_array().ok_or("no poses")?;
        if rows.len() != self.positions.len() {
            return Err(format!("{} rows of poses", rows.len()));
        }
        for (expected, positions) in rows.iter().zip(&self.positions) {
            let found = self.tree.poses(positions);
            let mut bases: BTreeMap<u64, Isometry3<f64>> = BTreeMap::new();
            for body in self.bodies() {
                let path = name(self.path(body));
                let row = numbers(expected.get(&path).ok_or(format!("no body {path}"))?);
                let (group, row) = if grouped {
                    (row[0] as u64, &row[1..])
                } else {
                    (0, &row[..])
                };
                let theirs = pose(row);
                let ours = found.get(&body).ok_or(format!("no pose of {path}"))?;
                let base = bases.entry(group).or_insert_with(|| match group {
                    0 => Isometry3::identity(),
                    _ => ours * theirs.inverse(),
                });
                worst.add(ours, &(*base * theirs), &path);
            }
        }
        Ok(worst)
    }

    /// Whether a joint has a body that is not fixed to the world by the way.
    pub(crate) fn moves(&self) -> bool {
        let moving = |e: &Entity| {
            let joint = self.world.get::<Joint>(*e).unwrap();
            !matches!(
                joint.motion,
                Motion::Fixed | Motion::Distance { .. } | Motion::Unsupported(_)
            )
        };
        self.joints().iter().any(moving)
    }

    /// The body that a prim belongs to.
    pub(crate) fn body_of(&self, side: Option<Entity>) -> Option<Entity> {
        let entity = side?;
        self.world.get::<InBody>(entity).map(|b| b.0)
    }
}
