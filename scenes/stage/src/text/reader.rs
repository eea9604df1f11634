//! The walk over a text: where it stands, and what was met.

use super::Notes;
use super::lex::{Cursor, Read};

/// Deepest nesting of prims and values; the parser behind and the composition recurse over it.
pub(crate) const DEPTH_LIMIT: usize = 512;

/// Walks over a text: the cursor, and what was met.
pub(super) struct Reader<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) notes: Notes,
    pub(super) depth: usize,
    /// Path of the prim or variant around.
    pub(super) prim: String,
}

impl Reader<'_> {
    pub(super) fn enter(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return self
                .cursor
                .fault(format!("nested more than {DEPTH_LIMIT} levels deep"));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }
}
