//! Models by others, where the corpus stands beside the checkout.

use std::path::{Path, PathBuf};

use crate::compare::differences;
use crate::{judged, local};

/// Files that MuJoCo refuses and we read, with the reason.
const ONLY_MUJOCO_REFUSES: [(&str, &str); 2] = [
    ("meshes.xml", "MuJoCo reads no text STL"),
    ("invalid names.xml", "MuJoCo reads no text STL"),
];

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut entries: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "xml") {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if text.contains("<mujoco") {
                found.push(path);
            }
        }
    }
}

/// Bodies, joints, masses, actuators and 100 poses of every model are MuJoCo's, and the same files
/// are refused. Files whose meshes are missing are compared without the geoms that use them.
/// `HALLE_CORPUS` names another folder of models.
#[test]
fn corpus_is_as_mujoco_compiles_it() {
    let named = std::env::var_os("HALLE_CORPUS").map(PathBuf::from);
    let root = named.unwrap_or_else(|| local("../../../shared/corpus"));
    let mut files = Vec::new();
    collect(&root, &mut files);
    if files.is_empty() {
        println!("skipped: the corpus is not there");
        return;
    }
    let Some(judges) = judged(&files) else {
        return;
    };
    let mut wrong = Vec::new();
    for (path, judge) in files.iter().zip(judges) {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let excused = ONLY_MUJOCO_REFUSES
            .iter()
            .any(|(file, _)| name.ends_with(file));
        let said = match (halle_mjcf::load(path), judge["refused"].as_str()) {
            (Ok((world, _)), None) => differences(&world, &judge),
            (Err(_), Some(_)) => Vec::new(),
            (Ok(_), Some(_)) if excused => Vec::new(),
            (Ok(_), Some(why)) => vec![format!("only MuJoCo refuses: {why}")],
            (Err(error), None) => vec![format!("only we refuse: {error}")],
        };
        println!(
            "{name}: {}",
            if said.is_empty() { "equal" } else { "differs" }
        );
        wrong.extend(said.into_iter().map(|s| format!("{name}: {s}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
