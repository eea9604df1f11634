//! Settings of the task, with the values that ship.

use serde::{Deserialize, Serialize};

/// Everything about the task that is not in the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolishConfig {
    /// Control steps per second \[Hz\].
    pub control_rate: f64,
    /// Longest episode \[s\].
    pub horizon: f64,
    /// Size of a cell of the removal map \[m\].
    pub cell: f64,
    /// Axial force that ends an episode as failed \[N\].
    pub force_limit: f64,
    /// The scripted controller.
    pub controller: Controller,
    /// What differs between episodes.
    pub randomisation: Randomisation,
    /// Weights of the reward.
    pub reward: Reward,
}

impl Default for PolishConfig {
    fn default() -> Self {
        Self {
            control_rate: 50.0,
            horizon: 24.0,
            cell: 0.01,
            force_limit: 120.0,
            controller: Controller::default(),
            randomisation: Randomisation::default(),
            reward: Reward::default(),
        }
    }
}

/// Raster and force control; a policy corrects what these ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Controller {
    /// Speed along the raster \[m/s\].
    pub feed: f64,
    /// Distance between lines of the raster \[m\].
    pub line_spacing: f64,
    /// How far a line goes beyond the region to polish at each end \[m\].
    pub overshoot: f64,
    /// How far the outermost lines lie beyond the edge of the region; negative is inside \[m\].
    pub edge_offset: f64,
    /// Force control: approach speed per force error \[m/s/N\].
    pub integral_gain: f64,
    /// Force control: offset per force error \[m/N\].
    pub proportional_gain: f64,
    /// Share of a new force reading in the filtered force \[-\].
    pub force_filter: f64,
    /// Largest speed along the normal \[m/s\].
    pub normal_speed: f64,
    /// How much the feed falls per shortfall that the gauge foresees under the pad, over the target; zero
    /// keeps the feed, as a cell without a gauge does \[-\].
    pub shortfall_gain: f64,
    /// Height above the nominal surface at which an episode begins \[m\].
    pub clearance: f64,
}

impl Default for Controller {
    fn default() -> Self {
        Self {
            feed: 0.0975,
            line_spacing: 0.028,
            overshoot: 0.02,
            edge_offset: 0.005,
            integral_gain: 2.4e-3,
            proportional_gain: 1.0e-5,
            force_filter: 0.6,
            normal_speed: 0.05,
            shortfall_gain: 0.0,
            clearance: 0.004,
        }
    }
}

/// Half widths of the uniform laws from which each episode draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Randomisation {
    /// Error of the workpiece's place along each axis of its frame \[m\].
    pub position: [f64; 3],
    /// Error of the workpiece's orientation about each axis of its frame \[rad\].
    pub rotation: [f64; 3],
    /// Change of the surface's second-degree terms x^2, x y, y^2 \[1/m\].
    pub shape: [f64; 3],
    /// Band of the shape's magnitude, as a share of `shape`; the sign is drawn apart.
    pub shape_band: [f64; 2],
    /// Relative change of friction \[-\].
    pub friction: f64,
    /// Relative change of the Preston coefficient \[-\].
    pub preston: f64,
    /// Relative change of the pad's stiffness and damping \[-\].
    pub pad: f64,
    /// Offset of the force sensor \[N\].
    pub force_bias: f64,
    /// Standard deviation of the force reading \[N\].
    pub force_noise: f64,
    /// Standard deviation of the tilt moment reading \[N m\].
    pub moment_noise: f64,
    /// Relative error of the observed removal, fixed for an episode \[-\].
    pub removal_gain: f64,
    /// Error of each joint at the start \[rad or m\].
    pub joints: f64,
    /// Largest share of the horizon that is cut off an env's first episode, so that the envs of a
    /// training batch do not all stand at the same place of the path \[-\].
    pub first_episode_cut: f64,
}

impl Default for Randomisation {
    fn default() -> Self {
        Self {
            position: [0.003, 0.003, 0.002],
            rotation: [0.02, 0.02, 0.02],
            shape: [0.06, 0.06, 0.06],
            shape_band: [0.0, 0.8],
            friction: 0.3,
            preston: 0.3,
            pad: 0.25,
            force_bias: 0.3,
            force_noise: 0.3,
            moment_noise: 0.01,
            removal_gain: 0.05,
            joints: 0.001,
            first_episode_cut: 1.0,
        }
    }
}

impl Randomisation {
    /// The same laws for held-out workpieces: shapes farther from nominal than any seen in training,
    /// and whole episodes only.
    #[must_use]
    pub fn held_out(&self) -> Self {
        Self {
            shape_band: [self.shape_band[1], 1.0],
            first_episode_cut: 0.0,
            ..self.clone()
        }
    }
}

/// Weights of the reward of a control step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reward {
    /// Per fall of the mean distance of removal from its target, over the target \[-\].
    pub error: f64,
    /// Per rise of the share of cells within 20 % of the target \[-\].
    pub coverage: f64,
    /// Per rise of the share of cells more than 20 % above the target \[-\].
    pub over: f64,
    /// Per squared force error over the ±10 % band, at most nine, while in contact \[-\].
    pub force: f64,
    /// Per second \[1/s\].
    pub time: f64,
    /// Per squared change of the action \[-\].
    pub smoothness: f64,
    /// Once, if the episode ends in failure.
    pub failure: f64,
}

impl Default for Reward {
    fn default() -> Self {
        Self {
            error: 120.0,
            coverage: 30.0,
            over: 50.0,
            force: 0.02,
            time: 0.3,
            smoothness: 0.004,
            failure: 20.0,
        }
    }
}
