//! What a campaign finds, and the folder that it is written to.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::farm;
use crate::target::Target;

/// What a reader did that it must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The process ended in the middle of a case: a stack or memory overflow, an abort.
    Crash,
    /// The case took longer than it may.
    Hang,
    /// The case took more memory than it may.
    Memory,
    /// Our code panicked, or a panic of any code came out of a reader.
    Panic,
    /// A result breaks what the reader promises.
    Law,
    /// A library panicked and the reader made an error of it; no fault of the reader.
    Caught,
}

impl Kind {
    /// Its name in tables and folders.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Hang => "hang",
            Self::Memory => "memory",
            Self::Panic => "panic",
            Self::Law => "law",
            Self::Caught => "caught",
        }
    }

    /// Whether the reader is at fault.
    pub(crate) fn is_fault(self) -> bool {
        self != Self::Caught
    }
}

/// Something that was found, once for all cases with the same signature.
#[derive(Clone, Debug)]
pub(crate) struct Find {
    /// What the reader did.
    pub(crate) kind: Kind,
    /// What ended it, where it panicked, which promise: the same for all cases of one cause.
    pub(crate) signature: String,
    /// More, from the first case.
    pub(crate) detail: String,
    /// The first case.
    pub(crate) case: u64,
    /// File that the first case was made from.
    pub(crate) from: String,
    /// How many cases.
    pub(crate) times: u64,
    /// Where the case lies, made small as far as that went.
    pub(crate) file: PathBuf,
    /// Its size \[byte\].
    pub(crate) size: usize,
    /// Command that repeats it.
    pub(crate) repeat: String,
}

impl Find {
    /// For programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "kind": self.kind.name(),
            "fault": self.kind.is_fault(),
            "signature": self.signature,
            "detail": self.detail,
            "case": self.case,
            "from": self.from,
            "times": self.times,
            "file": self.file,
            "bytes": self.size,
            "repeat": self.repeat,
        })
    }
}

/// Takes the case of a find into a folder of its own, beside links to the neighbours that the case
/// had. The path of the copy.
pub(crate) fn save(
    folder: &Path,
    kind: Kind,
    number: usize,
    case: &Path,
) -> Result<PathBuf, Failure> {
    let bytes = fs::read(case).map_err(Failure::file(case))?;
    let extension = case
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    let folder = folder.join(format!("{}-{number}", kind.name()));
    let path = farm::case_path(&folder, case.parent(), extension)?;
    farm::write(&path, &bytes)?;
    Ok(path)
}

/// The command that repeats a find.
pub(crate) fn repeat(target: &Target, file: &Path) -> String {
    format!(
        "cargo xtask fuzz --target {} --repeat {}",
        target.name,
        file.display()
    )
}
