//! `halle convert`: a model of any format as clean USD.

use std::path::{Path, PathBuf};

use clap::Args;
use halle_author::{AuthorOptions, Format};
use halle_validate::count;
use halle_world::{Diagnostics, Severity};
use serde_json::{Value, json};

use crate::failure::{Failure, USAGE};
use crate::say;
use crate::source::{Idle, Source};

const EXAMPLES: &str = "\
Examples:
  halle convert robot.urdf robot.usda --package robot_description=./robot_description
  halle convert humanoid.xml humanoid.usdz
  halle convert plant.usda flat.usdc --fix-units --force

Writes one file in metres, kilograms and z up that needs no other. What the model says and USD, or
halle, cannot hold is a finding.";

/// `halle convert`
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Convert {
    /// Model: a .usd, .usda, .usdc, .usdz, .urdf or .xml (MJCF) file.
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// File to write; its ending says how: .usda, .usdc (or .usd), .usdz.
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// Replaces OUT if it is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// How to load.
    #[command(flatten)]
    pub(crate) source: Source,
    /// Prints one line of JSON at the end.
    #[arg(long)]
    pub(crate) json: bool,
    /// For scripts.
    #[command(flatten)]
    pub(crate) idle: Idle,
}

/// Loads, writes, and says what was lost.
pub(crate) fn convert(given: &Convert) -> Result<Option<Value>, Failure> {
    let out = &given.out;
    if Format::of(out).is_none() {
        let name = out.display();
        let text = format!("`{name}`: expected a name that ends in .usda, .usdc, .usd or .usdz");
        return Err(Failure::input(text).with_code(USAGE));
    }
    if same(&given.input, out) {
        let text = format!("`{}` would overwrite what it is made of", out.display());
        return Err(Failure::input(text).help("give another name"));
    }
    if out.exists() && !given.force {
        let text = format!("`{}` is there already", out.display());
        return Err(Failure::input(text).help("give another name, or `--force`"));
    }
    log::debug!("loading `{}`", given.input.display());
    let (world, findings) = halle_scenes::load_with(&given.input, &given.source.options())?;
    // A file that is read and must not change: a layer of the scene.
    if let Some(layer) = made_of(&world, &given.input, out) {
        let text = format!(
            "`{}` would overwrite `{layer}`, a file of the scene",
            out.display()
        );
        return Err(Failure::input(text).help("give another name"));
    }
    tell("reading", &findings);
    log::debug!("writing `{}`", out.display());
    let written = halle_author::write(&world, out, &AuthorOptions::default())?;
    tell("writing", &written.findings);
    let lost = |list: &Diagnostics| list.count(Severity::Warning);
    if given.json {
        return Ok(Some(json!({
            "out": out.display().to_string(),
            "bytes": written.bytes,
            "prims": written.prim_count,
            "reading": findings.findings(),
            "writing": written.findings.findings(),
        })));
    }
    say(&format!(
        "`{}`: {}, {} bytes; {} on reading, {} on writing",
        out.display(),
        count(written.prim_count, "prim"),
        halle_validate::grouped(usize::try_from(written.bytes).unwrap_or(usize::MAX)),
        count(lost(&findings), "warning"),
        count(lost(&written.findings), "warning"),
    ))?;
    Ok(None)
}

/// Whether two names are those of one file.
fn same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// The file of the scene that `out` is, if it is one.
fn made_of(world: &halle_world::World, input: &Path, out: &Path) -> Option<String> {
    let folder = input.parent().unwrap_or(Path::new(""));
    let plant = world.get_resource::<halle_world::Plant>()?;
    let mut files = plant.inputs.iter().map(|(name, _)| name);
    files.find(|name| same(&folder.join(name), out)).cloned()
}

/// Findings on standard error, as warnings of what is lost.
fn tell(when: &str, findings: &Diagnostics) {
    for finding in findings.findings() {
        match finding.severity {
            Severity::Note => log::debug!("{when}: {finding}"),
            Severity::Warning => log::warn!("{when}: {finding}"),
            Severity::Error => log::error!("{when}: {finding}"),
        }
    }
}
