//! Layers as they are read: text against the baselines, binary at all.

use std::fs;
use std::path::Path;

use openusd::sdf::{self, AbstractData as _, LayerOffset, Value};
use openusd::{usda, usdc};
use serde_json::{Map, Value as Json, json};

use super::folder;

/// Text baselines that cannot be equal, each with its cause.
const DIFFERS: [(&str, &str); 1] = [(
    "attributes",
    "edits connections to none and gives numbers as samples of a vector: refused, by usd-core too",
)];

/// Fields that nothing declares keep the text they are written with, as in usd-core; the baselines
/// hold them parsed.
const UNDECLARED: [(&str, &str, &str); 4] = [
    ("/", "unknownMetadata", "\"45.7\""),
    ("/", "baz", "\"None\""),
    ("/foo/otherFoo.everything:in:one", "foo", "\"\\\"bar\\\"\""),
    (
        "/foo/otherFoo.everything:in:one",
        "this_metadata_value",
        "{\"prepend\":[\"5.67\"]}",
    ),
];

/// A number; one that is too great for its type is text, as JSON has no infinity.
fn number(x: f64) -> Json {
    if x.is_finite() {
        json!(x)
    } else {
        json!(x.to_string())
    }
}

fn texts<T: ToString>(items: &[T]) -> Json {
    Json::Array(
        items
            .iter()
            .map(|item| Json::String(item.to_string()))
            .collect(),
    )
}

fn offset(offset: &LayerOffset) -> Json {
    json!({"offset": offset.offset, "scale": offset.scale})
}

fn list_op<T: Default + Clone + PartialEq>(op: &sdf::ListOp<T>, item: impl Fn(&T) -> Json) -> Json {
    let mut out = Map::new();
    let lists = [
        ("add", &op.added_items),
        ("prepend", &op.prepended_items),
        ("append", &op.appended_items),
        ("delete", &op.deleted_items),
        ("order", &op.ordered_items),
    ];
    if op.explicit && !op.explicit_items.is_empty() {
        out.insert(
            "explicit".into(),
            op.explicit_items.iter().map(&item).collect(),
        );
    }
    for (name, items) in lists {
        if !items.is_empty() {
            out.insert(name.into(), items.iter().map(&item).collect());
        }
    }
    Json::Object(out)
}

/// An arc to another layer; what is not authored is left out.
fn target(asset: &str, path: &sdf::Path, shift: Option<&LayerOffset>) -> Json {
    let mut out = Map::new();
    if !asset.is_empty() {
        out.insert("asset".into(), json!(asset));
    }
    if !path.is_empty() {
        out.insert("path".into(), json!(path.as_str()));
    }
    if let Some(shift) = shift.filter(|shift| !shift.is_identity()) {
        out.insert("layerOffset".into(), offset(shift));
    }
    Json::Object(out)
}

fn encode(value: &Value) -> Json {
    match value {
        Value::Bool(x) => json!(x),
        Value::Int(x) => json!(x),
        Value::Int64(x) => json!(x),
        Value::ValueBlock => Json::Null,
        Value::Double(x) => number(*x),
        // The shortest decimal that reads back as the same float is what stands in the file.
        Value::Float(x) => number(x.to_string().parse().unwrap()),
        Value::Token(x) => json!(x.as_str()),
        Value::StringVec(x) => texts(x),
        Value::TokenVec(x) => texts(x),
        Value::IntVec(x) => json!(x),
        Value::Specifier(x) => json!(format!("{x:?}").to_lowercase()),
        Value::Variability(x) => json!(format!("{x:?}").to_lowercase()),
        Value::Dictionary(x) | Value::UnregisteredDictionary(x) => x
            .iter()
            .map(|(key, value)| (key.clone(), encode(value)))
            .collect(),
        Value::TokenListOp(op) => list_op(op, |x| json!(x.as_str())),
        Value::StringListOp(op) | Value::UnregisteredValueListOp(op) => list_op(op, |x| json!(x)),
        Value::PathListOp(op) => list_op(op, |x| json!(x.as_str())),
        Value::ReferenceListOp(op) => list_op(op, |x| {
            target(x.asset_path.as_str(), &x.prim_path, Some(&x.layer_offset))
        }),
        Value::PayloadListOp(op) => list_op(op, |x| {
            target(x.asset_path.as_str(), &x.prim_path, Some(&x.layer_offset))
        }),
        Value::LayerOffsetVec(x) => x.iter().map(offset).collect(),
        Value::VariantSelectionMap(x) => json!(x),
        Value::String(x) | Value::UnregisteredValue(x) => json!(x),
        Value::Vec3d(v) => json!([v.x, v.y, v.z]),
        Value::Vec3f(v) => json!([v.x, v.y, v.z]),
        Value::Matrix4d(m) => m.0.chunks(4).map(|row| json!(row)).collect(),
        Value::FloatVec(x) => x.iter().map(|x| number(f64::from(*x))).collect(),
        Value::ValueVec(x) => x.iter().map(encode).collect(),
        Value::Vec2dVec(x) => x.iter().map(|v| json!([v.x, v.y])).collect(),
        Value::Vec3dVec(x) => x.iter().map(|v| json!([v.x, v.y, v.z])).collect(),
        Value::Vec3fVec(x) => x.iter().map(|v| json!([v.x, v.y, v.z])).collect(),
        Value::Vec2fVec(x) => x.iter().map(|v| json!([v.x, v.y])).collect(),
        other => json!(format!("{other:?}")),
    }
}

/// Equal, but for the kind of a number and single precision.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            a == b || (a - b).abs() <= 1e-6 * a.abs().max(b.abs())
        }
        // The baselines hold what the text says, also where single precision cannot.
        (Json::String(a), Json::Number(b)) => {
            a == "inf" && b.as_f64().is_some_and(|b| b > f64::from(f32::MAX))
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
        }
        // The baselines keep the backslash of an escaped quote.
        (Json::String(a), Json::String(b)) => *a == b.replace("\\'", "'"),
        _ => a == b,
    }
}

fn short(value: &Json) -> String {
    value.to_string().chars().take(300).collect()
}

/// Compares one text layer with its baseline.
fn compare(data: &Path, name: &str) -> Result<(), String> {
    let file = data.join("usda").join(format!("{name}.usda"));
    let text = fs::read_to_string(data.join("baseline").join(format!("{name}.json"))).unwrap();
    let expected: Map<String, Json> = serde_json::from_str(&text).unwrap();
    // The baselines put a slash behind a variant's braces, which USD's own paths do not have.
    let plain = |(path, fields): (String, Json)| (path.replace("}/", "}"), fields);
    let expected: Map<String, Json> = expected.into_iter().map(plain).collect();
    let layer = usda::read_file(&file).map_err(|error| error.to_string())?;
    let mut seen = 0;
    for (path, spec) in layer.iter() {
        seen += 1;
        let path = path.to_string();
        let fields = expected
            .get(&path)
            .ok_or(format!("spec {path} is not in the baseline"))?;
        let mut fields = fields.as_object().unwrap().clone();
        for (field, value) in &spec.fields {
            let (field, value) = (field.as_str(), encode(value));
            let wanted = fields.remove(field);
            let plain = UNDECLARED
                .iter()
                .find(|(at, name, _)| *at == path && *name == field);
            let wanted = match plain {
                Some((.., text)) if name != "attributes" => serde_json::from_str(text).ok(),
                _ => wanted,
            };
            // USD states that a relationship is uniform, the baselines do not.
            let relates = field == "variability"
                && !expected[&path]
                    .as_object()
                    .unwrap()
                    .contains_key("typeName");
            if !relates && !wanted.as_ref().is_some_and(|wanted| same(&value, wanted)) {
                let (wanted, value) = (short(&json!(wanted)), short(&value));
                return Err(format!("{path} {field}: expected {wanted}, got {value}"));
            }
        }
        if let Some(field) = fields.keys().next() {
            return Err(format!("{path} {field} is missing"));
        }
    }
    let wanted = expected.len();
    if seen == wanted {
        Ok(())
    } else {
        Err(format!("expected {wanted} specs, got {seen}"))
    }
}

#[test]
fn text_layers_equal_their_baselines() {
    let Some(data) = folder("file_formats/tests/assets/text") else {
        return;
    };
    let mut names: Vec<String> = fs::read_dir(data.join("baseline"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    let mut equal = 0;
    let mut failures = Vec::new();
    for name in &names {
        let cause = DIFFERS.iter().find(|(differs, _)| differs == name);
        match (compare(&data, name), cause) {
            (Ok(()), None) => equal += 1,
            (Err(_), Some(_)) => {}
            (Ok(()), Some(_)) => failures.push(format!("{name}: the exception is not needed")),
            (Err(error), None) => failures.push(format!("{name}: {error}")),
        }
    }
    println!("text baselines: {equal} of {} equal", names.len());
    for (name, cause) in DIFFERS {
        println!("text baseline `{name}` differs: {cause}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn binary_layers_can_be_read_field_by_field() {
    let Some(data) = folder("file_formats/tests/assets/binary") else {
        return;
    };
    let (mut layers, mut fields, mut unread) = (0, 0, Vec::new());
    for entry in fs::read_dir(data).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "usdc") {
            continue;
        }
        let layer = usdc::CrateData::open(fs::read(&file).unwrap(), true);
        let layer = layer.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for path in layer.spec_paths() {
            for field in layer.list_fields(&path).unwrap_or_default() {
                match layer.get_field(&path, field.as_str()) {
                    Ok(_) => fields += 1,
                    Err(_) => unread.push(field),
                }
            }
        }
        layers += 1;
    }
    println!(
        "binary layers: {layers} read, {fields} fields, {} not",
        unread.len()
    );
    assert!(fields > layers, "layers hold fields");
    // The library reads no splines from binary layers (type 59 of the format).
    assert!(unread.iter().all(|field| field == "spline"), "{unread:?}");
    assert!(!unread.is_empty(), "the exception is not needed");
}
