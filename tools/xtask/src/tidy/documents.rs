//! Rules on the documents: what they say about the tree is what the tree is.

use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::Crate;

use super::finding::Finding;

/// The document that holds the crate table and the dependency table.
pub(super) const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// The two lines that a stranger types, in this order.
const SET_UP: [&str; 2] = [
    "cargo halle train scenes/library/polishing_cell.usda",
    "cargo xtask test",
];

/// Parts of a decision, in this order.
const DECISION_PARTS: [&str; 4] = ["Context", "Choice", "Price", "When to revisit"];

/// One row of the crate table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) folder: String,
    pub(super) role: String,
    pub(super) line: usize,
}

/// Rows of the table below `## Crates`, from the top.
pub(super) fn crate_rows(architecture: &str) -> Vec<Row> {
    let cells = table(architecture, "## Crates");
    cells
        .into_iter()
        .map(|(line, cells)| Row {
            name: cell(&cells, 0),
            folder: cell(&cells, 1).trim_end_matches('/').to_owned(),
            role: cell(&cells, 2),
            line,
        })
        .collect()
}

/// The crate table names each crate with its folder and its description, and no other.
pub(super) fn crate_table(rows: &[Row], crates: &[Crate]) -> Vec<Finding> {
    const RULE: &str = "crate-table";
    let mut findings = Vec::new();
    for package in crates {
        let row = rows.iter().find(|row| row.name == package.name);
        let same = |row: &Row| row.folder == package.folder && row.role == package.description;
        if row.is_none_or(|row| !same(row)) {
            let message = format!(
                "expected the row `| {} | {} | {} |`",
                package.name, package.folder, package.description
            );
            let line = row.map_or(0, |row| row.line);
            findings.push(Finding::error(RULE, ARCHITECTURE, line, message));
        }
    }
    for row in rows {
        if !crates.iter().any(|package| package.name == row.name) {
            let message = format!("there is no crate `{}`", row.name);
            findings.push(Finding::error(RULE, ARCHITECTURE, row.line, message));
        }
    }
    findings
}

/// The table below `## Dependencies` has one row, with a reason, for each external crate.
pub(super) fn dependency_table(architecture: &str, crates: &[Crate]) -> Vec<Finding> {
    const RULE: &str = "dependency-table";
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in crates {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| !dependency.internal)
        {
            users
                .entry(&dependency.name)
                .or_default()
                .insert(&package.name);
        }
    }
    let mut findings = Vec::new();
    let mut listed = BTreeSet::new();
    for (line, cells) in table(architecture, "## Dependencies") {
        let name = cell(&cells, 0);
        if !users.contains_key(name.as_str()) {
            let message = format!("no crate depends on `{name}`");
            findings.push(Finding::error(RULE, ARCHITECTURE, line, message));
        } else if cell(&cells, 1).is_empty() {
            let message = format!("`{name}` has no reason");
            findings.push(Finding::error(RULE, ARCHITECTURE, line, message));
        }
        if !listed.insert(name.clone()) {
            let message = format!("`{name}` is listed twice");
            findings.push(Finding::error(RULE, ARCHITECTURE, line, message));
        }
    }
    for (name, users) in users {
        if !listed.contains(name) {
            let users: Vec<&str> = users.into_iter().collect();
            let message = format!("`{name}`, used by {}, has no row", users.join(", "));
            findings.push(Finding::error(RULE, ARCHITECTURE, 0, message));
        }
    }
    findings
}

/// The section `## Set up` of the README holds exactly the two commands.
pub(super) fn readme(readme: &str) -> Vec<Finding> {
    let mut inside = false;
    let mut commands = Vec::new();
    for (_, line) in section(readme, "## Set up") {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside && !line.trim().is_empty() {
            commands.push(line.trim());
        }
    }
    if commands == SET_UP {
        return Vec::new();
    }
    let message = format!(
        "expected the two commands `{}` and `{}` in code blocks below `## Set up`, found {commands:?}",
        SET_UP[0], SET_UP[1]
    );
    vec![Finding::error("set-up", "README.md", 0, message)]
}

/// The changelog has a section for what is not released yet.
pub(super) fn changelog(changelog: &str) -> Vec<Finding> {
    if changelog
        .lines()
        .any(|line| matches!(line.trim(), "## Unreleased" | "## [Unreleased]"))
    {
        return Vec::new();
    }
    let message = "the section `## Unreleased` is missing".to_owned();
    vec![Finding::error("changelog", "CHANGELOG.md", 0, message)]
}

/// True for the path of a decision.
pub(super) fn is_decision(path: &str) -> bool {
    path.starts_with("docs/decisions/")
}

/// A decision is numbered and has its four parts in order.
pub(super) fn decision(path: &str, text: &str) -> Vec<Finding> {
    const RULE: &str = "decision";
    let mut findings = Vec::new();
    let name = path.trim_start_matches("docs/decisions/").as_bytes();
    if name.len() < 5 || !name[..4].iter().all(u8::is_ascii_digit) || name[4] != b'-' {
        let message = "the file name starts with four digits and a hyphen".to_owned();
        findings.push(Finding::error(RULE, path, 0, message));
    }
    let parts: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    if parts != DECISION_PARTS {
        let message = format!("expected the parts {DECISION_PARTS:?}, found {parts:?}");
        findings.push(Finding::error(RULE, path, 0, message));
    }
    findings
}

/// Numbered lines below `heading`, up to the next heading of the same level.
fn section<'a>(text: &'a str, heading: &str) -> Vec<(usize, &'a str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let below = lines
        .skip_while(|(_, line)| line.trim_end() != heading)
        .skip(1);
    below
        .take_while(|(_, line)| !line.starts_with("## "))
        .collect()
}

/// Line number and cells of each body row of the tables below `heading`.
fn table(text: &str, heading: &str) -> Vec<(usize, Vec<String>)> {
    let mut rows = Vec::new();
    let mut in_body = false;
    for (line, content) in section(text, heading) {
        let Some(inner) = content.trim().strip_prefix('|') else {
            in_body = false;
            continue;
        };
        if inner.trim_start().starts_with('-') {
            in_body = true;
        } else if in_body {
            let inner = inner.strip_suffix('|').unwrap_or(inner);
            let cells = inner
                .split('|')
                .map(|cell| cell.trim().trim_matches('`').to_owned());
            rows.push((line, cells.collect()));
        }
    }
    rows
}

fn cell(cells: &[String], at: usize) -> String {
    cells.get(at).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Dependency, Need};

    const TABLES: &str = "## Crates\n\n| crate | folder | role |\n|---|---|---|\n\
        | `halle-model` | `engine/model` | Constants |\n\n\
        ## Dependencies\n\n| crate | why |\n|---|---|\n| `serde` | Files |\n";

    fn model() -> Crate {
        Crate {
            name: "halle-model".to_owned(),
            description: "Constants".to_owned(),
            folder: "engine/model".to_owned(),
            dependencies: vec![Dependency {
                name: "serde".to_owned(),
                need: Need::Build,
                internal: false,
            }],
            tests: Vec::new(),
        }
    }

    fn check_crates(text: &str, crates: &[Crate]) -> Vec<String> {
        let findings = crate_table(&crate_rows(text), crates);
        findings
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn the_crate_table_equals_the_workspace() {
        assert!(check_crates(TABLES, &[model()]).is_empty());
        assert_eq!(
            check_crates(TABLES, &[]),
            ["there is no crate `halle-model`"]
        );
        let expected = "expected the row `| halle-model | engine/model | Constants |`";
        assert_eq!(check_crates("", &[model()]), [expected]);
        let other = TABLES.replace("Constants", "Something else");
        assert_eq!(check_crates(&other, &[model()]), [expected]);
        let moved = TABLES.replace("engine/model", "scenes/model");
        assert_eq!(check_crates(&moved, &[model()]), [expected]);
    }

    #[test]
    fn each_dependency_has_one_row_with_a_reason() {
        let check = |text: &str, crates: &[Crate]| {
            let findings = dependency_table(text, crates);
            findings
                .into_iter()
                .map(|finding| finding.message)
                .collect::<Vec<_>>()
        };
        assert!(check(TABLES, &[model()]).is_empty());
        assert_eq!(
            check("", &[model()]),
            ["`serde`, used by halle-model, has no row"]
        );
        assert_eq!(check(TABLES, &[]), ["no crate depends on `serde`"]);
        assert_eq!(
            check(&TABLES.replace("Files", ""), &[model()]),
            ["`serde` has no reason"]
        );
        let twice = format!("{TABLES}| `serde` | Again |\n");
        assert_eq!(check(&twice, &[model()]), ["`serde` is listed twice"]);
    }

    #[test]
    fn the_readme_has_the_two_commands_and_no_third() {
        let text =
            |lines: &str| format!("# halle\n\n## Set up\n\n```sh\n{lines}\n```\n\n## Rest\n");
        assert!(readme(&text(&SET_UP.join("\n"))).is_empty());
        assert_eq!(readme(&text(SET_UP[0])).len(), 1);
        let three = format!("{}\nmake", SET_UP.join("\n"));
        assert_eq!(readme(&text(&three)).len(), 1);
        assert_eq!(readme("").len(), 1);
    }

    #[test]
    fn the_changelog_has_an_unreleased_section() {
        assert!(changelog("# Changelog\n\n## Unreleased\n").is_empty());
        assert_eq!(changelog("# Changelog\n\n## 0.1.0\n").len(), 1);
    }

    #[test]
    fn a_decision_has_a_number_and_four_parts() {
        let text = "# A\n\n## Context\n## Choice\n## Price\n## When to revisit\n";
        assert!(decision("docs/decisions/0001-a.md", text).is_empty());
        assert_eq!(decision("docs/decisions/a.md", text).len(), 1);
        assert_eq!(
            decision("docs/decisions/0001-a.md", "# A\n\n## Context\n").len(),
            1
        );
    }
}
