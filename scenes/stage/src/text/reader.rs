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
    /// Variant sets that each prim or variant around names, and those it has a block for.
    pub(super) sets: Vec<(Vec<String>, Vec<String>)>,
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

    /// Ends a prim or variant: whether its blocks of variants are the sets it names, in their order.
    pub(super) fn close_sets(&mut self) {
        let (named, blocks) = self.sets.pop().unwrap_or_default();
        let mut expected = named.iter().filter(|name| blocks.contains(name));
        let same = blocks.iter().all(|block| expected.next() == Some(block));
        self.notes.variants |= !same;
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }
}
