//! Progress of long work: a bar on a terminal, lines elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Seconds between lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// How far a piece of work is, with what it has found so far.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    what: String,
    started: Instant,
    said: Instant,
    first: u64,
}

impl Progress {
    /// Work of `total` pieces, of which `done` are done.
    pub(crate) fn new(what: &str, total: u64, done: u64) -> Self {
        let bar = ProgressBar::new(total).with_position(done);
        if let Ok(style) = ProgressStyle::with_template("{prefix:>18} [{bar:30}] {pos}/{len} {msg}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what.to_owned());
        let now = Instant::now();
        Self {
            bar,
            what: what.to_owned(),
            started: now,
            said: now,
            first: done,
        }
    }

    /// `done` pieces are done; `message` tells what came of them.
    pub(crate) fn at(&mut self, done: u64, message: &str) {
        let total = self.bar.length().unwrap_or(done);
        let fresh = done.saturating_sub(self.first).max(1);
        let each = self.started.elapsed().as_secs_f64() / fresh as f64;
        let left = each * total.saturating_sub(done) as f64;
        let text = format!("{message}, {} left", span(left));
        self.bar.set_position(done);
        self.bar.set_message(text.clone());
        if self.bar.is_hidden() && (self.said.elapsed() > LINE_EVERY || done == total) {
            self.said = Instant::now();
            log::info!("{} {done}/{total} {text}", self.what);
        }
    }

    /// Leaves a last line.
    pub(crate) fn finish(&self) {
        self.bar.abandon();
    }
}

/// A time span as people say it.
pub(crate) fn span(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{seconds:.0} s")
    } else if seconds < 5400.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}
