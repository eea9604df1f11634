//! One target under fire: processes that read cases one after the other, and what is found.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::failure::Failure;
use crate::find::{Find, Kind, repeat, save};
use crate::minimise::minimise;
use crate::seeds;
use crate::target::Target;
use crate::watch::{Ending, Limits, follow};

/// A process reads at most this many cases, so that what it kept in memory goes.
const CASES_A_PROCESS: u64 = 20_000;
/// Time to make the case of one find small.
const MINIMISE: Duration = Duration::from_secs(90);
/// Time of a case that counts as a hang while a hang is made small, as a part of the limit.
const HANG_WHILE_MINIMISED: f64 = 0.25;
/// Finds of one kind that are written down; more are counted.
const MOST_OF_A_KIND: usize = 12;

/// Processes that may end between two cases before a campaign gives up.
const MOST_LOST: u64 = 100;

/// How a campaign runs.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Root folder of the project.
    pub(crate) root: PathBuf,
    /// Folder that everything is written to.
    pub(crate) out: PathBuf,
    /// Seed of all choices.
    pub(crate) seed: u64,
    /// Time that readers may compute per target.
    pub(crate) time: Duration,
    /// Cases per target at most.
    pub(crate) cases: u64,
    /// Limits of every case.
    pub(crate) limits: Limits,
    /// Whether the corpus beside the project is taken in.
    pub(crate) foreign: bool,
}

/// What a campaign did.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) target: &'static str,
    pub(crate) seeds: usize,
    pub(crate) cases: u64,
    /// Cases of which something new came.
    pub(crate) kept: u64,
    /// Processes that ended, or were held, while no case was being read.
    pub(crate) lost: u64,
    /// Time that the readers computed \[s\].
    pub(crate) seconds: f64,
    /// Time of the slowest case \[s\], and which it was.
    pub(crate) slowest: (f64, u64),
    /// Largest resident memory \[KiB\], and in which case.
    pub(crate) peak: (u64, u64),
    pub(crate) finds: Vec<Find>,
}

/// A case that is being read.
#[derive(Clone, Debug, Default)]
struct Current {
    number: u64,
    path: PathBuf,
    name: String,
}

struct Campaign<'p> {
    plan: &'p Plan,
    target: &'static Target,
    folder: PathBuf,
    tally: Tally,
    current: Current,
    /// Whether the current case has begun and not ended.
    reading: bool,
    next: u64,
    known: BTreeMap<(Kind, String), usize>,
}

/// Runs a campaign against one target.
pub(crate) fn run(plan: &Plan, target: &'static Target) -> Result<Tally, Failure> {
    let folder = plan.out.join(target.name);
    if folder.is_dir() {
        fs::remove_dir_all(&folder).map_err(Failure::file(&folder))?;
    }
    let seeds = seeds::gather(target, &plan.root, plan.foreign)?;
    seeds::write(&seeds, &folder.join("seeds"))?;
    let kept = folder.join("kept");
    fs::create_dir_all(&kept).map_err(Failure::file(&kept))?;
    let tally = Tally {
        target: target.name,
        seeds: seeds.len(),
        cases: 0,
        kept: 0,
        lost: 0,
        seconds: 0.0,
        slowest: (0.0, 0),
        peak: (0, 0),
        finds: Vec::new(),
    };
    let mut campaign = Campaign {
        plan,
        target,
        folder,
        tally,
        current: Current::default(),
        reading: false,
        next: 0,
        known: BTreeMap::new(),
    };
    campaign.fire()?;
    campaign.make_small()?;
    Ok(campaign.tally)
}

impl Campaign<'_> {
    fn fire(&mut self) -> Result<(), Failure> {
        let limit = self.plan.time.as_secs_f64();
        while self.next < self.plan.cases && self.tally.seconds < limit {
            let first = self.next;
            self.reading = false;
            let left = limit - self.tally.seconds;
            let to = self.plan.cases.min(first + CASES_A_PROCESS);
            let words = [
                "--child".to_owned(),
                self.folder.display().to_string(),
                "--target".to_owned(),
                self.target.name.to_owned(),
                "--seed".to_owned(),
                self.plan.seed.to_string(),
                "--from".to_owned(),
                first.to_string(),
                "--cases".to_owned(),
                to.to_string(),
                "--seconds".to_owned(),
                left.to_string(),
            ];
            let errors = self.folder.join("errors.txt");
            let limits = self.plan.limits;
            let (ending, seconds) = follow(&words, &limits, &errors, |line| self.hear(&line))?;
            // Where the system does not say, no time passes and the cases are the limit.
            self.tally.seconds += seconds;
            match ending {
                Ending::Done if self.next == first => {
                    return Ok(());
                }
                Ending::Done => {}
                // Nothing was being read: something else ended or held the process.
                Ending::Hung | Ending::Died(_) if !self.reading => {
                    self.tally.lost += 1;
                    self.next += 1;
                    if self.tally.lost > MOST_LOST {
                        return Err(Failure::Lost);
                    }
                }
                Ending::Hung => {
                    let signature = format!("from {}", self.current.name);
                    let detail = format!("more than {} s", limits.seconds);
                    self.found(Kind::Hang, signature, detail)?;
                    self.next = self.current.number + 1;
                }
                Ending::Died(words) => {
                    self.found(Kind::Crash, words, String::new())?;
                    self.next = self.current.number + 1;
                }
            }
        }
        Ok(())
    }

    /// A line of the reading process.
    fn hear(&mut self, line: &Value) {
        let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        if let Some(number) = line["begin"].as_u64() {
            let (path, name) = (PathBuf::from(word("path")), word("name"));
            self.current = Current { number, path, name };
            self.tally.cases += 1;
            self.reading = true;
            return;
        }
        let number = self.current.number;
        self.reading = false;
        self.next = number + 1;
        self.tally.kept += u64::from(line["kept"] == true);
        let seconds = line["micros"].as_u64().unwrap_or(0) as f64 * 1e-6;
        let peak = line["peak_kib"].as_u64().unwrap_or(0);
        if seconds > self.tally.slowest.0 {
            self.tally.slowest = (seconds, number);
        }
        if peak > self.tally.peak.0 {
            self.tally.peak = (peak, number);
        }
        for (kind, signature, detail) in faults(line, &self.plan.limits) {
            // The case lies where it was read until the next one begins; what cannot be saved is
            // counted all the same.
            drop(self.found(kind, signature, detail));
        }
    }

    fn found(&mut self, kind: Kind, signature: String, detail: String) -> Result<(), Failure> {
        let key = (kind, signature.clone());
        if let Some(known) = self.known.get(&key) {
            self.tally.finds[*known].times += 1;
            return Ok(());
        }
        let of_kind = self.tally.finds.iter().filter(|f| f.kind == kind).count();
        if of_kind >= MOST_OF_A_KIND {
            return Ok(());
        }
        let file = save(
            &self.folder.join("finds"),
            kind,
            of_kind,
            &self.current.path,
        )?;
        self.known.insert(key, self.tally.finds.len());
        self.tally.finds.push(Find {
            kind,
            signature,
            detail,
            case: self.current.number,
            from: self.current.name.clone(),
            times: 1,
            size: fs::metadata(&file).map_or(0, |m| m.len() as usize),
            repeat: repeat(self.target, &file),
            file,
        });
        Ok(())
    }

    /// Makes the cases of all faults small.
    fn make_small(&mut self) -> Result<(), Failure> {
        let errors = self.folder.join("errors.txt");
        let (target, limits) = (self.target, self.plan.limits);
        for find in &mut self.tally.finds {
            let bytes = fs::read(&find.file).map_err(Failure::file(&find.file))?;
            let text = target.form.is_text(&bytes);
            let (kind, signature, path) = (find.kind, find.signature.clone(), find.file.clone());
            let began = Instant::now();
            let mut limits = limits;
            if kind == Kind::Hang {
                limits.seconds *= HANG_WHILE_MINIMISED;
            }
            let mut happens = || {
                let found = one(target, &path, &limits, &errors)?;
                Ok(found
                    .iter()
                    .any(|(k, s)| *k == kind && (kind == Kind::Hang || *s == signature)))
            };
            if happens()? {
                find.size = minimise(
                    &path,
                    text,
                    MINIMISE.saturating_sub(began.elapsed()),
                    &mut happens,
                )?;
            } else {
                find.detail += " (does not happen with this case alone)";
            }
        }
        Ok(())
    }
}

/// Reads one file in a process of its own; what is found.
pub(crate) fn one(
    target: &Target,
    path: &Path,
    limits: &Limits,
    errors: &Path,
) -> Result<Vec<(Kind, String)>, Failure> {
    let words = ["--target", target.name, "--only"].map(str::to_owned);
    let words: Vec<String> = words
        .into_iter()
        .chain([path.display().to_string()])
        .collect();
    let mut found = Vec::new();
    let mut hear = |line: Value| {
        if line["begin"].is_null() {
            let faults = faults(&line, limits).into_iter();
            found.extend(faults.map(|(kind, signature, _)| (kind, signature)));
        }
    };
    let (ending, _) = follow(&words, limits, errors, &mut hear)?;
    match ending {
        Ending::Done => {}
        Ending::Hung => found.push((Kind::Hang, String::new())),
        Ending::Died(words) => found.push((Kind::Crash, words)),
    }
    Ok(found)
}

/// What a line tells of faults: kind, signature, and more.
fn faults(line: &Value, limits: &Limits) -> Vec<(Kind, String, String)> {
    let mut found = Vec::new();
    let peak = line["peak_kib"].as_u64().unwrap_or(0) / 1024;
    if peak > limits.memory {
        found.push((
            Kind::Memory,
            "resident memory".to_owned(),
            format!("{peak} MiB"),
        ));
    }
    let escaped = line["escaped"] == true;
    for panic in line["panics"].as_array().into_iter().flatten() {
        let word = |at: usize| panic[at].as_str().unwrap_or_default().to_owned();
        // Crates of the project are compiled by paths relative to it.
        let ours = !Path::new(&word(0)).is_absolute();
        let kind = if ours || escaped {
            Kind::Panic
        } else {
            Kind::Caught
        };
        found.push((kind, word(0), word(1)));
    }
    if let Some(law) = line["law"].as_str() {
        let detail = line["broken_law"].as_str().unwrap_or_default().to_owned();
        found.push((Kind::Law, law.to_owned(), detail));
    }
    found
}
