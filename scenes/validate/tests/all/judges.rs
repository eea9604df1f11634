//! usd-core's own validators as the judge of what we say that they say too.

use std::path::Path;
use std::process::Command;

use halle_validate::rules;
use serde_json::Value;

use crate::local;

/// Names of errors that usd-core finds in files; `None` if it is not there.
fn judged(files: &[String]) -> Option<Value> {
    let program = std::env::var("HALLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = local("tests/judge.py");
    let ran = Command::new(program)
        .arg(script)
        .args(files)
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
    let said = String::from_utf8(ran.stdout).unwrap();
    serde_json::from_str(said.lines().last()?).ok()
}

/// Where a finding names an error of usd-core, usd-core finds it in the fixture; where it names
/// none, usd-core finds none. The base has no fault for either.
#[test]
fn usd_core_says_the_same() {
    let path = |code: &str| {
        let path = local(&format!("tests/broken/{code}.usda"));
        path.to_str().unwrap().to_owned()
    };
    let with_file = rules().iter().filter(|r| Path::new(&path(r.code)).exists());
    let mut files: Vec<String> = with_file.map(|r| path(r.code)).collect();
    files.push(path("base"));
    let Some(found) = judged(&files) else {
        println!("skipped: no Python with usd-core and its validators (HALLE_PYTHON names one)");
        return;
    };
    for rule in rules() {
        let Some(said) = found.get(path(rule.code)) else {
            continue;
        };
        let said: Vec<&str> = said
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let named: Vec<&str> = rule
            .also
            .iter()
            .filter_map(|also| also.strip_prefix("usd-core "))
            .collect();
        let agreed = if named.is_empty() {
            said.is_empty()
        } else {
            named.iter().any(|name| said.contains(name))
        };
        assert!(
            agreed,
            "{}: we name {named:?}, usd-core says {said:?}",
            rule.code
        );
    }
    assert_eq!(found[path("base")], Value::Array(Vec::new()));
}
