//! What a tidy rule has to say about one place.

use std::fmt;

/// Whether a finding fails the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// Worth a look; the check passes.
    Warning,
    /// The check fails.
    Error,
}

/// One finding: which rule, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    pub(super) rule: &'static str,
    pub(super) path: String,
    /// Line from 1; 0 when the whole file is meant.
    pub(super) line: usize,
    pub(super) message: String,
}

impl Finding {
    /// A finding that fails the check.
    pub(super) fn error(rule: &'static str, path: &str, line: usize, message: String) -> Self {
        Self {
            severity: Severity::Error,
            rule,
            path: path.to_owned(),
            line,
            message,
        }
    }

    /// A finding that does not.
    pub(super) fn warning(rule: &'static str, path: &str, line: usize, message: String) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(rule, path, line, message)
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(out, "{word}[{}]: {}", self.rule, self.path)?;
        if self.line > 0 {
            write!(out, ":{}", self.line)?;
        }
        write!(out, ": {}", self.message)
    }
}
