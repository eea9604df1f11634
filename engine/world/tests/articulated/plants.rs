//! Small worlds, put together by hand, and where the links of their systems stand.

use std::sync::Arc;

use bevy_ecs::bundle::Bundle;
use halle_model::Pose;
use halle_model::articulated::{System, SystemJoint};
use halle_world::components::{
    AuthoredMass, Collider, Geometry, InBody, Joint, Plant, RigidBody, SourcePath, WorldPose,
};
use halle_world::{CompileError, Diagnostics, Entity, Shape, World, articulate};
use nalgebra::{Isometry3, Matrix3, Quaternion, Rotation3, Translation3, UnitQuaternion, Vector3};

/// A world in the making.
pub(crate) struct Site {
    pub(crate) world: World,
}

impl Site {
    pub(crate) fn new() -> Self {
        let mut world = World::new();
        world.insert_resource(Plant {
            gravity: [0.0, 0.0, -9.81],
            time_step: 0.002,
            source: "plant.usda".to_owned(),
            ..Plant::default()
        });
        Self { world }
    }

    /// A prim with some components.
    pub(crate) fn prim(&mut self, name: &str, bundle: impl Bundle) -> Entity {
        let source = SourcePath {
            layer: Arc::from("plant.usda"),
            prim: format!("/{name}"),
        };
        let entity = self.world.spawn((source, bundle)).id();
        let mut plant = self.world.resource_mut::<Plant>();
        plant.entities.push(entity);
        entity
    }

    /// A body of 2 kg whose centre of mass is at a point of it.
    pub(crate) fn body(
        &mut self,
        name: &str,
        pose: Isometry3<f64>,
        center: Vector3<f64>,
    ) -> Entity {
        let mass = AuthoredMass {
            mass: Some(2.0),
            center_of_mass: Some(center),
            diagonal_inertia: Some(Vector3::new(0.03, 0.04, 0.05)),
            ..AuthoredMass::default()
        };
        let made = self.prim(name, (RigidBody::default(), WorldPose(pose), mass));
        self.world.entity_mut(made).insert(InBody(made));
        made
    }

    /// A shape that is touched, on a body or in the world, at the origin of the body.
    pub(crate) fn collider(&mut self, name: &str, body: Option<Entity>, shape: Shape) -> Entity {
        let pose = body.and_then(|b| self.world.get::<WorldPose>(b).map(|p| p.0));
        let pose = pose.unwrap_or_else(Isometry3::identity);
        let geometry = Geometry {
            shape,
            world_from_shape: pose,
            visible: true,
        };
        let made = self.prim(name, (geometry, Collider::default(), WorldPose(pose)));
        if let Some(body) = body {
            self.world.entity_mut(made).insert(InBody(body));
        }
        made
    }

    pub(crate) fn joint(&mut self, name: &str, joint: Joint) -> Entity {
        self.prim(name, joint)
    }

    pub(crate) fn made(&self) -> (System, Diagnostics) {
        articulate(&self.world).unwrap()
    }

    pub(crate) fn refused(&self) -> CompileError {
        articulate(&self.world).unwrap_err()
    }
}

/// Codes of findings, in their order.
pub(crate) fn codes(diagnostics: &Diagnostics) -> Vec<&'static str> {
    diagnostics.findings().iter().map(|f| f.code).collect()
}

pub(crate) fn ball(radius: f64) -> Shape {
    Shape::Sphere { radius }
}

pub(crate) fn at(x: f64, y: f64, z: f64) -> Isometry3<f64> {
    Isometry3::translation(x, y, z)
}

fn frame(pose: &Pose) -> Isometry3<f64> {
    let r = pose.rotation;
    let rows = Matrix3::from_fn(|i, j| r[i][j]);
    let turn = UnitQuaternion::from_rotation_matrix(&Rotation3::from_matrix_unchecked(rows));
    Isometry3::from_parts(Translation3::from(pose.translation), turn)
}

/// Where the links of a system stand in the world at a position.
pub(crate) fn stand(system: &System, position: &[f64]) -> Vec<Isometry3<f64>> {
    let mut poses: Vec<Isometry3<f64>> = Vec::new();
    for (link, place) in system.links.iter().zip(system.places()) {
        let q = &position[place.position..];
        let turn =
            |q: &[f64]| UnitQuaternion::from_quaternion(Quaternion::new(q[0], q[1], q[2], q[3]));
        let moved: Isometry3<f64> = match link.joint {
            SystemJoint::Revolute => Isometry3::from_parts(
                Translation3::identity(),
                UnitQuaternion::from_axis_angle(&Vector3::z_axis(), q[0]),
            ),
            SystemJoint::Prismatic => at(0.0, 0.0, q[0]),
            SystemJoint::Spherical => Isometry3::from_parts(Translation3::identity(), turn(q)),
            SystemJoint::Free => {
                Isometry3::from_parts(Translation3::new(q[0], q[1], q[2]), turn(&q[3..]))
            }
        };
        let above = link.parent.map_or_else(Isometry3::identity, |p| poses[p]);
        poses.push(above * frame(&link.parent_from_link) * moved);
    }
    poses
}

/// Index of a link by the name of its prim.
pub(crate) fn link(system: &System, name: &str) -> usize {
    let wanted = format!("/{name}");
    system.links.iter().position(|l| l.name == wanted).unwrap()
}
