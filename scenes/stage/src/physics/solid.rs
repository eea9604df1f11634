//! Volume, centre and inertia of solids of unit density, in double precision.

use nalgebra::{Matrix3, Vector3};

use super::desc::{Axis, Geometry};

/// A solid of unit density.
#[derive(Clone, Copy, Debug)]
pub(super) struct Solid {
    /// Cubic distance units.
    pub(super) volume: f64,
    pub(super) center: Vector3<f64>,
    /// About the centre.
    pub(super) inertia: Matrix3<f64>,
}

impl Solid {
    /// Nothing at a point.
    pub(super) fn empty(center: Vector3<f64>) -> Self {
        Self {
            volume: 0.0,
            center,
            inertia: Matrix3::zeros(),
        }
    }

    /// A box of these edge lengths around a centre.
    pub(super) fn cuboid(edges: Vector3<f64>, center: Vector3<f64>) -> Self {
        let volume = edges.product();
        let s = edges.component_mul(&edges);
        let diagonal = Vector3::new(s.y + s.z, s.x + s.z, s.x + s.y) * (volume / 12.0);
        Self {
            volume,
            center,
            inertia: Matrix3::from_diagonal(&diagonal),
        }
    }

    fn ball(radius: f64, center: Vector3<f64>) -> Self {
        let volume = 4.0 / 3.0 * std::f64::consts::PI * radius.powi(3);
        Self {
            volume,
            center,
            inertia: Matrix3::identity() * (0.4 * volume * radius * radius),
        }
    }

    /// A solid of revolution, from stretches `[low, high]` of the axis with the squared radius
    /// there, a polynomial of degree two at most.
    fn revolved(axis: Axis, stretches: &[Stretch<'_>]) -> Self {
        // Gauss-Legendre with three points: exact up to degree five, and r⁴ and r² z² have four.
        let nodes = [
            (-0.6_f64.sqrt(), 5.0 / 9.0),
            (0.0, 8.0 / 9.0),
            (0.6_f64.sqrt(), 5.0 / 9.0),
        ];
        let (mut area, mut first, mut second, mut fourth) = (0.0, 0.0, 0.0, 0.0);
        for (low, high, squared) in stretches {
            let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
            for (node, weight) in nodes {
                let z = middle + half * node;
                let (s, w) = (squared(z), weight * half);
                area += w * s;
                first += w * s * z;
                second += w * s * z * z;
                fourth += w * s * s;
            }
        }
        let pi = std::f64::consts::PI;
        let volume = pi * area;
        let height = if area > 0.0 { first / area } else { 0.0 };
        let across = pi * (0.25 * fourth + second) - volume * height * height;
        let k = axis.index();
        let mut center = Vector3::zeros();
        center[k] = height;
        let mut diagonal = Vector3::repeat(across);
        diagonal[k] = 0.5 * pi * fourth;
        Self {
            volume,
            center,
            inertia: Matrix3::from_diagonal(&diagonal),
        }
    }

    /// The solid of a geometry, `None` for meshes and for what encloses no volume.
    pub(super) fn of(geometry: &Geometry) -> Option<Self> {
        match geometry {
            Geometry::Sphere { radius } => Some(Self::ball(f64::from(*radius), Vector3::zeros())),
            Geometry::Cube { half_extents } => {
                let edges = half_extents.map(|x| 2.0 * f64::from(x.abs()));
                Some(Self::cuboid(edges.into(), Vector3::zeros()))
            }
            Geometry::Capsule(s) => Some(capsule(s.axis, s.radius, s.radius, s.half_height)),
            Geometry::Capsule1(s) => Some(capsule(s.axis, s.top, s.bottom, s.half_height)),
            Geometry::Cylinder(s) => Some(frustum(s.axis, s.radius, s.radius, s.half_height)),
            Geometry::Cylinder1(s) => Some(frustum(s.axis, s.top, s.bottom, s.half_height)),
            Geometry::Cone(s) => Some(frustum(s.axis, 0.0, s.radius, s.half_height)),
            Geometry::SpherePoints(points) => {
                Some(Self::sum(points.iter().map(|p| {
                    Self::ball(f64::from(p.radius.abs()), p.center.map(f64::from).into())
                })))
            }
            Geometry::Plane { .. } | Geometry::Mesh { .. } => None,
        }
    }

    /// Solids side by side; where they overlap, both count.
    fn sum(parts: impl Iterator<Item = Self> + Clone) -> Self {
        let volume: f64 = parts.clone().map(|part| part.volume).sum();
        let moment: Vector3<f64> = parts.clone().map(|part| part.center * part.volume).sum();
        let center = if volume > 0.0 {
            moment / volume
        } else {
            moment
        };
        let shifted = parts.map(|part| {
            let d = part.center - center;
            let steiner = Matrix3::identity() * d.norm_squared() - d * d.transpose();
            part.inertia + steiner * part.volume
        });
        Self {
            volume,
            center,
            inertia: shifted.sum(),
        }
    }

    /// The solid inside closed triangles that see it from outside; from inside, it is the same.
    pub(super) fn enclosed(points: &[Vector3<f64>], triangles: &[[usize; 3]]) -> Self {
        let (mut volume, mut moment) = (0.0, Vector3::zeros());
        let mut second = Matrix3::zeros();
        for corners in triangles {
            let [a, b, c] = corners.map(|k| points[k]);
            let d = a.dot(&b.cross(&c));
            let sum = a + b + c;
            volume += d / 6.0;
            moment += sum * d;
            // The second moments of a tetrahedron with a corner at the origin.
            let squares = a * a.transpose() + b * b.transpose() + c * c.transpose();
            second += (squares + sum * sum.transpose()) * (d / 120.0);
        }
        if volume.is_nan() || volume.abs() < 1e-30 {
            let count = points.len().max(1) as f64;
            return Self::empty(points.iter().sum::<Vector3<f64>>() / count);
        }
        let center = moment / (24.0 * volume);
        let square = center.norm_squared();
        let steiner = Matrix3::identity() * square - center * center.transpose();
        let inertia = Matrix3::identity() * second.trace() - second - steiner * volume;
        let sign = volume.signum();
        Self {
            volume: volume * sign,
            center,
            inertia: inertia * sign,
        }
    }
}

/// A stretch of an axis: low end, high end, squared radius.
type Stretch<'a> = (f64, f64, &'a dyn Fn(f64) -> f64);

/// Squared radius between two ends that lie symmetric to the origin.
fn tapering(top: f64, bottom: f64, half: f64) -> impl Fn(f64) -> f64 {
    move |z| {
        let share = if half > 0.0 {
            0.5 * (z / half + 1.0)
        } else {
            0.0
        };
        let radius = bottom + (top - bottom) * share;
        radius * radius
    }
}

fn frustum(axis: Axis, top: f32, bottom: f32, half_height: f32) -> Solid {
    let half = f64::from(half_height);
    let side = tapering(f64::from(top), f64::from(bottom), half);
    Solid::revolved(axis, &[(-half, half, &side)])
}

/// A frustum with half balls on its ends.
fn capsule(axis: Axis, top: f32, bottom: f32, half_height: f32) -> Solid {
    let (top, bottom, half) = (f64::from(top), f64::from(bottom), f64::from(half_height));
    let side = tapering(top, bottom, half);
    let upper = |z: f64| top * top - (z - half) * (z - half);
    let lower = |z: f64| bottom * bottom - (z + half) * (z + half);
    let ends: [Stretch<'_>; 3] = [
        (-half - bottom, -half, &lower),
        (-half, half, &side),
        (half, half + top, &upper),
    ];
    Solid::revolved(axis, &ends)
}
