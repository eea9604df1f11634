//! Reports as SARIF 2.1.0, which code hosts and editors show beside the files.

use std::path::{Component, Path};

use halle_world::Severity;
use serde_json::{Map, Value, json};

use crate::report::{Entry, Report};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Descriptions of all codes, as people read them.
const DESCRIBED: [&str; 2] = [
    include_str!("../FINDINGS.md"),
    include_str!("../../FINDINGS.md"),
];

/// Reports as one SARIF log with one run.
///
/// Prims are logical locations, layers physical ones, as seen from where the command runs. `version`
/// is that of the program.
#[must_use]
pub fn sarif(reports: &[Report], version: &str) -> Value {
    let mut codes: Vec<&str> = Vec::new();
    for entry in reports.iter().flat_map(|r| &r.entries) {
        codes.push(entry.finding.code);
    }
    codes.sort_unstable();
    codes.dedup();
    let results: Vec<Value> = reports
        .iter()
        .flat_map(|report| {
            report
                .entries
                .iter()
                .map(|entry| result(report, entry, &codes))
        })
        .collect();
    let rules: Vec<Value> = codes.iter().map(|code| rule(code)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "halle", "version": version, "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// Title and text of a code.
pub(crate) fn description(code: &str) -> Option<(String, String)> {
    for text in DESCRIBED {
        let head = format!("## {code}: ");
        let Some((_, rest)) = text.split_once(&head) else {
            continue;
        };
        let (title, rest) = rest.split_once('\n')?;
        let body = rest.split("\n## ").next().unwrap_or_default();
        let body = body.split_whitespace().collect::<Vec<_>>().join(" ");
        return Some((title.trim().to_owned(), body));
    }
    None
}

fn rule(code: &str) -> Value {
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(code));
    if let Some((title, body)) = description(code) {
        out.insert("shortDescription".to_owned(), json!({ "text": title }));
        out.insert("fullDescription".to_owned(), json!({ "text": body }));
    }
    Value::Object(out)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn result(report: &Report, entry: &Entry, codes: &[&str]) -> Value {
    let finding = &entry.finding;
    let site = &finding.site;
    let mut text = finding.message.clone();
    for more in [&finding.note, &finding.help] {
        if !more.is_empty() {
            text = format!("{text}. {more}");
        }
    }
    let mut physical = Map::new();
    let layer = if site.layer.is_empty() {
        file_name(&report.file)
    } else {
        site.layer.clone()
    };
    let folder = Path::new(&report.file).parent().unwrap_or(Path::new(""));
    physical.insert(
        "artifactLocation".to_owned(),
        json!({ "uri": uri(&folder.join(layer)) }),
    );
    if let Some(line) = entry.line {
        physical.insert("region".to_owned(), json!({ "startLine": line }));
    }
    let mut location = Map::new();
    location.insert("physicalLocation".to_owned(), Value::Object(physical));
    if !site.prim.is_empty() {
        let prims = [(&site.prim, "prim")];
        let property = format!("{}.{}", site.prim, site.property);
        let mut logical: Vec<Value> = prims
            .iter()
            .map(|(name, kind)| json!({ "fullyQualifiedName": name, "kind": kind }))
            .collect();
        if !site.property.is_empty() {
            logical.insert(
                0,
                json!({ "fullyQualifiedName": property, "kind": "property" }),
            );
        }
        location.insert("logicalLocations".to_owned(), Value::Array(logical));
    }
    let mut out = json!({
        "ruleId": finding.code,
        "ruleIndex": codes.iter().position(|c| *c == finding.code),
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [Value::Object(location)],
        "occurrenceCount": entry.count,
        "partialFingerprints": { "halle/v1": print(report, entry) },
    });
    if !entry.also.is_empty() || !entry.more.is_empty() {
        out["properties"] = json!({ "also": entry.also, "more": entry.more });
    }
    out
}

fn file_name(file: &str) -> String {
    let name = Path::new(file).file_name();
    name.map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

/// A path as a URI: absolute with its scheme, relative ones with forward slashes.
fn uri(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rooted = "";
    for part in path.components() {
        match part {
            Component::RootDir => rooted = "file:///",
            Component::CurDir | Component::Prefix(_) => {}
            Component::ParentDir if parts.last().is_some_and(|p| p != "..") => drop(parts.pop()),
            Component::ParentDir => parts.push("..".to_owned()),
            Component::Normal(name) => parts.push(escaped(&name.to_string_lossy())),
        }
    }
    format!("{rooted}{}", parts.join("/"))
}

/// Percent encoding of everything that a part of a URI cannot hold.
fn escaped(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// What stays the same when lines move: code, layer, prim, property (FNV-1a).
fn print(report: &Report, entry: &Entry) -> String {
    let site = &entry.finding.site;
    let file = file_name(&report.file);
    let parts = [
        entry.finding.code,
        &file,
        &site.layer,
        &site.prim,
        &site.property,
    ];
    let bytes = parts.join("\n");
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", bytes.bytes().fold(0xcbf2_9ce4_8422_2325, mix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris() {
        assert_eq!(uri(Path::new("/a b/../c/x.usda")), "file:///c/x.usda");
        assert_eq!(uri(Path::new("a b/x.usda")), "a%20b/x.usda");
        assert_eq!(uri(Path::new("../lib/ü.usda")), "../lib/%C3%BC.usda");
    }

    /// Every code of ours has a title and a text.
    #[test]
    fn described() {
        for rule in crate::rules() {
            let (title, body) = description(rule.code).unwrap_or_default();
            assert!(!title.is_empty() && !body.is_empty(), "{}", rule.code);
        }
        assert!(description("SC0101").is_some());
    }
}
