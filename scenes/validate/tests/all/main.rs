//! Checks of models from outside: broken ones, clean ones, forms of reports, differences, other
//! judges.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

mod broken;
mod clean;
mod differences;
mod judges;
mod reports;
mod surveys;
mod worlds;

use std::path::{Path, PathBuf};

use halle_validate::{Options, Profile, Report, validate};

/// A file of this crate.
fn local(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The report on a file, called by its name alone.
fn report(path: &Path, profile: Profile) -> Report {
    let options = Options {
        profile,
        ..Options::default()
    };
    let mut report = validate(path, &options, &mut |_| {});
    report.file = path.file_name().unwrap().to_string_lossy().into_owned();
    report
}
