//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the user asked to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for Ctrl-C and termination; the second one ends at once.
    pub(crate) fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let seen = asked.clone();
        let listening = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::SeqCst) {
                end_at_once();
            }
            log::warn!("stopping at the next safe point; once more to stop at once");
        });
        if let Err(error) = listening {
            log::warn!("cannot listen for Ctrl-C: {error}");
        }
        Self(asked)
    }

    /// For short work that is to be whole.
    pub(crate) fn never() -> Self {
        Self(Arc::default())
    }

    /// Whether the user asked to stop.
    pub(crate) fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[expect(
    clippy::exit,
    reason = "the user asked twice; files are whole at any time"
)]
fn end_at_once() {
    std::process::exit(i32::from(crate::failure::INTERRUPTED));
}
