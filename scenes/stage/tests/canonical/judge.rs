//! A sample of the corpus beside usd-core.

use crate::corpus::{difference, files, judged, shared};

/// Every so many files of the corpus are taken; the whole is in `slow_corpus`.
const STEP: usize = 29;
/// Larger files are left to the whole.
const LARGEST: u64 = 400_000;

/// The dumps of the sample are usd-core's.
#[test]
fn sample_of_the_corpus_is_as_usd_core_has_it() {
    let Some(corpus) = shared("corpus") else {
        println!("skipped: no corpus beside the checkout");
        return;
    };
    let small = |file: &std::path::PathBuf| file.metadata().is_ok_and(|data| data.len() <= LARGEST);
    let all = files(&corpus).into_iter().step_by(STEP);
    let sample: Vec<_> = all.filter(small).collect();
    let Some(references) = judged("sample", &sample) else {
        println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
        return;
    };
    let mut wrong = Vec::new();
    for (file, reference) in sample.iter().zip(references) {
        let found = reference.and_then(|reference| difference(file, &reference));
        wrong.extend(found.map(|what| format!("{}: {what}", file.display())));
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        sample.len(),
        wrong.join("\n")
    );
}
