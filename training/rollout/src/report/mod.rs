//! The page that a run leaves behind: one self-contained HTML file.
//!
//! [`Report`] is plain data; [`Report::to_html`] draws it. Every number of the
//! page comes from the data given or is computed from it here (means, standard
//! deviations, confidence intervals, shares in a band); nothing is assumed.

mod curve;
mod gaps;
mod map;
mod number;
mod page;
mod plant;
mod score;
mod stats;
mod svg;

pub use plant::{Card, Chart, PlantReport, Rows};

use serde::{Deserialize, Serialize};

/// Everything that the page shows; empty parts are left out of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Heading, such as `Polishing: saddle cell`.
    pub title: String,
    /// One or two sentences: what was asked and what came out.
    pub summary: String,
    /// What the samples of [`Self::metrics`] are, such as `256 held-out workpieces`.
    pub samples: String,
    /// The table of results; those marked as headline also stand on top of the page.
    pub metrics: Vec<Metric>,
    /// The score of each workpiece under both controllers.
    pub score: Option<ScoreComparison>,
    /// Removal of one workpiece under both controllers.
    pub removal: Option<RemovalMaps>,
    /// Contact force over one episode under both controllers.
    pub force: Option<ForceTraces>,
    /// How learning went.
    pub learning: Option<LearningCurve>,
    /// Pictures of the cell; the first stands on top of the page.
    pub pictures: Vec<Picture>,
    /// What was run, in groups: scene and hashes, seeds, backend, versions, times.
    pub facts: Vec<FactGroup>,
    /// What the scene loader and the run found, one sentence each.
    pub findings: Vec<String>,
    /// What a reader should know before trusting the numbers, one paragraph each.
    pub notes: Vec<String>,
}

/// Which way a number should go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// It only describes.
    Neither,
}

/// One row of the table of results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Name as shown, such as `Coverage`.
    pub name: String,
    /// Unit of the samples, such as `%`, `N`, `s`; empty for pure numbers.
    pub unit: String,
    /// What it means, in one short sentence.
    pub meaning: String,
    /// Which way it should go.
    pub better: Better,
    /// Shown large on top of the page.
    pub headline: bool,
    /// One value per workpiece under the baseline.
    #[serde(with = "gaps::list")]
    pub baseline: Vec<f64>,
    /// One value per workpiece under the policy; the same workpieces in the same order.
    #[serde(with = "gaps::list")]
    pub policy: Vec<f64>,
}

/// Paired scores: entry i of both lists belongs to the same workpiece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreComparison {
    /// Name of the score.
    pub name: String,
    /// Its unit, or empty.
    pub unit: String,
    /// Which way it should go.
    pub better: Better,
    /// Under the baseline.
    #[serde(with = "gaps::list")]
    pub baseline: Vec<f64>,
    /// Under the policy.
    #[serde(with = "gaps::list")]
    pub policy: Vec<f64>,
}

/// Removed depth on the same grid under both controllers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemovalMaps {
    /// Cells along x and y.
    pub cells: [usize; 2],
    /// Size of the region along x and y \[mm\].
    pub size_mm: [f64; 2],
    /// Depth that should be removed \[µm\].
    pub target_um: f64,
    /// Half width of the band around the target, as a share of it (0.2 for ±20 %).
    pub tolerance: f64,
    /// Depth per cell under the baseline \[µm\], x fastest from the lower left; NaN outside the region.
    #[serde(with = "gaps::list")]
    pub baseline_um: Vec<f64>,
    /// Depth per cell under the policy \[µm\], laid out the same.
    #[serde(with = "gaps::list")]
    pub policy_um: Vec<f64>,
    /// Which workpiece it is, in words.
    pub workpiece: String,
}

/// Contact force over one episode under both controllers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForceTraces {
    /// Half width of the band around the set point, as a share of it (0.1 for ±10 %).
    pub tolerance: f64,
    /// The scripted controller.
    pub baseline: ForceTrace,
    /// The learned one.
    pub policy: ForceTrace,
    /// Which workpiece it is, in words.
    pub workpiece: String,
}

/// One force over time; the three lists have one length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ForceTrace {
    /// Time since the start of the episode \[s\].
    #[serde(with = "gaps::list")]
    pub time: Vec<f64>,
    /// Measured normal force \[N\].
    #[serde(with = "gaps::list")]
    pub measured: Vec<f64>,
    /// Force that is asked for \[N\]; zero where no contact is wanted.
    #[serde(with = "gaps::list")]
    pub set_point: Vec<f64>,
}

/// Panels over the same axis of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningCurve {
    /// What x counts, such as `env-steps` or `iterations`.
    pub x_label: String,
    /// One chart each, such as reward and score.
    pub panels: Vec<CurvePanel>,
}

/// One chart of the learning curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePanel {
    /// Heading.
    pub title: String,
    /// Unit of y, or empty.
    pub unit: String,
    /// Lines.
    pub series: Vec<Series>,
    /// Level lines, such as the baseline's score.
    pub levels: Vec<Level>,
}

/// A line over x; values that are not finite leave a gap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Points (x, y) in order of x.
    #[serde(with = "gaps::pairs")]
    pub points: Vec<[f64; 2]>,
    /// Band (x, low, high) around it, such as the spread over envs; may be empty.
    pub band: Vec<[f64; 3]>,
}

/// A level line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Name beside the line.
    pub name: String,
    /// Its y.
    pub value: f64,
}

/// A picture with its caption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Bytes of a PNG file; not kept in JSON.
    #[serde(skip)]
    pub png: Vec<u8>,
    /// Name of the file in the run folder, to load the bytes again.
    pub file: String,
    /// What it shows.
    pub caption: String,
}

/// Facts under one heading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactGroup {
    /// Heading, such as `Scene` or `Machine`.
    pub title: String,
    /// Pairs of name and value; long hashes may break.
    pub facts: Vec<(String, String)>,
}

impl Report {
    /// The page as HTML text, complete in itself: styles, charts and pictures are inside.
    #[must_use]
    pub fn to_html(&self) -> String {
        page::render(self)
    }
}
