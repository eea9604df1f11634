//! Facts about this machine and this moment.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Version of this build.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Now, as RFC 3339 in UTC.
pub(crate) fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// The command as typed, its program without the path.
pub(crate) fn command() -> Vec<String> {
    let mut words: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(program) = words.first_mut() {
        "halle".clone_into(program);
    }
    words
}

/// Processor as the system names it.
pub(crate) fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, core::num::NonZero::get);
    format!(
        "{}, {cores} cores",
        name.map_or(std::env::consts::ARCH, |(_, name)| name)
    )
}

/// Folder of runs that are not given one.
const RUNS: &str = "runs";

/// Folders of runs of this name, by number.
fn numbered(name: &str) -> Vec<(u32, PathBuf)> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(RUNS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let file = entry.file_name();
            let number = file
                .to_str()?
                .strip_prefix(name)?
                .strip_prefix('-')?
                .parse()
                .ok()?;
            Some((number, entry.path()))
        })
        .collect();
    found.sort();
    found
}

/// The folder to use: the one given, the last one of this name for `resume`, else the next free one.
pub(crate) fn run_folder(
    given: Option<&Path>,
    name: &str,
    resume: bool,
) -> Result<PathBuf, Failure> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    let last = numbered(name).pop();
    match (resume, last) {
        (true, Some((_, path))) => Ok(path),
        (true, None) => Err(
            Failure::input(format!("no run of `{name}` to resume in `{RUNS}`"))
                .help("name the run folder with `--out`"),
        ),
        (false, last) => {
            let number = last.map_or(1, |(number, _)| number + 1);
            Ok(Path::new(RUNS).join(format!("{name}-{number:03}")))
        }
    }
}
