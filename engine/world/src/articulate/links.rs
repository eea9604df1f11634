//! Links with their numbers.

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::Pose;
use halle_model::articulated::{SystemJoint, SystemLink};
use nalgebra::Isometry3;

use super::says::{BODY_SETTING, JOINT_SETTING, START_OUTSIDE, Says, UNEVEN_GRAVITY};
use super::skeleton::{Bone, Skeleton, of_unit_length};
use crate::components::{Joint, RigidBody, SurfaceVelocity};
use crate::error::CompileError;
use crate::link_mass::{check_mass, merged_mass, packed};
use crate::mass::{MassProperties, body_mass};
use crate::place::{in_range, pose, site};

/// Rounding of rotations that is not worth keeping \[-\].
const ROUNDING: f64 = 1e-14;
/// Difference of two parts of gravity that is worth telling \[-\].
const SAME_GRAVITY: f64 = 1e-9;

/// A frame as plain numbers; entries that are zero or one but for rounding are made so, as laws are
/// recorded without the products that vanish.
pub(crate) fn exact(a_from_b: &Isometry3<f64>) -> Pose {
    let made = pose(&of_unit_length(a_from_b));
    let round = |v: f64, one: bool| match v {
        v if v.abs() < ROUNDING => 0.0,
        v if one && (v.abs() - 1.0).abs() < ROUNDING => v.signum(),
        v => v,
    };
    Pose {
        rotation: made.rotation.map(|row| row.map(|v| round(v, true))),
        translation: made.translation.map(|v| round(v, false)),
    }
}

/// Weighs the links, puts floating ones at their centres of mass, and fills in the numbers.
pub(crate) fn links(
    world: &World,
    skeleton: &mut Skeleton,
    says: &mut Says<'_>,
) -> Result<Vec<SystemLink>, CompileError> {
    let mut masses = masses(world, skeleton, says)?;
    for (index, mass) in masses.iter_mut().enumerate() {
        if skeleton.bones[index].kind == SystemJoint::Free {
            skeleton.recentre(index, &mass.center);
            mass.center.fill(0.0);
        }
    }
    let mut links = Vec::with_capacity(masses.len());
    for (bone, mass) in skeleton.bones.iter().zip(&masses) {
        links.push(link(world, bone, mass, says)?);
    }
    Ok(links)
}

/// Mass properties of every link in its frame. A link without mass must carry one that has some.
fn masses(
    world: &World,
    skeleton: &Skeleton,
    says: &mut Says<'_>,
) -> Result<Vec<MassProperties>, CompileError> {
    let bones = &skeleton.bones;
    let mut masses = Vec::with_capacity(bones.len());
    for bone in bones {
        let mass = merged_mass(world, &bone.bodies, &mut says.diagnostics);
        if mass.mass != 0.0 {
            let first = bone.bodies.first().map_or(bone.prim, |b| b.0);
            check_mass(world, first, &mass)?;
        }
        masses.push(mass);
    }
    let mut heavy: Vec<bool> = masses.iter().map(|m| m.mass != 0.0).collect();
    for (index, bone) in bones.iter().enumerate().rev() {
        let floats = bone.kind == SystemJoint::Free;
        if !heavy[index] || floats && masses[index].mass == 0.0 {
            let first = bone.bodies.first().map_or(bone.prim, |b| b.0);
            let site = site(world, first, "physics:mass");
            return Err(CompileError::LinkWithoutMass { site });
        }
        if let Some(parent) = bone.parent {
            heavy[parent] = true;
        }
    }
    Ok(masses)
}

/// The numbers of a joint that act on each of its degrees of freedom.
#[derive(Clone, Copy, Default)]
struct Passive {
    armature: f64,
    damping: f64,
    friction: f64,
    spring: [f64; 2],
    velocity_limit: Option<f64>,
}

fn link(
    world: &World,
    bone: &Bone,
    mass: &MassProperties,
    says: &mut Says<'_>,
) -> Result<SystemLink, CompileError> {
    let passive = passive(world, bone, says)?;
    let [lower, upper] = bone.limit;
    if let [q] = bone.position[..]
        && (q < lower || q > upper)
    {
        let detail = format!("{q:.4} is not within {lower:.4} and {upper:.4}");
        says.tell(&START_OUTSIDE, bone.prim, "halle:joint:home", &detail);
    }
    let reach = bone.parent_from_link.to_homogeneous().norm();
    let (property, expected) = ("physics:localPos0", "a finite frame");
    in_range(world, bone.prim, property, expected, reach, |_| true)?;
    let gravity_scale = gravity(world, bone, says);
    for (body, _) in &bone.bodies {
        tell_body(world, *body, bone.joint.is_some(), says);
    }
    Ok(SystemLink {
        name: bone.name.clone(),
        parent: bone.parent,
        joint: bone.kind,
        parent_from_link: exact(&bone.parent_from_link),
        mass: mass.mass,
        center_of_mass: mass.center.into(),
        inertia: packed(&mass.inertia),
        gravity_scale,
        armature: passive.armature,
        damping: passive.damping,
        friction: passive.friction,
        spring: passive.spring,
        limit: bone.limit,
        velocity_limit: passive.velocity_limit.unwrap_or(f64::INFINITY),
    })
}

fn passive(world: &World, bone: &Bone, says: &mut Says<'_>) -> Result<Passive, CompileError> {
    let Some((entity, joint)) = bone.joint.and_then(|e| Some((e, world.get::<Joint>(e)?))) else {
        return Ok(Passive::default());
    };
    for (property, value) in [
        ("halle:joint:armature", joint.armature),
        ("halle:joint:damping", joint.damping),
        ("halle:joint:friction", joint.friction),
        ("mjc:stiffness", joint.spring.stiffness),
    ] {
        in_range(world, entity, property, "zero or more", value, |v| v >= 0.0)?;
    }
    if let Some(limit) = joint.velocity_limit.filter(|v| *v != f64::INFINITY) {
        let property = "halle:joint:velocityLimit";
        in_range(world, entity, property, "zero or more", limit, |v| v >= 0.0)?;
    }
    let whole = bone.freedom.is_none() && bone.kind != SystemJoint::Spherical;
    if !whole && joint.spring.stiffness > 0.0 {
        let detail = "springs act on joints of one degree of freedom";
        says.tell(&JOINT_SETTING, entity, "mjc:stiffness", detail);
    }
    if joint.break_force.is_some() || joint.break_torque.is_some() {
        let detail = "joints do not break";
        says.tell(&JOINT_SETTING, entity, "physics:breakForce", detail);
    }
    let spring = [joint.spring.stiffness, joint.spring.rest];
    Ok(Passive {
        armature: joint.armature,
        damping: joint.damping,
        friction: joint.friction,
        spring: if whole { spring } else { [0.0; 2] },
        velocity_limit: joint.velocity_limit,
    })
}

/// Part of gravity that acts on the bodies of a link: their mean by mass.
fn gravity(world: &World, bone: &Bone, says: &mut Says<'_>) -> f64 {
    let parts: Vec<[f64; 2]> = bone
        .bodies
        .iter()
        .map(|(body, _)| {
            let mut unsaid = crate::finding::Diagnostics::default();
            let mass = body_mass(world, *body, &mut unsaid).map_or(0.0, |m| m.mass);
            let scale = world.get::<RigidBody>(*body).map(|b| b.gravity_scale);
            [mass, scale.unwrap_or(1.0)]
        })
        .filter(|[mass, _]| *mass != 0.0)
        .collect();
    let Some([_, first]) = parts.first().copied() else {
        return 1.0;
    };
    if parts.iter().all(|[_, s]| (s - first).abs() < SAME_GRAVITY) {
        return first;
    }
    let body = bone.bodies[0].0;
    says.tell(&UNEVEN_GRAVITY, body, "physxRigidBody:disableGravity", "");
    let total: f64 = parts.iter().map(|[mass, _]| mass).sum();
    parts.iter().map(|[mass, s]| mass * s).sum::<f64>() / total
}

/// What a body says that nothing obeys.
fn tell_body(world: &World, entity: Entity, carried: bool, says: &mut Says<'_>) {
    let Some(body) = world.get::<RigidBody>(entity) else {
        return;
    };
    let moves = body.linear_velocity.norm() + body.angular_velocity.norm() > 0.0;
    let belt = world.get::<SurfaceVelocity>(entity).is_some();
    let unused = [
        (
            body.linear_damping != 0.0 || body.angular_damping != 0.0,
            "physxRigidBody:linearDamping",
            "bodies feel no drag",
        ),
        (
            body.max_linear_speed.is_some() || body.max_angular_speed.is_some(),
            "physxRigidBody:maxLinearVelocity",
            "speeds of bodies are not bounded",
        ),
        (
            body.starts_asleep,
            "physics:startsAsleep",
            "bodies do not sleep",
        ),
        (
            moves && carried,
            "physics:velocity",
            "the velocity of a body on a joint is that of the joint",
        ),
        (
            belt,
            "physics:surfaceVelocity",
            "surfaces do not move along",
        ),
    ];
    for (_, property, detail) in unused.into_iter().filter(|u| u.0) {
        says.tell(&BODY_SETTING, entity, property, detail);
    }
}
