//! No circle of files inside a crate.
//!
//! Files are the nodes; an edge is a path through `crate`, `super`, `self` or a child module in
//! code that is not `#[cfg(test)]`. A module and the modules inside it are one place: paths up to a
//! parent or down to a child make no edge. A name that a module only re-exports counts for the
//! file that defines it, so that a crate root may gather its public names.

mod paths;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::source::{blank, without_tests, words};
use crate::workspace::Crate;

use super::finding::Finding;
use super::tree::Tree;
use paths::{Path, paths};

/// Re-exports are followed this often; a longer chain ends where it is.
const MOST_HOPS: usize = 8;

/// One file of a crate.
struct Module {
    /// Names from the crate root, empty for the root itself.
    path: Vec<String>,
    file: String,
    code: String,
    /// What the module makes public under its own name, as absolute paths; `*` ends a glob.
    exports: Vec<Vec<String>>,
}

/// Edges that may close a circle: from which file, to which file, and why.
/// An entry whose edge is gone is an error, so that the list only shrinks by itself.
const ACCEPTED: &[(&str, &str, &str)] = &[];

/// Reports circles of files, short ones first, that have no edge in common.
pub(super) fn circles(package: &Crate, tree: &Tree) -> Vec<Finding> {
    circles_but(package, tree, ACCEPTED)
}

fn circles_but(package: &Crate, tree: &Tree, accepted: &[(&str, &str, &str)]) -> Vec<Finding> {
    const RULE: &str = "circle";
    let modules = modules(package, tree);
    let place = |file: &str| modules.iter().position(|module| module.file == file);
    let mut edges: Vec<BTreeSet<usize>> = (0..modules.len())
        .map(|from| edges(&modules, from))
        .collect();
    let mut findings = Vec::new();
    for (from, to, _) in accepted {
        let Some(at) = place(from) else { continue };
        if !place(to).is_some_and(|to| edges[at].remove(&to)) {
            let message = format!("no longer needs {to}; take the edge off the accepted list");
            findings.push(Finding::error(RULE, from, 0, message));
        }
    }
    let mut circles: Vec<Vec<usize>> = (0..modules.len())
        .filter_map(|start| shortest_circle(&edges, start))
        .collect();
    circles.sort_by_key(Vec::len);
    // A circle that shares an edge with a shorter one may be gone once that is.
    let mut reported = BTreeSet::new();
    for circle in circles {
        let steps: Vec<(usize, usize)> = (0..circle.len())
            .map(|at| (circle[at], circle[(at + 1) % circle.len()]))
            .collect();
        if steps.iter().any(|step| reported.contains(step)) {
            continue;
        }
        reported.extend(steps);
        let files: Vec<&str> = circle.iter().map(|&at| modules[at].file.as_str()).collect();
        let message = format!(
            "these files need one another in a circle: {}",
            files.join(" -> ")
        );
        findings.push(Finding::error(RULE, files[0], 0, message));
    }
    findings
}

/// A shortest way from `start` back to itself, without the last step.
fn shortest_circle(edges: &[BTreeSet<usize>], start: usize) -> Option<Vec<usize>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for &next in &edges[way[way.len() - 1]] {
            if next == start {
                return Some(way);
            }
            if seen.insert(next) {
                let mut longer = way.clone();
                longer.push(next);
                ways.push_back(longer);
            }
        }
    }
    None
}

fn modules(package: &Crate, tree: &Tree) -> Vec<Module> {
    let source = format!("{}/src/", package.folder);
    let has_library = tree.files.contains_key(&format!("{source}lib.rs"));
    let mut modules = Vec::new();
    for (file, text) in tree.files.range(source.clone()..) {
        let Some(relative) = file.strip_prefix(&source) else {
            break;
        };
        let Some(stem) = relative.strip_suffix(".rs") else {
            continue;
        };
        let mut path: Vec<String> = stem.split('/').map(str::to_owned).collect();
        match path.last().map(String::as_str) {
            _ if path[0] == "bin" => continue,
            Some("main") if has_library && path.len() == 1 => continue,
            // By custom a file of tests alone; its module is `#[cfg(test)]`.
            Some(name) if name.ends_with("tests") => continue,
            Some("lib" | "main") if path.len() == 1 => path.clear(),
            Some("mod") => path.truncate(path.len() - 1),
            _ => {}
        }
        let code = without_tests(&blank(text));
        modules.push(Module {
            path,
            file: file.clone(),
            code,
            exports: Vec::new(),
        });
    }
    for at in 0..modules.len() {
        let exports = module_paths(&modules, at)
            .into_iter()
            .filter(|path| path.public);
        modules[at].exports = exports.map(|path| path.names).collect();
    }
    modules
}

fn module_paths(modules: &[Module], at: usize) -> Vec<Path> {
    let path = &modules[at].path;
    let is_child = |module: &&Module| module.path.len() == path.len() + 1;
    let children = modules
        .iter()
        .filter(is_child)
        .filter(|module| module.path.starts_with(path));
    let children: Vec<&str> = children
        .filter_map(|module| module.path.last())
        .map(String::as_str)
        .collect();
    paths(&modules[at].code, path, &children)
}

fn edges(modules: &[Module], from: usize) -> BTreeSet<usize> {
    let by_path: BTreeMap<&[String], usize> = modules
        .iter()
        .enumerate()
        .map(|(at, module)| (module.path.as_slice(), at))
        .collect();
    let mut edges = BTreeSet::new();
    for path in module_paths(modules, from) {
        // A name that is only passed on is not used here.
        let name = path.names.last().map_or("", String::as_str);
        if path.public && words(&modules[from].code, name).len() < 2 {
            continue;
        }
        let inside = |to: usize| {
            let (here, there) = (&modules[from].path, &modules[to].path);
            here.starts_with(there) || there.starts_with(here)
        };
        edges.extend(target(modules, &by_path, path.names).filter(|&to| !inside(to)));
    }
    edges
}

/// The file that defines what an absolute path names.
fn target(
    modules: &[Module],
    by_path: &BTreeMap<&[String], usize>,
    mut names: Vec<String>,
) -> Option<usize> {
    let mut found = None;
    for _ in 0..MOST_HOPS {
        let depth = (0..=names.len())
            .rev()
            .find(|&depth| by_path.contains_key(&names[..depth]))?;
        let module = by_path[&names[..depth]];
        found = Some(module);
        let Some(name) = names.get(depth) else { break };
        let export = modules[module].exports.iter().find(|export| {
            let globbed = || {
                let inner = by_path.get(&export[..export.len() - 1]);
                inner.is_some_and(|&inner| defines(&modules[inner].code, name))
            };
            match export.last().map(String::as_str) {
                Some("*") => globbed(),
                last => last == Some(name),
            }
        });
        let Some(export) = export else { break };
        let mut next = export.clone();
        if next.last().is_some_and(|last| last == "*") {
            next.pop();
            next.push(name.clone());
        }
        next.extend_from_slice(&names[depth + 1..]);
        names = next;
    }
    found
}

fn defines(code: &str, name: &str) -> bool {
    const KINDS: &[&str] = &[
        "fn", "struct", "enum", "trait", "type", "const", "static", "union",
    ];
    words(code, name).iter().any(|&at| {
        let before = code[..at].trim_end();
        KINDS.iter().any(|kind| before.ends_with(kind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)]) -> Vec<String> {
        check_but(files, &[])
    }

    fn check_but(files: &[(&str, &str)], accepted: &[(&str, &str, &str)]) -> Vec<String> {
        let package = Crate {
            name: "a".to_owned(),
            description: String::new(),
            folder: "engine/a".to_owned(),
            dependencies: Vec::new(),
            tests: Vec::new(),
        };
        let files = files.iter();
        let tree = Tree {
            files: files
                .map(|(path, text)| (format!("engine/a/src/{path}"), (*text).to_owned()))
                .collect(),
            crates: Vec::new(),
        };
        circles_but(&package, &tree, accepted)
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn a_straight_line_is_fine() {
        let files = [
            ("lib.rs", "mod b; mod c; pub use b::B; pub use c::C;"),
            ("b.rs", "use crate::c::C; pub struct B(C);"),
            ("c.rs", "pub struct C;"),
        ];
        assert!(check(&files).is_empty());
    }

    #[test]
    fn two_files_that_use_each_other_are_a_circle() {
        let files = [
            ("lib.rs", "mod b; mod c;"),
            ("b.rs", "use crate::{c::{self, C}}; pub struct B(C);"),
            ("c.rs", "pub struct C; fn f(b: super::b::B) {}"),
        ];
        let expected =
            "these files need one another in a circle: engine/a/src/b.rs -> engine/a/src/c.rs"
                .to_owned();
        assert_eq!(check(&files), [expected]);
    }

    #[test]
    fn a_re_exported_name_counts_for_the_file_that_defines_it() {
        let root = "mod b; mod c; pub use b::B; pub use c::*;";
        let straight = [
            ("lib.rs", root),
            ("b.rs", "use crate::C;"),
            ("c.rs", "pub struct C;"),
        ];
        assert!(check(&straight).is_empty());
        let round = [
            ("lib.rs", root),
            ("b.rs", "use crate::C; pub struct B;"),
            ("c.rs", "pub struct C(crate::B);"),
        ];
        assert_eq!(check(&round).len(), 1);
    }

    #[test]
    fn a_module_and_its_children_are_one_place() {
        let files = [
            ("lib.rs", "mod b; mod c; pub struct A(b::B);"),
            (
                "b/mod.rs",
                "mod d; pub use d::D; pub struct B(crate::A, D);",
            ),
            ("b/d.rs", "pub struct D; fn f(b: super::B) {}"),
            ("c.rs", ""),
        ];
        assert!(check(&files).is_empty());
        let mut cousins = files;
        cousins[2].1 = "pub struct D(crate::c::C);";
        cousins[3].1 = "pub struct C(crate::b::d::D);";
        assert_eq!(check(&cousins).len(), 1);
    }

    #[test]
    fn an_accepted_edge_closes_no_circle_and_must_exist() {
        let edge = [(
            "engine/a/src/c.rs",
            "engine/a/src/b.rs",
            "a trait and what implements it",
        )];
        let round = [
            ("lib.rs", "mod b; mod c;"),
            ("b.rs", "pub struct B(crate::c::C);"),
            ("c.rs", "pub struct C(crate::b::B);"),
        ];
        assert!(check_but(&round, &edge).is_empty());
        let gone = [("lib.rs", "mod b; mod c;"), ("b.rs", ""), ("c.rs", "")];
        assert!(check_but(&gone, &edge)[0].contains("take the edge off"));
    }

    #[test]
    fn tests_and_comments_make_no_edge() {
        let files = [
            ("lib.rs", "mod b; mod c;"),
            (
                "b.rs",
                "use crate::c::C; // crate::c\n#[cfg(test)]\nmod tests { use super::*; }",
            ),
            (
                "c.rs",
                "pub struct C; #[cfg(test)] mod tests { use crate::b::B; }",
            ),
        ];
        assert!(check(&files).is_empty());
    }
}
