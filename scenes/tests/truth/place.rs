//! Where prims stand.

use halle_world::components::{Geometry, WorldPose};
use nalgebra::{Matrix3, Matrix4};

use super::Truth;

/// Causes of differences in transforms.
const TURNED: &str = "small turn of a quaternion: kept, where usd-core's arccosine loses it";
const SAMPLED: &str = "transform without a default value: its first sample is used (SC0104)";

impl Truth<'_> {
    /// The pose of every prim is what is left of its world transform when the scale is taken out:
    /// no shift is lost, and the rest is a scale, with shear above the diagonal.
    pub(super) fn transforms(&mut self) {
        for &entity in self.entities {
            let path = self.path(entity);
            let world = self.world_from(&path);
            let pose = self.world.get::<WorldPose>(entity).unwrap().0;
            let reach = world.fixed_view::<3, 4>(0, 0).norm();
            let shift = world.fixed_view::<3, 1>(0, 3).into_owned();
            let off = (shift - pose.translation.vector).norm();
            let stretch = stretch(&world, &pose);
            let below = stretch[(1, 0)]
                .hypot(stretch[(2, 0)])
                .hypot(stretch[(2, 1)]);
            let singular = stretch.determinant().abs() < 1e-18 * stretch.norm().powi(3);
            let straight = stretch[(0, 0)] > 0.0 && stretch[(1, 1)] > 0.0;
            // Positions are double, angles and scales single precision on most stages.
            let fits = off <= 2e-6 * reach.max(self.meters)
                && (singular || below <= 2e-6 * stretch.norm() && straight);
            self.count("transforms", 1);
            // A turn as small as the root of single precision, and all of the rest fitting.
            let turned = off <= 1e-3 * reach && below <= 1e-3 * stretch.norm() && straight;
            if !fits && turned && self.is_oriented(&path) {
                self.because(TURNED);
            } else if !fits && self.is_sampled(&path) {
                self.because(SAMPLED);
            } else if !fits {
                let how = format!("off by {off:e} m, {stretch}, {pose:?} {world}");
                self.wrong("transform", &path, how);
            }
        }
    }

    /// Every shape is shown unless it or a prim above is invisible, its purpose is that of guides or
    /// proxies, or it is the prototype of copies.
    pub(super) fn visibility(&mut self) {
        for &entity in self.entities {
            let Some(geometry) = self.world.get::<Geometry>(entity) else {
                continue;
            };
            let path = self.path(entity);
            let (mut visible, mut purpose) = (!self.copied.contains(&path), None);
            let mut at = Some(self.prim(&path));
            while let Some(prim) = at.filter(|p| !p.path().is_abs_root()) {
                let says = |name: &str| {
                    let attribute = prim.attribute(name);
                    let authored = attribute.has_authored_value().unwrap_or(false);
                    let value = authored.then(|| attribute.get::<openusd::tf::Token>());
                    value.and_then(|v| v.ok().flatten())
                };
                visible &= says("visibility").is_none_or(|v| v.as_str() != "invisible");
                purpose = purpose.or_else(|| says("purpose"));
                at = prim.parent();
            }
            visible &= purpose.is_none_or(|p| !matches!(p.as_str(), "guide" | "proxy"));
            self.count("visibility", 1);
            if visible != geometry.visible {
                self.wrong("visibility", &path, format!("the stage says {visible}"));
            }
        }
    }

    /// Whether the prim or one above it is turned by a quaternion.
    pub(super) fn is_oriented(&self, path: &str) -> bool {
        let mut prim = Some(self.prim(path));
        while let Some(at) = prim.filter(|p| !p.path().is_abs_root()) {
            let names = at.authored_property_names().unwrap_or_default();
            if names
                .iter()
                .any(|n| n.as_str().starts_with("xformOp:orient"))
            {
                return true;
            }
            prim = at.parent();
        }
        false
    }

    /// Whether the prim or one above it has a transform operation that only has samples.
    pub(super) fn is_sampled(&self, path: &str) -> bool {
        let mut prim = Some(self.prim(path));
        while let Some(at) = prim.filter(|p| !p.path().is_abs_root()) {
            let names = at.authored_property_names().unwrap_or_default();
            let sampled = names.iter().any(|name| {
                let op = at.attribute(name.clone());
                name.as_str().starts_with("xformOp")
                    && op.num_time_samples().is_ok_and(|n| n > 0)
                    && halle_stage::read::value(&op, None).is_ok_and(|v| v.is_none())
            });
            if sampled {
                return true;
            }
            prim = at.parent();
        }
        false
    }
}

/// What is left of a world transform seen from a pose.
pub(super) fn stretch(world: &Matrix4<f64>, pose: &nalgebra::Isometry3<f64>) -> Matrix3<f64> {
    let linear = world.fixed_view::<3, 3>(0, 0).into_owned();
    pose.rotation.inverse().to_rotation_matrix().into_inner() * linear
}
