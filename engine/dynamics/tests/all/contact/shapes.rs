//! Shapes with distances and supports of their own, to hold the laws against.

use halle_dynamics::contact::{ContactPoint, FAR, MAX_PAIR_POINTS, point_count, touch};
use halle_lanes::{Few, Lane};
use halle_model::articulated::ContactForm;
use halle_spatial::{Transform, Vec3};
use nalgebra::{Matrix3, Vector3};

use crate::stream::Stream;

/// A form at a place.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) form: ContactForm,
    pub(super) rotation: Matrix3<f64>,
    pub(super) origin: Vector3<f64>,
}

/// A contact point as plain numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) at: Vector3<f64>,
    pub(super) normal: Vector3<f64>,
    pub(super) gap: f64,
}

impl Point {
    pub(super) fn counts(&self) -> bool {
        self.gap < 0.5 * FAR
    }

    /// The places on the first and the second surface.
    pub(super) fn ends(&self) -> [Vector3<f64>; 2] {
        [-0.5, 0.5].map(|part| self.at + self.normal * (part * self.gap))
    }
}

impl Shape {
    pub(super) fn new(form: ContactForm, rotation: Matrix3<f64>, origin: Vector3<f64>) -> Self {
        Self {
            form,
            rotation,
            origin,
        }
    }

    pub(super) fn place<S: Lane>(&self) -> Transform<S> {
        let row = |k| [0, 1, 2].map(|j| self.rotation[(k, j)]);
        Transform::constant([row(0), row(1), row(2)], self.origin.into())
    }

    /// A point in the form's frame.
    pub(super) fn local(&self, p: Vector3<f64>) -> Vector3<f64> {
        self.rotation.transpose() * (p - self.origin)
    }

    /// Farthest that the shape reaches along a world direction.
    pub(super) fn support(&self, direction: Vector3<f64>) -> f64 {
        let d = self.rotation.transpose() * direction;
        let across = d.x.hypot(d.y);
        let local = match &self.form {
            ContactForm::Sphere { radius } => radius * d.norm(),
            ContactForm::Capsule {
                radius,
                half_length,
            } => radius * d.norm() + half_length * d.z.abs(),
            ContactForm::Cylinder {
                radius,
                half_height,
            } => radius * across + half_height * d.z.abs(),
            ContactForm::Box { half_extent: h } => {
                h[0] * d.x.abs() + h[1] * d.y.abs() + h[2] * d.z.abs()
            }
            ContactForm::Hull { vertices, .. } => vertices
                .iter()
                .map(|v| Vector3::from(*v).dot(&d))
                .fold(f64::NEG_INFINITY, f64::max),
            other => panic!("{other:?} has no support"),
        };
        local + direction.dot(&self.origin)
    }

    /// Signed distance of a world point (of a hull: its largest distance to a plane).
    pub(super) fn distance(&self, p: Vector3<f64>) -> f64 {
        let p = self.local(p);
        let two = |a: f64, b: f64| a.max(0.0).hypot(b.max(0.0)) + a.max(b).min(0.0);
        match &self.form {
            ContactForm::Plane => p.z,
            ContactForm::Sphere { radius } => p.norm() - radius,
            ContactForm::Capsule {
                radius,
                half_length,
            } => {
                let z = (p.z.abs() - half_length).max(0.0);
                p.x.hypot(p.y).hypot(z) - radius
            }
            ContactForm::Cylinder {
                radius,
                half_height,
            } => two(p.x.hypot(p.y) - radius, p.z.abs() - half_height),
            ContactForm::Box { half_extent: h } => {
                let q = p.abs() - Vector3::from(*h);
                q.map(|x| x.max(0.0)).norm() + q.max().min(0.0)
            }
            ContactForm::Hull { planes, .. } => planes
                .iter()
                .map(|n| Vector3::new(n[0], n[1], n[2]).dot(&p) - n[3])
                .fold(f64::NEG_INFINITY, f64::max),
            other => panic!("{other:?} has no distance here"),
        }
    }
}

/// How far two shapes are apart along a direction from the first to the second: the largest over all
/// directions is their signed distance.
pub(super) fn apart_along(first: &Shape, second: &Shape, n: Vector3<f64>) -> f64 {
    -second.support(-n) - first.support(n)
}

/// The law's points in any lane.
pub(super) fn touched<S: Lane>(first: &Shape, second: &Shape) -> Vec<ContactPoint<S>> {
    let mut points: Few<ContactPoint<S>, MAX_PAIR_POINTS> = Few::new();
    touch(
        &first.form,
        &first.place(),
        &second.form,
        &second.place(),
        &mut points,
    );
    assert_eq!(points.len(), point_count(&first.form, &second.form));
    points.to_vec()
}

fn vector(v: Vec3<f64>) -> Vector3<f64> {
    Vector3::new(v.x, v.y, v.z)
}

/// The law's points in `f64`, with unit normals.
pub(super) fn all_points(first: &Shape, second: &Shape) -> Vec<Point> {
    let points = touched::<f64>(first, second);
    let points: Vec<_> = points
        .iter()
        .map(|point| Point {
            at: vector(point.point),
            normal: vector(point.normal),
            gap: point.gap,
        })
        .collect();
    for point in &points {
        assert!(point.gap.is_finite() && point.at.iter().all(|x| x.is_finite()));
        assert!((point.normal.norm() - 1.0).abs() < 1.0e-9, "{point:?}");
    }
    points
}

/// Those that count.
pub(super) fn points(first: &Shape, second: &Shape) -> Vec<Point> {
    let mut points = all_points(first, second);
    points.retain(Point::counts);
    points
}

/// The deepest of some points.
pub(super) fn deepest(points: &[Point]) -> Option<Point> {
    points
        .iter()
        .copied()
        .min_by(|a, b| a.gap.total_cmp(&b.gap))
}

pub(super) fn sphere(radius: f64) -> ContactForm {
    ContactForm::Sphere { radius }
}

pub(super) fn capsule(radius: f64, half_length: f64) -> ContactForm {
    ContactForm::Capsule {
        radius,
        half_length,
    }
}

pub(super) fn cylinder(radius: f64, half_height: f64) -> ContactForm {
    ContactForm::Cylinder {
        radius,
        half_height,
    }
}

pub(super) fn cuboid(x: f64, y: f64, z: f64) -> ContactForm {
    ContactForm::Box {
        half_extent: [x, y, z],
    }
}

/// A box as a hull, with bevelled corners where `bevel` is above zero.
pub(super) fn hull(half: [f64; 3]) -> ContactForm {
    let mut vertices = Vec::new();
    for k in 0..8 {
        let side = |axis: usize| {
            if k >> axis & 1 == 0 {
                -half[axis]
            } else {
                half[axis]
            }
        };
        vertices.push([side(0), side(1), side(2)]);
    }
    let mut planes = Vec::new();
    for axis in 0..3 {
        for side in [-1.0, 1.0] {
            let mut plane = [0.0, 0.0, 0.0, half[axis]];
            plane[axis] = side;
            planes.push(plane);
        }
    }
    ContactForm::Hull { vertices, planes }
}

/// Two shapes at random, from deep in each other to as far apart as they are large.
pub(super) fn pair(random: &mut Stream, forms: [ContactForm; 2]) -> [Shape; 2] {
    let [first, second] = forms;
    let size = halle_dynamics::contact::bounding_radius(&first)
        + halle_dynamics::contact::bounding_radius(&second);
    let away = random.vector().normalize() * (size * random.within(0.05, 1.5));
    let origin = random.vector();
    [
        Shape::new(first, random.rotation(), origin),
        Shape::new(second, random.rotation(), origin + away),
    ]
}
