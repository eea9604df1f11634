//! `cargo xtask ci`: everything that a change must pass before it is merged.

use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::phases::Phases;
use crate::suite::{self, BUILD_FLAGS};
use crate::workspace;

/// Runs the command.
///
/// # Errors
///
/// [`Failure`] when the command line is wrong or the workspace cannot be read.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    if !arguments.is_empty() {
        return Err(Failure::Usage(
            "`cargo xtask ci` takes no arguments".to_owned(),
        ));
    }
    let root = workspace::root()?;
    let mut phases = Phases::new();
    phases.command(
        "fmt",
        &Invocation::from_words("cargo fmt --all --check"),
        &root,
    );
    phases.command("clippy", &clippy(), &root);
    suite::run_phases(&mut phases, &root)?;
    phases.command("doc", &doc(), &root);
    optional(
        &mut phases,
        "deny",
        "cargo deny",
        "cargo deny --locked check",
        &root,
    );
    optional(&mut phases, "typos", "typos", "typos", &root);
    Ok(phases.finish())
}

fn clippy() -> Invocation {
    Invocation::from_words(&format!(
        "cargo clippy {BUILD_FLAGS} --all-targets -- -D warnings"
    ))
}

fn doc() -> Invocation {
    let line = format!("cargo doc {BUILD_FLAGS} --no-deps");
    Invocation::from_words(&line).with_variable("RUSTDOCFLAGS", "-D warnings")
}

/// Runs a tool that not everyone has; its absence is one line, not a failure.
fn optional(phases: &mut Phases, name: &str, tool: &str, line: &str, root: &Path) {
    if Invocation::from_words(&format!("{tool} --version")).succeeds(root) {
        phases.command(name, &Invocation::from_words(line), root);
    } else {
        phases.skip(name, &format!("`{tool}` is not installed"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_errors_in_clippy_and_doc() {
        assert!(
            clippy().to_string().ends_with("-- -D warnings"),
            "{}",
            clippy()
        );
        assert!(
            doc().to_string().starts_with("RUSTDOCFLAGS='-D warnings'"),
            "{}",
            doc()
        );
    }

    #[test]
    fn an_absent_tool_skips_its_phase() {
        let mut phases = Phases::new();
        optional(
            &mut phases,
            "x",
            "no-such-tool-here",
            "no-such-tool-here",
            Path::new("."),
        );
        assert_eq!(phases.finish(), ExitCode::SUCCESS);
    }
}
