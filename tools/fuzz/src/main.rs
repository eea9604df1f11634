//! Spoils scene files and holds the readers to their word.
//!
//! Takes files that readers of this project know, spoils them by what they are made of, and lets
//! readers loose on them in processes of their own, under limits of time and memory. A reader may
//! refuse a file; it may not crash, hang, eat memory, panic, or give results that break what it
//! promises. A case is a function of seed, case number and files, so that what is found happens
//! again.
//!
//! Stands beside the readers and knows nothing that only they should know.
//! Start reading at `campaign.rs`, then `child.rs`, `spoil.rs` and `target.rs`.

mod campaign;
mod child;
mod failure;
mod farm;
mod find;
mod format;
mod laws;
mod made;
mod made_runs;
mod minimise;
mod outcome;
mod package;
mod pieces;
mod random;
mod report;
mod seed;
mod seeds;
mod spoil;
mod spoil_bytes;
mod spoil_text;
mod target;
mod watch;
mod words;
mod words_json;
mod words_usd;
mod words_xml;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use campaign::Plan;
use failure::Failure;
use target::{TARGETS, Target};
use watch::Limits;

/// Spoils scene files and holds the readers to their word.
///
/// Exit codes: 0 nothing found, 1 something found, 2 the campaign could not run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask fuzz", version)]
struct Arguments {
    /// Reader to try; all of them if none is named. May be given several times.
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Time that each reader may compute \[s\].
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    seconds: f64,
    /// Seed of all choices: the same seed and files give the same cases.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Most cases per reader.
    #[arg(long, value_name = "N", default_value_t = u64::MAX)]
    cases: u64,
    /// Time that a case may compute \[s\].
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    case_seconds: f64,
    /// Resident memory that a case may take \[MiB\].
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    case_memory: u64,
    /// Start from the project's own files only.
    #[arg(long)]
    own_files: bool,
    /// Folder for cases and finds.
    #[arg(long, value_name = "DIR", default_value = "target/fuzz")]
    out: PathBuf,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    /// Try one file on one reader.
    #[arg(long, value_name = "FILE")]
    repeat: Option<PathBuf>,
    /// For the reading process: folder of the campaign.
    #[arg(long, hide = true)]
    child: Option<PathBuf>,
    /// For the reading process: first case.
    #[arg(long, hide = true, default_value_t = 0)]
    from: u64,
    /// For the reading process: the only file.
    #[arg(long, hide = true)]
    only: Option<PathBuf>,
}

#[expect(
    clippy::print_stderr,
    reason = "a failure goes to the person who runs this"
)]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(&arguments).unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::from(2)
    })
}

fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let targets = targets(&arguments.target)?;
    let time = seconds("--seconds", arguments.seconds)?;
    seconds("--case-seconds", arguments.case_seconds)?;
    let first = targets[0];
    if let Some(folder) = &arguments.child {
        let task = child::Task {
            folder: folder.clone(),
            seed: arguments.seed,
            from: arguments.from,
            to: arguments.cases,
            time,
        };
        child::run(first, task)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(file) = &arguments.only {
        child::run_one(first, file.clone())?;
        return Ok(ExitCode::SUCCESS);
    }
    let limits = Limits {
        seconds: arguments.case_seconds,
        memory: arguments.case_memory,
    };
    let out = std::path::absolute(&arguments.out).map_err(Failure::file(&arguments.out))?;
    std::fs::create_dir_all(&out).map_err(Failure::file(&out))?;
    if let Some(file) = &arguments.repeat {
        if arguments.target.len() != 1 {
            return Err(Failure::Usage("--repeat wants one --target".to_owned()));
        }
        return repeated(first, file, &limits, &out);
    }
    let plan = Plan {
        root: std::env::current_dir().map_err(Failure::file(std::path::Path::new(".")))?,
        out,
        seed: arguments.seed,
        time,
        cases: arguments.cases,
        limits,
        foreign: !arguments.own_files,
    };
    let mut tallies = Vec::new();
    for target in targets {
        tallies.push(campaign::run(&plan, target)?);
    }
    if arguments.json {
        say(&report::json(&tallies, plan.seed).to_string());
    } else {
        say(report::text(&tallies, plan.seed).trim_end());
    }
    let fault = tallies
        .iter()
        .any(|t| t.finds.iter().any(|f| f.kind.is_fault()));
    Ok(if fault {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn repeated(
    target: &Target,
    file: &std::path::Path,
    limits: &Limits,
    out: &std::path::Path,
) -> Result<ExitCode, Failure> {
    let found = campaign::one(target, file, limits, &out.join("errors.txt"))?;
    for (kind, signature) in &found {
        say(&format!("{}: {signature}", kind.name()));
    }
    if found.iter().any(|(kind, _)| kind.is_fault()) {
        return Ok(ExitCode::FAILURE);
    }
    say("nothing found");
    Ok(ExitCode::SUCCESS)
}

fn targets(names: &[String]) -> Result<Vec<&'static Target>, Failure> {
    if names.is_empty() {
        return Ok(TARGETS.iter().collect());
    }
    let known = || {
        TARGETS
            .iter()
            .map(|t| t.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let found = names.iter().map(|name| {
        TARGETS
            .iter()
            .find(|t| t.name == name)
            .ok_or_else(|| Failure::UnknownTarget {
                name: name.clone(),
                known: known(),
            })
    });
    found.collect()
}

fn seconds(name: &str, given: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(given)
        .map_err(|error| Failure::Usage(format!("{name} is {given}: {error}")))
}

#[expect(
    clippy::print_stdout,
    reason = "the result is what this program is for"
)]
fn say(text: &str) {
    println!("{text}");
}
