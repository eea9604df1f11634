//! The decomposition of matrices that UsdPhysics uses, after USD's `GfTransform` and `GfMatrix4d`.
//!
//! Results follow USD's own algorithm step by step, since where scales are equal or a matrix is
//! singular the decomposition is not unique. USD multiplies row vectors; the arrays here are its.

use nalgebra::{Matrix3, Matrix4};

/// A 3x3 matrix, rows first, for row vectors.
pub(super) type M3 = [[f64; 3]; 3];

/// Below this, a factor of scale counts as none (`Factor`'s default tolerance).
const EPSILON: f64 = 1e-10;
/// Below this length a vector has no direction (`GF_MIN_VECTOR_LENGTH`).
const MIN_LENGTH: f64 = 1e-10;

/// Scale, rotation and translation of a transform.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factors {
    /// Along the principal directions of stretch; all negative in a mirrored transform.
    pub(super) scale: [f64; 3],
    /// For row vectors.
    pub(super) rotation: M3,
    /// Translation.
    pub(super) translation: [f64; 3],
    /// Whether the matrix has no inverse, by USD's tolerance.
    pub(super) singular: bool,
}

/// The upper part of a transform for column vectors, as USD keeps it.
pub(super) fn upper(m: &Matrix4<f64>) -> M3 {
    [0, 1, 2].map(|i| [m[(0, i)], m[(1, i)], m[(2, i)]])
}

fn translation(m: &Matrix4<f64>) -> [f64; 3] {
    [m[(0, 3)], m[(1, 3)], m[(2, 3)]]
}

pub(super) fn product(a: &M3, b: &M3) -> M3 {
    let cell = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
    [0, 1, 2].map(|i| [cell(i, 0), cell(i, 1), cell(i, 2)])
}

fn transpose(a: &M3) -> M3 {
    [0, 1, 2].map(|i| [a[0][i], a[1][i], a[2][i]])
}

fn determinant(a: &M3) -> f64 {
    Matrix3::from_fn(|i, j| a[i][j]).determinant()
}

/// Whether a transform turns and moves only, to `1e-12`.
pub(super) fn is_rigid(m: &Matrix4<f64>) -> bool {
    let a = upper(m);
    let b = product(&a, &transpose(&a));
    let unit = |i: usize, j: usize| f64::from(u8::from(i == j));
    let near = |i: usize, j: usize| (b[i][j] - unit(i, j)).abs() < 1e-12;
    (0..3).all(|i| (0..3).all(|j| near(i, j))) && determinant(&a) > 0.0
}

/// Splits a transform: `A = R S Rᵀ U`, the factors of `GfMatrix4d::Factor`.
pub(super) fn factor(m: &Matrix4<f64>) -> Factors {
    let a = upper(m);
    let det = determinant(&a);
    let sign = if det < 0.0 { -1.0 } else { 1.0 };
    let singular = det * sign < EPSILON;
    let (values, r) = jacobi(&product(&a, &transpose(&a)));
    let scale = values.map(|value| {
        sign * if value < EPSILON {
            EPSILON
        } else {
            value.sqrt()
        }
    });
    let mut inverse = [[0.0; 3]; 3];
    for i in 0..3 {
        inverse[i][i] = 1.0 / scale[i];
    }
    let rotation = product(&product(&product(&r, &inverse), &transpose(&r)), &a);
    Factors {
        scale,
        rotation,
        translation: translation(m),
        singular,
    }
}

/// Eigenvalues and eigenvectors (columns) of a symmetric matrix, by `GfMatrix4d::_Jacobi3`.
fn jacobi(m: &M3) -> ([f64; 3], M3) {
    let mut a = *m;
    let mut values = [a[0][0], a[1][1], a[2][2]];
    let mut base = values;
    let mut shift = [0.0; 3];
    let mut vectors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for round in 0..50 {
        let sum = a[0][1].abs() + a[0][2].abs() + a[1][2].abs();
        if sum == 0.0 {
            break;
        }
        let threshold = if round < 3 { 0.2 * sum / 9.0 } else { 0.0 };
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            let g = 100.0 * a[p][q].abs();
            let lost = |x: f64| x.abs() + g == x.abs();
            if round > 3 && lost(values[p]) && lost(values[q]) {
                a[p][q] = 0.0;
            } else if a[p][q].abs() > threshold {
                let h = values[q] - values[p];
                let t = if lost(h) {
                    a[p][q] / h
                } else {
                    let theta = 0.5 * h / a[p][q];
                    let t = 1.0 / (theta.abs() + (1.0 + theta * theta).sqrt());
                    if theta < 0.0 { -t } else { t }
                };
                let h = t * a[p][q];
                shift[p] -= h;
                shift[q] += h;
                values[p] -= h;
                values[q] += h;
                a[p][q] = 0.0;
                turn(&mut a, &mut vectors, p, q, t);
            }
        }
        for p in 0..3 {
            base[p] += shift[p];
            values[p] = base[p];
            shift[p] = 0.0;
        }
    }
    (values, vectors)
}

/// One Jacobi rotation by the angle of tangent `t` in the plane of `p < q`.
fn turn(a: &mut M3, vectors: &mut M3, p: usize, q: usize, t: f64) {
    let c = 1.0 / (1.0 + t * t).sqrt();
    let s = t * c;
    let tau = s / (1.0 + c);
    let mixed = |g: f64, h: f64| (g - s * (h + g * tau), h + s * (g - h * tau));
    for j in 0..p {
        (a[j][p], a[j][q]) = mixed(a[j][p], a[j][q]);
    }
    for j in p + 1..q {
        (a[p][j], a[j][q]) = mixed(a[p][j], a[j][q]);
    }
    for j in q + 1..3 {
        (a[p][j], a[q][j]) = mixed(a[p][j], a[q][j]);
    }
    for row in vectors.iter_mut() {
        (row[p], row[q]) = mixed(row[p], row[q]);
    }
}

/// The quaternion `[w, x, y, z]` of `GfMatrix4d::ExtractRotationQuat`.
pub(super) fn quaternion(m: &M3) -> [f64; 4] {
    let i = if m[0][0] > m[1][1] {
        if m[0][0] > m[2][2] { 0 } else { 2 }
    } else if m[1][1] > m[2][2] {
        1
    } else {
        2
    };
    let trace = m[0][0] + m[1][1] + m[2][2];
    let mut v = [0.0; 3];
    let w;
    if trace > m[i][i] {
        w = 0.5 * (trace + 1.0).sqrt();
        v[0] = (m[1][2] - m[2][1]) / (4.0 * w);
        v[1] = (m[2][0] - m[0][2]) / (4.0 * w);
        v[2] = (m[0][1] - m[1][0]) / (4.0 * w);
    } else {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        let q = 0.5 * (m[i][i] - m[j][j] - m[k][k] + 1.0).sqrt();
        v[i] = q;
        v[j] = (m[i][j] + m[j][i]) / (4.0 * q);
        v[k] = (m[k][i] + m[i][k]) / (4.0 * q);
        w = (m[j][k] - m[k][j]) / (4.0 * q);
    }
    [w.clamp(-1.0, 1.0), v[0], v[1], v[2]]
}

/// The same by way of `GfRotation`, an axis and an angle in degrees: turns below about a second of
/// arc are lost there, and so they are here.
pub(super) fn rotation_quaternion(m: &M3) -> [f64; 4] {
    let [w, x, y, z] = quaternion(m);
    let length = (x * x + y * y + z * z).sqrt();
    if length.is_nan() || length <= MIN_LENGTH {
        return [1.0, 0.0, 0.0, 0.0];
    }
    let degrees = (2.0 * w.acos()).to_degrees();
    let half = degrees.to_radians() / 2.0;
    let (sin, cos) = half.sin_cos();
    let v = [x / length * sin, y / length * sin, z / length * sin];
    let norm = (cos * cos + v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    if norm < MIN_LENGTH {
        return [1.0, 0.0, 0.0, 0.0];
    }
    [cos / norm, v[0] / norm, v[1] / norm, v[2] / norm]
}

/// The rotation matrix for row vectors of a quaternion that need not be a unit.
pub(super) fn rotation_matrix(q: [f64; 4]) -> M3 {
    let [r, x, y, z] = q;
    [
        [
            1.0 - 2.0 * (y * y + z * z),
            2.0 * (x * y + z * r),
            2.0 * (z * x - y * r),
        ],
        [
            2.0 * (x * y - z * r),
            1.0 - 2.0 * (z * z + x * x),
            2.0 * (y * z + x * r),
        ],
        [
            2.0 * (z * x + y * r),
            2.0 * (y * z - x * r),
            1.0 - 2.0 * (y * y + x * x),
        ],
    ]
}

/// A transform for column vectors from a rotation for row vectors and a translation.
pub(super) fn transform(rotation: &M3, translation: [f64; 3]) -> Matrix4<f64> {
    let mut m = Matrix4::identity();
    for i in 0..3 {
        for j in 0..3 {
            m[(j, i)] = rotation[i][j];
        }
        m[(i, 3)] = translation[i];
    }
    m
}

/// A quaternion of length one, in single precision; the identity where there is no direction.
pub(super) fn normalized(q: [f32; 4]) -> [f32; 4] {
    let length = (q[0] * q[0] + (q[1] * q[1] + q[2] * q[2] + q[3] * q[3])).sqrt();
    if length < MIN_LENGTH as f32 {
        return [1.0, 0.0, 0.0, 0.0];
    }
    q.map(|x| x / length)
}

/// Narrows three numbers.
pub(super) fn narrow3(v: [f64; 3]) -> [f32; 3] {
    v.map(|x| x as f32)
}

/// Narrows four numbers.
pub(super) fn narrow4(v: [f64; 4]) -> [f32; 4] {
    v.map(|x| x as f32)
}
