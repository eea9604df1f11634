//! Joint velocities that carry the pad to a goal.

use halle_lanes::Lane;
use halle_model::{JointKind, Model};
use halle_spatial::{Mat3, Vec3};

use crate::kinematics::{LinkMotion, pad_from};
use crate::links::Links;

/// Where the pad shall be, world frame.
#[derive(Clone, Copy, Debug)]
pub struct PoseGoal<S> {
    /// Centre of the pad \[m\].
    pub position: Vec3<S>,
    /// Orientation of the pad frame.
    pub rotation: Mat3<S>,
}

/// Joint velocities that take the pad to the goal within `duration`, by damped least squares
/// (Wampler 1986): `qd = J^T (J J^T + damping^2)^-1 e / duration`, each within its joint's limit.
///
/// Rotations count with a lever of `ARM` metres, so that the damping treats both alike.
#[inline(always)]
pub fn joint_velocities<S: Lane>(
    model: &Model,
    links: &[LinkMotion<S>],
    goal: &PoseGoal<S>,
    duration: f64,
) -> Links<S> {
    /// Lever by which radians become metres \[m\].
    const ARM: f64 = 0.3;
    /// Damping of the least squares \[m\].
    const DAMPING: f64 = 0.01;

    let pad = pad_from(model, links);
    let shift = goal.position - pad.origin;
    let r = &pad.rotation;
    let g = &goal.rotation;
    let turn = (r.column_x().cross(g.column_x())
        + r.column_y().cross(g.column_y())
        + r.column_z().cross(g.column_z()))
        * S::lit(0.5 * ARM);
    let error = [turn.x, turn.y, turn.z, shift.x, shift.y, shift.z];

    let zero = S::lit(0.0);
    let count = model.links.len();
    let mut carries = Links::filled(false, count);
    let mut next = Some(model.tool.link);
    while let Some(i) = next {
        carries[i] = true;
        next = model.links[i].parent;
    }
    let mut columns: Links<[S; 6]> = Links::new();
    for i in 0..count {
        let axis = links[i].axis;
        let (a, l) = match model.links[i].joint {
            _ if !carries[i] => (Vec3::zero(), Vec3::zero()),
            JointKind::Revolute => {
                let lever = pad.origin - links[i].world_from_link.origin;
                (axis * S::lit(ARM), axis.cross(lever))
            }
            JointKind::Prismatic => (Vec3::zero(), axis),
        };
        columns.push([a.x, a.y, a.z, l.x, l.y, l.z]);
    }

    let mut gram = [[zero; 6]; 6];
    for i in 0..6 {
        for j in 0..=i {
            let mut sum = if i == j {
                S::lit(DAMPING * DAMPING)
            } else {
                zero
            };
            for column in &columns {
                sum = column[i].mul_add(column[j], sum);
            }
            gram[i][j] = sum;
        }
    }
    let x = solve_cholesky(gram, error);
    let mut speeds = Links::new();
    for i in 0..count {
        let mut sum = zero;
        for k in 0..6 {
            sum = columns[i][k].mul_add(x[k], sum);
        }
        let limit = S::lit(model.links[i].velocity_limit);
        speeds.push((sum * S::lit(1.0 / duration)).clamp(-limit, limit));
    }
    speeds
}

/// Solves `a x = b` for a symmetric positive definite matrix given by its lower triangle.
#[inline(always)]
fn solve_cholesky<S: Lane>(mut a: [[S; 6]; 6], mut b: [S; 6]) -> [S; 6] {
    let one = S::lit(1.0);
    let mut inverse = [one; 6];
    for j in 0..6 {
        let mut diagonal = a[j][j];
        for k in 0..j {
            diagonal = (-a[j][k]).mul_add(a[j][k], diagonal);
        }
        inverse[j] = one / diagonal.sqrt();
        for i in j + 1..6 {
            let mut sum = a[i][j];
            for k in 0..j {
                sum = (-a[i][k]).mul_add(a[j][k], sum);
            }
            a[i][j] = sum * inverse[j];
        }
    }
    for i in 0..6 {
        for k in 0..i {
            b[i] = (-a[i][k]).mul_add(b[k], b[i]);
        }
        b[i] *= inverse[i];
    }
    for i in (0..6).rev() {
        for k in i + 1..6 {
            b[i] = (-a[k][i]).mul_add(b[k], b[i]);
        }
        b[i] *= inverse[i];
    }
    b
}
