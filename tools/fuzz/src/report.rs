//! What campaigns did, for people and for programs.

use serde_json::{Value, json};

use crate::campaign::Tally;
use crate::find::{Find, Kind};

/// A table, one row per target, and every find below it.
pub(crate) fn text(tallies: &[Tally], seed: u64) -> String {
    let mut out = format!(
        "{:<12}{:>7}{:>10}{:>7}{:>8}{:>7}{:>6}{:>7}{:>7}{:>5}{:>8}  {:>9}{:>10}\n",
        "target",
        "seeds",
        "cases",
        "kept",
        "CPU s",
        "crash",
        "hang",
        "memory",
        "panic",
        "law",
        "caught",
        "slowest",
        "peak"
    );
    for tally in tallies {
        let count = |kind| tally.finds.iter().filter(|f| f.kind == kind).count();
        out += &format!(
            "{:<12}{:>7}{:>10}{:>7}{:>8.1}{:>7}{:>6}{:>7}{:>7}{:>5}{:>8}  {:>7.2} s{:>6} MiB\n",
            tally.target,
            tally.seeds,
            tally.cases,
            tally.kept,
            tally.seconds,
            count(Kind::Crash),
            count(Kind::Hang),
            count(Kind::Memory),
            count(Kind::Panic),
            count(Kind::Law),
            count(Kind::Caught),
            tally.slowest.0,
            tally.peak.0 / 1024,
        );
    }
    let finds: Vec<(&str, &Find)> = tallies
        .iter()
        .flat_map(|t| t.finds.iter().map(|f| (t.target, f)))
        .collect();
    for (target, find) in &finds {
        out += &format!(
            "\n{} in {target}, {} times: {}\n  {}\n  case {} of seed {seed}, from {}, {} bytes\n  {}\n",
            find.kind.name(),
            find.times,
            find.signature,
            find.detail.lines().next().unwrap_or_default(),
            find.case,
            find.from,
            find.size,
            find.repeat,
        );
    }
    let faults = finds.iter().filter(|(_, f)| f.kind.is_fault()).count();
    let cases: u64 = tallies.iter().map(|t| t.cases).sum();
    let seconds: f64 = tallies.iter().map(|t| t.seconds).sum();
    out += &format!("\n{cases} cases in {seconds:.0} s of computing: {faults} faults\n");
    out
}

/// The same as JSON.
pub(crate) fn json(tallies: &[Tally], seed: u64) -> Value {
    let row = |tally: &Tally| {
        json!({
            "target": tally.target,
            "seeds": tally.seeds,
            "cases": tally.cases,
            "kept": tally.kept,
            "lost_processes": tally.lost,
            "cpu_seconds": tally.seconds,
            "slowest_seconds": tally.slowest.0,
            "slowest_case": tally.slowest.1,
            "peak_kib": tally.peak.0,
            "peak_case": tally.peak.1,
            "finds": tally.finds.iter().map(Find::json).collect::<Vec<_>>(),
        })
    };
    json!({"seed": seed, "targets": tallies.iter().map(row).collect::<Vec<_>>()})
}
