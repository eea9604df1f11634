//! The bodies of joints, and joint frames against them.

use nalgebra::Matrix4;
use openusd::sdf::Path;
use openusd::usd::Prim;

use super::assemble::BodyIndex;
use super::desc::{Joint, RigidBody};
use super::gf;
use crate::open::Scene;
use crate::read;
use crate::xform::{self, XformCache};

/// Finds the bodies of joints and moves their frames onto them.
pub(super) struct Frames<'a> {
    scene: &'a Scene,
    bodies: &'a [RigidBody],
    index: &'a BodyIndex,
    worlds: XformCache,
}

/// A prim with what the search for a body asks.
struct Found {
    target: Prim,
    body: Option<Prim>,
}

impl<'a> Frames<'a> {
    pub(super) fn new(scene: &'a Scene, bodies: &'a [RigidBody], index: &'a BodyIndex) -> Self {
        Self {
            scene,
            bodies,
            index,
            worlds: XformCache::new(scene, None),
        }
    }

    /// Completes a joint.
    pub(super) fn complete(&self, joint: &mut Joint) {
        for side in 0..2 {
            if joint.targets[side].is_empty() {
                continue;
            }
            let target = &joint.targets[side];
            let (position, rotation) = (&mut joint.positions[side], &mut joint.rotations[side]);
            let known = self.index.get(target).copied();
            let known = known.filter(|index| self.bodies[*index as usize].enabled);
            if let Some(index) = known {
                let body = &self.bodies[index as usize];
                scaled(position, body.scale);
                joint.bodies[side] = body.path.clone();
                joint.body_indices[side] = Some(index);
            } else if let Some(found) = self.find(target) {
                self.anchor(&found, position, rotation);
                let path = found.body.map(|body| body.path().clone());
                joint.bodies[side] = path.unwrap_or_default();
                joint.body_indices[side] = self.index.get(&joint.bodies[side]).copied();
            }
        }
    }

    /// The enabled body at or above a prim, or else its topmost collider; `None` if there is no such prim.
    fn find(&self, target: &Path) -> Option<Found> {
        if !target.is_prim_path() {
            return None;
        }
        let prim = self.scene.stage().prim(target).ok()?;
        if !prim.is_valid().unwrap_or(false) {
            return None;
        }
        let has = |prim: &Prim, api: &str| prim.has_api_schema(api).unwrap_or(false);
        let mut collider = None;
        let mut current = Some(prim.clone());
        while let Some(above) = current.filter(|prim| !prim.path().is_abs_root()) {
            if has(&above, "PhysicsRigidBodyAPI") && is_enabled(&above) {
                return Some(Found {
                    target: prim,
                    body: Some(above),
                });
            }
            current = above.parent();
            if has(&above, "PhysicsCollisionAPI") {
                collider = Some(above);
            }
        }
        Some(Found {
            target: prim,
            body: collider,
        })
    }

    /// Moves a joint frame from the target onto the body, and applies the body's scale.
    fn anchor(&self, found: &Found, position: &mut [f32; 3], rotation: &mut [f32; 4]) {
        let target = self.worlds.world(&found.target);
        let is_body = found
            .body
            .as_ref()
            .is_some_and(|body| body.path() == found.target.path());
        if is_body {
            scaled(position, gf::narrow3(gf::factor(&target).scale));
            return;
        }
        let body = found.body.as_ref().map(|body| self.worlds.world(body));
        let body = body.unwrap_or_else(Matrix4::identity);
        let turn = gf::rotation_matrix(rotation.map(f64::from));
        let anchor = gf::transform(&turn, position.map(f64::from));
        let local = xform::inverse(&body) * target * anchor;
        let factors = gf::factor(&local);
        // A singular matrix is taken as it is (`GfMatrix4d::RemoveScaleShear`).
        let turned = if factors.singular {
            gf::upper(&local)
        } else {
            factors.rotation
        };
        *position = gf::narrow3(factors.translation);
        *rotation = gf::normalized(gf::narrow4(gf::quaternion(&turned)));
        scaled(position, gf::narrow3(gf::factor(&body).scale));
    }
}

fn is_enabled(body: &Prim) -> bool {
    let enabled = read::get::<bool>(&body.attribute("physics:rigidBodyEnabled"));
    enabled.ok().flatten().unwrap_or(true)
}

fn scaled(position: &mut [f32; 3], scale: [f32; 3]) {
    for k in 0..3 {
        position[k] *= scale[k];
    }
}
