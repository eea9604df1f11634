//! Masses and inertia tensors into principal moments and axes.

use halle_world::Severity;
use halle_world::components::AuthoredMass;
use nalgebra::{Matrix3, Rotation3, UnitQuaternion, Vector3};

use crate::reader::{Reader, child};
use crate::robot::Inertial;

/// How far moments may miss the triangle inequality by rounding of what files write, relative.
const SLACK: f64 = 1e-3;
/// How far below zero rounding can leave a moment that is zero, relative to the largest.
const ROUNDING: f64 = 1e-9;

/// The mass of a link; what cannot be the inertia of a body is said. It is kept as it is written,
/// but for negative moments: with these a body would turn against what turns it.
pub(crate) fn mass(reader: &Reader<'_>, inertial: &Inertial<'_>) -> AuthoredMass {
    let mut made = AuthoredMass {
        mass: Some(inertial.mass),
        density: None,
        center_of_mass: Some(inertial.origin.translation.vector),
        diagonal_inertia: None,
        principal_axes: UnitQuaternion::identity(),
    };
    let element = child(inertial.element, "inertia").unwrap_or(inertial.element);
    let say = |code: &'static str, message: String, help: &str| {
        reader.find(Severity::Warning, code, (element, ""), message, help);
    };
    let Some(tensor) = inertial.inertia.filter(|i| *i != Matrix3::zeros()) else {
        let message = "link has a mass but no inertia: its colliders spread the mass".to_owned();
        say("UR0106", message, "author `inertia`");
        return made;
    };
    let (moments, axes) = principal(&tensor);
    made.diagonal_inertia = Some(moments);
    made.principal_axes = inertial.origin.rotation * axes;
    let (least, largest) = (moments.min(), moments.max());
    if least < 0.0 {
        made.diagonal_inertia = (least > -ROUNDING * largest).then(|| moments.map(|m| m.max(0.0)));
    }
    if least <= 0.0 {
        let message = format!("inertia is not positive definite: its least moment is {least:.3e}");
        say(
            "UR0106",
            message,
            "correct the tensor; signs of the products are a common cause",
        );
    } else if 2.0 * largest > moments.sum() * (1.0 + SLACK) {
        let others = moments.sum() - largest;
        let message = format!(
            "inertia is that of no body: one moment, {largest:.3e}, exceeds the sum of the others, {others:.3e}"
        );
        say(
            "UR0107",
            message,
            "correct the tensor; a wrong unit is a common cause",
        );
    }
    made
}

/// Principal moments \[kg m^2\] and the frame of the tensor from its principal axes. A diagonal
/// tensor keeps its axes and their order.
pub(crate) fn principal(tensor: &Matrix3<f64>) -> (Vector3<f64>, UnitQuaternion<f64>) {
    let off = tensor.m12.abs() + tensor.m13.abs() + tensor.m23.abs();
    if off == 0.0 {
        return (tensor.diagonal(), UnitQuaternion::identity());
    }
    let eigen = tensor.symmetric_eigen();
    let mut order = [0, 1, 2];
    order.sort_by(|a, b| eigen.eigenvalues[*a].total_cmp(&eigen.eigenvalues[*b]));
    let moments = Vector3::from(order.map(|k| eigen.eigenvalues[k]));
    let [x, y] = [order[0], order[1]].map(|k| eigen.eigenvectors.column(k).into_owned());
    // The third axis by the right hand, whatever sign the decomposition chose.
    let axes = Matrix3::from_columns(&[x, y, x.cross(&y)]);
    let turn = Rotation3::from_matrix_unchecked(axes);
    (moments, UnitQuaternion::from_rotation_matrix(&turn))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments and axes make the tensor again: R diag(m) R^T = I, to rounding; the axes are right
    /// handed, so that a quaternion can hold them.
    #[test]
    fn principal_axes_make_the_tensor() {
        let turn = Rotation3::from_euler_angles(0.3, -1.2, 2.0);
        for moments in [
            [1.0, 2.0, 2.5],
            [0.5, 0.5, 0.7],
            [3.0, 3.0, 3.0],
            [1e-9, 1.0, 1.0],
        ] {
            let diagonal = Matrix3::from_diagonal(&Vector3::from(moments));
            let tensor = turn * diagonal * turn.inverse();
            let symmetric = (tensor + tensor.transpose()) / 2.0;
            let (found, axes) = principal(&symmetric);
            let axes = axes.to_rotation_matrix();
            let made = axes * Matrix3::from_diagonal(&found) * axes.inverse();
            assert!((made - symmetric).norm() < 1e-14, "{moments:?} {found}");
        }
    }

    /// A diagonal tensor is left as it is.
    #[test]
    fn diagonal_stays() {
        let tensor = Matrix3::from_diagonal(&Vector3::new(3.0, 1.0, 2.5));
        let (moments, axes) = principal(&tensor);
        assert_eq!(moments, Vector3::new(3.0, 1.0, 2.5));
        assert_eq!(axes, UnitQuaternion::identity());
    }
}
