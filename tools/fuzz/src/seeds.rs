//! Files that campaigns start from: the project's own fixtures and scenes, the texts inside its
//! tests, and, where there is one, a folder of other people's files beside the project.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::format::Form;
use crate::made::made;
use crate::made_runs;
use crate::seed::Seed;
use crate::target::Target;

/// Larger files are left out: they cost time and hold nothing that small ones do not \[byte\].
const LARGEST: u64 = 64 << 10;
/// Folder beside the project with files of other people.
const CORPUS: &str = "../shared/corpus";

/// All files to start from, in an order that depends on the files alone. `foreign` takes in the
/// corpus beside the project.
pub(crate) fn gather(target: &Target, root: &Path, foreign: bool) -> Result<Vec<Seed>, Failure> {
    let mut seeds = made(target.form);
    seeds.extend(made_runs::made(target.name, root)?);
    if target.walks() {
        let mut folders = vec![root.join("scenes")];
        let corpus = root.join(CORPUS);
        if foreign && corpus.is_dir() {
            folders.push(corpus);
        }
        for folder in folders {
            walk(&folder, &mut |path| {
                seeds.extend(from_file(target, root, path));
            })?;
        }
    }
    let mut known = BTreeSet::new();
    seeds.retain(|seed| known.insert(seed.bytes.clone()));
    if seeds.is_empty() {
        return Err(Failure::NoSeed { name: target.name });
    }
    Ok(seeds)
}

/// Calls `visit` for every file below a folder, in the order of their names.
fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) -> Result<(), Failure> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(Failure::file(folder))? {
        paths.push(entry.map_err(Failure::file(folder))?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            walk(&path, visit)?;
        } else {
            visit(&path);
        }
    }
    Ok(())
}

fn from_file(target: &Target, root: &Path, path: &Path) -> Vec<Seed> {
    let extension = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    let small = fs::metadata(path).is_ok_and(|m| m.len() <= LARGEST);
    let wanted = target.extensions.contains(&extension);
    if !small || !(wanted || extension == "rs") {
        return Vec::new();
    }
    let Ok(bytes) = fs::read(path) else {
        return Vec::new();
    };
    let name = path
        .strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string();
    let home = path.parent().map(Path::to_owned);
    if wanted {
        let fits = fits(target.form, &bytes, false);
        let extension = extension.to_owned();
        let seed = Seed {
            name,
            home,
            extension,
            bytes,
        };
        return fits.then_some(seed).into_iter().collect();
    }
    let text = String::from_utf8_lossy(&bytes);
    let texts = texts_in_tests(&text).filter(|text| fits(target.form, text.as_bytes(), true));
    let seeds = texts.enumerate().map(|(number, text)| Seed {
        name: format!("{name}, text {number}"),
        home: home.clone(),
        extension: target.extension.to_owned(),
        bytes: text.as_bytes().to_vec(),
    });
    seeds.collect()
}

/// Raw strings of a test.
fn texts_in_tests(source: &str) -> impl Iterator<Item = &str> {
    let mut rest = source;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once("r#")?;
            let hashes = after.len() - after.trim_start_matches('#').len();
            let after = &after[hashes..];
            rest = after;
            let Some(text) = after.strip_prefix('"') else {
                continue;
            };
            let end = format!("\"#{}", "#".repeat(hashes));
            let (text, after) = text.split_once(&end)?;
            rest = after;
            return Some(text);
        }
    })
}

/// Whether contents are of a form. Of a file, the extension has told before; of a text in a test
/// it has not.
fn fits(form: Form, bytes: &[u8], in_test: bool) -> bool {
    let has = |word: &[u8]| bytes.windows(word.len()).any(|w| w == word);
    match form {
        Form::Urdf => has(b"<robot"),
        Form::Mjcf => has(b"<mujoco"),
        Form::UsdText => bytes.starts_with(b"#usda") || bytes.starts_with(b"#sdf"),
        Form::UsdCrate => bytes.starts_with(b"PXR-USDC"),
        Form::UsdPackage => bytes.starts_with(b"PK") || bytes.starts_with(b"#usda"),
        Form::Obj => !in_test || has(b"\nf "),
        Form::Stl => !in_test || has(b"facet"),
        Form::Dae => !in_test || has(b"<COLLADA"),
        Form::Gltf => !in_test || has(b"\"asset\""),
        Form::Json | Form::Bytes => true,
    }
}

/// Writes seeds into a folder, for the processes that read cases.
pub(crate) fn write(seeds: &[Seed], folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(Failure::file(folder))?;
    let mut index = Vec::new();
    for (number, seed) in seeds.iter().enumerate() {
        let file = format!("{number:05}");
        let path = folder.join(&file);
        fs::write(&path, &seed.bytes).map_err(Failure::file(&path))?;
        index.push(json!({"name": seed.name, "home": seed.home, "extension": seed.extension, "file": file}));
    }
    let path = folder.join("index.json");
    fs::write(&path, Value::Array(index).to_string()).map_err(Failure::file(&path))
}

/// Reads what [`write()`] wrote.
pub(crate) fn read(folder: &Path) -> Result<Vec<Seed>, Failure> {
    let path = folder.join("index.json");
    let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
    let bad = |reason: String| Failure::Index {
        path: path.clone(),
        reason,
    };
    let index: Vec<Value> = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    let mut seeds = Vec::new();
    for entry in index {
        let word = |key: &str| entry[key].as_str().map(str::to_owned);
        let (Some(name), Some(extension), Some(file)) =
            (word("name"), word("extension"), word("file"))
        else {
            return Err(bad(format!("entry {entry}")));
        };
        let path = folder.join(file);
        seeds.push(Seed {
            name,
            home: word("home").map(PathBuf::from),
            extension,
            bytes: fs::read(&path).map_err(Failure::file(&path))?,
        });
    }
    Ok(seeds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_strings_of_tests() {
        let source = "let a = r#\"one\"#; let b = r##\"t\"#wo\"##; br#x; r#\"end";
        let found: Vec<&str> = texts_in_tests(source).collect();
        assert_eq!(found, ["one", "t\"#wo"]);
    }
}
