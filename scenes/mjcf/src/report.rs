//! Findings on their way: the same thing about many elements is said once, with a count.

use std::cell::RefCell;

use halle_world::{Diagnostics, Finding, Severity, Site};

use crate::tree::Element;

struct Entry {
    finding: Finding,
    element: String,
    line: usize,
    count: usize,
}

/// What the author can do about a finding.
fn help(code: &str) -> &'static str {
    match code {
        "MJ0101" => "put a space between attributes, write `&amp;` for `&`",
        "MJ0104" => "put the file where it is looked for, or correct the name",
        "MJ0106" => "write an `inertial` element, or put the mesh where it is looked for",
        "MJ0109" => "act on a hinge or a slide",
        "MJ0112" => "write `friction` and masks on the geoms",
        "MJ0115" => "use a sphere or a capsule where the contact matters",
        "MJ0116" => "name it with letters, digits and underscores",
        "MJ0117" => "move both into the `replicate`, or write the elements out",
        _ => "",
    }
}

/// Collects what is to be said about a model.
#[derive(Default)]
pub(crate) struct Report {
    entries: RefCell<Vec<Entry>>,
}

impl Report {
    /// Says something about an element; one finding per file, kind of element, attribute and text.
    pub(crate) fn at(
        &self,
        severity: Severity,
        code: &'static str,
        element: &Element,
        attribute: &str,
        message: String,
    ) {
        self.finding(element, attribute, |site| {
            Finding::new(severity, code, site, message)
        });
    }

    /// As [`Self::at`], with a finding that is built on its site.
    pub(crate) fn finding(
        &self,
        element: &Element,
        attribute: &str,
        make: impl FnOnce(Site) -> Finding,
    ) {
        let made = make(Site {
            layer: element.place.file.to_string(),
            prim: String::new(),
            property: attribute.to_owned(),
        });
        let mut entries = self.entries.borrow_mut();
        let known = entries
            .iter_mut()
            .find(|e| e.finding == made && e.element == *element.name);
        if let Some(entry) = known {
            entry.count += 1;
            return;
        }
        entries.push(Entry {
            finding: made,
            element: element.name.to_string(),
            line: element.place.line,
            count: 1,
        });
    }

    /// All findings, in the order of their discovery. The site's layer is `file:line`.
    pub(crate) fn into_diagnostics(self) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        for entry in self.entries.into_inner() {
            let mut finding = entry.finding;
            if entry.line > 0 {
                finding.site.layer = format!("{}:{}", finding.site.layer, entry.line);
            }
            let attribute = &finding.site.property;
            finding.site.property = if attribute.is_empty() {
                entry.element
            } else {
                format!("{}.{attribute}", entry.element)
            };
            if entry.count > 1 {
                let more = format!("{} more of the kind", entry.count - 1);
                finding.note = if finding.note.is_empty() {
                    more
                } else {
                    format!("{}; {more}", finding.note)
                };
            }
            if finding.help.is_empty() {
                help(finding.code).clone_into(&mut finding.help);
            }
            diagnostics.push(finding);
        }
        diagnostics
    }
}
