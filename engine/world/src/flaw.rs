//! Numbers that no plant can have: what arithmetic with huge values leaves behind.

use std::collections::BTreeSet;
use std::sync::Arc;

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::{Isometry3, Vector3};

use crate::components::{
    AuthoredMass, ContactMaterial, Geometry, Joint, Mimic, RigidBody, WorldPose,
};
use crate::shape::{Shape, TriangleMesh};

/// A number of an entity that is not finite, or negative where only zero or more makes sense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flaw {
    /// What the number is, such as `pose` or `radius`.
    pub what: &'static str,
    /// The number.
    pub value: f64,
}

/// Looks for flaws, entity by entity; a mesh that many entities share is looked at once.
#[derive(Debug, Default)]
pub struct FlawFinder {
    /// Addresses of the meshes that were found sound.
    sound: BTreeSet<usize>,
}

impl FlawFinder {
    /// The first flaw of an entity's components, if it has one.
    ///
    /// Poses, velocities, shapes, masses, joints, couplings and contact materials are looked at.
    /// Limits and largest efforts may be infinite, which says that there are none.
    #[must_use]
    pub fn flaw(&mut self, world: &World, entity: Entity) -> Option<Flaw> {
        let pose = world.get::<WorldPose>(entity).map(|p| p.0);
        pose.and_then(|p| frame("pose", &p))
            .or_else(|| self.geometry(world.get(entity)?))
            .or_else(|| mass(world.get(entity)?))
            .or_else(|| body(world.get(entity)?))
            .or_else(|| joint(world.get(entity)?))
            .or_else(|| surface(world.get(entity)?))
            .or_else(|| {
                let mimic: &Mimic = world.get(entity)?;
                finite("coefficient", mimic.coefficients)
            })
    }

    fn geometry(&mut self, geometry: &Geometry) -> Option<Flaw> {
        let size = match &geometry.shape {
            Shape::Mesh(mesh) => self.mesh(mesh),
            solid => solid.lengths().find_map(|(what, v)| positive(what, [v])),
        };
        size.or_else(|| frame("pose of the shape", &geometry.world_from_shape))
    }

    fn mesh(&mut self, mesh: &Arc<TriangleMesh>) -> Option<Flaw> {
        let address = Arc::as_ptr(mesh) as usize;
        if self.sound.contains(&address) {
            return None;
        }
        let flaw = finite(
            "coordinate of the mesh",
            mesh.points.iter().flatten().copied(),
        );
        if flaw.is_none() {
            self.sound.insert(address);
        }
        flaw
    }
}

fn first(what: &'static str, numbers: impl IntoIterator<Item = f64>, least: f64) -> Option<Flaw> {
    let bad = |v: &f64| !v.is_finite() || *v < least;
    let value = numbers.into_iter().find(bad)?;
    Some(Flaw { what, value })
}

fn finite(what: &'static str, numbers: impl IntoIterator<Item = f64>) -> Option<Flaw> {
    first(what, numbers, f64::NEG_INFINITY)
}

fn positive(what: &'static str, numbers: impl IntoIterator<Item = f64>) -> Option<Flaw> {
    first(what, numbers, 0.0)
}

fn vector(what: &'static str, vector: &Vector3<f64>) -> Option<Flaw> {
    finite(what, vector.iter().copied())
}

fn frame(what: &'static str, frame: &Isometry3<f64>) -> Option<Flaw> {
    vector(what, &frame.translation.vector)
        .or_else(|| finite(what, frame.rotation.coords.iter().copied()))
}

fn mass(mass: &AuthoredMass) -> Option<Flaw> {
    positive("mass", mass.mass)
        .or_else(|| positive("density", mass.density))
        .or_else(|| vector("centre of mass", mass.center_of_mass.as_ref()?))
        .or_else(|| positive("inertia", mass.diagonal_inertia?.iter().copied()))
        .or_else(|| finite("inertia", mass.principal_axes.coords.iter().copied()))
}

fn body(body: &RigidBody) -> Option<Flaw> {
    vector("velocity", &body.linear_velocity)
        .or_else(|| vector("velocity", &body.angular_velocity))
        .or_else(|| finite("part of gravity", [body.gravity_scale]))
        .or_else(|| positive("damping", [body.linear_damping, body.angular_damping]))
}

fn joint(joint: &Joint) -> Option<Flaw> {
    let limits = [joint.lower, joint.upper, joint.velocity_limit];
    let unclear = limits.into_iter().flatten().find(|v| v.is_nan());
    let drive = joint.drive.map(|d| [d.target_position, d.target_velocity]);
    let gains = joint.drive.map(|d| [d.stiffness, d.damping]);
    frame("frame of the joint", &joint.body0_from_joint)
        .or_else(|| frame("frame of the joint", &joint.body1_from_joint))
        .or_else(|| {
            unclear.map(|value| Flaw {
                what: "limit",
                value,
            })
        })
        .or_else(|| finite("target of the drive", drive.into_iter().flatten()))
        .or_else(|| finite("gain of the drive", gains.into_iter().flatten()))
        .or_else(|| finite("position at the start", joint.home))
        .or_else(|| {
            let passive = [joint.spring.stiffness, joint.damping, joint.friction];
            finite("spring, damping or friction of the joint", passive)
        })
        .or_else(|| positive("armature", [joint.armature]))
}

fn surface(touch: &ContactMaterial) -> Option<Flaw> {
    let friction = [
        touch.static_friction,
        touch.dynamic_friction,
        touch.torsional_friction,
        touch.rolling_friction,
    ];
    positive("friction", friction)
        .or_else(|| positive("restitution", [touch.restitution]))
        .or_else(|| positive("density", [touch.density]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::Motion;

    fn flaw_of(component: impl bevy_ecs::bundle::Bundle) -> Option<Flaw> {
        let mut world = World::new();
        let entity = world.spawn(component).id();
        FlawFinder::default().flaw(&world, entity)
    }

    fn what(component: impl bevy_ecs::bundle::Bundle) -> &'static str {
        flaw_of(component).map_or("", |f| f.what)
    }

    fn geometry(shape: Shape) -> Geometry {
        Geometry {
            shape,
            world_from_shape: Isometry3::identity(),
            visible: true,
        }
    }

    /// Each kind of number that cannot be is named; sound components are not.
    #[test]
    fn names_the_number() {
        let inf = f64::INFINITY;
        assert_eq!(flaw_of(WorldPose(Isometry3::identity())), None);
        assert_eq!(
            what(WorldPose(Isometry3::translation(0.0, inf, 0.0))),
            "pose"
        );
        let capsule = |half_height| {
            geometry(Shape::Capsule {
                radius: 1.0,
                half_height,
            })
        };
        assert_eq!(what(capsule(0.0)), "");
        assert_eq!(what(capsule(inf)), "half height");
        assert_eq!(what(geometry(Shape::Sphere { radius: -1.0 })), "radius");
        let mesh = TriangleMesh {
            points: vec![[0.0, f64::NAN, 0.0]],
            ..TriangleMesh::default()
        };
        let shape = Shape::Mesh(Arc::new(mesh));
        assert_eq!(what(geometry(shape)), "coordinate of the mesh");
        let heavy = AuthoredMass {
            mass: Some(-1.0),
            ..AuthoredMass::default()
        };
        assert_eq!(what(heavy), "mass");
        let mut joint = Joint::between(Motion::Revolute, None, None);
        joint.upper = Some(inf);
        assert_eq!(what(joint.clone()), "", "a limit may be infinite");
        joint.body1_from_joint.translation.x = f64::NAN;
        assert_eq!(what(joint), "frame of the joint");
    }
}
