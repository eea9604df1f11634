//! Descriptors and masses beside usd-core's own: scenes that try each rule, and the corpus.
//!
//! Skipped, with a line that says so, where `HALLE_PYTHON` (or `python3`) has no usd-core.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use halle_stage::open::{OpenOptions, Scene, on_own_thread};
use halle_stage::physics;
use serde_json::Value;

use crate::scenes;

/// Reads file names and prints what `LoadUsdPhysicsFromRange` says of each, a line of JSON per file.
const SCRIPT: &str = r#"
import sys, json, math
try:
    from pxr import Usd, UsdPhysics, Gf, Sdf, Vt, Tf
except ImportError:
    sys.exit(2)
SORTED = {'articulatedBodies', 'articulatedJoints', 'collisions', 'filteredCollisions', 'collisionGroups',
          'simulationOwners', 'filteredGroups'}
def number(x):
    x = float(x)
    if x != x: return 'nan'
    if math.isinf(x): return 'inf' if x > 0 else '-inf'
    return x
def value(x):
    if isinstance(x, int) and type(x) not in (int, bool): return x.name
    if x is None or isinstance(x, (bool, str, int)): return x
    if isinstance(x, float): return number(x)
    if isinstance(x, Sdf.Path): return str(x)
    if isinstance(x, (Gf.Quatf, Gf.Quatd)): return [number(y) for y in (x.GetReal(), *x.GetImaginary())]
    if hasattr(x, '__len__') and hasattr(x, '__getitem__'): return [value(y) for y in x]
    d = {}
    for k in dir(x):
        if k.startswith('_'): continue
        y = getattr(x, k)
        if callable(y): continue
        d[k] = value(y)
        if k in SORTED: d[k] = sorted(d[k])
    return d
for line in sys.stdin:
    name = line.rstrip('\n')
    try:
        stage = Usd.Stage.Open(name)
        found = UsdPhysics.LoadUsdPhysicsFromRange(stage, ['/'])
        out = {str(k).split('.')[-1]: {str(p): value(d) for p, d in zip(*v)} for k, v in found.items()}
    except Tf.ErrorException:
        out = None
    print(json.dumps(out), flush=True)
"#;

fn python() -> String {
    std::env::var("HALLE_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// What usd-core says of each file; `None` without usd-core.
fn usd_core(files: &[PathBuf]) -> Option<Vec<Value>> {
    let mut child = Command::new(python())
        .args(["-W", "ignore", "-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let names: String = files
        .iter()
        .map(|file| format!("{}\n", file.display()))
        .collect();
    let mut input = child.stdin.take()?;
    let writer = std::thread::spawn(move || input.write_all(names.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().unwrap().ok()?;
    if output.status.code() == Some(2) {
        return None;
    }
    let text = String::from_utf8(output.stdout).unwrap();
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

/// Differences beyond a millionth, or 1e-9: both sides hold floats, computed in other orders.
fn differences(at: &str, theirs: &Value, ours: &Value, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let near = (a - b).abs() <= 1e-9_f64.max(1e-6 * a.abs().max(b.abs()));
            if !near {
                found.push(format!("{at}: theirs {a}, ours {b}"));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (k, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{at}[{k}]"), a, b, found);
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let of = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or_default()
                };
                differences(&format!("{at} {key}"), &of(a), &of(b), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{at}: theirs {a}, ours {b}")),
    }
}

/// Takes out what usd-core leaves uninitialised: `invertFilteredGroups` where no layer states it.
fn defined(mut theirs: Value, ours: &physics::Physics) -> Value {
    for group in ours.groups.iter().filter(|group| group.inverted.is_none()) {
        let path = group.path.as_str();
        if let Some(it) = theirs
            .pointer_mut("/CollisionGroup")
            .and_then(|all| all.get_mut(path))
        {
            it["invertFilteredGroups"] = false.into();
        }
    }
    theirs
}

/// Compares a stage; `None` if we cannot open it.
fn compare(file: &Path, theirs: Value) -> Option<Vec<String>> {
    on_own_thread(|| {
        let scene = Scene::open(file, &OpenOptions::default())?;
        let theirs = defined(theirs, &physics::parse(&scene));
        let mut found = Vec::new();
        let name = file.file_name().unwrap().to_string_lossy();
        differences(&name, &theirs, &physics::descriptors(&scene), &mut found);
        Ok(found)
    })
    .ok()
}

/// Every scene of ours says the same to usd-core and to us.
#[test]
fn own_scenes_match_usd_core() {
    let folder = scenes::write("judge");
    let files: Vec<PathBuf> = scenes::ALL
        .iter()
        .map(|(name, _)| folder.join(format!("{name}.usda")))
        .collect();
    let Some(judged) = usd_core(&files) else {
        println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
        return;
    };
    assert_eq!(judged.len(), files.len());
    let mut found = Vec::new();
    for (file, theirs) in files.iter().zip(judged) {
        assert!(!theirs.is_null(), "usd-core cannot open {}", file.display());
        found.extend(compare(file, theirs).expect("our own scenes open"));
    }
    fs::remove_dir_all(&folder).unwrap();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Files that the USD library cannot read, as of its version 0.8.0.
///
/// Composing a prim that inherits from a class and from the class's child recurses without end
/// there, and a stack overflow cannot be caught.
const UNREADABLE: [&str; 1] = ["ant_multi.usda"];

/// Every robot and factory of the corpus says the same to usd-core and to us.
#[test]
fn corpus_matches_usd_core() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let mut files = Vec::new();
    for part in ["robots-usdphysics", "factory-synthetic"] {
        collect(&corpus.join(part), &mut files);
    }
    if files.is_empty() {
        println!("skipped: no corpus beside the checkout");
        return;
    }
    files.sort();
    files.retain(|file| !UNREADABLE.iter().any(|name| file.ends_with(name)));
    let Some(judged) = usd_core(&files) else {
        println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
        return;
    };
    assert_eq!(
        judged.len(),
        files.len(),
        "usd-core stopped before the last file"
    );
    let (mut found, mut compared, mut refused) = (Vec::new(), 0, Vec::new());
    for (file, theirs) in files.iter().zip(judged) {
        if theirs.is_null() {
            continue;
        }
        match compare(file, theirs) {
            Some(differences) => {
                found.extend(differences);
                compared += 1;
            }
            None => refused.push(file),
        }
    }
    println!("{compared} files compared; not opened: {refused:?}");
    assert!(
        compared > 100,
        "the corpus has more than a hundred files that open"
    );
    assert!(
        found.is_empty(),
        "{} differences:\n{}",
        found.len(),
        found[..found.len().min(40)].join("\n")
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|end| ["usd", "usda", "usdc", "usdz"].iter().any(|e| end == *e))
        {
            files.push(path);
        }
    }
}

/// Masses are what `ComputeMassProperties` makes of the same volumes; where the reference script is.
#[test]
fn masses_match_usd_core() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let script = shared.join("oracle/oracle.py");
    let robots = "corpus/robots-usdphysics/converted";
    let files = [
        format!("{robots}/fr3/fr3.usda"),
        format!("{robots}/irb2400/abb_irb2400.usda"),
        "corpus/factory-synthetic/c10_mm/cell.usdc".to_owned(),
    ];
    for file in files.map(|file| shared.join(file)) {
        let arguments = ["-W", "ignore"];
        let out = std::env::temp_dir().join(format!("halle-masses-{}.json", std::process::id()));
        let ran = Command::new(python())
            .args(arguments)
            .arg(&script)
            .args(["--mass", "--no-bounds", "-o"])
            .args([&out, &file])
            .output();
        if !ran.is_ok_and(|ran| ran.status.success()) {
            println!("skipped: no reference script, or no Python with usd-core for it");
            return;
        }
        let theirs: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
        fs::remove_file(&out).unwrap();
        let scene = Scene::open(&file, &OpenOptions::default()).unwrap();
        let ours = physics::mass_properties(&scene, physics::MassRules::Reference);
        let theirs = &theirs["physics"]["MassProperties"];
        let mut found = Vec::new();
        differences("mass", theirs, &physics::mass_json(&ours), &mut found);
        assert!(found.is_empty(), "{}: {}", file.display(), found.join("\n"));
    }
}
