//! Hulls, height fields and distance grids.

use halle_model::articulated::ContactForm;
use nalgebra::{Matrix3, Rotation3, Vector3};

use super::shapes::{Shape, capsule, cuboid, cylinder, deepest, hull, pair, points, sphere};
use crate::stream::Stream;

/// A height field of nine by nine points, z = 0.1 x + 0.05 sin(2 x) cos(y).
pub(super) fn waves() -> ContactForm {
    let mut heights = Vec::new();
    for j in 0..9 {
        for i in 0..9 {
            let (x, y) = (f64::from(i) * 0.25 - 1.0, f64::from(j) * 0.25 - 1.0);
            heights.push(0.1 * x + 0.05 * (2.0 * x).sin() * y.cos());
        }
    }
    ContactForm::HeightField {
        counts: [9, 9],
        half_extent: [1.0, 1.0],
        heights,
    }
}

/// A ball of radius 0.3 in a grid of seven points a side, with its six poles as samples.
pub(super) fn ball_grid() -> ContactForm {
    let (count, half) = (7, 0.45);
    let place = |k: i32| -half + 2.0 * half * f64::from(k) / f64::from(count - 1);
    let mut distances = Vec::new();
    for k in 0..count {
        for j in 0..count {
            for i in 0..count {
                distances.push(Vector3::new(place(i), place(j), place(k)).norm() - 0.3);
            }
        }
    }
    let mut samples = Vec::new();
    for axis in 0..3 {
        for side in [-0.3, 0.3] {
            let mut sample = [0.0; 3];
            sample[axis] = side;
            samples.push(sample);
        }
    }
    ContactForm::DistanceGrid {
        counts: [count as usize; 3],
        half_extent: [half; 3],
        distances,
        samples,
    }
}

/// The hull of a box is as far from a sphere as the box: planes at right angles need no more than one sweep.
#[test]
fn a_box_as_a_hull_is_a_box() {
    let mut random = Stream::new(41);
    for _ in 0..400 {
        let [ball, body] = pair(&mut random, [sphere(0.2), cuboid(0.2, 0.3, 0.4)]);
        let other = Shape::new(hull([0.2, 0.3, 0.4]), body.rotation, body.origin);
        let (a, b) = (points(&ball, &body)[0], points(&ball, &other)[0]);
        assert!((a.gap - b.gap).abs() < 1.0e-12, "{a:?} {b:?}");
        // The nearest face jumps where two are as near.
        assert!((a.normal - b.normal).norm() < 1.0e-9 || a.gap < -0.2);
    }
}

/// An octahedron: its planes meet at 70.5 and 109.5 deg.
fn octahedron() -> ContactForm {
    let ContactForm::DistanceGrid { samples, .. } = ball_grid() else {
        panic!("a grid");
    };
    let third = (1.0_f64 / 3.0).sqrt();
    let mut planes = Vec::new();
    for k in 0..8 {
        let side = |bit: usize| if k >> bit & 1 == 0 { third } else { -third };
        planes.push([side(0), side(1), side(2), 0.3 * third]);
    }
    ContactForm::Hull {
        vertices: samples,
        planes,
    }
}

/// Against a hull whose planes meet at other angles a sphere's gap is never above its distance from the nearest
/// corner or below its largest distance to a plane, and is nearer to the truth than that.
#[test]
fn a_sphere_on_a_hull_is_bracketed() {
    let mut random = Stream::new(42);
    let mut worst = [0.0_f64; 2];
    for _ in 0..1000 {
        let [ball, body] = pair(&mut random, [sphere(0.1), octahedron()]);
        let point = points(&ball, &body)[0];
        let largest = body.distance(ball.origin) - 0.1;
        assert!(point.gap >= largest - 1.0e-12);
        if largest < -0.1 {
            assert!((point.gap - largest).abs() < 1.0e-12);
            continue;
        }
        // The octahedron |x| + |y| + |z| <= 0.3: projection on its simplex by bisection.
        let p = body.local(ball.origin).abs();
        let (mut low, mut high) = (0.0, 2.0);
        for _ in 0..80 {
            let cut = 0.5 * (low + high);
            if p.map(|x| (x - cut).max(0.0)).sum() > 0.3 {
                low = cut;
            } else {
                high = cut;
            }
        }
        let truth = (p - p.map(|x| (x - low).max(0.0))).norm() - 0.1;
        worst[0] = worst[0].max((truth - point.gap) / (truth + 0.1));
        worst[1] = worst[1].max((truth - largest) / (truth + 0.1));
        assert!(point.gap < truth + 1.0e-9);
    }
    println!(
        "too near by {:.1e} of the distance; planes alone {:.1e}",
        worst[0], worst[1]
    );
    assert!(worst[0] < 0.05 && worst[1] > 0.2, "{worst:?}");
}

/// A hull stands on a box, and a box on a hull, carried at four corners.
#[test]
fn hulls_stand() {
    let lower = Shape::new(cuboid(0.5, 0.4, 0.1), Matrix3::identity(), Vector3::zeros());
    let low_hull = Shape::new(hull([0.5, 0.4, 0.1]), Matrix3::identity(), Vector3::zeros());
    for k in 0..20 {
        let turn = Rotation3::from_axis_angle(&Vector3::z_axis(), 0.3 * f64::from(k));
        let at = Vector3::new(0.02, 0.03, 0.299);
        let on = |form| Shape::new(form, *turn.matrix(), at);
        let upper = on(cuboid(0.1, 0.15, 0.2));
        let high_hull = on(hull([0.1, 0.15, 0.2]));
        let round = on(cylinder(0.15, 0.2));
        for (first, second, up) in [
            (&high_hull, &lower, -1.0),
            (&lower, &high_hull, 1.0),
            (&upper, &low_hull, -1.0),
            (&high_hull, &low_hull, -1.0),
            (&low_hull, &round, 1.0),
            (&round, &lower, -1.0),
        ] {
            let mut found = points(first, second);
            found.retain(|p| p.gap < 1.0e-6);
            for degree in (0..360).step_by(5) {
                let (s, c) = f64::from(degree).to_radians().sin_cos();
                let holds =
                    |p: &super::shapes::Point| (p.at.x - at.x) * c + (p.at.y - at.y) * s > 0.01;
                assert!(
                    found.iter().any(holds),
                    "{first:?} {second:?} {degree}: {found:?}"
                );
            }
            for point in found {
                assert!((point.gap + 0.001).abs() < 1.0e-9, "{point:?}");
                assert!((point.normal.z - up).abs() < 1.0e-9, "{point:?}");
            }
        }
    }
}

/// A capsule that lies across a hull's edge touches it there.
#[test]
fn capsules_find_edges_of_hulls() {
    let body = Shape::new(
        hull([0.5, 0.2, 0.2]),
        *Rotation3::from_axis_angle(&Vector3::x_axis(), core::f64::consts::FRAC_PI_4).matrix(),
        Vector3::zeros(),
    );
    let top = 0.2 * 2.0_f64.sqrt();
    let along_y =
        *Rotation3::from_axis_angle(&Vector3::x_axis(), core::f64::consts::FRAC_PI_2).matrix();
    let rod = Shape::new(
        capsule(0.05, 0.6),
        along_y,
        Vector3::new(0.1, 0.2, top + 0.049),
    );
    let best = deepest(&points(&rod, &body)).expect("one");
    assert!((best.gap + 0.001).abs() < 1.0e-9, "{best:?}");
    assert!((best.at - Vector3::new(0.1, 0.0, top - 0.0005)).norm() < 1.0e-9);
}

/// Cylinders lie on each other crosswise and side by side.
#[test]
fn cylinders_lie_on_each_other() {
    let lie = |angle: f64| {
        let turn = Rotation3::from_axis_angle(&Vector3::z_axis(), angle);
        *(turn * Rotation3::from_axis_angle(&Vector3::y_axis(), core::f64::consts::FRAC_PI_2))
            .matrix()
    };
    let lower = Shape::new(cylinder(0.1, 0.5), lie(0.0), Vector3::zeros());
    for angle in [0.0, 0.3, 1.0, 1.57, 2.5] {
        let upper = Shape::new(
            cylinder(0.2, 0.4),
            lie(angle),
            Vector3::new(0.05, 0.0, 0.299),
        );
        let mut found = points(&lower, &upper);
        found.retain(|p| p.gap < 1.0e-9);
        assert!(
            found.len() >= if angle == 0.0 { 2 } else { 1 },
            "{angle} {found:?}"
        );
        for point in found {
            assert!(
                (point.gap + 0.001).abs() < 1.0e-9 && point.normal.z > 0.999_999,
                "{point:?}"
            );
        }
    }
}

/// On a slope a height field is its plane; between its points the height is bilinear; beyond it nothing touches.
#[test]
fn height_fields_are_bilinear() {
    let slope = |x: f64, y: f64| 0.2 * x - 0.1 * y + 0.3;
    let mut heights = Vec::new();
    for j in 0..4 {
        for i in 0..5 {
            heights.push(slope(f64::from(i) * 0.5 - 1.0, f64::from(j) - 1.5));
        }
    }
    let field = ContactForm::HeightField {
        counts: [5, 4],
        half_extent: [1.0, 1.5],
        heights,
    };
    let mut random = Stream::new(43);
    let normal = Vector3::new(-0.2, 0.1, 1.0).normalize();
    for _ in 0..200 {
        let ground = Shape::new(field.clone(), random.rotation(), random.vector());
        let p = Vector3::new(
            0.7 * random.signed(),
            1.1 * random.signed(),
            random.signed(),
        );
        let truth = (p - Vector3::new(0.0, 0.0, 0.3)).dot(&normal);
        for form in [
            sphere(0.1),
            capsule(0.1, 0.15),
            cuboid(0.05, 0.1, 0.15),
            hull([0.1; 3]),
        ] {
            let body = Shape::new(form, random.rotation(), ground.rotation * p + ground.origin);
            let best = deepest(&points(&body, &ground)).expect("one");
            let world = ground.rotation * normal;
            assert!((best.normal + world).norm() < 1.0e-9);
            let lowest = body.support(-world) + world.dot(&body.origin);
            assert!(
                (best.gap - (truth - lowest)).abs() < 1.0e-9,
                "{best:?} {truth}"
            );
        }
        let beyond = ground.rotation * Vector3::new(1.3, 0.0, 0.0) + ground.origin;
        let body = Shape::new(sphere(0.1), Matrix3::identity(), beyond);
        assert!(points(&body, &ground).is_empty());
    }
}

/// A grid of a ball's distances is the ball to the error of linear interpolation, cell^2 / (8 radius) times the two
/// directions in which it curves, and its normal does not jump from cell to cell.
#[test]
fn a_grid_of_a_ball_is_a_ball() {
    let mut random = Stream::new(44);
    let body = Shape::new(ball_grid(), random.rotation(), random.vector());
    let mut worst = [0.0_f64; 2];
    for _ in 0..300 {
        let away = random.vector().normalize();
        let ball = Shape::new(sphere(0.1), Matrix3::identity(), body.origin + away * 0.4);
        let best = points(&ball, &body)[0];
        worst[0] = worst[0].max(best.gap.abs());
        worst[1] = worst[1].max((best.normal + away).norm());
    }
    println!("gap off by {:.1e}, normal by {:.1e}", worst[0], worst[1]);
    assert!(
        worst[0] < 2.0 * 0.15_f64.powi(2) / (8.0 * 0.3) && worst[1] < 0.2,
        "{worst:?}"
    );
    let mut before: Option<Vector3<f64>> = None;
    for k in 0..2000 {
        let (s, c) = (0.003 * f64::from(k)).sin_cos();
        let at = body.rotation * Vector3::new(c, s, 0.3 * c) * 0.37 + body.origin;
        let ball = Shape::new(sphere(0.1), Matrix3::identity(), at);
        let normal = points(&ball, &body)[0].normal;
        if let Some(before) = before {
            assert!((normal - before).norm() < 0.02);
        }
        before = Some(normal);
    }
}

/// Samples of a grid are held against the other shape: the poles of the ball against a box.
#[test]
fn samples_of_a_grid_touch() {
    let body = Shape::new(
        ball_grid(),
        Matrix3::identity(),
        Vector3::new(0.1, 0.2, 0.499),
    );
    let floor = Shape::new(cuboid(1.0, 1.0, 0.2), Matrix3::identity(), Vector3::zeros());
    let plane = Shape::new(
        ContactForm::Plane,
        Matrix3::identity(),
        Vector3::new(0.0, 0.0, 0.2),
    );
    for below in [&floor, &plane] {
        let best = deepest(&points(below, &body)).expect("one");
        assert!((best.gap + 0.001).abs() < 1.0e-9 && best.normal.z > 1.0 - 1.0e-9);
        assert!((best.at - Vector3::new(0.1, 0.2, 0.1995)).norm() < 1.0e-9);
    }
}
