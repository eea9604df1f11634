//! Where prims stand.

use halle_world::components::WorldPose;
use nalgebra::{Matrix3, Matrix4};

use super::Truth;

/// Causes of differences in transforms.
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
            let below = stretch[(1, 0)].hypot(stretch[(2, 0)]).hypot(stretch[(2, 1)]);
            let singular = stretch.determinant().abs() < 1e-18 * stretch.norm().powi(3);
            let straight = stretch[(0, 0)] > 0.0 && stretch[(1, 1)] > 0.0;
            // Positions are double, angles and scales single precision on most stages.
            let fits = off <= 2e-6 * reach.max(self.meters)
                && (singular || below <= 2e-6 * stretch.norm() && straight);
            self.count("transforms", 1);
            if !fits && self.is_sampled(&path) {
                self.because(SAMPLED);
            } else if !fits {
                let how = format!("off by {off:e} m, {stretch}, {pose:?} {world}");
                self.wrong("transform", &path, how);
            }
        }
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
