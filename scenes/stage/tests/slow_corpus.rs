//! The whole corpus beside usd-core: the same dumps, the same refusals.

#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

#[path = "support/corpus.rs"]
mod corpus;

use corpus::{difference, files, judged, shared};

/// Files whose dump differs and why; one that no longer differs has to go from here.
const KNOWN: [(&str, &str); 2] = [
    (
        "ErrorArcCycle_root/",
        "the library drops one prim more where arcs run in a circle",
    ),
    (
        "ErrorInvalidInstanceTargetPath_root/",
        "the library keeps a connection to a path that a relocate took away",
    ),
];

/// At least 99 % of the dumps are usd-core's, and every other one is known.
#[test]
fn corpus_is_as_usd_core_has_it() {
    let Some(folder) = shared("corpus") else {
        println!("skipped: no corpus beside the checkout");
        return;
    };
    let all = files(&folder);
    let Some(references) = judged("corpus", &all) else {
        println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
        return;
    };
    let (mut wrong, mut known, mut judged) = (Vec::new(), 0, 0);
    for (file, reference) in all.iter().zip(references) {
        let Some(reference) = reference else {
            continue;
        };
        judged += 1;
        let Some(what) = difference(file, &reference) else {
            continue;
        };
        let name = file.to_string_lossy();
        if KNOWN.iter().any(|(part, _)| name.contains(part)) {
            known += 1;
        } else {
            wrong.push(format!("{name}: {what}"));
        }
    }
    let equal = judged - known - wrong.len();
    println!("{equal} of {judged} dumps are equal, {known} differ in known ways");
    assert!(
        wrong.is_empty(),
        "{} of {judged}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        known * 100 <= judged,
        "{known} of {judged} differ in known ways"
    );
}
