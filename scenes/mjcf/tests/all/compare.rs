//! A world against what MuJoCo compiles from the same file.

use halle_mjcf::Origin;
use halle_world::components::{
    Actuator, ActuatorLaw, AuthoredMass, Geometry, InBody, Joint, MaskFilter, Motion, RigidBody,
    Sensor, Spot, WorldPose,
};
use halle_world::{Entity, Plant, Shape, World};
use nalgebra::{Isometry3, Matrix3, UnitQuaternion, Vector3};
use serde_json::Value;

use crate::forward::{file_bodies, file_joints, poses, quaternion};

/// Lengths \[m\] and angles \[rad\] of forward kinematics.
const PLACE: f64 = 1e-6;
/// Numbers that are copied: MuJoCo prints and we parse the same decimals.
const COPIED: f64 = 1e-9;
/// Mass properties of meshes, whose corners MuJoCo rounds to single precision, relative.
const WEIGHED: f64 = 2e-6;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().map(number).collect()
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

/// Everything that differs, in words.
pub(crate) fn differences(world: &World, judge: &Value) -> Vec<String> {
    let mut said = Vec::new();
    let plant = world.resource::<Plant>();
    if list(&judge["gravity"])
        .iter()
        .zip(plant.gravity)
        .any(|(a, b)| !near(*a, b, COPIED))
    {
        said.push(format!(
            "gravity {:?} for {}",
            plant.gravity, judge["gravity"]
        ));
    }
    if !near(plant.time_step, number(&judge["timestep"]), COPIED) {
        said.push(format!(
            "time step {} for {}",
            plant.time_step, judge["timestep"]
        ));
    }
    let bodies = file_bodies(world);
    let theirs = judge["bodies"].as_array().unwrap();
    if bodies.len() != theirs.len() {
        return vec![format!("{} bodies for {}", bodies.len(), theirs.len())];
    }
    for (k, (body, their)) in bodies.iter().zip(theirs).enumerate() {
        compare_body(
            world,
            &bodies,
            *body,
            their,
            judge["gone"] == true,
            &mut said,
        );
        let origin = world.get::<Origin>(*body).unwrap();
        if origin.name != their["name"].as_str().unwrap() {
            said.push(format!(
                "body {k} is `{}` for {}",
                origin.name, their["name"]
            ));
        }
    }
    compare_joints(world, judge, &mut said);
    compare_actuators(world, judge, &mut said);
    compare_poses(world, judge, &mut said);
    compare_geoms(world, judge, &mut said);
    let count = |has: &dyn Fn(Entity) -> bool| plant.entities.iter().filter(|e| has(**e)).count();
    let sites = count(&|e| world.get::<Spot>(e).is_some());
    let sensors = count(&|e| world.get::<Sensor>(e).is_some());
    for (what, ours, key) in [("sites", sites, "sites"), ("sensors", sensors, "sensors")] {
        if Some(ours as u64) != judge[key].as_u64() {
            said.push(format!("{ours} {what} for {}", judge[key]));
        }
    }
    said
}

fn compare_body(
    world: &World,
    bodies: &[Entity],
    body: Entity,
    their: &Value,
    meshes_gone: bool,
    said: &mut Vec<String>,
) {
    let name = &their["name"];
    let mut above = world
        .get::<halle_world::components::Parent>(body)
        .map(|p| p.0);
    let index = loop {
        match above {
            Some(entity) => match bodies.iter().position(|b| *b == entity) {
                Some(at) => break at as u64 + 1,
                None => {
                    above = world
                        .get::<halle_world::components::Parent>(entity)
                        .map(|p| p.0);
                }
            },
            None => break 0,
        }
    };
    if Some(index) != their["parent"].as_u64() {
        said.push(format!("parent of {name}: {index} for {}", their["parent"]));
    }
    let rigid = world.get::<RigidBody>(body).unwrap();
    if !near(
        1.0 - rigid.gravity_scale,
        number(&their["gravcomp"]),
        COPIED,
    ) {
        said.push(format!("gravity on {name}"));
    }
    if their["mocap"] != rigid.kinematic {
        said.push(format!("kinematic {name}: {}", rigid.kinematic));
    }
    let mass = world.get::<AuthoredMass>(body).copied().unwrap_or_default();
    // Where a mesh gave the mass and is not there, both sides have lost it.
    if meshes_gone && mass.mass.is_none() {
        return;
    }
    let ours = mass.mass.unwrap_or(f64::NAN);
    let theirs = number(&their["mass"]);
    if !near(ours, theirs, WEIGHED) {
        said.push(format!("mass of {name}: {ours} for {theirs} kg"));
    }
    let center = mass.center_of_mass.unwrap_or_default();
    let far = center - Vector3::from_vec(list(&their["center"]));
    if theirs > 0.0 && far.norm() > PLACE {
        said.push(format!(
            "centre of {name}: {center:?} for {}",
            their["center"]
        ));
    }
    let turn = mass.principal_axes.to_rotation_matrix().into_inner();
    let moments = mass.diagonal_inertia.unwrap_or_default();
    let ours = turn * Matrix3::from_diagonal(&moments) * turn.transpose();
    let theirs = Matrix3::from_row_slice(&list(&their["inertia"]));
    if (ours - theirs).norm() > 1e-12 + WEIGHED * theirs.norm() {
        said.push(format!("inertia of {name}: {ours} for {theirs}"));
    }
}

fn compare_joints(world: &World, judge: &Value, said: &mut Vec<String>) {
    let joints = file_joints(world);
    let theirs = judge["joints"].as_array().unwrap();
    if joints.len() != theirs.len() {
        said.push(format!("{} joints for {}", joints.len(), theirs.len()));
        return;
    }
    for (prim, their) in joints.iter().zip(theirs) {
        let name = &their["name"];
        let kind = their["type"].as_str().unwrap();
        let Some(joint) = world.get::<Joint>(*prim) else {
            if kind != "free" {
                said.push(format!("joint {name} is free for {kind}"));
            }
            continue;
        };
        let ours = match joint.motion {
            Motion::Revolute => "hinge",
            Motion::Prismatic => "slide",
            Motion::Spherical { .. } => "ball",
            _ => "none",
        };
        if ours != kind {
            said.push(format!("joint {name} is a {ours} for {kind}"));
        }
        let mut number_of = |what: &str, ours: f64| {
            if !near(ours, number(&their[what]), COPIED) {
                said.push(format!("{what} of {name}: {ours} for {}", their[what]));
            }
        };
        number_of("stiffness", joint.spring.stiffness);
        number_of("damping", joint.damping);
        number_of("armature", joint.armature);
        number_of("frictionloss", joint.friction);
        if kind != "ball" {
            number_of("ref", joint.home.unwrap());
            number_of("springref", joint.spring.rest);
        }
        let range = their["range"]
            .as_array()
            .map(|r| [number(&r[0]), number(&r[1])]);
        let ours = joint.upper.map(|upper| [joint.lower.unwrap_or(0.0), upper]);
        let same = match (ours, range) {
            (Some(a), Some(b)) => near(a[0], b[0], COPIED) && near(a[1], b[1], COPIED),
            (a, b) => a.is_none() && b.is_none(),
        };
        if !same {
            said.push(format!("range of {name}: {ours:?} for {range:?}"));
        }
        if kind == "hinge" || kind == "slide" {
            let along = match joint.axis {
                halle_world::components::Axis::X => Vector3::x(),
                halle_world::components::Axis::Y => Vector3::y(),
                halle_world::components::Axis::Z => Vector3::z(),
            };
            let axis = joint.body1_from_joint.rotation * along;
            if (axis - Vector3::from_vec(list(&their["axis"]))).norm() > PLACE {
                said.push(format!("axis of {name}: {axis:?} for {}", their["axis"]));
            }
        }
        let anchor = joint.body1_from_joint.translation.vector;
        if (anchor - Vector3::from_vec(list(&their["pos"]))).norm() > PLACE {
            said.push(format!("anchor of {name}: {anchor:?} for {}", their["pos"]));
        }
    }
}

fn compare_law(law: &ActuatorLaw, their: &Value, said: &mut Vec<String>) {
    let (gain, bias) = match *law {
        ActuatorLaw::Motor => ([1.0, 0.0, 0.0], [0.0; 3]),
        ActuatorLaw::Position { stiffness, damping } => {
            ([stiffness, 0.0, 0.0], [0.0, -stiffness, -damping])
        }
        ActuatorLaw::Velocity { damping } => ([damping, 0.0, 0.0], [0.0, 0.0, -damping]),
        ActuatorLaw::Affine { gain, bias } => (gain, bias),
    };
    let fixed = number(&their["gaintype"]) == 0.0;
    let wanted = |key: &str, only_first: bool, none: bool| {
        let all = list(&their[key]);
        [0, 1, 2].map(|k| {
            if none || (only_first && k > 0) {
                0.0
            } else {
                all[k]
            }
        })
    };
    let their_gain = wanted("gain", fixed, false);
    let their_bias = wanted("bias", false, number(&their["biastype"]) == 0.0);
    for (what, a, b) in [("gain", gain, their_gain), ("bias", bias, their_bias)] {
        if a.iter().zip(b).any(|(a, b)| !near(*a, b, COPIED)) {
            said.push(format!("{what} of {}: {a:?} for {b:?}", their["name"]));
        }
    }
}

/// Actuators on joints by hand of the law: force = gain · \[1, l, v\] u + bias · \[1, l, v\].
fn compare_actuators(world: &World, judge: &Value, said: &mut Vec<String>) {
    let plant = world.resource::<Plant>();
    let joints = file_joints(world);
    let theirs = judge["actuators"].as_array().unwrap();
    for their in theirs {
        let supported = number(&their["gaintype"]) <= 1.0 && number(&their["biastype"]) <= 1.0;
        let joint = their["joint"].as_u64().unwrap() as usize;
        let on_joint = their["transmission"].as_u64().is_some_and(|t| t <= 1);
        let scalar = on_joint && {
            let kind = &judge["joints"][joint]["type"];
            kind == "hinge" || kind == "slide"
        };
        if !supported || !scalar {
            continue;
        }
        let name = their["name"].as_str().unwrap();
        let mut found = plant.entities.iter().filter_map(|e| {
            let actuator = world.get::<Actuator>(*e)?;
            (world.get::<Origin>(*e)?.name == name).then_some(actuator)
        });
        let ours = found.find(|a| a.joint == joints[joint]);
        let Some(ours) = ours else {
            said.push(format!("actuator `{name}` is not there"));
            continue;
        };
        compare_law(&ours.law, their, said);
        if !near(ours.gear, number(&their["gear"]), COPIED) {
            said.push(format!(
                "gear of `{name}`: {} for {}",
                ours.gear, their["gear"]
            ));
        }
        let pair = |value: &Value| value.as_array().map(|r| [number(&r[0]), number(&r[1])]);
        let mut force = pair(&their["forcerange"]);
        if let Some([low, high]) = pair(&their["frcrange"]) {
            let [a, b] = force.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
            force = Some([a.max(low / ours.gear), b.min(high / ours.gear)]);
        }
        for (what, a, b) in [
            (
                "control range",
                ours.control_range,
                pair(&their["ctrlrange"]),
            ),
            ("force range", ours.effort_range, force),
        ] {
            let same = match (a, b) {
                (Some(a), Some(b)) => near(a[0], b[0], COPIED) && near(a[1], b[1], COPIED),
                (a, b) => a.is_none() && b.is_none(),
            };
            if !same {
                said.push(format!("{what} of `{name}`: {a:?} for {b:?}"));
            }
        }
    }
}

fn compare_poses(world: &World, judge: &Value, said: &mut Vec<String>) {
    for (k, row) in judge["poses"].as_array().unwrap().iter().enumerate() {
        let ours = poses(world, &list(&row["qpos"]));
        let (places, turns) = (list(&row["xpos"]), list(&row["xquat"]));
        for (at, pose) in ours.iter().enumerate() {
            let place = Vector3::from_column_slice(&places[3 * at..3 * at + 3]);
            let turn: UnitQuaternion<f64> = quaternion(&turns[4 * at..4 * at + 4]);
            let (far, angle) = (
                (pose.translation.vector - place).norm(),
                pose.rotation.angle_to(&turn),
            );
            if far > PLACE || angle > PLACE {
                said.push(format!("pose {k} of body {}: {far} m, {angle} rad", at + 1));
                return;
            }
        }
    }
}

/// Primitives and their masks; a mesh that is there is at least a mesh.
fn compare_geoms(world: &World, judge: &Value, said: &mut Vec<String>) {
    let plant = world.resource::<Plant>();
    let bodies = file_bodies(world);
    let of_file = |e: &&Entity| world.get::<Geometry>(**e).is_some();
    let ours: Vec<Entity> = plant.entities.iter().filter(of_file).copied().collect();
    let theirs = judge["geoms"].as_array().unwrap();
    if ours.len() != theirs.len() {
        said.push(format!("{} geoms for {}", ours.len(), theirs.len()));
        return;
    }
    for (k, (prim, their)) in ours.iter().zip(theirs).enumerate() {
        let geometry = world.get::<Geometry>(*prim).unwrap();
        let body = world.get::<InBody>(*prim).map(|b| b.0);
        let index = body
            .and_then(|b| bodies.iter().position(|o| *o == b))
            .map_or(0, |at| at + 1);
        if Some(index as u64) != their["body"].as_u64() {
            said.push(format!("geom {k} is on body {index} for {}", their["body"]));
        }
        let size = list(&their["size"]);
        let (kind, ours) = match &geometry.shape {
            Shape::Plane { .. } => (0, vec![]),
            Shape::Sphere { radius } => (2, vec![*radius]),
            Shape::Capsule {
                radius,
                half_height,
            } => (3, vec![*radius, *half_height]),
            Shape::Cylinder {
                radius,
                half_height,
            } => (5, vec![*radius, *half_height]),
            Shape::Box { half_extent } => (6, half_extent.to_vec()),
            // Meshes, height fields and ellipsoids; MuJoCo moves a mesh into its inertial frame.
            _ => continue,
        };
        if their["type"].as_u64() != Some(kind) {
            said.push(format!("geom {k} is of type {kind} for {}", their["type"]));
        }
        if ours.iter().zip(&size).any(|(a, b)| !near(*a, *b, WEIGHED)) {
            said.push(format!("size of geom {k}: {ours:?} for {size:?}"));
        }
        let world_from_body = body.map_or_else(Isometry3::identity, |b| {
            world.get::<WorldPose>(b).unwrap().0
        });
        let pose = world_from_body.inverse() * geometry.world_from_shape;
        let far = pose.translation.vector - Vector3::from_vec(list(&their["pos"]));
        if far.norm() > PLACE {
            said.push(format!("place of geom {k}: {} m off", far.norm()));
        }
        let turn = quaternion(&list(&their["quat"]));
        // Axes of a fitted shape may swap sign, or turn where its moments are equal.
        let round = kind == 2 || their["fitted"] == true;
        let along = (pose.rotation * Vector3::z())
            .cross(&(turn * Vector3::z()))
            .norm();
        let off = if kind == 6 || kind == 0 {
            pose.rotation.angle_to(&turn)
        } else {
            along
        };
        if !round && off > PLACE {
            said.push(format!("turn of geom {k}: {off} rad off"));
        }
        let masks = world
            .get::<MaskFilter>(*prim)
            .map_or([0, 0], |m| [m.categories, m.mask]);
        let theirs = ["contype", "conaffinity"].map(|m| their[m].as_i64().unwrap() as u32);
        if masks != theirs {
            said.push(format!("masks of geom {k}: {masks:?} for {theirs:?}"));
        }
    }
}
