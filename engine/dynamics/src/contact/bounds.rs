//! Cheap bounds, after which a pair needs no search.

use halle_lanes::Lane;
use halle_model::articulated::ContactForm;
use halle_spatial::{Transform, Vec3};

/// Radius of a ball about the form's origin that holds all of it \[m\]; zero for a plane, whose surface alone
/// counts, infinite for a height field.
#[must_use]
pub fn bounding_radius(form: &ContactForm) -> f64 {
    match form {
        ContactForm::Plane => 0.0,
        ContactForm::Sphere { radius } => *radius,
        ContactForm::Capsule {
            radius,
            half_length,
        } => radius + half_length,
        ContactForm::Cylinder {
            radius,
            half_height,
        } => radius.hypot(*half_height),
        ContactForm::Box { half_extent } | ContactForm::DistanceGrid { half_extent, .. } => {
            length(*half_extent)
        }
        ContactForm::Hull { vertices, .. } => vertices.iter().fold(0.0, |r, v| length(*v).max(r)),
        ContactForm::HeightField { .. } => f64::INFINITY,
    }
}

fn length([x, y, z]: [f64; 3]) -> f64 {
    x.hypot(y).hypot(z)
}

/// What a form lies in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Highest point of a form that is all below.
    top: Option<f64>,
    /// Radius of a capsule along z.
    radius: f64,
    /// Half the distance between the middles of its half balls.
    half: f64,
}

impl Bounds {
    /// Of a form.
    #[must_use]
    pub fn of(form: &ContactForm) -> Self {
        let [radius, half] = match form {
            ContactForm::Capsule {
                radius,
                half_length: half,
            }
            | ContactForm::Cylinder {
                radius,
                half_height: half,
            } => [*radius, *half],
            _ => [bounding_radius(form), 0.0],
        };
        let top = match form {
            ContactForm::Plane => Some(0.0),
            ContactForm::HeightField { heights, .. } => {
                Some(heights.iter().fold(f64::NEG_INFINITY, |top, h| top.max(*h)))
            }
            _ => None,
        };
        Self { top, radius, half }
    }
}

/// Whether two shapes are certainly more than `margin + more` \[m\] apart: a cheap test after which a
/// pair needs no [`touch`](super::touch).
///
/// Capsules about both shapes; for planes and height fields the height of the capsule's ball above the
/// plane or the highest point.
#[inline(always)]
pub fn far_apart<S: Lane>(
    first: &Bounds,
    world_from_first: &Transform<S>,
    second: &Bounds,
    world_from_second: &Transform<S>,
    margin: f64,
    more: S,
) -> S::Mask {
    let away = world_from_second.origin - world_from_first.origin;
    match (first.top, second.top) {
        (Some(_), Some(_)) => S::lit(0.0).lt(S::lit(1.0)),
        (Some(top), None) => {
            let up = world_from_first.rotation.column_z();
            above(
                up.dot(away),
                up,
                world_from_second,
                second,
                top + margin,
                more,
            )
        }
        (None, Some(top)) => {
            let up = world_from_second.rotation.column_z();
            above(
                -up.dot(away),
                up,
                world_from_first,
                first,
                top + margin,
                more,
            )
        }
        (None, None) => {
            let reach = S::lit(first.radius + second.radius + margin) + more;
            if first.half == 0.0 && second.half == 0.0 {
                return away.dot(away).gt(reach * reach);
            }
            let da = world_from_first.rotation.column_z();
            let db = world_from_second.rotation.column_z();
            let (ha, hb) = (S::lit(first.half), S::lit(second.half));
            let (cosine, ar, br) = (da.dot(db), da.dot(away), db.dot(away));
            let sine_square = (-cosine).mul_add(cosine, S::lit(1.0));
            let u = (-cosine).mul_add(br, ar) / sine_square.max(S::lit(1.0e-6));
            let u = u.clamp(-ha, ha);
            let v = cosine.mul_add(u, -br).clamp(-hb, hb);
            let u = cosine.mul_add(v, ar).clamp(-ha, ha);
            let between = db.mul_add(v, da.mul_add(-u, away));
            between.dot(between).gt(reach * reach)
        }
    }
}

/// Whether the lower end of a capsule whose middle is at a height stays above a level.
#[inline(always)]
fn above<S: Lane>(
    height: S,
    up: Vec3<S>,
    world_from_shape: &Transform<S>,
    bounds: &Bounds,
    level: f64,
    more: S,
) -> S::Mask {
    let lean = up.dot(world_from_shape.rotation.column_z()).abs();
    let low = lean.mul_add(S::lit(-bounds.half), height);
    low.gt(S::lit(level + bounds.radius) + more)
}
