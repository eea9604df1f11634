//! Points of one shape against the distance of another.

use halle_lanes::{Few, Lane};
use halle_model::articulated::ContactForm;
use halle_spatial::{Transform, Vec3};

use super::distance::{box_distance, distance};
use super::hull::nearest_on_segment;
use super::measure::{length_and_direction, up};
use super::patch::{patch, patch_count};
use super::points::Points;
use super::sample::{Patch, Sample};
use super::segments::{Segment, ball_contact, push_ball, segment_box};

/// Samples that a distance grid may have at most: they are held on the stack, and laws panic beyond this.
pub const MAX_SAMPLES: usize = 64;

/// A shape: its form and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a, S> {
    pub(super) form: &'a ContactForm,
    pub(super) world: &'a Transform<S>,
}

impl<S: Lane> Placed<'_, S> {
    /// This shape's frame from the other's.
    #[inline(always)]
    pub(super) fn see(&self, other: &Self) -> Transform<S> {
        let turn = self.world.rotation.transposed();
        Transform {
            rotation: turn.product(&other.world.rotation),
            origin: self.world.point_back(other.world.origin),
        }
    }
}

/// A plane (first) and what of another form is lowest above it.
#[inline(always)]
pub(super) fn against_plane<S: Lane, const N: usize>(
    plane: &Transform<S>,
    other: &Placed<'_, S>,
    points: &mut Points<'_, S, N>,
) {
    let normal = plane.rotation.column_z();
    let height = normal.dot(other.world.origin - plane.origin);
    let axis = other.world.rotation.apply_transposed(normal);
    let mut lowest = Patch::new();
    patch(other.form, axis, &mut lowest);
    for sample in &lowest {
        let gap = axis.dot(sample.at) + (height - S::lit(sample.radius));
        let down = S::lit(-0.5).mul_add(gap, S::lit(-sample.radius));
        let point = normal.mul_add(down, other.world.point(sample.at));
        points.push(point, normal, gap);
    }
}

/// Balls of the first form that are held against the second: none where the second's are enough.
pub(super) fn ball_count(first: &ContactForm, second: &ContactForm) -> usize {
    match (first, second) {
        (ContactForm::DistanceGrid { samples, .. }, _) => samples.len(),
        // A sphere against a convex form says all.
        (form, ContactForm::Sphere { .. }) if !matches!(form, ContactForm::Sphere { .. }) => 0,
        (_, ContactForm::Plane) => 0,
        (ContactForm::Capsule { .. }, ContactForm::HeightField { .. })
        | (
            ContactForm::Capsule { .. },
            ContactForm::DistanceGrid { .. } | ContactForm::Hull { .. },
        ) => 3,
        (form, _) => patch_count(form),
    }
}

/// Balls of each form (the first's patch that faces the second, the samples of a grid, places on the axis of a
/// capsule) against the distance of the other.
#[inline(always)]
pub(super) fn sampled<S: Lane, const N: usize>(
    first: &Placed<'_, S>,
    second: &Placed<'_, S>,
    points: &mut Points<'_, S, N>,
) {
    // A loop, so that the distances of all forms are compiled into it once.
    for turn in 0..2 {
        let (of, against) = if turn == 0 {
            (first, second)
        } else {
            (second, first)
        };
        // Two spheres are one ball.
        let is_told = turn == 1 && matches!(first.form, ContactForm::Sphere { .. });
        let is_grid = matches!(of.form, ContactForm::DistanceGrid { .. });
        if ball_count(of.form, against.form) == 0 || (is_told && !is_grid) {
            continue;
        }
        let see = against.see(of);
        let mut balls = Few::new();
        find_balls(of.form, against.form, &see, &mut balls);
        let mut side = Points {
            out: &mut *points.out,
            swapped: points.swapped != (turn == 1),
        };
        for ball in &balls {
            let p = see.point(ball.at);
            let at = distance(against.form, p);
            push_ball(ball.radius, p, &at, against.world, &mut side);
        }
    }
}

/// The balls of a form in its own frame.
#[inline(always)]
fn find_balls<S: Lane>(
    form: &ContactForm,
    against: &ContactForm,
    against_from_form: &Transform<S>,
    balls: &mut Few<Sample<S>, MAX_SAMPLES>,
) {
    match (form, against) {
        (ContactForm::DistanceGrid { samples, .. }, _) => {
            for sample in samples {
                balls.push(Sample {
                    at: Vec3::constant(*sample),
                    radius: 0.0,
                });
            }
        }
        (
            ContactForm::Capsule {
                radius,
                half_length,
            },
            ContactForm::Hull { .. }
            | ContactForm::HeightField { .. }
            | ContactForm::DistanceGrid { .. },
        ) => {
            let mut middle = S::lit(0.0);
            if let ContactForm::Hull { planes, .. } = against {
                let segment = Segment::of_axis(*half_length, against_from_form);
                middle = nearest_on_segment(planes, segment.center, segment.along);
            }
            for s in [middle, S::lit(-1.0), S::lit(1.0)] {
                let zero = S::lit(0.0);
                balls.push(Sample {
                    at: Vec3::new(zero, zero, s * S::lit(*half_length)),
                    radius: *radius,
                });
            }
        }
        _ => {
            let normal = distance(against, against_from_form.origin).gradient;
            let mut lowest = Patch::new();
            let up = against_from_form.rotation.apply_transposed(normal);
            patch(form, up, &mut lowest);
            for ball in &lowest {
                balls.push(*ball);
            }
        }
    }
}

/// The nearest place of a cylinder's side to a box; counts within the side, while the axis is outside of the box.
#[inline(always)]
pub(super) fn side_on_box<S: Lane, const N: usize>(
    [radius, half_height]: [f64; 2],
    cylinder: &Placed<'_, S>,
    half_extent: [f64; 3],
    cuboid: &Placed<'_, S>,
    points: &mut Points<'_, S, N>,
) {
    let segment = Segment::of_axis(half_height, &cuboid.see(cylinder));
    let s = segment_box(half_extent, &segment).nearest;
    let p = segment.at(s);
    let at = box_distance(half_extent, p);
    let (point, normal, gap) = ball_contact(radius, p, &at, cuboid.world);
    // What lies deeper below the side than below the end has come in through the end.
    let below_end = (s.abs() - S::lit(1.0)) * S::lit(half_height);
    let counts = s.abs().lt(S::lit(1.0)) & at.distance.gt(S::lit(0.0)) & gap.ge(below_end);
    points.push_where(counts, point, normal, gap);
}

/// Where the sides of two cylinders cross.
#[inline(always)]
pub(super) fn sides_cross<S: Lane, const N: usize>(
    [first_radius, first_half]: [f64; 2],
    first: &Transform<S>,
    [second_radius, second_half]: [f64; 2],
    second: &Transform<S>,
    points: &mut Points<'_, S, N>,
) {
    let (da, db) = (first.rotation.column_z(), second.rotation.column_z());
    let r = second.origin - first.origin;
    let (cosine, ar, br) = (da.dot(db), da.dot(r), db.dot(r));
    let sine_square = (-cosine).mul_add(cosine, S::lit(1.0));
    let inverse = S::lit(1.0) / sine_square.max(S::lit(1.0e-6));
    let u = (ar - cosine * br) * inverse;
    let v = (cosine * ar - br) * inverse;
    let (length, normal) = length_and_direction(db.mul_add(v, r) - da * u, up());
    let gap = length - S::lit(first_radius + second_radius);
    let middle = S::lit(0.5).mul_add(gap, S::lit(first_radius));
    let point = normal.mul_add(middle, da.mul_add(u, first.origin));
    // What lies deeper below a side than below an end has come in through the end.
    let below_first = u.abs() - S::lit(first_half);
    let below_second = v.abs() - S::lit(second_half);
    let counts =
        below_first.max(below_second).lt(S::lit(0.0).min(gap)) & sine_square.gt(S::lit(1.0e-4));
    points.push_where(counts, point, normal, gap);
}
