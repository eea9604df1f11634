//! A spinning compliant disc against a smooth surface.

use halle_lanes::Lane;
use halle_model::Tool;
use halle_spatial::{Motion, Transform, Vec3};

use crate::surface::Surface;

/// Points at which the pad's face is tested against the surface.
pub const PAD_POINT_COUNT: usize = 12;

/// Slip speed below which friction grows in proportion to slip \[m/s\].
const SLIP_SPEED: f64 = 0.005;

/// What may differ between envs.
#[derive(Clone, Copy, Debug)]
pub struct PadParameters<S> {
    /// Normal stiffness of the full face \[N/m\].
    pub stiffness: S,
    /// Normal damping of the full face \[N s/m\].
    pub damping: S,
    /// Coulomb friction \[-\].
    pub friction: S,
}

/// What the surface does to the pad.
#[derive(Clone, Copy, Debug)]
pub struct PadContact<S> {
    /// Force on the pad, world axes \[N\].
    pub force: Vec3<S>,
    /// Moment on the pad about its centre, world axes \[N m\].
    pub moment: Vec3<S>,
    /// Force along the pad's axis into the tool \[N\].
    pub axial_force: S,
    /// Penetration averaged over the face, zero where it does not touch \[m\].
    pub mean_depth: S,
    /// Moment about the pad's x and y axes \[N m\].
    pub tilt_moment: [S; 2],
}

/// Radii of the two rings of a unit disc: roots of (1 ∓ 1/sqrt(3)) / 2.
const RINGS: [f64; 2] = [0.459_700_843_380_983_1, 0.888_073_833_977_115_3];

/// Half the square root of three.
const H: f64 = 0.866_025_403_784_438_6;

/// Directions of the points: the first ring from 0 deg in steps of 60, the second from 30 deg.
const DIRECTIONS: [[f64; 2]; PAD_POINT_COUNT] = [
    [1.0, 0.0],
    [0.5, H],
    [-0.5, H],
    [-1.0, 0.0],
    [-0.5, -H],
    [0.5, -H],
    [H, 0.5],
    [0.0, 1.0],
    [-H, 0.5],
    [-H, -0.5],
    [0.0, -1.0],
    [H, -0.5],
];

/// Places of the test points on the face \[m\]; all carry the same area.
///
/// Two rings of six at the Gauss–Legendre nodes in r^2, turned against each other: exact for
/// polynomials up to degree three in r^2 and harmonics below the sixth, which covers any surface of
/// second degree under the whole face.
#[inline(always)]
#[must_use]
pub fn pad_points(radius: f64) -> [[f64; 2]; PAD_POINT_COUNT] {
    let mut points = DIRECTIONS;
    for (i, point) in points.iter_mut().enumerate() {
        let r = radius * RINGS[i / 6];
        *point = [point[0] * r, point[1] * r];
    }
    points
}

/// Contact of the pad as an elastic foundation (Winkler): each piece of the face is a spring and damper along
/// the surface normal that cannot pull, with Coulomb friction against the slip of the spinning disc.
///
/// `velocity` is that of the spindle's housing at the pad's centre, world axes; the disc turns
/// against it at the tool's spindle speed.
/// Where the patch ends there is no contact.
#[inline(always)]
pub fn pad_contact<S: Lane>(
    tool: &Tool,
    surface: &Surface<S>,
    parameters: &PadParameters<S>,
    world_from_pad: &Transform<S>,
    velocity: &Motion<S>,
) -> PadContact<S> {
    let zero = S::lit(0.0);
    let world = &surface.world_from_workpiece;
    let center = world.point_back(world_from_pad.origin);
    let axes = world
        .rotation
        .transposed()
        .product(&world_from_pad.rotation);
    let (ex, ey, ez) = (axes.column_x(), axes.column_y(), axes.column_z());
    let linear = world.rotation.apply_transposed(velocity.linear);
    let angular = world.rotation.apply_transposed(velocity.angular);
    let disc = ez.mul_add(S::lit(tool.spindle_speed), angular);
    let share = S::lit(1.0 / PAD_POINT_COUNT as f64);
    let stiffness = parameters.stiffness * share;
    let damping = parameters.damping * share;

    let mut force = Vec3::zero();
    let mut moment = Vec3::zero();
    let mut depth_sum = zero;
    for [px, py] in pad_points(tool.radius) {
        let r = ex * S::lit(px) + ey * S::lit(py);
        let p = center + r;
        let at = surface.at(p.x, p.y);
        let inverse = at.inverse_length();
        let normal = Vec3::new(-(at.slope_x * inverse), -(at.slope_y * inverse), inverse);
        let depth = ((at.height - p.z) * inverse).max(zero);
        let on_patch = p.x.abs().lt(S::lit(surface.half_extent[0]))
            & p.y.abs().lt(S::lit(surface.half_extent[1]));
        let touching = on_patch & depth.gt(zero);

        let housing = angular.cross(r) + linear;
        let approach = -housing.dot(normal);
        let push = stiffness.mul_add(depth, damping * approach).max(zero);
        let push = S::select(touching, push, zero);
        let motion = disc.cross(r) + linear;
        let slip = normal.mul_add(-motion.dot(normal), motion);
        let drag = -(parameters.friction * push) / slip.norm().max(S::lit(SLIP_SPEED));
        let f = normal * push + slip * drag;
        force = force + f;
        moment = moment + r.cross(f);
        depth_sum += S::select(touching, depth, zero);
    }
    PadContact {
        force: world.rotation.apply(force),
        moment: world.rotation.apply(moment),
        axial_force: -force.dot(ez),
        mean_depth: depth_sum * share,
        tilt_moment: [moment.dot(ex), moment.dot(ey)],
    }
}
