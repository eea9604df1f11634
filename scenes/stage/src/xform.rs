//! Transforms of prims as `UsdGeom` defines them.
//!
//! All matrices here multiply column vectors (`p_world = M · p_local`, translation in the fourth
//! column): the transpose of USD's own.

use std::cell::RefCell;
use std::collections::HashMap;

use nalgebra::{Matrix4, Vector3};
use openusd::sdf::{self, Value};
use openusd::usd;

use crate::error::StageError;
use crate::open::Scene;
use crate::read;

/// Below this length an axis is none (`GF_MIN_VECTOR_LENGTH`).
const MIN_LENGTH: f64 = 1e-10;
/// Diagonal of the inverse that USD gives for a singular matrix (`FLT_MAX`).
const SINGULAR: f64 = f32::MAX as f64;

/// One entry of `xformOpOrder`.
struct Op<'a> {
    name: &'a str,
    inverted: bool,
}

/// The local transform of a prim, and whether it leaves its parents' transforms out.
///
/// `time` in time codes; `None` reads defaults. A prim that is not xformable has the identity. An
/// op without value, or whose value does not suit its name, counts as the identity, as in USD; so
/// does the inverse of a scale by zero turn to infinities and that of a singular matrix to USD's
/// diagonal of `FLT_MAX`.
///
/// # Errors
/// [`StageError::Query`] if the stage cannot be read.
pub fn local(prim: &usd::Prim, time: Option<f64>) -> Result<(Matrix4<f64>, bool), StageError> {
    let mut matrix = Matrix4::identity();
    if !prim.is_a("Xformable")? {
        return Ok((matrix, false));
    }
    let order = prim
        .attribute("xformOpOrder")
        .get::<Vec<openusd::tf::Token>>()?;
    let names = order.unwrap_or_default();
    let (mut ops, mut resets) = (Vec::new(), false);
    for name in &names {
        if name.as_str() == "!resetXformStack!" {
            resets = true;
            ops.clear();
            continue;
        }
        let plain = name.as_str().strip_prefix("!invert!");
        let op = Op {
            name: plain.unwrap_or(name.as_str()),
            inverted: plain.is_some(),
        };
        if prim.attribute(op.name).is_defined()? {
            ops.push(op);
        }
    }
    // Weakest last: the last op of the order acts first on a point.
    let mut k = ops.len();
    while k > 0 {
        k -= 1;
        if k > 0 && ops[k].name == ops[k - 1].name && ops[k].inverted != ops[k - 1].inverted {
            k -= 1;
            continue;
        }
        let value = read::value(&prim.attribute(ops[k].name), time)?;
        if let Some(op) = value.and_then(|value| op_matrix(&ops[k], &value)) {
            matrix = op * matrix;
        }
    }
    Ok((matrix, resets))
}

/// The matrix of one op for column vectors; `None` where USD takes the identity.
fn op_matrix(op: &Op<'_>, value: &Value) -> Option<Matrix4<f64>> {
    let kind = op.name.strip_prefix("xformOp:")?.split(':').next()?;
    let sign = if op.inverted { -1.0 } else { 1.0 };
    if kind == "transform" {
        let Value::Matrix4d(rows) = value else {
            return None;
        };
        let matrix = Matrix4::from_column_slice(&rows.0);
        return Some(if op.inverted {
            inverse(&matrix)
        } else {
            matrix
        });
    }
    if kind == "orient" {
        return Some(orient(value, sign));
    }
    if let Some(x) = scalar(value) {
        let axis = match kind.as_bytes().last()? {
            b'X' => Vector3::x(),
            b'Y' => Vector3::y(),
            b'Z' => Vector3::z(),
            _ => return None,
        };
        return Some(match &kind[..kind.len() - 1] {
            "rotate" => rotation(axis, sign * x),
            "translate" => Matrix4::new_translation(&(axis * (sign * x))),
            "scale" => {
                // USD turns the sign of an inverted scale along one axis, and keeps its size.
                let factors = axis.map(|a| if a == 0.0 { 1.0 } else { sign * x });
                Matrix4::new_nonuniform_scaling(&factors)
            }
            _ => return None,
        });
    }
    let v = vector(value)?;
    Some(match kind {
        "translate" => Matrix4::new_translation(&(v * sign)),
        "scale" if op.inverted => Matrix4::new_nonuniform_scaling(&v.map(|x| 1.0 / x)),
        "scale" => Matrix4::new_nonuniform_scaling(&v),
        _ => {
            let axes = kind.strip_prefix("rotate").filter(|axes| axes.len() == 3)?;
            euler(axes, v * sign, op.inverted)?
        }
    })
}

/// Rotations about the named axes, the first letter acting first; reversed when inverted.
fn euler(axes: &str, degrees: Vector3<f64>, inverted: bool) -> Option<Matrix4<f64>> {
    let mut letters: Vec<u8> = axes.bytes().collect();
    let mut seen = letters.clone();
    seen.sort_unstable();
    if seen != b"XYZ" {
        return None;
    }
    if inverted {
        letters.reverse();
    }
    let turns = letters.into_iter().map(|letter| {
        let k = usize::from(letter - b'X');
        let mut axis = Vector3::zeros();
        axis[k] = 1.0;
        rotation(axis, degrees[k])
    });
    Some(turns.fold(Matrix4::identity(), |all, turn| turn * all))
}

/// A rotation by degrees about a unit axis, by way of the unit quaternion as USD does it.
fn rotation(axis: Vector3<f64>, degrees: f64) -> Matrix4<f64> {
    let half = degrees.to_radians() / 2.0;
    let (sin, cos) = half.sin_cos();
    let v = axis * sin;
    let length = (cos * cos + v.norm_squared()).sqrt();
    let (w, v) = if length < MIN_LENGTH {
        (1.0, Vector3::zeros())
    } else {
        (cos / length, v / length)
    };
    of_quaternion([w, v.x, v.y, v.z])
}

/// The matrix that USD makes of a quaternion (real part first), a unit one or not.
pub(crate) fn of_quaternion([w, x, y, z]: [f64; 4]) -> Matrix4<f64> {
    Matrix4::new(
        1.0 - 2.0 * (y * y + z * z),
        2.0 * (x * y - z * w),
        2.0 * (z * x + y * w),
        0.0,
        2.0 * (x * y + z * w),
        1.0 - 2.0 * (z * z + x * x),
        2.0 * (y * z - x * w),
        0.0,
        2.0 * (z * x - y * w),
        2.0 * (y * z + x * w),
        1.0 - 2.0 * (y * y + x * x),
        0.0,
        0.0,
        0.0,
        0.0,
        1.0,
    )
}

/// The rotation of a quaternion; its real part is clamped to a cosine, its axis made a unit.
fn orient(value: &Value, sign: f64) -> Matrix4<f64> {
    let (w, v) = match value {
        Value::Quatd(q) => (q.w, Vector3::new(q.x, q.y, q.z)),
        Value::Quatf(q) => (f64::from(q.w), Vector3::new(q.x, q.y, q.z).cast()),
        Value::Quath(q) => (
            q.w.to_f64(),
            Vector3::new(q.x.to_f64(), q.y.to_f64(), q.z.to_f64()),
        ),
        _ => return Matrix4::identity(),
    };
    let length = v.norm();
    // Also false for NaN: USD then has no rotation.
    if length > MIN_LENGTH {
        let degrees = 2.0 * w.clamp(-1.0, 1.0).acos().to_degrees();
        rotation(v / length, sign * degrees)
    } else {
        Matrix4::identity()
    }
}

fn scalar(value: &Value) -> Option<f64> {
    match value {
        Value::Double(x) => Some(*x),
        Value::Float(x) => Some(f64::from(*x)),
        Value::Half(x) => Some(x.to_f64()),
        _ => None,
    }
}

fn vector(value: &Value) -> Option<Vector3<f64>> {
    match value {
        Value::Vec3d(v) => Some(Vector3::new(v.x, v.y, v.z)),
        Value::Vec3f(v) => Some(Vector3::new(v.x, v.y, v.z).cast()),
        Value::Vec3h(v) => Some(Vector3::new(v.x.to_f64(), v.y.to_f64(), v.z.to_f64())),
        _ => None,
    }
}

/// The inverse as USD has it: of a singular matrix, a scale by `FLT_MAX`.
#[must_use]
pub fn inverse(matrix: &Matrix4<f64>) -> Matrix4<f64> {
    let singular = matrix.determinant() == 0.0;
    let inverted = if singular { None } else { matrix.try_inverse() };
    inverted.unwrap_or_else(|| Matrix4::new_scaling(SINGULAR))
}

/// World transforms at one time, computed once per prim.
///
/// A prim that is not xformable passes its parent's transform on. Where the stage cannot be read,
/// the identity stands in.
pub struct XformCache {
    time: Option<f64>,
    locals: RefCell<HashMap<sdf::Path, (Matrix4<f64>, bool)>>,
    worlds: RefCell<HashMap<sdf::Path, Matrix4<f64>>>,
}

impl std::fmt::Debug for XformCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut form = formatter.debug_struct("XformCache");
        form.field("time", &self.time).finish_non_exhaustive()
    }
}

impl XformCache {
    /// An empty cache for a moment in time codes; `None` reads defaults.
    ///
    /// A cache belongs to one scene: it is keyed by path.
    #[must_use]
    pub fn new(_scene: &Scene, time: Option<f64>) -> Self {
        Self {
            time,
            locals: RefCell::default(),
            worlds: RefCell::default(),
        }
    }

    /// The local transform of a prim, and whether it leaves its parents' transforms out.
    #[must_use]
    pub fn local(&self, prim: &usd::Prim) -> (Matrix4<f64>, bool) {
        if let Some(known) = self.locals.borrow().get(prim.path()) {
            return *known;
        }
        let found = local(prim, self.time).unwrap_or((Matrix4::identity(), false));
        self.locals.borrow_mut().insert(prim.path().clone(), found);
        found
    }

    /// World from local of a prim, for column vectors.
    #[must_use]
    pub fn world(&self, prim: &usd::Prim) -> Matrix4<f64> {
        let mut chain = Vec::new();
        let mut base = Matrix4::identity();
        let mut current = Some(prim.clone());
        while let Some(prim) = current.filter(|prim| !prim.path().is_abs_root()) {
            if let Some(known) = self.worlds.borrow().get(prim.path()) {
                base = *known;
                break;
            }
            let (matrix, resets) = self.local(&prim);
            current = if resets { None } else { prim.parent() };
            chain.push((prim, matrix));
        }
        for (prim, matrix) in chain.into_iter().rev() {
            base *= matrix;
            self.worlds.borrow_mut().insert(prim.path().clone(), base);
        }
        base
    }
}
