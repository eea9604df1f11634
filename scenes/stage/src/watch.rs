//! Threads that compose under watch: a panic, and composition that comes to no end, become errors.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Stack of a reading thread; the USD library recurses over nested values and prims.
pub(crate) const STACK_BYTES: usize = 256 << 20;

/// How long one prim may take. Millions take a second together; where arcs run in circles that the
/// library does not see, one takes for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a thread under watch is at.
#[derive(Debug, Default)]
struct Pulse {
    /// Whether a stage is being composed.
    composing: AtomicBool,
    /// Prims begun so far.
    beats: AtomicU64,
    /// The prim begun last.
    at: Mutex<String>,
}

thread_local! {
    static PULSE: RefCell<Option<Arc<Pulse>>> = const { RefCell::new(None) };
}

/// Says that the stage is composed from now on, until this is dropped.
#[derive(Debug)]
pub struct Composing(());

impl Composing {
    /// Starts the watch, if the thread is under one; `at` is where composition starts.
    #[must_use]
    pub fn start(at: &str) -> Self {
        let started = Self(());
        started.beat(at);
        started
    }

    /// Says that a prim is begun.
    pub fn beat(&self, prim: &str) {
        PULSE.with_borrow(|pulse| {
            if let Some(pulse) = pulse {
                let mut at = pulse.at.lock().unwrap_or_else(PoisonError::into_inner);
                prim.clone_into(&mut at);
                pulse.composing.store(true, Ordering::Relaxed);
                pulse.beats.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
}

impl Drop for Composing {
    fn drop(&mut self) {
        PULSE.with_borrow(|pulse| {
            if let Some(pulse) = pulse {
                pulse.composing.store(false, Ordering::Relaxed);
            }
        });
    }
}

/// Runs `work` on a thread of its own with a stack of 256 MiB. A panic becomes an error by way of
/// `failed`, and so does a prim that is composed for half a minute: the thread is then left to
/// itself, and uses a core until the program ends.
///
/// # Errors
/// What `work` returns, or what `failed` makes of the reason why it cannot return.
pub fn on_watched_thread<T: Send + 'static, E: Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
    failed: impl FnOnce(String) -> E,
) -> Result<T, E> {
    watched(work, failed, PATIENCE)
}

fn watched<T: Send + 'static, E: Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
    failed: impl FnOnce(String) -> E,
    patience: Duration,
) -> Result<T, E> {
    let pulse = Arc::new(Pulse::default());
    let (send, done) = sync_channel(1);
    let own = Arc::clone(&pulse);
    let started = thread::Builder::new()
        .name("stage".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            PULSE.set(Some(own));
            let made = catch_unwind(AssertUnwindSafe(work));
            // Nobody waits any longer where patience came to its end.
            drop(send.send(made));
        });
    if let Err(source) = started {
        return Err(failed(source.to_string()));
    }
    let mut last = 0;
    loop {
        match done.recv_timeout(patience) {
            Ok(Ok(result)) => return result,
            Ok(Err(panic)) => return Err(failed(said(panic.as_ref()))),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(failed("its thread ended".to_owned()));
            }
            Err(RecvTimeoutError::Timeout) => {
                let beats = pulse.beats.load(Ordering::Relaxed);
                if pulse.composing.load(Ordering::Relaxed) && beats == last {
                    let at = pulse.at.lock().unwrap_or_else(PoisonError::into_inner);
                    let seconds = patience.as_secs_f64();
                    return Err(failed(format!(
                        "composition has not ended for {seconds} s at or after `{at}`: arcs may run \
                         in a circle there"
                    )));
                }
                last = beats;
            }
        }
    }
}

/// What a panic said.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    let owned = panic.downcast_ref::<String>().cloned();
    owned
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundredth of a second stands for the half minute.
    const SHORT: Duration = Duration::from_millis(10);

    #[test]
    fn composition_without_end_is_an_error_that_names_its_prim() {
        let endless = || -> Result<(), String> {
            let composing = Composing::start("/");
            composing.beat("/Plant/Cell");
            let (_keep, never) = sync_channel::<()>(0);
            never.recv().map_err(|error| error.to_string())
        };
        let error = watched(endless, |reason| reason, SHORT).unwrap_err();
        assert!(error.contains("`/Plant/Cell`"), "{error}");
        assert!(error.contains("0.01 s"), "{error}");
    }

    /// What takes long without composing is waited for, however long.
    #[test]
    fn other_work_is_waited_for() {
        let slow = || {
            drop(Composing::start("/"));
            thread::sleep(SHORT * 8);
            Ok::<_, String>(7)
        };
        assert_eq!(watched(slow, |reason| reason, SHORT), Ok(7));
    }

    #[test]
    fn panics_are_errors() {
        let error = on_watched_thread(|| -> Result<(), String> { panic!("no more") }, |said| said);
        assert_eq!(error, Err("no more".to_owned()));
    }
}
