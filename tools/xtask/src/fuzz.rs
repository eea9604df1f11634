//! `cargo xtask fuzz`: builds the fuzzer and lets it loose on the readers.

use std::process::{Command, ExitCode};

use crate::failure::Failure;
use crate::phases::say;
use crate::workspace;

/// How the fuzzer is built and run; the profile is that of the tests.
const RUN: &[&str] = &[
    "run",
    "--quiet",
    "--locked",
    "--release",
    "--ignore-rust-version",
    "--package",
    "halle-fuzz",
    "--",
];

/// Runs the command; all arguments go to the fuzzer.
///
/// # Errors
///
/// [`Failure`] when the workspace cannot be found or cargo does not start.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    let root = workspace::root()?;
    let mut command = Command::new("cargo");
    let status = command.args(RUN).args(arguments).current_dir(root).status();
    let status = status.map_err(|source| Failure::Program {
        program: "cargo".to_owned(),
        source,
    })?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    if code.is_none() {
        say("the fuzzer was ended from outside");
    }
    Ok(ExitCode::from(code.unwrap_or(1)))
}
