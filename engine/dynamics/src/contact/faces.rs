//! Two faces of boxes that look at each other, clipped against each other.

use halle_lanes::Lane;
use halle_spatial::{Mat3, Transform, Vec3};

use super::FAR;
use super::measure::{not_zero, sign};

/// Part of a face's half edges by which the second box's edges may lie beyond the first face, and by which
/// the first box's must lie within the second face: edges that coincide count once.
const CLIP_MARGIN: f64 = 1.0e-5;

/// The second box in the frame of the first.
pub(super) struct Pair<S> {
    pub(super) first: Vec3<S>,
    pub(super) second: Vec3<S>,
    /// Middle of the second box.
    pub(super) center: Vec3<S>,
    /// Its columns are the axes of the second box.
    pub(super) axes: Mat3<S>,
}

/// As an array.
#[inline(always)]
pub(super) fn plain<S: Lane>(v: Vec3<S>) -> [S; 3] {
    [v.x, v.y, v.z]
}

/// A corner of the two clipped faces.
#[derive(Clone, Copy)]
pub(super) struct FacePoint<S> {
    /// Midway between the faces, world axes \[m\].
    pub(super) point: Vec3<S>,
    /// Distance along the normal, [`FAR`] where nothing is left of the edge \[m\].
    pub(super) gap: S,
}

/// The two faces that look at each other along the normal, clipped against each other along it.
///
/// First four corners start on edges of the second box, then four on edges of the first.
#[inline(always)]
pub(super) fn clipped_faces<S: Lane>(
    pair: &Pair<S>,
    normal: Vec3<S>,
    world: &Transform<S>,
) -> [FacePoint<S>; 8] {
    let one = S::lit(1.0);
    // Axes of the first box in the order in which the face's own comes last, turned so that it looks
    // along the normal; two are turned, so that the axes stay right-handed.
    let n = plain(normal);
    let masks = largest(n);
    let [w1, w2, w3] = cycled_vectors(
        masks,
        [
            world.rotation.column_x(),
            world.rotation.column_y(),
            world.rotation.column_z(),
        ],
    );
    let [r1, r2, r3] = cycled_vectors(masks, [pair.axes.r0, pair.axes.r1, pair.axes.r2]);
    let [t1, t2, t3] = cycled::<S>(masks, plain(pair.center));
    let [n1, n2, n3] = cycled::<S>(masks, n);
    let [h1, h2, h3] = cycled::<S>(masks, plain(pair.first));
    let turn = sign(n3);
    let (w1, w3, r1, r3) = (w1 * turn, w3 * turn, r1 * turn, r3 * turn);
    let (t1, t3, n1, n3) = (t1 * turn, t3 * turn, n1 * turn, n3 * turn);
    let axes = Mat3::new(r1, r2, r3);
    let n = Vec3::new(n1, n2, n3);

    // The same for the second box.
    let back = plain(axes.apply_transposed(n));
    let masks = largest(back);
    let columns = [axes.column_x(), axes.column_y(), axes.column_z()];
    let [b1, b2, b3] = cycled_vectors(masks, columns);
    let [k1, k2, k3] = cycled::<S>(masks, plain(pair.second));
    let [_, _, back] = cycled::<S>(masks, back);
    let turn = sign(back);
    let (u, v) = (b1 * (k1 * turn), b2 * k2);
    let c = b3.mul_add(-(k3 * turn), Vec3::new(t1, t2, t3 - h3));

    // The second face as the first sees it along the normal: places on the first face, and gaps.
    let inverse = one / n3;
    let (m1, m2) = (n1 * inverse, n2 * inverse);
    let seen = |p: Vec3<S>| {
        Vec3::new(
            (-m1).mul_add(p.z, p.x),
            (-m2).mul_add(p.z, p.y),
            p.z * inverse,
        )
    };
    let (c, u, v) = (seen(c), seen(u), seen(v));
    let wider = S::lit(1.0 + CLIP_MARGIN);
    let of_second = clip(c, u, v, [h1 * wider, h2 * wider]);

    // The first face as the second sees it: parts of its half edges, and gaps.
    let inverse = one / u.x.mul_add(v.y, -(u.y * v.x));
    let parts = |x: S, y: S, z: S| {
        let a = v.y.mul_add(x, -(v.x * y)) * inverse;
        let b = u.x.mul_add(y, -(u.y * x)) * inverse;
        Vec3::new(a, b, v.z.mul_add(b, u.z.mul_add(a, z)))
    };
    let zero = S::lit(0.0);
    let narrower = S::lit(1.0 - CLIP_MARGIN);
    let of_first = clip(
        parts(-c.x, -c.y, c.z),
        parts(h1, zero, zero),
        parts(zero, h2, zero),
        [narrower; 2],
    );
    let normal = world.rotation.apply(normal);
    let middle = w3.mul_add(h3, world.origin);
    let place = |x: S, y: S, gap: S, counts: S::Mask| {
        let half = S::lit(0.5) * gap;
        FacePoint {
            point: normal.mul_add(half, w1.mul_add(x, w2.mul_add(y, middle))),
            gap: S::select(counts, gap, S::lit(FAR)),
        }
    };
    let [a, b, c, d] = of_second;
    let [e, f, g, h] = of_first;
    [
        place(a.at.x, a.at.y, a.at.z, a.is_left),
        place(b.at.x, b.at.y, b.at.z, b.is_left),
        place(c.at.x, c.at.y, c.at.z, c.is_left),
        place(d.at.x, d.at.y, d.at.z, d.is_left),
        place(h1 * e.s, -h2, e.at.z, e.is_left),
        place(h1, h2 * f.s, f.at.z, f.is_left),
        place(h1 * g.s, h2, g.at.z, g.is_left),
        place(-h1, h2 * h.s, h.at.z, h.is_left),
    ]
}

/// Masks of the first and the second number being the largest in magnitude.
#[inline(always)]
fn largest<S: Lane>([x, y, z]: [S; 3]) -> [S::Mask; 2] {
    let (x, y, z) = (x.abs(), y.abs(), z.abs());
    let first = x.gt(y.max(z));
    [first, y.gt(z) & !first]
}

/// The three in cyclic order with the marked one last.
#[inline(always)]
fn cycled<S: Lane>([by_x, by_y]: [S::Mask; 2], [x, y, z]: [S; 3]) -> [S; 3] {
    [
        S::select(by_x, y, S::select(by_y, z, x)),
        S::select(by_x, z, S::select(by_y, x, y)),
        S::select(by_x, x, S::select(by_y, y, z)),
    ]
}

/// As [`cycled`], for vectors.
#[inline(always)]
fn cycled_vectors<S: Lane>([by_x, by_y]: [S::Mask; 2], [x, y, z]: [Vec3<S>; 3]) -> [Vec3<S>; 3] {
    [
        Vec3::select(by_x, y, Vec3::select(by_y, z, x)),
        Vec3::select(by_x, z, Vec3::select(by_y, x, y)),
        Vec3::select(by_x, x, Vec3::select(by_y, y, z)),
    ]
}

/// Where what is left of an edge starts.
#[derive(Clone, Copy)]
struct Start<S: Lane> {
    /// Its place on the edge, -1..1 along the half edge.
    s: S,
    /// Its place in the rectangle, with the gap.
    at: Vec3<S>,
    is_left: S::Mask,
}

/// The edges of the parallelogram `c ± u ± v`, counter-clockwise, clipped in x and y to a rectangle about the
/// origin.
#[inline(always)]
fn clip<S: Lane>(c: Vec3<S>, u: Vec3<S>, v: Vec3<S>, half: [S; 2]) -> [Start<S>; 4] {
    let one = S::lit(1.0);
    let slopes = |d: Vec3<S>| {
        let inverse = [one / not_zero(d.x), one / not_zero(d.y)];
        let width = [half[0] * inverse[0].abs(), half[1] * inverse[1].abs()];
        (inverse, width)
    };
    let (along_u, along_v) = (slopes(u), slopes(v));
    let edge = |base: Vec3<S>, d: Vec3<S>, (inverse, width): ([S; 2], [S; 2]), forth: bool| {
        let (x, y) = (base.x * inverse[0], base.y * inverse[1]);
        let low = (-(x + width[0])).max(-(y + width[1])).max(-one);
        let high = (width[0] - x).min(width[1] - y).min(one);
        let s = if forth { low } else { high };
        Start {
            s,
            at: d.mul_add(s, base),
            is_left: low.le(high),
        }
    };
    [
        edge(c - v, u, along_u, true),
        edge(c + u, v, along_v, true),
        edge(c + v, u, along_u, false),
        edge(c - u, v, along_v, false),
    ]
}
