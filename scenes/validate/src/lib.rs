//! Checks of a plant model, with stable codes, as text, JSON and SARIF.
//!
//! [`validate`] loads a scene and looks at it twice: as the world that would be simulated (units,
//! masses, joints, drives, overlaps) and, for USD, as the composed stage (default prim, nesting,
//! articulation roots, missing files). [`check`] looks at a world alone. [`Report`]s are printed by
//! [`text`], [`json`] and [`sarif`]. [`difference`] compares two worlds or two canonical dumps;
//! [`survey`] counts and weighs what a plant holds.
//!
//! Codes are described in `scenes/validate/FINDINGS.md`, those of loading in `scenes/FINDINGS.md`.
//! Simulates nothing. Start reading at `rule.rs`, then `check.rs`.

mod articulations;
mod bodies;
mod bounds;
mod check;
mod colliders;
pub mod difference;
mod drives;
mod joints;
mod lines;
mod names;
mod overlap;
mod plant;
mod profile;
mod report;
mod rule;
mod sarif;
mod sink;
mod solids;
mod stage;
mod subtrees;
pub mod survey;
mod text;
mod units;
mod wording;

pub use check::{Options, check, validate};
pub use report::{Entry, Report, json};
pub use rule::{Profile, Rule, known_code, rules};
pub use sarif::sarif;
pub use text::text;
pub use wording::{count, grouped, length, number};
