//! Mass properties in single precision, step by step as USD's `UsdPhysicsMassProperties`.

use super::gf;

/// A symmetric matrix, rows first.
pub(super) type Tensor = [[f32; 3]; 3];

/// Mass, inertia about the centre, and the centre.
#[derive(Clone, Copy, Debug)]
pub(super) struct Properties {
    pub(super) mass: f32,
    pub(super) inertia: Tensor,
    pub(super) center: [f32; 3],
}

/// Where a collider stands in its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    pub(super) position: [f32; 3],
    pub(super) rotation: [f32; 4],
}

pub(super) const IDENTITY: Tensor = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

pub(super) fn scaled(a: &Tensor, factor: f32) -> Tensor {
    a.map(|row| row.map(|x| x * factor))
}

fn sum(a: &Tensor, b: &Tensor) -> Tensor {
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| a[i][j] + b[i][j]))
}

fn product(a: &Tensor, b: &Tensor) -> Tensor {
    let cell = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| cell(i, j)))
}

fn transpose(a: &Tensor) -> Tensor {
    [0, 1, 2].map(|i| [a[0][i], a[1][i], a[2][i]])
}

/// The rotation matrix for row vectors.
fn matrix([r, x, y, z]: [f32; 4]) -> Tensor {
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

/// An inertia turned by a unit quaternion.
pub(super) fn rotated(inertia: &Tensor, rotation: [f32; 4]) -> Tensor {
    let m = matrix(rotation);
    product(&product(&transpose(&m), inertia), &m)
}

fn translated(inertia: &Tensor, mass: f32, t: [f32; 3]) -> Tensor {
    let s = [[0.0, -t[2], t[1]], [t[2], 0.0, -t[0]], [-t[1], t[0], 0.0]];
    sum(&scaled(&product(&s, &transpose(&s)), mass), inertia)
}

fn difference(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [0, 1, 2].map(|k| a[k] - b[k])
}

impl Properties {
    /// Moves the centre, and the inertia to it.
    pub(super) fn move_to(&mut self, center: [f32; 3]) {
        let t = difference(center, self.center);
        self.inertia = translated(&self.inertia, self.mass, t);
        self.center = [0, 1, 2].map(|k| self.center[k] + t[k]);
    }

    /// Colliders of a body together, in its frame.
    pub(super) fn together(parts: &[(Self, Stand)]) -> Self {
        let placed = |part: &(Self, Stand)| {
            let (own, stand) = part;
            let (m, v) = (matrix(stand.rotation), own.center);
            [0, 1, 2].map(|k| v[0] * m[0][k] + v[1] * m[1][k] + v[2] * m[2][k] + stand.position[k])
        };
        let (mut mass, mut center) = (0.0, [0.0; 3]);
        for part in parts {
            mass += part.0.mass;
            let at = placed(part);
            for k in 0..3 {
                center[k] += at[k] * part.0.mass;
            }
        }
        if mass > 0.0 {
            center = center.map(|x| x / mass);
        }
        let mut inertia = [[0.0; 3]; 3];
        for part in parts {
            let m = matrix(part.1.rotation).map(|row| row.map(f64::from));
            let turn = gf::narrow4(gf::rotation_quaternion(&m));
            let turned = rotated(&part.0.inertia, turn);
            let moved = translated(&turned, part.0.mass, difference(center, placed(part)));
            inertia = sum(&inertia, &moved);
        }
        Self {
            mass,
            inertia,
            center,
        }
    }
}

/// Principal moments and the rotation to their axes, by at most 24 Jacobi rotations.
pub(super) fn diagonalized(inertia: &Tensor) -> ([f32; 3], [f32; 4]) {
    let mut q = [1.0, 0.0, 0.0, 0.0];
    let mut d = *inertia;
    for _ in 0..24 {
        let axes = matrix(q);
        d = product(&product(&axes, inertia), &transpose(&axes));
        let off = [d[1][2].abs(), d[0][2].abs(), d[0][1].abs()];
        let a = if off[0] > off[1] && off[0] > off[2] {
            0
        } else if off[1] > off[2] {
            1
        } else {
            2
        };
        let (b, c) = ((a + 1) % 3, (a + 2) % 3);
        let apart = f64::from((d[b][b] - d[c][c]).abs());
        if d[b][c] == 0.0 || apart > 2e6 * (2.0 * f64::from(d[b][c])).abs() {
            break;
        }
        // Cotangent of twice the angle.
        let w = (d[b][b] - d[c][c]) / (2.0 * d[b][c]);
        let size = w.abs();
        let (sin, cos) = if size > 1000.0 {
            (1.0 / (4.0 * w), 1.0)
        } else {
            let t = 1.0 / (size + (w * w + 1.0).sqrt());
            let h = 1.0 / (t * t + 1.0).sqrt();
            let sign = if w >= 0.0 { 1.0 } else { -1.0 };
            (((1.0 - h) / 2.0).sqrt() * sign, ((1.0 + h) / 2.0).sqrt())
        };
        let mut r = [cos, 0.0, 0.0, 0.0];
        r[a + 1] = sin;
        q = gf::normalized(times(q, r));
    }
    ([d[0][0], d[1][1], d[2][2]], q)
}

/// The product of two quaternions.
fn times(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    let ([r1, x1, y1, z1], [r2, x2, y2, z2]) = (a, b);
    [
        r1 * r2 - (x1 * x2 + y1 * y2 + z1 * z2),
        r1 * x2 + r2 * x1 + (y1 * z2 - z1 * y2),
        r1 * y2 + r2 * y1 + (z1 * x2 - x1 * z2),
        r1 * z2 + r2 * z1 + (x1 * y2 - y1 * x2),
    ]
}
