//! Pairs whose gap is the signed distance of the two shapes.
//!
//! The distance of two convex shapes is the largest, over all directions, of what they are apart along one. A
//! gap that they are apart along the law's own normal, between points of both surfaces, is therefore the
//! distance where the shapes are apart: no search is needed. Where they overlap, no sampled direction
//! may do better.

use super::shapes::{
    Shape, all_points, apart_along, capsule, cuboid, cylinder, deepest, pair, points, sphere,
};
use crate::stream::Stream;
use halle_dynamics::contact::{Bounds, far_apart, tangents};
use halle_model::articulated::ContactForm;
use halle_spatial::Vec3;
use nalgebra::{Matrix3, Vector3};

const POSES: usize = 400;

/// Rounding of some forty operations on numbers of size one.
const ROUNDING: f64 = 1.0e-9;

/// Holds the deepest point of random poses against its certificate; `valid` says for which poses it must hold.
/// Gives back the largest error.
fn check(forms: [ContactForm; 2], tolerance: f64, valid: impl Fn(&[Shape; 2]) -> bool) -> f64 {
    let mut random = Stream::new(11);
    let (mut apart, mut deep, mut worst) = (0, 0, 0.0_f64);
    for _ in 0..POSES {
        let shapes = pair(&mut random, forms.clone());
        if !valid(&shapes) {
            continue;
        }
        let [first, second] = &shapes;
        let all = points(first, second);
        let best = deepest(&all).expect("one point counts");
        worst = worst.max((apart_along(first, second, best.normal) - best.gap).abs());
        let [on_first, on_second] = best.ends();
        worst = worst.max(first.distance(on_first).abs());
        worst = worst.max(second.distance(on_second).abs());
        for point in &all {
            // Balls of a capsule that lie farther away end within it.
            let [on_first, on_second] = point.ends();
            worst = worst.max(first.distance(on_first));
            worst = worst.max(second.distance(on_second));
        }
        if best.gap > 0.0 {
            apart += 1;
            continue;
        }
        deep += 1;
        for _ in 0..200 {
            let n = random.vector().normalize();
            assert!(apart_along(first, second, n) < best.gap + 10.0 * tolerance);
        }
    }
    assert!(apart > 20 && deep > 10, "{apart} {deep}");
    assert!(worst < tolerance, "{forms:?}: {worst}");
    worst
}

fn always(_: &[Shape; 2]) -> bool {
    true
}

#[test]
fn spheres_are_as_far_as_the_distance() {
    let others = [
        sphere(0.3),
        capsule(0.2, 0.4),
        cuboid(0.2, 0.3, 0.4),
        cylinder(0.3, 0.2),
    ];
    for other in others {
        let there = check([sphere(0.2), other.clone()], ROUNDING, always);
        let back = check([other, sphere(0.2)], ROUNDING, always);
        println!("off by {there:.1e}, swapped {back:.1e}");
    }
}

/// Axes that cross at zero distance leave no normal to tell; those are not met at random.
#[test]
fn capsules_are_as_far_as_their_axes() {
    let not_parallel = |shapes: &[Shape; 2]| {
        let [a, b] = shapes;
        let (da, db) = (a.rotation.column(2), b.rotation.column(2));
        1.0 - da.dot(&db).powi(2) > 1.0e-4
    };
    // Where both axes pass within a length of the other's, deep overlaps end past the half balls: the
    // distance of the axes is the smaller of the two ways out only where the radii are small.
    let forms = [capsule(0.15, 0.4), capsule(0.1, 0.6)];
    let shallow = |shapes: &[Shape; 2]| {
        let best = deepest(&points(&shapes[0], &shapes[1]));
        not_parallel(shapes) && best.is_some_and(|best| best.gap > -0.05)
    };
    let off = check(forms, ROUNDING, shallow);
    println!("off by {off:.1e}");
}

#[test]
fn capsules_are_as_far_from_boxes_and_cylinders_as_their_axes() {
    for other in [cuboid(0.2, 0.3, 0.4), cylinder(0.3, 0.2)] {
        let forms = [capsule(0.1, 0.5), other];
        let outside = |shapes: &[Shape; 2]| {
            let [first, second] = shapes;
            let best = deepest(&points(first, second)).expect("one");
            // The ball's middle lies outside of the other shape by a hundredth of its radius.
            best.gap > -0.099
        };
        let off = check(forms, ROUNDING, outside);
        println!("off by {off:.1e}");
    }
}

/// Swapped shapes give the same points with the normals turned.
#[test]
fn swapping_turns_normals() {
    let forms = [
        ContactForm::Plane,
        sphere(0.2),
        capsule(0.1, 0.3),
        cylinder(0.2, 0.25),
        cuboid(0.2, 0.1, 0.3),
        super::shapes::hull([0.2, 0.3, 0.1]),
    ];
    let mut random = Stream::new(12);
    for (k, first) in forms.iter().enumerate() {
        for second in &forms[k..] {
            let same = core::mem::discriminant(first) == core::mem::discriminant(second);
            for _ in 0..50 {
                let [a, b] = pair(&mut random, [first.clone(), second.clone()]);
                let (there, back) = (all_points(&a, &b), all_points(&b, &a));
                let [Some(one), Some(other)] = [deepest(&there), deepest(&back)] else {
                    continue;
                };
                if same {
                    // Slots change their order; the deepest point does not. Corners of boxes that are apart
                    // are found by projections that start at the first box and end before they are exact.
                    let tolerance = 1.0e-5 + 0.1 * one.gap.max(0.0);
                    assert!(
                        (one.gap - other.gap).abs() < tolerance,
                        "{a:?} {b:?}: {one:?} {other:?}"
                    );
                    continue;
                }
                for (p, q) in there.iter().zip(&back) {
                    assert_eq!((p.at, p.normal, p.gap), (q.at, -q.normal, q.gap));
                }
            }
        }
    }
}

/// Parallel capsules touch at both ends of their overlap, crossed ones once.
#[test]
fn parallel_capsules_have_two_points() {
    let along_x = Matrix3::new(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0);
    let first = Shape::new(capsule(0.1, 0.5), along_x, Vector3::zeros());
    let place = |angle: f64, x: f64| {
        let turn = nalgebra::Rotation3::from_axis_angle(&Vector3::z_axis(), angle).into_inner();
        Shape::new(
            capsule(0.1, 0.4),
            turn * along_x,
            Vector3::new(x, 0.0, 0.19),
        )
    };
    let both = points(&first, &place(0.0, 0.3));
    let mut ends: Vec<_> = both.iter().map(|point| point.at.x).collect();
    ends.sort_by(f64::total_cmp);
    assert!((ends[0] + 0.1).abs() < ROUNDING && (ends[1] - 0.5).abs() < ROUNDING);
    assert!(
        both.iter()
            .all(|p| (p.gap + 0.01).abs() < ROUNDING && p.normal.z > 0.999)
    );
    assert_eq!(points(&first, &place(0.011, 0.3)).len(), 1);
    // On the way the gap moves by less than what the doc promises.
    let mut before = -0.01;
    for k in 0..=120 {
        let gap = deepest(&points(&first, &place(1.0e-4 * f64::from(k), 0.3)))
            .expect("one")
            .gap;
        assert!((gap - before).abs() < 4.0e-6, "{k}: {gap} {before}");
        assert!((gap + 0.01).abs() < 1.6e-5, "{k}: {gap}");
        before = gap;
    }
}

/// A capsule across a smaller box rests on the edges where it leaves it; balls beyond would carry nothing.
#[test]
fn capsules_rest_on_what_lies_below_them() {
    let along_x = Matrix3::new(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0);
    let upper = Shape::new(capsule(0.05, 0.5), along_x, Vector3::new(0.1, 0.0, 0.149));
    for lower in [cuboid(0.2, 0.3, 0.1), cylinder(0.2, 0.1)] {
        let lower = Shape::new(lower, Matrix3::identity(), Vector3::zeros());
        let found = points(&upper, &lower);
        assert_eq!(found.len(), 3);
        // Segments are clipped 1e-5 of a half width too late.
        let on = |x: f64| found.iter().any(|p| (p.at.x - x).abs() < 3.0e-6);
        assert!(on(-0.2) && on(0.2), "{found:?}");
        for point in &found {
            assert!((point.gap + 0.001).abs() < ROUNDING && point.normal.z < -0.999);
        }
    }
}

/// The cheap test never says far of shapes that are nearer than the margin.
#[test]
fn far_is_far() {
    let forms = [
        sphere(0.2),
        capsule(0.1, 0.5),
        cuboid(0.3, 0.1, 0.4),
        cylinder(0.2, 0.3),
    ];
    let mut random = Stream::new(13);
    let mut found = 0;
    for first in &forms {
        for second in forms.iter().chain([&ContactForm::Plane]) {
            for _ in 0..60 {
                let mut shapes = pair(&mut random, [first.clone(), second.clone()]);
                shapes[1].origin += random.vector() * 0.5;
                let [a, b] = &shapes;
                let bounds = [Bounds::of(&a.form), Bounds::of(&b.form)];
                let far =
                    far_apart::<f64>(&bounds[0], &a.place(), &bounds[1], &b.place(), 0.03, 0.02);
                found += usize::from(far);
                let near = deepest(&points(a, b)).is_some_and(|best| best.gap < 0.05);
                assert!(!(far && near), "{a:?} {b:?}");
            }
        }
    }
    assert!(found > 100, "{found}");
}

/// Tangents are orthonormal and right-handed for normals everywhere, the poles among them.
#[test]
fn tangents_are_a_frame() {
    let mut random = Stream::new(14);
    let mut normals: Vec<_> = (0..500).map(|_| random.vector().normalize()).collect();
    normals.extend([Vector3::z(), -Vector3::z(), Vector3::x(), -Vector3::y()]);
    for n in normals {
        let (a, b) = tangents(Vec3::new(n.x, n.y, n.z));
        let (a, b) = (Vector3::new(a.x, a.y, a.z), Vector3::new(b.x, b.y, b.z));
        let frame = Matrix3::from_columns(&[a, b, n]);
        assert!((frame.transpose() * frame - Matrix3::identity()).norm() < 1.0e-14);
        assert!((frame.determinant() - 1.0).abs() < 1.0e-14);
    }
}
