//! Cheap bounds, after which a pair needs no search.

use halle_lanes::Lane;
use halle_model::articulated::ContactForm;
use halle_spatial::Transform;

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

/// Whether two shapes are certainly more than `margin + more` \[m\] apart: a cheap test after which a pair needs no
/// [`touch`](super::touch).
///
/// Balls or capsules about both shapes; for planes and height fields the height of the ball above the plane or the highest
/// point.
#[inline(always)]
pub fn far_apart<S: Lane>(
    first: &ContactForm,
    world_from_first: &Transform<S>,
    second: &ContactForm,
    world_from_second: &Transform<S>,
    margin: f64,
    more: S,
) -> S::Mask {
    let away = world_from_second.origin - world_from_first.origin;
    match (top(first), top(second)) {
        (Some(_), Some(_)) => S::lit(0.0).lt(S::lit(1.0)),
        (Some(top), None) => {
            let height = world_from_first.rotation.column_z().dot(away);
            height.gt(S::lit(top + bounding_radius(second) + margin) + more)
        }
        (None, Some(top)) => {
            let height = -world_from_second.rotation.column_z().dot(away);
            height.gt(S::lit(top + bounding_radius(first) + margin) + more)
        }
        (None, None) => {
            let [ra, ha] = stadium(first);
            let [rb, hb] = stadium(second);
            let reach = S::lit(ra + rb + margin) + more;
            if ha == 0.0 && hb == 0.0 {
                return away.dot(away).gt(reach * reach);
            }
            let da = world_from_first.rotation.column_z();
            let db = world_from_second.rotation.column_z();
            let (ha, hb) = (S::lit(ha), S::lit(hb));
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

/// Radius and half length of a capsule along z that a form lies in.
fn stadium(form: &ContactForm) -> [f64; 2] {
    match form {
        ContactForm::Capsule {
            radius,
            half_length,
        } => [*radius, *half_length],
        ContactForm::Cylinder {
            radius,
            half_height,
        } => [*radius, *half_height],
        _ => [bounding_radius(form), 0.0],
    }
}

/// Highest point of a form that is all below.
fn top(form: &ContactForm) -> Option<f64> {
    match form {
        ContactForm::Plane => Some(0.0),
        ContactForm::HeightField { heights, .. } => {
            Some(heights.iter().fold(f64::NEG_INFINITY, |top, h| top.max(*h)))
        }
        _ => None,
    }
}
