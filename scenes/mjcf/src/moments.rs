//! Principal moments of inertia and their axes.

use nalgebra::{Matrix3, SymmetricEigen, UnitQuaternion, Vector3};

/// Principal moments, largest first, and the right-handed axes.
pub(crate) fn principal(matrix: &Matrix3<f64>) -> (Vector3<f64>, UnitQuaternion<f64>) {
    if !matrix.iter().all(|v| v.is_finite()) {
        return (Vector3::zeros(), UnitQuaternion::identity());
    }
    let eigen = SymmetricEigen::new(*matrix);
    let mut order = [0, 1, 2];
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
    let moments = Vector3::from(order.map(|k| eigen.eigenvalues[k]));
    let [x, y, _] = order.map(|k| eigen.eigenvectors.column(k).into_owned());
    let axes = Matrix3::from_columns(&[x, y, x.cross(&y)]);
    let turn = nalgebra::Rotation3::from_matrix_unchecked(axes);
    (moments, UnitQuaternion::from_rotation_matrix(&turn))
}
