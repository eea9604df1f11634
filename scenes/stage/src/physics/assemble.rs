//! Descriptors from placed records.

use std::collections::HashMap;
use std::sync::Arc;

use nalgebra::{Matrix4, Vector3};
use openusd::sdf::Path;

use super::blueprint::{Frame, LocalPose, RawBody, RawShape, Record, What, local_pose};
use super::desc::{
    Articulation, Geometry, Group, Joint, Links, Material, Physics, RigidBody, SceneDesc, Shape,
};
use super::gf::{self, Factors};
use super::place::{Place, Placed};
use super::raw::RawJoint;
use crate::material::MaterialCache;
use crate::open::Scene;

/// A body above the prims being visited.
struct Above {
    index: u32,
    path: Path,
    world: Matrix4<f64>,
}

/// Descriptors in the making.
pub(super) struct Assembler<'a> {
    scene: &'a Scene,
    pub(super) physics: Physics,
    above: Vec<Above>,
    no_paths: Arc<[Path]>,
    no_links: Arc<Links>,
    materials: Option<MaterialCache>,
}

impl<'a> Assembler<'a> {
    pub(super) fn new(scene: &'a Scene) -> Self {
        Self {
            scene,
            physics: Physics::default(),
            above: Vec::new(),
            no_paths: Arc::new([]),
            no_links: Arc::default(),
            materials: None,
        }
    }

    /// Takes the next record of the depth-first order.
    pub(super) fn take(&mut self, place: &mut Place<'_>, placed: Placed<'_>) {
        if placed.hidden {
            return;
        }
        let physics = &mut self.physics;
        match &placed.record.what {
            What::Scene(scene) => physics.scenes.push(SceneDesc {
                path: placed.path,
                ..scene.clone()
            }),
            What::Group(group) => physics.groups.push(Group {
                path: placed.path,
                filtered: place.map(&group.filtered),
                ..group.clone()
            }),
            What::Material(material) => physics.materials.push(Material {
                path: placed.path,
                ..material.clone()
            }),
            What::Body(raw) => self.body(place, placed.record, raw, placed.path, placed.proxy),
            What::Shape(raw) => self.shape(place, placed.record, raw, placed.path, placed.proxy),
            What::Unknown(_) => physics.unknown_shapes.push(placed.path),
            What::Joint(raw) => physics.joints.push(joint(place, raw, placed.path)),
            What::Articulation(filtered) => {
                let filtered = self.paths(place, filtered);
                self.physics.articulations.push(Articulation {
                    path: placed.path,
                    roots: Vec::new(),
                    joints: Vec::new(),
                    bodies: Vec::new(),
                    filtered,
                    valid: true,
                });
            }
        }
    }

    fn paths(&self, place: &Place<'_>, paths: &[Path]) -> Arc<[Path]> {
        if paths.is_empty() {
            self.no_paths.clone()
        } else {
            place.map(paths).into()
        }
    }

    fn body(&mut self, place: &Place<'_>, record: &Record, raw: &RawBody, path: Path, proxy: bool) {
        let factors = if repeats(place, &record.frame) {
            let own = raw.factors.get_or_init(|| gf::factor(&record.frame.matrix));
            carried(own, place, &record.frame)
        } else {
            gf::factor(&record.frame.world(&place.world))
        };
        let index = u32::try_from(self.physics.bodies.len()).unwrap_or(u32::MAX);
        let body = RigidBody {
            path: path.clone(),
            position: gf::narrow3(factors.translation),
            rotation: gf::narrow4(gf::rotation_quaternion(&factors.rotation)),
            scale: gf::narrow3(factors.scale),
            enabled: raw.enabled,
            kinematic: raw.kinematic,
            asleep: raw.asleep,
            velocity: raw.velocity,
            angular_velocity: raw.angular_velocity,
            shapes: Vec::new(),
            filtered: self.paths(place, &raw.filtered),
            owners: self.paths(place, &raw.owners),
            proxy,
        };
        self.physics.bodies.push(body);
        self.leave(&path);
        // A disabled body carries nothing: what is below belongs to the body above, or to none.
        if raw.enabled {
            self.above.push(Above {
                index,
                path,
                world: record.frame.world(&place.world),
            });
        }
    }

    /// Forgets the bodies that a prim is not below.
    fn leave(&mut self, path: &Path) {
        while self
            .above
            .last()
            .is_some_and(|above| !path.has_prefix(&above.path))
        {
            self.above.pop();
        }
    }

    fn shape(
        &mut self,
        place: &mut Place<'_>,
        record: &Record,
        raw: &RawShape,
        path: Path,
        proxy: bool,
    ) {
        self.leave(&path);
        let (factors, geometry, valid) = sized(place, record, raw);
        // What cannot be used is placed nowhere, as in usd-core.
        let body = self.above.last().filter(|_| valid);
        let local = match body {
            _ if !valid => LocalPose::IDENTITY,
            None => LocalPose {
                position: gf::narrow3(factors.translation),
                rotation: gf::narrow4(gf::rotation_quaternion(&factors.rotation)),
                scale: gf::narrow3(factors.scale),
            },
            Some(above) => {
                let mut local = against(place, record, raw, &path, above);
                let scale = self.physics.bodies[above.index as usize].scale;
                for k in 0..3 {
                    local.position[k] *= scale[k];
                }
                local
            }
        };
        let index = u32::try_from(self.physics.shapes.len()).unwrap_or(u32::MAX);
        let body = body.map(|above| above.index);
        if let Some(body) = body {
            self.physics.bodies[body as usize].shapes.push(index);
        }
        let links = self.links(place, raw, &path);
        self.physics.shapes.push(Shape {
            path,
            geometry,
            body,
            position: local.position,
            rotation: local.rotation,
            scale: local.scale,
            enabled: raw.enabled,
            valid,
            proxy,
            links,
        });
    }

    fn links(&mut self, place: &mut Place<'_>, raw: &RawShape, path: &Path) -> Arc<Links> {
        let source = &place.blueprint.links[raw.links];
        if source.materials.is_empty() && source.owners.is_empty() && source.filtered.is_empty() {
            return self.no_links.clone();
        }
        let (scene, materials) = (self.scene, &mut self.materials);
        place.links(raw.links, path, &mut |prim| {
            let cache = materials.get_or_insert_with(|| MaterialCache::new(scene));
            physics_material(scene, cache, prim)
        })
    }
}

/// The physical material bound to a prim where collections bind.
pub(super) fn physics_material(scene: &Scene, cache: &MaterialCache, prim: &Path) -> Option<Path> {
    let bound = cache.bound(&scene.stage().prim(prim).ok()?);
    let (material, _) = bound.get("physics")?;
    let path = openusd::sdf::path(material).ok()?;
    let physical = scene
        .stage()
        .prim(&path)
        .ok()?
        .has_api_schema("PhysicsMaterialAPI");
    physical.unwrap_or(false).then_some(path)
}

/// Whether scale and pose in a frame repeat from place to place.
fn repeats(place: &Place<'_>, frame: &Frame) -> bool {
    place.rigid || frame.absolute
}

/// Factors of a frame turned and moved with its blueprint.
fn carried(own: &Factors, place: &Place<'_>, frame: &Frame) -> Factors {
    if frame.absolute {
        return *own;
    }
    let moved = place
        .world
        .transform_point(&Vector3::from(own.translation).into());
    Factors {
        rotation: gf::product(&own.rotation, &gf::upper(&place.world)),
        translation: [moved.x, moved.y, moved.z],
        ..*own
    }
}

/// World factors of a shape, its geometry, and whether that can be used.
fn sized(place: &Place<'_>, record: &Record, raw: &RawShape) -> (Factors, Geometry, bool) {
    let fresh = |matrix: &Matrix4<f64>| {
        let factors = gf::factor(matrix);
        let (geometry, valid) = raw.geometry.scaled(factors.scale);
        (factors, geometry, valid)
    };
    if !repeats(place, &record.frame) {
        return fresh(&record.frame.world(&place.world));
    }
    let (own, geometry, valid) = raw.factors.get_or_init(|| fresh(&record.frame.matrix));
    (carried(own, place, &record.frame), geometry.clone(), *valid)
}

/// The pose of a shape in its body, before the body's scale.
fn against(
    place: &Place<'_>,
    record: &Record,
    raw: &RawShape,
    path: &Path,
    above: &Above,
) -> LocalPose {
    if *path == above.path {
        return LocalPose::IDENTITY;
    }
    let inside = record.body.and_then(|item| place.blueprint.record(item));
    match inside {
        Some(body) if body.frame.absolute == record.frame.absolute => *raw
            .local
            .get_or_init(|| local_pose(&record.frame.matrix, &body.frame.matrix)),
        _ => local_pose(&record.frame.world(&place.world), &above.world),
    }
}

/// A joint whose bodies are still to be found.
fn joint(place: &Place<'_>, raw: &RawJoint, path: Path) -> Joint {
    let target = |k: usize| {
        let target = raw.targets[k].as_ref();
        target.map(|path| place.map_one(path)).unwrap_or_default()
    };
    Joint {
        path,
        targets: [target(0), target(1)],
        bodies: [Path::default(), Path::default()],
        body_indices: [None; 2],
        positions: raw.positions,
        rotations: raw.rotations,
        enabled: raw.enabled,
        collision_enabled: raw.collision_enabled,
        excluded: raw.excluded,
        break_force: raw.break_force,
        break_torque: raw.break_torque,
        kind: raw.kind.clone(),
    }
}

/// Indices of bodies by path.
pub(super) type BodyIndex = HashMap<Path, u32>;

/// The index of the bodies of a stage.
pub(super) fn body_index(bodies: &[RigidBody]) -> BodyIndex {
    let indexed = bodies.iter().zip(0..);
    indexed
        .map(|(body, index)| (body.path.clone(), index))
        .collect()
}
