//! Paths that blanked Rust code takes through its own crate.

use crate::source::{block_end, words};

/// One path, absolute from the crate root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) names: Vec<String>,
    /// True when a `pub use` passes the name on.
    pub(super) public: bool,
}

/// All paths in `code` that start at the crate root, the parent, the module or a child of it.
pub(super) fn paths(code: &str, module: &[String], children: &[&str]) -> Vec<Path> {
    let mut starts: Vec<(usize, &str)> = Vec::new();
    for &word in ["crate", "super", "self"].iter().chain(children) {
        starts.extend(words(code, word).into_iter().map(|at| (at, word)));
    }
    starts.sort_unstable();
    let inline = inline_modules(code);
    let mut found = Vec::new();
    let mut read_to = 0;
    for (at, word) in starts {
        let continues = code[..at].trim_end().ends_with("::");
        let leads = code[at + word.len()..].trim_start().starts_with("::");
        if at < read_to || continues || !leads {
            continue;
        }
        let mut reader = Reader { code, at };
        let mut trees = Vec::new();
        reader.tree(Vec::new(), &mut trees);
        read_to = reader.at;
        let depth = inline
            .iter()
            .filter(|(open, close)| (*open..*close).contains(&at))
            .count();
        let public = is_public_use(&code[..at]);
        for names in trees {
            if let Some(names) = absolute(names, module, depth) {
                found.push(Path { names, public });
            }
        }
    }
    found
}

/// Spans of the modules that are written out in this file.
fn inline_modules(code: &str) -> Vec<(usize, usize)> {
    let spans = words(code, "mod").into_iter().filter_map(|at| {
        let open = at + code[at..].find(['{', ';'])?;
        (code.as_bytes()[open] == b'{').then(|| (open, block_end(code, open)))
    });
    spans.collect()
}

/// `None` for a path that stays inside an inline module of the same file.
fn absolute(names: Vec<String>, module: &[String], depth: usize) -> Option<Vec<String>> {
    let supers = names.iter().take_while(|name| *name == "super").count();
    let first = names.first()?;
    let (base, skipped): (&[String], usize) = if first == "crate" {
        (&[], 1)
    } else if supers > 0 {
        let up = supers.checked_sub(depth).filter(|&up| up > 0)?;
        (&module[..module.len().checked_sub(up)?], supers)
    } else if depth > 0 {
        return None;
    } else {
        (module, usize::from(first == "self"))
    };
    let mut absolute = base.to_vec();
    // `use a::{self}` names the module itself.
    absolute.extend(
        names
            .into_iter()
            .skip(skipped)
            .filter(|name| name != "self"),
    );
    Some(absolute)
}

/// True when the code before a path ends in `pub use` or `pub(…) use`.
fn is_public_use(before: &str) -> bool {
    let Some(before) = before.trim_end().strip_suffix("use") else {
        return false;
    };
    let before = before.trim_end();
    let restricted = || {
        let open = before
            .strip_suffix(')')
            .and_then(|inside| inside.rfind('('));
        open.is_some_and(|open| before[..open].ends_with("pub"))
    };
    before.ends_with("pub") || restricted()
}

struct Reader<'a> {
    code: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// Reads one path or one tree of a `use` and adds the paths it stands for.
    fn tree(&mut self, mut prefix: Vec<String>, out: &mut Vec<Vec<String>>) {
        loop {
            if self.takes("{") {
                while !self.takes("}") && self.at < self.code.len() {
                    let before = self.at;
                    self.tree(prefix.clone(), out);
                    if !self.takes(",") && self.at == before {
                        return; // No tree after all; what was read so far stands.
                    }
                }
                return;
            }
            if self.takes("*") {
                prefix.push("*".to_owned());
                break;
            }
            let name = self.name();
            if name.is_empty() {
                break;
            }
            prefix.push(name);
            if !self.takes("::") {
                break;
            }
        }
        if self.rest().trim_start().starts_with("as ") {
            self.takes("as");
            self.name();
        }
        if !prefix.is_empty() {
            out.push(prefix);
        }
    }

    fn rest(&self) -> &str {
        &self.code[self.at..]
    }

    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest();
        let trimmed = rest.trim_start();
        let taken = trimmed.starts_with(token);
        if taken {
            self.at += rest.len() - trimmed.len() + token.len();
        }
        taken
    }

    fn name(&mut self) -> String {
        let rest = self.rest();
        let trimmed = rest.trim_start();
        let part = |c: &char| c.is_alphanumeric() || *c == '_';
        let name: String = trimmed.chars().take_while(part).collect();
        if !name.is_empty() {
            self.at += rest.len() - trimmed.len() + name.len();
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expected: &[&str]) {
        let module = ["a".to_owned()];
        let found = paths(code, &module, &["child"]);
        let found: Vec<String> = found
            .into_iter()
            .map(|path| path.names.join("::"))
            .collect();
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn reads_paths_and_trees() {
        check("use crate::b::C;", &["b::C"]);
        check(
            "use crate::{b::{self, C as D}, e::*};",
            &["b", "b::C", "e::*"],
        );
        check(
            "let x = super::b::f::<u8>(child::g());",
            &["b::f", "a::child::g"],
        );
        check("use std::super_thing; self.child.x()", &[]);
        check("fn f(self: &Self) { self::g() }", &["a::g"]);
    }

    #[test]
    fn super_in_an_inline_module_is_the_file_itself() {
        check(
            "mod inner { use super::X; use super::super::b::Y; }",
            &["b::Y"],
        );
    }

    #[test]
    fn a_public_use_is_marked() {
        let public = |code: &str| paths(code, &[], &["b"])[0].public;
        assert!(public("pub use b::C;") && public("pub(crate) use b::C;"));
        assert!(!public("use b::C;"));
    }
}
