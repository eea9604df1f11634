//! What an env keeps between control steps.

use halle_lanes::{Carry, Lane};

use super::control::ACTION_COUNT;

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
pub(crate) struct EnvState<S> {
    /// Joint positions.
    pub q: Vec<S>,
    /// Joint velocities.
    pub qd: Vec<S>,
    /// Joint positions that the drives follow.
    pub q_reference: Vec<S>,
    /// Distance done along the raster [m].
    pub path: S,
    /// Place of the pad along the nominal normal; negative presses [m].
    pub normal_offset: S,
    /// Sideways offset of the path [m].
    pub lateral: S,
    /// Tilt of the pad about x and y of the workpiece [rad].
    pub tilt: [S; 2],
    /// Filtered force reading [N].
    pub force: S,
    /// Last two force readings, newest first [N].
    pub readings: [S; 2],
    /// Last tilt moment readings [N m].
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
    /// Sum of squared force errors while engaged [N^2].
    pub force_square_sum: S,
    /// Engaged control steps within 10 % of the set point.
    pub band_steps: S,
    /// Engaged control steps.
    pub contact_steps: S,
    /// Largest axial force [N].
    pub force_peak: S,
    /// Work of the drives [J].
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
            q: vec![o; joints],
            qd: vec![o; joints],
            q_reference: vec![o; joints],
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
        let mut k = 0;
        state.visit(&mut |x| {
            *x = S::load(array, S::index(k));
            k += 1;
        });
        state
    }

    /// Writes the state to memory.
    #[inline(always)]
    pub(super) fn store(&mut self, array: &mut S::Array<'_>) {
        let mut k = 0;
        self.visit(&mut |x| {
            S::store(array, S::index(k), *x);
            k += 1;
        });
    }

    /// `other` where the mask holds.
    #[inline(always)]
    pub(super) fn replace(&mut self, mask: S::Mask, other: &mut Self) {
        let mut values = Vec::new();
        other.visit(&mut |x| values.push(*x));
        let mut k = 0;
        self.visit(&mut |x| {
            *x = S::select(mask, values[k], *x);
            k += 1;
        });
    }
}

/// Numbers of an [`EnvState`].
pub(crate) fn state_len(joints: usize) -> usize {
    let mut count = 0;
    EnvState::<f64>::zero(joints).visit(&mut |_| count += 1);
    count
}

impl<S: Lane> Carry<S> for EnvState<S> {
    #[inline(always)]
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        self.q.visit(each);
        self.qd.visit(each);
        self.q_reference.visit(each);
        each(&mut self.path);
        each(&mut self.normal_offset);
        each(&mut self.lateral);
        self.tilt.visit(each);
        each(&mut self.force);
        self.readings.visit(each);
        self.moments.visit(each);
        self.action.visit(each);
        each(&mut self.episode);
        each(&mut self.step);
        each(&mut self.budget);
        each(&mut self.engaged);
        self.parameters.visit(each);
        each(&mut self.force_square_sum);
        each(&mut self.band_steps);
        each(&mut self.contact_steps);
        each(&mut self.force_peak);
        each(&mut self.work);
        self.removal.visit(each);
        self.foreseen.visit(each);
        self.patch.visit(each);
    }
}
