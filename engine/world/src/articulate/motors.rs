//! Drives and actuators as motors with control signals, and keyframes that set them.

use std::collections::BTreeSet;

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::articulated::SystemActuator;

use super::course::{FREEDOMS, works};
use super::says::{NOT_DRIVEN, Says};
use super::skeleton::Skeleton;
use crate::components::{
    Actuator, ActuatorLaw, Drive, DriveKind, EffortLimit, Joint, Mimic, Motion, Plant,
};
use crate::error::CompileError;
use crate::place::{in_range, path, site};

const UNBOUND: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];

/// All motors, in the order of their prims, and which of them come from an `Actuator`.
#[derive(Debug, Default)]
pub(crate) struct Motors {
    pub(crate) all: Vec<SystemActuator>,
    pub(crate) authored: Vec<usize>,
    /// How many prims are actuators, left out or not.
    pub(crate) count: usize,
}

/// Reads drives and actuators. A joint that names a largest effort and nothing that brings it up
/// gets a motor, unless it follows another one.
pub(crate) fn motors(
    world: &World,
    plant: &Plant,
    skeleton: &Skeleton,
    says: &mut Says<'_>,
) -> Result<Motors, CompileError> {
    let all = plant.entities.iter();
    let driven: BTreeSet<Entity> = all
        .filter_map(|e| world.get::<Actuator>(*e).map(|a| a.joint))
        .collect();
    let mut made = Motors::default();
    for &entity in &plant.entities {
        if let Some(joint) = world.get::<Joint>(entity)
            && skeleton.carried.contains_key(&entity)
        {
            drives(world, entity, joint, skeleton, &mut made, says)?;
            let bare = joint.drive.is_none() && !driven.contains(&entity);
            if bare && world.get::<Mimic>(entity).is_none() {
                limited(world, entity, skeleton, &mut made);
            }
        }
        if let Some(actuator) = world.get::<Actuator>(entity) {
            made.count += 1;
            match skeleton.scalar(actuator.joint) {
                Some(link) => {
                    made.authored.push(made.all.len());
                    made.all.push(motor(world, entity, actuator, link)?);
                }
                None => says.tell(&NOT_DRIVEN, entity, "", ""),
            }
        }
    }
    Ok(made)
}

/// The drives of a joint of the tree.
fn drives(
    world: &World,
    entity: Entity,
    joint: &Joint,
    skeleton: &Skeleton,
    made: &mut Motors,
    says: &mut Says<'_>,
) -> Result<(), CompileError> {
    let one = |drive: &Drive, link: Option<usize>, name: &str, says: &mut Says<'_>| {
        let property = format!("drive:{name}:physics:stiffness");
        check(world, entity, name, drive)?;
        let Some(link) = link.filter(|_| works(drive)) else {
            says.tell(&NOT_DRIVEN, entity, &property, "");
            return Ok(None);
        };
        Ok(Some(servo(path(world, entity), link, drive)))
    };
    if let Some(drive) = &joint.drive {
        let kind = match joint.motion {
            Motion::Prismatic => "linear",
            _ => "angular",
        };
        let link = skeleton.scalar(entity);
        made.all.extend(one(drive, link, kind, says)?);
    }
    let Motion::Generic { drives, .. } = &joint.motion else {
        return Ok(());
    };
    let carried = skeleton.carried.get(&entity);
    for (k, drive) in drives.iter().enumerate() {
        let Some(drive) = drive else { continue };
        let found = carried.into_iter().flatten().copied();
        let link = found
            .into_iter()
            .find(|l| skeleton.bones[*l].freedom == Some(k));
        if let Some(mut motor) = one(drive, link, FREEDOMS[k], says)? {
            motor.name = format!("{}:{}", motor.name, FREEDOMS[k]);
            made.all.push(motor);
        }
    }
    Ok(())
}

fn check(world: &World, entity: Entity, name: &str, drive: &Drive) -> Result<(), CompileError> {
    let more = |v: f64| v >= 0.0;
    for (what, value) in [("stiffness", drive.stiffness), ("damping", drive.damping)] {
        let property = format!("drive:{name}:physics:{what}");
        in_range(world, entity, &property, "zero or more", value, more)?;
    }
    for (what, value) in [
        ("targetPosition", drive.target_position),
        ("targetVelocity", drive.target_velocity),
    ] {
        let property = format!("drive:{name}:physics:{what}");
        in_range(world, entity, &property, "a finite target", value, |_| true)?;
    }
    // Infinite where there is none.
    let limit = Some(drive.effort_limit).filter(|l| *l != f64::INFINITY);
    let limit = limit.unwrap_or_default();
    let property = format!("drive:{name}:physics:maxForce");
    in_range(world, entity, &property, "zero or more", limit, more)
}

/// A drive of `UsdPhysics`: its control signal is the position to hold, or the velocity if it has
/// no stiffness.
fn servo(name: String, link: usize, drive: &Drive) -> SystemActuator {
    let (k, d) = (drive.stiffness, drive.damping);
    let (gain, constant, start) = if k > 0.0 {
        (k, d * drive.target_velocity, drive.target_position)
    } else {
        (d, 0.0, drive.target_velocity)
    };
    SystemActuator {
        name,
        link,
        gear: 1.0,
        gain: [gain, 0.0, 0.0],
        bias: [constant, -k, -d],
        control_range: UNBOUND,
        effort_range: [-drive.effort_limit, drive.effort_limit],
        is_acceleration: drive.kind == DriveKind::Acceleration,
        start_control: start,
    }
}

/// A motor for a joint whose file says only what effort it can bring up.
fn limited(world: &World, entity: Entity, skeleton: &Skeleton, made: &mut Motors) {
    let limit = world.get::<EffortLimit>(entity).map(|l| l.0);
    let limit = limit.filter(|l| *l > 0.0 && l.is_finite());
    let (Some(limit), Some(link)) = (limit, skeleton.scalar(entity)) else {
        return;
    };
    made.all.push(SystemActuator {
        name: path(world, entity),
        link,
        gear: 1.0,
        gain: [1.0, 0.0, 0.0],
        bias: [0.0; 3],
        control_range: [-limit, limit],
        effort_range: [-limit, limit],
        is_acceleration: false,
        start_control: 0.0,
    });
}

/// An actuator; without a controller its signal is zero, or as near as it may be.
fn motor(
    world: &World,
    entity: Entity,
    actuator: &Actuator,
    link: usize,
) -> Result<SystemActuator, CompileError> {
    let (gain, bias) = match actuator.law {
        ActuatorLaw::Motor => ([1.0, 0.0, 0.0], [0.0; 3]),
        ActuatorLaw::Position { stiffness, damping } => {
            ([stiffness, 0.0, 0.0], [0.0, -stiffness, -damping])
        }
        ActuatorLaw::Velocity { damping } => ([damping, 0.0, 0.0], [0.0, 0.0, -damping]),
        ActuatorLaw::Affine { gain, bias } => (gain, bias),
    };
    let numbers = gain.iter().chain(&bias).chain([&actuator.gear]);
    for value in numbers {
        let (property, expected) = ("mjc:gainPrm", "finite gains and a finite gear");
        in_range(world, entity, property, expected, *value, |_| true)?;
    }
    let control_range = range(world, entity, "mjc:ctrlRange", actuator.control_range)?;
    let effort_range = range(world, entity, "mjc:forceRange", actuator.effort_range)?;
    Ok(SystemActuator {
        name: path(world, entity),
        link,
        gear: actuator.gear,
        gain,
        bias,
        control_range,
        effort_range,
        is_acceleration: false,
        start_control: 0.0_f64.clamp(control_range[0], control_range[1]),
    })
}

fn range(
    world: &World,
    entity: Entity,
    property: &str,
    range: Option<[f64; 2]>,
) -> Result<[f64; 2], CompileError> {
    let range = range.unwrap_or(UNBOUND);
    if range[0] <= range[1] {
        return Ok(range);
    }
    Err(CompileError::OutOfRange {
        site: site(world, entity, property),
        expected: "a range whose first number is not above the second",
        value: range[0],
    })
}
