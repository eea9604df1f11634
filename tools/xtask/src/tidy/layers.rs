//! Rules on who may depend on whom, and on the lints of each crate.

use crate::workspace::{Crate, Need};

use super::documents::{ARCHITECTURE, Row};
use super::finding::Finding;

/// Top-level folders; a crate may depend only on its own folder and on those to its right.
const FOLDERS: &[&str] = &["tools", "training", "scenes", "engine", "shaders"];

/// Test-only dependencies that may point upwards: the crate, what its tests need, and why.
const TEST_EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Dependencies that only these crates may name.
const CONFINED: &[(&str, &[&str])] = &[
    ("wgpu", &["halle-gpu"]),
    (
        "bevy_ecs",
        &[
            "halle-world",
            "halle-scenes",
            "halle-urdf",
            "halle-mjcf",
            "halle-author",
        ],
    ),
    (
        "openusd",
        &[
            "halle-stage",
            "halle-scenes",
            "halle-author",
            "halle-validate",
        ],
    ),
    ("rapier3d", &["halle-wide"]),
    ("parquet", &["halle-rollout"]),
];

/// Dependencies that shape a whole crate stay in the crates made for them.
pub(super) fn confined(package: &Crate) -> Vec<Finding> {
    let manifest = format!("{}/Cargo.toml", package.folder);
    let mut findings = Vec::new();
    for dependency in package
        .dependencies
        .iter()
        .filter(|one| one.need == Need::Build)
    {
        let owners = CONFINED.iter().find(|(name, _)| *name == dependency.name);
        let Some((name, owners)) = owners else {
            continue;
        };
        if !owners.contains(&package.name.as_str()) {
            let message = format!("only {} may depend on `{name}`", owners.join(", "));
            findings.push(Finding::error("confined", &manifest, 0, message));
        }
    }
    findings
}

/// Dependencies between our crates point downwards in the crate table, and the table's rows stand
/// in the order of the folders.
pub(super) fn directions(rows: &[Row], crates: &[Crate]) -> Vec<Finding> {
    directions_but(rows, crates, TEST_EXCEPTIONS)
}

fn directions_but(
    rows: &[Row],
    crates: &[Crate],
    exceptions: &[(&str, &str, &str)],
) -> Vec<Finding> {
    const RULE: &str = "layers";
    let place = |name: &str| rows.iter().position(|row| row.name == name);
    let mut findings = Vec::new();
    for pair in rows.windows(2) {
        if folder_rank(&pair[0].folder) > folder_rank(&pair[1].folder) {
            let message = format!("`{}` stands above a crate of a higher folder", pair[0].name);
            findings.push(Finding::error(RULE, ARCHITECTURE, pair[1].line, message));
        }
    }
    for package in crates {
        let manifest = format!("{}/Cargo.toml", package.folder);
        if folder_rank(&package.folder).is_none() {
            let message = format!("a crate lives in one of {}", FOLDERS.join(", "));
            findings.push(Finding::error(RULE, &manifest, 0, message));
        }
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.internal)
        {
            let excepted = dependency.need == Need::Test
                && exceptions
                    .iter()
                    .any(|(from, to, _)| *from == package.name && *to == dependency.name);
            // A crate that is not in the table is a finding of the table's own rule.
            let (from, to) = (place(&package.name), place(&dependency.name));
            if !excepted && matches!((from, to), (Some(from), Some(to)) if to <= from) {
                let message = format!(
                    "depends on `{}`, which does not stand below it in {ARCHITECTURE}",
                    dependency.name
                );
                findings.push(Finding::error(RULE, &manifest, 0, message));
            }
            if package.name == "xtask" {
                let message = format!("xtask builds without `{}`", dependency.name);
                findings.push(Finding::error(RULE, &manifest, 0, message));
            }
        }
    }
    findings
}

fn folder_rank(folder: &str) -> Option<usize> {
    let first = folder.split('/').next();
    FOLDERS.iter().position(|known| first == Some(known))
}

/// Each crate takes the lints of the workspace.
pub(super) fn lints(path: &str, manifest: &str) -> Vec<Finding> {
    let lines = manifest.lines().map(str::trim);
    let section = lines.skip_while(|line| *line != "[lints]").skip(1);
    let mut section = section.take_while(|line| !line.starts_with('['));
    if section.any(|line| line.replace(' ', "") == "workspace=true") {
        return Vec::new();
    }
    let message = "the section `[lints]` with `workspace = true` is missing".to_owned();
    vec![Finding::error("lints", path, 0, message)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn row(name: &str, folder: &str) -> Row {
        Row {
            name: name.to_owned(),
            folder: folder.to_owned(),
            role: String::new(),
            line: 1,
        }
    }

    fn package(name: &str, folder: &str, on: &[(&str, Need)]) -> Crate {
        let dependency = |(name, need): &(&str, Need)| Dependency {
            name: (*name).to_owned(),
            need: *need,
            internal: true,
        };
        Crate {
            name: name.to_owned(),
            description: String::new(),
            folder: folder.to_owned(),
            dependencies: on.iter().map(dependency).collect(),
            tests: Vec::new(),
        }
    }

    fn table() -> Vec<Row> {
        vec![
            row("xtask", "tools/xtask"),
            row("sim", "engine/sim"),
            row("lanes", "engine/lanes"),
        ]
    }

    #[test]
    fn downwards_is_fine_and_upwards_is_not() {
        let down = package("sim", "engine/sim", &[("lanes", Need::Build)]);
        assert!(directions(&table(), &[down]).is_empty());
        let up = package("lanes", "engine/lanes", &[("sim", Need::Build)]);
        let findings = directions(&table(), &[up]);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("`sim`"), "{}", findings[0]);
    }

    #[test]
    fn a_test_may_look_up_only_where_listed() {
        let crates = [package("lanes", "engine/lanes", &[("sim", Need::Test)])];
        assert_eq!(directions_but(&table(), &crates, &[]).len(), 1);
        let listed = [("lanes", "sim", "runs the whole step")];
        assert!(directions_but(&table(), &crates, &listed).is_empty());
        let built = [package("lanes", "engine/lanes", &[("sim", Need::Build)])];
        assert_eq!(
            directions_but(&table(), &built, &listed).len(),
            1,
            "the list is for tests"
        );
    }

    #[test]
    fn rows_stand_in_the_order_of_the_folders() {
        let rows = [row("sim", "engine/sim"), row("scenes", "scenes")];
        assert_eq!(directions(&rows, &[]).len(), 1);
    }

    #[test]
    fn a_crate_outside_the_five_folders_is_found() {
        let crates = [package("stray", "misc/stray", &[])];
        assert_eq!(directions(&[], &crates).len(), 1);
    }

    #[test]
    fn xtask_depends_on_none_of_our_crates() {
        let crates = [package("xtask", "tools/xtask", &[("lanes", Need::Build)])];
        assert_eq!(directions(&table(), &crates).len(), 1);
    }

    #[test]
    fn a_confined_dependency_outside_its_crate_is_found() {
        let sim = |need| package("halle-sim", "engine/sim", &[("wgpu", need)]);
        assert_eq!(confined(&sim(Need::Build)).len(), 1);
        assert!(
            confined(&sim(Need::Test)).is_empty(),
            "tests may look at anything"
        );
        let gpu = package("halle-gpu", "engine/gpu", &[("wgpu", Need::Build)]);
        assert!(confined(&gpu).is_empty());
    }

    #[test]
    fn lints_of_the_workspace_are_taken() {
        assert!(lints("a", "[lints]\nworkspace = true\n").is_empty());
        assert_eq!(lints("a", "[package]\nname = \"a\"\n").len(), 1);
        assert_eq!(
            lints("a", "[lints]\n[package]\nworkspace = true\n").len(),
            1
        );
    }
}
