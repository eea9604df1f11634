//! Transforms of prims: stacks of operations into affine matrices, and these into poses.

use halle_world::Severity;
use nalgebra::{
    Isometry3, Matrix3, Matrix4, Rotation3, Translation3, UnitQuaternion, UnitVector3, Vector3,
};

use crate::reader::PrimReader;
use crate::value::{self, within_measure};

/// Part by which a round shape's scale may be uneven before it is worth a finding.
const EVEN: f64 = 1e-6;

/// Types of prim that have a transform, as USD's schemas say; all others stand where their parent
/// does.
const XFORMABLE: [&str; 38] = [
    "Xform",
    "Cube",
    "Sphere",
    "Cylinder",
    "Cylinder_1",
    "Capsule",
    "Capsule_1",
    "Cone",
    "Plane",
    "Mesh",
    "TetMesh",
    "BasisCurves",
    "NurbsCurves",
    "HermiteCurves",
    "NurbsPatch",
    "Points",
    "PointInstancer",
    "Camera",
    "SkelRoot",
    "Skeleton",
    "Volume",
    "OpenVDBAsset",
    "Field3DAsset",
    "FieldAsset",
    "ParticleField",
    "ParticleField_3DGaussianSplat",
    "DomeLight",
    "DomeLight_1",
    "DistantLight",
    "RectLight",
    "DiskLight",
    "SphereLight",
    "CylinderLight",
    "GeometryLight",
    "PortalLight",
    "PluginLight",
    "SpatialAudio",
    "GenerativeProcedural",
];

/// A rigid pose, and what is left of an affine map after it: scale, shear and mirroring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placement {
    /// World frame from prim frame \[m\].
    pub(crate) pose: Isometry3<f64>,
    /// Linear map from prim coordinates in stage units to metres along the pose's axes.
    pub(crate) stretch: Matrix3<f64>,
}

/// The local transform, and whether it ignores the parent's.
pub(crate) fn local_matrix(prim: &PrimReader<'_>) -> (Matrix4<f64>, bool) {
    let mut matrix = Matrix4::identity();
    let mut reset = false;
    if !XFORMABLE.contains(&prim.kind.as_str()) {
        if prim.says("xformOpOrder") {
            let message = format!(
                "prim type `{}` stands nowhere: its transform has no effect",
                prim.kind
            );
            let help = "make the prim an `Xform`, or load the layer that says its type";
            prim.find(Severity::Warning, "SC0102", "xformOpOrder", message, help);
        }
        return (matrix, reset);
    }
    for op in prim.read("xformOpOrder", value::texts).unwrap_or_default() {
        if op == "!resetXformStack!" {
            (matrix, reset) = (Matrix4::identity(), true);
            continue;
        }
        let (name, inverted) = match op.strip_prefix("!invert!") {
            Some(name) => (name, true),
            None => (op.as_str(), false),
        };
        let step = operation(prim, name);
        let step = if inverted {
            step.try_inverse().unwrap_or(step)
        } else {
            step
        };
        matrix *= step;
    }
    if !matrix.iter().all(|v| v.is_finite()) {
        prim.not_finite("xformOpOrder", "the prim stands where its parent does");
        matrix = Matrix4::identity();
    }
    (matrix, reset)
}

/// A matrix as authored, by rows for row vectors, without the part that makes parallels meet.
fn affine(prim: &PrimReader<'_>, name: &str, rows: [f64; 16]) -> Matrix4<f64> {
    let mut matrix = Matrix4::from_row_slice(&rows).transpose();
    let last = nalgebra::RowVector4::new(0.0, 0.0, 0.0, 1.0);
    if matrix.row(3) != last {
        let message = "matrix has a perspective: it is left out";
        let help = "author 0, 0, 0, 1 in the last column";
        prim.find(Severity::Warning, "SC0105", name, message, help);
        matrix.set_row(3, &last);
    }
    matrix
}

fn operation(prim: &PrimReader<'_>, name: &str) -> Matrix4<f64> {
    let kind = name
        .strip_prefix("xformOp:")
        .unwrap_or(name)
        .split(':')
        .next()
        .unwrap_or_default();
    let triple = |fallback| prim.read(name, value::triple).unwrap_or([fallback; 3]);
    let about = |axis: char, degrees: f64| {
        let axis = match axis {
            'X' => Vector3::x_axis(),
            'Y' => Vector3::y_axis(),
            _ => Vector3::z_axis(),
        };
        Rotation3::from_axis_angle(&axis, degrees.to_radians()).to_homogeneous()
    };
    match kind {
        "translate" => Translation3::from(triple(0.0)).to_homogeneous(),
        "translateX" | "translateY" | "translateZ" => {
            let mut shift = Vector3::zeros();
            shift[axis_index(kind)] = prim.number_or(name, 0.0);
            Translation3::from(shift).to_homogeneous()
        }
        "scale" => Matrix4::new_nonuniform_scaling(&triple(1.0).into()),
        "scaleX" | "scaleY" | "scaleZ" => {
            let mut scale = Vector3::repeat(1.0);
            scale[axis_index(kind)] = prim.number_or(name, 1.0);
            Matrix4::new_nonuniform_scaling(&scale)
        }
        "rotateX" | "rotateY" | "rotateZ" => about(
            kind.chars().last().unwrap_or('Z'),
            prim.number_or(name, 0.0),
        ),
        "orient" => {
            let q = prim
                .read(name, value::quaternion)
                .unwrap_or([1.0, 0.0, 0.0, 0.0]);
            orientation(q).to_homogeneous()
        }
        "transform" => match prim.read(name, value::matrix) {
            Some(rows) => affine(prim, name, rows),
            None => Matrix4::identity(),
        },
        _ => match kind.strip_prefix("rotate").filter(|order| order.len() == 3) {
            // Row vectors meet the first named axis first, so it stands rightmost here.
            Some(order) => {
                let angles = triple(0.0);
                order.chars().fold(Matrix4::identity(), |made, axis| {
                    let index = "XYZ".find(axis).unwrap_or(2);
                    about(axis, angles[index]) * made
                })
            }
            None => {
                prim.find(
                    Severity::Warning,
                    "SC0102",
                    name,
                    "transform operation is not supported: it is left out",
                    "use translate, orient, scale, rotate or transform operations",
                );
                Matrix4::identity()
            }
        },
    }
}

fn axis_index(kind: &str) -> usize {
    kind.chars().last().and_then(|c| "XYZ".find(c)).unwrap_or(2)
}

/// Part by which the square of a quaternion's length may miss one.
const UNIT: f64 = 1e-6;

/// The rotation of an orientation, real part first. Of a quaternion that is no unit USD takes the
/// angle from the real part alone.
fn orientation([w, x, y, z]: [f64; 4]) -> UnitQuaternion<f64> {
    let v = Vector3::new(x, y, z);
    if (w * w + v.norm_squared() - 1.0).abs() <= UNIT {
        return unit_quaternion([w, x, y, z]);
    }
    match UnitVector3::try_new(v, 1e-10) {
        Some(axis) => UnitQuaternion::from_axis_angle(&axis, 2.0 * w.clamp(-1.0, 1.0).acos()),
        None => UnitQuaternion::identity(),
    }
}

/// A unit quaternion, real part first; no rotation for the zero quaternion.
pub(crate) fn unit_quaternion([w, x, y, z]: [f64; 4]) -> UnitQuaternion<f64> {
    let q = nalgebra::Quaternion::new(w, x, y, z);
    UnitQuaternion::try_new(q, 1e-9).unwrap_or_else(UnitQuaternion::identity)
}

/// Whether a map in stage units can be calculated with.
pub(crate) fn is_usable(map: &Matrix4<f64>, meters_per_unit: f64) -> bool {
    within_measure((map * meters_per_unit).iter())
}

/// Unit axes square to each other along the columns of a linear map, the first one kept: exact
/// wherever there is no shear. Columns that are nothing beside the others, or lie along one before
/// them, have no direction; any square one stands for them.
fn square_axes(linear: &Matrix3<f64>) -> Matrix3<f64> {
    let floor = 1e-12 * linear.norm();
    let unit = |v: Vector3<f64>| {
        let length = v.norm();
        (length > floor).then(|| v / length)
    };
    let columns = [0, 1, 2].map(|k| linear.column(k).into_owned());
    let Some(x) = unit(columns[0]) else {
        return Matrix3::identity();
    };
    // Twice: what the first pass leaves along x is rounding of a column nearly along x.
    let beside = |v: Vector3<f64>| {
        let once = unit(v - x * x.dot(&v))?;
        Some((once - x * x.dot(&once)).normalize())
    };
    let y = beside(columns[1])
        .or_else(|| beside(columns[2]).map(|z| z.cross(&x)))
        .unwrap_or_else(|| {
            let least = Vector3::ith(x.iamin(), 1.0);
            (least - x * x.dot(&least)).normalize()
        });
    Matrix3::from_columns(&[x, y, x.cross(&y)])
}

/// Splits an affine map in stage units into a pose in metres and a stretch.
pub(crate) fn place(world_from_prim: &Matrix4<f64>, meters_per_unit: f64) -> Placement {
    let linear: Matrix3<f64> = world_from_prim.fixed_view::<3, 3>(0, 0).into_owned();
    let shift: Vector3<f64> = world_from_prim.fixed_view::<3, 1>(0, 3).into_owned();
    let axes = square_axes(&linear);
    let turn = UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(axes));
    Placement {
        pose: Isometry3::from_parts(Translation3::from(shift * meters_per_unit), turn),
        stretch: axes.transpose() * linear * meters_per_unit,
    }
}

impl Placement {
    /// Lengths of the axes [m per unit].
    pub(crate) fn scale(&self) -> [f64; 3] {
        [0, 1, 2].map(|i| self.stretch[(i, i)].abs())
    }

    /// Whether axes stay square to each other.
    pub(crate) fn is_square(&self) -> bool {
        let off = [(0, 1), (0, 2), (1, 2), (1, 0), (2, 0), (2, 1)];
        off.iter()
            .all(|k| self.stretch[*k].abs() <= EVEN * self.stretch.norm())
    }
}

/// Whether two scales are the same up to rounding.
pub(crate) fn even(a: f64, b: f64) -> bool {
    (a - b).abs() <= EVEN * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pose and stretch put together give the map again, mirrored and sheared maps included.
    #[test]
    fn placement_keeps_the_map() {
        let turn = Rotation3::from_euler_angles(0.3, -0.7, 1.9).to_homogeneous();
        let shear = Matrix4::new(
            2.0, 0.4, 0.1, 0.0, 0.0, 3.0, -0.2, 0.0, 0.0, 0.0, -0.5, 0.0, 0.0, 0.0, 0.0, 1.0,
        );
        let map = Translation3::new(1.0, 2.0, 3.0).to_homogeneous() * turn * shear;
        let made = place(&map, 0.001);
        let point = Vector3::new(0.7, -0.2, 0.5);
        let direct = map.transform_point(&point.into()).coords * 0.001;
        let through = made
            .pose
            .transform_point(&(made.stretch * point).into())
            .coords;
        assert!((direct - through).norm() < 1e-15);
        assert!(!made.is_square());
    }

    /// Maps that lose a direction, exactly or up to rounding, still have a pose of unit length, and
    /// pose and stretch are the map.
    #[test]
    fn flat_maps_have_a_pose() {
        let flat = [
            Matrix3::new(1.0, 2.0, 0.0, 2.0, 4.0, 0.0, 3.0, 6.0, 1.0),
            Matrix3::new(0.0, 1e-17, 0.0, 0.0, 0.0, 1e-9, 0.3, 0.9, 0.1),
            Matrix3::new(1e-200, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
            Matrix3::zeros(),
            Matrix3::new(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 7.0, -7.0, 7.0),
        ];
        for linear in flat {
            let made = place(&linear.to_homogeneous(), 1.0);
            assert!((made.pose.rotation.norm() - 1.0).abs() < 1e-12, "{linear}");
            let again = made.pose.rotation.to_rotation_matrix() * made.stretch;
            assert!(
                (again - linear).norm() < 1e-14 * (1.0 + linear.norm()),
                "{linear}"
            );
        }
    }
}
