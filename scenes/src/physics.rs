//! UsdPhysics: bodies, masses, joints, drives, materials. Units leave the file's here.

use std::collections::BTreeMap;

use bevy_ecs::entity::Entity;
use halle_world::Severity;
use halle_world::components::{
    AuthoredMass, Axis, CollisionGroup, ContactMaterial, Drive, Joint, Motion, RigidBody,
};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use crate::halle;
use crate::reader::PrimReader;
use crate::supported::OTHER_JOINTS;
use crate::transform::{Placement, unit_quaternion};
use crate::value;

/// SI values of the stage's units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Units {
    /// Metres in a unit of length.
    pub(crate) meters: f64,
    /// Kilograms in a unit of mass.
    pub(crate) kilograms: f64,
}

/// What is known of every prim by its path.
pub(crate) struct Known {
    /// Entities by path.
    pub(crate) entities: BTreeMap<String, Entity>,
    /// Placements by path.
    pub(crate) placements: BTreeMap<String, Placement>,
    /// Units of the stage.
    pub(crate) units: Units,
    /// World frame (z up) from stage frame.
    pub(crate) world_from_stage: Isometry3<f64>,
}

/// The rigid body on a prim, if it is switched on.
pub(crate) fn rigid_body(prim: &PrimReader<'_>) -> Option<RigidBody> {
    let on = prim.has("PhysicsRigidBodyAPI") && prim.truth_or("physics:rigidBodyEnabled", true);
    on.then(|| RigidBody {
        kinematic: prim.truth_or("physics:kinematicEnabled", false),
    })
}

/// Authored mass; UsdPhysics spells "not authored" as zero or as an infinite number.
pub(crate) fn mass(prim: &PrimReader<'_>, placement: &Placement, units: Units) -> AuthoredMass {
    let number = |name| prim.read(name, value::number).filter(|v| *v != 0.0);
    let triple = |name| {
        let read = prim.read(name, value::triple);
        read.filter(|v| v.iter().all(|x| x.is_finite()))
            .map(Vector3::from)
    };
    let center = triple("physics:centerOfMass");
    let inertia = triple("physics:diagonalInertia").filter(|v| *v != Vector3::zeros());
    let axes = prim.read("physics:principalAxes", value::quaternion);
    AuthoredMass {
        mass: number("physics:mass").map(|v| v * units.kilograms),
        density: number("physics:density").map(|v| v * units.kilograms / units.meters.powi(3)),
        center_of_mass: center.map(|v| placement.stretch * v),
        diagonal_inertia: inertia.map(|v| v * units.kilograms * units.meters.powi(2)),
        principal_axes: axes.map_or_else(UnitQuaternion::identity, unit_quaternion),
    }
}

/// The physics material on a material prim.
pub(crate) fn contact_material(prim: &PrimReader<'_>, units: Units) -> ContactMaterial {
    let density = prim.number_or("physics:density", 0.0);
    ContactMaterial {
        static_friction: prim.number_or("physics:staticFriction", 0.0),
        dynamic_friction: prim.number_or("physics:dynamicFriction", 0.0),
        restitution: prim.number_or("physics:restitution", 0.0),
        density: density * units.kilograms / units.meters.powi(3),
    }
}

/// The joint on a prim, if it is one and switched on.
pub(crate) fn joint(prim: &PrimReader<'_>, known: &Known) -> Option<Joint> {
    let motion = match prim.kind.as_str() {
        "PhysicsFixedJoint" => Motion::Fixed,
        "PhysicsRevoluteJoint" => Motion::Revolute,
        "PhysicsPrismaticJoint" => Motion::Prismatic,
        other if OTHER_JOINTS.contains(&other) => Motion::Unsupported(other.to_owned()),
        _ => return None,
    };
    if !prim.truth_or("physics:jointEnabled", true) {
        return None;
    }
    let units = known.units;
    let unit = if motion == Motion::Revolute {
        1_f64.to_radians()
    } else {
        units.meters
    };
    let limit = |name| prim.read(name, value::number).map(|v| v * unit);
    let (body0, body0_from_joint) = side(prim, "0", known)?;
    let (body1, body1_from_joint) = side(prim, "1", known)?;
    let mut made = Joint {
        body0,
        body1,
        body0_from_joint,
        body1_from_joint,
        axis: match prim.text_or("physics:axis", "X").as_str() {
            "Y" => Axis::Y,
            "Z" => Axis::Z,
            _ => Axis::X,
        },
        lower: limit("physics:lowerLimit"),
        upper: limit("physics:upperLimit"),
        drive: drive(prim, &motion, units),
        armature: 0.0,
        damping: 0.0,
        friction: 0.0,
        velocity_limit: None,
        home: None,
        excluded: prim.truth_or("physics:excludeFromArticulation", false),
        motion,
    };
    halle::extend_joint(prim, &mut made);
    if prim.value("physics:breakForce").is_some() || prim.value("physics:breakTorque").is_some() {
        unsupported(prim, "physics:breakForce", "joints do not break");
    }
    Some(made)
}

/// One end of a joint; `None` with a finding if it names a prim that is not there.
fn side(
    prim: &PrimReader<'_>,
    end: &str,
    known: &Known,
) -> Option<(Option<Entity>, Isometry3<f64>)> {
    let name = format!("physics:body{end}");
    let position = prim
        .read(&format!("physics:localPos{end}"), value::triple)
        .unwrap_or_default();
    let rotation = prim.read(&format!("physics:localRot{end}"), value::quaternion);
    let turn = rotation.map_or_else(UnitQuaternion::identity, unit_quaternion);
    let place = |p: Vector3<f64>| Isometry3::from_parts(Translation3::from(p), turn);
    let Some(target) = prim.targets(&name).first().cloned() else {
        // A joint without a body on this side stands in the stage's own frame.
        let stage_from_joint = place(Vector3::from(position) * known.units.meters);
        return Some((None, known.world_from_stage * stage_from_joint));
    };
    let (Some(entity), Some(placement)) =
        (known.entities.get(&target), known.placements.get(&target))
    else {
        prim.find(
            Severity::Warning,
            "SC0106",
            &name,
            format!("joint names a prim that is not there: `{target}`; it is left out"),
            "correct the path, or load the layer that holds the prim",
        );
        return None;
    };
    Some((
        Some(*entity),
        place(placement.stretch * Vector3::from(position)),
    ))
}

fn drive(prim: &PrimReader<'_>, motion: &Motion, units: Units) -> Option<Drive> {
    let instance = match motion {
        Motion::Revolute => "angular",
        Motion::Prismatic => "linear",
        Motion::Fixed | Motion::Unsupported(_) => return None,
    };
    for api in prim
        .apis
        .iter()
        .filter(|a| a.starts_with("PhysicsDriveAPI:"))
    {
        if api.strip_prefix("PhysicsDriveAPI:") != Some(instance) {
            unsupported(prim, "", &format!("`{api}` does not fit this joint"));
        }
    }
    if !prim.has(&format!("PhysicsDriveAPI:{instance}")) {
        return None;
    }
    let name = |property| format!("drive:{instance}:physics:{property}");
    if prim.text_or(&name("type"), "force") != "force" {
        unsupported(prim, &name("type"), "drives act as force drives");
    }
    let (effort, per_angle) = match motion {
        Motion::Revolute => (units.kilograms * units.meters.powi(2), 1_f64.to_radians()),
        _ => (units.kilograms * units.meters, units.meters),
    };
    let largest = prim.number_or(&name("maxForce"), f64::INFINITY);
    Some(Drive {
        stiffness: prim.number_or(&name("stiffness"), 0.0) * effort / per_angle,
        damping: prim.number_or(&name("damping"), 0.0) * effort / per_angle,
        effort_limit: largest * effort,
    })
}

fn unsupported(prim: &PrimReader<'_>, property: &str, what: &str) {
    let message = format!("not supported: {what}");
    prim.find(
        Severity::Warning,
        "SC0102",
        property,
        message,
        "remove it, or do not count on it",
    );
}

/// A collision group: who belongs to it and whom it ignores.
pub(crate) fn collision_group(prim: &PrimReader<'_>, known: &Known) -> CollisionGroup {
    let find = |name: &str| {
        let found = |target: &String| known.entities.get(target).copied();
        prim.targets(name).iter().filter_map(found).collect()
    };
    CollisionGroup {
        members: find("collection:colliders:includes"),
        filtered: find("physics:filteredGroups"),
    }
}
