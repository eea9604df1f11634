//! Values in the canonical form: JSON without NaN, long arrays as hash and extremes.

use openusd::gf::{self, f16};
use openusd::sdf::{self, AssetPath, Value};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::expression::{self, quoted};
use super::hex;
use crate::open::Scene;

/// Arrays up to this length are written out.
const INLINE: usize = 8;

/// A double as JSON: non-finite numbers are the words `nan`, `inf`, `-inf`; minus zero is zero.
pub(super) fn float(x: f64) -> Json {
    if x.is_nan() {
        json!("nan")
    } else if x.is_infinite() {
        json!(if x > 0.0 { "inf" } else { "-inf" })
    } else {
        json!(if x == 0.0 { 0.0 } else { x })
    }
}

fn floats(values: &[f64]) -> Json {
    Json::Array(values.iter().map(|x| float(*x)).collect())
}

/// How one element of an array is written, hashed and ranged.
trait Element {
    /// The element as JSON.
    fn json(&self) -> Json;
    /// Appends its little-endian bytes.
    fn bytes(&self, out: &mut Vec<u8>);
    /// Its components as doubles.
    fn parts(&self) -> Vec<f64>;
}

macro_rules! whole {
    ($($kind:ty),*) => {$(
        impl Element for $kind {
            fn json(&self) -> Json {
                json!(*self)
            }
            fn bytes(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn parts(&self) -> Vec<f64> {
                vec![*self as f64]
            }
        }
    )*};
}
whole!(u8, i32, u32, i64, u64);

macro_rules! real {
    ($($kind:ty),*) => {$(
        impl Element for $kind {
            fn json(&self) -> Json {
                float(f64::from(*self))
            }
            fn bytes(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn parts(&self) -> Vec<f64> {
                vec![f64::from(*self)]
            }
        }
    )*};
}
real!(f16, f32);

impl Element for f64 {
    fn json(&self) -> Json {
        float(*self)
    }
    fn bytes(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
    fn parts(&self) -> Vec<f64> {
        vec![*self]
    }
}

impl Element for bool {
    fn json(&self) -> Json {
        json!(*self)
    }
    fn bytes(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn parts(&self) -> Vec<f64> {
        vec![f64::from(u8::from(*self))]
    }
}

impl Element for sdf::TimeCode {
    fn json(&self) -> Json {
        float(self.value())
    }
    fn bytes(&self, out: &mut Vec<u8>) {
        self.value().bytes(out);
    }
    fn parts(&self) -> Vec<f64> {
        vec![self.value()]
    }
}

macro_rules! tuple {
    ($($kind:ty: $($part:ident)*;)*) => {$(
        impl Element for $kind {
            fn json(&self) -> Json {
                Json::Array(vec![$(self.$part.json()),*])
            }
            fn bytes(&self, out: &mut Vec<u8>) {
                $(self.$part.bytes(out);)*
            }
            fn parts(&self) -> Vec<f64> {
                let mut out = Vec::with_capacity(4);
                $(out.extend(self.$part.parts());)*
                out
            }
        }
    )*};
}
tuple! {
    gf::Vec2h: x y; gf::Vec2f: x y; gf::Vec2d: x y; gf::Vec2i: x y;
    gf::Vec3h: x y z; gf::Vec3f: x y z; gf::Vec3d: x y z; gf::Vec3i: x y z;
    gf::Vec4h: x y z w; gf::Vec4f: x y z w; gf::Vec4d: x y z w; gf::Vec4i: x y z w;
    gf::Quath: w x y z; gf::Quatf: w x y z; gf::Quatd: w x y z;
}

macro_rules! matrix {
    ($($kind:ty),*) => {$(
        impl Element for $kind {
            fn json(&self) -> Json {
                floats(&self.0)
            }
            fn bytes(&self, out: &mut Vec<u8>) {
                self.0.iter().for_each(|x| x.bytes(out));
            }
            fn parts(&self) -> Vec<f64> {
                self.0.to_vec()
            }
        }
    )*};
}
matrix!(gf::Mat2d, gf::Mat3d, gf::Matrix4d);

/// An array: written out when short, else its length, hash, extremes, first and last element.
fn array<T: Element>(values: &[T]) -> Json {
    let (Some(first), Some(last), true) = (values.first(), values.last(), values.len() > INLINE)
    else {
        return Json::Array(values.iter().map(Element::json).collect());
    };
    let mut hash = Sha256::new();
    let mut bytes = Vec::with_capacity(1 << 16);
    let (mut low, mut high) = (first.parts(), first.parts());
    for value in values {
        value.bytes(&mut bytes);
        if bytes.len() >= 1 << 16 {
            hash.update(&bytes);
            bytes.clear();
        }
        for (k, x) in value.parts().into_iter().enumerate() {
            // NaN is left out unless nothing else was seen.
            if x < low[k] || low[k].is_nan() {
                low[k] = x;
            }
            if x > high[k] || high[k].is_nan() {
                high[k] = x;
            }
        }
    }
    hash.update(&bytes);
    let extreme = |parts: &[f64]| match parts {
        [x] => float(*x),
        many => floats(many),
    };
    json!({
        "n": values.len(),
        "sha": hex(&hash.finalize()[..8]),
        "head": first.json(),
        "tail": last.json(),
        "min": extreme(&low),
        "max": extreme(&high),
    })
}

/// An array of texts: the hash runs over UTF-8 bytes, each text followed by a zero byte.
fn texts<'a>(values: impl ExactSizeIterator<Item = &'a str>) -> Json {
    let values: Vec<&str> = values.collect();
    let (Some(first), Some(last), true) = (values.first(), values.last(), values.len() > INLINE)
    else {
        return json!(values);
    };
    let mut hash = Sha256::new();
    for text in &values {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    json!({
        "n": values.len(),
        "sha": hex(&hash.finalize()[..8]),
        "head": first,
        "tail": last,
    })
}

fn asset(scene: &Scene, path: &AssetPath) -> Json {
    let mut out = Map::new();
    out.insert("@".to_owned(), json!(path.asset_path()));
    if let Some(resolved) = path.resolved_path().filter(|text| !text.is_empty()) {
        out.insert("resolved".to_owned(), json!(scene.relative(resolved)));
    }
    Json::Object(out)
}

/// The text in which the reference prints an array of asset paths or expressions.
fn listed(items: impl Iterator<Item = String>) -> Json {
    json!(format!("[{}]", items.collect::<Vec<_>>().join(", ")))
}

fn quoted_asset(path: &AssetPath) -> String {
    format!("@{}@", path.asset_path())
}

/// Any value in the canonical form.
pub(super) fn value(scene: &Scene, value: &Value) -> Json {
    match value {
        Value::Bool(x) => json!(x),
        Value::Uchar(x) => json!(x),
        Value::Int(x) => json!(x),
        Value::Uint(x) => json!(x),
        Value::Int64(x) => json!(x),
        Value::Uint64(x) => json!(x),
        Value::Half(x) => x.json(),
        Value::Float(x) => x.json(),
        Value::Double(x) => float(*x),
        Value::TimeCode(x) => float(x.value()),
        Value::String(x) => json!(x),
        Value::UnregisteredValue(x) => json!(format!("Sdf.UnregisteredValue({})", quoted(x))),
        Value::Token(x) => json!(x.as_str()),
        Value::AssetPath(x) => asset(scene, x),
        Value::PathExpression(x) => json!(expression::printed(x)),
        Value::Dictionary(map) | Value::UnregisteredDictionary(map) => Json::Object(
            sorted(map)
                .map(|(k, v)| (k.clone(), self::value(scene, v)))
                .collect(),
        ),
        Value::VariantSelectionMap(map) => json!(map),
        Value::ValueVec(items) => {
            Json::Array(items.iter().map(|item| self::value(scene, item)).collect())
        }
        Value::Specifier(x) => json!(format!("{x:?}")),
        Value::Permission(x) => json!(format!("{x:?}")),
        Value::Variability(x) => json!(format!("{x:?}")),
        Value::ValueBlock => json!({ "block": true }),
        other => small(other).unwrap_or_else(|| arrays(other)),
    }
}

fn sorted(
    map: &std::collections::HashMap<String, Value>,
) -> impl Iterator<Item = (&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries.into_iter()
}

/// Vectors, quaternions and matrices.
fn small(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Vec2h(x) => x.json(),
        Value::Vec2f(x) => x.json(),
        Value::Vec2d(x) => x.json(),
        Value::Vec2i(x) => x.json(),
        Value::Vec3h(x) => x.json(),
        Value::Vec3f(x) => x.json(),
        Value::Vec3d(x) => x.json(),
        Value::Vec3i(x) => x.json(),
        Value::Vec4h(x) => x.json(),
        Value::Vec4f(x) => x.json(),
        Value::Vec4d(x) => x.json(),
        Value::Vec4i(x) => x.json(),
        Value::Quath(x) => x.json(),
        Value::Quatf(x) => x.json(),
        Value::Quatd(x) => x.json(),
        Value::Matrix2d(x) => x.json(),
        Value::Matrix3d(x) => x.json(),
        Value::Matrix4d(x) => x.json(),
        _ => return None,
    })
}

/// Arrays of one element type.
fn arrays(value: &Value) -> Json {
    match value {
        Value::BoolVec(x) => array(x),
        Value::UcharVec(x) => array(x),
        Value::IntVec(x) => array(x),
        Value::UintVec(x) => array(x),
        Value::Int64Vec(x) => array(x),
        Value::Uint64Vec(x) => array(x),
        Value::HalfVec(x) => array(x),
        Value::FloatVec(x) => array(x),
        Value::DoubleVec(x) => array(x),
        Value::TimeCodeVec(x) => array(x),
        Value::Vec2hVec(x) => array(x),
        Value::Vec2fVec(x) => array(x),
        Value::Vec2dVec(x) => array(x),
        Value::Vec2iVec(x) => array(x),
        Value::Vec3hVec(x) => array(x),
        Value::Vec3fVec(x) => array(x),
        Value::Vec3dVec(x) => array(x),
        Value::Vec3iVec(x) => array(x),
        Value::Vec4hVec(x) => array(x),
        Value::Vec4fVec(x) => array(x),
        Value::Vec4dVec(x) => array(x),
        Value::Vec4iVec(x) => array(x),
        Value::QuathVec(x) => array(x),
        Value::QuatfVec(x) => array(x),
        Value::QuatdVec(x) => array(x),
        Value::Matrix2dVec(x) => array(x),
        Value::Matrix3dVec(x) => array(x),
        Value::Matrix4dVec(x) => array(x),
        Value::StringVec(x) => texts(x.iter().map(String::as_str)),
        Value::TokenVec(x) => texts(x.iter().map(openusd::tf::Token::as_str)),
        Value::PathVec(x) => texts(x.iter().map(sdf::Path::as_str)),
        Value::AssetPathVec(x) => listed(x.iter().map(quoted_asset)),
        Value::PathExpressionVec(x) => listed(x.iter().map(expression::text)),
        _ => Json::Null,
    }
}

/// An array of 4×4 matrices, row-major with the translation in the last row.
pub(super) fn matrices(values: &[nalgebra::Matrix4<f64>]) -> Json {
    let rows: Vec<gf::Matrix4d> = values.iter().map(to_rows).collect();
    array(&rows)
}

/// One 4×4 matrix, row-major with the translation in the last row.
pub(super) fn matrix(value: &nalgebra::Matrix4<f64>) -> Json {
    floats(&to_rows(value).0)
}

fn to_rows(value: &nalgebra::Matrix4<f64>) -> gf::Matrix4d {
    // Column-major storage for column vectors is row-major storage for row vectors.
    let mut rows = [0.0; 16];
    rows.copy_from_slice(value.as_slice());
    gf::Matrix4d(rows)
}
