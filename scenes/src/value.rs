//! Values of USD properties as plain `f64` numbers.

use openusd::sdf::Value;

/// What is read of a file before anything is calculated with it.
pub(crate) trait Usable {
    /// Whether all numbers in it can be calculated with. A single number may be infinite: many
    /// schemas write "no limit" that way.
    fn is_usable(&self) -> bool;
}

impl Usable for f64 {
    fn is_usable(&self) -> bool {
        !self.is_nan()
    }
}

impl<const N: usize> Usable for [f64; N] {
    fn is_usable(&self) -> bool {
        self.iter().all(|v| v.is_finite())
    }
}

impl<T: Usable> Usable for Vec<T> {
    fn is_usable(&self) -> bool {
        self.iter().all(Usable::is_usable)
    }
}

/// Numbers whose reader knows what infinities mean.
pub(crate) struct Unchecked(pub(crate) [f64; 3]);

impl Usable for Unchecked {
    fn is_usable(&self) -> bool {
        true
    }
}

impl<T: Usable> Usable for Option<T> {
    fn is_usable(&self) -> bool {
        self.as_ref().is_none_or(Usable::is_usable)
    }
}

impl Usable for openusd::sdf::AssetPath {
    fn is_usable(&self) -> bool {
        true
    }
}

impl Usable for bool {
    fn is_usable(&self) -> bool {
        true
    }
}

impl Usable for i64 {
    fn is_usable(&self) -> bool {
        true
    }
}

impl Usable for String {
    fn is_usable(&self) -> bool {
        true
    }
}

/// Lengths from here on [m] are none that a plant has, and overflow in single precision when they
/// are cubed.
pub(crate) const BEYOND: f64 = 1e12;

/// Whether a length can be calculated with.
pub(crate) fn is_within_measure(length: f64) -> bool {
    length.abs() < BEYOND
}

/// Whether all of them can.
pub(crate) fn within_measure<'v>(lengths: impl IntoIterator<Item = &'v f64>) -> bool {
    lengths.into_iter().all(|v| is_within_measure(*v))
}

/// Whether a unit of length or mass is one that somebody measures plants in.
pub(crate) fn is_unit(si: f64) -> bool {
    (1e-12..=1e12).contains(&si)
}

/// The number that the author wrote: the shortest decimal that reads back as this `f32`.
///
/// Most of UsdPhysics is single precision; 0.1807 in a file means 0.1807, not the nearest `f32`.
pub(crate) fn decimal(x: f32) -> f64 {
    // Nearly all numbers in files have few digits behind the point: the least that will do.
    let wide = f64::from(x);
    if wide.abs() < 1e7 {
        for power in [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8] {
            let short = (wide * power).round() / power;
            if short as f32 == x {
                return short;
            }
        }
    }
    if x.is_finite() {
        x.to_string().parse().unwrap_or(f64::from(x))
    } else {
        f64::from(x)
    }
}

/// A single number of any width.
pub(crate) fn number(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Double(x) => *x,
        Value::Float(x) => decimal(*x),
        Value::Half(x) => decimal(x.to_f32()),
        Value::Int(x) => f64::from(*x),
        Value::Uint(x) => f64::from(*x),
        Value::Uchar(x) => f64::from(*x),
        Value::Int64(x) => *x as f64,
        Value::Uint64(x) => *x as f64,
        _ => return None,
    })
}

/// A truth value, also where a file says 0 or 1.
pub(crate) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(x) => Some(*x),
        other => number(other).map(|x| x != 0.0),
    }
}

/// A token or a string.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Token(x) => Some(x.as_str().to_owned()),
        Value::String(x) => Some(x.clone()),
        _ => None,
    }
}

/// A list of tokens.
pub(crate) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::TokenVec(x) => Some(x.iter().map(|t| t.as_str().to_owned()).collect()),
        Value::StringVec(x) => Some(x.clone()),
        _ => None,
    }
}

/// Two numbers.
pub(crate) fn pair(value: &Value) -> Option<[f64; 2]> {
    Some(match value {
        Value::Vec2d(v) => [v.x, v.y],
        Value::Vec2f(v) => [v.x, v.y].map(decimal),
        Value::Vec2h(v) => [v.x, v.y].map(|x| decimal(x.to_f32())),
        Value::Vec2i(v) => [v.x, v.y].map(f64::from),
        _ => return None,
    })
}

/// Three numbers.
pub(crate) fn triple(value: &Value) -> Option<[f64; 3]> {
    Some(match value {
        Value::Vec3d(v) => [v.x, v.y, v.z],
        Value::Vec3f(v) => [v.x, v.y, v.z].map(decimal),
        Value::Vec3h(v) => [v.x, v.y, v.z].map(|x| decimal(x.to_f32())),
        Value::Vec3i(v) => [v.x, v.y, v.z].map(f64::from),
        _ => return None,
    })
}

/// Four numbers.
pub(crate) fn quadruple(value: &Value) -> Option<[f64; 4]> {
    Some(match value {
        Value::Vec4d(v) => [v.x, v.y, v.z, v.w],
        Value::Vec4f(v) => [v.x, v.y, v.z, v.w].map(decimal),
        Value::Vec4h(v) => [v.x, v.y, v.z, v.w].map(|x| decimal(x.to_f32())),
        Value::Vec4i(v) => [v.x, v.y, v.z, v.w].map(f64::from),
        _ => return None,
    })
}

/// One number or a vector of up to four, as a list.
pub(crate) fn few(value: &Value) -> Option<Vec<f64>> {
    let one = || number(value).map(|v| vec![v]);
    let two = || pair(value).map(|v| v.to_vec());
    let three = || triple(value).map(|v| v.to_vec());
    let four = || quadruple(value).map(|v| v.to_vec());
    one().or_else(two).or_else(three).or_else(four)
}

/// A list of four numbers each.
pub(crate) fn quadruples(value: &Value) -> Option<Vec<[f64; 4]>> {
    Some(match value {
        Value::Vec4dVec(x) => x.iter().map(|v| [v.x, v.y, v.z, v.w]).collect(),
        Value::Vec4fVec(x) => x
            .iter()
            .map(|v| [v.x, v.y, v.z, v.w].map(decimal))
            .collect(),
        _ => return None,
    })
}

/// A quaternion, real part first.
pub(crate) fn quaternion(value: &Value) -> Option<[f64; 4]> {
    Some(match value {
        Value::Quatd(q) => [q.w, q.x, q.y, q.z],
        Value::Quatf(q) => [q.w, q.x, q.y, q.z].map(decimal),
        Value::Quath(q) => [q.w, q.x, q.y, q.z].map(|x| decimal(x.to_f32())),
        _ => return None,
    })
}

/// A matrix by rows, for row vectors, as USD stores it.
pub(crate) fn matrix(value: &Value) -> Option<[f64; 16]> {
    match value {
        Value::Matrix4d(m) => Some(m.0),
        _ => None,
    }
}

/// A list of whole numbers.
pub(crate) fn integers(value: &Value) -> Option<Vec<i64>> {
    match value {
        Value::IntVec(x) => Some(x.iter().map(|i| i64::from(*i)).collect()),
        Value::UintVec(x) => Some(x.iter().map(|i| i64::from(*i)).collect()),
        Value::Int64Vec(x) => Some(x.clone()),
        _ => None,
    }
}

/// A list of numbers.
pub(crate) fn numbers(value: &Value) -> Option<Vec<f64>> {
    Some(match value {
        Value::DoubleVec(x) => x.to_vec(),
        Value::FloatVec(x) => x.iter().map(|v| decimal(*v)).collect(),
        other => integers(other)?.into_iter().map(|v| v as f64).collect(),
    })
}

/// A list of quaternions, real part first.
pub(crate) fn quaternions(value: &Value) -> Option<Vec<[f64; 4]>> {
    Some(match value {
        Value::QuatdVec(x) => x.iter().map(|q| [q.w, q.x, q.y, q.z]).collect(),
        Value::QuatfVec(x) => x
            .iter()
            .map(|q| [q.w, q.x, q.y, q.z].map(f64::from))
            .collect(),
        Value::QuathVec(x) => x
            .iter()
            .map(|q| [q.w, q.x, q.y, q.z].map(|c| f64::from(c.to_f32())))
            .collect(),
        _ => return None,
    })
}

/// A list of points or directions.
pub(crate) fn triples(value: &Value) -> Option<Vec<[f64; 3]>> {
    Some(match value {
        Value::Vec3dVec(x) => x.iter().map(|v| [v.x, v.y, v.z]).collect(),
        Value::Vec3fVec(x) => x.iter().map(|v| [v.x, v.y, v.z].map(decimal)).collect(),
        Value::Vec3hVec(x) => x
            .iter()
            .map(|v| [v.x, v.y, v.z].map(|c| decimal(c.to_f32())))
            .collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number typed with up to six digits survives single precision unchanged.
    #[test]
    fn decimals_survive() {
        for (narrow, wide) in [(0.1807_f32, 0.1807), (-0.6127, -0.6127), (1e-10, 1e-10)] {
            assert_eq!(decimal(narrow), wide);
        }
        assert!(decimal(f32::INFINITY).is_infinite());
        // The short way and the long way are one: a walk over many magnitudes.
        let mut x = 1.7e-9_f32;
        while x < 1e12 {
            assert_eq!(decimal(x), x.to_string().parse::<f64>().unwrap(), "{x}");
            assert_eq!(decimal(-x), -decimal(x));
            x *= 1.000_37;
        }
    }
}
