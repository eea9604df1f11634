//! The corpus beside the checkout, and usd-core's dumps of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use halle_stage::canonical::{DumpOptions, dump_file};
use halle_stage::open::OpenOptions;
use serde_json::Value;

/// Numbers may differ by this much, relative or absolute: the reference's own terms.
const RELATIVE: f64 = 1e-6;
const ABSOLUTE: f64 = 1e-9;
/// What is not compared: words about the file, not facts of the stage, and a field that usd-core
/// reports differently from one run to the next where nothing sets it.
const SKIPPED: [&str; 5] = [
    "diagnostics",
    "compositionErrors",
    "oracle",
    "stack",
    "invertFilteredGroups",
];

/// Writes the reference's dump of every file of a list into a folder, unpacked.
const SCRIPT: &str = r#"
import sys, gzip, glob, os, subprocess
try:
    import numpy
    from pxr import Usd
except ImportError:
    sys.exit(2)
oracle, names, out = sys.argv[1:]
quiet = subprocess.DEVNULL
subprocess.run([sys.executable, oracle, '--batch', names, out], stdout=quiet, stderr=quiet)
for name in glob.glob(os.path.join(out, '*.json.gz')):
    open(name[:-3], 'wb').write(gzip.open(name).read())
"#;

/// A folder beside the checkout, if it is there.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(name);
    folder.canonicalize().ok()
}

/// Every USD file below a folder, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let extension = path
                .extension()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                open.push(path);
            } else if ["usd", "usda", "usdc", "usdz"].contains(&extension.as_str()) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// Dumps of usd-core by file, in the order of the files; `None` without usd-core.
pub(crate) fn judged(name: &str, files: &[PathBuf]) -> Option<Vec<Option<Value>>> {
    let oracle = shared("oracle/oracle.py")?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let list = folder.join("list.txt");
    let names: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    fs::write(&list, names.join("\n")).unwrap();
    let program = std::env::var("HALLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let ran = Command::new(program)
        .args(["-c", SCRIPT])
        .args([&oracle, &list, &folder])
        .output()
        .ok()?;
    if ran.status.code() == Some(2) {
        return None;
    }
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let common = common(files);
    let read = |file: &PathBuf| {
        let inner = file
            .strip_prefix(&common)
            .unwrap()
            .to_string_lossy()
            .replace('/', "__");
        let text = fs::read_to_string(folder.join(inner + ".json")).ok()?;
        serde_json::from_str(&text).ok()
    };
    Some(files.iter().map(read).collect())
}

/// The folder that all files are below.
fn common(files: &[PathBuf]) -> PathBuf {
    let mut common = files[0].parent().unwrap().to_owned();
    while !files.iter().all(|file| file.starts_with(&common)) {
        common.pop();
    }
    common
}

/// The first difference between the reference's dump of a file and ours; `None` if there is none.
pub(crate) fn difference(file: &Path, reference: &Value) -> Option<String> {
    let dump = dump_file(file, &OpenOptions::default(), &DumpOptions::default());
    let dump = match dump {
        Ok(dump) => dump,
        Err(error) => return Some(error.to_string()),
    };
    let refused = |dump: &Value| dump.get("openError").is_some();
    match (refused(reference), refused(&dump)) {
        (true, true) => None,
        (true, false) => Some("usd-core refuses it".to_owned()),
        (false, true) => Some(format!("refused: {}", dump["openError"])),
        (false, false) => compare("", reference, &dump),
    }
}

fn compare(path: &str, a: &Value, b: &Value) -> Option<String> {
    let unlike = || Some(format!("{path}: expected {a}, got {b}"));
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64()?, y.as_f64()?);
            let near = (x - y).abs() <= (RELATIVE * x.abs().max(y.abs())).max(ABSOLUTE);
            if near { None } else { unlike() }
        }
        (Value::Object(x), Value::Object(y)) => {
            let keys = x.keys().chain(y.keys().filter(|key| !x.contains_key(*key)));
            let mut keys = keys.filter(|key| !SKIPPED.contains(&key.as_str()));
            keys.find_map(|key| match (x.get(key), y.get(key)) {
                (Some(x), Some(y)) => compare(&format!("{path}/{key}"), x, y),
                (Some(x), None) => Some(format!("{path}/{key}: expected {x}, got nothing")),
                (None, y) => Some(format!("{path}/{key}: expected nothing, got {y:?}")),
            })
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            let mut pairs = x.iter().zip(y).enumerate();
            pairs.find_map(|(k, (x, y))| compare(&format!("{path}[{k}]"), x, y))
        }
        _ if a == b => None,
        _ => unlike(),
    }
}
