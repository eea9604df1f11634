//! Where two shapes touch: laws that find contact points between the forms of a system.
//!
//! [`touch`] gives a number of points that the two forms fix, each with a normal and a gap; the same slot
//! stands for the same feature of the shapes from step to step as far as that can be, so that a solver
//! may keep what it found for it. Points that do not count have a gap of [`FAR`].
//!
//! Files: `distance` has the signed distance of each form, `patch` the points of a form that are
//! lowest along a direction, `sampled` holds one against the other, `segments`, `boxes` and `faces` have laws
//! for pairs that need more, `hull` and `grid` the forms that are tables, `bounds` and `tangents` what a caller
//! needs around it.
//!
//! Operations are those that a recording executes for one env, over all points; tests hold those of
//! plane and box, two capsules, two boxes to 150, 150 and 1,500. Hulls are counted with 6 planes along the axes
//! and 8 corners, height fields with 9 x 9 points, grids with 7 x 7 x 7 points and 6 samples.
//!
//! | pair | points | operations | gap |
//! |---|---|---|---|
//! | plane, sphere / capsule / box | 1 / 2 / 4 | 11 / 34 / 112 | exact |
//! | plane, cylinder | 5 | 113 | exact; within 1e-4 rad of upright to 5e-5 radii |
//! | plane, hull | 5 | 452 | exact |
//! | sphere, sphere / capsule / cylinder / box | 1 | 55 / 58 / 77 / 84 | exact |
//! | sphere, hull | 1 | 192 | exact within and over faces, see `hull` |
//! | capsule, capsule | 2 | 111 | exact; within 0.6 deg of parallel it spreads to two points |
//! | capsule, box | 3 | 524 | exact while the axis is outside; each point is exact for its ball |
//! | capsule, cylinder | 3 | 838 | as before, by eight turns of Newton's method |
//! | capsule, hull | 8 | 1,576 | nearest place by the planes, corners against the capsule |
//! | box, box | 8 | 1,184 | exact in contact to 1e-3 of the smallest half edge; see `boxes` |
//! | cylinder, box | 10 | 1,200 | corners and rims that are lowest, and the side along the axis |
//! | cylinder, cylinder | 11 | 935 | rims that are lowest, and sides that cross |
//! | hull, cylinder / box / hull | 10 / 9 / 10 | 1,893 / 1,762 / 2,902 | corners only: edges that cross are not found |
//! | height field, sphere / capsule / box / cylinder / hull | 1 / 3 / 4 / 5 / 5 | 414 / 1,239 / 2,075 / 2,471 / 2,806 | bilinear |
//! | grid, sphere / capsule / box / cylinder / hull | as the field's, and the samples | 970 / 2,292 / 3,775 / 4,376 / 5,401 | trilinear |
//! | grid, plane / height field / grid | the samples | 159 / 2,463 / 7,863 | trilinear |
//!
//! Forms that are tables cost as much as the table is long, see `grid`.
//!
//! Pairs that are held against each other by corners and rims miss edges that cross edges or rims: at random
//! poses within 5 cm of contact, shapes of some 60 cm, the deepest gap is the distance to 1 mm for two thirds
//! of the poses of a cylinder with a cylinder, a box or of a capsule with a hull, for half of those of a hull
//! with a cylinder and for 44 % of those of a hull with a box or a hull (two boxes: 97 %). What is missed has a
//! gap that is too large, never too small. Faces on faces, what stands and what lies, are found.

mod bounds;
mod boxes;
mod distance;
mod faces;
mod grid;
mod hull;
mod measure;
mod patch;
mod points;
mod sample;
mod sampled;
mod segments;
mod tangents;

use halle_lanes::{Few, Lane};
use halle_model::articulated::ContactForm;
use halle_spatial::{Transform, Vec3};

use boxes::box_box;
use patch::patch_count;
use points::Points;
use sampled::{Placed, against_plane, ball_count, sampled, side_on_box, sides_cross};
use segments::{Segment, capsule_box, capsule_capsule, capsule_cylinder};

pub use bounds::{Bounds, bounding_radius, far_apart};
pub use grid::MAX_GRID_POINTS;
pub use hull::MAX_HULL_PLANES;
pub use sampled::MAX_SAMPLES;
pub use tangents::tangents;

/// One place where two shapes are near or in each other.
#[derive(Clone, Copy, Debug)]
pub struct ContactPoint<S> {
    /// Point midway between the two surfaces, world axes \[m\].
    pub point: Vec3<S>,
    /// Unit normal, from the first shape to the second, world axes.
    pub normal: Vec3<S>,
    /// Distance between the surfaces along the normal; below zero where they are in each other \[m\].
    pub gap: S,
}

/// Gap of a point that does not count \[m\].
pub const FAR: f64 = 1.0e6;

/// Points of any pair but those of a distance grid, which may have more samples.
pub const MAX_PAIR_POINTS: usize = 16;

/// Most points that a pair of forms gives: fixed by the forms alone.
#[must_use]
pub fn point_count(first: &ContactForm, second: &ContactForm) -> usize {
    use ContactForm::{Box, Capsule, Cylinder, DistanceGrid, HeightField, Plane};
    match (first, second) {
        (Plane | HeightField { .. }, Plane | HeightField { .. }) => 0,
        (DistanceGrid { .. }, Plane) | (Plane, DistanceGrid { .. }) => {
            ball_count(first, second) + ball_count(second, first)
        }
        (Plane, form) | (form, Plane) => patch_count(form),
        (ContactForm::Sphere { .. }, ContactForm::Sphere { .. }) => 1,
        (Capsule { .. }, Capsule { .. }) => 2,
        (Capsule { .. }, Box { .. } | Cylinder { .. })
        | (Box { .. } | Cylinder { .. }, Capsule { .. }) => 3,
        (Box { .. }, Box { .. }) => 8,
        (Cylinder { .. }, Box { .. } | Cylinder { .. }) | (Box { .. }, Cylinder { .. }) => {
            patch_count(first) + patch_count(second) + 1
        }
        _ => ball_count(first, second) + ball_count(second, first),
    }
}

/// Appends the points of two forms, [`point_count`] of them.
///
/// # Panics
///
/// If `out` has no room for them, or if a table is larger than [`MAX_HULL_PLANES`],
/// [`MAX_GRID_POINTS`] or [`MAX_SAMPLES`] allow.
#[inline(always)]
pub fn touch<S: Lane, const N: usize>(
    first: &ContactForm,
    world_from_first: &Transform<S>,
    second: &ContactForm,
    world_from_second: &Transform<S>,
    out: &mut Few<ContactPoint<S>, N>,
) {
    let first = Placed {
        form: first,
        world: world_from_first,
    };
    let second = Placed {
        form: second,
        world: world_from_second,
    };
    // Each law is written for one order of its shapes: the form of lower rank stands first.
    let swapped = rank(first.form) > rank(second.form);
    let mut points = Points { out, swapped };
    if swapped {
        in_order(&second, &first, &mut points);
    } else {
        in_order(&first, &second, &mut points);
    }
}

/// Order in which [`in_order`] wants two forms.
fn rank(form: &ContactForm) -> usize {
    match form {
        ContactForm::Plane => 0,
        ContactForm::Sphere { .. } => 1,
        ContactForm::Capsule { .. } => 2,
        ContactForm::Cylinder { .. } => 3,
        ContactForm::Box { .. } => 4,
        ContactForm::Hull { .. } => 5,
        ContactForm::HeightField { .. } => 6,
        ContactForm::DistanceGrid { .. } => 7,
    }
}

/// The law of a pair whose forms stand in the order of [`rank`].
#[inline(always)]
fn in_order<S: Lane, const N: usize>(
    first: &Placed<'_, S>,
    second: &Placed<'_, S>,
    points: &mut Points<'_, S, N>,
) {
    match (sizes(first.form), sizes(second.form)) {
        (Sizes::Plane, Sizes::Plane) => {}
        (Sizes::Plane, _) if patch_count(second.form) > 0 => {
            against_plane(first.world, second, points);
        }
        (Sizes::Capsule(a), Sizes::Capsule(b)) => {
            capsule_capsule(a, first.world, b, second.world, points);
        }
        (Sizes::Capsule([radius, half]), Sizes::Box(b)) => {
            let segment = Segment::of_axis(half, &second.see(first));
            capsule_box(radius, &segment, b, second.world, points);
        }
        (Sizes::Capsule([radius, half]), Sizes::Cylinder(b)) => {
            let segment = Segment::of_axis(half, &second.see(first));
            capsule_cylinder(radius, &segment, b, second.world, points);
        }
        (Sizes::Box(a), Sizes::Box(b)) => box_box(a, first, b, second, points),
        (a, b) => {
            sampled(first, second, points);
            match (a, b) {
                (Sizes::Cylinder(a), Sizes::Cylinder(b)) => {
                    sides_cross(a, first.world, b, second.world, points);
                }
                (Sizes::Cylinder(a), Sizes::Box(b)) => side_on_box(a, first, b, second, points),
                _ => {}
            }
        }
    }
}

/// A form's lengths, where laws of their own want them.
enum Sizes {
    Plane,
    Capsule([f64; 2]),
    Cylinder([f64; 2]),
    Box([f64; 3]),
    Other,
}

fn sizes(form: &ContactForm) -> Sizes {
    match form {
        ContactForm::Plane => Sizes::Plane,
        ContactForm::Capsule {
            radius,
            half_length,
        } => Sizes::Capsule([*radius, *half_length]),
        ContactForm::Cylinder {
            radius,
            half_height,
        } => Sizes::Cylinder([*radius, *half_height]),
        ContactForm::Box { half_extent } => Sizes::Box(*half_extent),
        _ => Sizes::Other,
    }
}
