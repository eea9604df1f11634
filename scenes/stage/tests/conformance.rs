//! The conformance data of the AOUSD core specification (December 2025).
//!
//! Composition: every case is composed from its text and from its binary layers, the results are
//! written in the form of the reference's own dump, and that has to equal `pcp.txt`, byte for byte.
//! What cannot be equal is in the tables below, each with its cause; an entry that is no longer
//! needed fails. Where the data is not there, one line says so.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "shared steps of tests fail loudly and say what they skip"
)]

#[path = "conformance/dump.rs"]
mod dump;
#[path = "conformance/errors.rs"]
mod errors;
#[path = "conformance/formats.rs"]
mod formats;
#[path = "conformance/values.rs"]
mod values;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use openusd::pcp::VariantFallbackMap;
use openusd::usd::Stage;

/// Cases whose text layers are refused: the expected file is a traceback of the reference's script.
///
/// Here the text has to be refused too, at the line and column that the traceback names. These
/// cases have no binary root layer.
const REFUSED: [&str; 3] = [
    "BasicInherits_root",
    "ErrorRelocateWithVariantSelection_root",
    "SubrootReferenceAndVariants_root",
];

/// Cases whose expected file also holds a warning with a source line of the C++ library
/// (`Ill-formed SdfPath <>`); that block is taken out of the expected text.
const WARNED: [&str; 2] = ["BasicPayload_root", "RelocateToNone_root"];

/// Cases whose expected file repeats a diagnostic, once for each pass of the C++ library that found
/// it: the library here reports a condition once. Repeated lines are compared as one.
const REPEATED: [&str; 3] = [
    "ErrorInconsistentProperties_root",
    "TrickyInheritsAndRelocatesToNewRootPrim_root",
    "TrickyInheritsAndRelocates_root",
];

/// Stack of a thread that composes: the library recurses.
const STACK_BYTES: usize = 64 << 20;

/// A folder of the conformance data, or none, with a line that says so.
fn folder(name: &str) -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/corpus/conformance/aousd-core-spec-dec2025")
        .join(name);
    if data.is_dir() {
        return Some(data);
    }
    println!("conformance data `{name}` is not there: not compared");
    None
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Text,
    Binary,
}

fn open(entry: &Path) -> openusd::Result<Stage> {
    // The reference's test plugin registers this fallback for all cases.
    let fallbacks = VariantFallbackMap::new().add("standin", ["render"]);
    Stage::builder()
        .variant_fallbacks(fallbacks)
        .open(entry.to_str().expect("a path of the data is UTF-8"))
}

/// Composes one case; `None` if it has no layers in this form, else what differs.
fn compare(case: &Path, form: Form) -> Option<Result<(), String>> {
    let name = case.file_name()?.to_str()?;
    let expected = fs::read_to_string(case.join("pcp.txt"))
        .ok()?
        .replace("\r\n", "\n");
    let first = expected.lines().next()?;
    let entry = first.rsplit('/').next()?.trim_end_matches('@');
    let folder = match form {
        Form::Text => case.join("usda"),
        Form::Binary => case.to_owned(),
    };
    let file = folder.join(entry);
    if !file.exists() {
        return None;
    }
    if REFUSED.contains(&name) {
        return Some(refusal(&file, &expected));
    }
    let stage = match open(&file) {
        Ok(stage) => stage,
        Err(error) => return Some(Err(format!("cannot be opened: {error}"))),
    };
    let names = dump::Names::new(name, &folder);
    let order = dump::prims(&stage);
    let mut actual = dump::write(&names, entry, &stage, &order);
    actual.push_str(&errors::write(&names, &stage.composition_errors(), &order));
    let mut wanted = expected.clone();
    if WARNED.contains(&name) {
        wanted = without_warning(&wanted);
    }
    if REPEATED.contains(&name) {
        wanted = without_repeats(&wanted);
    }
    let excused = WARNED.contains(&name) || REPEATED.contains(&name);
    if excused && wanted == expected {
        return Some(Err("the exception is not needed".to_owned()));
    }
    Some(first_difference(&actual, &wanted))
}

/// A refused layer has to be refused at the place that the reference names.
fn refusal(file: &Path, expected: &str) -> Result<(), String> {
    let Err(error) = open(file) else {
        return Err("was opened, expected a refusal".to_owned());
    };
    let mut text = String::new();
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(one) = cause {
        text.push_str(&one.to_string());
        text.push('\n');
        cause = one.source();
    }
    let place = expected.split("root.usd:").nth(1).unwrap_or_default();
    let line = place.split(':').next().unwrap_or_default();
    if text.contains(&format!(":{line}:")) || text.contains(&format!("line {line}")) {
        Ok(())
    } else {
        Err(format!("refused, expected at line {line}: {text}"))
    }
}

/// The text without the block that the reference's diagnostics put between dump and errors.
fn without_warning(text: &str) -> String {
    let mut out = String::new();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut k = 0;
    while k < lines.len() {
        let opens = lines[k].trim_end() == "-".repeat(80);
        if opens
            && lines
                .get(k + 1)
                .is_some_and(|next| next.starts_with("Warning: in "))
        {
            k += 1;
            while lines
                .get(k)
                .is_some_and(|next| next.starts_with("Warning: in "))
            {
                k += 1;
            }
            continue;
        }
        out.push_str(lines[k]);
        k += 1;
    }
    out
}

/// The text with equal lines that follow each other taken as one, in its errors only.
fn without_repeats(text: &str) -> String {
    let Some(start) = text.find("Errors while ") else {
        return text.to_owned();
    };
    let mut out = text[..start].to_owned();
    let mut last = "";
    for line in text[start..].split_inclusive('\n') {
        if line.trim().is_empty() || line != last {
            out.push_str(line);
        }
        last = line;
    }
    out
}

fn first_difference(actual: &str, expected: &str) -> Result<(), String> {
    if actual == expected {
        return Ok(());
    }
    let (mut a, mut b) = (actual.lines(), expected.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (a.next(), b.next()) {
            (Some(a), Some(b)) if a == b => {}
            (None, None) => return Err("line ends differ".to_owned()),
            (a, b) => {
                let shown = |line: Option<&str>| line.unwrap_or("(end)").to_owned();
                let (a, b) = (shown(a), shown(b));
                return Err(format!("line {number}: expected `{b}`, got `{a}`"));
            }
        }
    }
}

/// All cases in one form: how many there are, and what differs.
fn compare_all(assets: &Path, form: Form) -> (usize, Vec<String>) {
    let entries = fs::read_dir(assets).expect("the folder of cases can be listed");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("pcp.txt").exists());
    cases.sort();
    let (next, compared) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(result) = compare(case, form) else {
                continue;
            };
            compared.fetch_add(1, Ordering::Relaxed);
            if let Err(difference) = result {
                let line = format!("{}: {difference}", case.file_name().unwrap().display());
                failures.lock().unwrap().push(line);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            let builder = thread::Builder::new().stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, work).unwrap();
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    (compared.into_inner(), failures)
}

#[test]
fn composition_of_text_layers_equals_the_reference() {
    let Some(data) = folder("composition/tests/assets") else {
        return;
    };
    let (compared, failures) = compare_all(&data, Form::Text);
    println!(
        "composition, text: {} of {compared} equal",
        compared - failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(compared, 138, "cases with an expected file");
}

#[test]
fn composition_of_binary_layers_equals_the_reference() {
    let Some(data) = folder("composition/tests/assets") else {
        return;
    };
    let (compared, failures) = compare_all(&data, Form::Binary);
    println!(
        "composition, binary: {} of {compared} equal",
        compared - failures.len()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // Refused text layers were never converted.
    assert_eq!(
        compared,
        138 - REFUSED.len(),
        "cases with a binary root layer"
    );
}
