//! Point instancers: many copies of a few prototypes.

use std::collections::BTreeSet;

use halle_world::Severity;
use halle_world::components::Scattered;
use nalgebra::{Isometry3, Translation3, Vector3};
use openusd::sdf::Value;

use crate::raw::RawScatter;
use crate::reader::PrimReader;
use crate::transform::unit_quaternion;
use crate::value;

/// The point instancer on a prim, if its lists fit together.
pub(crate) fn read(prim: &PrimReader<'_>) -> Option<RawScatter> {
    if prim.kind != "PointInstancer" {
        return None;
    }
    let prototypes = prim.targets("prototypes");
    let list = |name| prim.read(name, value::triples).unwrap_or_default();
    let indices = prim
        .read("protoIndices", value::integers)
        .unwrap_or_default();
    let positions = list("positions");
    let scales = list("scales");
    let orientations = ["orientationsf", "orientations"]
        .iter()
        .find_map(|name| prim.read(name, value::quaternions))
        .unwrap_or_default();
    let count = indices.len();
    let fits = |n: usize| n == 0 || n == count;
    let index = |i: &i64| {
        let known = u32::try_from(*i).ok();
        known.filter(|i| (*i as usize) < prototypes.len())
    };
    let known: Option<Vec<u32>> = indices.iter().map(index).collect();
    let lengths = positions.len() == count && fits(scales.len()) && fits(orientations.len());
    let (Some(indices), true) = (known, lengths) else {
        let message = "lists of the point instancer do not fit together: it shows nothing";
        let help = "give `positions` (and `orientations`, `scales`) one entry per entry of \
                    `protoIndices`, and each index a prototype";
        prim.find(Severity::Warning, "SC0114", "protoIndices", message, help);
        return None;
    };
    let ids = prim
        .read("ids", value::integers)
        .unwrap_or_else(|| (0..).take(count).collect());
    let hidden = prim
        .read("invisibleIds", value::integers)
        .unwrap_or_default();
    let mut hidden: BTreeSet<i64> = hidden.into_iter().collect();
    hidden.extend(
        prim.opinions
            .metadata("inactiveIds")
            .map_or_else(Vec::new, listed),
    );
    Some(RawScatter {
        prototypes,
        indices,
        positions,
        orientations,
        scales,
        masked: ids.iter().map(|id| hidden.contains(id)).collect(),
    })
}

/// Ids of a list edit; the library reads one from text as a plain list of any integer type.
fn listed(value: Value) -> Vec<i64> {
    match value {
        Value::Int64ListOp(list) => list.flatten(),
        Value::Int64(id) => vec![id],
        Value::Int(id) => vec![i64::from(id)],
        Value::ValueVec(values) => values.into_iter().flat_map(listed).collect(),
        other => value::integers(&other).unwrap_or_default(),
    }
}

/// The copies where they stand; `scale` is that of the instancer \[m per unit\].
pub(crate) fn copies(raw: &RawScatter, scale: [f64; 3]) -> Vec<Scattered> {
    let shown = (0..raw.indices.len()).filter(|k| !raw.masked.get(*k).copied().unwrap_or(false));
    shown
        .map(|k| {
            let turn = raw.orientations.get(k).map_or([1.0, 0.0, 0.0, 0.0], |q| *q);
            let at = Vector3::from(raw.positions[k]).component_mul(&Vector3::from(scale));
            Scattered {
                prototype: raw.indices[k],
                instancer_from_prototype: Isometry3::from_parts(
                    Translation3::from(at),
                    unit_quaternion(turn),
                ),
                scale: raw.scales.get(k).copied().unwrap_or([1.0; 3]),
            }
        })
        .collect()
}
