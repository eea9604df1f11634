//! Two boxes: separating axes, two clipped faces, crossing edges, and what is left.
//!
//! The axis along which the boxes are farthest apart (of the 15 of the separating-axis test) is the
//! normal. Where it is the normal of a face, the two faces that look at each other along it are clipped
//! against each other: each corner of the polygon that is left is where one of its edges starts, and each of
//! those lies on one of eight edges, four of the first box and four of the second. So slot k holds the start of
//! what is left of edge k, and no corner is found twice. Where two edges cross it is their nearest points.
//! Where the boxes are apart and those miss what is nearest (corner against corner or edge), the first slot has
//! the nearest points by alternate projection.

use halle_lanes::Lane;
use halle_spatial::{Mat3, Vec3};

use super::FAR;
use super::faces::{Pair, clipped_faces, plain};
use super::measure::{length_and_direction, sign, up};
use super::points::Points;
use super::sampled::Placed;

/// Part of the smallest half edge by which an edge axis must be better than a face, so that boxes that rest
/// on each other keep their faces.
const EDGE_BIAS: f64 = 1.0e-3;

/// Part of the smallest half edge by which a face of the second box must be better than one of the first.
const SECOND_BIAS: f64 = 1.0e-6;

/// Square of the sine of the angle below which two edges are parallel.
const PARALLEL: f64 = 1.0e-6;

/// Rounds of alternate projection.
const ROUNDS: usize = 4;

/// What the separating-axis test finds.
struct Separation<S: Lane> {
    /// Unit normal from the first box to the second, axes of the first.
    normal: Vec3<S>,
    /// How far the boxes are apart along it.
    gap: S,
    /// Whether the normal is that of two edges.
    by_edges: S::Mask,
    /// Number of the edges: 3 * axis of the first + axis of the second.
    edges: S,
}

/// Up to eight points between two boxes.
#[inline(always)]
pub(super) fn box_box<S: Lane, const N: usize>(
    first_half: [f64; 3],
    first: &Placed<'_, S>,
    second_half: [f64; 3],
    second: &Placed<'_, S>,
    points: &mut Points<'_, S, N>,
) {
    let from_second = first.see(second);
    let pair = Pair {
        first: Vec3::constant(first_half),
        second: Vec3::constant(second_half),
        center: from_second.origin,
        axes: from_second.rotation,
    };
    let smallest = first_half
        .iter()
        .chain(&second_half)
        .fold(f64::INFINITY, |a, b| a.min(*b));
    let apart = separation(&pair, smallest);
    let faces = clipped_faces(&pair, apart.normal, first.world);
    let normal = first.world.rotation.apply(apart.normal);
    let mut closest = S::lit(FAR);
    for face in &faces {
        closest = closest.min(face.gap);
    }
    let (cross, crosses) = crossing(&pair, &apart);
    let crosses = crosses & apart.by_edges;
    let (low, low_normal, low_gap) = projected(&pair);
    // Apart, and nearer than all that was found.
    let margin = S::lit(EDGE_BIAS * smallest);
    let is_missed = apart.by_edges | (low_gap + margin).lt(closest);
    let is_left = !crosses & is_missed & low_gap.gt(S::lit(1.0e-6 * smallest));
    let single = first.world.point(Vec3::select(is_left, low, cross));
    let single_gap = S::select(is_left, low_gap, apart.gap);
    let single_normal = Vec3::select(is_left, first.world.rotation.apply(low_normal), normal);
    let has_single = crosses | is_left;
    for (k, face) in faces.iter().enumerate() {
        if k == 0 {
            let gap = S::select(apart.by_edges, S::lit(FAR), face.gap);
            points.push(
                Vec3::select(has_single, single, face.point),
                Vec3::select(has_single, single_normal, normal),
                S::select(has_single, single_gap, gap),
            );
        } else {
            points.push_where(!apart.by_edges, face.point, normal, face.gap);
        }
    }
}

/// Entry by entry magnitude.
#[inline(always)]
fn abs<S: Lane>(v: Vec3<S>) -> Vec3<S> {
    Vec3::new(v.x.abs(), v.y.abs(), v.z.abs())
}

/// The best of the 15 axes.
#[inline(always)]
fn separation<S: Lane>(pair: &Pair<S>, smallest: f64) -> Separation<S> {
    let r = &pair.axes;
    let t = pair.center;
    let size = Mat3::new(abs(r.r0), abs(r.r1), abs(r.r2));
    let one = S::lit(1.0);
    let zero = S::lit(0.0);
    let basis = Mat3::constant([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    let reach = pair.first + size.apply(pair.second);
    let (mut gap, mut normal) = (t.x.abs() - reach.x, basis.r0 * sign(t.x));
    for (x, reach, axis) in [(t.y, reach.y, basis.r1), (t.z, reach.z, basis.r2)] {
        let here = x.abs() - reach;
        let more = here.gt(gap);
        gap = S::select(more, here, gap);
        normal = Vec3::select(more, axis * sign(x), normal);
    }
    let back = r.apply_transposed(t);
    let reach = pair.second + size.apply_transposed(pair.first);
    let mut bias = S::lit(SECOND_BIAS * smallest);
    for (x, reach, axis) in [
        (back.x, reach.x, r.column_x()),
        (back.y, reach.y, r.column_y()),
        (back.z, reach.z, r.column_z()),
    ] {
        let here = x.abs() - reach;
        let more = here.gt(gap + bias);
        gap = S::select(more, here, gap);
        normal = Vec3::select(more, axis * sign(x), normal);
        bias = S::select(more, zero, bias);
    }

    // Edges: a_i x b_j, its length from the angle between them.
    let rows = [plain(r.r0), plain(r.r1), plain(r.r2)];
    let sizes = [plain(size.r0), plain(size.r1), plain(size.r2)];
    let (t, ha, hb) = (plain(t), plain(pair.first), plain(pair.second));
    let (mut best, mut edges, mut side, mut scale) = (S::lit(-FAR), zero, one, one);
    for i in 0..3 {
        let (k, l) = ((i + 1) % 3, (i + 2) % 3);
        for j in 0..3 {
            let (m, n) = ((j + 1) % 3, (j + 2) % 3);
            let along = t[l].mul_add(rows[k][j], -(t[k] * rows[l][j]));
            let reach = ha[k].mul_add(sizes[l][j], ha[l] * sizes[k][j]);
            let reach = hb[m].mul_add(sizes[i][n], hb[n].mul_add(sizes[i][m], reach));
            let square = (-rows[i][j]).mul_add(rows[i][j], one);
            let inverse = one / square.max(S::lit(PARALLEL)).sqrt();
            let here = (along.abs() - reach) * inverse;
            let more = here.gt(best) & square.gt(S::lit(PARALLEL));
            best = S::select(more, here, best);
            edges = S::select(more, S::lit((3 * i + j) as f64), edges);
            side = S::select(more, along, side);
            scale = S::select(more, inverse, scale);
        }
    }
    let by_edges = best.gt(gap + S::lit(EDGE_BIAS * smallest));
    let (axis, along) = edge_axes(r, edges);
    let edge_normal = axis.cross(along) * (sign(side) * scale);
    Separation {
        normal: Vec3::select(by_edges, edge_normal, normal),
        gap: S::select(by_edges, best, gap),
        by_edges,
        edges,
    }
}

/// Which axes a number of [`Separation::edges`] means, as masks for x and for y.
#[inline(always)]
fn edge_masks<S: Lane>(edges: S) -> [[S::Mask; 2]; 2] {
    let (one, two) = (edges.gt(S::lit(2.5)), edges.gt(S::lit(5.5)));
    let start = S::select(two, S::lit(6.0), S::select(one, S::lit(3.0), S::lit(0.0)));
    let j = edges - start;
    let (j_zero, j_two) = (j.lt(S::lit(0.5)), j.gt(S::lit(1.5)));
    [[!one, one & !two], [j_zero, !(j_zero | j_two)]]
}

/// One of three by masks for the first and the second.
#[inline(always)]
fn pick<S: Lane>(masks: [S::Mask; 2], v: [S; 3]) -> S {
    S::select(masks[0], v[0], S::select(masks[1], v[1], v[2]))
}

/// Directions of the two edges, axes of the first box.
#[inline(always)]
fn edge_axes<S: Lane>(r: &Mat3<S>, edges: S) -> (Vec3<S>, Vec3<S>) {
    let (zero, one) = (S::lit(0.0), S::lit(1.0));
    let [i, j] = edge_masks(edges);
    let axis = Vec3::new(
        S::select(i[0], one, zero),
        S::select(i[1], one, zero),
        S::select(i[0] | i[1], zero, one),
    );
    let along = Vec3::new(
        pick(j, plain(r.r0)),
        pick(j, plain(r.r1)),
        pick(j, plain(r.r2)),
    );
    (axis, along)
}

/// Middle of the nearest points of the two edges, in the first box, and whether both lie on their edges.
///
/// Where the boxes are in each other the place is kept on the first edge and counts in any case.
#[inline(always)]
fn crossing<S: Lane>(pair: &Pair<S>, apart: &Separation<S>) -> (Vec3<S>, S::Mask) {
    let (zero, one) = (S::lit(0.0), S::lit(1.0));
    let [i, j] = edge_masks(apart.edges);
    let (axis, along) = edge_axes(&pair.axes, apart.edges);
    let n = apart.normal;
    let back = pair.axes.apply_transposed(n);
    let (ha, hb) = (pair.first, pair.second);
    // Middles of the edges: the coordinate along an edge is zero.
    let on_first = Vec3::new(
        S::select(i[0], zero, sign(n.x) * ha.x),
        S::select(i[1], zero, sign(n.y) * ha.y),
        S::select(i[0] | i[1], sign(n.z) * ha.z, zero),
    );
    let on_second = Vec3::new(
        S::select(j[0], zero, sign(back.x) * hb.x),
        S::select(j[1], zero, sign(back.y) * hb.y),
        S::select(j[0] | j[1], sign(back.z) * hb.z, zero),
    );
    let w = pair.center - pair.axes.apply(on_second) - on_first;
    let (cosine, aw, bw) = (axis.dot(along), axis.dot(w), along.dot(w));
    let inverse = one / (-cosine).mul_add(cosine, one).max(S::lit(PARALLEL));
    let u = (aw - cosine * bw) * inverse;
    let v = (cosine * aw - bw) * inverse;
    let (first_edge, second_edge) = (pick(i, plain(ha)), pick(j, plain(hb)));
    let lies_on = u.abs().le(first_edge) & v.abs().le(second_edge);
    let u = u.clamp(-first_edge, first_edge);
    let half = S::lit(0.5) * apart.gap;
    let point = n.mul_add(half, axis.mul_add(u, on_first));
    (point, lies_on | apart.gap.lt(zero))
}

/// Middle between the boxes, normal and gap by alternate projection, in the frame of the first box.
///
/// The gap is never too small; it is zero where the boxes are in each other.
#[inline(always)]
fn projected<S: Lane>(pair: &Pair<S>) -> (Vec3<S>, Vec3<S>, S) {
    let within = |p: Vec3<S>, h: Vec3<S>| {
        Vec3::new(
            p.x.clamp(-h.x, h.x),
            p.y.clamp(-h.y, h.y),
            p.z.clamp(-h.z, h.z),
        )
    };
    let mut near = within(pair.center, pair.first);
    let mut far = near;
    for _ in 0..ROUNDS {
        let p = pair.axes.apply_transposed(near - pair.center);
        far = pair.axes.apply(within(p, pair.second)) + pair.center;
        near = within(far, pair.first);
    }
    let (gap, normal) = length_and_direction(far - near, up());
    ((far + near) * S::lit(0.5), normal, gap)
}
