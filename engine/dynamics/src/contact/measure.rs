//! Lengths, signs and what a distance is.

use halle_lanes::Lane;
use halle_spatial::Vec3;

/// Signed distance at a point, in the frame of the form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Distance<S> {
    /// Below zero inside \[m\].
    pub(super) distance: S,
    /// Unit vector along which the distance grows.
    pub(super) gradient: Vec3<S>,
}

/// Below this a length has no direction \[m\].
pub(super) const TINY: f64 = 1.0e-12;

/// Length and direction of a vector; the direction is `fallback` where there is none.
#[inline(always)]
pub(super) fn length_and_direction<S: Lane>(v: Vec3<S>, fallback: Vec3<S>) -> (S, Vec3<S>) {
    let tiny = S::lit(TINY);
    let length = v.norm();
    let direction = v * (S::lit(1.0) / length.max(tiny));
    (length, Vec3::select(length.lt(tiny), fallback, direction))
}

/// `+1` or `-1` with the sign of a number.
#[inline(always)]
pub(super) fn sign<S: Lane>(x: S) -> S {
    S::select(x.lt(S::lit(0.0)), S::lit(-1.0), S::lit(1.0))
}

/// A number with its magnitude kept from zero, for dividing by it.
#[inline(always)]
pub(super) fn not_zero<S: Lane>(x: S) -> S {
    let tiny = S::lit(TINY);
    S::select(x.abs().lt(tiny), tiny, x)
}

/// The z axis.
#[inline(always)]
pub(super) fn up<S: Lane>() -> Vec3<S> {
    Vec3::constant([0.0, 0.0, 1.0])
}
