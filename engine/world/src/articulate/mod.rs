//! From the authored world to the constants of an articulated system.
//!
//! The joints make a tree of links ([`skeleton`], [`course`]), which are weighed ([`links`]); what is
//! left of the joints closes loops or couples ([`bonds`]); drives and actuators become motors
//! ([`motors`]), colliders become shapes and pairs of them ([`touching`]).

mod bonds;
mod course;
mod links;
mod motors;
mod says;
mod skeleton;
mod touching;

use bevy_ecs::world::World;
use halle_model::articulated::{MAX_DOFS, System};

use crate::components::{Collider, Keyframe, Keyframes, Plant, RigidBody, Scatter};
use crate::error::CompileError;
use crate::finding::Diagnostics;
use crate::flaw::FlawFinder;
use crate::instancing::prototypes;
use crate::place::{check_scene, scene_site, site};

use motors::Motors;
use says::{COPIES_LEFT_OUT, KEYFRAME_CONTROLS, Says};
use skeleton::Skeleton;

/// Compiles the authored world into an articulated system, at the start that its author wrote.
///
/// Every body that is not fixed to the world belongs to a link. Bodies that nothing carries float;
/// their link frame stands at the centre of mass of all that is fixed together, with the axes of
/// the body. Links come depth first in authored order, parents before children. Motors come in the
/// order of their prims, a joint's drive before actuators behind it; a joint that names a largest
/// effort and no drive gets a motor whose control signal is that effort.
///
/// Positions at the start are those of the joints where they say one, else those that the bodies'
/// poses show; control signals are the targets of drives, and zero for actuators.
///
/// # Errors
/// [`CompileError`] if a number has no physical meaning, a moving link has no mass, or there are
/// more than [`MAX_DOFS`] degrees of freedom. What is left out is a finding.
pub fn articulate(world: &World) -> Result<(System, Diagnostics), CompileError> {
    articulate_at(world, None)
}

/// As [`articulate`], but starting at a named configuration of the plant as far as it says one.
///
/// # Errors
/// Those of [`articulate`], and [`CompileError::NoKeyframe`] if no configuration has the name.
pub fn articulate_at(
    world: &World,
    keyframe: Option<&str>,
) -> Result<(System, Diagnostics), CompileError> {
    let plant = world.get_resource::<Plant>().cloned().unwrap_or_default();
    let keyframe = keyframe.map(|name| find(world, &plant, name)).transpose()?;
    check_scene(&plant)?;
    let mut says = Says::new(world);
    let (prototypes, scatters) = prototypes(world);
    let mut finder = FlawFinder::default();
    for &entity in plant
        .entities
        .iter()
        .filter(|e| !prototypes.contains_key(e))
    {
        if let Some(flaw) = finder.flaw(world, entity) {
            return Err(CompileError::BadNumber {
                site: site(world, entity, property(flaw.what)),
                what: flaw.what,
                value: flaw.value,
            });
        }
    }
    let solid = |e| world.get::<RigidBody>(e).is_some() || world.get::<Collider>(e).is_some();
    if prototypes.keys().any(|e| solid(*e)) {
        for instancer in scatters {
            if world
                .get::<Scatter>(instancer)
                .is_some_and(|s| !s.copies.is_empty())
            {
                says.tell(&COPIES_LEFT_OUT, instancer, "prototypes", "");
            }
        }
    }
    let mut skeleton = Skeleton::build(world, &prototypes, &mut says)?;
    let count: usize = skeleton.bones.iter().map(|b| b.kind.dof_count()).sum();
    if count > MAX_DOFS {
        return Err(CompileError::TooManyDofs {
            site: scene_site(&plant),
            count,
        });
    }
    let mut motors = motors::motors(world, &plant, &skeleton, &mut says)?;
    if let Some(keyframe) = keyframe {
        start_at(keyframe, &plant, &mut skeleton, &mut motors, &mut says);
    }
    let couplings = bonds::couplings(world, &plant, &mut skeleton, &mut says);
    let links = links::links(world, &mut skeleton, &mut says)?;
    let loops = bonds::loops(world, &plant, &skeleton, &prototypes, &mut says);
    let (shapes, pairs) = touching::touching(world, &plant, &skeleton, &prototypes, &mut says);
    let flat = |part: fn(&skeleton::Bone) -> &Vec<f64>| {
        let all = skeleton.bones.iter();
        all.flat_map(|b| part(b).iter().copied()).collect()
    };
    let system = System {
        gravity: plant.gravity,
        time_step: plant.time_step,
        links,
        shapes,
        pairs,
        loops,
        couplings,
        actuators: motors.all,
        start_position: flat(|b| &b.position),
        start_velocity: flat(|b| &b.velocity),
    };
    Ok((system, says.diagnostics))
}

fn find<'w>(world: &'w World, plant: &Plant, name: &str) -> Result<&'w Keyframe, CompileError> {
    let all = world.get_resource::<Keyframes>();
    let mut all = all.into_iter().flat_map(|k| &k.0);
    all.find(|k| k.name == name)
        .ok_or_else(|| CompileError::NoKeyframe {
            site: scene_site(plant),
            name: name.to_owned(),
        })
}

/// Takes positions, velocities and control signals from a named configuration.
fn start_at(
    keyframe: &Keyframe,
    plant: &Plant,
    skeleton: &mut Skeleton,
    motors: &mut Motors,
    says: &mut Says<'_>,
) {
    for (joint, q) in &keyframe.positions {
        if let Some(link) = skeleton.scalar(*joint) {
            skeleton.bones[link].position[0] = *q;
        }
    }
    for (joint, v) in &keyframe.velocities {
        if let Some(link) = skeleton.scalar(*joint) {
            skeleton.bones[link].velocity[0] = *v;
        }
    }
    let controls = &keyframe.controls;
    if controls.is_empty() {
        return;
    }
    if controls.len() == motors.count && motors.authored.len() == motors.count {
        for (motor, control) in motors.authored.iter().zip(controls) {
            motors.all[*motor].start_control = *control;
        }
    } else if let Some(root) = plant.entities.first() {
        let detail = format!("`{}`", keyframe.name);
        says.tell(&KEYFRAME_CONTROLS, *root, "", &detail);
    }
}

/// The property that a number belongs to, as far as one name is enough.
fn property(what: &str) -> &'static str {
    match what {
        "pose" => "xformOp:translate",
        "mass" => "physics:mass",
        "density" => "physics:density",
        "centre of mass" => "physics:centerOfMass",
        "inertia" => "physics:diagonalInertia",
        "frame of the joint" => "physics:localPos0",
        "limit" => "physics:upperLimit",
        "target of the drive" => "drive:physics:targetPosition",
        "gain of the drive" => "drive:physics:stiffness",
        "position at the start" => "halle:joint:home",
        "spring, damping or friction of the joint" => "halle:joint:damping",
        "armature" => "halle:joint:armature",
        "friction" => "physics:dynamicFriction",
        "restitution" => "physics:restitution",
        _ => "",
    }
}
