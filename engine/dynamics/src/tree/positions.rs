//! Positions and how velocities change them.

use halle_lanes::Lane;
use halle_model::articulated::SystemJoint;
use halle_spatial::Vec3;

use super::frames::three;
use super::plan::Tree;

/// Moves positions along velocities `v` for a time \[s\]; exact where the velocity is constant.
#[inline(always)]
pub fn advance<S: Lane>(tree: &Tree, q: &mut [S], v: &[S], time: S) {
    for (i, link) in tree.system().links.iter().enumerate() {
        let place = tree.place(i);
        let (at, dof) = (place.position, place.dof);
        match link.joint {
            SystemJoint::Revolute | SystemJoint::Prismatic => {
                q[at] = v[dof].mul_add(time, q[at]);
            }
            SystemJoint::Spherical => turn(q, at, three(v, dof), time),
            SystemJoint::Free => {
                for k in 0..3 {
                    q[at + k] = v[dof + 3 + k].mul_add(time, q[at + k]);
                }
                turn(q, at + 3, three(v, dof), time);
            }
        }
    }
}

/// Turns the unit quaternion at `at` by an angular velocity in its own axes.
#[inline(always)]
fn turn<S: Lane>(q: &mut [S], at: usize, velocity: Vec3<S>, time: S) {
    let half = velocity * (time * S::lit(0.5));
    let square = half.dot(half);
    let angle = square.sqrt();
    let (s, c) = angle.sin_cos();
    // The sine over a small angle by its series, where the quotient has no digits left.
    let small = square.lt(S::lit(1.0e-6));
    let one = S::lit(1.0);
    let series = square.mul_add(S::lit(-1.0 / 6.0), one);
    let quotient = s / S::select(small, one, angle);
    let v = half * S::select(small, series, quotient);
    let (w, x, y, z) = (q[at], q[at + 1], q[at + 2], q[at + 3]);
    let new = [
        c * w - v.x * x - v.y * y - v.z * z,
        c * x + v.x * w + v.z * y - v.y * z,
        c * y + v.y * w + v.x * z - v.z * x,
        c * z + v.z * w + v.y * x - v.x * y,
    ];
    let square = new[0] * new[0] + new[1] * new[1] + new[2] * new[2] + new[3] * new[3];
    let inverse = one / square.sqrt();
    for k in 0..4 {
        q[at + k] = new[k] * inverse;
    }
}
