//! Boxes on boxes: faces, edges, corners.

use super::shapes::{Point, Shape, apart_along, cuboid, deepest, pair, points};
use crate::stream::Stream;
use nalgebra::{Matrix3, Rotation3, Vector3};

const POSES: usize = 3000;

/// Rounding of some hundred operations on numbers of size one.
const ROUNDING: f64 = 1.0e-9;

/// Corner `k` of a box, world.
fn corner(shape: &Shape, half: [f64; 3], k: usize) -> Vector3<f64> {
    let local = Vector3::from_fn(|i, _| if k >> i & 1 == 0 { half[i] } else { -half[i] });
    shape.origin + shape.rotation * local
}

/// Distance of two segments by their four ends and, where both lie within, their lines.
fn segments(a: [Vector3<f64>; 2], b: [Vector3<f64>; 2]) -> f64 {
    let (da, db, r) = (a[1] - a[0], b[1] - b[0], b[0] - a[0]);
    let n = da.cross(&db);
    let square = n.norm_squared();
    if square < 1.0e-12 {
        return f64::INFINITY;
    }
    let s = r.cross(&db).dot(&n) / square;
    let t = r.cross(&da).dot(&n) / square;
    if (0.0..=1.0).contains(&s) && (0.0..=1.0).contains(&t) {
        (r.dot(&n) / square.sqrt()).abs()
    } else {
        f64::INFINITY
    }
}

/// Distance of two boxes that are apart: corners against boxes and edges against edges.
fn distance(shapes: &[Shape; 2], halves: [[f64; 3]; 2]) -> f64 {
    let [a, b] = shapes;
    let edges = |shape: &Shape, half: [f64; 3]| {
        let mut edges = Vec::new();
        for k in 0..8 {
            for axis in 0..3 {
                if k >> axis & 1 == 0 {
                    edges.push([corner(shape, half, k), corner(shape, half, k | 1 << axis)]);
                }
            }
        }
        edges
    };
    let mut best = f64::INFINITY;
    for k in 0..8 {
        best = best.min(b.distance(corner(a, halves[0], k)));
        best = best.min(a.distance(corner(b, halves[1], k)));
    }
    for one in edges(a, halves[0]) {
        for other in edges(b, halves[1]) {
            best = best.min(segments(one, other));
        }
    }
    best
}

/// How far apart along the best of the 15 axes.
fn best_axis(a: &Shape, b: &Shape) -> f64 {
    let mut axes = Vec::new();
    for i in 0..3 {
        let x: Vector3<f64> = a.rotation.column(i).into();
        axes.extend([x, b.rotation.column(i).into()]);
        for j in 0..3 {
            let cross = x.cross(&b.rotation.column(j));
            if cross.norm() > 1.0e-3 {
                axes.push(cross.normalize());
            }
        }
    }
    let both = axes.iter().flat_map(|n| [*n, -*n]);
    both.map(|n| apart_along(a, b, n))
        .fold(f64::NEG_INFINITY, f64::max)
}

/// Every point lies on both boxes; the deepest is no deeper than the best axis and no farther than the boxes are.
///
/// The clip of coinciding edges moves corners by 1e-5 of a face; the bias towards faces lets a gap be smaller
/// than the best axis by 1e-3 of the smallest half edge.
#[test]
fn random_boxes_touch_where_they_are_nearest() {
    let halves = [[0.2, 0.3, 0.4], [0.25, 0.1, 0.35]];
    let forms = halves.map(|h| cuboid(h[0], h[1], h[2]));
    let mut random = Stream::new(31);
    let (mut apart, mut overlap, mut none, mut deep_none) = (0, 0, 0, 0);
    let (mut off, mut low) = (0.0_f64, 0.0_f64);
    let (mut over, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..POSES {
        let shapes = pair(&mut random, forms.clone());
        let [a, b] = &shapes;
        let found = points(a, b);
        let axis = best_axis(a, b);
        for point in &found {
            let [on_a, on_b] = point.ends();
            off = off.max(a.distance(on_a).abs()).max(b.distance(on_b).abs());
        }
        let Some(best) = deepest(&found) else {
            none += 1;
            if axis < 0.0 {
                deep_none += 1;
            }
            continue;
        };
        if axis > 0.0 {
            apart += 1;
            let truth = distance(&shapes, halves);
            low = low.max(truth - best.gap);
            over.push(best.gap - truth);
        } else {
            overlap += 1;
            low = low.max(axis - best.gap);
            beside.push(best.gap - axis);
        }
    }
    let part = |off: &mut Vec<f64>, of: f64| {
        off.sort_by(f64::total_cmp);
        off[((off.len() - 1) as f64 * of) as usize]
    };
    println!(
        "{apart} apart, {overlap} overlap, {none} without points ({deep_none} overlap); off surface {off:.1e}, \
         too near {low:.1e}"
    );
    let [apart_most, apart_all] = [0.9, 1.0].map(|of| part(&mut over, of));
    let [deep_most, deep_all] = [0.9, 1.0].map(|of| part(&mut beside, of));
    println!(
        "too far: apart {apart_most:.1e}, {apart_all:.1e}; overlap {deep_most:.1e}, {deep_all:.1e}"
    );
    assert!(apart > 500 && overlap > 500);
    assert_eq!(deep_none, 0);
    // Only corners that are far from corners and edges are found by projections that end before they are exact.
    assert!(apart_most < ROUNDING && apart_all < 0.05 && deep_all < 1.0e-6);
    assert!(off < 1.0e-5 && low < 1.1e-4, "{off} {low}");
}

fn flat(half: [f64; 3], yaw: f64, origin: [f64; 3]) -> Shape {
    let turn = Rotation3::from_axis_angle(&Vector3::z_axis(), yaw);
    Shape::new(
        cuboid(half[0], half[1], half[2]),
        *turn.matrix(),
        Vector3::from(origin),
    )
}

/// Whether a point counts at a place.
fn has(found: &[Point], x: f64, y: f64) -> bool {
    found
        .iter()
        .any(|p| (p.at.x - x).abs() < 2.0e-5 && (p.at.y - y).abs() < 2.0e-5)
}

/// A smaller box on a larger one rests on its own four corners, whatever its yaw, on whichever side the larger
/// one is, and a box on its like on the four that they share.
#[test]
fn stacked_boxes_rest_on_four_corners() {
    for k in 0..30 {
        let yaw = 0.21 * f64::from(k);
        let upper = flat([0.2, 0.1, 0.1], yaw, [0.05, -0.02, 0.299]);
        let lower = flat([0.5, 0.5, 0.2], 0.0, [0.0, 0.0, 0.0]);
        for (first, second, up) in [(&lower, &upper, 1.0), (&upper, &lower, -1.0)] {
            let found = points(first, second);
            assert_eq!(found.len(), 4, "{yaw} {found:?}");
            let (s, c) = yaw.sin_cos();
            for (x, y) in [(0.2, 0.1), (0.2, -0.1), (-0.2, 0.1), (-0.2, -0.1)] {
                assert!(has(&found, 0.05 + c * x - s * y, -0.02 + s * x + c * y));
            }
            for point in &found {
                assert!((point.gap + 0.001).abs() < ROUNDING);
                assert!((point.normal.z - up).abs() < ROUNDING);
                assert!((point.at.z - 0.1995).abs() < ROUNDING);
            }
        }
    }
    let twins = [0.0, 0.4].map(|z| flat([0.2; 3], 0.0, [0.0, 0.0, z]));
    let found = points(&twins[0], &twins[1]);
    assert_eq!(found.len(), 4, "{found:?}");
    for (x, y) in [(0.2, 0.2), (0.2, -0.2), (-0.2, 0.2), (-0.2, -0.2)] {
        assert!(has(&found, x, y));
    }
}

/// A plank across a smaller box rests where its faces leave that one: on four points of the smaller one's rim,
/// and turned by 45 deg on as many as the two outlines have crossings.
#[test]
fn overhanging_boxes_rest_on_the_rim_below() {
    let lower = flat([0.1, 0.2, 0.3], 0.0, [0.0; 3]);
    let upper = flat([0.8, 0.05, 0.02], 0.0, [0.3, 0.0, 0.32]);
    for (first, second) in [(&lower, &upper), (&upper, &lower)] {
        let found = points(first, second);
        assert_eq!(found.len(), 4, "{found:?}");
        for (x, y) in [(0.1, 0.05), (0.1, -0.05), (-0.1, 0.05), (-0.1, -0.05)] {
            assert!(has(&found, x, y), "{x} {y} {found:?}");
        }
    }
    let half = 0.1;
    let lower = flat([half; 3], 0.0, [0.0; 3]);
    let upper = flat(
        [half; 3],
        core::f64::consts::FRAC_PI_4,
        [0.0, 0.0, 2.0 * half],
    );
    let found = points(&lower, &upper);
    assert_eq!(found.len(), 8, "{found:?}");
    let near = half * (2.0_f64.sqrt() - 1.0);
    for (x, y) in [(half, near), (near, half), (-near, half), (-half, -near)] {
        assert!(has(&found, x, y), "{found:?}");
    }
}

/// Two edges that cross touch in one point with the normal of both.
#[test]
fn crossing_edges_touch_once() {
    let edge_up = |axis: Vector3<f64>| {
        let turn = Rotation3::from_axis_angle(
            &nalgebra::Unit::new_normalize(axis),
            0.25 * core::f64::consts::PI,
        );
        *turn.matrix()
    };
    let high = 0.2 * 2.0_f64.sqrt();
    let lower = Shape::new(
        cuboid(0.5, 0.2, 0.2),
        edge_up(Vector3::x()),
        Vector3::zeros(),
    );
    for x in [-0.3, 0.0, 0.2] {
        let upper = Shape::new(
            cuboid(0.2, 0.5, 0.2),
            edge_up(Vector3::y()),
            Vector3::new(x, 0.1, 2.0 * high - 0.003),
        );
        let found = points(&lower, &upper);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].gap + 0.003).abs() < ROUNDING && found[0].normal.z > 1.0 - ROUNDING);
        assert!((found[0].at - Vector3::new(x, 0.0, high - 0.0015)).norm() < ROUNDING);
    }
}

/// A box that slides, turns and leans on another keeps a gap that moves no faster than the box does.
#[test]
fn gaps_do_not_jump() {
    let lower = flat([0.3, 0.2, 0.1], 0.0, [0.0; 3]);
    let mut before: Option<f64> = None;
    let steps = 4000;
    for k in 0..steps {
        let t = f64::from(k) / f64::from(steps);
        let turn =
            Rotation3::from_euler_angles(0.02 * (9.0 * t).sin(), 0.03 * (7.0 * t).cos(), 3.0 * t);
        let upper = Shape::new(
            cuboid(0.15, 0.1, 0.08),
            *turn.matrix(),
            Vector3::new(0.5 * (t - 0.5), 0.2 * (5.0 * t).sin(), 0.18),
        );
        let gap = deepest(&points(&lower, &upper)).expect("in contact").gap;
        if let Some(before) = before {
            // Its corners move by less than 3e-4 in a step.
            assert!((gap - before).abs() < 3.0e-4, "{k}: {before} {gap}");
        }
        before = Some(gap);
    }
}

/// The scenes do not change when both boxes are turned and moved together.
#[test]
fn points_turn_with_the_boxes() {
    let mut random = Stream::new(32);
    let upper = flat([0.2, 0.1, 0.1], 0.3, [0.05, -0.02, 0.299]);
    let lower = flat([0.5, 0.5, 0.2], 0.0, [0.0; 3]);
    let found = points(&lower, &upper);
    for _ in 0..50 {
        let (turn, shift): (Matrix3<f64>, _) = (random.rotation(), random.vector());
        let moved =
            |s: &Shape| Shape::new(s.form.clone(), turn * s.rotation, turn * s.origin + shift);
        let other = points(&moved(&lower), &moved(&upper));
        assert_eq!(other.len(), found.len());
        for (p, q) in found.iter().zip(&other) {
            assert!((turn * p.at + shift - q.at).norm() < 1.0e-8);
            assert!((turn * p.normal - q.normal).norm() < ROUNDING);
        }
    }
}
