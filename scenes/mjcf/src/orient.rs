//! The five ways of writing an orientation, and frames.

use nalgebra::{Isometry3, Matrix3, Quaternion, Rotation3, Translation3, UnitQuaternion, Vector3};

use crate::error::MjcfError;
use crate::settings::Scope;
use crate::tree::Element;
use crate::values::{View, numbers};

/// Attributes that write an orientation.
pub(crate) const WAYS: [&str; 5] = ["quat", "axisangle", "xyaxes", "zaxis", "euler"];
/// Vectors shorter than this have no direction.
const TINY: f64 = 1e-14;

/// The orientation that an element or its nearest class writes; identity if none does.
///
/// # Errors
/// An element writes it in one way only, and not with a vector of no length.
pub(crate) fn orientation(
    view: &View<'_>,
    scope: &Scope,
) -> Result<UnitQuaternion<f64>, MjcfError> {
    for level in view.levels() {
        let mut written = WAYS.iter().filter(|way| level.text(way).is_some());
        let Some(way) = written.next() else {
            continue;
        };
        if written.next().is_some() {
            return Err(level.invalid("expected one orientation"));
        }
        return read(level, way, scope);
    }
    Ok(UnitQuaternion::identity())
}

fn read(level: &Element, way: &str, scope: &Scope) -> Result<UnitQuaternion<f64>, MjcfError> {
    let v = numbers(level.text(way).unwrap_or_default());
    let short = || level.invalid(format!("`{way}` has no length"));
    let axis = |k: usize| Vector3::new(v[k], v[k + 1], v[k + 2]);
    match way {
        "quat" => {
            let q = Quaternion::new(v[0], v[1], v[2], v[3]);
            if q == Quaternion::default() {
                return Err(short());
            }
            // As in MuJoCo, next to nothing is no turn.
            Ok(UnitQuaternion::try_new(q, TINY).unwrap_or_default())
        }
        "axisangle" => {
            let axis = axis(0).try_normalize(TINY).ok_or_else(short)?;
            let axis = nalgebra::Unit::new_unchecked(axis);
            Ok(UnitQuaternion::from_axis_angle(&axis, scope.angle(v[3])))
        }
        "xyaxes" => {
            let x = axis(0).try_normalize(TINY).ok_or_else(short)?;
            let y = axis(3);
            let y = (y - x * x.dot(&y)).try_normalize(TINY).ok_or_else(short)?;
            let columns = Matrix3::from_columns(&[x, y, x.cross(&y)]);
            let turn = Rotation3::from_matrix_unchecked(columns);
            Ok(UnitQuaternion::from_rotation_matrix(&turn))
        }
        "zaxis" => {
            let z = axis(0).try_normalize(TINY).ok_or_else(short)?;
            Ok(turn_z_to(&z))
        }
        _ => {
            if !scope.euler.iter().all(|c| "xyzXYZ".contains(*c)) {
                return Err(level.invalid("`eulerseq` takes three of the letters xyzXYZ"));
            }
            Ok(euler(
                [v[0], v[1], v[2]].map(|a| scope.angle(a)),
                scope.euler,
            ))
        }
    }
}

/// The shortest turn that takes z to a unit vector; about x if that is -z.
pub(crate) fn turn_z_to(z: &Vector3<f64>) -> UnitQuaternion<f64> {
    let across = Vector3::z().cross(z);
    let sine = across.norm();
    let axis = if sine < 1e-10 {
        Vector3::x()
    } else {
        across / sine
    };
    let axis = nalgebra::Unit::new_unchecked(axis);
    UnitQuaternion::from_axis_angle(&axis, sine.atan2(z.z))
}

/// Turns about three axes in order: small letters turn with the frame, capitals about fixed axes.
pub(crate) fn euler(angles: [f64; 3], order: [char; 3]) -> UnitQuaternion<f64> {
    let mut made = UnitQuaternion::identity();
    for (angle, letter) in angles.into_iter().zip(order) {
        let axis = match letter.to_ascii_lowercase() {
            'x' => Vector3::x_axis(),
            'y' => Vector3::y_axis(),
            _ => Vector3::z_axis(),
        };
        let turn = UnitQuaternion::from_axis_angle(&axis, angle);
        made = if letter.is_ascii_lowercase() {
            made * turn
        } else {
            turn * made
        };
    }
    made
}

/// `parent_from_element` of an element with position and orientation.
pub(crate) fn pose(view: &View<'_>, scope: &Scope) -> Result<Isometry3<f64>, MjcfError> {
    let position = Vector3::from(view.fill("pos", [0.0; 3]));
    let turn = orientation(view, scope)?;
    Ok(Isometry3::from_parts(Translation3::from(position), turn))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::FRAC_PI_2;

    /// Small letters: x then the turned y. Capitals: x then the fixed y. To rounding.
    #[test]
    fn euler_letters() {
        let moving = euler([FRAC_PI_2, FRAC_PI_2, 0.0], ['x', 'y', 'z']);
        let fixed = euler([FRAC_PI_2, FRAC_PI_2, 0.0], ['X', 'Y', 'Z']);
        assert!((moving * Vector3::z() - Vector3::x()).norm() < 1e-15);
        assert!((fixed * Vector3::z() + Vector3::y()).norm() < 1e-15);
    }

    /// z lands on the vector, also straight down.
    #[test]
    fn z_lands_on_its_target() {
        for v in [
            [0.0, 0.0, -1.0],
            [0.0, 0.0, 1.0],
            [0.6, 0.0, 0.8],
            [0.0, 1.0, 0.0],
        ] {
            let v = Vector3::from(v);
            assert!((turn_z_to(&v) * Vector3::z() - v).norm() < 1e-15);
        }
    }
}
