//! `halle diff`: what differs between two scenes.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use halle_stage::canonical::{DumpOptions, dump_file};
use halle_stage::open::OpenOptions;
use halle_validate::count;
use halle_validate::difference::{Differences, Tolerance, canonical, worlds};
use halle_world::World;
use serde_json::Value;

use crate::failure::Failure;
use crate::say;
use crate::source::{Idle, Source};

/// Differences that are printed unless all are asked for.
const SHOWN: usize = 40;
/// Characters of a value that are printed.
const WIDTH: usize = 90;

const EXAMPLES: &str = "\
Examples:
  halle diff robot.urdf robot.usda
  halle diff plant.usda plant_mm.usda --rtol 1e-5 --atol 1e-7
  halle diff plant.usda reference.json --canonical

Without `--canonical` both are compared as they would be simulated: SI units, z up; the files may be
of different formats. With it the composed stages are compared, or canonical dumps (.json).
Exit codes: 0 equal, 1 different or not readable, 2 usage.";

/// `halle diff`
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Diff {
    /// Reference: a scene of any format, or a canonical dump.
    pub(crate) reference: PathBuf,
    /// What is held against it.
    pub(crate) found: PathBuf,
    /// Numbers are equal that differ by less than this part of the larger one.
    #[arg(long, allow_negative_numbers = true, default_value_t = 1e-6, value_parser = tolerance)]
    pub(crate) rtol: f64,
    /// Numbers are equal that differ by less than this.
    #[arg(long, allow_negative_numbers = true, default_value_t = 1e-9, value_parser = tolerance)]
    pub(crate) atol: f64,
    /// Compares composed stages, field by field, instead of what would be simulated.
    #[arg(long)]
    pub(crate) canonical: bool,
    /// Form of the list.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ListFormat,
    /// Prints every difference; by default the first 40.
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

/// Form of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value),
        _ => Err("expected a number that is not negative".to_owned()),
    }
}

/// Compares and tells; fails if there is a difference.
pub(crate) fn diff(given: &Diff) -> Result<Option<Value>, Failure> {
    let tolerance = Tolerance {
        rtol: given.rtol,
        atol: given.atol,
    };
    let differences = if given.canonical {
        let [a, b] = [dump(&given.reference)?, dump(&given.found)?];
        canonical(&a, &b, tolerance)
    } else {
        let [a, b] = [load(given, &given.reference)?, load(given, &given.found)?];
        worlds(&a, &b, tolerance)
    };
    if given.json || given.format == ListFormat::Json {
        say(&differences.json().to_string())?;
    } else {
        say(text(&differences, given.all).trim_end())?;
    }
    if differences.list.is_empty() {
        return Ok(None);
    }
    Err(Failure::input(format!(
        "`{}` and `{}` differ",
        given.reference.display(),
        given.found.display()
    )))
}

fn load(given: &Diff, path: &Path) -> Result<World, Failure> {
    log::debug!("loading `{}`", path.display());
    let (world, findings) = halle_scenes::load_with(path, &given.source.options())?;
    let warnings = findings.count(halle_world::Severity::Warning);
    if warnings > 0 {
        let name = path.display();
        log::info!(
            "`{name}` loads with {}: see `halle validate`",
            count(warnings, "warning")
        );
    }
    Ok(world)
}

/// The canonical dump of a stage, or the one that a file holds.
fn dump(path: &Path) -> Result<Value, Failure> {
    let name = path.display();
    if path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("json"))
    {
        let file = File::open(path)
            .map_err(|error| Failure::input(format!("cannot read `{name}`: {error}")))?;
        return serde_json::from_reader(BufReader::new(file))
            .map_err(|error| Failure::input(format!("`{name}` is no canonical dump: {error}")));
    }
    let made = dump_file(path, &OpenOptions::default(), &DumpOptions::default())?;
    match made.get("openError").and_then(Value::as_str) {
        Some(reason) => Err(Failure::input(reason.to_owned())),
        None => Ok(made),
    }
}

fn text(differences: &Differences, all: bool) -> String {
    let mut out = String::new();
    let shown = if all { differences.list.len() } else { SHOWN };
    for d in differences.list.iter().take(shown) {
        let kind = &d.kind;
        let at = &d.path;
        let line = match (&d.reference, &d.found) {
            (Value::Null, found) => format!("{kind:<20} {at}  {}\n", short(found)),
            (reference, Value::Null) => format!("{kind:<20} {at}  {}\n", short(reference)),
            (a, b) => format!("{kind:<20} {at}  {} -> {}\n", short(a), short(b)),
        };
        out.push_str(&line);
    }
    if differences.list.len() > shown {
        let rest = count(differences.list.len() - shown, "more difference");
        out.push_str(&format!("... {rest} (`--all` shows them)\n"));
    }
    if !differences.moved.is_empty() {
        let moved = count(differences.moved.len(), "prim");
        let [from, to] = &differences.moved[0];
        out.push_str(&format!("{moved} matched by name: {from} -> {to}"));
        out.push_str(if differences.moved.len() > 1 {
            ", ...\n"
        } else {
            "\n"
        });
    }
    let kinds: Vec<String> = differences
        .by_kind()
        .into_iter()
        .map(|(kind, number)| format!("{kind} {number}"))
        .collect();
    let verdict = if kinds.is_empty() {
        "equal".to_owned()
    } else {
        format!(
            "{}: {}",
            count(differences.list.len(), "difference"),
            kinds.join(", ")
        )
    };
    let compared = [
        count(differences.prims, "prim"),
        count(differences.values, "value"),
    ];
    out.push_str(&format!("{verdict} ({} compared)\n", compared.join(", ")));
    out
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= WIDTH {
        return text;
    }
    let cut: String = text.chars().take(WIDTH - 3).collect();
    format!("{cut}...")
}
