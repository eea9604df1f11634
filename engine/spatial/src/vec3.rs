//! Three numbers with a direction.

use core::ops::{Add, Mul, Neg, Sub};

use halle_lanes::{Carry, Lane};

/// A vector in three dimensions, per env.
#[derive(Clone, Copy, Debug)]
pub struct Vec3<S> {
    /// First component.
    pub x: S,
    /// Second component.
    pub y: S,
    /// Third component.
    pub z: S,
}

impl<S: Lane> Vec3<S> {
    /// From its components.
    #[inline(always)]
    pub fn new(x: S, y: S, z: S) -> Self {
        Self { x, y, z }
    }

    /// All components zero.
    #[inline(always)]
    #[must_use]
    pub fn zero() -> Self {
        let o = S::lit(0.0);
        Self::new(o, o, o)
    }

    /// A constant of the model.
    #[inline(always)]
    #[must_use]
    pub fn constant(v: [f64; 3]) -> Self {
        let [x, y, z] = S::lits(v);
        Self::new(x, y, z)
    }

    /// Inner product.
    #[inline(always)]
    pub fn dot(self, o: Self) -> S {
        self.z.mul_add(o.z, self.y.mul_add(o.y, self.x * o.x))
    }

    /// Outer product, right-handed.
    #[inline(always)]
    #[must_use]
    pub fn cross(self, o: Self) -> Self {
        Self::new(
            self.y.mul_add(o.z, -(self.z * o.y)),
            self.z.mul_add(o.x, -(self.x * o.z)),
            self.x.mul_add(o.y, -(self.y * o.x)),
        )
    }

    /// `self * s + o`.
    #[inline(always)]
    #[must_use]
    pub fn mul_add(self, s: S, o: Self) -> Self {
        Self::new(
            self.x.mul_add(s, o.x),
            self.y.mul_add(s, o.y),
            self.z.mul_add(s, o.z),
        )
    }

    /// Length.
    #[inline(always)]
    pub fn norm(self) -> S {
        self.dot(self).sqrt()
    }

    /// `if_true` where the mask holds, else `if_false`.
    #[inline(always)]
    #[must_use]
    pub fn select(mask: S::Mask, if_true: Self, if_false: Self) -> Self {
        Self::new(
            S::select(mask, if_true.x, if_false.x),
            S::select(mask, if_true.y, if_false.y),
            S::select(mask, if_true.z, if_false.z),
        )
    }
}

impl<S: Lane> Add for Vec3<S> {
    type Output = Self;
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        Self::new(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl<S: Lane> Sub for Vec3<S> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        Self::new(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl<S: Lane> Mul<S> for Vec3<S> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, s: S) -> Self {
        Self::new(self.x * s, self.y * s, self.z * s)
    }
}

impl<S: Lane> Neg for Vec3<S> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::new(-self.x, -self.y, -self.z)
    }
}

impl<S: Lane> Carry<S> for Vec3<S> {
    #[inline(always)]
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        each(&mut self.x);
        each(&mut self.y);
        each(&mut self.z);
    }
}
