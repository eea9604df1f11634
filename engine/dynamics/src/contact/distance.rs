//! Signed distance of a form at a point.

use halle_lanes::Lane;
use halle_model::articulated::ContactForm;
use halle_spatial::Vec3;

use super::grid::{grid_distance, height_distance};
use super::hull::hull_distance;
use super::measure::{Distance, TINY, length_and_direction, sign, up};

/// Distance of any form; that of a hull is too small by the errors named at `hull_distance`, that of
/// grids is interpolated.
#[inline(always)]
pub(super) fn distance<S: Lane>(form: &ContactForm, p: Vec3<S>) -> Distance<S> {
    match form {
        ContactForm::Plane => Distance {
            distance: p.z,
            gradient: up(),
        },
        ContactForm::Sphere { radius } => ball(*radius, p),
        ContactForm::Capsule {
            radius,
            half_length,
        } => {
            let z = p.z - p.z.clamp(S::lit(-half_length), S::lit(*half_length));
            ball(*radius, Vec3::new(p.x, p.y, z))
        }
        ContactForm::Cylinder {
            radius,
            half_height,
        } => cylinder_distance(*radius, *half_height, p),
        ContactForm::Box { half_extent } => box_distance(*half_extent, p),
        ContactForm::Hull { planes, .. } => hull_distance(planes, p),
        ContactForm::HeightField {
            counts,
            half_extent,
            heights,
        } => height_distance(*counts, *half_extent, heights, p),
        ContactForm::DistanceGrid {
            counts,
            half_extent,
            distances,
            ..
        } => grid_distance(*counts, *half_extent, distances, p),
    }
}

/// A ball about the origin. `p` may be what is left of a point after its nearest place on an axis.
#[inline(always)]
fn ball<S: Lane>(radius: f64, p: Vec3<S>) -> Distance<S> {
    let (length, gradient) = length_and_direction(p, up());
    Distance {
        distance: length - S::lit(radius),
        gradient,
    }
}

/// An upright cylinder: exact.
#[inline(always)]
pub(super) fn cylinder_distance<S: Lane>(radius: f64, half_height: f64, p: Vec3<S>) -> Distance<S> {
    let zero = S::lit(0.0);
    let one = S::lit(1.0);
    let across = Vec3::new(p.x, p.y, zero);
    let (length, outward) = length_and_direction(across, Vec3::constant([1.0, 0.0, 0.0]));
    let side = length - S::lit(radius);
    let end = p.z.abs() - S::lit(half_height);
    let (far_side, far_end) = (side.max(zero), end.max(zero));
    let outside = far_end.mul_add(far_end, far_side * far_side).sqrt();
    let is_outside = outside.gt(S::lit(TINY));
    let inverse = one / outside.max(S::lit(TINY));
    let by_side = S::select(end.lt(side), one, zero);
    let w_side = S::select(is_outside, far_side * inverse, by_side);
    let w_end = S::select(is_outside, far_end * inverse, one - by_side);
    Distance {
        distance: outside + side.max(end).min(zero),
        gradient: Vec3::new(outward.x * w_side, outward.y * w_side, sign(p.z) * w_end),
    }
}

/// A box: exact.
#[inline(always)]
pub(super) fn box_distance<S: Lane>(half_extent: [f64; 3], p: Vec3<S>) -> Distance<S> {
    let zero = S::lit(0.0);
    let one = S::lit(1.0);
    let half = Vec3::constant(half_extent);
    let q = Vec3::new(p.x.abs(), p.y.abs(), p.z.abs()) - half;
    let far = Vec3::new(q.x.max(zero), q.y.max(zero), q.z.max(zero));
    let outside = far.norm();
    let is_outside = outside.gt(S::lit(TINY));
    let inverse = one / outside.max(S::lit(TINY));
    // Inside, the nearest face; of two that are as near, the one that comes first.
    let deepest = q.x.max(q.y).max(q.z);
    let by_x = q.x.ge(deepest);
    let by_y = q.y.ge(deepest) & !by_x;
    let by_z = !(by_x | by_y);
    let weight =
        |far: S, by: S::Mask| S::select(is_outside, far * inverse, S::select(by, one, zero));
    Distance {
        distance: outside + deepest.min(zero),
        gradient: Vec3::new(
            sign(p.x) * weight(far.x, by_x),
            sign(p.y) * weight(far.y, by_y),
            sign(p.z) * weight(far.z, by_z),
        ),
    }
}
