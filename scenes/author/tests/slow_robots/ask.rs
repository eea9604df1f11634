//! Scripts that judge robots, and the files that they judge.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};

/// A path below the crate's folder.
pub(crate) fn local(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The corpus, or another folder that `HALLE_CORPUS` names, or nothing with a word about it.
pub(crate) fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("HALLE_CORPUS").map(PathBuf::from);
    let corpus = named.unwrap_or_else(|| local("../../../shared/corpus"));
    if corpus.is_dir() {
        return Some(corpus);
    }
    println!("skipped: the corpus is not there");
    None
}

/// Files below a folder whose names end in one of the endings, sorted.
pub(crate) fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().and_then(|e| e.to_str());
            if path.is_dir() {
                open.push(path);
            } else if ending.is_some_and(|e| endings.contains(&e)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Which Python a variable names, else one that may have what the script needs.
fn python(variable: &str) -> PathBuf {
    let own = local("../../.venv/bin/python");
    match std::env::var_os(variable) {
        Some(named) => PathBuf::from(named),
        None if own.is_file() => own,
        None => PathBuf::from("python3"),
    }
}

/// A file with positions of its joints, as a script takes it.
pub(crate) fn task(file: &Path, positions: &[Value], validate: bool) -> Value {
    json!({ "file": file, "positions": positions, "validate": validate })
}

/// What a script answers to each task; `Null` for those after which it died. `None`, with a word,
/// where Python or what the script needs is not there.
pub(crate) fn ask(script: &str, variable: &str, tasks: &[Value]) -> Option<Vec<Value>> {
    let mut answers = Vec::new();
    while answers.len() < tasks.len() {
        let Some(more) = ask_once(script, variable, &tasks[answers.len()..]) else {
            println!("skipped: `{variable}` names no Python with what `{script}` needs");
            return None;
        };
        answers.extend(more);
        if answers.len() < tasks.len() {
            // What killed the script is the first that it did not answer.
            answers.push(Value::Null);
        }
    }
    Some(answers)
}

fn ask_once(script: &str, variable: &str, tasks: &[Value]) -> Option<Vec<Value>> {
    let mut child = Command::new(python(variable))
        .arg(local("tests/slow_robots").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = tasks.iter().map(Value::to_string).collect();
    // It may stop reading early; what it does not answer says so.
    let writer = thread::spawn(move || lines.iter().try_for_each(|l| writeln!(input, "{l}")));
    let output = BufReader::new(child.stdout.take().unwrap());
    let answers = output.lines().filter_map(|line| {
        let line = line.ok()?;
        let text = line.strip_prefix("answer ")?;
        Some(serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")))
    });
    let answers: Vec<Value> = answers.collect();
    drop(writer.join());
    let status = child.wait().unwrap();
    (status.code() != Some(2)).then_some(answers)
}

/// Numbers of a value, lists in lists in one row; infinities are words.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().flat_map(numbers).collect(),
        Value::String(text) => vec![text.parse().unwrap_or(f64::NAN)],
        other => vec![other.as_f64().unwrap_or(f64::NAN)],
    }
}
