//! Where laws put the points that they find.

use halle_lanes::{Few, Lane};
use halle_spatial::Vec3;

use super::{ContactPoint, FAR};

/// A list of points that turns normals where a law was asked with its shapes swapped.
#[derive(Debug)]
pub(super) struct Points<'a, S, const N: usize> {
    pub(super) out: &'a mut Few<ContactPoint<S>, N>,
    /// Whether the law's first shape is the caller's second.
    pub(super) swapped: bool,
}

impl<S: Lane, const N: usize> Points<'_, S, N> {
    /// A point with its normal from the law's first shape to its second.
    #[inline(always)]
    pub(super) fn push(&mut self, point: Vec3<S>, normal: Vec3<S>, gap: S) {
        self.out.push(ContactPoint {
            point,
            normal: if self.swapped { -normal } else { normal },
            gap,
        });
    }

    /// As [`Points::push`], far away where the mask does not hold.
    #[inline(always)]
    pub(super) fn push_where(&mut self, mask: S::Mask, point: Vec3<S>, normal: Vec3<S>, gap: S) {
        self.push(point, normal, S::select(mask, gap, S::lit(FAR)));
    }
}
