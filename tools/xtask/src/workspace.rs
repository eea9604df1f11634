//! The workspace as cargo describes it: crates, their dependencies and their test targets.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::Failure;
use crate::invocation::Invocation;

/// What kind of build needs a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// The crate itself or its build script.
    Build,
    /// Tests, examples and benches only.
    Test,
}

/// One dependency as the crate's manifest declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) need: Need,
    /// True for another crate of this workspace.
    pub(crate) internal: bool,
}

/// One crate of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Folder relative to the root, with `/` between parts.
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// Names of the integration test binaries.
    pub(crate) tests: Vec<String>,
}

/// Root folder of the workspace, found upwards from the current folder.
///
/// # Errors
///
/// [`Failure::File`] when no folder above holds `tools/xtask/Cargo.toml`.
pub(crate) fn root() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().map_err(|source| Failure::File {
        path: ".".to_owned(),
        source,
    })?;
    let marker = Path::new("tools/xtask/Cargo.toml");
    let found = here
        .ancestors()
        .find(|folder| folder.join(marker).is_file());
    found.map(Path::to_path_buf).ok_or_else(|| Failure::File {
        path: marker.display().to_string(),
        source: std::io::ErrorKind::NotFound.into(),
    })
}

/// All crates of the workspace at `root`, in the order of cargo's answer.
///
/// # Errors
///
/// [`Failure::Program`] without cargo, [`Failure::Metadata`] when the answer has another shape.
pub(crate) fn crates(root: &Path) -> Result<Vec<Crate>, Failure> {
    let call = Invocation::from_words("cargo metadata --format-version 1 --no-deps");
    let text = call.output(root)?;
    let text = text.ok_or_else(|| Failure::Metadata("ended with an error".to_owned()))?;
    let value = serde_json::from_str(&text)
        .map_err(|error| Failure::Metadata(format!("not JSON: {error}")))?;
    crates_from_metadata(&value)
}

fn crates_from_metadata(metadata: &Value) -> Result<Vec<Crate>, Failure> {
    let root = text(metadata, "workspace_root")?;
    list(metadata, "packages")?
        .iter()
        .map(|package| crate_from_package(package, root))
        .collect()
}

fn crate_from_package(package: &Value, root: &str) -> Result<Crate, Failure> {
    let manifest = text(package, "manifest_path")?;
    let folder = Path::new(manifest).parent().unwrap_or(Path::new(""));
    let folder = folder.strip_prefix(root).unwrap_or(folder);
    let mut dependencies = Vec::new();
    for dependency in list(package, "dependencies")? {
        let test_only = dependency["kind"].as_str() == Some("dev");
        dependencies.push(Dependency {
            name: text(dependency, "name")?.to_owned(),
            need: if test_only { Need::Test } else { Need::Build },
            internal: dependency["path"].is_string(),
        });
    }
    let mut tests = Vec::new();
    for target in list(package, "targets")? {
        if list(target, "kind")?.iter().any(|kind| kind == "test") {
            tests.push(text(target, "name")?.to_owned());
        }
    }
    Ok(Crate {
        name: text(package, "name")?.to_owned(),
        description: package["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        folder: folder.display().to_string().replace('\\', "/"),
        dependencies,
        tests,
    })
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, Failure> {
    value[key]
        .as_str()
        .ok_or_else(|| Failure::Metadata(format!("`{key}` is no text")))
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>, Failure> {
    value[key]
        .as_array()
        .ok_or_else(|| Failure::Metadata(format!("`{key}` is no list")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_crates_from_cargo_metadata() {
        let metadata = serde_json::json!({
            "workspace_root": "/w",
            "packages": [{
                "name": "halle-model",
                "description": "Constants",
                "manifest_path": "/w/engine/model/Cargo.toml",
                "dependencies": [
                    {"name": "serde", "kind": null},
                    {"name": "halle-lanes", "kind": null, "path": "/w/engine/lanes"},
                    {"name": "proptest", "kind": "dev"},
                ],
                "targets": [
                    {"name": "halle_model", "kind": ["lib"]},
                    {"name": "slow", "kind": ["test"]},
                ],
            }],
        });
        let crates = crates_from_metadata(&metadata).unwrap();
        assert_eq!(crates[0].folder, "engine/model");
        assert_eq!(crates[0].tests, ["slow"]);
        let internal: Vec<bool> = crates[0].dependencies.iter().map(|d| d.internal).collect();
        assert_eq!(internal, [false, true, false]);
        assert_eq!(crates[0].dependencies[2].need, Need::Test);
    }

    #[test]
    fn another_shape_is_a_failure_that_names_the_key() {
        let failure = crates_from_metadata(&serde_json::json!({"workspace_root": "/w"}));
        assert!(
            failure.unwrap_err().to_string().contains("packages"),
            "names the missing key"
        );
    }
}
