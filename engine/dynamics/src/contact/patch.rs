//! The points of a form that are lowest along a direction: those on which it would stand.

use halle_lanes::Lane;
use halle_model::articulated::ContactForm;
use halle_spatial::Vec3;

use super::hull::hull_patch;
use super::measure::sign;
use super::sample::{MAX_PATCH, Patch, Sample};

/// Sine of the tilt of a cylinder below which its deepest rim point moves to the middle of its end.
///
/// The direction of the deepest point turns wildly where a cylinder stands upright. Within this tilt three
/// fixed rim points carry it, which are at most radius * UPRIGHT / 2 above the deepest.
const UPRIGHT: f64 = 1.0e-4;

/// Number of points of [`patch`]; zero for forms that are held against others by samples of their own.
pub(super) fn patch_count(form: &ContactForm) -> usize {
    match form {
        ContactForm::Plane | ContactForm::HeightField { .. } | ContactForm::DistanceGrid { .. } => {
            0
        }
        ContactForm::Sphere { .. } => 1,
        ContactForm::Capsule { .. } => 2,
        ContactForm::Box { .. } => 4,
        ContactForm::Cylinder { .. } => 5,
        ContactForm::Hull { vertices, .. } => vertices.len().min(MAX_PATCH),
    }
}

/// The points of a form that are lowest along `up` (any length but zero), in the form's frame.
#[inline(always)]
pub(super) fn patch<S: Lane>(form: &ContactForm, up: Vec3<S>, patch: &mut Patch<S>) {
    match form {
        ContactForm::Plane | ContactForm::HeightField { .. } | ContactForm::DistanceGrid { .. } => {
        }
        ContactForm::Sphere { radius } => patch.push(Sample {
            at: Vec3::zero(),
            radius: *radius,
        }),
        ContactForm::Capsule {
            radius,
            half_length,
        } => {
            for z in [-half_length, *half_length] {
                patch.push(Sample {
                    at: Vec3::constant([0.0, 0.0, z]),
                    radius: *radius,
                });
            }
        }
        ContactForm::Box { half_extent } => box_patch(*half_extent, up, patch),
        ContactForm::Cylinder {
            radius,
            half_height,
        } => cylinder_patch(*radius, *half_height, up, patch),
        ContactForm::Hull { vertices, .. } => hull_patch(vertices, up, patch),
    }
}

/// The four corners of the face that lies lowest; the lowest corner comes first.
#[inline(always)]
fn box_patch<S: Lane>(half_extent: [f64; 3], up: Vec3<S>, patch: &mut Patch<S>) {
    let [hx, hy, hz] = S::lits(half_extent);
    let (rx, ry, rz) = (up.x.abs() * hx, up.y.abs() * hy, up.z.abs() * hz);
    // The axis along which the box reaches farthest: its face drops the four highest corners.
    let by_x = rx.gt(ry.max(rz));
    let by_z = rz.ge(rx.max(ry));
    let by_y = !(by_x | by_z);
    let zero = S::lit(0.0);
    let x = S::select(up.x.lt(zero), hx, -hx);
    let y = S::select(up.y.lt(zero), hy, -hy);
    let z = S::select(up.z.lt(zero), hz, -hz);
    // The two axes of the face are (y, z), (x, z) or (x, y): flip the first, the second, both.
    let other_x = S::select(by_x, x, -x);
    let other_z = S::select(by_z, z, -z);
    let first_y = S::select(by_x, -y, y);
    let second_y = S::select(by_z, -y, y);
    let both_y = S::select(by_y, y, -y);
    for at in [
        Vec3::new(x, y, z),
        Vec3::new(other_x, first_y, z),
        Vec3::new(x, second_y, other_z),
        Vec3::new(other_x, both_y, other_z),
    ] {
        patch.push(Sample { at, radius: 0.0 });
    }
}

/// The lowest point of either rim and three fixed points of the lower one.
///
/// The lowest points let it roll and tip, the fixed ones let it stand without points that wander.
#[inline(always)]
fn cylinder_patch<S: Lane>(radius: f64, half_height: f64, up: Vec3<S>, patch: &mut Patch<S>) {
    let across = up.y.mul_add(up.y, up.x * up.x);
    let length = up.z.mul_add(up.z, across).sqrt();
    let scale = S::lit(-radius) / across.sqrt().max(length * S::lit(UPRIGHT));
    let (x, y) = (up.x * scale, up.y * scale);
    let z = sign(up.z) * S::lit(-half_height);
    let side = 0.75_f64.sqrt() * radius;
    for at in [
        Vec3::new(x, y, z),
        Vec3::new(x, y, -z),
        Vec3::new(S::lit(radius), S::lit(0.0), z),
        Vec3::new(S::lit(-0.5 * radius), S::lit(side), z),
        Vec3::new(S::lit(-0.5 * radius), S::lit(-side), z),
    ] {
        patch.push(Sample { at, radius: 0.0 });
    }
}
