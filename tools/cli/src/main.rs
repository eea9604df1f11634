//! The `halle` command.
//!
//! Owns what people type and read: arguments, progress, messages, exit codes. Everything else is a
//! call into the crates below. Start reading at [`args`], then at the file of a command.

mod args;
mod backend;
mod bench;
mod cell;
mod facts;
mod failure;
mod inspect;
mod job;
mod judge;
mod picture;
mod progress;
mod report;
mod run;
mod stop;
mod train;
mod train_seed;

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
    let outcome = match &arguments.command {
        Command::Train(given) => train::train(given),
        Command::Run(given) => run::run(given),
        Command::Inspect(given) => inspect::inspect(given),
        Command::Report(given) => report::remake(given),
        Command::Bench(given) => bench::bench(given),
    };
    match outcome {
        Ok(last) => {
            if let Some(json) = last {
                say(&json.to_string());
            }
            ExitCode::SUCCESS
        }
        Err(failure) => complain(&failure),
    }
}

/// Prints the last line of a command to standard output.
#[expect(clippy::print_stdout, reason = "the result of a command belongs on standard output")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "errors belong on standard error")]
fn complain(failure: &Failure) -> ExitCode {
    eprintln!("{failure}");
    ExitCode::from(failure.code)
}
