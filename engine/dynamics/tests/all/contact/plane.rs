//! Planes against all forms that can stand on them.

use super::shapes::{Shape, capsule, cuboid, cylinder, deepest, hull, pair, points, sphere};
use crate::stream::Stream;
use halle_model::articulated::ContactForm;
use nalgebra::{Matrix3, Rotation3, Vector3};

/// Rounding of some twenty operations on numbers of size one.
const ROUNDING: f64 = 1.0e-12;

fn forms() -> [ContactForm; 5] {
    [
        sphere(0.2),
        capsule(0.1, 0.3),
        cylinder(0.2, 0.25),
        cuboid(0.2, 0.1, 0.3),
        hull([0.2, 0.3, 0.1]),
    ]
}

/// The deepest point is as high as the form's support says; every point lies in the form and over the plane.
#[test]
fn the_lowest_point_is_found() {
    let mut random = Stream::new(21);
    for form in forms() {
        for _ in 0..400 {
            let [plane, shape] = pair(&mut random, [ContactForm::Plane, form.clone()]);
            let n: Vector3<f64> = plane.rotation.column(2).into();
            let all = points(&plane, &shape);
            let best = deepest(&all).expect("one");
            let lowest = -shape.support(-n) - n.dot(&plane.origin);
            assert!((best.gap - lowest).abs() < ROUNDING, "{best:?} {lowest}");
            for point in &all {
                let [on_plane, on_shape] = point.ends();
                assert!(plane.distance(on_plane).abs() < ROUNDING);
                // Balls of a capsule that lie higher end within it.
                assert!(shape.distance(on_shape) < ROUNDING);
                assert!((point.normal - n).norm() < ROUNDING);
            }
        }
    }
}

/// Whether some points below a height hold the origin of the plane between them: what does not tip.
fn carries(points: &[super::shapes::Point], below: f64) -> bool {
    let feet: Vec<_> = points.iter().filter(|p| p.gap < below).collect();
    (0..360).all(|degree| {
        let (s, c) = f64::from(degree).to_radians().sin_cos();
        feet.iter().any(|p| p.at.x * c + p.at.y * s > 1.0e-3)
    })
}

/// Boxes, cylinders and hulls that stand on an end do so on points around their middle, at any turn.
#[test]
fn what_stands_is_carried_all_around() {
    let plane = Shape::new(ContactForm::Plane, Matrix3::identity(), Vector3::zeros());
    for (form, height) in [
        (cylinder(0.2, 0.25), 0.25),
        (cuboid(0.2, 0.1, 0.3), 0.3),
        (hull([0.2, 0.3, 0.1]), 0.1),
    ] {
        for k in 0..40 {
            let turn = Rotation3::from_axis_angle(&Vector3::z_axis(), 0.17 * f64::from(k));
            // Tilts as of rounding and of a solver's rest must not lose a foot.
            let lean = Vector3::new(1.0, 0.7, 0.0) * [0.0, 1.0e-9, 1.0e-6, 1.0e-4][k as usize % 4];
            let turn = Rotation3::new(lean) * turn;
            let shape = Shape::new(form.clone(), *turn.matrix(), Vector3::new(0.0, 0.0, height));
            assert!(carries(&points(&plane, &shape), 1.0e-3), "{form:?} {k}");
        }
    }
}

/// A cylinder that lies rests on one line below its axis, whatever it has rolled.
#[test]
fn what_rolls_rests_below_its_axis() {
    let plane = Shape::new(ContactForm::Plane, Matrix3::identity(), Vector3::zeros());
    for k in 0..50 {
        let roll = Rotation3::from_axis_angle(&Vector3::x_axis(), 0.13 * f64::from(k));
        let down = Rotation3::from_axis_angle(&Vector3::y_axis(), core::f64::consts::FRAC_PI_2);
        let shape = Shape::new(
            cylinder(0.2, 0.25),
            *(roll * down).matrix(),
            Vector3::new(0.0, 0.0, 0.2),
        );
        let mut feet = points(&plane, &shape);
        feet.retain(|p| p.gap < 1.0e-9);
        for end in [-0.25, 0.25] {
            let at = Vector3::new(end, 0.0, 0.0);
            assert!(
                feet.iter().any(|p| (p.at - at).norm() < 1.0e-9),
                "{k}: {feet:?}"
            );
        }
    }
}
