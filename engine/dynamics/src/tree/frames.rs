//! Where links are and how they move.

use halle_lanes::Lane;
use halle_model::articulated::SystemJoint;
use halle_spatial::{Mat3, Motion, Transform, Vec3};

use super::plan::{DofKind, Tree};

/// Pose and velocity of one link.
#[derive(Clone, Copy, Debug)]
pub struct Frame<S> {
    /// World frame from link frame.
    pub world_from_link: Transform<S>,
    /// Origin of the link minus origin of its parent (of the world for a root), world axes \[m\].
    pub from_parent: Vec3<S>,
    /// Velocity of the link at its origin, world axes.
    pub velocity: Motion<S>,
}

impl<S: Lane> Frame<S> {
    /// Axis of a degree of freedom in world axes.
    #[inline(always)]
    pub(crate) fn axis(&self, kind: DofKind) -> Vec3<S> {
        let rotation = &self.world_from_link.rotation;
        match kind {
            DofKind::Turn(k) | DofKind::Slide(k) => match k {
                0 => rotation.column_x(),
                1 => rotation.column_y(),
                _ => rotation.column_z(),
            },
            DofKind::Drift(k) => {
                let mut axis = [0.0; 3];
                axis[k] = 1.0;
                Vec3::constant(axis)
            }
        }
    }
}

/// Appends the frames of all links at positions `q` and velocities `v`.
#[inline(always)]
pub fn move_frames<S: Lane>(tree: &Tree, q: &[S], v: &[S], frames: &mut Vec<Frame<S>>) {
    let links = &tree.system().links;
    for (i, link) in links.iter().enumerate() {
        let place = tree.place(i);
        let fixed = Transform::constant(
            link.parent_from_link.rotation,
            link.parent_from_link.translation,
        );
        let (mut pose, parent_origin, parent) = match link.parent {
            Some(p) => {
                let parent = &frames[p];
                (
                    parent.world_from_link.then(&fixed),
                    parent.world_from_link.origin,
                    parent.velocity,
                )
            }
            None => (fixed, Vec3::zero(), Motion::zero()),
        };
        let (at, dof) = (place.position, place.dof);
        match link.joint {
            SystemJoint::Revolute => {
                let (s, c) = q[at].sin_cos();
                pose.rotation = pose.rotation.turned_z(c, s);
            }
            SystemJoint::Prismatic => {
                pose.origin = pose.rotation.column_z().mul_add(q[at], pose.origin);
            }
            SystemJoint::Spherical => {
                pose.rotation = pose.rotation.product(&turned(q, at));
            }
            SystemJoint::Free => {
                pose.origin = Vec3::new(q[at], q[at + 1], q[at + 2]);
                pose.rotation = turned(q, at + 3);
            }
        }
        let from_parent = pose.origin - parent_origin;
        let carried = Motion {
            angular: parent.angular,
            linear: parent.at(from_parent),
        };
        let velocity = match link.joint {
            SystemJoint::Revolute => Motion {
                angular: pose.rotation.column_z().mul_add(v[dof], carried.angular),
                linear: carried.linear,
            },
            SystemJoint::Prismatic => Motion {
                angular: carried.angular,
                linear: pose.rotation.column_z().mul_add(v[dof], carried.linear),
            },
            SystemJoint::Spherical => Motion {
                angular: carried.angular + pose.rotation.apply(three(v, dof)),
                linear: carried.linear,
            },
            SystemJoint::Free => Motion {
                angular: pose.rotation.apply(three(v, dof)),
                linear: three(v, dof + 3),
            },
        };
        frames.push(Frame {
            world_from_link: pose,
            from_parent,
            velocity,
        });
    }
}

/// Three numbers of a list as a vector.
#[inline(always)]
pub(crate) fn three<S: Lane>(list: &[S], at: usize) -> Vec3<S> {
    Vec3::new(list[at], list[at + 1], list[at + 2])
}

/// Rotation matrix of the unit quaternion (w, x, y, z) at `at`.
#[inline(always)]
fn turned<S: Lane>(q: &[S], at: usize) -> Mat3<S> {
    let (w, x, y, z) = (q[at], q[at + 1], q[at + 2], q[at + 3]);
    let one = S::lit(1.0);
    let (x2, y2, z2) = (x + x, y + y, z + z);
    let (xx, yy, zz) = (x * x2, y * y2, z * z2);
    let (xy, xz, yz) = (x * y2, x * z2, y * z2);
    let (wx, wy, wz) = (w * x2, w * y2, w * z2);
    Mat3::new(
        Vec3::new(one - (yy + zz), xy - wz, xz + wy),
        Vec3::new(xy + wz, one - (xx + zz), yz - wx),
        Vec3::new(xz - wy, yz + wx, one - (xx + yy)),
    )
}
