//! What takes part: bodies, colliders and joints, read from the authored world.

use std::collections::BTreeMap;

use halle_world::components::{
    Collider, Geometry, InBody, Joint, Plant, RigidBody, Scatter, Scattered, WorldPose,
};
use halle_world::{Entity, Shape, TriangleMesh, World, prototypes};
use nalgebra::{Isometry3, Translation3, Vector3};

use crate::maths::placeable;
use crate::says;
use crate::tell::{Tell, path};

/// A copy of a prototype: number among the copies and how it stands.
#[derive(Clone, Debug)]
pub(crate) struct PlacedCopy {
    /// The instancer.
    pub(crate) instancer: Entity,
    /// Appended to the path of the prim.
    pub(crate) suffix: String,
    /// World frame of the copy from the world frame that the prototype is authored in.
    pub(crate) copy_from_world: Isometry3<f64>,
    /// Scale of the copy along the prototype's axes.
    pub(crate) scale: [f64; 3],
    /// Frame of the prototype's root, about which the copy is scaled.
    pub(crate) world_from_root: Isometry3<f64>,
}

/// A rigid body.
#[derive(Clone, Debug)]
pub(crate) struct BodyPart {
    pub(crate) entity: Entity,
    pub(crate) copy: Option<usize>,
    pub(crate) path: String,
    pub(crate) authored: RigidBody,
    pub(crate) world_from_body: Isometry3<f64>,
}

/// A shape that is touched.
#[derive(Clone, Debug)]
pub(crate) struct ColliderPart {
    pub(crate) entity: Entity,
    pub(crate) copy: Option<usize>,
    pub(crate) path: String,
    /// Index of its body; none if it stands still.
    pub(crate) body: Option<usize>,
    pub(crate) world_from_shape: Isometry3<f64>,
    pub(crate) shape: Shape,
    pub(crate) collider: Collider,
}

/// A joint between two things.
#[derive(Clone, Debug)]
pub(crate) struct JointPart {
    pub(crate) entity: Entity,
    pub(crate) joint: Joint,
    /// Index of the body on each side; none is the world.
    pub(crate) bodies: [Option<usize>; 2],
    /// Joint frame seen from each side's body (the world for none).
    pub(crate) side_from_joint: [Isometry3<f64>; 2],
}

/// All that takes part.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) bodies: Vec<BodyPart>,
    pub(crate) colliders: Vec<ColliderPart>,
    pub(crate) joints: Vec<JointPart>,
    pub(crate) copies: Vec<PlacedCopy>,
    /// Body of each body prim that is not a copy.
    pub(crate) body_of: BTreeMap<Entity, usize>,
}

impl Parts {
    /// Reads the world, in the order of its stage; copies of prototypes come last.
    pub(crate) fn read(world: &World, plant: &Plant, tell: &mut Tell) -> Self {
        let mut parts = Self::default();
        let (prototypes, scatters) = prototypes(world);
        let authored: Vec<Entity> = plant
            .entities
            .iter()
            .copied()
            .filter(|e| !prototypes.contains_key(e))
            .collect();
        parts.read_some(world, &authored, None, tell);
        for &entity in &authored {
            parts.read_joint(world, entity, tell);
        }
        let mut members: BTreeMap<Entity, Vec<Entity>> = BTreeMap::new();
        for entity in &plant.entities {
            if let Some(root) = prototypes.get(entity) {
                members.entry(*root).or_default().push(*entity);
            }
        }
        for instancer in scatters {
            if !prototypes.contains_key(&instancer) {
                parts.read_copies(world, instancer, &members, tell);
            }
        }
        parts
    }

    /// Bodies, then colliders, of some prims, as authored or as a copy.
    fn read_some(
        &mut self,
        world: &World,
        entities: &[Entity],
        copy: Option<usize>,
        tell: &mut Tell,
    ) {
        let mut own = BTreeMap::new();
        for &entity in entities {
            let (Some(authored), Some(pose)) = (
                world.get::<RigidBody>(entity),
                world.get::<WorldPose>(entity),
            ) else {
                continue;
            };
            let world_from_body = self.placed(&pose.0, copy);
            if !placeable(&world_from_body) {
                tell.add(says::FAR_AWAY, entity, "");
                continue;
            }
            own.insert(entity, self.bodies.len());
            self.bodies.push(BodyPart {
                entity,
                copy,
                path: self.path(world, entity, copy),
                authored: *authored,
                world_from_body,
            });
        }
        for &entity in entities {
            let (Some(geometry), Some(collider)) =
                (world.get::<Geometry>(entity), world.get::<Collider>(entity))
            else {
                continue;
            };
            if collider.enabled {
                let owner = world.get::<InBody>(entity).map(|b| b.0);
                // A collider whose body is left out is left out with it.
                if owner.is_none_or(|o| own.contains_key(&o)) {
                    let body = owner.and_then(|o| own.get(&o).copied());
                    self.read_collider(world, entity, geometry, *collider, body, copy, tell);
                }
            }
        }
        if copy.is_none() {
            self.body_of = own;
        }
    }

    fn read_collider(
        &mut self,
        world: &World,
        entity: Entity,
        geometry: &Geometry,
        collider: Collider,
        body: Option<usize>,
        copy: Option<usize>,
        tell: &mut Tell,
    ) {
        let world_from_shape = self.placed(&geometry.world_from_shape, copy);
        if !placeable(&world_from_shape) {
            tell.add(says::FAR_AWAY, entity, "");
            return;
        }
        let scale = copy.map_or([1.0; 3], |c| self.copies[c].scale);
        let shape = scaled(&geometry.shape, scale).unwrap_or_else(|| {
            tell.add(says::UNEVEN_COPY, entity, "");
            let largest = scale.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
            scaled(&geometry.shape, [largest; 3]).unwrap_or_else(|| geometry.shape.clone())
        });
        self.colliders.push(ColliderPart {
            entity,
            copy,
            path: self.path(world, entity, copy),
            body,
            world_from_shape,
            shape,
            collider,
        });
    }

    fn read_joint(&mut self, world: &World, entity: Entity, tell: &mut Tell) {
        let Some(joint) = world.get::<Joint>(entity) else {
            return;
        };
        let (body0, frame0) = self.side(world, joint.body0, &joint.body0_from_joint);
        let (body1, frame1) = self.side(world, joint.body1, &joint.body1_from_joint);
        let moves = |b: Option<usize>| b.is_some_and(|b| !self.bodies[b].authored.kinematic);
        if body0 == body1 || !(moves(body0) || moves(body1)) {
            tell.add(says::JOINT_NOWHERE, entity, "");
            return;
        }
        if !(placeable(&frame0) && placeable(&frame1)) {
            tell.add(says::BAD_NUMBER, entity, "its frames");
            return;
        }
        self.joints.push(JointPart {
            entity,
            joint: joint.clone(),
            bodies: [body0, body1],
            side_from_joint: [frame0, frame1],
        });
    }

    /// The body on one side of a joint, and the joint frame seen from it.
    fn side(
        &self,
        world: &World,
        prim: Option<Entity>,
        prim_from_joint: &Isometry3<f64>,
    ) -> (Option<usize>, Isometry3<f64>) {
        let Some(prim) = prim else {
            return (None, *prim_from_joint);
        };
        let pose = world
            .get::<WorldPose>(prim)
            .map_or_else(Isometry3::identity, |p| p.0);
        let owner = world.get::<InBody>(prim).map_or(prim, |b| b.0);
        let world_from_joint = pose * prim_from_joint;
        match self.body_of.get(&owner) {
            Some(&body) => {
                let world_from_body = self.bodies[body].world_from_body;
                (Some(body), world_from_body.inv_mul(&world_from_joint))
            }
            None => (None, world_from_joint),
        }
    }

    fn read_copies(
        &mut self,
        world: &World,
        instancer: Entity,
        members: &BTreeMap<Entity, Vec<Entity>>,
        tell: &mut Tell,
    ) {
        let Some(scatter) = world.get::<Scatter>(instancer) else {
            return;
        };
        let world_from_instancer = pose_of(world, instancer);
        for (number, copy) in scatter.copies.iter().enumerate() {
            let Some(root) = scatter.prototypes.get(copy.prototype as usize) else {
                continue;
            };
            let members = members.get(root).map_or(&[][..], Vec::as_slice);
            self.read_copy(world, instancer, *root, number, copy, &world_from_instancer);
            let made = self.copies.len() - 1;
            self.read_some(world, members, Some(made), tell);
            for &entity in members {
                if world.get::<Joint>(entity).is_some() {
                    tell.add(says::COPY_JOINT, entity, "");
                }
            }
        }
    }

    fn read_copy(
        &mut self,
        world: &World,
        instancer: Entity,
        root: Entity,
        number: usize,
        copy: &Scattered,
        world_from_instancer: &Isometry3<f64>,
    ) {
        let world_from_root = pose_of(world, root);
        let placed = world_from_instancer * copy.instancer_from_prototype;
        self.copies.push(PlacedCopy {
            instancer,
            suffix: format!("[{number}]"),
            copy_from_world: placed * world_from_root.inverse(),
            scale: copy.scale,
            world_from_root,
        });
    }

    /// Where something authored stands in a copy.
    fn placed(&self, world_from_it: &Isometry3<f64>, copy: Option<usize>) -> Isometry3<f64> {
        let Some(copy) = copy.map(|c| &self.copies[c]) else {
            return *world_from_it;
        };
        let mut root_from_it = copy.world_from_root.inv_mul(world_from_it);
        let scale = Vector3::from(copy.scale);
        let shift = root_from_it.translation.vector.component_mul(&scale);
        root_from_it.translation = Translation3::from(shift);
        copy.copy_from_world * copy.world_from_root * root_from_it
    }

    fn path(&self, world: &World, entity: Entity, copy: Option<usize>) -> String {
        let own = path(world, entity);
        match copy.map(|c| &self.copies[c]) {
            Some(copy) => format!("{}{}:{own}", path(world, copy.instancer), copy.suffix),
            None => own,
        }
    }
}

fn pose_of(world: &World, entity: Entity) -> Isometry3<f64> {
    world
        .get::<WorldPose>(entity)
        .map_or_else(Isometry3::identity, |p| p.0)
}

/// A shape scaled along its axes; none if it would not be of the same kind any more.
fn scaled(shape: &Shape, [x, y, z]: [f64; 3]) -> Option<Shape> {
    let even = (x - y).abs().max((y - z).abs()) < 1e-9 * x.abs().max(1e-9);
    let round = (x - y).abs() < 1e-9 * x.abs().max(1e-9);
    Some(match shape {
        _ if even && (x - 1.0).abs() < 1e-12 => shape.clone(),
        Shape::Box {
            half_extent: [a, b, c],
        } => Shape::Box {
            half_extent: [a * x.abs(), b * y.abs(), c * z.abs()],
        },
        Shape::Sphere { radius } if even => Shape::Sphere {
            radius: radius * x.abs(),
        },
        Shape::Capsule {
            radius,
            half_height,
        } if even => Shape::Capsule {
            radius: radius * x.abs(),
            half_height: half_height * x.abs(),
        },
        Shape::Cylinder {
            radius,
            half_height,
        } if round => Shape::Cylinder {
            radius: radius * x.abs(),
            half_height: half_height * z.abs(),
        },
        Shape::Cone {
            radius,
            half_height,
        } if round => Shape::Cone {
            radius: radius * x.abs(),
            half_height: half_height * z.abs(),
        },
        Shape::Plane { half_extent } => Shape::Plane {
            half_extent: *half_extent,
        },
        Shape::Mesh(mesh) => Shape::Mesh(std::sync::Arc::new(TriangleMesh {
            points: mesh
                .points
                .iter()
                .map(|p| [p[0] * x, p[1] * y, p[2] * z])
                .collect(),
            // A mirrored mesh is turned inside out, and back again.
            triangles: mesh
                .triangles
                .iter()
                .map(|&[a, b, c]| {
                    if x * y * z < 0.0 {
                        [a, c, b]
                    } else {
                        [a, b, c]
                    }
                })
                .collect(),
            normals: Vec::new(),
        })),
        _ => return None,
    })
}
