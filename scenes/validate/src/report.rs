//! What was found in one model.

use halle_world::{Finding, Severity};
use serde_json::{Value, json as value};

use crate::rule::Profile;

/// A finding and where else it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The finding, on the first prim.
    pub finding: Finding,
    /// Line of the prim or property in its layer, where the layer is text.
    pub line: Option<usize>,
    /// Codes of the same check elsewhere, with whose they are.
    pub also: &'static [&'static str],
    /// Prims of which the same is to be said.
    pub count: usize,
    /// Some of the other prims.
    pub more: Vec<String>,
}

/// Everything that was found in one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The file as it was asked for.
    pub file: String,
    /// What the model was taken for.
    pub profile: Profile,
    /// Findings, errors first.
    pub entries: Vec<Entry>,
    /// Findings that were allowed, and so left out.
    pub allowed: usize,
    /// Whether the reader itself broke down: not the file's fault.
    pub ours: bool,
}

impl Report {
    /// Number of entries of exactly this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let same = |e: &&Entry| e.finding.severity == severity;
        self.entries.iter().filter(same).count()
    }

    /// Whether nothing says that the model cannot be used.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.count(Severity::Error) == 0
    }

    /// Raises codes of `deny` to errors and drops those of `allow`; `warnings` and `notes` stand for
    /// all of a severity. Deny wins.
    pub(crate) fn judge(&mut self, deny: &[String], allow: &[String]) {
        let named = |list: &[String], finding: &Finding| {
            list.iter().any(|code| match code.as_str() {
                "warnings" => finding.severity == Severity::Warning,
                "notes" => finding.severity == Severity::Note,
                code => code == finding.code,
            })
        };
        let before = self.entries.len();
        self.entries
            .retain(|e| named(deny, &e.finding) || !named(allow, &e.finding));
        self.allowed = before - self.entries.len();
        for entry in &mut self.entries {
            if named(deny, &entry.finding) {
                entry.finding.severity = Severity::Error;
            }
        }
        self.entries
            .sort_by_key(|e| std::cmp::Reverse(e.finding.severity));
    }
}

/// Reports as one JSON object.
#[must_use]
pub fn json(reports: &[Report]) -> Value {
    let total = |severity| reports.iter().map(|r| r.count(severity)).sum::<usize>();
    value!({
        "valid": reports.iter().all(Report::passes),
        "errors": total(Severity::Error),
        "warnings": total(Severity::Warning),
        "notes": total(Severity::Note),
        "files": reports.iter().map(file).collect::<Vec<_>>(),
    })
}

fn file(report: &Report) -> Value {
    value!({
        "file": report.file,
        "profile": report.profile.name(),
        "valid": report.passes(),
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "notes": report.count(Severity::Note),
        "allowed": report.allowed,
        "findings": report.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry) -> Value {
    let finding = &entry.finding;
    value!({
        "severity": finding.severity,
        "code": finding.code,
        "layer": finding.site.layer,
        "line": entry.line,
        "prim": finding.site.prim,
        "property": finding.site.property,
        "message": finding.message,
        "note": finding.note,
        "help": finding.help,
        "also": entry.also,
        "count": entry.count,
        "more": entry.more,
    })
}
