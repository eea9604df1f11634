//! Development tasks of the project, run as `cargo xtask <command>`.
//!
//! Owns the order in which checks run and the rules that no compiler checks (`tidy`). Depends on
//! no crate of the project, so that it compiles in seconds and still runs when the tree does not
//! build. Start reading at [`suite`] for `test` and at [`tidy`] for the rules.

mod ci;
mod failure;
mod fuzz;
mod gpu_report;
mod invocation;
mod phases;
mod provision;
mod source;
mod suite;
mod tidy;
mod workspace;

use std::process::ExitCode;

use failure::Failure;
use phases::say;

/// One `cargo xtask` command; a new one is one more row in [`COMMANDS`].
struct Command {
    name: &'static str,
    summary: &'static str,
    run: fn(&[String]) -> Result<ExitCode, Failure>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        summary: "install what is missing, then run every test (--dry-run prints the plan)",
        run: suite::run,
    },
    Command {
        name: "ci",
        summary: "fmt --check, clippy -D warnings, test with tidy, doc -D warnings, deny, typos",
        run: ci::run,
    },
    Command {
        name: "tidy",
        summary: "check the rules that no compiler checks",
        run: tidy::run,
    },
    Command {
        name: "fuzz",
        summary: "spoil scene files and hold the readers to their word (--help tells more)",
        run: fuzz::run,
    },
    Command {
        name: "gpu-report",
        summary: "check and measure on this machine's GPU; --pack DIR packs it for another machine",
        run: gpu_report::run,
    },
    Command {
        name: "help",
        summary: "print this text",
        run: help,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match arguments.split_first() {
        None => ("help", &[][..]),
        Some((name, rest)) => (name.as_str(), rest),
    };
    let name = if matches!(name, "--help" | "-h") {
        "help"
    } else {
        name
    };
    let outcome = match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(rest),
        None => Err(Failure::Usage(format!(
            "unknown command `{name}`; see `cargo xtask help`"
        ))),
    };
    outcome.unwrap_or_else(|failure| {
        say(&format!("error: {failure}"));
        failure.exit_code()
    })
}

fn help(_: &[String]) -> Result<ExitCode, Failure> {
    say("cargo xtask <command>\n");
    for command in COMMANDS {
        say(&format!("  {:<12}{}", command.name, command.summary));
    }
    say("\nexit codes: 0 all passed, 1 something failed, 2 usage");
    Ok(ExitCode::SUCCESS)
}
