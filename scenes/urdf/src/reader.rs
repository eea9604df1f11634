//! Elements and their values, with places for everything that is said about them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use halle_world::{Diagnostics, Finding, Severity, Site};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};
use roxmltree::{Document, Node, NodeId};

use crate::error::{Place, UrdfError, file_name, located};

/// Longest part of a line whose characters are counted \[bytes\].
const COUNTED: usize = 10_000;
/// Most findings that are listed.
const FINDING_LIMIT: usize = 1000;
/// Largest length \[m\] or scale: ten thousand of them make a number, and so do their squares.
const LONGEST: f64 = 1e30;

/// An element.
pub(crate) type Element<'d> = Node<'d, 'd>;

/// A document while it is read.
pub(crate) struct Reader<'d> {
    /// The file as it was asked for.
    pub(crate) path: &'d Path,
    document: &'d Document<'d>,
    /// Offsets at which lines begin.
    lines: Vec<usize>,
    /// Prim paths of links and joints.
    pub(crate) prims: RefCell<HashMap<NodeId, String>>,
    diagnostics: RefCell<Diagnostics>,
    said: RefCell<BTreeSet<String>>,
}

impl<'d> Reader<'d> {
    pub(crate) fn new(path: &'d Path, document: &'d Document<'d>) -> Self {
        let text = document.input_text().bytes().enumerate();
        let breaks = text.filter(|(_, b)| *b == b'\n').map(|(k, _)| k + 1);
        Self {
            path,
            document,
            lines: std::iter::once(0).chain(breaks).collect(),
            prims: RefCell::default(),
            diagnostics: RefCell::default(),
            said: RefCell::default(),
        }
    }

    pub(crate) fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics.into_inner()
    }

    pub(crate) fn place(&self, element: Element<'_>) -> Place {
        let offset = element.range().start;
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        let before = &self.document.input_text()[start..offset];
        // Counting the characters of endless lines for every finding would take too long.
        let column = match before.len() {
            0..COUNTED => before.chars().count(),
            bytes => bytes,
        };
        Place {
            path: self.path.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    /// The element as a site: `file:line:column`, the link or joint around it, and its name.
    pub(crate) fn site(&self, element: Element<'_>, attribute: &str) -> Site {
        let place = self.place(element);
        let prims = self.prims.borrow();
        let prim = element.ancestors().find_map(|a| prims.get(&a.id()));
        let name = element.tag_name().name();
        let property = match attribute {
            "" => name.to_owned(),
            _ => format!("{name}@{attribute}"),
        };
        Site {
            layer: located(&place.path, place.line, place.column),
            prim: prim.cloned().unwrap_or_default(),
            property,
        }
    }

    pub(crate) fn push(&self, finding: Finding) {
        let mut diagnostics = self.diagnostics.borrow_mut();
        let count = diagnostics.findings().len();
        if count < FINDING_LIMIT {
            diagnostics.push(finding);
        } else if count == FINDING_LIMIT {
            let message = format!("more than {FINDING_LIMIT} findings: the rest is not listed");
            let site = Site {
                layer: file_name(self.path),
                ..Site::default()
            };
            diagnostics.push(Finding::new(Severity::Warning, "UR0118", site, message));
        }
    }

    /// Says something about an element or one of its attributes.
    pub(crate) fn find(
        &self,
        severity: Severity,
        code: &'static str,
        (element, attribute): (Element<'_>, &str),
        message: String,
        help: &str,
    ) {
        let site = self.site(element, attribute);
        self.push(Finding::new(severity, code, site, message).help(help));
    }

    /// Says once for the whole file that a kind of thing has no effect.
    pub(crate) fn unsupported(&self, element: Element<'_>, kind: &str, what: &str) {
        if self.said.borrow_mut().insert(kind.to_owned()) {
            let message = format!("not supported: {what}");
            let help = "remove it, or do not count on it; others of its kind are not listed";
            self.find(Severity::Warning, "UR0102", (element, ""), message, help);
        }
    }

    /// Says once for the whole file which elements and attributes are not of URDF.
    pub(crate) fn expect(&self, element: Element<'_>, elements: &[&str], attributes: &[&str]) {
        let name = element.tag_name().name();
        for child in element.children().filter(Node::is_element) {
            let child_name = full_name(child);
            if child_name.contains(':') {
                let what = format!("`{child_name}`");
                self.unsupported(child, &child_name, &what);
            } else if !elements.contains(&child_name.as_str()) {
                self.unknown(child, "", &format!("`{child_name}` in `{name}`"));
            }
        }
        for attribute in element.attributes().filter(|a| a.namespace().is_none()) {
            let attribute = attribute.name();
            if !attributes.contains(&attribute) {
                self.unknown(element, attribute, &format!("`{attribute}` of `{name}`"));
            }
        }
    }

    fn unknown(&self, element: Element<'_>, attribute: &str, what: &str) {
        if self.said.borrow_mut().insert(what.to_owned()) {
            let message = format!("unknown: {what}");
            let help = "correct its name, or remove it; others of its kind are not listed";
            self.find(
                Severity::Warning,
                "UR0101",
                (element, attribute),
                message,
                help,
            );
        }
    }

    pub(crate) fn lacks(&self, element: Element<'_>, what: &'static str) -> UrdfError {
        UrdfError::Lacks {
            at: self.place(element),
            element: element.tag_name().name().to_owned(),
            what,
        }
    }

    /// An attribute that must be there and not be empty.
    pub(crate) fn required(
        &self,
        element: Element<'d>,
        name: &str,
        what: &'static str,
    ) -> Result<&'d str, UrdfError> {
        let value = element.attribute(name).map(str::trim);
        value
            .filter(|v| !v.is_empty())
            .ok_or_else(|| self.lacks(element, what))
    }

    pub(crate) fn bad(
        &self,
        element: Element<'_>,
        attribute: &str,
        expected: &'static str,
    ) -> UrdfError {
        let name = element.tag_name().name();
        let found = match attribute {
            "" => element.text(),
            _ => element.attribute(attribute),
        };
        UrdfError::BadValue {
            at: self.place(element),
            what: if attribute.is_empty() {
                name.to_owned()
            } else {
                format!("{name}@{attribute}")
            },
            expected,
            found: found.unwrap_or_default().trim().chars().take(60).collect(),
        }
    }

    /// `N` finite numbers of an attribute, if it is there.
    pub(crate) fn numbers<const N: usize>(
        &self,
        element: Element<'_>,
        attribute: &str,
    ) -> Result<Option<[f64; N]>, UrdfError> {
        let Some(text) = element.attribute(attribute) else {
            return Ok(None);
        };
        let mut words = text.split_whitespace();
        let mut values = [0.0; N];
        for value in &mut values {
            let word = words.next().and_then(|w| w.parse::<f64>().ok());
            *value = word
                .filter(|v| v.is_finite())
                .ok_or_else(|| self.bad(element, attribute, expected_numbers(N)))?;
        }
        if words.next().is_some() {
            return Err(self.bad(element, attribute, expected_numbers(N)));
        }
        Ok(Some(values))
    }

    /// `N` lengths or scales of an attribute, if it is there: numbers that can be multiplied along a
    /// chain of links, and squared, without leaving the range of numbers.
    pub(crate) fn lengths<const N: usize>(
        &self,
        element: Element<'_>,
        attribute: &str,
    ) -> Result<Option<[f64; N]>, UrdfError> {
        let found = self.numbers::<N>(element, attribute)?;
        match found {
            Some(values) if values.iter().any(|v| v.abs() > LONGEST) => {
                Err(self.bad(element, attribute, "numbers of at most 1e30"))
            }
            _ => Ok(found),
        }
    }

    /// A finite number of an attribute, if it is there.
    pub(crate) fn number(
        &self,
        element: Element<'_>,
        attribute: &str,
    ) -> Result<Option<f64>, UrdfError> {
        Ok(self.numbers::<1>(element, attribute)?.map(|[v]| v))
    }

    /// The `origin` of an element: its parent's frame from its own.
    pub(crate) fn origin(&self, element: Element<'d>) -> Result<Isometry3<f64>, UrdfError> {
        let Some(origin) = child(element, "origin") else {
            return Ok(Isometry3::identity());
        };
        self.expect(origin, &[], &["xyz", "rpy", "quat_xyzw"]);
        let xyz = self.lengths::<3>(origin, "xyz")?.unwrap_or_default();
        let [roll, pitch, yaw] = self.numbers::<3>(origin, "rpy")?.unwrap_or_default();
        let mut turn = UnitQuaternion::from_euler_angles(roll, pitch, yaw);
        if let Some([x, y, z, w]) = self.numbers::<4>(origin, "quat_xyzw")? {
            let quaternion = nalgebra::Quaternion::new(w, x, y, z);
            turn = UnitQuaternion::try_new(quaternion, 1e-12)
                .ok_or_else(|| self.bad(origin, "quat_xyzw", "a quaternion that is not zero"))?;
        }
        let shift = Translation3::from(Vector3::from(xyz));
        Ok(Isometry3::from_parts(shift, turn))
    }
}

fn expected_numbers(count: usize) -> &'static str {
    match count {
        1 => "a finite number",
        3 => "three finite numbers",
        _ => "four finite numbers",
    }
}

/// First child element of a name that is in no namespace.
pub(crate) fn child<'d>(element: Element<'d>, name: &str) -> Option<Element<'d>> {
    children(element, name).next()
}

/// Child elements of a name that are in no namespace.
pub(crate) fn children<'d, 'n>(
    element: Element<'d>,
    name: &'n str,
) -> impl Iterator<Item = Element<'d>> + use<'d, 'n> {
    let named = element.children().filter(Node::is_element);
    named.filter(move |c| c.tag_name().name() == name && !full_name(*c).contains(':'))
}

/// Name of an element with its prefix, as it is written.
pub(crate) fn full_name(element: Element<'_>) -> String {
    let text = &element.document().input_text()[element.range()];
    let end = text.find(|c: char| c.is_whitespace() || c == '>' || c == '/');
    text[1..end.unwrap_or(text.len())].to_owned()
}
