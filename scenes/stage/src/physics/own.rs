//! What single prims say of themselves: scenes, groups, materials, bodies and masses.

use std::cell::OnceCell;

use openusd::gf::Vec3f;
use openusd::sdf::Path;
use openusd::usd::Stage;

use super::blueprint::{RawBody, RawMass};
use super::desc::{Group, Material, SceneDesc};
use super::read::Reader;
use super::units;

pub(super) fn scene(stage: &Stage, reader: &Reader<'_>) -> SceneDesc {
    let direction = reader.vector("physics:gravityDirection");
    let magnitude = reader.float("physics:gravityMagnitude", f32::NEG_INFINITY);
    units::gravity(stage, reader.prim.path(), direction, magnitude)
}

pub(super) fn filtered(reader: &Reader<'_>) -> Vec<Path> {
    if reader.facts.filtered_api {
        reader.targets("physics:filteredPairs")
    } else {
        Vec::new()
    }
}

pub(super) fn group(reader: &Reader<'_>) -> Group {
    let merge_name = reader
        .get::<String>("physics:mergeGroup")
        .unwrap_or_default();
    Group {
        path: reader.prim.path().clone(),
        inverted: reader.get::<bool>("physics:invertFilteredGroups"),
        filtered: reader.targets("physics:filteredGroups"),
        merge_name,
        merged: Vec::new(),
    }
}

pub(super) fn material(reader: &Reader<'_>) -> Material {
    Material {
        path: reader.prim.path().clone(),
        static_friction: reader.float("physics:staticFriction", 0.0),
        dynamic_friction: reader.float("physics:dynamicFriction", 0.0),
        restitution: reader.float("physics:restitution", 0.0),
        density: reader.float("physics:density", -1.0),
    }
}

pub(super) fn body(reader: &Reader<'_>) -> RawBody {
    RawBody {
        enabled: reader.flag("physics:rigidBodyEnabled", true),
        kinematic: reader.flag("physics:kinematicEnabled", false),
        asleep: reader.flag("physics:startsAsleep", false),
        velocity: reader.vector("physics:velocity"),
        angular_velocity: reader.vector("physics:angularVelocity"),
        filtered: filtered(reader),
        owners: reader.targets("physics:simulationOwner"),
        mass: mass(reader),
        factors: OnceCell::new(),
    }
}

pub(super) fn mass(reader: &Reader<'_>) -> Option<Box<RawMass>> {
    const NONE: f32 = f32::NEG_INFINITY;
    if !reader.facts.mass_api {
        return None;
    }
    let center = reader.get::<Vec3f>("physics:centerOfMass");
    Some(Box::new(RawMass {
        mass: reader.float("physics:mass", 0.0),
        density: reader.float("physics:density", 0.0),
        inertia: reader.vector("physics:diagonalInertia"),
        center: center.map_or([NONE; 3], |v| [v.x, v.y, v.z]),
        axes: reader.quaternion("physics:principalAxes", [0.0; 4]),
    }))
}
