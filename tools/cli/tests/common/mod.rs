//! How tests call `halle` and read what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A training of a few tenths of a second: 64 envs, episodes of two seconds, small pictures.
///
/// Checkpoints come only where a test asks for them.
pub(crate) fn tiny() -> Value {
    json!({
        "policies": 1,
        "envs": 64,
        "iterations": 2,
        "warm_up": 20,
        "validate_every": 1,
        "validation_envs": 8,
        "held_out_envs": 8,
        "picture_width": 64,
        "checkpoint_seconds": 1000.0,
        "task": { "horizon": 2.0 },
    })
}

/// A job with some settings changed.
pub(crate) fn with(mut job: Value, changes: Value) -> Value {
    let (Some(job_map), Value::Object(changes)) = (job.as_object_mut(), changes) else {
        panic!("jobs and changes are objects");
    };
    job_map.extend(changes);
    job
}

/// The scene that ships.
pub(crate) fn library_scene() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenes/library/polishing_cell.usda")
}

/// A folder of one test, empty at its beginning, with a copy of the scene and of a job.
pub(crate) struct Place(pub(crate) PathBuf);

impl Place {
    /// Holds `cell.usda`, and the tiny job as `job.json`.
    pub(crate) fn new(test: &str) -> Self {
        let place = Self(
            Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join("cli")
                .join(test),
        );
        if place.0.exists() {
            fs::remove_dir_all(&place.0).unwrap();
        }
        fs::create_dir_all(&place.0).unwrap();
        fs::copy(library_scene(), place.file("cell.usda")).unwrap();
        place.job(&tiny());
        place
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.bytes(name)).unwrap()
    }

    /// Writes `job.json`.
    pub(crate) fn job(&self, job: &Value) {
        fs::write(self.file("job.json"), job.to_string()).unwrap();
    }

    /// Names of all files below a folder, sorted; none where it does not exist.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.file(folder)) else {
            return Vec::new();
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                names.extend(self.files(&name));
            } else {
                names.push(name);
            }
        }
        names.sort();
        names
    }

    /// A command in this folder, `program` being halle or what starts it.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.0)
            .env_remove("RUST_LOG")
            .env_remove("RUST_BACKTRACE");
        // Mesa prints a warning where there is none.
        command
            .env("XDG_RUNTIME_DIR", &self.0)
            .env("NODEVICE_SELECT", "1");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// `halle` with arguments separated by spaces; `$JOB` stands for the settings of most tests.
    pub(crate) fn halle(&self, words: &str) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_halle"));
        command.args(split(words));
        command
    }

    /// As [`Self::halle`], with no file larger than about 50 to 100 kB (`blocks` of 512 or 1024
    /// byte, as the shell counts): to a program that is what a full disk looks like.
    #[cfg(unix)]
    pub(crate) fn halle_on_full_disk(&self, blocks: u32, words: &str) -> Command {
        let mut command = self.command("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        command
            .args(["-c", &script, env!("CARGO_BIN_EXE_halle")])
            .args(split(words));
        command
    }

    pub(crate) fn run(&self, words: &str) -> Said {
        said(&mut self.halle(words))
    }

    /// Runs and asks for success.
    pub(crate) fn done(&self, words: &str) -> Said {
        let said = self.run(words);
        assert_eq!(said.code, Some(0), "halle {words}\n{}", said.err);
        said
    }

    /// Runs and asks for the exit code of bad input and one message that holds all the `parts`.
    pub(crate) fn refused(&self, words: &str, parts: &[&str]) -> Said {
        let said = self.run(words);
        said.complains(1, words, parts);
        said
    }

    /// Starts a training and waits until a file of it (its log, or any other) has `lines` lines.
    pub(crate) fn started(&self, words: &str, log: &str, lines: usize) -> Child {
        let mut child = self.halle(words).spawn().unwrap();
        let began = Instant::now();
        loop {
            let bytes = fs::read(self.file(log)).unwrap_or_default();
            let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
            if ends.max(usize::from(!bytes.is_empty())) >= lines {
                return child;
            }
            assert!(
                child.try_wait().unwrap().is_none(),
                "it ended before {lines} lines of {log}"
            );
            assert!(
                began.elapsed() < Duration::from_secs(50),
                "no {lines} lines in {log}"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Sends a signal by name and waits for the end.
    #[cfg(unix)]
    pub(crate) fn signalled(&self, child: Child, signal: &str) -> Said {
        let id = child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", signal, &id])
            .status()
            .unwrap();
        assert!(sent.success(), "kill -s {signal}");
        Said::of(&child.wait_with_output().unwrap())
    }
}

fn split(words: &str) -> impl Iterator<Item = &str> {
    words.split_whitespace().flat_map(|word| match word {
        "$JOB" => vec!["--backend", "cpu", "--job", "job.json"],
        word => vec![word],
    })
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn said(command: &mut Command) -> Said {
    Said::of(&command.output().unwrap())
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Exactly one message on standard error that holds all the `parts`, and nothing else where
    /// programs read.
    pub(crate) fn complains(&self, code: i32, what: &str, parts: &[&str]) {
        let err = &self.err;
        assert_eq!(self.code, Some(code), "{what}\n{err}");
        assert_eq!(self.out, "", "{what}");
        let kinds = ["error: ", "error[", "interrupted: "];
        let count = err
            .lines()
            .filter(|line| kinds.iter().any(|kind| line.starts_with(kind)));
        assert_eq!(count.count(), 1, "{what}: one message\n{err}");
        for word in ["panicked", "RUST_BACKTRACE", "ERROR"] {
            assert!(!err.contains(word), "{what}: `{word}` in\n{err}");
        }
        for part in parts {
            assert!(err.contains(part), "{what}: no `{part}` in\n{err}");
        }
    }

    /// The one line of JSON that `--json` asks for.
    pub(crate) fn json(&self) -> Value {
        assert!(self.out.ends_with('\n'), "{}", self.out);
        assert_eq!(self.out.lines().count(), 1, "one line, found\n{}", self.out);
        serde_json::from_str(&self.out).unwrap()
    }
}
