//! Values between two samples, mixed with the roundings of USD.

use openusd::gf::{self, f16};
use openusd::sdf::{TimeCode, Value};

/// Closer than this the arc between two quaternions is taken for a line.
const CLOSE: f64 = 1e-5;

/// How one kind of element mixes.
trait Mix: Sized {
    /// The element at a share of the way to another.
    fn mix(&self, to: &Self, share: f64) -> Self;
}

impl Mix for f64 {
    fn mix(&self, to: &Self, share: f64) -> Self {
        (1.0 - share) * self + share * to
    }
}

impl Mix for f32 {
    fn mix(&self, to: &Self, share: f64) -> Self {
        f64::from(*self).mix(&f64::from(*to), share) as Self
    }
}

impl Mix for f16 {
    fn mix(&self, to: &Self, share: f64) -> Self {
        Self::from_f32(self.to_f64().mix(&to.to_f64(), share) as f32)
    }
}

impl Mix for TimeCode {
    fn mix(&self, to: &Self, share: f64) -> Self {
        self.value().mix(&to.value(), share).into()
    }
}

/// A part of a vector of doubles.
fn double(a: f64, b: f64, share: f64) -> f64 {
    a.mix(&b, share)
}

/// A part of a vector of floats: both products are rounded before they are added.
fn single(a: f32, b: f32, share: f64) -> f32 {
    (f64::from(a) * (1.0 - share)) as f32 + (f64::from(b) * share) as f32
}

/// A part of a vector of halves: as of floats, in halves.
fn half(a: f16, b: f16, share: f64) -> f16 {
    let scaled = |x: f16, by: f64| f16::from_f32(x.to_f32() * by as f32);
    f16::from_f32(scaled(a, 1.0 - share).to_f32() + scaled(b, share).to_f32())
}

macro_rules! vectors {
    ($($kind:ident by $part:ident: $($name:ident)*;)*) => {$(
        impl Mix for gf::$kind {
            fn mix(&self, to: &Self, share: f64) -> Self {
                Self { $($name: $part(self.$name, to.$name, share)),* }
            }
        }
    )*};
}
vectors! {
    Vec2h by half: x y; Vec3h by half: x y z; Vec4h by half: x y z w;
    Vec2f by single: x y; Vec3f by single: x y z; Vec4f by single: x y z w;
    Vec2d by double: x y; Vec3d by double: x y z; Vec4d by double: x y z w;
}

macro_rules! matrices {
    ($($kind:ident)*) => {$(
        impl Mix for gf::$kind {
            fn mix(&self, to: &Self, share: f64) -> Self {
                Self(std::array::from_fn(|k| self.0[k].mix(&to.0[k], share)))
            }
        }
    )*};
}
matrices! { Mat2d Mat3d Matrix4d }

/// The parts of two quaternions that go into the one between them.
///
/// They are taken as they are, not made units first; `cosine` is that of the angle between them.
fn shares(cosine: f64, share: f64) -> (f64, f64) {
    let (cosine, sign) = if cosine < 0.0 {
        (-cosine, -1.0)
    } else {
        (cosine, 1.0)
    };
    let (keep, take) = if 1.0 - cosine > CLOSE {
        let angle = cosine.acos();
        let sine = angle.sin();
        (
            ((1.0 - share) * angle).sin() / sine,
            (share * angle).sin() / sine,
        )
    } else {
        (1.0 - share, share)
    };
    (keep, sign * take)
}

impl Mix for gf::Quatd {
    fn mix(&self, to: &Self, share: f64) -> Self {
        let (a, b) = ([self.w, self.x, self.y, self.z], [to.w, to.x, to.y, to.z]);
        let cosine = a[1] * b[1] + a[2] * b[2] + a[3] * b[3] + a[0] * b[0];
        let (keep, take) = shares(cosine, share);
        Self::from(std::array::from_fn(|k| keep * a[k] + take * b[k]))
    }
}

impl Mix for gf::Quatf {
    fn mix(&self, to: &Self, share: f64) -> Self {
        let (a, b) = ([self.w, self.x, self.y, self.z], [to.w, to.x, to.y, to.z]);
        let cosine = a[1] * b[1] + a[2] * b[2] + a[3] * b[3] + a[0] * b[0];
        let (keep, take) = shares(cosine.into(), share);
        Self::from(std::array::from_fn(|k| {
            keep as f32 * a[k] + take as f32 * b[k]
        }))
    }
}

impl Mix for gf::Quath {
    fn mix(&self, to: &Self, share: f64) -> Self {
        let wide = |q: &Self| [q.w, q.x, q.y, q.z].map(f16::to_f32);
        let (a, b) = (wide(self), wide(to));
        let round = |x: f32| f16::from_f32(x).to_f32();
        let cosine = round(round(a[1] * b[1] + a[2] * b[2] + a[3] * b[3]) + a[0] * b[0]);
        let (keep, take) = shares(cosine.into(), share);
        let (keep, take) = (round(keep as f32), round(take as f32));
        let part = |k: usize| f16::from_f32(round(keep * a[k]) + round(take * b[k]));
        Self::from(std::array::from_fn(part))
    }
}

fn all<T: Mix>(low: &[T], high: &[T], share: f64) -> Option<Vec<T>> {
    let mixed = low.iter().zip(high).map(|(a, b)| a.mix(b, share));
    (low.len() == high.len()).then(|| mixed.collect())
}

/// The value at a share of the way from one to the other; `None` if such values are held.
pub(super) fn mix(low: &Value, high: &Value, share: f64) -> Option<Value> {
    macro_rules! kinds {
        ($($one:ident $many:ident),*) => {
            match (low, high) {
                $((Value::$one(a), Value::$one(b)) => Some(Value::$one(a.mix(b, share))),
                (Value::$many(a), Value::$many(b)) => all(a, b, share).map(Value::$many),)*
                _ => None,
            }
        };
    }
    kinds!(
        Half HalfVec, Float FloatVec, Double DoubleVec, TimeCode TimeCodeVec,
        Vec2h Vec2hVec, Vec2f Vec2fVec, Vec2d Vec2dVec,
        Vec3h Vec3hVec, Vec3f Vec3fVec, Vec3d Vec3dVec,
        Vec4h Vec4hVec, Vec4f Vec4fVec, Vec4d Vec4dVec,
        Quath QuathVec, Quatf QuatfVec, Quatd QuatdVec,
        Matrix2d Matrix2dVec, Matrix3d Matrix3dVec, Matrix4d Matrix4dVec
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Halfway between no turn and a quarter turn about z is an eighth; cos and sin of 22.5°.
    #[test]
    fn halfway_is_half_the_angle() {
        let quarter = std::f64::consts::FRAC_1_SQRT_2;
        let to = gf::quatd(quarter, 0.0, 0.0, quarter);
        let found = gf::Quatd::IDENTITY.mix(&to, 0.5);
        let eighth = std::f64::consts::FRAC_PI_8;
        // Two roundings of a cosine and a division.
        assert!((found.w - eighth.cos()).abs() < 1e-15 && (found.z - eighth.sin()).abs() < 1e-15);
    }

    /// Quaternions that are no units mix as they are: beyond a cosine of one, on a line.
    #[test]
    fn long_quaternions_mix_on_a_line() {
        let found = gf::quatd(2.0, 0.0, 0.0, 0.0).mix(&gf::quatd(4.0, 2.0, 0.0, 0.0), 0.5);
        assert_eq!(found, gf::quatd(3.0, 1.0, 0.0, 0.0));
    }

    /// Numbers of one kind mix; other kinds, lengths that differ and words do not.
    #[test]
    fn only_like_numbers_mix() {
        let (low, high) = (Value::Float(1.0), Value::Float(3.0));
        assert_eq!(mix(&low, &high, 0.5), Some(Value::Float(2.0)));
        assert_eq!(mix(&low, &Value::Double(3.0), 0.5), None, "kinds differ");
        let words = [Value::String("a".into()), Value::String("b".into())];
        assert_eq!(mix(&words[0], &words[1], 0.5), None);
        let arrays = [Value::FloatVec(vec![1.0]), Value::FloatVec(vec![1.0, 2.0])];
        assert_eq!(mix(&arrays[0], &arrays[1], 0.5), None, "lengths differ");
    }
}
