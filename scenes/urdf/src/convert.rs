//! A robot into the ECS.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use halle_world::components::{
    Actuator, ActuatorLaw, ArticulationRoot, EffortLimit, InBody, Joint, Mimic, Motion, RigidBody,
    SourcePath, WorldPose,
};
use halle_world::{Entity, FlawFinder, Plant, World};
use nalgebra::Isometry3;
use sha2::{Digest as _, Sha256};

use crate::bodies::Bodies;
use crate::error::{UrdfError, file_name};
use crate::meshes::Meshes;
use crate::names::Scope;
use crate::options::UrdfOptions;
use crate::reader::Reader;
use crate::robot::{Kind, Robot};
use crate::shapes::{self, Carrier};
use crate::stage::Stage;
use crate::{inertia, joints};

/// Gravity \[m/s^2\]; URDF does not say one.
const GRAVITY: [f64; 3] = [0.0, 0.0, -9.81];
/// Length of a physics substep \[s\].
const TIME_STEP: f64 = 0.002;

/// Makes the world of a robot that is a tree.
pub(crate) fn convert(
    reader: &Reader<'_>,
    robot: &Robot<'_>,
    options: &UrdfOptions,
    bytes: &[u8],
) -> Result<World, UrdfError> {
    let mut stage = Stage::new(file_name(reader.path).into());
    let bodies = Bodies::of_robot(reader, robot, options.fixed_base);
    let root = stage.spawn(&robot.prim, None, Isometry3::identity());
    stage.world.entity_mut(root).insert(ArticulationRoot {
        self_collision: false,
    });
    let mut meshes = Meshes::new(options);
    let links = spawn_links(&mut stage, reader, robot, &bodies, (root, &mut meshes))?;
    spawn_joints(&mut stage, robot, &bodies, options, (root, &links));
    let (mut world, entities) = stage.finish();
    let mut finder = FlawFinder::default();
    for &entity in &entities {
        if let Some(flaw) = finder.flaw(&world, entity) {
            let prim = world.get::<SourcePath>(entity).map(|s| s.prim.as_str());
            return Err(UrdfError::BadValue {
                at: reader.place(robot.element),
                what: format!("{} of {}", flaw.what, prim.unwrap_or_default()),
                expected: "numbers that stay finite",
                found: flaw.value.to_string(),
            });
        }
    }
    let plant = Plant {
        entities,
        source: reader.path.display().to_string(),
        inputs: inputs(reader.path, bytes, &meshes),
        gravity: GRAVITY,
        time_step: TIME_STEP,
    };
    world.insert_resource(plant);
    Ok(world)
}

/// Adds the links in the order of the tree, each with its shapes.
fn spawn_links(
    stage: &mut Stage,
    reader: &Reader<'_>,
    robot: &Robot<'_>,
    bodies: &Bodies,
    (root, meshes): (Entity, &mut Meshes<'_>),
) -> Result<Vec<Entity>, UrdfError> {
    let mut poses = vec![Isometry3::identity(); robot.links.len()];
    let mut entities = vec![root; robot.links.len()];
    for &link in &bodies.order {
        if let Some(joint) = bodies.carrier[link] {
            let joint = &robot.joints[joint];
            poses[link] = poses[joint.parent] * joint.origin;
        }
        entities[link] = stage.spawn(&robot.links[link].prim, Some(root), poses[link]);
    }
    // Shapes of a frame belong to a body that may stand further down.
    for &index in &bodies.order {
        let link = &robot.links[index];
        let body = bodies.of[index].map(|b| entities[b]);
        let feel = robot.feels.get(&link.name).copied().unwrap_or_default();
        let mut entity = stage.world.entity_mut(entities[index]);
        if let Some(body) = body {
            entity.insert(InBody(body));
        }
        if bodies.of[index] == Some(index) {
            entity.insert(RigidBody {
                gravity_scale: if feel.floats { 0.0 } else { 1.0 },
                ..RigidBody::default()
            });
            if let Some(inertial) = link.inertial.as_ref().filter(|_| link.has_mass()) {
                entity.insert(inertia::mass(reader, inertial));
            }
        }
        let carrier = Carrier {
            entity: entities[index],
            body,
            world_from_link: poses[index],
            feel,
        };
        shapes::spawn(stage, reader, meshes, link, carrier)?;
    }
    Ok(entities)
}

fn spawn_joints(
    stage: &mut Stage,
    robot: &Robot<'_>,
    bodies: &Bodies,
    options: &UrdfOptions,
    (root, links): (Entity, &[Entity]),
) {
    let prim = format!("{}/joints", robot.prim);
    let scope = stage.spawn(&prim, Some(root), Isometry3::identity());
    let mut names = Scope::default();
    let pose = |stage: &Stage, link: usize| {
        let pose = stage.world.get::<WorldPose>(links[link]);
        pose.map_or_else(Isometry3::identity, |p| p.0)
    };
    for &link in bodies.order.iter().filter(|_| options.fixed_base) {
        if bodies.carrier[link].is_none() && bodies.of[link].is_some() {
            let prim = format!("{prim}/{}", names.take("root_joint"));
            let id = stage.spawn(&prim, Some(scope), Isometry3::identity());
            let fixed = Joint::between(Motion::Fixed, None, Some(links[link]));
            stage.world.entity_mut(id).insert(fixed);
        }
    }
    let mut made = vec![None; robot.joints.len()];
    for (index, def) in robot.joints.iter().enumerate() {
        let within = bodies.of[def.parent] == bodies.of[def.child];
        if def.kind == Kind::Fixed && within {
            // Both ends are the same body, or the world.
            continue;
        }
        let pose = pose(stage, def.child);
        let id = stage.spawn(&def.prim, Some(scope), pose);
        let joint = joints::joint(def, links[def.parent], links[def.child]);
        let mut entity = stage.world.entity_mut(id);
        entity.insert(joint);
        if let Some(effort) = def.effort {
            entity.insert(EffortLimit(effort));
        }
        made[index] = Some(id);
    }
    for (index, def) in robot.joints.iter().enumerate() {
        let leader = def.mimic.and_then(|(leader, ..)| made[leader]);
        if let (Some(id), Some((_, multiplier, offset)), Some(leader)) =
            (made[index], def.mimic, leader)
        {
            stage.world.entity_mut(id).insert(Mimic {
                leader,
                coefficients: [offset, multiplier, 0.0, 0.0, 0.0],
            });
        }
    }
    spawn_motors(stage, robot, root, &made);
}

fn spawn_motors(stage: &mut Stage, robot: &Robot<'_>, root: Entity, joints: &[Option<Entity>]) {
    if robot.motors.is_empty() {
        return;
    }
    let prim = format!("{}/actuators", robot.prim);
    let scope = stage.spawn(&prim, Some(root), Isometry3::identity());
    let mut names = Scope::default();
    for motor in &robot.motors {
        let Some(joint) = joints[motor.joint] else {
            continue;
        };
        let prim = format!("{prim}/{}", names.take(&motor.name));
        let id = stage.spawn(&prim, Some(scope), Isometry3::identity());
        stage.world.entity_mut(id).insert(Actuator {
            joint,
            law: ActuatorLaw::Motor,
            gear: motor.gear,
            control_range: None,
            effort_range: None,
        });
    }
}

/// Every file that took part, seen from the robot's folder, with the SHA-256 of its bytes.
fn inputs(path: &Path, bytes: &[u8], meshes: &Meshes<'_>) -> Vec<(String, String)> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut inputs = vec![(file_name(path), hash(bytes))];
    for mesh in &meshes.inputs {
        let name = mesh.strip_prefix(folder).unwrap_or(mesh);
        if let Ok(bytes) = fs::read(mesh) {
            inputs.push((name.display().to_string(), hash(&bytes)));
        }
    }
    inputs
}

fn hash(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(hex, "{byte:02x}").unwrap_or_default();
    }
    hex
}
