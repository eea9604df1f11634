//! Where rays meet the shapes that have a formula, in the frame of the shape.

use crate::{
    bvh::Bounds,
    scene::Shape,
    vector::{Ray, Vec3},
};

/// The nearest meeting of a ray with a shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contact {
    /// Distance along the ray \[m\].
    pub(crate) t: f64,
    /// Outward unit normal, frame of the shape.
    pub(crate) normal: Vec3,
}

/// The nearest meeting with `t_min < t < t_max`; none for meshes, which have their own search.
pub(crate) fn intersect(shape: &Shape, ray: &Ray, t_min: f64, t_max: f64) -> Option<Contact> {
    let range = (t_min, t_max);
    match *shape {
        Shape::Box { half_extents } => meet_box(half_extents, ray, range),
        Shape::Sphere { radius } => meet_sphere(0.0, radius, ray, range, |_| true),
        Shape::Capsule {
            half_height,
            radius,
        } => {
            let side = meet_side(radius, radius, half_height, ray, range);
            let caps = [half_height, -half_height].into_iter().filter_map(|z| {
                // Only the half of each ball that sticks out belongs to the capsule.
                meet_sphere(z, radius, ray, range, |height| {
                    height * z.signum() >= half_height
                })
            });
            nearest(side.into_iter().chain(caps))
        }
        Shape::Cylinder {
            half_height,
            radius,
        } => {
            let side = meet_side(radius, radius, half_height, ray, range);
            let caps = [half_height, -half_height]
                .into_iter()
                .filter_map(|z| meet_disk(z, radius, ray, range));
            nearest(side.into_iter().chain(caps))
        }
        Shape::Cone {
            half_height,
            radius,
        } => {
            let side = meet_side(radius, 0.0, half_height, ray, range);
            nearest(
                side.into_iter()
                    .chain(meet_disk(-half_height, radius, ray, range)),
            )
        }
        Shape::Plane { half_sizes } => {
            let t = within(-ray.origin.0[2] / ray.direction.0[2], range)?;
            let [x, y, _] = ray.at(t).0;
            let inside = half_sizes.is_none_or(|[hx, hy]| x.abs() <= hx && y.abs() <= hy);
            inside.then_some(Contact {
                t,
                normal: Vec3::new(0.0, 0.0, 1.0),
            })
        }
        Shape::Mesh(_) => None,
    }
}

/// Bounds of a shape in its own frame; none for a plane without end.
pub(crate) fn bounds(shape: &Shape) -> Option<Bounds> {
    let half = match *shape {
        Shape::Box { half_extents } => half_extents,
        Shape::Sphere { radius } => [radius; 3],
        Shape::Capsule {
            half_height,
            radius,
        } => [radius, radius, half_height + radius],
        Shape::Cylinder {
            half_height,
            radius,
        }
        | Shape::Cone {
            half_height,
            radius,
        } => [radius, radius, half_height],
        Shape::Plane { half_sizes } => {
            let [x, y] = half_sizes?;
            [x, y, 0.0]
        }
        Shape::Mesh(ref mesh) => {
            let grow = |b: Bounds, p: &[f32; 3]| b.with_point(Vec3::from_f32(*p));
            return Some(mesh.points.iter().fold(Bounds::EMPTY, grow));
        }
    };
    Some(Bounds {
        low: -Vec3(half),
        high: Vec3(half),
    })
}

fn within(t: f64, (low, high): (f64, f64)) -> Option<f64> {
    (t > low && t < high).then_some(t)
}

fn nearest(contacts: impl Iterator<Item = Contact>) -> Option<Contact> {
    contacts.min_by(|a, b| a.t.total_cmp(&b.t))
}

/// The first root of `a t² + 2 b t + c = 0` in range that `accept` takes.
fn first_root(
    [a, b, c]: [f64; 3],
    range: (f64, f64),
    accept: impl Fn(f64) -> Option<Contact>,
) -> Option<Contact> {
    let d = b * b - a * c;
    if d < 0.0 {
        return None;
    }
    // Citardauq's form of the second root keeps its digits where b² is far larger than a·c.
    let q = -(b + d.sqrt().copysign(b));
    let (r, s) = (q / a, c / q);
    [r.min(s), r.max(s)]
        .into_iter()
        .find_map(|t| within(t, range).and_then(&accept))
}

/// A ball at height `center` on the z axis; `accept` is asked about the height of a meeting.
fn meet_sphere(
    center: f64,
    radius: f64,
    ray: &Ray,
    range: (f64, f64),
    accept: impl Fn(f64) -> bool,
) -> Option<Contact> {
    let o = ray.origin - Vec3::new(0.0, 0.0, center);
    let terms = [1.0, o.dot(ray.direction), o.dot(o) - radius * radius];
    first_root(terms, range, |t| {
        let normal = (o + ray.direction * t) * (1.0 / radius);
        accept(ray.at(t).0[2]).then_some(Contact { t, normal })
    })
}

/// Side of a cylinder or cone whose radius goes from `low` at -h to `high` at +h.
fn meet_side(low: f64, high: f64, h: f64, ray: &Ray, range: (f64, f64)) -> Option<Contact> {
    if h <= 0.0 {
        return None;
    }
    let ([ox, oy, oz], [dx, dy, dz]) = (ray.origin.0, ray.direction.0);
    let slope = (high - low) / (2.0 * h);
    // Radius at the origin's height, and how fast it changes along the ray.
    let (r0, dr) = (0.5 * (low + high) + slope * oz, slope * dz);
    let terms = [
        dx * dx + dy * dy - dr * dr,
        ox * dx + oy * dy - r0 * dr,
        ox * ox + oy * oy - r0 * r0,
    ];
    first_root(terms, range, |t| {
        let p = ray.at(t);
        let [x, y, z] = p.0;
        let radius = 0.5 * (low + high) + slope * z;
        // The mirrored half of the double cone has a negative radius.
        let on_it = z.abs() <= h && radius >= 0.0;
        on_it.then(|| Contact {
            t,
            normal: Vec3::new(x, y, -slope * radius).unit(),
        })
    })
}

fn meet_disk(z: f64, radius: f64, ray: &Ray, range: (f64, f64)) -> Option<Contact> {
    let t = within((z - ray.origin.0[2]) / ray.direction.0[2], range)?;
    let [x, y, _] = ray.at(t).0;
    let inside = x * x + y * y <= radius * radius;
    inside.then_some(Contact {
        t,
        normal: Vec3::new(0.0, 0.0, z.signum()),
    })
}

fn meet_box(half: [f64; 3], ray: &Ray, range: (f64, f64)) -> Option<Contact> {
    let (mut near, mut far) = ((f64::NEG_INFINITY, 0), (f64::INFINITY, 0));
    for i in 0..3 {
        let (o, d) = (ray.origin.0[i], ray.direction.0[i]);
        let (a, b) = ((-half[i] - o) / d, (half[i] - o) / d);
        if a.min(b) > near.0 {
            near = (a.min(b), i);
        }
        if a.max(b) < far.0 {
            far = (a.max(b), i);
        }
        if d == 0.0 && o.abs() > half[i] {
            return None;
        }
    }
    if near.0 > far.0 {
        return None;
    }
    let (t, axis) = [near, far]
        .into_iter()
        .find(|&(t, _)| within(t, range).is_some())?;
    let mut normal = [0.0; 3];
    normal[axis] = ray.at(t).0[axis].signum();
    Some(Contact {
        t,
        normal: Vec3(normal),
    })
}

/// Distance and barycentric weights of the second and third corner, after Möller and Trumbore.
#[inline]
pub(crate) fn meet_triangle(
    [a, b, c]: [Vec3; 3],
    ray: &Ray,
    t_min: f64,
    t_max: f64,
) -> Option<(f64, f64, f64)> {
    let (e1, e2) = (b - a, c - a);
    let p = ray.direction.cross(e2);
    let det = e1.dot(p);
    if det == 0.0 {
        return None;
    }
    let s = ray.origin - a;
    let u = s.dot(p) / det;
    if !(0.0..=1.0).contains(&u) {
        return None;
    }
    let q = s.cross(e1);
    let v = ray.direction.dot(q) / det;
    if v < 0.0 || u + v > 1.0 {
        return None;
    }
    let t = within(e2.dot(q) / det, (t_min, t_max))?;
    Some((t, u, v))
}
