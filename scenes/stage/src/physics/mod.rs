//! Physics as UsdPhysics defines it: bodies, colliders, joints and what goes with them.
//!
//! [`parse`] returns what usd-core's `UsdPhysics.LoadUsdPhysicsFromRange(stage, ["/"])` returns, typed;
//! [`descriptors`] prints it, and [`mass_properties`] weighs the bodies. Start reading there, then in `walk` (a stage into blueprints), `place`
//! (blueprints in their places) and `assemble` (descriptors from them). The rules are those of USD's
//! `usdPhysics/parseUtils.cpp`.

mod articulation;
mod assemble;
mod binding;
mod blueprint;
mod desc;
mod facts;
mod gf;
mod groups;
mod hull;
mod joints;
mod json;
mod mass;
mod mesh;
mod own;
mod place;
mod raw;
mod read;
mod share;
mod solid;
mod tensor;
mod units;
mod walk;

pub use desc::{
    Articulation, Axis, Drive, Driven, Freedom, Geometry, Group, Joint, JointKind, Limit, Links,
    MAX_OBJECTS, Material, Physics, RigidBody, Round, SceneDesc, Shape, SpherePoint, Tapered,
};

pub use mass::{BodyMass, MassRules, mass_json, mass_properties};

use crate::open::Scene;

/// Everything physical on a stage, at default values.
///
/// Prims that are active, loaded, defined and not abstract count; instances are expanded, what is
/// below a point instancer is not. What the library cannot read is listed, not an error.
#[must_use]
pub fn parse(scene: &Scene) -> Physics {
    let mut walker = walk::Walker::new(scene, false);
    let blueprint = walker.stage_blueprint();
    let mut assembler = assemble::Assembler::new(scene);
    let mut take = |place: &mut place::Place<'_>, placed: place::Placed<'_>| {
        assembler.take(place, placed);
    };
    let complete = place::Placer::new(&mut take).stage(&blueprint);
    let mut physics = assembler.physics;
    physics.truncated = !complete;
    physics.unread = walker.unread;
    groups::merge(&mut physics.groups);
    groups::assign(scene.stage(), &mut physics);
    if !physics.joints.is_empty() || !physics.articulations.is_empty() {
        connect(scene, &mut physics);
    }
    physics
}

/// Finds the bodies of joints and the members of articulations.
fn connect(scene: &Scene, physics: &mut Physics) {
    let index = assemble::body_index(&physics.bodies);
    let frames = joints::Frames::new(scene, &physics.bodies, &index);
    for joint in &mut physics.joints {
        frames.complete(joint);
    }
    if physics.articulations.is_empty() {
        return;
    }
    let graph = articulation::Graph::new(&physics.bodies, &physics.joints, &index);
    for articulation in &mut physics.articulations {
        graph.complete(articulation);
    }
}

/// The physics of a stage as JSON: descriptors by object type and path, with the field names of
/// usd-core's Python module. Numbers are floats widened; infinities and NaN are strings.
#[must_use]
pub fn descriptors(scene: &Scene) -> serde_json::Value {
    json::physics(&parse(scene))
}
