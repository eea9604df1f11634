//! Random inputs, and the same things as dense matrices.

use halle_lanes::{Word, pcg4d};
use halle_spatial::{ArticulatedInertia, Mat3, Motion, Sym3, Vec3, Wrench};
use nalgebra::{Matrix3, Matrix6, Rotation3, Vector3, Vector6};

/// A stream of numbers that depends on nothing but its seed.
pub(crate) struct Stream {
    seed: u32,
    at: u32,
}

impl Stream {
    pub(crate) fn new(seed: u32) -> Self {
        Self { seed, at: 0 }
    }

    /// Uniform in -1..1.
    pub(crate) fn signed(&mut self) -> f64 {
        self.at += 1;
        let w = pcg4d([self.seed, self.at, 1, 2].map(Word));
        f64::from(w[0].0) / 2_147_483_648.0 - 1.0
    }

    pub(crate) fn vector(&mut self) -> Vector3<f64> {
        Vector3::from_fn(|_, _| self.signed())
    }

    pub(crate) fn matrix(&mut self) -> Matrix3<f64> {
        Matrix3::from_fn(|_, _| self.signed())
    }

    pub(crate) fn symmetric(&mut self) -> Matrix3<f64> {
        let m = self.matrix();
        m + m.transpose()
    }

    pub(crate) fn rotation(&mut self) -> Matrix3<f64> {
        Rotation3::new(self.vector() * 3.0).into_inner()
    }

    /// A positive definite 6x6 matrix, as the inertia of a tree is one.
    pub(crate) fn inertia(&mut self) -> ArticulatedInertia<f64> {
        let m = Matrix6::from_fn(|_, _| self.signed());
        let m = m * m.transpose() + Matrix6::identity() * 0.1;
        ArticulatedInertia {
            rotation: sym(&m.fixed_view::<3, 3>(0, 0).into_owned()),
            coupling: mat(&m.fixed_view::<3, 3>(0, 3).into_owned()),
            translation: sym(&m.fixed_view::<3, 3>(3, 3).into_owned()),
        }
    }
}

pub(crate) fn vec(v: &Vector3<f64>) -> Vec3<f64> {
    Vec3::new(v.x, v.y, v.z)
}

pub(crate) fn mat(m: &Matrix3<f64>) -> Mat3<f64> {
    Mat3::constant([0, 1, 2].map(|i| [0, 1, 2].map(|j| m[(i, j)])))
}

pub(crate) fn sym(m: &Matrix3<f64>) -> Sym3<f64> {
    Sym3::constant([(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)].map(|at| m[at]))
}

pub(crate) fn dense3(v: &Vec3<f64>) -> Vector3<f64> {
    Vector3::new(v.x, v.y, v.z)
}

pub(crate) fn dense33(m: &Mat3<f64>) -> Matrix3<f64> {
    Matrix3::from_rows(&[m.r0, m.r1, m.r2].map(|r| dense3(&r).transpose()))
}

/// `[[rotation, coupling], [coupling^T, translation]]`.
pub(crate) fn dense66(inertia: &ArticulatedInertia<f64>) -> Matrix6<f64> {
    let coupling = dense33(&inertia.coupling);
    let mut m = Matrix6::zeros();
    m.fixed_view_mut::<3, 3>(0, 0)
        .copy_from(&dense33(&inertia.rotation.full()));
    m.fixed_view_mut::<3, 3>(0, 3).copy_from(&coupling);
    m.fixed_view_mut::<3, 3>(3, 0)
        .copy_from(&coupling.transpose());
    m.fixed_view_mut::<3, 3>(3, 3)
        .copy_from(&dense33(&inertia.translation.full()));
    m
}

pub(crate) fn dense6(top: &Vec3<f64>, bottom: &Vec3<f64>) -> Vector6<f64> {
    Vector6::new(top.x, top.y, top.z, bottom.x, bottom.y, bottom.z)
}

pub(crate) fn dense_motion(m: &Motion<f64>) -> Vector6<f64> {
    dense6(&m.angular, &m.linear)
}

pub(crate) fn dense_wrench(w: &Wrench<f64>) -> Vector6<f64> {
    dense6(&w.moment, &w.force)
}

/// Moves a wrench to an origin at `-r`: `[[1, r x], [0, 1]]`.
pub(crate) fn shift(r: &Vector3<f64>) -> Matrix6<f64> {
    let mut m = Matrix6::identity();
    m.fixed_view_mut::<3, 3>(0, 3).copy_from(&r.cross_matrix());
    m
}

/// Largest entry of a difference against what sums of products of numbers of size `scale` may
/// lose: a hundred roundings.
#[track_caller]
pub(crate) fn check<const R: usize, const C: usize>(
    got: nalgebra::SMatrix<f64, R, C>,
    expected: nalgebra::SMatrix<f64, R, C>,
    scale: f64,
) {
    let off = (got - expected).amax();
    assert!(
        off <= 100.0 * f64::EPSILON * scale.max(1.0),
        "off by {off:e}\n{got}{expected}"
    );
}
