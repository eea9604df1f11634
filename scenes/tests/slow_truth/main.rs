//! What is loaded is what the stage says: scenes of others, where the corpus stands beside the
//! checkout.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "../truth/mod.rs"]
mod held;
#[path = "../usd_files/mod.rs"]
mod usd_files;

use std::path::Path;
use std::time::{Duration, Instant};

use held::{Held, hold};

/// Time for all files; what is left then is counted and said.
const BOX: Duration = Duration::from_secs(900);

/// Every USD file of the corpus; `HALLE_TRUTH` narrows it to paths that contain a text.
#[test]
fn corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if !corpus.is_dir() {
        println!("corpus is not there: truth is checked on our own scenes only");
        return;
    }
    let only = std::env::var("HALLE_TRUTH").unwrap_or_default();
    let mut files = usd_files::usd_files(std::slice::from_ref(&corpus));
    files.retain(|f| f.to_string_lossy().contains(&only));
    let (start, mut sum, mut done, mut refused) = (Instant::now(), Held::default(), 0, 0);
    for file in &files {
        if start.elapsed() > BOX {
            break;
        }
        let name = file
            .strip_prefix(&corpus)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let began = Instant::now();
        match hold(file) {
            Some(held) => sum.add(held, &name),
            None => refused += 1,
        }
        if began.elapsed() > Duration::from_secs(5) {
            println!("{name}: {:?}", began.elapsed());
        }
        done += 1;
    }
    println!("{done} of {} files, {refused} refused by both", files.len());
    println!("{:?}\n{:#?}", sum.counts, sum.causes);
    assert!(
        sum.wrong.is_empty(),
        "{} differences\n{}",
        sum.wrong.len(),
        sum.wrong.join("\n")
    );
}
