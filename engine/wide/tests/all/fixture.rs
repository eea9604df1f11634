//! Plants in code.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

use std::sync::Arc;

use bevy_ecs::bundle::Bundle;

use halle_wide::{Jitter, WideBatch, WideModel, WideOptions};
use halle_world::components::{
    AuthoredMass, Collider, ContactMaterial, Geometry, InBody, Joint, Parent, Plant, RigidBody,
    SourcePath, WorldPose,
};
use halle_world::{Diagnostics, Entity, Shape, World};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

/// Standard gravity [m/s^2].
pub(crate) const G: f64 = 9.81;

/// A plant under construction.
pub(crate) struct Yard {
    pub(crate) world: World,
    entities: Vec<Entity>,
    time_step: f64,
    pub(crate) gravity: [f64; 3],
}

/// A pose without rotation.
pub(crate) fn at(x: f64, y: f64, z: f64) -> Isometry3<f64> {
    Isometry3::translation(x, y, z)
}

/// A pose turned about an axis.
pub(crate) fn turned(place: [f64; 3], axis: Vector3<f64>, angle: f64) -> Isometry3<f64> {
    Isometry3::from_parts(
        Translation3::from(place),
        UnitQuaternion::from_scaled_axis(axis * angle),
    )
}

/// A material with one coefficient of friction.
pub(crate) fn rubbing(friction: f64, restitution: f64) -> ContactMaterial {
    ContactMaterial {
        static_friction: friction,
        dynamic_friction: friction,
        restitution,
        ..ContactMaterial::default()
    }
}

/// A box by its half sizes.
pub(crate) fn cuboid(x: f64, y: f64, z: f64) -> Shape {
    Shape::Box {
        half_extent: [x, y, z],
    }
}

impl Yard {
    /// An empty plant with substeps of a length [s].
    pub(crate) fn new(time_step: f64) -> Self {
        Self {
            world: World::new(),
            entities: Vec::new(),
            time_step,
            gravity: [0.0, 0.0, -G],
        }
    }

    /// A prim.
    pub(crate) fn prim(&mut self, name: &str, world_from_prim: Isometry3<f64>) -> Entity {
        let path = SourcePath {
            layer: Arc::from("yard"),
            prim: format!("/{name}"),
        };
        let entity = self.world.spawn((path, WorldPose(world_from_prim))).id();
        self.entities.push(entity);
        entity
    }

    /// Adds a component to a prim.
    pub(crate) fn give<C: Bundle>(&mut self, entity: Entity, component: C) {
        self.world.entity_mut(entity).insert(component);
    }

    /// A dynamic body of one shape and a mass.
    pub(crate) fn body(
        &mut self,
        name: &str,
        pose: Isometry3<f64>,
        shape: Shape,
        mass: f64,
        material: ContactMaterial,
    ) -> Entity {
        let entity = self.still(name, pose, shape, material);
        let authored = AuthoredMass {
            mass: Some(mass),
            ..AuthoredMass::default()
        };
        self.give(entity, (RigidBody::default(), InBody(entity), authored));
        entity
    }

    /// A collider that stands still.
    pub(crate) fn still(
        &mut self,
        name: &str,
        pose: Isometry3<f64>,
        shape: Shape,
        material: ContactMaterial,
    ) -> Entity {
        let entity = self.prim(name, pose);
        let geometry = Geometry {
            shape,
            world_from_shape: pose,
            visible: true,
        };
        self.give(entity, (geometry, Collider::default(), material));
        entity
    }

    /// A floor whose top is at z = 0.
    pub(crate) fn floor(&mut self, material: ContactMaterial) -> Entity {
        self.still(
            "Floor",
            at(0.0, 0.0, -0.5),
            cuboid(20.0, 20.0, 0.5),
            material,
        )
    }

    /// A joint.
    pub(crate) fn joint(&mut self, name: &str, joint: Joint) -> Entity {
        let entity = self.prim(name, Isometry3::identity());
        self.give(entity, joint);
        entity
    }

    /// Puts a prim below another.
    pub(crate) fn below(&mut self, child: Entity, parent: Entity) {
        self.give(child, Parent(parent));
    }

    /// Makes the plant ready.
    pub(crate) fn model(self, options: &WideOptions) -> (Arc<WideModel>, Diagnostics) {
        let Self {
            mut world,
            entities,
            time_step,
            gravity,
        } = self;
        world.insert_resource(Plant {
            entities,
            source: "yard".into(),
            inputs: Vec::new(),
            gravity,
            time_step,
        });
        WideModel::compile(&world, options).unwrap()
    }

    /// One env of the plant with default options.
    pub(crate) fn run(self) -> WideBatch {
        self.run_with(&WideOptions::default())
    }

    /// One env of the plant.
    pub(crate) fn run_with(self, options: &WideOptions) -> WideBatch {
        let (model, _) = self.model(options);
        WideBatch::new(model, 0, 1, 1, Jitter::default(), 1).unwrap()
    }
}

/// Advances by a time [s].
pub(crate) fn advance(batch: &mut WideBatch, seconds: f64) {
    let steps = (seconds / batch.model().time_step()).round() as usize;
    batch.step(steps);
}

/// Index of a body by the end of its path.
pub(crate) fn body(batch: &WideBatch, name: &str) -> usize {
    let bodies = batch.model().bodies();
    bodies.iter().position(|b| b.path.ends_with(name)).unwrap()
}
