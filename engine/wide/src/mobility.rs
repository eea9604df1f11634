//! Whether a link of an articulation can move away from a contact at all.
//!
//! A link that its joints do not let move along the normal has no effective mass there: the solver
//! would divide by the rounding error of zero, and its impulse without bounds throws the
//! articulation apart. Such a contact moves nothing between things that stand, so it is left out.

use nalgebra::{Isometry3, Point3, Vector3};
use rapier3d::dynamics::{RigidBodyHandle, RigidBodySet};

use crate::articulations::Tree;
use crate::maths::wide_pose;
use crate::ready::{Coordinate, ReadyJoint};

/// Least speed along the normal per unit of joint speed that counts as moving [m/rad or m/m].
const LEAST: f64 = 0.02;

/// How a joint moves what it carries.
#[derive(Clone, Copy, Debug)]
struct Dof {
    /// Body that it carries; axis and point are in its frame.
    carried: RigidBodyHandle,
    axis: Vector3<f64>,
    point: Vector3<f64>,
    turns: bool,
}

/// Degrees of freedom between the ground and each link of articulations with a fixed base.
#[derive(Debug, Default)]
pub(crate) struct Mobility {
    dofs: Vec<Dof>,
    /// Degrees of freedom above each body, by the body's index; none if it is not such a link.
    above: Vec<Option<Vec<usize>>>,
}

impl Mobility {
    /// Reads the chains of all trees that stand on the ground.
    pub(crate) fn new(trees: &[Tree], joints: &[ReadyJoint], handles: &[RigidBodyHandle]) -> Self {
        let mut made = Self {
            dofs: Vec::new(),
            above: vec![None; handles.len()],
        };
        for tree in trees.iter().filter(|t| t.root.is_none()) {
            for &(index, parent) in &tree.edges {
                let joint = &joints[index];
                let Some(child) = joint.bodies[1 - parent] else {
                    continue;
                };
                let carried = joint.bodies[parent].and_then(|b| made.above[b].clone());
                let mut chain = carried.unwrap_or_default();
                made.add(joint, &joint.frames[1 - parent], handles[child], &mut chain);
                made.above[child] = Some(chain);
            }
        }
        made
    }

    fn add(
        &mut self,
        joint: &ReadyJoint,
        body_from_joint: &Isometry3<f64>,
        carried: RigidBodyHandle,
        chain: &mut Vec<usize>,
    ) {
        let axes = match (joint.coordinate, joint.fixed) {
            (Some(_), _) => 1,
            (None, true) => 0,
            // A ball joint turns about all three.
            (None, false) => 3,
        };
        for k in 0..axes {
            let mut axis = Vector3::zeros();
            axis[k] = 1.0;
            chain.push(self.dofs.len());
            self.dofs.push(Dof {
                carried,
                axis: body_from_joint.rotation * axis,
                point: body_from_joint.translation.vector,
                turns: joint.coordinate != Some(Coordinate::Distance),
            });
        }
    }

    /// Whether there is any link to look at.
    pub(crate) fn is_link(&self, body: usize) -> bool {
        self.above.get(body).is_some_and(Option::is_some)
    }

    /// Whether one of two bodies can move along a normal at a point against the other. Bodies that
    /// are no links of a standing articulation are given as none: they do not move.
    pub(crate) fn moves(
        &self,
        bodies: &RigidBodySet,
        sides: [Option<usize>; 2],
        point: &Vector3<f64>,
        normal: &Vector3<f64>,
    ) -> bool {
        let chain = |side: Option<usize>| {
            side.and_then(|b| self.above.get(b)?.as_deref())
                .unwrap_or(&[])
        };
        let [a, b] = sides.map(chain);
        // What both hang on moves both alike.
        let alone = |x: &'_ [usize], y: &'_ [usize]| {
            x.iter()
                .filter(|k| !y.contains(k))
                .any(|k| self.reach(bodies, *k, point, normal) > LEAST)
        };
        alone(a, b) || alone(b, a)
    }

    /// Speed along the normal at the point per unit of joint speed.
    fn reach(
        &self,
        bodies: &RigidBodySet,
        dof: usize,
        point: &Vector3<f64>,
        normal: &Vector3<f64>,
    ) -> f64 {
        let dof = &self.dofs[dof];
        let Some(body) = bodies.get(dof.carried) else {
            return 0.0;
        };
        let pose = wide_pose(body.position());
        let axis = pose.rotation * dof.axis;
        if !dof.turns {
            return axis.dot(normal).abs();
        }
        let arm = point - pose.transform_point(&Point3::from(dof.point)).coords;
        axis.cross(&arm).dot(normal).abs()
    }
}
