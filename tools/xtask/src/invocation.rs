//! One command line with its environment, as a value that can be printed, tested and run.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// Variables that `cargo run` sets for xtask itself and that a nested cargo must not inherit:
/// build scripts that watch them would run again and split the build in two.
const OWN_VARIABLES: &[&str] = &["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "OUT_DIR"];

/// A program, its arguments and the variables added to its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
}

impl Invocation {
    /// Splits `line` at blanks; the first word is the program.
    pub(crate) fn from_words(line: &str) -> Self {
        let mut words = line.split_whitespace().map(str::to_owned);
        Self {
            program: words.next().unwrap_or_default(),
            arguments: words.collect(),
            variables: Vec::new(),
        }
    }

    /// Adds one argument as it stands, blanks included.
    pub(crate) fn with_argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds one environment variable.
    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs in `folder` with output going straight through; true when the exit code is zero.
    ///
    /// # Errors
    ///
    /// [`Failure::Program`] when the program cannot be started.
    pub(crate) fn run(&self, folder: &Path) -> Result<bool, Failure> {
        let status = self.command(folder).stdin(Stdio::null()).status();
        Ok(status.map_err(|source| self.not_started(source))?.success())
    }

    /// Runs in `folder` and returns standard output, or `None` when the exit code is not zero.
    ///
    /// # Errors
    ///
    /// [`Failure::Program`] when the program cannot be started.
    pub(crate) fn output(&self, folder: &Path) -> Result<Option<String>, Failure> {
        let output = self.command(folder).stderr(Stdio::inherit()).output();
        let output = output.map_err(|source| self.not_started(source))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(output.status.success().then_some(text))
    }

    /// True when the program starts and ends with zero; its output is thrown away.
    pub(crate) fn succeeds(&self, folder: &Path) -> bool {
        let quiet = self
            .command(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        quiet.is_ok_and(|status| status.success())
    }

    fn not_started(&self, source: std::io::Error) -> Failure {
        Failure::Program {
            program: self.program.clone(),
            source,
        }
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(folder);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if OWN_VARIABLES.contains(&text.as_ref()) || text.starts_with("CARGO_PKG_") {
                command.env_remove(&name);
            }
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.variables {
            write!(out, "{name}={} ", quoted(value))?;
        }
        write!(out, "{}", self.program)?;
        for argument in &self.arguments {
            write!(out, " {}", quoted(argument))?;
        }
        Ok(())
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_a_shell_would_read_it() {
        let invocation = Invocation::from_words("cargo test --doc")
            .with_argument("slow*")
            .with_variable("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(
            invocation.to_string(),
            "RUSTDOCFLAGS='-D warnings' cargo test --doc 'slow*'"
        );
    }

    #[test]
    fn a_missing_program_is_a_failure_that_names_it() {
        let failure = Invocation::from_words("no-such-program-here").run(Path::new("."));
        let text = failure.unwrap_err().to_string();
        assert!(text.contains("no-such-program-here"), "{text}");
    }
}
