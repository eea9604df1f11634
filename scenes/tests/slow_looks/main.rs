//! Looks of scenes of others against usd-core, where the corpus stands beside the checkout.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "../looks/mod.rs"]
mod looked;
#[path = "../usd_files/mod.rs"]
mod usd_files;

use std::path::{Path, PathBuf};

use looked::{Looked, compare, judged};

/// Files in one run of the judge.
const BATCH: usize = 40;

/// Every USD file of the corpus; `HALLE_LOOKS` narrows it to paths that contain a text,
/// `HALLE_LOOKS_IN` names another folder.
#[test]
fn corpus() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let corpus = std::env::var_os("HALLE_LOOKS_IN").map_or(beside, PathBuf::from);
    if !corpus.is_dir() {
        println!("corpus is not there: looks are checked on our own scenes only");
        return;
    }
    let only = std::env::var("HALLE_LOOKS").unwrap_or_default();
    let mut files = usd_files::usd_files(std::slice::from_ref(&corpus));
    files.retain(|f| f.to_string_lossy().contains(&only));
    let (mut sum, mut done) = (Looked::default(), 0);
    for batch in files.chunks(BATCH) {
        let names: Vec<&Path> = batch.iter().map(PathBuf::as_path).collect();
        let Some(judge) = judged(&names) else {
            println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
            return;
        };
        for file in batch {
            let expected = &judge[file.to_str().unwrap()];
            let Some(_) = expected.as_object() else {
                continue;
            };
            let Ok((world, findings)) = halle_scenes::load(file) else {
                continue;
            };
            let before = sum.wrong.len();
            compare(&world, &findings, expected, &mut sum);
            let name = file.strip_prefix(&corpus).unwrap().display();
            for wrong in &mut sum.wrong[before..] {
                *wrong = format!("{name}: {wrong}");
            }
            done += 1;
        }
    }
    println!("{done} of {} files: {:?}", files.len(), sum.counts);
    println!("differences on purpose: {:#?}", sum.causes);
    let shown = sum
        .wrong
        .iter()
        .take(60)
        .map(|w| w.chars().take(700).collect::<String>());
    let shown: Vec<String> = shown.collect();
    assert!(
        sum.wrong.is_empty(),
        "{} differ:\n{}",
        sum.wrong.len(),
        shown.join("\n")
    );
}
