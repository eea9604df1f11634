//! The workpiece as a smooth height over its own x-y plane.

use halle_lanes::Lane;
use halle_model::{SURFACE_TERM_COUNT, Workpiece};
use halle_spatial::{Transform, Vec3};

/// Shape and place of one env's workpiece.
#[derive(Clone, Copy, Debug)]
pub struct Surface<S> {
    /// World frame from workpiece frame.
    pub world_from_workpiece: Transform<S>,
    /// Coefficients of x^i y^j, in the order of `SURFACE_TERMS`.
    pub terms: [S; SURFACE_TERM_COUNT],
    /// Half sizes of the patch \[m\].
    pub half_extent: [f64; 2],
}

/// Height and slopes at one place.
#[derive(Clone, Copy, Debug)]
pub struct SurfacePoint<S> {
    /// Height \[m\].
    pub height: S,
    /// Change of height along x \[-\].
    pub slope_x: S,
    /// Change of height along y \[-\].
    pub slope_y: S,
}

impl<S: Lane> Surface<S> {
    /// The workpiece as the model has it.
    #[inline(always)]
    #[must_use]
    pub fn nominal(workpiece: &Workpiece) -> Self {
        let pose = &workpiece.world_from_workpiece;
        Self {
            world_from_workpiece: Transform::constant(pose.rotation, pose.translation),
            terms: S::lits(workpiece.surface),
            half_extent: workpiece.half_extent,
        }
    }

    /// The polynomial in x that the height is along a line of constant y, lowest power first.
    #[inline(always)]
    pub fn row(&self, y: S) -> [S; 5] {
        let t = &self.terms;
        [
            t[14]
                .mul_add(y, t[9])
                .mul_add(y, t[5])
                .mul_add(y, t[2])
                .mul_add(y, t[0]),
            t[13].mul_add(y, t[8]).mul_add(y, t[4]).mul_add(y, t[1]),
            t[12].mul_add(y, t[7]).mul_add(y, t[3]),
            t[11].mul_add(y, t[6]),
            t[10],
        ]
    }

    /// Height and slopes at a place in the workpiece frame.
    #[inline(always)]
    pub fn at(&self, x: S, y: S) -> SurfacePoint<S> {
        let c = self.row(y);
        let t = &self.terms;
        let twice = S::lit(2.0);
        let thrice = S::lit(3.0);
        let four = S::lit(4.0);
        // Derivatives in y of the row's coefficients.
        let d0 = (four * t[14])
            .mul_add(y, thrice * t[9])
            .mul_add(y, twice * t[5])
            .mul_add(y, t[2]);
        let d1 = (thrice * t[13]).mul_add(y, twice * t[8]).mul_add(y, t[4]);
        let d2 = (twice * t[12]).mul_add(y, t[7]);
        let d3 = t[11];
        SurfacePoint {
            height: c[4]
                .mul_add(x, c[3])
                .mul_add(x, c[2])
                .mul_add(x, c[1])
                .mul_add(x, c[0]),
            slope_x: (four * c[4])
                .mul_add(x, thrice * c[3])
                .mul_add(x, twice * c[2])
                .mul_add(x, c[1]),
            slope_y: d3.mul_add(x, d2).mul_add(x, d1).mul_add(x, d0),
        }
    }
}

impl<S: Lane> SurfacePoint<S> {
    /// Outward unit normal in the workpiece frame.
    #[inline(always)]
    #[must_use]
    pub fn normal(&self) -> Vec3<S> {
        let inverse = self.inverse_length();
        Vec3::new(
            -(self.slope_x * inverse),
            -(self.slope_y * inverse),
            inverse,
        )
    }

    /// One over the length of `(-slope_x, -slope_y, 1)`.
    #[inline(always)]
    pub fn inverse_length(&self) -> S {
        let one = S::lit(1.0);
        one / self
            .slope_y
            .mul_add(self.slope_y, self.slope_x.mul_add(self.slope_x, one))
            .sqrt()
    }
}
