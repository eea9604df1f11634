//! `halle validate`: whether models can be used as they are.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use halle_validate::{Options, Profile, Report, json, known_code, sarif, text, validate as look};
use serde_json::Value;

use crate::facts::VERSION;
use crate::failure::Failure;
use crate::say;
use crate::source::{Idle, Source};

/// Seconds after which progress is told.
const SOON: f64 = 2.0;

const EXAMPLES: &str = "\
Examples:
  halle validate plant.usda
  halle validate robot.usd --profile robot --deny warnings
  halle validate assets/*.usda --profile prop --format sarif -o findings.sarif
  halle validate plant.usda --allow VA0136 --allow notes

Warnings and notes do not fail: exit code 1 means that some file has errors.
Codes are described in scenes/validate/FINDINGS.md and scenes/FINDINGS.md.";

/// `halle validate`
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Validate {
    /// Models: .usd, .usda, .usdc, .usdz, .urdf or .xml (MJCF) files.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// What the models are meant to be.
    #[arg(long, value_enum, default_value = "general")]
    pub(crate) profile: ProfileName,
    /// Form of the report.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Writes the report here instead of on standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Code that counts as an error; `warnings` or `notes` stand for all. May be given several times.
    #[arg(long, value_name = "CODE", value_parser = code)]
    pub(crate) deny: Vec<String>,
    /// Code that is left out; `warnings` or `notes` stand for all. May be given several times.
    #[arg(long, value_name = "CODE", value_parser = code)]
    pub(crate) allow: Vec<String>,
    /// Overlap at the start from which on it is told \[m\].
    #[arg(long, default_value_t = 0.001)]
    pub(crate) overlap: f64,
    /// Shows every place; by default five of a code.
    #[arg(long)]
    pub(crate) all: bool,
    /// How to load.
    #[command(flatten)]
    pub(crate) source: Source,
    /// Prints one line of JSON; the same as `--format json`.
    #[arg(long)]
    pub(crate) json: bool,
    /// For scripts.
    #[command(flatten)]
    pub(crate) idle: Idle,
}

/// What a model is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileName {
    /// Anything: what is wrong in any model.
    General,
    /// One object that others place in their scenes.
    Prop,
    /// One robot or other mechanism.
    Robot,
    /// A whole scene to be simulated.
    Plant,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
}

fn code(text: &str) -> Result<String, String> {
    if ["warnings", "notes"].contains(&text) || known_code(text) {
        Ok(text.to_owned())
    } else {
        Err("expected a code such as VA0130, `warnings` or `notes`".to_owned())
    }
}

/// Checks all files and prints one report.
pub(crate) fn validate(given: &Validate) -> Result<Option<Value>, Failure> {
    let options = Options {
        profile: match given.profile {
            ProfileName::General => Profile::General,
            ProfileName::Prop => Profile::Prop,
            ProfileName::Robot => Profile::Robot,
            ProfileName::Plant => Profile::Plant,
        },
        load: given.source.options(),
        deny: given.deny.clone(),
        allow: given.allow.clone(),
        overlap: given.overlap,
    };
    let mut reports = Vec::with_capacity(given.paths.len());
    for (number, path) in given.paths.iter().enumerate() {
        let began = Instant::now();
        let mut said = began;
        let name = path.display();
        let report = look(path, &options, &mut |what| {
            log::debug!("{name}: {what} ({:.1} s)", began.elapsed().as_secs_f64());
            if said.elapsed().as_secs_f64() > SOON {
                said = Instant::now();
                let of = given.paths.len();
                log::info!("{name}: {what} ({} of {of} files)", number + 1);
            }
        });
        reports.push(report);
    }
    let format = if given.json {
        Format::Json
    } else {
        given.format
    };
    let report = match format {
        Format::Text => text(&reports, given.all),
        Format::Json => json(&reports).to_string(),
        Format::Sarif => format!("{:#}", sarif(&reports, VERSION)),
    };
    match &given.out {
        Some(file) => {
            halle_rollout::write_file(file, format!("{}\n", report.trim_end()).as_bytes())?;
        }
        None => say(report.trim_end())?,
    }
    verdict(&reports)
}

/// Fails if some file has errors.
fn verdict(reports: &[Report]) -> Result<Option<Value>, Failure> {
    let bad: Vec<&Report> = reports.iter().filter(|r| !r.passes()).collect();
    let Some(first) = bad.first() else {
        return Ok(None);
    };
    if let Some(ours) = bad.iter().find(|r| r.ours) {
        return Err(Failure::ours(format!(
            "the reader broke down on `{}`",
            ours.file
        )));
    }
    let text = if reports.len() == 1 {
        format!("`{}` is not valid", first.file)
    } else {
        format!("{} of {} files are not valid", bad.len(), reports.len())
    };
    Err(Failure::input(text))
}
