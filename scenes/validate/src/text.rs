//! Reports as people read them.

use std::fmt::Write as _;

use halle_world::{Severity, Site};

use crate::report::{Entry, Report};
use crate::wording::count;

/// Entries of one code that are shown; `all` shows the rest too.
const SHOWN: usize = 5;

/// Reports as text that ends with a line of totals.
///
/// Of each code the first five places are shown unless `all` is asked for; nothing is left out of
/// the totals.
#[must_use]
pub fn text(reports: &[Report], all: bool) -> String {
    let mut out = String::new();
    for report in reports {
        one(&mut out, report, all);
    }
    if reports.len() > 1 {
        let bad = reports.iter().filter(|r| !r.passes()).count();
        line(
            &mut out,
            &format!(
                "{}: {} valid, {bad} not",
                count(reports.len(), "file"),
                reports.len() - bad
            ),
        );
    }
    out
}

// Writing to a string does not fail.
fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").unwrap_or_default();
}

fn one(out: &mut String, report: &Report, all: bool) {
    let mut shown: Vec<(&str, usize)> = Vec::new();
    for entry in &report.entries {
        let code = entry.finding.code;
        let index = shown.iter().position(|(c, _)| *c == code);
        let index = index.unwrap_or_else(|| {
            shown.push((code, 0));
            shown.len() - 1
        });
        shown[index].1 += 1;
        if all || shown[index].1 <= SHOWN {
            line(out, &rendered(entry));
        }
    }
    for (code, found) in shown {
        if !all && found > SHOWN {
            let hidden = count(found - SHOWN, "more place");
            line(
                out,
                &format!("... and {code} at {hidden} (`--all` shows them)"),
            );
        }
    }
    if !report.entries.is_empty() {
        line(out, "");
    }
    line(out, &totals(report));
}

/// The line that closes a report.
fn totals(report: &Report) -> String {
    let number = |severity, word| count(report.count(severity), word);
    let allowed = match report.allowed {
        0 => String::new(),
        n => format!(", {n} allowed"),
    };
    format!(
        "{}: {}: {}, {}, {}{allowed}",
        report.file,
        if report.passes() {
            "valid"
        } else {
            "not valid"
        },
        number(Severity::Error, "error"),
        number(Severity::Warning, "warning"),
        number(Severity::Note, "note"),
    )
}

/// One entry in the form of a finding, with its line and what belongs to it.
pub(crate) fn rendered(entry: &Entry) -> String {
    let finding = &entry.finding;
    let mut out = format!(
        "{}[{}]: {}",
        finding.severity, finding.code, finding.message
    );
    let site = &finding.site;
    if *site != Site::default() {
        let place = match entry.line {
            Some(line) => Site {
                layer: format!("{}:{line}", site.layer),
                ..site.clone()
            },
            None => site.clone(),
        };
        write!(out, "\n  --> {place}").unwrap_or_default();
    }
    let mut tell = |kind: &str, text: &str| {
        if !text.is_empty() {
            write!(out, "\n   = {kind}: {text}").unwrap_or_default();
        }
    };
    tell("note", &finding.note);
    if let Some(next) = entry.more.first() {
        let others = entry.count - 1;
        let more = if others > 1 { ", ..." } else { "" };
        let others = count(others, "more prim");
        tell("same", &format!("at {others}: {next}{more}"));
    }
    tell("help", &finding.help);
    tell("also", &entry.also.join(", "));
    out
}
