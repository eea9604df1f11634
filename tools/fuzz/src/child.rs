//! The process that reads cases: it may crash, hang or eat memory without taking the campaign down.
//!
//! It says on its standard output when a case begins and what came of it, one line of JSON each.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::farm;
use crate::outcome::{Outcome, normal};
use crate::seed::Seed;
use crate::seeds;
use crate::spoil;
use crate::target::Target;

/// Stack of the thread that reads \[byte\]: that of a thread whose maker chose none.
const STACK: usize = 2 << 20;
/// Every so many cases, a case is read twice.
const TWICE: u64 = 32;
/// Most files that are kept because something new came of them.
const MOST_KEPT: usize = 2000;

/// What the process has to do.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    /// Folder of the target's campaign.
    pub(crate) folder: PathBuf,
    /// Seed of the campaign.
    pub(crate) seed: u64,
    /// First case.
    pub(crate) from: u64,
    /// The case behind the last.
    pub(crate) to: u64,
    /// No case begins after this time.
    pub(crate) time: Duration,
}

/// What panics said, and where, since somebody looked.
type Panics = Arc<Mutex<Vec<(String, String)>>>;

/// Reads cases until the task is done.
pub(crate) fn run(target: &'static Target, task: Task) -> Result<(), Failure> {
    let panics = watch_panics();
    on_small_stack(move || cases(target, &task, &panics))
}

/// Reads one file.
pub(crate) fn run_one(target: &'static Target, path: PathBuf) -> Result<(), Failure> {
    let panics = watch_panics();
    on_small_stack(move || {
        say(&json!({"begin": 0}));
        say(&read(target, &path, &panics, false).1);
        Ok(())
    })
}

fn on_small_stack(
    work: impl FnOnce() -> Result<(), Failure> + Send + 'static,
) -> Result<(), Failure> {
    let thread = thread::Builder::new()
        .name("reader".to_owned())
        .stack_size(STACK);
    let handle = thread
        .spawn(work)
        .map_err(|source| Failure::NoChild { source })?;
    handle
        .join()
        .unwrap_or_else(|panic| panic::resume_unwind(panic))
}

#[expect(
    clippy::print_stdout,
    reason = "the campaign reads what this process says"
)]
fn say(line: &Value) {
    println!("{line}");
    // The campaign may be gone; then the next line ends this process.
    drop(std::io::stdout().flush());
}

fn watch_panics() -> Panics {
    let panics = Panics::default();
    let heard = panics.clone();
    panic::set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
        let place = panic
            .location()
            .map_or_else(String::new, ToString::to_string);
        let said = panic.payload_as_str().unwrap_or_default().to_owned();
        heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((place, said));
    }));
    panics
}

fn cases(target: &'static Target, task: &Task, panics: &Panics) -> Result<(), Failure> {
    let mut known = seeds::read(&task.folder.join("seeds"))?;
    let seeds = known.len();
    let kept = task.folder.join("kept");
    let mut seen = BTreeSet::new();
    take_in(&kept, &mut known, &mut seen)?;
    let began = Instant::now();
    for number in task.from..task.to {
        if began.elapsed() >= task.time {
            break;
        }
        let case = spoil::case(target.form, &known, seeds, number, task.seed);
        let parent = &known[case.from];
        let packed = case.bytes.starts_with(b"PK") && target.extension == "usdz";
        let extension = if packed {
            "usdz"
        } else {
            parent.extension.as_str()
        };
        let path = farm::case_path(&task.folder.join("work"), parent.home.as_deref(), extension)?;
        farm::write(&path, &case.bytes)?;
        say(&json!({"begin": number, "path": path, "name": parent.name, "size": case.bytes.len()}));
        let (outcome, mut line) = read(target, &path, panics, number % TWICE == 0);
        let is_new = outcome.features.iter().any(|f| !seen.contains(f));
        // Spoilt text that is refused leads to more text that is refused at the same place.
        let text = target.form.is_text(&case.bytes);
        let worth = is_new && !(text && outcome.refused) && known.len() < seeds + MOST_KEPT;
        line["kept"] = json!(worth);
        if worth {
            let seed = Seed {
                name: parent.name.clone(),
                home: parent.home.clone(),
                extension: extension.to_owned(),
                bytes: case.bytes,
            };
            keep(&kept, number, &seed, &outcome.features)?;
            known.push(seed);
        }
        seen.extend(outcome.features);
        say(&line);
    }
    Ok(())
}

/// Writes down a case of which something new came, so that the next process has it too.
fn keep(kept: &Path, number: u64, seed: &Seed, features: &[String]) -> Result<(), Failure> {
    let folder = kept.join(format!("{number:012}"));
    seeds::write(std::slice::from_ref(seed), &folder)?;
    let path = folder.join("features.json");
    fs::write(&path, json!(features).to_string()).map_err(Failure::file(&path))
}

fn take_in(kept: &Path, known: &mut Vec<Seed>, seen: &mut BTreeSet<String>) -> Result<(), Failure> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(kept).map_err(Failure::file(kept))? {
        folders.push(entry.map_err(Failure::file(kept))?.path());
    }
    folders.sort();
    for folder in folders {
        let path = folder.join("features.json");
        // A process that ended while it wrote leaves a folder without.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let features: Vec<String> = serde_json::from_str(&text).unwrap_or_default();
        seen.extend(features);
        known.extend(seeds::read(&folder)?);
    }
    Ok(())
}

/// Reads a case; what came of it, and the line that tells of it.
fn read(target: &Target, path: &Path, panics: &Panics, twice: bool) -> (Outcome, Value) {
    forget_peak();
    let began = Instant::now();
    let escaped = Cell::new(false);
    let once = || {
        let read = catch_unwind(AssertUnwindSafe(|| (target.read)(path)));
        read.unwrap_or_else(|_| {
            escaped.set(true);
            Outcome::default()
        })
    };
    let mut outcome = once();
    let micros = began.elapsed().as_micros() as u64;
    let peak = peak_kib();
    if twice && once().features != outcome.features {
        outcome.broken_law = Some("two readings of one file differ".to_owned());
    }
    let heard = std::mem::take(&mut *panics.lock().unwrap_or_else(PoisonError::into_inner));
    for (place, _) in &heard {
        outcome.features.push(format!("panic {place}"));
    }
    let line = json!({
        "micros": micros,
        "peak_kib": peak,
        "panics": heard,
        "escaped": escaped.get(),
        "broken_law": outcome.broken_law,
        "law": outcome.broken_law.as_deref().map(normal),
        "features": outcome.features.len(),
    });
    (outcome, line)
}

/// Starts the measurement of the largest resident memory anew, where the system can.
fn forget_peak() {
    drop(fs::write("/proc/self/clear_refs", "5"));
}

/// Largest resident memory \[KiB\]; zero where the system does not say.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let word = line.and_then(|line| line.split_whitespace().next());
    word.and_then(|word| word.parse().ok()).unwrap_or(0)
}
