//! A scene as a system, and its numbers as MuJoCo counts them.

use std::path::{Path, PathBuf};

use halle_model::articulated::{System, SystemJoint};
use halle_scenes::{World, load};
use halle_world::components::{Mimic, Plant, RigidBody, SourcePath, WorldPose};
use halle_world::{Diagnostics, articulate};
use nalgebra::{DMatrix, Isometry3, Vector3};
use serde_json::Value;

use crate::motion::{stand, turn};
use crate::python::draw;

/// Random positions of each model.
pub(crate) const COUNT: u64 = 20;

/// A model as a system, and where its links' bodies stand in them.
pub(crate) struct Model {
    pub(crate) file: PathBuf,
    pub(crate) world: World,
    pub(crate) system: System,
    pub(crate) diagnostics: Diagnostics,
    /// `link_from_body` of the body that each link is named after; none for massless links.
    pub(crate) seats: Vec<Option<Isometry3<f64>>>,
    pub(crate) positions: Vec<Vec<f64>>,
}

pub(crate) fn path(world: &World, entity: halle_world::Entity) -> &str {
    let source = world.get::<SourcePath>(entity);
    source.map_or("", |s| &s.prim)
}

impl Model {
    pub(crate) fn new(file: &Path, key: u64) -> Self {
        let (world, _) = load(file).unwrap();
        let (system, diagnostics) = articulate(&world).unwrap();
        // Followers start where their leaders put them, not where the file shows them.
        let (mut plain, _) = load(file).unwrap();
        for entity in plain.resource::<Plant>().entities.clone() {
            plain.entity_mut(entity).remove::<Mimic>();
        }
        let (shown, _) = articulate(&plain).unwrap();
        let poses = stand(&system, &shown.start_position);
        let entities = &world.resource::<Plant>().entities;
        let seat = |(link, pose): (&halle_model::articulated::SystemLink, &Isometry3<f64>)| {
            let mut bodies = entities.iter();
            let named =
                |e: &&_| world.get::<RigidBody>(**e).is_some() && path(&world, **e) == link.name;
            let body = bodies.find(named)?;
            Some(pose.inv_mul(&world.get::<WorldPose>(*body)?.0))
        };
        let seats = system.links.iter().zip(&poses).map(seat).collect();
        let positions = (0..COUNT).map(|n| any_position(&system, key, n)).collect();
        Self {
            file: file.to_owned(),
            system,
            diagnostics,
            seats,
            positions,
            world,
        }
    }

    /// The configuration in the numbers of MuJoCo, whose floating bodies are placed by their own
    /// frames. Both list links in the order of the file.
    pub(crate) fn qpos(&self, position: &[f64]) -> Vec<f64> {
        let mut made = position.to_vec();
        let poses = stand(&self.system, position);
        let places = self.system.places();
        for (k, link) in self.system.links.iter().enumerate() {
            if link.joint == SystemJoint::Free {
                let body = poses[k] * self.seats[k].unwrap();
                let at = places[k].position;
                made[at..at + 3].copy_from_slice(body.translation.vector.as_slice());
                let q = body.rotation;
                made[at + 3..at + 7].copy_from_slice(&[q.w, q.i, q.j, q.k]);
            }
        }
        made
    }

    /// Velocities of the system from those of MuJoCo: floating bodies have the velocity of their
    /// origin first and then the angular velocity in body axes; balls turn in axes of the child.
    pub(crate) fn own_from_judge(&self, poses: &[Isometry3<f64>]) -> DMatrix<f64> {
        let count = self.system.dof_count();
        let mut map = DMatrix::identity(count, count);
        for ((k, link), place) in self
            .system
            .links
            .iter()
            .enumerate()
            .zip(self.system.places())
        {
            let at = place.dof;
            let r = poses[k].rotation.to_rotation_matrix().into_inner();
            match link.joint {
                SystemJoint::Spherical => map.view_mut((at, at), (3, 3)).copy_from(&r),
                SystemJoint::Free => {
                    let body = poses[k] * self.seats[k].unwrap();
                    let own = body.rotation.to_rotation_matrix().into_inner();
                    let arm = poses[k].translation.vector - body.translation.vector;
                    // v + w x arm = v - [arm] w.
                    let shift = -arm.cross_matrix() * own;
                    map.view_mut((at, at), (6, 6)).fill(0.0);
                    map.view_mut((at, at + 3), (3, 3)).copy_from(&own);
                    map.view_mut((at + 3, at), (3, 3)).fill_with_identity();
                    map.view_mut((at + 3, at + 3), (3, 3)).copy_from(&shift);
                }
                SystemJoint::Revolute | SystemJoint::Prismatic => {}
            }
        }
        map
    }

    pub(crate) fn names(&self) -> String {
        self.file.display().to_string()
    }
}

/// A random position: angles and places up to two, any rotation.
fn any_position(system: &System, key: u64, number: u64) -> Vec<f64> {
    let mut made = Vec::new();
    let mut next = 0;
    let mut d = || {
        next += 1;
        2.0 * draw(key, number, next)
    };
    for link in &system.links {
        if link.joint == SystemJoint::Free {
            made.extend([d(), d(), d()]);
        }
        if link.joint.dof_count() == 1 {
            made.push(d());
        } else {
            let q = Vector3::new(d(), d(), d());
            let q = turn(&[d(), q.x, q.y, q.z]);
            made.extend([q.w, q.i, q.j, q.k]);
        }
    }
    made
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}
