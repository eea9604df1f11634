//! Extents of skeletons and of the roots that hold them, at the default time.

use std::collections::HashMap;

use nalgebra::{Matrix3, Matrix4, Vector3};
use openusd::gf::{Matrix4d, Quatf, Vec3f, Vec3h};
use openusd::sdf::Path;
use openusd::tf::Token;
use openusd::usd::{self, TimeCode};

use super::boxes::{Oriented, Range};
use super::{BoundCache, exists};
use crate::error::StageError;
use crate::xform;

/// A prim that a skeleton deforms: its extent as authored, in its own space and as bound.
type Skinned = (Range, Matrix4<f64>);

/// What prims below inherit while a skeleton root is walked.
#[derive(Clone)]
struct Binding {
    skeleton: Option<Path>,
    bind: Matrix4<f64>,
}

/// The extent of a skeleton: the origins of its joints.
pub(super) fn skeleton(prim: &usd::Prim) -> Result<Option<Range>, StageError> {
    Ok(joints(prim, false)?.map(|joints| single(&origins(&joints, &Matrix4::identity()), 0.0)))
}

/// The extent of a skeleton root: the joints of all its skeletons, padded so that the skinned prims
/// of each fit at rest.
pub(super) fn root(cache: &BoundCache, prim: &usd::Prim) -> Result<Option<Range>, StageError> {
    let mut found = Found::default();
    let binding = Binding {
        skeleton: None,
        bind: Matrix4::identity(),
    };
    found.walk(prim, &binding)?;
    let from_world = xform::inverse(&cache.xforms.world(prim));
    let mut whole = Range::default();
    for path in &found.order {
        let skeleton = prim.stage().prim(path.clone())?;
        let Some(posed) = joints(&skeleton, false)? else {
            continue;
        };
        let mut padding = 0.0_f64;
        if let Some(rest) = joints(&skeleton, true)? {
            let rest = origins(&rest, &Matrix4::identity());
            for (range, bind) in &found.skinned[path] {
                let bound = Oriented {
                    range: range.clone(),
                    matrix: *bind,
                };
                let range = bound.aligned();
                let gap = (rest.min - range.min).sup(&(range.max - rest.max));
                padding = padding.max(gap.max());
            }
        }
        let place = from_world * cache.xforms.world(&skeleton);
        whole.unite(&single(&origins(&posed, &place), padding));
    }
    Ok(Some(whole))
}

#[derive(Default)]
struct Found {
    order: Vec<Path>,
    skinned: HashMap<Path, Vec<Skinned>>,
}

impl Found {
    fn walk(&mut self, prim: &usd::Prim, above: &Binding) -> Result<(), StageError> {
        if !prim.is_a("Imageable")? {
            return Ok(());
        }
        let mut binding = above.clone();
        if prim.has_api_schema("SkelBindingAPI")? {
            let rel = prim.relationship("skel:skeleton");
            if rel.has_authored_targets()? {
                binding.skeleton = rel.forwarded_targets()?.into_iter().next();
            }
            let bind = prim.attribute("primvars:skel:geomBindTransform");
            if let Some(matrix) = bind.get_at::<Matrix4d>(TimeCode::EARLIEST)? {
                binding.bind = Matrix4::from_column_slice(&matrix.0);
            }
        }
        if prim.is_a("Skeleton")? {
            self.add(prim.path().clone());
        } else if prim.is_a("Boundable")?
            && !prim.is_a("SkelRoot")?
            && let Some(path) = binding.skeleton.clone()
            && prim.stage().prim(path.clone())?.is_a("Skeleton")?
        {
            let list = self.add(path);
            if let Some(range) = Range::of_extent(prim, Some(TimeCode::EARLIEST))? {
                list.push((range, binding.bind));
            }
        }
        for child in prim.children()? {
            if exists(&child)? && child.is_loaded()? {
                self.walk(&child, &binding)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, path: Path) -> &mut Vec<Skinned> {
        if !self.skinned.contains_key(&path) {
            self.order.push(path.clone());
        }
        self.skinned.entry(path).or_default()
    }
}

/// The joints' transforms in the skeleton's space; `None` if they cannot be had.
fn joints(skeleton: &usd::Prim, at_rest: bool) -> Result<Option<Vec<Matrix4<f64>>>, StageError> {
    let names = skeleton.attribute("joints").get::<Vec<Token>>()?;
    let names = names.unwrap_or_default();
    let rest = skeleton
        .attribute("restTransforms")
        .get::<Vec<Matrix4d>>()?;
    let rest: Vec<Matrix4<f64>> = rest.unwrap_or_default().iter().map(column).collect();
    let mut local = (rest.len() == names.len()).then_some(rest);
    if !at_rest && let Some(animation) = animation(skeleton)? {
        let order = animation.attribute("joints").get::<Vec<Token>>()?;
        let order = order.unwrap_or_default();
        let sparse = names.iter().any(|name| !order.contains(name));
        if sparse && local.is_none() {
            return Ok(None);
        }
        if let Some(poses) = poses(&animation, order.len())? {
            let mut all = local.unwrap_or_else(|| vec![Matrix4::identity(); names.len()]);
            for (name, joint) in names.iter().zip(all.iter_mut()) {
                if let Some(k) = order.iter().position(|other| other == name) {
                    *joint = poses[k];
                }
            }
            local = Some(all);
        }
    }
    let Some(local) = local.filter(|local| !local.is_empty()) else {
        return Ok(None);
    };
    let mut placed: Vec<Matrix4<f64>> = Vec::with_capacity(local.len());
    for (name, joint) in names.iter().zip(&local) {
        // The nearest joint above, by path; it has to stand before this one.
        let mut above = name.as_str();
        let mut matrix = *joint;
        while let Some((head, _)) = above.rsplit_once('/') {
            above = head;
            if let Some(k) = names.iter().position(|other| other.as_str() == head) {
                let Some(parent) = placed.get(k) else {
                    return Ok(None);
                };
                matrix = parent * joint;
                break;
            }
        }
        placed.push(matrix);
    }
    Ok(Some(placed))
}

/// The animation that a skeleton or the nearest bound prim above it names.
fn animation(skeleton: &usd::Prim) -> Result<Option<usd::Prim>, StageError> {
    let mut current = Some(skeleton.clone());
    while let Some(prim) = current.filter(|prim| !prim.path().is_abs_root()) {
        let rel = prim.relationship("skel:animationSource");
        if prim.has_api_schema("SkelBindingAPI")? && rel.has_authored_targets()? {
            let Some(path) = rel.forwarded_targets()?.into_iter().next() else {
                return Ok(None);
            };
            let animation = prim.stage().prim(path)?;
            let valid = animation.is_a("SkelAnimation")? && animation.is_active()?;
            return Ok(valid.then_some(animation));
        }
        current = prim.parent();
    }
    Ok(None)
}

fn poses(animation: &usd::Prim, count: usize) -> Result<Option<Vec<Matrix4<f64>>>, StageError> {
    let translations = animation.attribute("translations").get::<Vec<Vec3f>>()?;
    let rotations = animation.attribute("rotations").get::<Vec<Quatf>>()?;
    let scales = animation.attribute("scales").get::<Vec<Vec3h>>()?;
    let (Some(t), Some(r), Some(s)) = (translations, rotations, scales) else {
        return Ok(None);
    };
    if t.len() != count || r.len() != count || s.len() != count {
        return Ok(None);
    }
    let each = (0..count).map(|k| {
        let shift = Vector3::new(t[k].x, t[k].y, t[k].z).cast::<f64>();
        let scale = Vector3::new(s[k].x.to_f64(), s[k].y.to_f64(), s[k].z.to_f64());
        Matrix4::new_translation(&shift) * turn(r[k]) * Matrix4::new_nonuniform_scaling(&scale)
    });
    Ok(Some(each.collect()))
}

/// The rotation of a joint, in single precision and not normalised, as USD has it.
fn turn(q: Quatf) -> Matrix4<f64> {
    let Quatf { w, x, y, z } = q;
    let rows: [[f32; 3]; 3] = [
        [
            1.0 - 2.0 * (y * y + z * z),
            2.0 * (x * y - z * w),
            2.0 * (z * x + y * w),
        ],
        [
            2.0 * (x * y + z * w),
            1.0 - 2.0 * (z * z + x * x),
            2.0 * (y * z - x * w),
        ],
        [
            2.0 * (z * x - y * w),
            2.0 * (y * z + x * w),
            1.0 - 2.0 * (y * y + x * x),
        ],
    ];
    Matrix3::from_fn(|row, column| f64::from(rows[row][column])).to_homogeneous()
}

/// USD's rows, read as the columns of the transposed matrix.
fn column(matrix: &Matrix4d) -> Matrix4<f64> {
    Matrix4::from_column_slice(&matrix.0)
}

fn origins(joints: &[Matrix4<f64>], place: &Matrix4<f64>) -> Range {
    let mut range = Range::default();
    for joint in joints {
        let origin = (place * joint).column(3).xyz();
        range.unite(&Range {
            min: origin,
            max: origin,
        });
    }
    range
}

/// A range rounded to single precision and padded.
fn single(range: &Range, padding: f64) -> Range {
    let pad = padding as f32;
    Range {
        min: range.min.map(|x| f64::from(x as f32 - pad)),
        max: range.max.map(|x| f64::from(x as f32 + pad)),
    }
}
