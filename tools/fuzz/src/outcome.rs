//! What came of a case, in words that few cases share: a poor man's coverage.

use std::collections::BTreeSet;
use std::error::Error;

use halle_world::{Diagnostics, World, compile, visible_shapes};
use serde_json::Value;

use crate::laws;

/// Words are cut to this length.
const LONGEST: usize = 90;
/// Objects of a dump are looked into this deeply below a prim.
const DEPTH: usize = 3;

/// What came of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Errors, codes of findings, kinds of things: a case with a new one is worth keeping.
    pub(crate) features: Vec<String>,
    /// What the reader promises of its results and did not hold.
    pub(crate) broken_law: Option<String>,
    /// Whether the reader gave an error.
    pub(crate) refused: bool,
}

impl Outcome {
    /// An outcome of a case that was read.
    pub(crate) fn of(features: &[String]) -> Self {
        Self {
            features: features.to_vec(),
            ..Self::default()
        }
    }
}

/// A case that was refused, by its error and what caused it.
pub(crate) fn refused(error: &dyn Error) -> Outcome {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    Outcome {
        refused: true,
        ..Outcome::of(&[format!("error {}", normal(&text))])
    }
}

/// A case that gave a world: its findings, and what the compiler makes of it.
pub(crate) fn loaded(mut world: World, findings: &Diagnostics) -> Outcome {
    let codes: BTreeSet<&str> = findings.findings().iter().map(|f| f.code).collect();
    let mut features: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
    features.push(codes.into_iter().collect::<Vec<_>>().join(" "));
    let messages = findings.findings().iter().map(|f| normal(&f.message));
    features.extend(messages.collect::<BTreeSet<_>>());
    features.push(match compile(&world) {
        Ok(_) => "compiled".to_owned(),
        Err(error) => format!("compile {}", error.code()),
    });
    features.push(format!("{} shapes", visible_shapes(&world).len().min(3)));
    let broken_law = laws::of_world(&mut world);
    Outcome {
        broken_law,
        ..Outcome::of(&features)
    }
}

/// The kinds of things in a dump: keys and types, not names.
pub(crate) fn dump_features(dump: &Value) -> Outcome {
    let mut features = BTreeSet::new();
    if let Some(error) = dump["openError"].as_str() {
        features.insert(format!("error {}", normal(error)));
    }
    for error in dump["compositionErrors"].as_array().into_iter().flatten() {
        features.insert(normal(error.as_str().unwrap_or_default()));
    }
    for prim in dump["prims"]
        .as_object()
        .into_iter()
        .flat_map(|prims| prims.values())
    {
        keys("", prim, DEPTH, &mut features);
    }
    keys("stage", &dump["stage"], DEPTH, &mut features);
    Outcome::of(&features.into_iter().collect::<Vec<_>>())
}

fn keys(above: &str, value: &Value, depth: usize, features: &mut BTreeSet<String>) {
    let feature = match value {
        Value::Object(fields) if depth > 0 => {
            for (key, field) in fields {
                let name = format!("{above}/{}", normal(key));
                keys(&name, field, depth - 1, features);
            }
            return;
        }
        Value::Null => format!("{above} null"),
        Value::Array(list) => format!("{above} {}", list.len().min(2)),
        Value::String(word) if above.ends_with("ype") => format!("{above} {}", normal(word)),
        _ => above.to_owned(),
    };
    features.insert(feature);
}

/// A message without what differs from case to case: quoted words, numbers, folders.
pub(crate) fn normal(text: &str) -> String {
    let mut made = String::new();
    let mut quote = None;
    for c in text.chars().take(4 * LONGEST) {
        match (c, quote) {
            (c, Some(end)) if c == end => quote = None,
            (_, Some(_)) => {}
            ('`' | '"' | '@', None) => {
                quote = Some(c);
                made.push(c);
            }
            // An apostrophe inside a word quotes nothing.
            ('\'', None) if made.ends_with(' ') => {
                quote = Some(c);
                made.push(c);
            }
            ('<', None) => {
                quote = Some('>');
                made.push(c);
            }
            (c, None) if c.is_ascii_digit() => {
                if !made.ends_with('0') {
                    made.push('0');
                }
            }
            (c, None) => made.push(c),
        }
    }
    let words = made
        .split_whitespace()
        .filter(|word| !word.starts_with('/'));
    let made = words.collect::<Vec<_>>().join(" ");
    made.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_without_names_and_numbers() {
        assert_eq!(
            normal("/tmp/x.urdf:17:3: mesh `a b` holds 12 faces"),
            "mesh ` holds 0 faces"
        );
        assert_eq!(
            normal("expected 'li nk', not 'x' or it's"),
            "expected ', not ' or it's"
        );
        assert_eq!(normal("layer @./x.usda@ at </A/B>"), "layer @ at <");
    }

    /// Two cases that differ by a name alone have the same features.
    #[test]
    fn dumps_by_kind() {
        let dump = |name: &str| serde_json::json!({"prims": {name: {"type": "Mesh", "counts": [1, 2, 3]}}});
        assert_eq!(dump_features(&dump("/A")), dump_features(&dump("/B")));
        assert!(
            dump_features(&dump("/A"))
                .features
                .contains(&"/type Mesh".to_owned())
        );
    }
}
