//! Rules on the text of single files: words that must not stand there, and lengths.

use crate::source::{blank, functions, line_of, without_tests, words};

use super::finding::Finding;
use super::tree::has_ending;

/// Files above this many lines fail.
const FILE_LINES: usize = 600;
/// Files above this many lines are worth a look.
const FILE_LINES_WARNING: usize = 400;
/// Functions above this many lines fail.
const FUNCTION_LINES: usize = 100;

/// Crates whose code may hold `unsafe`, each with a note at the place.
const UNSAFE_FOLDERS: &[&str] = &[
    "engine/lanes/",
    "engine/sim/",
    "engine/gpu/",
    "training/learn/",
];

/// What the code of engine and shaders must not reach for, with the reason.
const IMPURE: &[(&str, &str)] = &[
    ("std::fs", "the engine reads and writes no files"),
    ("std::net", "the engine knows no network"),
    ("Instant", "time is substep count times time step"),
    ("SystemTime", "time is substep count times time step"),
];

/// Words that must not stand in sources, with the reason.
/// They are put together from parts so that this table does not find itself.
const FORBIDDEN: &[(&str, &str)] = &[
    (
        concat!("keep in", " sync"),
        "a comment cannot hold two places together; write a test",
    ),
    (concat!("FIX", "ME"), "fix it or open an issue"),
    (
        concat!("#[", "ignore"),
        "known failures are data that must keep failing",
    ),
    (concat!("to", "do!("), "nothing unfinished is merged"),
    (
        concat!("unimplement", "ed!("),
        "nothing unfinished is merged",
    ),
];

fn is_source(path: &str) -> bool {
    ["rs", "wgsl", "py"]
        .iter()
        .any(|ending| has_ending(path, ending))
}

fn is_braced(path: &str) -> bool {
    ["rs", "wgsl"].iter().any(|ending| has_ending(path, ending))
}

/// No source holds a forbidden word, and every note of open work names its owner in brackets.
pub(super) fn forbidden_words(path: &str, text: &str) -> Vec<Finding> {
    const RULE: &str = "forbidden-word";
    if !is_source(path) && !has_ending(path, "toml") && !has_ending(path, "sh") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (word, reason) in FORBIDDEN {
        for (at, _) in text.match_indices(word) {
            let message = format!("`{word}`: {reason}");
            findings.push(Finding::error(RULE, path, line_of(text, at), message));
        }
    }
    let open_work = concat!("TO", "DO");
    for at in words(text, open_work) {
        let owner = text[at + open_work.len()..]
            .strip_prefix('(')
            .and_then(|rest| rest.find(')'));
        if owner.is_none_or(|length| length == 0) {
            let message = format!("`{open_work}` without an owner in brackets");
            findings.push(Finding::error(RULE, path, line_of(text, at), message));
        }
    }
    findings
}

/// `unsafe` stays in the crates made for it, and the engine has no way to files, network or clock.
pub(super) fn reach(path: &str, text: &str) -> Vec<Finding> {
    if !has_ending(path, "rs") {
        return Vec::new();
    }
    let code = without_tests(&blank(text));
    let mut findings = Vec::new();
    if !UNSAFE_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        for at in words(&code, "unsafe") {
            let message = format!("`unsafe` stays in {}", UNSAFE_FOLDERS.join(", "));
            findings.push(Finding::error(
                "unsafe-place",
                path,
                line_of(&code, at),
                message,
            ));
        }
    }
    let pure = ["engine/", "shaders/"]
        .iter()
        .any(|folder| path.starts_with(folder));
    if pure && path.contains("/src/") && !path.ends_with("tests.rs") {
        for (name, reason) in IMPURE {
            for at in words(&code, name) {
                let message = format!("`{name}`: {reason}");
                findings.push(Finding::error(
                    "engine-reach",
                    path,
                    line_of(&code, at),
                    message,
                ));
            }
        }
    }
    findings
}

/// No source is longer than anyone wants to read.
pub(super) fn file_length(path: &str, text: &str) -> Vec<Finding> {
    const RULE: &str = "file-length";
    let lines = text.lines().count();
    if !is_source(path) || lines <= FILE_LINES_WARNING {
        return Vec::new();
    }
    vec![if lines > FILE_LINES {
        let message = format!("{lines} lines, at most {FILE_LINES}; split it by concept");
        Finding::error(RULE, path, 0, message)
    } else {
        Finding::warning(
            RULE,
            path,
            0,
            format!("{lines} lines, aim at {FILE_LINES_WARNING}"),
        )
    }]
}

/// No function is longer than a screen or two.
pub(super) fn function_lengths(path: &str, text: &str) -> Vec<Finding> {
    let found = if is_braced(path) {
        let functions = functions(&blank(text)).into_iter();
        functions
            .map(|function| (function.name, function.line, function.length))
            .collect()
    } else if has_ending(path, "py") {
        python_functions(text)
    } else {
        Vec::new()
    };
    let long = found
        .into_iter()
        .filter(|(_, _, length)| *length > FUNCTION_LINES);
    long.map(|(name, line, length)| {
        let message = format!("`{name}` has {length} lines, at most {FUNCTION_LINES}");
        Finding::error("function-length", path, line, message)
    })
    .collect()
}

/// Name, line and length of each `def`: it lasts as long as lines are indented deeper.
fn python_functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("def ") else {
            continue;
        };
        let name = rest.split('(').next().unwrap_or_default().to_owned();
        let inside = |below: &&&str| {
            below.trim().is_empty()
                || indent(below) > indent(line)
                || below.trim_start().starts_with(')')
        };
        let body: Vec<&&str> = lines[at + 1..].iter().take_while(inside).collect();
        let blank_end = body
            .iter()
            .rev()
            .take_while(|below| below.trim().is_empty())
            .count();
        found.push((name, at + 1, 1 + body.len() - blank_end));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(findings: &[Finding]) -> Vec<(&str, usize)> {
        findings
            .iter()
            .map(|finding| (finding.rule, finding.line))
            .collect()
    }

    fn rules_of(findings: Vec<Finding>) -> Vec<String> {
        findings
            .iter()
            .map(|finding| format!("{}:{}", finding.rule, finding.line))
            .collect()
    }

    #[test]
    fn each_forbidden_word_is_found_with_its_line() {
        for (word, _) in FORBIDDEN {
            let text = format!("fn a() {{\n    // {word}\n}}\n");
            assert_eq!(
                rules(&forbidden_words("a.rs", &text)),
                [("forbidden-word", 2)],
                "{word}"
            );
            assert!(
                forbidden_words("notes.md", &text).is_empty(),
                "prose may name the word"
            );
        }
    }

    #[test]
    fn open_work_needs_an_owner() {
        let word = concat!("TO", "DO");
        let check = |text: String| forbidden_words("a.wgsl", &text).len();
        assert_eq!(check(format!("// {word}: later")), 1);
        assert_eq!(check(format!("// {word}(): later")), 1);
        assert_eq!(check(format!("// {word}(ada): later")), 0);
        assert_eq!(check(format!("const {word}S: u32 = 1;")), 0);
    }

    #[test]
    fn unsafe_code_outside_its_crates_is_found() {
        let check = |path: &str| rules_of(reach(path, "// unsafe\nunsafe fn a() {}\n"));
        assert_eq!(check("engine/world/src/a.rs"), ["unsafe-place:2"]);
        assert!(check("engine/lanes/src/a.rs").is_empty());
    }

    #[test]
    fn the_engine_reaches_for_no_file_and_no_clock() {
        let code = "use std::fs;\n#[cfg(test)]\nmod tests { use std::time::SystemTime; }\n";
        let check = |path: &str| rules_of(reach(path, code));
        assert_eq!(check("engine/sim/src/a.rs"), ["engine-reach:1"]);
        assert!(check("engine/sim/tests/a.rs").is_empty());
        assert!(check("scenes/src/a.rs").is_empty());
    }

    #[test]
    fn long_files_warn_and_then_fail() {
        let file = |lines: usize| "x\n".repeat(lines);
        assert!(file_length("a.rs", &file(FILE_LINES_WARNING)).is_empty());
        let warning = &file_length("a.rs", &file(FILE_LINES))[0];
        assert_eq!(warning.severity, super::super::Severity::Warning);
        let error = &file_length("a.py", &file(FILE_LINES + 1))[0];
        assert_eq!(error.severity, super::super::Severity::Error);
        assert!(file_length("a.md", &file(FILE_LINES + 1)).is_empty());
    }

    #[test]
    fn long_functions_fail_in_each_language() {
        let braced = |lines: usize| format!("fn a() {{\n{}}}\n", "x;\n".repeat(lines - 2));
        assert!(function_lengths("a.rs", &braced(FUNCTION_LINES)).is_empty());
        let found = function_lengths("a.wgsl", &braced(FUNCTION_LINES + 1));
        assert_eq!(rules(&found), [("function-length", 1)]);
        let body = "    x\n".repeat(FUNCTION_LINES);
        let python = format!("\ndef a():\n{body}\n\ndef b():\n    y\n");
        assert_eq!(
            rules(&function_lengths("a.py", &python)),
            [("function-length", 2)]
        );
    }
}
