//! What an env keeps between control steps.

use halle_dynamics::Links;
use halle_lanes::{Few, Lane};
use halle_model::MAX_LINKS;

use super::quantity::ACTION_COUNT;

/// Parameters that each episode draws, with their units.
pub const PARAMETERS: [(&str, &str); 14] = [
    ("position_x", "m"),
    ("position_y", "m"),
    ("position_z", "m"),
    ("rotation_x", "rad"),
    ("rotation_y", "rad"),
    ("rotation_z", "rad"),
    ("shape_xx", "1/m"),
    ("shape_xy", "1/m"),
    ("shape_yy", "1/m"),
    ("friction", "-"),
    ("preston", "1/Pa"),
    ("pad_scale", "-"),
    ("force_bias", "N"),
    ("removal_gain", "-"),
];

/// What is told of every control step, with units; the episode's parameters follow.
pub const INFO: [(&str, &str); 18] = [
    ("time", "s"),
    ("force", "N"),
    ("force_measured", "N"),
    ("x", "m"),
    ("y", "m"),
    ("normal_offset", "m"),
    ("progress", "-"),
    ("removal_mean", "target"),
    ("removal_mean_square", "target^2"),
    ("removal_error", "target"),
    ("coverage", "-"),
    ("over_polished", "-"),
    ("force_square_sum", "N^2"),
    ("band_steps", "-"),
    ("contact_steps", "-"),
    ("force_peak", "N"),
    ("work", "J"),
    ("fault", "bits"),
];

/// Drawn once per episode; the order is that of [`PARAMETERS`].
pub(crate) type Parameters<S> = [S; PARAMETERS.len()];

/// One env between control steps, without its removal map.
#[derive(Clone, Debug)]
pub(crate) struct EnvState<S: Copy> {
    /// Joint positions.
    pub q: Links<S>,
    /// Joint velocities.
    pub qd: Links<S>,
    /// Joint positions that the drives follow.
    pub q_reference: Links<S>,
    /// Distance done along the raster \[m\].
    pub path: S,
    /// Place of the pad along the nominal normal; negative presses \[m\].
    pub normal_offset: S,
    /// Sideways offset of the path \[m\].
    pub lateral: S,
    /// Tilt of the pad about x and y of the workpiece \[rad\].
    pub tilt: [S; 2],
    /// Filtered force reading \[N\].
    pub force: S,
    /// Last two force readings, newest first \[N\].
    pub readings: [S; 2],
    /// Last tilt moment readings \[N m\].
    pub moments: [S; 2],
    /// Last action.
    pub action: [S; ACTION_COUNT],
    /// Number of the episode.
    pub episode: S,
    /// Control steps done in the episode.
    pub step: S,
    /// Control steps that the episode may last.
    pub budget: S,
    /// One from the first contact on.
    pub engaged: S,
    /// What this episode drew.
    pub parameters: Parameters<S>,
    /// Sum of squared force errors while engaged \[N^2\].
    pub force_square_sum: S,
    /// Engaged control steps within 10 % of the set point.
    pub band_steps: S,
    /// Engaged control steps.
    pub contact_steps: S,
    /// Largest axial force \[N\].
    pub force_peak: S,
    /// Work of the drives \[J\].
    pub work: S,
    /// Removal over target: mean, mean square, mean distance from one, coverage, over.
    pub removal: [S; 5],
    /// As removal's last three, foreseen at the end of the raster.
    pub foreseen: [S; 3],
    /// Material that the plan will leave around the pad over the target.
    pub patch: [S; 9],
}

impl<S: Lane> EnvState<S> {
    /// All numbers zero.
    #[inline(always)]
    pub(super) fn zero(joints: usize) -> Self {
        let o = S::lit(0.0);
        Self {
            q: Links::filled(o, joints),
            qd: Links::filled(o, joints),
            q_reference: Links::filled(o, joints),
            path: o,
            normal_offset: o,
            lateral: o,
            tilt: [o; 2],
            force: o,
            readings: [o; 2],
            moments: [o; 2],
            action: [o; ACTION_COUNT],
            episode: o,
            step: o,
            budget: o,
            engaged: o,
            parameters: [o; PARAMETERS.len()],
            force_square_sum: o,
            band_steps: o,
            contact_steps: o,
            force_peak: o,
            work: o,
            removal: [o; 5],
            foreseen: [o; 3],
            patch: [o; 9],
        }
    }

    /// Reads the state from memory.
    #[inline(always)]
    pub(super) fn load(joints: usize, array: &S::Array<'_>) -> Self {
        let mut state = Self::zero(joints);
        state.visit(&mut Load { array, at: 0 });
        state
    }

    /// Writes the state to memory.
    #[inline(always)]
    pub(super) fn store(&mut self, array: &mut S::Array<'_>) {
        self.visit(&mut Store { array, at: 0 });
    }

    /// `other` where the mask holds.
    #[inline(always)]
    pub(super) fn replace(&mut self, mask: S::Mask, other: &mut Self) {
        let mut all = Gather(Few::new());
        other.visit(&mut all);
        self.visit(&mut Replace {
            mask,
            values: &all.0,
            at: 0,
        });
    }

    /// Whether every number is finite.
    #[inline(always)]
    pub(super) fn is_finite(&mut self) -> S::Mask {
        let mut total = Total(S::lit(0.0));
        self.visit(&mut total);
        total.0.is_finite()
    }

    /// Shows every number to the visitor, always in the same order.
    #[inline(always)]
    fn visit<V: Visitor<S>>(&mut self, to: &mut V) {
        to.see_all(&mut self.q);
        to.see_all(&mut self.qd);
        to.see_all(&mut self.q_reference);
        to.see(&mut self.path);
        to.see(&mut self.normal_offset);
        to.see(&mut self.lateral);
        to.see_all(&mut self.tilt);
        to.see(&mut self.force);
        to.see_all(&mut self.readings);
        to.see_all(&mut self.moments);
        to.see_all(&mut self.action);
        to.see(&mut self.episode);
        to.see(&mut self.step);
        to.see(&mut self.budget);
        to.see(&mut self.engaged);
        to.see_all(&mut self.parameters);
        to.see(&mut self.force_square_sum);
        to.see(&mut self.band_steps);
        to.see(&mut self.contact_steps);
        to.see(&mut self.force_peak);
        to.see(&mut self.work);
        to.see_all(&mut self.removal);
        to.see_all(&mut self.foreseen);
        to.see_all(&mut self.patch);
    }
}

/// Room for the numbers of an [`EnvState`]: what does not depend on joints, and three per link.
const STATE_MAX: usize = 66 + 3 * MAX_LINKS;

/// Numbers of an [`EnvState`].
pub(crate) fn state_len(joints: usize) -> usize {
    let mut all = Gather(Few::new());
    EnvState::<f64>::zero(joints).visit(&mut all);
    all.0.len()
}

/// What is done with every number of a state.
///
/// A type and no closure: calls of a closure would not be inlined into SIMD code.
trait Visitor<S: Lane> {
    fn see(&mut self, x: &mut S);

    #[inline(always)]
    fn see_all(&mut self, all: &mut [S]) {
        for x in all {
            self.see(x);
        }
    }
}

struct Load<'m, 'a, S: Lane> {
    array: &'m S::Array<'a>,
    at: usize,
}

impl<S: Lane> Visitor<S> for Load<'_, '_, S> {
    #[inline(always)]
    fn see(&mut self, x: &mut S) {
        *x = S::load(self.array, S::index(self.at));
        self.at += 1;
    }
}

struct Store<'m, 'a, S: Lane> {
    array: &'m mut S::Array<'a>,
    at: usize,
}

impl<S: Lane> Visitor<S> for Store<'_, '_, S> {
    #[inline(always)]
    fn see(&mut self, x: &mut S) {
        S::store(self.array, S::index(self.at), *x);
        self.at += 1;
    }
}

/// Sum of magnitudes: finite only if all are.
struct Total<S>(S);

impl<S: Lane> Visitor<S> for Total<S> {
    #[inline(always)]
    fn see(&mut self, x: &mut S) {
        self.0 += x.abs();
    }
}

struct Gather<S>(Few<S, STATE_MAX>);

impl<S: Lane> Visitor<S> for Gather<S> {
    #[inline(always)]
    fn see(&mut self, x: &mut S) {
        self.0.push(*x);
    }
}

struct Replace<'v, S: Lane> {
    mask: S::Mask,
    values: &'v [S],
    at: usize,
}

impl<S: Lane> Visitor<S> for Replace<'_, S> {
    #[inline(always)]
    fn see(&mut self, x: &mut S) {
        *x = S::select(self.mask, self.values[self.at], *x);
        self.at += 1;
    }
}
