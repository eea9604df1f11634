//! Convex polyhedra, through their planes and corners.

use halle_lanes::{Few, Lane};
use halle_spatial::Vec3;

use super::measure::{Distance, TINY, length_and_direction, not_zero, up};
use super::sample::{MAX_PATCH, Patch, Sample};
use super::tangents;

/// Faces that a hull may have at most: what is computed for each is held on the stack, and laws panic
/// beyond this.
pub const MAX_HULL_PLANES: usize = 64;

/// Times that a point outside is brought back to all planes.
const SWEEPS: usize = 3;

/// Turns of the cutting-plane method for the nearest place of a segment.
const CUTS: usize = 6;

/// How far the points of a patch are sought beside the lowest one: sine of the tilt.
const TILT: f64 = 0.02;

/// Sine and cosine of the angle between the tangents and where corners are sought.
const LOOK: (f64, f64) = (0.352_274_233_275_089_9, 0.935_896_823_677_934_9);

/// Inner product of a plane's normal with a point.
#[inline(always)]
fn along_normal<S: Lane>(plane: [f64; 4], p: Vec3<S>) -> S {
    Vec3::constant([plane[0], plane[1], plane[2]]).dot(p)
}

/// Distance to a hull: exact inside (the nearest plane) and outside over a face.
///
/// Over edges and corners the point is projected on the planes that it lies above with corrections
/// (Hildreth 1957). Three sweeps are exact where those planes stand at right angles; for others what is
/// found lies between the largest distance to a plane and the distance itself.
#[inline(always)]
pub(super) fn hull_distance<S: Lane>(planes: &[[f64; 4]], p: Vec3<S>) -> Distance<S> {
    let zero = S::lit(0.0);
    let (largest, normal) = nearest_plane(planes, p);
    let mut lengths: Few<S, MAX_HULL_PLANES> = Few::filled(zero, planes.len());
    let mut q = p;
    for _ in 0..SWEEPS {
        for (k, plane) in planes.iter().enumerate() {
            let above = along_normal(*plane, q) - S::lit(plane[3]);
            let step = above.max(-lengths[k]);
            lengths[k] += step;
            q = Vec3::constant([plane[0], plane[1], plane[2]]).mul_add(-step, q);
        }
    }
    // The dual value, which is never above half the square of the distance.
    let (way, outward) = length_and_direction(p - q, normal);
    let mut dual = S::lit(-0.5) * (way * way);
    for (k, plane) in planes.iter().enumerate() {
        let above = along_normal(*plane, p) - S::lit(plane[3]);
        dual = lengths[k].mul_add(above, dual);
    }
    let length = (S::lit(2.0) * dual.max(zero)).sqrt();
    let is_outside = largest.gt(S::lit(TINY));
    Distance {
        distance: S::select(is_outside, length.max(largest), largest),
        gradient: Vec3::select(is_outside, outward, normal),
    }
}

/// The plane that a point is farthest above, or nearest below: its distance and normal.
#[inline(always)]
fn nearest_plane<S: Lane>(planes: &[[f64; 4]], p: Vec3<S>) -> (S, Vec3<S>) {
    let mut largest = S::lit(-super::FAR);
    let mut normal = up();
    for plane in planes {
        let above = along_normal(*plane, p) - S::lit(plane[3]);
        let more = above.gt(largest);
        largest = S::select(more, above, largest);
        let n = Vec3::constant([plane[0], plane[1], plane[2]]);
        normal = Vec3::select(more, n, normal);
    }
    (largest, normal)
}

/// The place s in -1..1 at which the largest distance of `center + s along` to a plane is smallest.
///
/// That distance is the largest of straight lines; from both ends the lines that are highest there are
/// cut with each other until the place stays (Kelley's method).
#[inline(always)]
pub(super) fn nearest_on_segment<S: Lane>(
    planes: &[[f64; 4]],
    center: Vec3<S>,
    along: Vec3<S>,
) -> S {
    let (zero, one) = (S::lit(0.0), S::lit(1.0));
    let mut lines: Few<[S; 2], MAX_HULL_PLANES> = Few::new();
    for plane in planes {
        let height = along_normal(*plane, center) - S::lit(plane[3]);
        lines.push([height, along_normal(*plane, along)]);
    }
    let highest = |s: S| {
        let mut best = [S::lit(-super::FAR), zero];
        let mut value = S::lit(-super::FAR);
        for line in &lines {
            let here = line[1].mul_add(s, line[0]);
            let more = here.gt(value);
            value = S::select(more, here, value);
            best[0] = S::select(more, line[0], best[0]);
            best[1] = S::select(more, line[1], best[1]);
        }
        best
    };
    let mut low = highest(-one);
    let mut high = highest(one);
    let (no_low, no_high) = (low[1].ge(zero), high[1].le(zero));
    let cut = |low: [S; 2], high: [S; 2]| {
        let s = (high[0] - low[0]) / not_zero(low[1] - high[1]);
        s.clamp(-one, one)
    };
    for _ in 0..CUTS {
        let line = highest(cut(low, high));
        let falls = line[1].lt(zero);
        for k in 0..2 {
            low[k] = S::select(falls, line[k], low[k]);
            high[k] = S::select(falls, high[k], line[k]);
        }
    }
    let s = cut(low, high);
    let s = S::select(no_high, one, s);
    S::select(no_low, -one, s)
}

/// The lowest corner, and those that are lowest when `up` leans to four sides by [`TILT`]: the outline of a
/// face on which the hull stands.
#[inline(always)]
pub(super) fn hull_patch<S: Lane>(vertices: &[[f64; 3]], up: Vec3<S>, patch: &mut Patch<S>) {
    if vertices.len() <= MAX_PATCH {
        for at in vertices {
            patch.push(Sample {
                at: Vec3::constant(*at),
                radius: 0.0,
            });
        }
        return;
    }
    let (_, up) = length_and_direction(up, Vec3::constant([0.0, 0.0, 1.0]));
    // Corners of a face whose edges run along the tangents would be as low as each other: look between.
    let (first, second) = tangents(up);
    let (s, c) = (S::lit(TILT * LOOK.0), S::lit(TILT * LOOK.1));
    let mut lowest = [S::lit(super::FAR); MAX_PATCH];
    let mut at = [Vec3::zero(); MAX_PATCH];
    for vertex in vertices {
        let p = Vec3::constant(*vertex);
        let height = up.dot(p);
        let (x, y) = (first.dot(p), second.dot(p));
        let (a, b) = (c.mul_add(x, s * y), c.mul_add(y, -(s * x)));
        let heights = [height, height - a, height + a, height - b, height + b];
        for k in 0..MAX_PATCH {
            let lower = heights[k].lt(lowest[k]);
            lowest[k] = S::select(lower, heights[k], lowest[k]);
            at[k] = Vec3::select(lower, p, at[k]);
        }
    }
    for at in at {
        patch.push(Sample { at, radius: 0.0 });
    }
}
