//! How an episode is judged.

use serde::{Deserialize, Serialize};

use super::config::PolishConfig;
use super::state::{INFO, PARAMETERS};

/// A metric of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Name, as in files.
    pub name: &'static str,
    /// Name, as in reports.
    pub title: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// Whether more is better.
    pub more_is_better: bool,
}

const fn metric(
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    more_is_better: bool,
    meaning: &'static str,
) -> Metric {
    Metric {
        name,
        title,
        unit,
        meaning,
        more_is_better,
    }
}

/// All metrics, in the order of [`EpisodeMetrics::values`].
pub const METRICS: [Metric; 10] = [
    metric(
        "score",
        "Score",
        "points",
        true,
        "70 for coverage, 20 for time in band, 10 for speed, minus 50 for over-polishing.",
    ),
    metric(
        "coverage",
        "Coverage",
        "%",
        true,
        "Cells within ±20 % of the target removal.",
    ),
    metric(
        "over_polished",
        "Over-polished",
        "%",
        false,
        "Cells with more than 120 % of the target removal.",
    ),
    metric(
        "removal_mean",
        "Mean removal",
        "-",
        true,
        "Mean over cells, over the target.",
    ),
    metric(
        "removal_spread",
        "Removal spread",
        "%",
        false,
        "Standard deviation over cells, over their mean.",
    ),
    metric(
        "force_rmse",
        "Force error",
        "N",
        false,
        "Root mean square from first firm contact on.",
    ),
    metric(
        "force_overshoot",
        "Force overshoot",
        "%",
        false,
        "Largest axial force of any substep above the set point.",
    ),
    metric(
        "time_in_band",
        "Time in force band",
        "%",
        true,
        "Force within ±10 % of the set point, from first firm contact on.",
    ),
    metric(
        "cycle_time",
        "Cycle time",
        "s",
        false,
        "From the start of the approach to the end.",
    ),
    metric(
        "drive_work",
        "Drive work",
        "J",
        false,
        "Net work of the joint drives.",
    ),
];

/// What an episode achieved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpisodeMetrics {
    /// `100 (0.7 coverage + 0.2 time in band + 0.1 (1 - cycle time / horizon) - 0.5 over-polished)` \[points\];
    /// an episode that ends by too much force or a fault gets no points for time.
    pub score: f64,
    /// Share of cells within 20 % of the target removal \[%\].
    pub coverage: f64,
    /// Share of cells more than 20 % above the target \[%\].
    pub over_polished: f64,
    /// Mean removal over target \[-\].
    pub removal_mean: f64,
    /// Standard deviation of removal over its mean \[%\].
    pub removal_spread: f64,
    /// Root mean square of the axial force's error from first contact on \[N\].
    pub force_rmse: f64,
    /// Largest axial force above the set point \[%\].
    pub force_overshoot: f64,
    /// Share of the time from first contact on with the force within 10 % of its set point \[%\].
    pub time_in_band: f64,
    /// Length of the episode \[s\].
    pub cycle_time: f64,
    /// Work of the drives \[J\].
    pub drive_work: f64,
    /// Whether the raster was completed.
    pub completed: bool,
    /// Fault bits.
    pub fault: u32,
}

/// The episode's drawn parameters out of an info row.
#[must_use]
pub fn parameters_of(info: &[f32]) -> &[f32] {
    &info[INFO.len()..INFO.len() + PARAMETERS.len()]
}

impl EpisodeMetrics {
    /// From the info row of the control step in which the episode ended.
    #[must_use]
    pub fn of(info: &[f32], config: &PolishConfig, set_point: f64) -> Self {
        let get = |name: &str| {
            let k = INFO.iter().position(|(n, _)| *n == name);
            k.map_or(f64::NAN, |k| f64::from(info[k]))
        };
        let mean = get("removal_mean");
        let variance = (get("removal_mean_square") - mean * mean).max(0.0);
        let steps = get("contact_steps").max(1.0);
        let coverage = get("coverage");
        let over = get("over_polished");
        let band = get("band_steps") / steps;
        let cycle_time = get("time");
        let peak = get("force_peak");
        let fault = get("fault") as u32;
        let completed = get("progress") > 1.0 - 1.0e-5;
        let failed = fault != 0 || peak > config.force_limit;
        let quick = if failed {
            0.0
        } else {
            1.0 - (cycle_time / config.horizon).min(1.0)
        };
        Self {
            score: 100.0 * (0.7 * coverage + 0.2 * band + 0.1 * quick - 0.5 * over),
            coverage: 100.0 * coverage,
            over_polished: 100.0 * over,
            removal_mean: mean,
            removal_spread: 100.0 * variance.sqrt() / mean.max(1.0e-9),
            force_rmse: (get("force_square_sum") / steps).sqrt(),
            force_overshoot: 100.0 * (peak / set_point - 1.0).max(0.0),
            time_in_band: 100.0 * band,
            cycle_time,
            drive_work: get("work"),
            completed,
            fault,
        }
    }

    /// The numbers in the order of [`METRICS`].
    #[must_use]
    pub fn values(&self) -> [f64; METRICS.len()] {
        [
            self.score,
            self.coverage,
            self.over_polished,
            self.removal_mean,
            self.removal_spread,
            self.force_rmse,
            self.force_overshoot,
            self.time_in_band,
            self.cycle_time,
            self.drive_work,
        ]
    }
}
