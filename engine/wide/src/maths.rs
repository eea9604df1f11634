//! Conversions between the plant's mathematics (nalgebra, `f64`) and the solver's (glam, `f32`).
//!
//! The only file that knows both.

use nalgebra::{Isometry3, Matrix3, Quaternion, Translation3, UnitQuaternion, Vector3};
use rapier3d::math::{Matrix, Pose, Real, Rotation, Vector};

/// A number as the solver keeps it; what does not fit becomes the largest number that does.
pub(crate) fn real(value: f64) -> Real {
    value.clamp(f64::from(-Real::MAX), f64::from(Real::MAX)) as Real
}

/// A vector as the solver keeps it.
pub(crate) fn vector(v: &Vector3<f64>) -> Vector {
    Vector::new(real(v.x), real(v.y), real(v.z))
}

/// A corner as the solver keeps it.
pub(crate) fn corner([x, y, z]: [f64; 3]) -> Vector {
    Vector::new(real(x), real(y), real(z))
}

/// A vector of the solver in double precision.
pub(crate) fn wide_vector(v: Vector) -> Vector3<f64> {
    Vector3::new(f64::from(v.x), f64::from(v.y), f64::from(v.z))
}

/// A pose as the solver keeps it, its rotation normalised anew.
pub(crate) fn pose(p: &Isometry3<f64>) -> Pose {
    let q = p.rotation.quaternion();
    let rotation = Rotation::from_xyzw(real(q.i), real(q.j), real(q.k), real(q.w)).normalize();
    Pose::from_parts(vector(&p.translation.vector), rotation)
}

/// A pose of the solver in double precision.
pub(crate) fn wide_pose(p: &Pose) -> Isometry3<f64> {
    let q = p.rotation;
    let q = Quaternion::new(
        f64::from(q.w),
        f64::from(q.x),
        f64::from(q.y),
        f64::from(q.z),
    );
    Isometry3::from_parts(
        Translation3::from(wide_vector(p.translation)),
        UnitQuaternion::from_quaternion(q),
    )
}

/// A matrix as the solver keeps it.
pub(crate) fn matrix(m: &Matrix3<f64>) -> Matrix {
    let column = |k: usize| Vector::new(real(m[(0, k)]), real(m[(1, k)]), real(m[(2, k)]));
    Matrix::from_cols(column(0), column(1), column(2))
}

/// Whether every number of a pose is finite and within what single precision can place.
pub(crate) fn placeable(p: &Isometry3<f64>) -> bool {
    let q = p.rotation.quaternion();
    let turned = [q.i, q.j, q.k, q.w].iter().all(|v| v.is_finite());
    turned && p.translation.vector.iter().all(|v| v.abs() < FARTHEST)
}

/// Farthest from the origin that anything may stand \[m\]: single precision is 1 mm coarse there.
pub(crate) const FARTHEST: f64 = 1.0e4;
