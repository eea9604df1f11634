//! The `halle` command.
//!
//! Owns what people type and read: arguments, progress, messages, exit codes. Everything else is a
//! call into the crates below. Start reading at [`args`], then at the file of a command.

mod args;
mod backend;
mod bench;
mod bench_physics;
mod bench_scenes;
mod cell;
mod convert;
mod diff;
mod facts;
mod failure;
mod inspect;
mod inspect_plant;
mod job;
mod judge;
mod picture;
mod plant;
mod plant_record;
mod plant_report;
mod plant_settings;
mod plant_summary;
mod progress;
mod report;
mod resume;
mod run;
mod selftest;
mod selftest_check;
mod selftest_gaps;
mod source;
mod stop;
mod train;
mod train_seed;
mod validate;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command};
use failure::{Failure, USAGE};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap says what is wrong and how it is meant; a failed print has no other place to go.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let level = if arguments.verbose { "debug" } else { "info" };
    // Graphics drivers talk a lot; their warnings are of no use to an engineer.
    let filter = format!("warn,halle={level},wgpu_hal=off,wgpu_core=error");
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(filter))
        .format_timestamp(None)
        .init();
    // The panic's own words are on standard error by then.
    let outcome = std::panic::catch_unwind(|| obey(&arguments.command))
        .unwrap_or_else(|_| Err(Failure::ours("halle broke down").help(BROKE_DOWN)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => complain(&failure),
    }
}

const BROKE_DOWN: &str = "please report the lines above; a training goes on with `--resume`";

fn obey(command: &Command) -> Result<(), Failure> {
    let last = match command {
        Command::Train(given) => train::train(given),
        Command::Run(given) => run::run(given),
        Command::Inspect(given) => inspect::inspect(given),
        Command::Validate(given) => validate::validate(given),
        Command::Convert(given) => convert::convert(given),
        Command::Diff(given) => diff::diff(given),
        Command::Report(given) => report::remake(given),
        Command::Bench(given) => bench::bench(given),
        Command::Selftest(given) => selftest::selftest(given),
    }?;
    last.map_or(Ok(()), |json| say(&json.to_string()))
}

/// Prints the last line of a command to standard output.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::input(format!(
            "cannot write to standard output: {error}"
        ))),
        Ok(()) => Ok(()),
    }
}

#[expect(clippy::print_stderr, reason = "errors belong on standard error")]
fn complain(failure: &Failure) -> ExitCode {
    eprintln!("{failure}");
    ExitCode::from(failure.code)
}
