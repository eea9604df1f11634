//! Which elements and attributes MJCF has, and what attributes hold.
//!
//! `grammar.txt` lists the elements as MuJoCo 4.0 prints its schema: indentation is nesting, then
//! how often the element may stand (`!` and `?` once, `*` and `R` any number), then its attributes.
//! `kinds.txt` says what the attributes hold.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::error::MjcfError;
use crate::tree::Element;

/// An element as the grammar has it.
#[derive(Debug)]
struct Rule {
    name: &'static str,
    once: bool,
    attributes: Vec<&'static str>,
    children: Vec<usize>,
}

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Numbers { least: usize, most: usize },
    Integers { least: usize, most: usize },
    Characters(usize),
    Keyword(Vec<&'static str>),
    Keywords(Vec<&'static str>),
}

#[derive(Debug)]
struct Grammar {
    rules: Vec<Rule>,
    kinds: BTreeMap<&'static str, Kind>,
}

/// Attributes that exclude each other, by element.
const EXCLUSIVE: [(&str, [&str; 2]); 6] = [
    ("size", ["memory", "nstack"]),
    ("size", ["memory", "njmax"]),
    ("camera", ["fovy", "sensorsize"]),
    ("light", ["directional", "type"]),
    ("mesh", ["builtin", "file"]),
    ("mesh", ["builtin", "vertex"]),
];
/// Attributes that must be positive, by element.
const POSITIVE: [(&str, &str); 3] = [
    ("statistic", "extent"),
    ("map", "znear"),
    ("global", "realtime"),
];

/// Attributes of a `frame` beside those of a body, and of a `replicate`.
const FRAME: [&str; 1] = ["class"];
const REPLICATE: [&str; 5] = ["class", "count", "offset", "sep", "euler"];

fn grammar() -> &'static Grammar {
    static GRAMMAR: OnceLock<Grammar> = OnceLock::new();
    GRAMMAR.get_or_init(|| Grammar {
        rules: rules(include_str!("grammar.txt")),
        kinds: kinds(include_str!("kinds.txt")),
    })
}

fn rules(text: &'static str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut above: Vec<usize> = Vec::new();
    for line in text.lines() {
        let depth = (line.len() - line.trim_start().len()) / 2;
        let (head, attributes) = line.split_once(':').unwrap_or((line, ""));
        let mut head = head.split_whitespace();
        let (Some(name), Some(how_often)) = (head.next(), head.next()) else {
            continue;
        };
        above.truncate(depth);
        if let Some(parent) = above.last() {
            let index = rules.len();
            rules[*parent].children.push(index);
        }
        above.push(rules.len());
        rules.push(Rule {
            name,
            once: matches!(how_often, "?" | "!"),
            attributes: attributes.split_whitespace().collect(),
            children: Vec::new(),
        });
    }
    rules
}

fn kinds(text: &'static str) -> BTreeMap<&'static str, Kind> {
    let mut kinds = BTreeMap::new();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let Some((kind, attributes)) = line.split_once(": ") else {
            continue;
        };
        let kind = read_kind(kind);
        for attribute in attributes.split_whitespace() {
            kinds.insert(attribute, kind.clone());
        }
    }
    kinds
}

fn read_kind(text: &'static str) -> Kind {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let (letter, counts) = first.split_at(first.len().min(1));
    let (least, most) = match counts.split_once('-') {
        Some((least, most)) => (least.parse().unwrap_or(0), most.parse().unwrap_or(0)),
        None if counts == "*" => (0, usize::MAX),
        None => {
            let count = counts.parse().unwrap_or(1);
            (count, count)
        }
    };
    match letter {
        "r" => Kind::Numbers { least, most },
        "i" => Kind::Integers { least, most },
        "c" => Kind::Characters(least),
        "b" => Kind::Keyword(vec!["true", "false"]),
        "K" => Kind::Keywords(words.collect()),
        _ => Kind::Keyword(words.collect()),
    }
}

impl Grammar {
    fn kind(&self, element: &str, attribute: &str) -> Option<&Kind> {
        self.kinds
            .get(format!("{element}/{attribute}").as_str())
            .or_else(|| self.kinds.get(format!("{element}/*").as_str()))
            .or_else(|| self.kinds.get(attribute))
    }

    /// The rule of a child element. Bodies nest, and so do frames and replicas, which hold what a
    /// body holds; default classes nest as well.
    fn child(&self, parent: usize, name: &str) -> Option<usize> {
        let rule = &self.rules[parent];
        let of_body = rule.name == "body" && matches!(name, "body" | "frame" | "replicate");
        if of_body || (rule.name == "default" && name == "default") {
            return Some(parent);
        }
        let wanted = match (rule.name, name) {
            // MuJoCo lets frames pass here, and reads none of them.
            ("mujoco", "worldbody" | "frame") => "body",
            _ => name,
        };
        let found = rule
            .children
            .iter()
            .find(|c| self.rules[**c].name == wanted);
        found.copied()
    }

    fn check(&self, element: &Element, rule: usize) -> Result<(), MjcfError> {
        let has = |attribute: &str| {
            let known = &self.rules[rule].attributes;
            known.contains(&attribute)
                || (&*element.name == "frame" && FRAME.contains(&attribute))
                || (&*element.name == "replicate" && REPLICATE.contains(&attribute))
        };
        for (attribute, text) in &element.attributes {
            if &*element.name == "worldbody" {
                return Err(element.invalid("expected no attributes on the world body"));
            }
            if !has(attribute) {
                return Err(MjcfError::UnknownAttribute {
                    place: element.place.clone(),
                    element: element.name.to_string(),
                    attribute: attribute.to_string(),
                });
            }
            let kind = self.kind(self.rules[rule].name, attribute);
            if let Some(expected) = kind.and_then(|k| k.refuses(text)) {
                return Err(MjcfError::BadValue {
                    place: element.place.clone(),
                    element: element.name.to_string(),
                    attribute: attribute.to_string(),
                    expected: expected.into(),
                    found: shortened(text).into(),
                });
            }
        }
        of_element(element)?;
        let mut seen: Vec<usize> = Vec::new();
        for child in &element.children {
            let unknown = || MjcfError::UnknownElement {
                place: child.place.clone(),
                element: child.name.to_string(),
                parent: element.name.to_string(),
            };
            let found = self.child(rule, &child.name).ok_or_else(unknown)?;
            if self.rules[found].once && found != rule {
                if seen.contains(&found) {
                    return Err(MjcfError::RepeatedElement {
                        place: child.place.clone(),
                        element: child.name.to_string(),
                        parent: element.name.to_string(),
                    });
                }
                seen.push(found);
            }
            self.check(child, found)?;
        }
        Ok(())
    }
}

/// Rules that one element's attributes keep among themselves.
fn of_element(element: &Element) -> Result<(), MjcfError> {
    let own = |name: &str| *element.name == *name;
    for (_, [a, b]) in EXCLUSIVE.iter().filter(|(name, _)| own(name)) {
        if element.text(a).is_some() && element.text(b).is_some() {
            return Err(element.invalid(format!("expected `{a}` or `{b}`, not both")));
        }
    }
    for (_, attribute) in POSITIVE.iter().filter(|(name, _)| own(name)) {
        let number = element
            .text(attribute)
            .and_then(|t| t.trim().parse::<f64>().ok());
        if number.is_some_and(|n| n <= 0.0) {
            return Err(element.invalid(format!("`{attribute}` must be positive")));
        }
    }
    let memory = element
        .text("memory")
        .filter(|_| own("size"))
        .map(str::trim);
    if let Some(memory) = memory.filter(|m| *m != "-1") {
        let digits = memory.trim_end_matches(|c: char| "KMGTPEkmgtpe".contains(c));
        if digits.is_empty() || memory.len() > digits.len() + 1 || digits.parse::<u64>().is_err() {
            return Err(element.invalid("`memory` is a number of bytes such as `64M`"));
        }
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short + "…"
    } else {
        short
    }
}

impl Kind {
    /// What was expected, if the text is not of the kind.
    fn refuses(&self, text: &str) -> Option<String> {
        // Keywords apart, blank text counts as absent.
        if text.trim().is_empty() && !matches!(self, Self::Keyword(_)) {
            return None;
        }
        let counted = |least: usize, most: usize, good: &dyn Fn(&str) -> bool, what: &str| {
            let count = text.split_whitespace().count();
            if (least..=most).contains(&count) && text.split_whitespace().all(good) {
                return None;
            }
            Some(match (least, most) {
                (1, 1) => format!("one {what}"),
                (least, most) if least == most => format!("{least} {what}s"),
                (_, usize::MAX) => format!("{what}s"),
                _ => format!("{least} to {most} {what}s"),
            })
        };
        match self {
            Self::Numbers { least, most } => {
                let good = |word: &str| word.parse::<f64>().is_ok_and(f64::is_finite);
                counted(*least, *most, &good, "finite number")
            }
            Self::Integers { least, most } => {
                let good = |word: &str| word.parse::<i32>().is_ok();
                counted(*least, *most, &good, "whole number")
            }
            Self::Characters(count) => {
                (text.chars().count() != *count).then(|| format!("{count} characters"))
            }
            Self::Keyword(words) => {
                (!words.contains(&text)).then(|| format!("one of `{}`", words.join("`, `")))
            }
            Self::Keywords(words) => {
                let good = text.split_whitespace().all(|w| words.contains(&w));
                (!good).then(|| format!("some of `{}`", words.join("`, `")))
            }
        }
    }
}

/// Refuses elements and attributes that MJCF does not have, and values of the wrong kind.
pub(crate) fn check(root: &Element) -> Result<(), MjcfError> {
    grammar().check(root, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every entry of `kinds.txt` is about an attribute that the grammar has, so a slip of the pen
    /// does not leave an attribute unchecked.
    #[test]
    fn kinds_are_about_attributes() {
        let grammar = grammar();
        let has = |element: Option<&str>, attribute: &str| {
            let mut rules = grammar.rules.iter();
            rules.any(|r| {
                element.is_none_or(|e| e == r.name)
                    && (attribute == "*" || r.attributes.contains(&attribute))
            })
        };
        for entry in grammar.kinds.keys() {
            let (element, attribute) = match entry.split_once('/') {
                Some((element, attribute)) => (Some(element), attribute),
                None => (None, *entry),
            };
            let known = has(element, attribute) || REPLICATE.contains(entry);
            assert!(known, "{entry}");
        }
    }

    /// The rows of the schema that `mj_printSchema` prints: 171 elements under one root.
    #[test]
    fn grammar_is_whole() {
        let grammar = grammar();
        assert_eq!(grammar.rules.len(), 171);
        assert_eq!(grammar.rules[0].name, "mujoco");
        let body = grammar.child(0, "worldbody").unwrap();
        assert_eq!(grammar.rules[body].name, "body");
        assert_eq!(grammar.child(body, "frame"), Some(body));
        assert_eq!(grammar.child(0, "body"), Some(body));
    }
}
