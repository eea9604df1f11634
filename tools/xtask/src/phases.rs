//! Named phases with their time, and the summary line at the end.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::invocation::Invocation;

/// Prints one line for the person at the terminal.
#[expect(
    clippy::print_stdout,
    reason = "xtask reports to a person; this is its only way out"
)]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// How a phase ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything held.
    Passed,
    /// Something did not hold; its output says what.
    Failed,
    /// The phase did not run, and why.
    Skipped(String),
}

/// Runs phases one after the other and remembers how they ended.
#[derive(Debug)]
pub(crate) struct Phases {
    started: Instant,
    ended: Vec<(String, Duration, Outcome)>,
    notes: Vec<String>,
}

impl Phases {
    /// Starts the clock.
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            ended: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Runs one phase; true when it passed.
    pub(crate) fn run(
        &mut self,
        name: &str,
        phase: impl FnOnce() -> Result<Outcome, Failure>,
    ) -> bool {
        say(&format!("\n== {name}"));
        let started = Instant::now();
        let outcome = phase().unwrap_or_else(|failure| {
            say(&format!("error: {failure}"));
            Outcome::Failed
        });
        let time = started.elapsed();
        let verdict = match &outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed => "FAILED".to_owned(),
            Outcome::Skipped(why) => format!("skipped: {why}"),
        };
        say(&format!(
            "== {name}: {verdict} ({:.1} s)",
            time.as_secs_f64()
        ));
        let passed = outcome == Outcome::Passed;
        self.ended.push((name.to_owned(), time, outcome));
        passed
    }

    /// Runs one command line as a phase; true when it ended with zero.
    pub(crate) fn command(&mut self, name: &str, invocation: &Invocation, root: &Path) -> bool {
        self.run(name, || {
            say(&format!("$ {invocation}"));
            Ok(if invocation.run(root)? {
                Outcome::Passed
            } else {
                Outcome::Failed
            })
        })
    }

    /// Records a phase that does not run.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        self.run(name, || Ok(Outcome::Skipped(why.to_owned())));
    }

    /// Remembers a line for the end: something is missing, but it is no failure.
    pub(crate) fn note(&mut self, line: &str) {
        say(&format!("note: {line}"));
        self.notes.push(line.to_owned());
    }

    /// Prints the times and the summary line; the exit code is 1 when a phase failed.
    pub(crate) fn finish(self) -> ExitCode {
        say("\n== summary");
        for (name, time, outcome) in &self.ended {
            let word = match outcome {
                Outcome::Passed => "passed",
                Outcome::Failed => "FAILED",
                Outcome::Skipped(_) => "skipped",
            };
            say(&format!("  {word:<8}{:>8.1} s  {name}", time.as_secs_f64()));
        }
        for note in &self.notes {
            say(&format!("  note: {note}"));
        }
        say(&self.summary(self.started.elapsed()));
        if self.failed().is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn failed(&self) -> Vec<&str> {
        let failed = self
            .ended
            .iter()
            .filter(|(_, _, outcome)| *outcome == Outcome::Failed);
        failed.map(|(name, _, _)| name.as_str()).collect()
    }

    fn summary(&self, total: Duration) -> String {
        let count = |wanted: fn(&Outcome) -> bool| {
            self.ended
                .iter()
                .filter(|(_, _, outcome)| wanted(outcome))
                .count()
        };
        let passed = count(|outcome| *outcome == Outcome::Passed);
        let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
        let failed = self.failed();
        let verdict = if failed.is_empty() {
            "all passed".to_owned()
        } else {
            format!("FAILED: {}", failed.join(", "))
        };
        let seconds = total.as_secs_f64();
        format!(
            "{verdict} ({passed} passed, {} failed, {skipped} skipped, {seconds:.0} s)",
            failed.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_what_failed() {
        let mut phases = Phases::new();
        assert!(phases.run("a", || Ok(Outcome::Passed)));
        assert!(!phases.run("b", || Ok(Outcome::Failed)));
        assert!(!phases.run("c", || Err(Failure::Metadata("broken".to_owned()))));
        phases.skip("d", "not here");
        let line = phases.summary(Duration::from_secs(7));
        assert_eq!(line, "FAILED: b, c (1 passed, 2 failed, 1 skipped, 7 s)");
    }

    #[test]
    fn a_skipped_phase_is_no_failure() {
        let mut phases = Phases::new();
        phases.run("a", || Ok(Outcome::Passed));
        phases.skip("b", "not here");
        let line = phases.summary(Duration::from_secs(1));
        assert_eq!(line, "all passed (1 passed, 0 failed, 1 skipped, 1 s)");
        assert!(phases.failed().is_empty());
    }
}
