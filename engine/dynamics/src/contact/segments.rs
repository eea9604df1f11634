//! Capsules against capsules, boxes and cylinders: nearest points of a segment.

use halle_lanes::Lane;
use halle_spatial::{Transform, Vec3};

use super::distance::{box_distance, cylinder_distance};
use super::measure::{Distance, length_and_direction, not_zero, up};
use super::points::Points;

/// Square of the sine of the angle below which two capsules count as parallel, and above which not.
const PARALLEL: [f64; 2] = [2.5e-5, 1.0e-4];

/// Square of the part of the normal along an axis from which on the box or cylinder does not clip a
/// segment along that axis: there the segment leans on an edge.
const LEANING: f64 = 1.0e-3;

/// Part of a half width by which a segment is clipped too late.
const CLIP_MARGIN: f64 = 1.0e-5;

/// Turns of Newton's method for the nearest point of a cylinder.
const TURNS: usize = 8;

/// Two capsules: their nearest points, or where they are parallel the ends of their overlap.
///
/// From 0.57 deg down to 0.29 deg the nearest point spreads into two. While it does, each point is exact
/// for its own place, and no longer the nearest: the gap is then too large by less than 2e-5 of the
/// length of the shorter one where the radii add up to a fifth of it.
#[inline(always)]
pub(super) fn capsule_capsule<S: Lane, const N: usize>(
    [first_radius, first_half]: [f64; 2],
    first: &Transform<S>,
    [second_radius, second_half]: [f64; 2],
    second: &Transform<S>,
    points: &mut Points<'_, S, N>,
) {
    let one = S::lit(1.0);
    let (ha, hb) = (
        S::lit(first_half.max(1.0e-9)),
        S::lit(second_half.max(1.0e-9)),
    );
    let (da, db) = (first.rotation.column_z(), second.rotation.column_z());
    let r = second.origin - first.origin;
    // Places along the axes are lengths here: a = ra + u da, b = rb + v db.
    let (cosine, ar, br) = (da.dot(db), da.dot(r), db.dot(r));
    let sine_square = (-cosine).mul_add(cosine, one);
    let u = (ar - cosine * br) / sine_square.max(S::lit(1.0e-6));
    let u = u.clamp(-ha, ha);
    let v = (cosine.mul_add(u, -br)).clamp(-hb, hb);
    let nearest = (cosine.mul_add(v, ar)).clamp(-ha, ha);

    // The overlap as seen from the first axis, and how far the points spread to its ends.
    let reach = (cosine * hb).abs();
    let low = (ar - reach).clamp(-ha, ha);
    let high = (ar + reach).clamp(-ha, ha);
    let spread = ((S::lit(PARALLEL[1]) - sine_square) * S::lit(1.0 / (PARALLEL[1] - PARALLEL[0])))
        .clamp(S::lit(0.0), one);
    let is_spread = spread.gt(S::lit(0.0));
    for (k, end) in [low, high].into_iter().enumerate() {
        let u = spread.mul_add(end - nearest, nearest);
        let v = cosine.mul_add(u, -br).clamp(-hb, hb);
        let from_a = db.mul_add(v, r) - da * u;
        let (length, normal) = length_and_direction(from_a, up());
        let gap = length - S::lit(first_radius + second_radius);
        let middle = S::lit(0.5).mul_add(gap, S::lit(first_radius));
        let point = normal.mul_add(middle, da.mul_add(u, first.origin));
        if k == 0 {
            points.push(point, normal, gap);
        } else {
            points.push_where(is_spread, point, normal, gap);
        }
    }
}

/// A segment `center + s along`, s in -1..1, in the frame of another shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<S> {
    pub(super) center: Vec3<S>,
    pub(super) along: Vec3<S>,
}

impl<S: Lane> Segment<S> {
    /// The part of the z axis within `half_length` of the origin.
    #[inline(always)]
    pub(super) fn of_axis(half_length: f64, shape_from_axis: &Transform<S>) -> Self {
        Self {
            center: shape_from_axis.origin,
            along: shape_from_axis.rotation.column_z() * S::lit(half_length),
        }
    }

    #[inline(always)]
    pub(super) fn at(&self, s: S) -> Vec3<S> {
        self.along.mul_add(s, self.center)
    }
}

/// Places on a segment: its nearest point, and the ends of what lies over the shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places<S> {
    pub(super) nearest: S,
    pub(super) ends: [S; 2],
}

/// What is known of the root of a growing function between two places.
struct Bracket<S> {
    low: [S; 2],
    high: [S; 2],
}

impl<S: Lane> Bracket<S> {
    /// Takes in a value; the bracket closes around the root.
    #[inline(always)]
    fn learn(&mut self, s: S, value: S) {
        let zero = S::lit(0.0);
        let below = value.le(zero) & s.gt(self.low[0]);
        let above = value.ge(zero) & s.lt(self.high[0]);
        self.low[0] = S::select(below, s, self.low[0]);
        self.low[1] = S::select(below, value, self.low[1]);
        self.high[0] = S::select(above, s, self.high[0]);
        self.high[1] = S::select(above, value, self.high[1]);
    }

    /// The root of the line through both ends; the middle where the function is zero throughout, an end
    /// where it has no root.
    #[inline(always)]
    fn root(&self) -> S {
        let zero = S::lit(0.0);
        let rise = self.high[1] - self.low[1];
        let part = -self.low[1] / rise.max(S::lit(1.0e-30));
        let part = S::select(rise.gt(S::lit(1.0e-30)), part, S::lit(0.5));
        let root = (self.high[0] - self.low[0]).mul_add(part, self.low[0]);
        let root = S::select(self.low[1].gt(zero), S::lit(-1.0), root);
        S::select(self.high[1].lt(zero), S::lit(1.0), root)
    }
}

/// The middle of the part that lies inside, if any does: all of it is as near as can be.
#[inline(always)]
fn middle_of<S: Lane>([low, high]: [S; 2], otherwise: S) -> S {
    S::select(low.lt(high), S::lit(0.5) * (low + high), otherwise)
}

/// Half width to which a segment is clipped: at least to its nearest place, and a little more, so that one which
/// runs along an edge keeps both of its ends.
#[inline(always)]
fn widened<S: Lane>(half_width: S, nearest: S) -> S {
    half_width.max(nearest) * S::lit(1.0 + CLIP_MARGIN)
}

/// A segment and a box.
///
/// Half the square of the distance has a derivative along the segment that grows and is straight between the
/// planes of the faces: between those two where it changes its sign its root is exact.
#[inline(always)]
pub(super) fn segment_box<S: Lane>(half_extent: [f64; 3], segment: &Segment<S>) -> Places<S> {
    let one = S::lit(1.0);
    let Segment { center, along } = *segment;
    let slope = |s: S| {
        let p = segment.at(s);
        let half = S::lits(half_extent);
        let x = p.x - p.x.clamp(-half[0], half[0]);
        let y = p.y - p.y.clamp(-half[1], half[1]);
        let z = p.z - p.z.clamp(-half[2], half[2]);
        Vec3::new(x, y, z).dot(along)
    };
    let mut bracket = Bracket {
        low: [-one, slope(-one)],
        high: [one, slope(one)],
    };
    let mut spans = [[-one, one]; 3];
    let mut crossings = [[one; 2]; 3];
    for (k, (c, d)) in [
        (center.x, along.x),
        (center.y, along.y),
        (center.z, along.z),
    ]
    .into_iter()
    .enumerate()
    {
        let inverse = one / not_zero(d);
        let width = inverse.abs() * S::lit(half_extent[k]);
        let middle = -(c * inverse);
        crossings[k] = [middle, inverse.abs()];
        spans[k] = [
            (middle - width).clamp(-one, one),
            (middle + width).clamp(-one, one),
        ];
        for s in spans[k] {
            bracket.learn(s, slope(s));
        }
    }
    let inside = [
        spans[0][0].max(spans[1][0]).max(spans[2][0]),
        spans[0][1].min(spans[1][1]).min(spans[2][1]),
    ];
    let nearest = middle_of(inside, bracket.root());
    let p = segment.at(nearest);
    let g = box_distance(half_extent, p).gradient;
    let mut ends = [-one, one];
    for (k, (g, p)) in [(g.x, p.x), (g.y, p.y), (g.z, p.z)].into_iter().enumerate() {
        let clips = (g * g).lt(S::lit(LEANING));
        let [middle, per_metre] = crossings[k];
        let width = per_metre * widened(S::lit(half_extent[k]), p.abs());
        ends[0] = S::select(clips, ends[0].max(middle - width), ends[0]);
        ends[1] = S::select(clips, ends[1].min(middle + width), ends[1]);
    }
    Places { nearest, ends }
}

/// First and second derivative, along a segment, of half the square of the distance to a cylinder.
#[inline(always)]
fn cylinder_slope<S: Lane>(radius: S, half_height: S, segment: &Segment<S>, s: S) -> (S, S) {
    let (zero, d) = (S::lit(0.0), segment.along);
    let p = segment.at(s);
    let across = p.y.mul_add(p.y, p.x * p.x).sqrt();
    let inverse = S::lit(1.0) / across.max(radius);
    let far = across - radius;
    let away = p.y.mul_add(d.y, p.x * d.x) * inverse;
    let square = d.y.mul_add(d.y, d.x * d.x);
    let bend = far.mul_add((square - away * away) * inverse, away * away);
    let beside = far.gt(zero);
    let z = p.z - p.z.clamp(-half_height, half_height);
    let over = p.z.abs().gt(half_height);
    (
        z.mul_add(d.z, far.max(zero) * away),
        S::select(beside, bend, zero) + S::select(over, d.z * d.z, zero),
    )
}

/// A segment and an upright cylinder: as [`segment_box`], with the root by Newton's method within the bracket,
/// in which the derivative has no kinks.
#[inline(always)]
pub(super) fn segment_cylinder<S: Lane>(
    radius: f64,
    half_height: f64,
    segment: &Segment<S>,
) -> Places<S> {
    let (zero, one) = (S::lit(0.0), S::lit(1.0));
    let (r, h) = (S::lit(radius), S::lit(half_height));
    let Segment { center, along } = *segment;
    let slope = |s: S| cylinder_slope(r, h, segment, s).0;
    let mut bracket = Bracket {
        low: [-one, slope(-one)],
        high: [one, slope(one)],
    };
    // Where the segment passes the ends and the side of the cylinder the slope has kinks.
    let over = one / not_zero(along.z);
    let width = over.abs() * h;
    let middle = -(center.z * over);
    let square = along.y.mul_add(along.y, along.x * along.x);
    let inverse = one / square.max(S::lit(1.0e-20));
    let half_sum = -(along.y.mul_add(center.y, along.x * center.x) * inverse);
    let from_axis = center.y.mul_add(center.y, center.x * center.x);
    let root_of = |radius: S| {
        let excess = from_axis - radius * radius;
        let root = half_sum.mul_add(half_sum, -(excess * inverse));
        root.max(zero).sqrt()
    };
    let root = root_of(r);
    let mut spans = [
        [half_sum - root, half_sum + root],
        [middle - width, middle + width],
    ];
    for k in 0..2 {
        for j in 0..2 {
            let s = spans[k][j].clamp(-one, one);
            spans[k][j] = s;
            bracket.learn(s, slope(s));
        }
    }
    let inside = [spans[0][0].max(spans[1][0]), spans[0][1].min(spans[1][1])];
    let mut nearest = bracket.root();
    for _ in 0..TURNS {
        let (value, bend) = cylinder_slope(r, h, segment, nearest);
        bracket.learn(nearest, value);
        let next = nearest - value / bend.max(S::lit(1.0e-20));
        let (low, high) = (bracket.low[0], bracket.high[0]);
        let fits = next.ge(low) & next.le(high);
        nearest = S::select(fits, next, S::lit(0.5) * (low + high));
    }
    let nearest = S::select(bracket.low[1].gt(zero), -one, nearest);
    let nearest = S::select(bracket.high[1].lt(zero), one, nearest);
    let nearest = middle_of(inside, nearest);
    let p = segment.at(nearest);
    let g = cylinder_distance(radius, half_height, p).gradient;
    let by_side = (g.z * g.z).gt(S::lit(1.0 - LEANING));
    let by_end = (g.z * g.z).lt(S::lit(LEANING));
    let root = root_of(widened(r, p.y.mul_add(p.y, p.x * p.x).sqrt()));
    let width = over.abs() * widened(h, p.z.abs());
    let low = S::select(by_side, (half_sum - root).max(-one), -one);
    let high = S::select(by_side, (half_sum + root).min(one), one);
    let low = S::select(by_end, low.max(middle - width), low);
    let high = S::select(by_end, high.min(middle + width), high);
    Places {
        nearest,
        ends: [low, high],
    }
}

/// A capsule and a box: the nearest place of the axis and the ends of what lies over the box.
#[inline(always)]
pub(super) fn capsule_box<S: Lane, const N: usize>(
    radius: f64,
    segment: &Segment<S>,
    half_extent: [f64; 3],
    world_from_box: &Transform<S>,
    points: &mut Points<'_, S, N>,
) {
    let places = segment_box(half_extent, segment);
    for s in [places.nearest, places.ends[0], places.ends[1]] {
        let p = segment.at(s);
        let at = box_distance(half_extent, p);
        push_ball(radius, p, &at, world_from_box, points);
    }
}

/// A capsule and a cylinder: as [`capsule_box`].
#[inline(always)]
pub(super) fn capsule_cylinder<S: Lane, const N: usize>(
    radius: f64,
    segment: &Segment<S>,
    cylinder: [f64; 2],
    world_from_cylinder: &Transform<S>,
    points: &mut Points<'_, S, N>,
) {
    let places = segment_cylinder(cylinder[0], cylinder[1], segment);
    for s in [places.nearest, places.ends[0], places.ends[1]] {
        let p = segment.at(s);
        let at = cylinder_distance(cylinder[0], cylinder[1], p);
        push_ball(radius, p, &at, world_from_cylinder, points);
    }
}

/// A ball of the first shape about `p`, in the frame of the second shape, which is as far as `at` says.
#[inline(always)]
pub(super) fn push_ball<S: Lane, const N: usize>(
    radius: f64,
    p: Vec3<S>,
    at: &Distance<S>,
    world_from_second: &Transform<S>,
    points: &mut Points<'_, S, N>,
) {
    let (point, normal, gap) = ball_contact(radius, p, at, world_from_second);
    points.push(point, normal, gap);
}

/// As [`push_ball`], told instead of pushed.
#[inline(always)]
pub(super) fn ball_contact<S: Lane>(
    radius: f64,
    p: Vec3<S>,
    at: &Distance<S>,
    world_from_second: &Transform<S>,
) -> (Vec3<S>, Vec3<S>, S) {
    let gap = at.distance - S::lit(radius);
    let middle = S::lit(-0.5).mul_add(gap, S::lit(-radius));
    let point = at.gradient.mul_add(middle, p);
    (
        world_from_second.point(point),
        -world_from_second.rotation.apply(at.gradient),
        gap,
    )
}
