//! Three numbers with the few operations that tracing needs.

use std::ops::{Add, Mul, Neg, Sub};

/// A point or direction in f64.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(crate) struct Vec3(pub(crate) [f64; 3]);

impl Vec3 {
    pub(crate) const ZERO: Self = Self([0.0; 3]);

    pub(crate) const fn new(x: f64, y: f64, z: f64) -> Self {
        Self([x, y, z])
    }

    pub(crate) fn from_f32(v: [f32; 3]) -> Self {
        Self(v.map(f64::from))
    }

    #[inline]
    pub(crate) fn dot(self, o: Self) -> f64 {
        self.0[0] * o.0[0] + self.0[1] * o.0[1] + self.0[2] * o.0[2]
    }

    #[inline]
    pub(crate) fn cross(self, o: Self) -> Self {
        let ([a, b, c], [x, y, z]) = (self.0, o.0);
        Self([b * z - c * y, c * x - a * z, a * y - b * x])
    }

    #[inline]
    pub(crate) fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// Unit vector along `self`; zero stays zero.
    #[inline]
    pub(crate) fn unit(self) -> Self {
        let length = self.length();
        if length > 0.0 {
            self * (1.0 / length)
        } else {
            self
        }
    }

    #[inline]
    pub(crate) fn min(self, o: Self) -> Self {
        Self([0, 1, 2].map(|i| self.0[i].min(o.0[i])))
    }

    #[inline]
    pub(crate) fn max(self, o: Self) -> Self {
        Self([0, 1, 2].map(|i| self.0[i].max(o.0[i])))
    }

    pub(crate) fn is_finite(self) -> bool {
        self.0.iter().all(|v| v.is_finite())
    }
}

impl Add for Vec3 {
    type Output = Self;
    #[inline]
    fn add(self, o: Self) -> Self {
        Self([self.0[0] + o.0[0], self.0[1] + o.0[1], self.0[2] + o.0[2]])
    }
}

impl Sub for Vec3 {
    type Output = Self;
    #[inline]
    fn sub(self, o: Self) -> Self {
        Self([self.0[0] - o.0[0], self.0[1] - o.0[1], self.0[2] - o.0[2]])
    }
}

impl Mul<f64> for Vec3 {
    type Output = Self;
    #[inline]
    fn mul(self, s: f64) -> Self {
        Self(self.0.map(|v| v * s))
    }
}

impl Neg for Vec3 {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        self * -1.0
    }
}

/// Two unit vectors that make a right-handed frame with the unit vector `n`.
///
/// Duff et al., "Building an Orthonormal Basis, Revisited", JCGT 6(1), 2017.
#[inline]
pub(crate) fn basis(n: Vec3) -> (Vec3, Vec3) {
    let [x, y, z] = n.0;
    let sign = 1.0_f64.copysign(z);
    let a = -1.0 / (sign + z);
    let b = x * y * a;
    (
        Vec3::new(1.0 + sign * x * x * a, sign * b, -sign * x),
        Vec3::new(b, sign + y * y * a, -y),
    )
}

/// Half a line: all points `origin + t · direction` with `t > 0`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ray {
    pub(crate) origin: Vec3,
    /// Unit length.
    pub(crate) direction: Vec3,
}

impl Ray {
    #[inline]
    pub(crate) fn at(&self, t: f64) -> Vec3 {
        self.origin + self.direction * t
    }
}
