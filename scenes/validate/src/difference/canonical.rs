//! Two canonical dumps, field by field.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Differences, Tolerance};

/// Fields that depend on the program that wrote the dump.
const SKIPPED: [&str; 4] = ["diagnostics", "compositionErrors", "oracle", "stack"];

/// Compares two dumps in the form of `halle inspect --canonical`. What two programs say of their
/// own accord (messages, their names) is not compared.
#[must_use]
pub fn canonical(reference: &Value, found: &Value, tolerance: Tolerance) -> Differences {
    let mut walk = Walk {
        tolerance,
        differences: Differences::default(),
    };
    let none = Map::new();
    let [a, b] = [reference, found].map(|v| v.as_object().unwrap_or(&none));
    for key in keys(a, b) {
        if key == "file" {
            // What a file is called is no part of the stage.
            continue;
        }
        if key == "stage" {
            let [x, y] = [a, b].map(stage);
            walk.compare(key.to_owned(), &x, &y, key);
        } else if key == "prims" {
            let [p, q] = [a, b].map(|m| m.get("prims").and_then(Value::as_object).unwrap_or(&none));
            walk.prims(p, q);
        } else {
            let [x, y] = [a, b].map(|m| m.get(key).unwrap_or(&Value::Null));
            walk.compare(key.to_owned(), x, y, key);
        }
    }
    walk.differences
}

/// The block about the stage, with one name for the root layer whatever its file is called.
fn stage(dump: &Map<String, Value>) -> Value {
    let mut stage = dump.get("stage").cloned().unwrap_or(Value::Null);
    let file = dump.get("file").and_then(Value::as_str);
    if let Some(layers) = stage.get_mut("layers").and_then(Value::as_array_mut) {
        for layer in layers.iter_mut() {
            if layer.as_str() == file {
                *layer = json!("(root layer)");
            }
        }
        layers.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    }
    stage
}

fn keys<'a>(a: &'a Map<String, Value>, b: &'a Map<String, Value>) -> BTreeSet<&'a str> {
    let all = a.keys().chain(b.keys()).map(String::as_str);
    all.filter(|k| !SKIPPED.contains(k)).collect()
}

struct Walk {
    tolerance: Tolerance,
    differences: Differences,
}

impl Walk {
    fn prims(&mut self, a: &Map<String, Value>, b: &Map<String, Value>) {
        for path in keys(a, b) {
            self.differences.prims += 1;
            let kind = |v: &Value| v.get("type").cloned().unwrap_or(Value::Null);
            let (x, y) = match (a.get(path), b.get(path)) {
                (Some(x), Some(y)) => (x, y),
                (Some(x), None) => {
                    self.differences
                        .add("prim missing", path.to_owned(), kind(x), Value::Null);
                    continue;
                }
                (_, y) => {
                    let y = y.map_or(Value::Null, kind);
                    self.differences
                        .add("prim extra", path.to_owned(), Value::Null, y);
                    continue;
                }
            };
            let none = Map::new();
            let [x, y] = [x, y].map(|v| v.as_object().unwrap_or(&none));
            for field in keys(x, y) {
                let at = format!("{path}.{field}");
                match (x.get(field), y.get(field)) {
                    (Some(p), Some(q)) => self.compare(at, p, q, field),
                    (p, q) => self.one_sided(path.to_owned(), p, q, field),
                }
            }
        }
    }

    fn one_sided(&mut self, at: String, a: Option<&Value>, b: Option<&Value>, kind: &str) {
        let word = if b.is_none() { "missing" } else { "extra" };
        let value = |v: Option<&Value>| v.cloned().unwrap_or(Value::Null);
        self.differences
            .add(&format!("{kind} {word}"), at, value(a), value(b));
    }

    fn compare(&mut self, at: String, a: &Value, b: &Value, kind: &str) {
        match (a, b) {
            (Value::Number(x), Value::Number(y)) => {
                self.differences.values += 1;
                let close = x.as_f64().zip(y.as_f64());
                if x != y && !close.is_some_and(|(x, y)| self.tolerance.same(x, y)) {
                    self.differences.add(kind, at, a.clone(), b.clone());
                }
            }
            (Value::Object(x), Value::Object(y)) => {
                for key in keys(x, y) {
                    let at = format!("{at}/{key}");
                    match (x.get(key), y.get(key)) {
                        (Some(p), Some(q)) => self.compare(at, p, q, kind),
                        (p, q) => self.one_sided(at, p, q, kind),
                    }
                }
            }
            (Value::Array(x), Value::Array(y)) if x.len() != y.len() => {
                let kind = format!("{kind} length");
                self.differences
                    .add(&kind, at, json!(x.len()), json!(y.len()));
            }
            (Value::Array(x), Value::Array(y)) => {
                for (k, (p, q)) in x.iter().zip(y).enumerate() {
                    self.compare(format!("{at}[{k}]"), p, q, kind);
                }
            }
            _ => {
                self.differences.values += 1;
                if a != b {
                    self.differences.add(kind, at, a.clone(), b.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same verdicts as those of the reference's own comparer: numbers by tolerance, all else
    /// exactly, messages not at all.
    #[test]
    fn verdicts() {
        let a = json!({
            "oracle": 1, "stage": { "rate": 24.0 },
            "prims": {
                "/A": { "type": "Xform", "world": [1.0, 2.0], "apis": ["x"] },
                "/B": { "type": "Cube" },
            },
        });
        let b = json!({
            "oracle": 2, "stage": { "rate": 24.000_000_1 },
            "prims": {
                "/A": { "type": "Xform", "world": [1.0, 2.1], "flags": [] },
                "/C": { "type": "Mesh" },
            },
        });
        let found = canonical(&a, &b, Tolerance::default());
        let kinds: Vec<(&str, &str)> = found
            .list
            .iter()
            .map(|d| (d.kind.as_str(), d.path.as_str()))
            .collect();
        assert_eq!(
            kinds,
            [
                ("apis missing", "/A"),
                ("flags extra", "/A"),
                ("world", "/A.world[1]"),
                ("prim missing", "/B"),
                ("prim extra", "/C"),
            ]
        );
        assert!(
            canonical(
                &a,
                &a,
                Tolerance {
                    rtol: 0.0,
                    atol: 0.0
                }
            )
            .list
            .is_empty()
        );
        let loose = Tolerance {
            rtol: 0.1,
            atol: 0.0,
        };
        assert_eq!(canonical(&a, &b, loose).list.len(), 4);
    }
}
