//! The equations of motion built the long way: `M(q) qdd + c(q, qd) + g(q) = torque + J^T wrench`.
//!
//! Shares nothing with the laws but the model: poses by homogeneous matrices, the mass matrix from
//! geometric Jacobians, the velocity terms from the derivative of the mass matrix.

use halle_model::{JointKind, Model, Pose};
use nalgebra::{DMatrix, DVector, Isometry3, Matrix3, Matrix3xX, Rotation3, Translation3, Vector3};

/// World frame from each link frame, and the joint axes in world axes.
pub(crate) struct Placed {
    pub(crate) links: Vec<Isometry3<f64>>,
    pub(crate) axes: Vec<Vector3<f64>>,
}

pub(crate) fn isometry(pose: &Pose) -> Isometry3<f64> {
    let r = pose.rotation;
    let rotation = Rotation3::from_matrix_unchecked(Matrix3::from_fn(|i, j| r[i][j]));
    Isometry3::from_parts(
        Translation3::from(Vector3::from(pose.translation)),
        rotation.into(),
    )
}

pub(crate) fn place(model: &Model, q: &[f64]) -> Placed {
    let mut links: Vec<Isometry3<f64>> = Vec::new();
    let mut axes = Vec::new();
    for (link, q) in model.links.iter().zip(q) {
        let before = match link.parent {
            Some(p) => links[p] * isometry(&link.parent_from_link),
            None => isometry(&link.parent_from_link),
        };
        let motion = match link.joint {
            JointKind::Revolute => Isometry3::rotation(Vector3::z() * *q),
            JointKind::Prismatic => Isometry3::translation(0.0, 0.0, *q),
        };
        axes.push(before * Vector3::z());
        links.push(before * motion);
    }
    Placed { links, axes }
}

/// Angular and linear Jacobian of a point of a link, world axes.
pub(crate) fn jacobian(
    model: &Model,
    placed: &Placed,
    link: usize,
    point: Vector3<f64>,
) -> (Matrix3xX<f64>, Matrix3xX<f64>) {
    let count = model.links.len();
    let mut angular = Matrix3xX::zeros(count);
    let mut linear = Matrix3xX::zeros(count);
    let mut next = Some(link);
    while let Some(i) = next {
        let axis = placed.axes[i];
        match model.links[i].joint {
            JointKind::Revolute => {
                angular.set_column(i, &axis);
                let lever = point - placed.links[i].translation.vector;
                linear.set_column(i, &axis.cross(&lever));
            }
            JointKind::Prismatic => linear.set_column(i, &axis),
        }
        next = model.links[i].parent;
    }
    (angular, linear)
}

fn center(model: &Model, placed: &Placed, i: usize) -> Vector3<f64> {
    let c = Vector3::from(model.links[i].center_of_mass);
    (placed.links[i] * nalgebra::Point3::from(c)).coords
}

/// The mass matrix, rotors left out.
pub(crate) fn mass_matrix(model: &Model, q: &[f64]) -> DMatrix<f64> {
    let placed = place(model, q);
    let count = model.links.len();
    let mut sum = DMatrix::zeros(count, count);
    for (i, link) in model.links.iter().enumerate() {
        let (angular, linear) = jacobian(model, &placed, i, center(model, &placed, i));
        let [xx, yy, zz, xy, xz, yz] = link.inertia;
        let own = Matrix3::new(xx, xy, xz, xy, yy, yz, xz, yz, zz);
        let r = placed.links[i].rotation.to_rotation_matrix().into_inner();
        let turned = r * own * r.transpose();
        sum += linear.transpose() * &linear * link.mass + angular.transpose() * turned * &angular;
    }
    sum
}

/// Potential energy in the model's gravity \[J\].
pub(crate) fn potential(model: &Model, q: &[f64]) -> f64 {
    let placed = place(model, q);
    let gravity = Vector3::from(model.gravity);
    let links = model.links.iter().enumerate();
    -links
        .map(|(i, l)| l.mass * gravity.dot(&center(model, &placed, i)))
        .sum::<f64>()
}

/// Kinetic and potential energy \[J\].
pub(crate) fn energy(model: &Model, q: &[f64], qd: &[f64]) -> f64 {
    let v = DVector::from_column_slice(qd);
    0.5 * v.dot(&(mass_matrix(model, q) * &v)) + potential(model, q)
}

/// Derivative by central differences of fourth order; `h` is the step.
pub(crate) fn derivative<T>(f: impl Fn(f64) -> T, h: f64) -> T
where
    T: core::ops::Sub<Output = T> + core::ops::Mul<f64, Output = T>,
{
    ((f(h) - f(-h)) * 8.0 - (f(2.0 * h) - f(-2.0 * h))) * (1.0 / (12.0 * h))
}

/// Velocity terms `dM/dt qd - d(qd^T M qd / 2)/dq`.
///
/// Entries of M are trigonometric polynomials of second degree per angle, so the fifth derivative
/// is at most 32 times their size: with h = 1e-3 both truncation and rounding stay near 1e-12.
pub(crate) fn velocity_terms(model: &Model, q: &[f64], qd: &[f64]) -> DVector<f64> {
    let v = DVector::from_column_slice(qd);
    let moved = |k: usize, d: f64| {
        let mut q = q.to_vec();
        q[k] += d;
        mass_matrix(model, &q)
    };
    let slopes: Vec<DMatrix<f64>> = (0..q.len())
        .map(|k| derivative(|d| moved(k, d), 1.0e-3))
        .collect();
    let mut out = DVector::zeros(q.len());
    for (k, slope) in slopes.iter().enumerate() {
        out += slope * &v * qd[k];
        out[k] -= 0.5 * v.dot(&(slope * &v));
    }
    out
}

/// Slope of the potential energy: the torques that hold the tree.
pub(crate) fn gravity_terms(model: &Model, q: &[f64]) -> DVector<f64> {
    let slope = |k: usize| {
        derivative(
            |d| {
                let mut q = q.to_vec();
                q[k] += d;
                potential(model, &q)
            },
            1.0e-3,
        )
    };
    DVector::from_iterator(q.len(), (0..q.len()).map(slope))
}
