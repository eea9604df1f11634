//! Typed attribute values: the type's USD name beside the value.

use nalgebra::{UnitQuaternion, Vector3};
use openusd::gf;
use openusd::sdf::{AssetPath, Value};

/// A value with the name of its USD type.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    /// Name of the type as text layers spell it.
    pub(crate) name: &'static str,
    /// The value.
    pub(crate) value: Value,
}

fn typed(name: &'static str, value: Value) -> Typed {
    Typed { name, value }
}

/// Nearest single-precision number; USD's physics schemas hold nothing finer.
fn narrow(v: f64) -> f32 {
    // Negative zero carries nothing and reads badly.
    v as f32 + 0.0
}

fn narrow3(v: [f64; 3]) -> gf::Vec3f {
    gf::vec3f(narrow(v[0]), narrow(v[1]), narrow(v[2]))
}

/// Removes the last digits of a length, which are rounding of scales and of the product of frames:
/// 1e-13 m is far below what anything measures.
pub(crate) fn tidy(v: f64) -> f64 {
    const DIGITS: f64 = 1e13;
    if v.abs() < 100.0 {
        (v * DIGITS).round() / DIGITS
    } else {
        v
    }
}

/// `double` that is a length.
pub(crate) fn length(v: f64) -> Typed {
    double(tidy(v))
}

/// `bool`.
pub(crate) fn truth(v: bool) -> Typed {
    typed("bool", Value::Bool(v))
}

/// `int`.
pub(crate) fn int(v: i32) -> Typed {
    typed("int", Value::Int(v))
}

/// `float`.
pub(crate) fn float(v: f64) -> Typed {
    typed("float", Value::Float(narrow(v)))
}

/// `double`.
pub(crate) fn double(v: f64) -> Typed {
    typed("double", Value::Double(v + 0.0))
}

/// `token`.
pub(crate) fn token(v: &str) -> Typed {
    typed("token", Value::Token(v.into()))
}

/// `token[]`.
pub(crate) fn tokens(v: &[&str]) -> Typed {
    typed(
        "token[]",
        Value::TokenVec(v.iter().map(|t| (*t).into()).collect()),
    )
}

/// `string`.
pub(crate) fn string(v: &str) -> Typed {
    typed("string", Value::String(v.to_owned()))
}

/// Two single-precision numbers.
pub(crate) fn float2(v: [f64; 2]) -> Typed {
    typed(
        "float2",
        Value::Vec2f(gf::vec2f(narrow(v[0]), narrow(v[1]))),
    )
}

/// Two double-precision numbers.
pub(crate) fn double2(v: [f64; 2]) -> Typed {
    typed("double2", Value::Vec2d(gf::vec2d(v[0] + 0.0, v[1] + 0.0)))
}

/// Four single-precision numbers.
pub(crate) fn float4(v: [f64; 4]) -> Typed {
    let [x, y, z, w] = v.map(narrow);
    typed("float4", Value::Vec4f(gf::vec4f(x, y, z, w)))
}

/// `float[]`.
pub(crate) fn floats(v: Vec<f32>) -> Typed {
    typed("float[]", Value::FloatVec(v))
}

/// A list of pairs under a role name such as `texCoord2f[]`.
pub(crate) fn pairs(role: &'static str, v: &[[f32; 2]]) -> Typed {
    let pairs = v.iter().map(|[x, y]| gf::vec2f(*x, *y));
    typed(role, Value::Vec2fVec(pairs.collect()))
}

/// `float4[]`.
pub(crate) fn quadruples(v: &[[f32; 4]]) -> Typed {
    let all = v.iter().map(|[x, y, z, w]| gf::vec4f(*x, *y, *z, *w));
    typed("float4[]", Value::Vec4fVec(all.collect()))
}

/// `string[]`.
pub(crate) fn strings(v: Vec<String>) -> Typed {
    typed("string[]", Value::StringVec(v))
}

/// `asset`.
pub(crate) fn asset(path: &str) -> Typed {
    typed("asset", Value::AssetPath(AssetPath::new(path)))
}

/// Three single-precision numbers under a role name such as `point3f` or `color3f`.
pub(crate) fn triple(role: &'static str, v: [f64; 3]) -> Typed {
    typed(role, Value::Vec3f(narrow3(v)))
}

/// Three double-precision numbers.
pub(crate) fn double3(v: [f64; 3]) -> Typed {
    typed(
        "double3",
        Value::Vec3d(gf::vec3d(v[0] + 0.0, v[1] + 0.0, v[2] + 0.0)),
    )
}

/// A list of triples under a role name such as `point3f[]`.
pub(crate) fn triples(role: &'static str, v: impl IntoIterator<Item = [f64; 3]>) -> Typed {
    typed(role, Value::Vec3fVec(v.into_iter().map(narrow3).collect()))
}

/// `int[]`.
pub(crate) fn ints(v: Vec<i32>) -> Typed {
    typed("int[]", Value::IntVec(v))
}

/// `double[]`.
pub(crate) fn doubles(v: &[f64]) -> Typed {
    typed(
        "double[]",
        Value::DoubleVec(v.iter().map(|x| x + 0.0).collect()),
    )
}

/// `quatf`.
pub(crate) fn quatf(q: &UnitQuaternion<f64>) -> Typed {
    typed("quatf", Value::Quatf(single(q)))
}

/// `quatd`.
pub(crate) fn quatd(q: &UnitQuaternion<f64>) -> Typed {
    let [w, x, y, z] = upright(q);
    typed("quatd", Value::Quatd(gf::quatd(w, x, y, z)))
}

/// `quatf[]`.
pub(crate) fn quatfs(v: impl IntoIterator<Item = UnitQuaternion<f64>>) -> Typed {
    typed(
        "quatf[]",
        Value::QuatfVec(v.into_iter().map(|q| single(&q)).collect()),
    )
}

fn single(q: &UnitQuaternion<f64>) -> gf::Quatf {
    let [w, x, y, z] = upright(q).map(narrow);
    gf::quatf(w, x, y, z)
}

/// Of the two quaternions of a turn the one with a real part above zero, without negative zeros.
fn upright(q: &UnitQuaternion<f64>) -> [f64; 4] {
    let parts = [q.w, q.i, q.j, q.k];
    let lead = parts.iter().find(|v| **v != 0.0).copied().unwrap_or(1.0);
    let sign = if lead < 0.0 { -1.0 } else { 1.0 };
    parts.map(|v| v * sign + 0.0)
}

/// Numbers of a vector.
pub(crate) fn array(v: &Vector3<f64>) -> [f64; 3] {
    [v.x, v.y, v.z]
}

/// Whether any number of the value is not a number.
pub(crate) fn has_nan(value: &Value) -> bool {
    let bad3 = |v: &gf::Vec3f| v.x.is_nan() || v.y.is_nan() || v.z.is_nan();
    match value {
        Value::Float(v) => v.is_nan(),
        Value::Double(v) => v.is_nan(),
        Value::DoubleVec(v) => v.iter().any(|x| x.is_nan()),
        Value::FloatVec(v) => v.iter().any(|x| x.is_nan()),
        Value::Vec2f(v) => v.x.is_nan() || v.y.is_nan(),
        Value::Vec2fVec(v) => v.iter().any(|v| v.x.is_nan() || v.y.is_nan()),
        Value::Vec4f(v) => [v.x, v.y, v.z, v.w].iter().any(|x| x.is_nan()),
        Value::Vec2d(v) => v.x.is_nan() || v.y.is_nan(),
        Value::Vec3f(v) => bad3(v),
        Value::Vec3d(v) => v.x.is_nan() || v.y.is_nan() || v.z.is_nan(),
        Value::Vec3fVec(v) => v.iter().any(bad3),
        Value::Quatf(q) => q.w.is_nan() || q.x.is_nan() || q.y.is_nan() || q.z.is_nan(),
        Value::Quatd(q) => q.w.is_nan() || q.x.is_nan() || q.y.is_nan() || q.z.is_nan(),
        _ => false,
    }
}

/// The same value in double precision, with the fewest digits that say the single-precision one.
///
/// The text writer prints single-precision numbers with all the digits of their double (`0.1` as
/// `0.10000000149011612`); printed from here they read as authored and parse back to the same bits.
pub(crate) fn for_text(value: Value) -> Value {
    let wide = |v: f32| {
        if v.is_finite() {
            v.to_string().parse().unwrap_or(f64::from(v))
        } else {
            f64::from(v)
        }
    };
    let wide3 = |v: &gf::Vec3f| gf::vec3d(wide(v.x), wide(v.y), wide(v.z));
    let wide4 = |q: &gf::Quatf| gf::quatd(wide(q.w), wide(q.x), wide(q.y), wide(q.z));
    match value {
        Value::Float(v) => Value::Double(wide(v)),
        Value::FloatVec(v) => Value::DoubleVec(v.iter().map(|x| wide(*x)).collect()),
        Value::Vec2f(v) => Value::Vec2d(gf::vec2d(wide(v.x), wide(v.y))),
        Value::Vec2fVec(v) => {
            let wide2 = v.iter().map(|v| gf::vec2d(wide(v.x), wide(v.y)));
            Value::Vec2dVec(wide2.collect())
        }
        Value::Vec4f(v) => Value::Vec4d(gf::vec4d(wide(v.x), wide(v.y), wide(v.z), wide(v.w))),
        Value::Vec3f(v) => Value::Vec3d(wide3(&v)),
        Value::Vec3fVec(v) => Value::Vec3dVec(v.iter().map(wide3).collect()),
        Value::Quatf(q) => Value::Quatd(wide4(&q)),
        Value::QuatfVec(v) => Value::QuatdVec(v.iter().map(wide4).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digits for text parse back to the very bits of the single-precision number.
    #[test]
    fn text_keeps_bits() {
        for v in [
            0.1_f32,
            1.0e-12,
            3.4e38,
            -9.81,
            1.0 / 3.0,
            f32::MIN_POSITIVE,
        ] {
            let Value::Double(wide) = for_text(Value::Float(v)) else {
                panic!("a float stays a number");
            };
            assert_eq!((wide as f32).to_bits(), v.to_bits());
            assert!(
                format!("{wide:e}").len() <= format!("{v:e}").len() + 1,
                "{wide}"
            );
        }
    }
}
