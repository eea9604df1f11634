//! From the authored world to flat constants.

use crate::components::{
    ArticulationRoot, Drive, DriveKind, Joint, Motion, Plant, Polishable, SourcePath, Tool,
};
use crate::error::CompileError;
use crate::finding::{Diagnostics, Finding, Severity};
use crate::link_mass::{check_mass, merged_mass, packed};
use crate::mass::MassProperties;
use crate::place::{check_scene, in_range, pose, scene_site, site};
use crate::process::{compile_tool, compile_workpiece};
use crate::standing::start_position;
use crate::tree::{TreeLink, build_tree};
use bevy_ecs::component::Component;
use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::{JointKind, Link, Model};

/// Speed limit of a joint about which nothing is said \[rad/s or m/s\].
const DEFAULT_VELOCITY_LIMIT: f64 = 1.0;
/// Torque that no drive reaches; stands for "not limited" and stays a finite number in files.
const UNLIMITED_EFFORT: f64 = 1e9;
/// Compiles the authored world into the constants of a simulation.
///
/// Joints are followed from what is fixed to the world; bodies that are fixed to a link are merged
/// into it; each link frame stands at its joint with z along the joint's axis.
///
/// # Errors
/// [`CompileError`] if the world is not a fixed-base tree with a disc tool and a polishable height
/// field, or a number has no physical meaning.
pub fn compile(world: &World) -> Result<(Model, Diagnostics), CompileError> {
    let mut diagnostics = Diagnostics::default();
    let plant = world.get_resource::<Plant>().cloned().unwrap_or_default();
    only::<ArticulationRoot>(world, &plant, "articulation root", &mut diagnostics).ok_or_else(
        || CompileError::NoRobot {
            site: scene_site(&plant),
        },
    )?;
    let tool = only::<Tool>(world, &plant, "tool", &mut diagnostics).ok_or_else(|| {
        CompileError::NoTool {
            site: scene_site(&plant),
        }
    })?;
    let surface = only::<Polishable>(world, &plant, "polishable surface", &mut diagnostics)
        .ok_or_else(|| CompileError::NoSurface {
            site: scene_site(&plant),
        })?;
    let tree = build_tree(world, &mut diagnostics)?;
    let mut links = Vec::new();
    for link in &tree.links {
        links.push(compile_link(world, link, &mut diagnostics)?);
    }
    let workpiece = compile_workpiece(world, surface, &mut diagnostics)?;
    let tool = compile_tool(world, tool, surface, &tree)?;
    check_scene(&plant)?;
    let (gravity, time_step) = (plant.gravity, plant.time_step);
    Ok((
        Model {
            gravity,
            time_step,
            links,
            tool,
            workpiece,
        },
        diagnostics,
    ))
}

/// The first entity with a component; more than one is a finding.
fn only<C: Component>(
    world: &World,
    plant: &Plant,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Entity> {
    let mut found = plant
        .entities
        .iter()
        .copied()
        .filter(|e| world.get::<C>(*e).is_some());
    let first = found.next()?;
    for other in found {
        let message = format!("more than one {what}: this one is not used");
        diagnostics.push(
            Finding::new(Severity::Warning, "SC0307", site(world, other, ""), message)
                .note(format!("`{}` is used", site(world, first, "").prim))
                .help("keep one of them"),
        );
    }
    Some(first)
}

fn compile_link(
    world: &World,
    link: &TreeLink,
    diagnostics: &mut Diagnostics,
) -> Result<Link, CompileError> {
    let (first, mass) = link_mass(world, link, diagnostics)?;
    let joint = world
        .get::<Joint>(link.joint)
        .ok_or_else(|| CompileError::JointWithoutBody {
            site: site(world, link.joint, ""),
        })?;
    let limit = limits(world, link.joint, joint)?;
    let home = start_position(world, link.joint, joint, diagnostics);
    in_range(
        world,
        link.joint,
        "halle:joint:home",
        "a position between the limits",
        home,
        |v| v >= limit[0] && v <= limit[1],
    )?;
    let drive = drive(world, link.joint, joint, diagnostics);
    report_unused(world, link.joint, joint, diagnostics);
    let velocity_limit = joint.velocity_limit.unwrap_or_else(|| {
        let message = format!("joint has no speed limit: {DEFAULT_VELOCITY_LIMIT} (SI) is assumed");
        let site = site(world, link.joint, "halle:joint:velocityLimit");
        diagnostics.push(
            Finding::new(Severity::Warning, "SC0308", site, message)
                .help("author `halle:joint:velocityLimit`"),
        );
        DEFAULT_VELOCITY_LIMIT
    });
    for (property, value) in [
        ("drive:physics:stiffness", drive.0),
        ("drive:physics:damping", drive.1),
        ("drive:physics:maxForce", drive.2),
        ("halle:joint:velocityLimit", velocity_limit),
        ("halle:joint:armature", joint.armature),
        ("halle:joint:damping", joint.damping),
        ("halle:joint:friction", joint.friction),
    ] {
        in_range(world, link.joint, property, "zero or more", value, |v| {
            v >= 0.0
        })?;
    }
    let reach = link.parent_from_link.to_homogeneous().norm();
    in_range(
        world,
        link.joint,
        "physics:localPos0",
        "a finite frame",
        reach,
        |_| true,
    )?;
    Ok(Link {
        name: world
            .get::<SourcePath>(first)
            .map(|s| s.name().to_owned())
            .unwrap_or_default(),
        parent: link.parent,
        joint: if joint.motion == Motion::Prismatic {
            JointKind::Prismatic
        } else {
            JointKind::Revolute
        },
        parent_from_link: pose(&link.parent_from_link),
        mass: mass.mass,
        center_of_mass: mass.center.into(),
        inertia: packed(&mass.inertia),
        armature: joint.armature,
        damping: joint.damping,
        friction: joint.friction,
        limit,
        effort_limit: drive.2,
        velocity_limit,
        drive_stiffness: drive.0,
        drive_damping: drive.1,
        home,
    })
}

/// First body and mass properties of a link, in its frame.
fn link_mass(
    world: &World,
    link: &TreeLink,
    diagnostics: &mut Diagnostics,
) -> Result<(Entity, MassProperties), CompileError> {
    let mass = merged_mass(world, &link.bodies, diagnostics);
    let first = link.bodies[0].0;
    check_mass(world, first, &mass)?;
    Ok((first, mass))
}

fn limits(world: &World, entity: Entity, joint: &Joint) -> Result<[f64; 2], CompileError> {
    let read = |value: Option<f64>, property: &str| {
        value
            .filter(|v| v.is_finite())
            .ok_or_else(|| CompileError::JointWithoutLimits {
                site: site(world, entity, property),
            })
    };
    let lower = read(joint.lower, "physics:lowerLimit")?;
    let upper = read(joint.upper, "physics:upperLimit")?;
    let expected = "an upper limit above the lower one";
    in_range(world, entity, "physics:upperLimit", expected, upper, |v| {
        v > lower
    })?;
    Ok([lower, upper])
}

/// Stiffness, damping and effort limit.
fn drive(
    world: &World,
    entity: Entity,
    joint: &Joint,
    diagnostics: &mut Diagnostics,
) -> (f64, f64, f64) {
    let (message, values) = match joint.drive {
        None => ("joint has no drive: it moves freely", (0.0, 0.0, 0.0)),
        Some(drive) if drive.effort_limit.is_infinite() => (
            "drive has no largest force",
            (drive.stiffness, drive.damping, UNLIMITED_EFFORT),
        ),
        Some(drive) => return (drive.stiffness, drive.damping, drive.effort_limit),
    };
    diagnostics.push(
        Finding::new(
            Severity::Warning,
            "SC0303",
            site(world, entity, ""),
            message.to_owned(),
        )
        .help("apply `PhysicsDriveAPI` with `physics:maxForce`"),
    );
    values
}

/// Says what the author wrote about a joint that the articulated engine has no law for yet.
fn report_unused(world: &World, entity: Entity, joint: &Joint, diagnostics: &mut Diagnostics) {
    let drive = joint.drive;
    let is = |has: fn(&Drive) -> bool| drive.as_ref().is_some_and(has);
    let unused = [
        (
            is(|d| d.kind == DriveKind::Acceleration),
            "drive:physics:type",
            "drives act as force drives",
        ),
        (
            joint.break_force.is_some() || joint.break_torque.is_some(),
            "physics:breakForce",
            "joints do not break",
        ),
        (
            joint.spring.stiffness != 0.0,
            "mjc:stiffness",
            "joints have no passive springs",
        ),
    ];
    for (_, property, message) in unused.into_iter().filter(|u| u.0) {
        let message = format!("not supported: {message}");
        diagnostics.push(
            Finding::new(
                Severity::Warning,
                "SC0102",
                site(world, entity, property),
                message,
            )
            .help("remove it, or do not count on it"),
        );
    }
}
