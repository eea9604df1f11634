//! What differs between two worlds, or between two canonical dumps.
//!
//! Numbers are equal if `|a - b| <= max(atol, rtol max(|a|, |b|))`, or if both are the same. The
//! first list is the reference: what it has alone is missing, what the other has alone is extra.

mod canonical;
mod values;

use serde_json::{Value, json};

pub use canonical::canonical;
pub use values::worlds;

/// How close numbers have to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Relative to the larger of the two.
    pub rtol: f64,
    /// Absolute, in the unit of the number.
    pub atol: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self {
            rtol: 1e-6,
            atol: 1e-9,
        }
    }
}

impl Tolerance {
    /// Whether two numbers count as equal; NaN equals NaN.
    #[must_use]
    pub fn same(&self, a: f64, b: f64) -> bool {
        a == b
            || a.is_nan() && b.is_nan()
            || (a - b).abs() <= self.atol.max(self.rtol * a.abs().max(b.abs()))
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// What kind of thing differs: `prim missing`, `pose`, `mass`, …
    pub kind: String,
    /// Where: a prim path, with the name of the value after a dot.
    pub path: String,
    /// What the reference has; null if it has nothing.
    pub reference: Value,
    /// What the other one has; null if it has nothing.
    pub found: Value,
}

/// All differences, and how much was compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Differences {
    /// The differences, in the order of the paths.
    pub list: Vec<Difference>,
    /// Prims of both, counted once.
    pub prims: usize,
    /// Values of prims that both have.
    pub values: usize,
    /// Prims that have another path in the other file and were found by their name.
    pub moved: Vec<[String; 2]>,
}

impl Differences {
    /// Number of differences of each kind, by name.
    #[must_use]
    pub fn by_kind(&self) -> std::collections::BTreeMap<&str, usize> {
        let mut counts = std::collections::BTreeMap::new();
        for difference in &self.list {
            *counts.entry(difference.kind.as_str()).or_default() += 1;
        }
        counts
    }

    /// As one JSON object.
    #[must_use]
    pub fn json(&self) -> Value {
        let one = |d: &Difference| {
            json!({
                "kind": d.kind,
                "path": d.path,
                "reference": d.reference,
                "found": d.found,
            })
        };
        json!({
            "equal": self.list.is_empty(),
            "prims": self.prims,
            "values": self.values,
            "moved": self.moved,
            "counts": self.by_kind(),
            "differences": self.list.iter().map(one).collect::<Vec<_>>(),
        })
    }

    pub(crate) fn add(&mut self, kind: &str, path: String, reference: Value, found: Value) {
        self.list.push(Difference {
            kind: kind.to_owned(),
            path,
            reference,
            found,
        });
    }
}
