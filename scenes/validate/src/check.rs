//! The way in: a file to a report.

use std::path::Path;

use halle_scenes::{LoadOptions, SceneError};
use halle_stage::StageError;
use halle_stage::open::{OpenOptions, Scene, on_own_thread};
use halle_world::{Diagnostics, Finding, Severity, Site, World};

use crate::plant::Facts;
use crate::report::{Entry, Report};
use crate::rule::Profile;
use crate::sink::Sink;
use crate::{
    articulations, bodies, colliders, drives, joints, names, overlap, profile, stage, units,
};

/// How a model is checked.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it is meant to be.
    pub profile: Profile,
    /// How it is loaded.
    pub load: LoadOptions,
    /// Codes that are errors whatever they are otherwise; `warnings` and `notes` stand for all.
    pub deny: Vec<String>,
    /// Codes that are left out; `warnings` and `notes` stand for all.
    pub allow: Vec<String>,
    /// Overlap at the start from which on it is told \[m\].
    pub overlap: f64,
}

impl Default for Options {
    /// The general profile; overlaps from a millimetre.
    fn default() -> Self {
        Self {
            profile: Profile::General,
            load: LoadOptions::default(),
            deny: Vec::new(),
            allow: Vec::new(),
            overlap: 1e-3,
        }
    }
}

/// Loads a file and checks everything about it; `progress` is told what is being done.
///
/// A file that cannot be loaded gives a report with one error. The same file gives the same report.
#[must_use]
pub fn validate(path: &Path, options: &Options, progress: &mut (dyn FnMut(&str) + Send)) -> Report {
    progress("loading");
    let mut report = match halle_scenes::load_with(path, &options.load) {
        Err(error) => refused(path, &error),
        Ok((world, findings)) => loaded(path, &world, &findings, options, progress),
    };
    report.profile = options.profile;
    report.judge(&options.deny, &options.allow);
    report
}

/// Checks a world that some reader has made, with what that reader found.
#[must_use]
pub fn check(world: &World, findings: &Diagnostics, options: &Options) -> Vec<Entry> {
    let mut sink = Sink::new(options.profile);
    take(&mut sink, findings);
    look(world, options, &mut sink, &mut |_| {});
    sink.into_entries()
}

fn take(sink: &mut Sink, findings: &Diagnostics) {
    for finding in findings.findings() {
        sink.push(finding.clone(), None);
    }
}

/// The report on a file that cannot be loaded.
fn refused(path: &Path, error: &SceneError) -> Report {
    let mut sink = Sink::default();
    sink.push(error.finding(), None);
    let mut entries = sink.into_entries();
    if let (Some(entry), SceneError::Broken { line, .. }) = (entries.first_mut(), error) {
        entry.line = *line;
    }
    Report {
        file: path.display().to_string(),
        entries,
        ours: matches!(error, SceneError::ReaderFailed { .. }),
        ..Report::default()
    }
}

fn loaded(
    path: &Path,
    world: &World,
    findings: &Diagnostics,
    options: &Options,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Report {
    let mut sink = Sink::new(options.profile);
    take(&mut sink, findings);
    let file = path.display().to_string();
    if !is_usd(path) {
        look(world, options, &mut sink, progress);
        return Report {
            file,
            entries: sink.into_entries(),
            ..Report::default()
        };
    }
    let staged = on_own_thread(|| {
        progress("looking at the stage");
        let scene = Scene::open(path, &OpenOptions::default())?;
        stage::check(&scene, &mut sink)?;
        look(world, options, &mut sink, progress);
        let mut entries = std::mem::take(&mut sink).into_entries();
        stage::locate(&scene, &mut entries);
        Ok(entries)
    });
    match staged {
        Ok(entries) => Report {
            file,
            entries,
            ..Report::default()
        },
        Err(error) => {
            let ours = matches!(error, StageError::ReaderFailed { .. });
            let name = path.file_name().unwrap_or(path.as_os_str());
            let site = Site {
                layer: name.to_string_lossy().into_owned(),
                ..Site::default()
            };
            let message = format!("the stage cannot be read to its end: {error}");
            sink.push(
                Finding::new(Severity::Error, "SC0008", site, message)
                    .help("please report the file"),
                None,
            );
            Report {
                file,
                entries: sink.into_entries(),
                ours,
                ..Report::default()
            }
        }
    }
}

fn is_usd(path: &Path) -> bool {
    let ending = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    ["usd", "usda", "usdc", "usdz"].contains(&ending.to_ascii_lowercase().as_str())
}

/// All checks of a world.
fn look(
    world: &World,
    options: &Options,
    sink: &mut Sink,
    progress: &mut (dyn FnMut(&str) + Send),
) {
    progress("looking at bodies and joints");
    let Some(facts) = Facts::of(world) else {
        return;
    };
    names::check(&facts, sink);
    units::check(&facts, sink);
    bodies::check(&facts, sink);
    joints::check(&facts, sink);
    drives::check(&facts, sink);
    articulations::check(&facts, sink);
    profile::check(&facts, sink);
    progress("looking at colliders");
    colliders::check(&facts, sink);
    progress("looking for overlaps");
    overlap::check(&facts, sink, options.overlap);
}
