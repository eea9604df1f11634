//! Three by three matrices.

use halle_lanes::Lane;

use crate::Vec3;

/// A general matrix, by rows.
#[derive(Clone, Copy, Debug)]
pub struct Mat3<S> {
    /// First row.
    pub r0: Vec3<S>,
    /// Second row.
    pub r1: Vec3<S>,
    /// Third row.
    pub r2: Vec3<S>,
}

/// A symmetric matrix.
#[derive(Clone, Copy, Debug)]
pub struct Sym3<S> {
    /// Entry (0, 0).
    pub xx: S,
    /// Entry (1, 1).
    pub yy: S,
    /// Entry (2, 2).
    pub zz: S,
    /// Entry (0, 1).
    pub xy: S,
    /// Entry (0, 2).
    pub xz: S,
    /// Entry (1, 2).
    pub yz: S,
}

impl<S: Lane> Mat3<S> {
    /// From its rows.
    #[inline(always)]
    pub fn new(r0: Vec3<S>, r1: Vec3<S>, r2: Vec3<S>) -> Self {
        Self { r0, r1, r2 }
    }

    /// A constant of the model, by rows.
    #[inline(always)]
    #[must_use]
    pub fn constant(m: [[f64; 3]; 3]) -> Self {
        Self::new(
            Vec3::constant(m[0]),
            Vec3::constant(m[1]),
            Vec3::constant(m[2]),
        )
    }

    /// All entries zero.
    #[inline(always)]
    #[must_use]
    pub fn zero() -> Self {
        Self::new(Vec3::zero(), Vec3::zero(), Vec3::zero())
    }

    /// Matrix times vector.
    #[inline(always)]
    #[must_use]
    pub fn apply(&self, v: Vec3<S>) -> Vec3<S> {
        Vec3::new(self.r0.dot(v), self.r1.dot(v), self.r2.dot(v))
    }

    /// Transposed matrix times vector.
    #[inline(always)]
    #[must_use]
    pub fn apply_transposed(&self, v: Vec3<S>) -> Vec3<S> {
        self.r2.mul_add(v.z, self.r1.mul_add(v.y, self.r0 * v.x))
    }

    /// Matrix product.
    #[inline(always)]
    #[must_use]
    pub fn product(&self, o: &Self) -> Self {
        Self::new(
            o.apply_transposed(self.r0),
            o.apply_transposed(self.r1),
            o.apply_transposed(self.r2),
        )
    }

    /// Product with the transpose of another.
    #[inline(always)]
    #[must_use]
    pub fn product_transposed(&self, o: &Self) -> Self {
        Self::new(o.apply(self.r0), o.apply(self.r1), o.apply(self.r2))
    }

    /// The transpose.
    #[inline(always)]
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self::new(self.column_x(), self.column_y(), self.column_z())
    }

    /// First column.
    #[inline(always)]
    #[must_use]
    pub fn column_x(&self) -> Vec3<S> {
        Vec3::new(self.r0.x, self.r1.x, self.r2.x)
    }

    /// Second column.
    #[inline(always)]
    #[must_use]
    pub fn column_y(&self) -> Vec3<S> {
        Vec3::new(self.r0.y, self.r1.y, self.r2.y)
    }

    /// Third column.
    #[inline(always)]
    #[must_use]
    pub fn column_z(&self) -> Vec3<S> {
        Vec3::new(self.r0.z, self.r1.z, self.r2.z)
    }

    /// Entry by entry sum.
    #[inline(always)]
    #[must_use]
    pub fn plus(&self, o: &Self) -> Self {
        Self::new(self.r0 + o.r0, self.r1 + o.r1, self.r2 + o.r2)
    }

    /// `self * Rz`, with the rotation about z given by its cosine and sine.
    #[inline(always)]
    #[must_use]
    pub fn turned_z(&self, c: S, s: S) -> Self {
        let turn = |r: Vec3<S>| Vec3::new(r.x.mul_add(c, r.y * s), r.y.mul_add(c, -(r.x * s)), r.z);
        Self::new(turn(self.r0), turn(self.r1), turn(self.r2))
    }

    /// `skew(v) * self`: the cross product of `v` with each column.
    #[inline(always)]
    #[must_use]
    pub fn crossed_from_left(&self, v: Vec3<S>) -> Self {
        let a = v.cross(self.column_x());
        let b = v.cross(self.column_y());
        let c = v.cross(self.column_z());
        Self::new(
            Vec3::new(a.x, b.x, c.x),
            Vec3::new(a.y, b.y, c.y),
            Vec3::new(a.z, b.z, c.z),
        )
    }
}

impl<S: Lane> Sym3<S> {
    /// A constant of the model, as xx yy zz xy xz yz.
    #[inline(always)]
    #[must_use]
    pub fn constant(m: [f64; 6]) -> Self {
        let [xx, yy, zz, xy, xz, yz] = S::lits(m);
        Self {
            xx,
            yy,
            zz,
            xy,
            xz,
            yz,
        }
    }

    /// As a general matrix.
    #[inline(always)]
    #[must_use]
    pub fn full(&self) -> Mat3<S> {
        Mat3::new(
            Vec3::new(self.xx, self.xy, self.xz),
            Vec3::new(self.xy, self.yy, self.yz),
            Vec3::new(self.xz, self.yz, self.zz),
        )
    }

    /// The symmetric part that is stored, out of a matrix known to be symmetric.
    #[inline(always)]
    #[must_use]
    pub fn of(m: &Mat3<S>) -> Self {
        Self {
            xx: m.r0.x,
            yy: m.r1.y,
            zz: m.r2.z,
            xy: m.r0.y,
            xz: m.r0.z,
            yz: m.r1.z,
        }
    }

    /// Matrix times vector.
    #[inline(always)]
    #[must_use]
    pub fn apply(&self, v: Vec3<S>) -> Vec3<S> {
        self.full().apply(v)
    }

    /// Entry by entry sum.
    #[inline(always)]
    #[must_use]
    pub fn plus(&self, o: &Self) -> Self {
        Self {
            xx: self.xx + o.xx,
            yy: self.yy + o.yy,
            zz: self.zz + o.zz,
            xy: self.xy + o.xy,
            xz: self.xz + o.xz,
            yz: self.yz + o.yz,
        }
    }

    /// `self - u u^T * d`.
    #[inline(always)]
    #[must_use]
    pub fn minus_outer(&self, u: Vec3<S>, d: S) -> Self {
        let n = u * (-d);
        Self {
            xx: n.x.mul_add(u.x, self.xx),
            yy: n.y.mul_add(u.y, self.yy),
            zz: n.z.mul_add(u.z, self.zz),
            xy: n.x.mul_add(u.y, self.xy),
            xz: n.x.mul_add(u.z, self.xz),
            yz: n.y.mul_add(u.z, self.yz),
        }
    }

    /// `R self R^T`.
    #[inline(always)]
    #[must_use]
    pub fn rotated(&self, r: &Mat3<S>) -> Self {
        let half = r.product(&self.full());
        Self {
            xx: half.r0.dot(r.r0),
            yy: half.r1.dot(r.r1),
            zz: half.r2.dot(r.r2),
            xy: half.r0.dot(r.r1),
            xz: half.r0.dot(r.r2),
            yz: half.r1.dot(r.r2),
        }
    }
}
