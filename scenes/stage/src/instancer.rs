//! Transforms of point instances as `UsdGeom` computes them.

use std::collections::BTreeSet;

use nalgebra::{Matrix4, Vector3};
use openusd::gf::{Quatf, Quath, Vec3f};
use openusd::sdf::{Path, Value};
use openusd::usd::{self, TimeCode};

use crate::error::StageError;
use crate::open::Scene;
use crate::xform;

/// All instances of a point instancer, hidden ones too.
pub(crate) struct Instances {
    /// Roots of the prototypes.
    pub(crate) prototypes: Vec<Path>,
    /// Prototype of each instance, an index that is in range.
    pub(crate) indices: Vec<usize>,
    /// The instancer's space from each prototype root's own, for column vectors.
    pub(crate) places: Vec<Matrix4<f64>>,
    /// Which instances are shown; `None` if all are.
    pub(crate) shown: Option<Vec<bool>>,
}

/// The transforms of the shown instances of a point instancer, at the default time, in order.
///
/// Each leads from the prototype root's own space to the instancer's, so the root's local transform
/// is part of it: `position · orientation · scale · root`, for column vectors. Instances in
/// `inactiveIds` or `invisibleIds` are left out. `orientationsf` wins over `orientations` if it has
/// any value; quaternions are taken as they are, not normalised. Where there are fewer scales or
/// orientations than instances, those without have none (usd-core reads past the end there).
///
/// Empty if the instancer lacks indices, prototypes or one position per index, or an index is out
/// of range. `None` if the prim is not a point instancer or the stage cannot be read.
#[must_use]
pub fn transforms(_scene: &Scene, prim: &usd::Prim) -> Option<Vec<Matrix4<f64>>> {
    if !prim.is_a("PointInstancer").ok()? {
        return None;
    }
    let Some(read) = read(prim).ok()? else {
        return Some(Vec::new());
    };
    let shown = |k: usize| read.shown.as_ref().is_none_or(|shown| shown[k]);
    let places = read.places.into_iter().enumerate();
    Some(
        places
            .filter(|(k, _)| shown(*k))
            .map(|(_, place)| place)
            .collect(),
    )
}

/// Reads the instances; `None` if they do not fit together.
pub(crate) fn read(prim: &usd::Prim) -> Result<Option<Instances>, StageError> {
    let Some(indices) = prim.attribute("protoIndices").get::<Vec<i32>>()? else {
        return Ok(None);
    };
    let prototypes = prim.relationship("prototypes").targets()?;
    let in_range = |index: &i32| {
        usize::try_from(*index)
            .ok()
            .filter(|k| *k < prototypes.len())
    };
    let Some(indices) = indices.iter().map(in_range).collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let shown = shown(prim, indices.len())?;
    let positions = prim.attribute("positions").get::<Vec<Vec3f>>()?;
    let Some(positions) = positions.filter(|list| list.len() == indices.len()) else {
        return Ok(None);
    };
    let masked = shown
        .as_ref()
        .is_some_and(|list| list.len() != indices.len());
    if prototypes.is_empty() || masked {
        return Ok(None);
    }
    let mut roots = Vec::with_capacity(prototypes.len());
    for path in &prototypes {
        roots.push(xform::local(&prim.stage().prim(path.clone())?, None)?.0);
    }
    let scales = prim
        .attribute("scales")
        .get::<Vec<Vec3f>>()?
        .unwrap_or_default();
    let turns = orientations(prim)?;
    let place = |(k, index): (usize, &usize)| {
        let p = positions[k];
        let mut place = Matrix4::<f64>::new_translation(&Vector3::new(p.x, p.y, p.z).cast());
        if let Some(turn) = turns.get(k) {
            place *= xform::of_quaternion(*turn);
        }
        if let Some(s) = scales.get(k) {
            place *= Matrix4::new_nonuniform_scaling(&Vector3::new(s.x, s.y, s.z).cast());
        }
        place * roots[*index]
    };
    let places = indices.iter().enumerate().map(place).collect();
    Ok(Some(Instances {
        places,
        prototypes,
        indices,
        shown,
    }))
}

/// Which instances are shown; `None` if nothing is hidden.
///
/// As many as there are ids, which need not be as many as there are instances.
fn shown(prim: &usd::Prim, count: usize) -> Result<Option<Vec<bool>>, StageError> {
    let invisible = prim.attribute("invisibleIds").get::<Vec<i64>>()?;
    let mut hidden: BTreeSet<i64> = invisible.unwrap_or_default().into_iter().collect();
    hidden.extend(
        prim.get_metadata::<Value>("inactiveIds")?
            .map(ids)
            .unwrap_or_default(),
    );
    if hidden.is_empty() {
        return Ok(None);
    }
    let shown: Vec<bool> = match prim.attribute("ids").get::<Vec<i64>>()? {
        Some(ids) => ids.iter().map(|id| !hidden.contains(id)).collect(),
        None => (0..count)
            .map(|k| i64::try_from(k).is_ok_and(|k| !hidden.contains(&k)))
            .collect(),
    };
    Ok(shown.contains(&false).then_some(shown))
}

/// Ids of a list edit; the library reads one from text as a plain list of any integer type.
fn ids(value: Value) -> Vec<i64> {
    match value {
        Value::Int64ListOp(op) => op.flatten(),
        Value::Int64Vec(ids) => ids,
        Value::IntVec(ids) => ids.into_iter().map(i64::from).collect(),
        Value::Int64(id) => vec![id],
        Value::Int(id) => vec![i64::from(id)],
        Value::ValueVec(values) => values.into_iter().flat_map(ids).collect(),
        _ => Vec::new(),
    }
}

/// Orientations as quaternions, real part first.
fn orientations(prim: &usd::Prim) -> Result<Vec<[f64; 4]>, StageError> {
    let single = prim.attribute("orientationsf");
    let earliest = single.get_at::<Vec<Quatf>>(TimeCode::EARLIEST)?;
    if earliest.is_some_and(|list| !list.is_empty()) {
        let list = single.get::<Vec<Quatf>>()?.unwrap_or_default();
        return Ok(list
            .iter()
            .map(|q| [q.w, q.x, q.y, q.z].map(f64::from))
            .collect());
    }
    let list = prim.attribute("orientations").get::<Vec<Quath>>()?;
    let wide = |q: &Quath| [q.w, q.x, q.y, q.z].map(|x| x.to_f64());
    Ok(list.unwrap_or_default().iter().map(wide).collect())
}
