//! Findings about a scene: what, where, and what to do about it.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Note,
    /// Something that the author wrote has no effect, or a value was assumed.
    Warning,
    /// The scene cannot be used.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A place in a scene. Empty parts are not known or do not apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Site {
    /// File that holds the opinion, as seen from the scene's folder.
    pub layer: String,
    /// Path of the prim on the stage.
    pub prim: String,
    /// Name of the property.
    pub property: String,
}

impl Site {
    /// The same prim, another property.
    #[must_use]
    pub fn with_property(&self, property: &str) -> Self {
        Self {
            property: property.to_owned(),
            ..self.clone()
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.layer)?;
        if !self.prim.is_empty() {
            write!(f, "  <{}>", self.prim)?;
        }
        if !self.property.is_empty() {
            write!(f, "  {}", self.property)?;
        }
        Ok(())
    }
}

/// One thing to say about a scene. `Display` is the form that people read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Stable code, described in `scenes/FINDINGS.md`.
    pub code: &'static str,
    /// Where it was found.
    #[serde(flatten)]
    pub site: Site,
    /// What was found: lower case, no full stop.
    pub message: String,
    /// What follows from it; empty if that is plain.
    pub note: String,
    /// What the author can do.
    pub help: String,
}

impl Finding {
    /// A finding without note and help.
    #[must_use]
    pub fn new(severity: Severity, code: &'static str, site: Site, message: String) -> Self {
        Self {
            severity,
            code,
            site,
            message,
            note: String::new(),
            help: String::new(),
        }
    }

    /// Says what follows from the finding.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Says what the author can do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity, self.code, self.message)?;
        if self.site != Site::default() {
            write!(f, "\n  --> {}", self.site)?;
        }
        if !self.note.is_empty() {
            write!(f, "\n   = note: {}", self.note)?;
        }
        if !self.help.is_empty() {
            write!(f, "\n   = help: {}", self.help)?;
        }
        Ok(())
    }
}

/// Findings in the order of their discovery, which is the order of the stage.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Diagnostics {
    findings: Vec<Finding>,
    /// What is there already; a plant may repeat one finding a million times.
    #[serde(skip)]
    known: HashSet<Finding>,
}

impl PartialEq for Diagnostics {
    fn eq(&self, other: &Self) -> bool {
        self.findings == other.findings
    }
}

impl Eq for Diagnostics {}

impl Diagnostics {
    /// Adds a finding unless an equal one is there.
    pub fn push(&mut self, finding: Finding) {
        if self.known.insert(finding.clone()) {
            self.findings.push(finding);
        }
    }

    /// Adds all findings of another list.
    pub fn extend(&mut self, other: Self) {
        for finding in other.findings {
            self.push(finding);
        }
    }

    /// The findings.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Number of findings at least as severe as `severity`.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|f| f.severity >= severity)
            .count()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Finding {
        let site = Site {
            layer: "polishing_cell.usda".into(),
            prim: "/Cell/Robot/tool_flange".into(),
            property: "physics:mass".into(),
        };
        let message = "body has mass but no collision shape".to_owned();
        Finding::new(Severity::Warning, "SC0107", site, message)
            .note("1.2 kg will move but touch nothing")
            .help("add PhysicsCollisionAPI to a child mesh")
    }

    /// The text form is a promise to people and to scripts that read logs.
    #[test]
    fn text_form() {
        assert_eq!(
            example().to_string(),
            "warning[SC0107]: body has mass but no collision shape\n  \
             --> polishing_cell.usda  </Cell/Robot/tool_flange>  physics:mass\n   \
             = note: 1.2 kg will move but touch nothing\n   \
             = help: add PhysicsCollisionAPI to a child mesh"
        );
    }

    /// Saying the same thing twice says nothing new.
    #[test]
    fn equal_findings_are_kept_once() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(example());
        diagnostics.push(example());
        assert_eq!(diagnostics.findings().len(), 1);
        assert_eq!(diagnostics.count(Severity::Warning), 1);
        assert_eq!(diagnostics.count(Severity::Error), 0);
    }
}
