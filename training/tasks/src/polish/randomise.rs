//! What each episode draws, and the surface that follows from it.

use halle_dynamics::{Links, PadParameters, Surface};
use halle_lanes::{Draw, Lane};
use halle_model::Model;
use halle_spatial::{Mat3, Transform, Vec3};

use super::config::Randomisation;
use super::state::Parameters;

/// Purposes of random numbers within a control step.
pub(crate) mod purpose {
    /// Parameters of an episode take several in a row.
    pub(crate) const PARAMETERS: u32 = 0;
    /// Length of the first episode.
    pub(crate) const BUDGET: u32 = 8;
    /// Joint positions at the start take several in a row.
    pub(crate) const JOINTS: u32 = 16;
    /// Force reading.
    pub(crate) const FORCE: u32 = 64;
    /// Tilt moment readings take two.
    pub(crate) const MOMENT: u32 = 65;
}

/// Draws the parameters of an episode.
#[inline(always)]
pub(crate) fn draw_parameters<S: Lane>(
    model: &Model,
    law: &Randomisation,
    draw: &Draw<S>,
) -> Parameters<S> {
    let a = draw.signed4(purpose::PARAMETERS);
    let b = draw.signed4(purpose::PARAMETERS + 1);
    let c = draw.signed4(purpose::PARAMETERS + 2);
    let d = draw.signed4(purpose::PARAMETERS + 3);
    let around = |u: S, half: f64| u * S::lit(half);
    let scale = |u: S, half: f64, nominal: f64| u.mul_add(S::lit(half * nominal), S::lit(nominal));
    // The magnitude lies in a band, so that held-out shapes are none of training's.
    let banded = |u: S, half: f64| {
        let [low, high] = law.shape_band;
        let size = u
            .abs()
            .mul_add(S::lit((high - low) * half), S::lit(low * half));
        S::select(u.lt(S::lit(0.0)), -size, size)
    };
    [
        around(a[0], law.position[0]),
        around(a[1], law.position[1]),
        around(a[2], law.position[2]),
        around(a[3], law.rotation[0]),
        around(b[0], law.rotation[1]),
        around(b[1], law.rotation[2]),
        banded(b[2], law.shape[0]),
        banded(b[3], law.shape[1]),
        banded(c[0], law.shape[2]),
        scale(c[1], law.friction, model.tool.friction),
        scale(c[2], law.preston, model.tool.preston),
        scale(c[3], law.pad, 1.0),
        around(d[0], law.force_bias),
        around(d[1], law.removal_gain),
    ]
}

/// Joint positions at the start of an episode.
#[inline(always)]
pub(crate) fn draw_joints<S: Lane>(start: &[f64], law: &Randomisation, draw: &Draw<S>) -> Links<S> {
    let mut q = Links::new();
    for (k, four) in start.chunks(4).enumerate() {
        let u = draw.signed4(purpose::JOINTS + k as u32);
        for (i, nominal) in four.iter().enumerate() {
            q.push(u[i].mul_add(S::lit(law.joints), S::lit(*nominal)));
        }
    }
    q
}

/// The workpiece as it really is in this episode.
#[inline(always)]
pub(crate) fn true_surface<S: Lane>(model: &Model, p: &Parameters<S>) -> Surface<S> {
    let mut surface = Surface::nominal(&model.workpiece);
    let error = Transform {
        rotation: rotation_xyz([p[3], p[4], p[5]]),
        origin: Vec3::new(p[0], p[1], p[2]),
    };
    surface.world_from_workpiece = surface.world_from_workpiece.then(&error);
    surface.terms[3] += p[6];
    surface.terms[4] += p[7];
    surface.terms[5] += p[8];
    surface
}

/// The pad as it really is in this episode.
#[inline(always)]
pub(crate) fn true_pad<S: Lane>(model: &Model, p: &Parameters<S>) -> PadParameters<S> {
    PadParameters {
        stiffness: p[11] * S::lit(model.tool.stiffness),
        damping: p[11] * S::lit(model.tool.damping),
        friction: p[9],
    }
}

/// Rotation about x, then y, then z of the fixed frame.
#[inline(always)]
fn rotation_xyz<S: Lane>(angle: [S; 3]) -> Mat3<S> {
    let (sx, cx) = angle[0].sin_cos();
    let (sy, cy) = angle[1].sin_cos();
    let (sz, cz) = angle[2].sin_cos();
    Mat3::new(
        Vec3::new(cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx),
        Vec3::new(sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx),
        Vec3::new(-sy, cy * sx, cy * cx),
    )
}
