//! Starts a reading process under limits, follows it, and ends it when a limit is met.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::failure::Failure;
use crate::outcome::normal;

/// Clock ticks per second in `/proc`, the same on every Linux.
const TICKS: f64 = 100.0;
/// How long the process may say nothing before its clock is looked at.
const PATIENCE: Duration = Duration::from_millis(500);
/// A process on a busy machine gets its time later: waiting counts this much less than computing.
const WAITING: u32 = 20;

/// Limits of every case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Time that a case may compute \[s\].
    pub(crate) seconds: f64,
    /// Resident memory \[MiB\]; the address space may be four times as large.
    pub(crate) memory: u64,
}

/// How a process ended.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// By itself, with its work done.
    Done,
    /// By itself, in the middle: what ended it, without what differs from case to case.
    Died(String),
    /// A case took longer than it may.
    Hung,
}

/// Starts this program anew with `arguments` and hands every line that it says to `hear`, until it
/// ends or hangs. Gives how it ended and the time that it computed \[s\].
pub(crate) fn follow(
    arguments: &[String],
    limits: &Limits,
    errors: &Path,
    mut hear: impl FnMut(Value),
) -> Result<(Ending, f64), Failure> {
    let (mut child, lines) = start(arguments, limits, errors)?;
    let mut slow: Option<(f64, Instant)> = None;
    let mut computed = 0.0;
    let hung = loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                slow = None;
                hear(line);
            }
            Err(RecvTimeoutError::Timeout) => {
                let now = seconds_of(child.id()).unwrap_or(computed);
                computed = now;
                let (from, since) = *slow.get_or_insert((now, Instant::now()));
                let waited = since.elapsed().as_secs_f64() / f64::from(WAITING);
                if now - from > limits.seconds || waited > limits.seconds {
                    break true;
                }
            }
            Err(RecvTimeoutError::Disconnected) => break false,
        }
    };
    // Its clock can be read until it is waited for.
    computed = seconds_of(child.id()).unwrap_or(computed);
    if hung {
        // It may have ended just now.
        drop(child.kill());
    }
    let status = child.wait().map_err(|source| Failure::NoChild { source })?;
    let ending = match (hung, status.success()) {
        (true, _) => Ending::Hung,
        (false, true) => Ending::Done,
        (false, false) => Ending::Died(last_words(status, errors)),
    };
    Ok((ending, computed))
}

fn start(
    arguments: &[String],
    limits: &Limits,
    errors: &Path,
) -> Result<(Child, Receiver<Value>), Failure> {
    let failed = |source| Failure::NoChild { source };
    let own = std::env::current_exe().map_err(failed)?;
    let errors = File::create(errors).map_err(Failure::file(errors))?;
    let mut child = command(&own, limits)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .map_err(failed)?;
    let (sender, receiver) = channel();
    if let Some(out) = child.stdout.take() {
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let sent = serde_json::from_str(&line).map(|value| sender.send(value));
                if matches!(sent, Ok(Err(_))) {
                    break;
                }
            }
        });
    }
    Ok((child, receiver))
}

/// The program by way of a shell that limits its address space, where there is one.
fn command(own: &PathBuf, limits: &Limits) -> Command {
    if cfg!(unix) {
        let mut command = Command::new("sh");
        let kib = limits.memory * 4 * 1024;
        command
            .arg("-c")
            .arg(format!(
                "ulimit -c 0; ulimit -v {kib} 2>/dev/null; exec \"$0\" \"$@\""
            ))
            .arg(own);
        command
    } else {
        Command::new(own)
    }
}

/// Time that a process computed \[s\], its threads included.
fn seconds_of(id: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name in brackets may hold blanks.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok());
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

/// What a process said last, and the signal or code that ended it.
fn last_words(status: ExitStatus, errors: &Path) -> String {
    let said = fs::read_to_string(errors).unwrap_or_default();
    let mut lines = said.lines().filter(|line| !line.trim().is_empty());
    let telling = ["overflowed its stack", "memory allocation", "error:"];
    let line = lines.find(|line| telling.iter().any(|word| line.contains(word)));
    let line = line.or_else(|| said.lines().last()).unwrap_or_default();
    format!("{status}: {}", normal(line))
}
