//! What a check of `halle selftest` found, and how that is told.

use halle_gpu::Adapter;
use serde::Serialize;

use crate::backend::Chosen;
use crate::facts::processor;

/// What one check found.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    /// What was looked at.
    name: String,
    /// What must hold.
    law: &'static str,
    /// How far off it is; JSON has null for what is no number.
    measured: f64,
    /// How far off it may be.
    bound: f64,
    /// Whether it holds.
    pub(crate) passed: bool,
    /// Where it was worst, or of how many.
    detail: String,
}

impl Check {
    /// Passes where what was measured is within the bound.
    pub(crate) fn new(
        name: impl Into<String>,
        law: &'static str,
        [measured, bound]: [f64; 2],
        detail: impl Into<String>,
    ) -> Self {
        let (name, detail) = (name.into(), detail.into());
        Self {
            name,
            law,
            measured,
            bound,
            passed: measured <= bound,
            detail,
        }
    }

    /// Numbers whose bits differ; none may.
    pub(crate) fn bits(
        name: impl Into<String>,
        law: &'static str,
        one: &[Vec<u32>],
        other: &[Vec<u32>],
    ) -> Self {
        let pairs = || one.iter().flatten().zip(other.iter().flatten());
        let count = one.iter().map(Vec::len).sum::<usize>();
        let same = count == other.iter().map(Vec::len).sum::<usize>() && count > 0;
        let off = if same {
            pairs().filter(|(a, b)| a != b).count()
        } else {
            count.max(1)
        };
        Self::new(name, law, [off as f64, 0.0], format!("of {count} numbers"))
    }
}

/// What an adapter is made of, for people and JSON.
pub(crate) fn kind(adapter: &Adapter) -> String {
    format!("{:?}", adapter.kind).to_lowercase()
}

/// The checks as lines for people.
pub(crate) fn table(
    checks: &[Check],
    backend: Chosen,
    adapter: Option<&Adapter>,
    seconds: f64,
) -> String {
    let mut lines = vec![format!(
        "machine: {}; backend: {}",
        processor(),
        backend.name()
    )];
    if let Some(adapter) = adapter {
        let (name, driver) = (&adapter.name, &adapter.driver);
        lines.push(format!("adapter: {name} ({}, {driver})", kind(adapter)));
    }
    let wide = checks
        .iter()
        .map(|check| check.name.len())
        .max()
        .unwrap_or(0);
    lines.push(format!(
        "        {:wide$} {:>9} {:>9}  law",
        "check", "measured", "bound"
    ));
    for Check {
        name,
        law,
        measured,
        bound,
        passed,
        detail,
    } in checks
    {
        let verdict = if *passed { "ok" } else { "FAILED" };
        let figures = format!("{} {}", number(*measured), number(*bound));
        lines.push(format!(
            "{verdict:<7} {name:wide$} {figures}  {law} ({detail})"
        ));
    }
    let passed = checks.iter().filter(|check| check.passed).count();
    lines.push(format!(
        "{passed} of {} checks passed in {seconds:.1} s",
        checks.len()
    ));
    lines.join("\n")
}

fn number(value: f64) -> String {
    if value == value.trunc() {
        format!("{value:>9}")
    } else {
        format!("{value:>9.1e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: &str = "the same";

    #[test]
    fn one_differing_bit_fails_and_what_is_no_number_fails() {
        let one = [vec![1, 2, 3]];
        assert!(Check::bits("same", LAW, &one, &one).passed);
        let off = Check::bits("off", LAW, &one, &[vec![1, 2, 4]]);
        assert!(!off.passed && off.measured == 1.0, "{off:?}");
        assert!(!Check::bits("shorter", LAW, &one, &[vec![1, 2]]).passed);
        assert!(
            !Check::bits("empty", LAW, &[], &[]).passed,
            "nothing compared proves nothing"
        );
        assert!(!Check::new("nan", LAW, [f64::NAN, 1.0], "").passed);
    }
}
