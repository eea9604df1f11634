//! USD's text format as the reference reads it, ahead of the library's own parser.
//!
//! The library's parser takes some texts that USD refuses and refuses some that USD takes. This
//! pass walks over the grammar once: it refuses with the place of the fault, and rewrites what the
//! parser behind would stumble over (`//` comments, `.5`, `5.0` for an integer, `yes` for a
//! boolean, escaped quotes in long strings). Line ends are kept. What cannot be said in text, it
//! hands on as notes.

mod grammar;
mod lex;
mod meta;
mod property;
mod reader;
mod spline;
mod value;

use std::borrow::Cow;

pub(crate) use lex::Fault;
pub(crate) use reader::DEPTH_LIMIT;
pub(crate) use spline::{Curve, Extrapolation, Knot, Mode, Spline};

/// The kinds of list edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    /// The list is exactly this.
    Explicit,
    /// Added at the end unless there.
    Add,
    /// Taken out.
    Delete,
    /// Moved to the end.
    Append,
    /// Moved to the front.
    Prepend,
    /// Put in this order.
    Reorder,
}

/// One statement about the targets of a relationship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Targets {
    /// Path of the relationship's prim in its layer.
    pub(crate) prim: String,
    /// Name of the relationship.
    pub(crate) name: String,
    /// What is done with the paths.
    pub(crate) edit: Edit,
    /// The paths as written.
    pub(crate) paths: Vec<String>,
}

/// What a text says beyond what the parser behind can take.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Every statement about the targets of a relationship, in the order of the text.
    pub(crate) targets: Vec<Targets>,
    /// Splines by the path of their attribute.
    pub(crate) splines: Vec<(String, Spline)>,
    /// Sublayers as written.
    pub(crate) sublayers: Vec<String>,
    /// Whether arcs occur that may run in a circle: inherits, specializes, relocates, and references
    /// within the layer to below a root prim.
    pub(crate) circles: bool,
    /// Whether a prim's blocks of variants are not the sets that it names, in their order.
    pub(crate) variants: bool,
    /// Whether an item is both deleted and listed otherwise in one place.
    pub(crate) deletes: bool,
}

/// A text that the parser behind can take, and what it cannot.
#[derive(Debug)]
pub(crate) struct Normal<'a> {
    /// The text.
    pub(crate) text: Cow<'a, str>,
    /// What else it says.
    pub(crate) notes: Notes,
}

/// Checks a text against the grammar and rewrites it for the parser behind.
pub(crate) fn normalise(text: &str) -> Result<Normal<'_>, Fault> {
    let (mut changes, notes) = grammar::read(text)?;
    if changes.is_empty() {
        let text = Cow::Borrowed(text);
        return Ok(Normal { text, notes });
    }
    // Outer spans first.
    changes.sort_by_key(|(start, end, _)| (*start, usize::MAX - *end));
    let mut out = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for (start, end, with) in changes {
        // Changes inside a changed span are overtaken by it.
        if start >= done {
            out.push_str(&text[done..start]);
            out.push_str(&with);
            done = end;
        }
    }
    out.push_str(&text[done..]);
    let text = Cow::Owned(out);
    Ok(Normal { text, notes })
}

/// Line and column of a byte offset, both from one; columns count characters.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |k| k + 1);
    (line, before[start..].chars().count() + 1)
}
