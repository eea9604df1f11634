//! `cargo xtask tidy`: the rules that no compiler checks.
//!
//! Each rule is a function from what it reads to findings, and has a test that shows it failing.

mod circles;
mod documents;
mod finding;
mod layers;
mod text;
mod tree;

use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::phases::say;
use crate::workspace;

use finding::{Finding, Severity};
use tree::Tree;

/// Runs the command.
///
/// # Errors
///
/// [`Failure`] when the command line is wrong or the tree cannot be read.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    if !arguments.is_empty() {
        return Err(Failure::Usage(
            "`cargo xtask tidy` takes no arguments".to_owned(),
        ));
    }
    let clean = check_and_print(&workspace::root()?)?;
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Checks the tree at `root` and prints what was found; true when there is no error.
///
/// # Errors
///
/// [`Failure`] when the tree cannot be read.
pub(crate) fn check_and_print(root: &Path) -> Result<bool, Failure> {
    let findings = check(&Tree::read(root)?);
    for finding in &findings {
        say(&finding.to_string());
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    say(&format!(
        "tidy: {errors} errors, {} warnings",
        findings.len() - errors
    ));
    Ok(errors == 0)
}

fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let architecture = tree.text("ARCHITECTURE.md");
    let rows = documents::crate_rows(architecture);
    findings.extend(documents::crate_table(&rows, &tree.crates));
    findings.extend(documents::dependency_table(architecture, &tree.crates));
    findings.extend(documents::readme(tree.text("README.md")));
    findings.extend(documents::changelog(tree.text("CHANGELOG.md")));
    findings.extend(layers::directions(&rows, &tree.crates));
    for package in &tree.crates {
        let manifest = format!("{}/Cargo.toml", package.folder);
        findings.extend(layers::lints(&manifest, tree.text(&manifest)));
        findings.extend(layers::confined(package));
        findings.extend(circles::circles(package, tree));
    }
    for (path, source) in &tree.files {
        if documents::is_decision(path) {
            findings.extend(documents::decision(path, source));
        }
        findings.extend(text::forbidden_words(path, source));
        findings.extend(text::reach(path, source));
        findings.extend(text::file_length(path, source));
        findings.extend(text::function_lengths(path, source));
    }
    findings.sort();
    findings
}
