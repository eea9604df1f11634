//! What is known about arrays while a law runs: which loads see the same memory.

use std::collections::HashMap;

use super::spec::ArrayId;

/// Versions of all arrays. A number is new whenever what it stands for may have changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    arrays: Vec<Versions>,
    last: u32,
}

/// Versions of the rows of one array.
#[derive(Clone, Debug, Default)]
struct Versions {
    /// Of the array as a whole.
    any: u32,
    /// Of rows that are not in `rows`.
    rest: u32,
    rows: HashMap<u32, u32>,
    stored: bool,
}

impl Versions {
    fn unknown(version: u32, stored: bool) -> Self {
        Self {
            any: version,
            rest: version,
            rows: HashMap::new(),
            stored,
        }
    }
}

impl Memory {
    pub(super) fn new(arrays: usize) -> Self {
        Self {
            arrays: vec![Versions::default(); arrays],
            last: 0,
        }
    }

    fn fresh(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    /// The version of a row, or of a place that is known only when the kernel runs.
    pub(super) fn version(&self, array: ArrayId, row: Option<u32>) -> u32 {
        let versions = &self.arrays[array.0 as usize];
        match row {
            Some(row) => versions.rows.get(&row).copied().unwrap_or(versions.rest),
            None => versions.any,
        }
    }

    /// Notes a store; gives back the version that a load of the same place now has.
    pub(super) fn store(&mut self, array: ArrayId, row: Option<u32>) -> u32 {
        let fresh = self.fresh();
        let versions = &mut self.arrays[array.0 as usize];
        versions.stored = true;
        versions.any = fresh;
        if let Some(row) = row {
            versions.rows.insert(row, fresh);
        } else {
            versions.rest = fresh;
            versions.rows.clear();
        }
        fresh
    }

    /// Enters a loop: what a turn finds may come from the turn before. Gives back what is known here.
    pub(super) fn begin_loop(&mut self) -> Self {
        let before = self.clone();
        let fresh = self.fresh();
        self.arrays.fill(Versions::unknown(fresh, false));
        before
    }

    /// Leaves a loop: where nothing was stored, what was known before still holds.
    pub(super) fn end_loop(&mut self, before: Self) {
        let fresh = self.fresh();
        for (versions, old) in self.arrays.iter_mut().zip(before.arrays) {
            *versions = if versions.stored {
                Versions::unknown(fresh, true)
            } else {
                old
            };
        }
    }
}
