//! Copies of point instancers.

use halle_stage::instancer;
use halle_world::components::{Scatter, WorldPose};
use nalgebra::{Matrix3, Vector3};

use super::Truth;
use super::place::stretch;

const BENT: &str = "copies below a sheared or singular transform";

impl Truth<'_> {
    /// Every shown copy stands where USD puts its prototype's root, whose own transform is the
    /// prototype's here.
    pub(super) fn copies(&mut self) {
        for &entity in self.entities {
            let Some(scatter) = self.world.get::<Scatter>(entity) else {
                continue;
            };
            let path = self.path(entity);
            let prim = self.prim(&path);
            let expected = instancer::transforms(self.scene, &prim).unwrap_or_default();
            if expected.len() != scatter.copies.len() {
                let how = format!("{} instead of {}", scatter.copies.len(), expected.len());
                self.wrong("number of copies", &path, how);
                continue;
            }
            if self.is_sheared(&path) {
                self.because(BENT);
                continue;
            }
            // Quaternions of half precision are units to a thousandth; here they are made units.
            let half = !prim.attribute("orientationsf").has_value().unwrap_or(false)
                && prim.attribute("orientations").has_value().unwrap_or(false);
            let tolerance = if half { 3e-3 } else { 3e-6 };
            let pose = self.world.get::<WorldPose>(entity).unwrap().0;
            let meters = stretch(&self.world_from(&path), &pose);
            let mut worst: f64 = 0.0;
            for (copy, expected) in scatter.copies.iter().zip(&expected) {
                let root = self.path(scatter.prototypes[copy.prototype as usize]);
                let (root, _) = self.xforms.local(&self.prim(&root));
                let Some(back) = root.try_inverse() else {
                    continue;
                };
                let expected = expected * back;
                let linear = expected.fixed_view::<3, 3>(0, 0).into_owned();
                let shift = meters * expected.fixed_view::<3, 1>(0, 3);
                let turn = copy.instancer_from_prototype.rotation.to_rotation_matrix();
                let own = turn.into_inner() * Matrix3::from_diagonal(&Vector3::from(copy.scale));
                let off = copy.instancer_from_prototype.translation.vector - shift;
                worst = worst.max((own - linear).norm() / linear.norm());
                worst = worst.max(off.norm() / (shift.norm() + self.meters));
            }
            self.count("copies", expected.len());
            if worst > tolerance {
                self.wrong("copies", &path, format!("off by a part of {worst:e}"));
            }
        }
    }
}
