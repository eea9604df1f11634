//! URDF and MJCF as USD, read back by Newton.

use std::collections::BTreeMap;

use halle_world::components::{Actuator, ActuatorLaw, EffortLimit, Joint, Motion};
use nalgebra::{Matrix3, Vector3};
use serde_json::Value;

use crate::ask::{ask, corpus, numbers, task};
use crate::converted::{Converted, Scratch, converted, weight};
use crate::robot::{COUNT, Worst};

/// Metres and radians. Newton computes in single precision: a chain of ten frames of a metre, moved by
/// two metres, rounds at about 1e-6 each.
const CLOSE: f64 = 2e-5;
/// Masses, limits and gains are read from single precision and turned once or twice.
const SINGLE: f64 = 1e-5;
/// Newton's word for no limit.
const ENDLESS: f64 = 1e6;

/// Newton reads the same bodies, masses, joints, limits and gains out of every conversion, and its own
/// forward kinematics puts the bodies where ours does. `HALLE_NEWTON_PYTHON` names a Python with Newton.
#[test]
fn newton_reads_what_was_converted() {
    let Some(corpus) = corpus() else { return };
    if std::env::var_os("HALLE_NEWTON_PYTHON").is_none() {
        println!("skipped: `HALLE_NEWTON_PYTHON` names no Python with Newton");
        return;
    }
    let scratch = Scratch::new("newton");
    let robots = converted(&scratch.0, &corpus);
    let ask_for = |one: &Converted| task(&one.files[1], &one.robot.asked(&|p| one.named(p)), false);
    let tasks: Vec<Value> = robots.iter().map(ask_for).collect();
    let Some(answers) = ask("by_newton.py", "HALLE_NEWTON_PYTHON", &tasks) else {
        return;
    };
    let (mut worst, mut wrong, mut held) = (Worst::default(), Vec::new(), 0);
    let mut left: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (one, answer) in robots.iter().zip(&answers) {
        let mut said = Vec::new();
        if answer.is_null() || answer["refused"].is_string() {
            wrong.push(format!("{}: not read: {}", one.name, answer["refused"]));
            continue;
        }
        for warning in answer["warnings"].as_array().unwrap() {
            let text = warning.as_str().unwrap();
            if !known(one, text) {
                said.push(format!("warns: {text}"));
            }
        }
        bodies(one, answer, &mut said);
        joints(one, answer, &mut said);
        match cause(one, answer) {
            Some(why) => left.entry(why).or_default().push(&one.name),
            None => match one.robot.compare(answer, &|p| one.named(p), false) {
                Ok(found) if found.far > CLOSE || found.turned > CLOSE => {
                    said.push(format!("kinematics: {found:?}"));
                }
                Ok(found) => {
                    worst.merge(&found);
                    held += 1;
                }
                Err(why) => said.push(why),
            },
        }
        wrong.extend(said.into_iter().map(|s| format!("{}: {s}", one.name)));
    }
    println!(
        "{} robots; kinematics of {held} at {COUNT} positions: {worst:?}",
        robots.len()
    );
    for (why, names) in &left {
        println!("kinematics left out, {why}: {} {names:?}", names.len());
    }
    assert!(
        wrong.is_empty(),
        "{} differences\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What Newton warns of where nothing is wrong with the file.
fn known(one: &Converted, text: &str) -> bool {
    // A mesh that gave the mass is not there.
    let unweighed = |body: &halle_world::Entity| {
        weight(one, *body).0.is_none() && text.contains(&one.path(*body))
    };
    // Newton's own couplings are linear; the higher terms are kept for its MuJoCo solver.
    text.contains("higher-order polycoef")
        // An equality becomes a joint beside the one by which the body moves.
        || text.contains("but another joint already connects these bodies")
        || (text.contains("zero mass and zero inertia") && one.robot.bodies().iter().any(unweighed))
}

/// Why Newton's kinematics are not compared.
fn cause(one: &Converted, answer: &Value) -> Option<&'static str> {
    let joints = one.robot.joints().into_iter();
    let carries = |e: &halle_world::Entity| !one.robot.world.get::<Joint>(*e).unwrap().excluded;
    let mut carrying = joints.filter(carries);
    let loose = |e| answer["joints"][one.path(e)]["loose"] == true;
    if one.robot.bodies().is_empty() {
        Some("nothing of it is a body")
    } else if answer["unfinished"].is_string() {
        Some("Newton makes no model of joints outside of its articulations")
    } else if carrying.any(loose) {
        // usd-core finds no body in an articulation of one body on one joint to the world.
        Some("a single body hangs on the world: Newton moves joints of articulations only")
    } else {
        None
    }
}

fn bodies(one: &Converted, answer: &Value, said: &mut Vec<String>) {
    let theirs = answer["bodies"].as_object().unwrap();
    let ours = one.robot.bodies();
    if theirs.len() != ours.len() {
        said.push(format!("{} bodies for {}", theirs.len(), ours.len()));
    }
    for body in ours {
        let path = one.path(body);
        let Some(found) = theirs.get(&path) else {
            said.push(format!("no body {path}"));
            continue;
        };
        let (mass, center, inertia) = weight(one, body);
        let near = |a: f64, b: f64| (a - b).abs() <= SINGLE * b.abs();
        if mass.is_some_and(|m| !near(found["mass"].as_f64().unwrap_or(f64::NAN), m)) {
            said.push(format!("mass of {path}: {mass:?} for {}", found["mass"]));
        }
        if let Some(center) = center {
            let far = center - Vector3::from_vec(numbers(&found["center"]));
            if far.amax() > SINGLE {
                said.push(format!(
                    "centre of {path}: {center:?} for {}",
                    found["center"]
                ));
            }
        }
        if let (Some(inertia), Some(_)) = (inertia, mass) {
            let theirs = Matrix3::from_row_slice(&numbers(&found["inertia"]));
            if (inertia - theirs).amax() > SINGLE * inertia.amax() {
                said.push(format!("inertia of {path}: {inertia} for {theirs}"));
            }
        }
    }
}

fn joints(one: &Converted, answer: &Value, said: &mut Vec<String>) {
    let theirs = answer["joints"].as_object().unwrap();
    for entity in one.robot.joints() {
        let path = one.path(entity);
        let joint = one.robot.world.get::<Joint>(entity).unwrap();
        if joint.excluded {
            // An equality in Newton's words.
            continue;
        }
        let Some(found) = theirs.get(&path) else {
            said.push(format!("no joint {path}"));
            continue;
        };
        let kind = match joint.motion {
            Motion::Fixed => "FIXED",
            Motion::Revolute => "REVOLUTE",
            Motion::Prismatic => "PRISMATIC",
            Motion::Spherical { .. } => "BALL",
            Motion::Distance { .. } => "DISTANCE",
            _ => "D6",
        };
        said.extend(
            one.between(joint, kind, found)
                .map(|how| format!("{path}: {how}")),
        );
        if !matches!(joint.motion, Motion::Revolute | Motion::Prismatic) {
            continue;
        }
        let (position, gains) = driven(one, entity);
        let effort = one.robot.world.get::<EffortLimit>(entity).map(|e| e.0);
        let effort = joint.drive.map(|d| d.effort_limit).or(effort);
        let expected = [
            ("lower", joint.lower.unwrap_or(f64::NEG_INFINITY)),
            ("upper", joint.upper.unwrap_or(f64::INFINITY)),
            ("stiffness", position),
            ("damping", gains),
            ("armature", joint.armature),
            ("friction", joint.friction),
            ("passive", joint.damping),
            ("effort", effort.unwrap_or(f64::INFINITY)),
            ("speed", joint.velocity_limit.unwrap_or(f64::INFINITY)),
        ];
        for (what, expected) in expected {
            let number = numbers(&found[what])[0];
            let endless = expected.abs() >= ENDLESS && number.abs() >= ENDLESS;
            if !endless && (number - expected).abs() > SINGLE * expected.abs().max(1e-3) {
                said.push(format!("{what} of {path}: {expected} for {number}"));
            }
        }
    }
}

/// Stiffness and damping by which a joint is driven: its drive, or motors that hold a position or a
/// velocity straight on the joint. Newton leaves all others to its MuJoCo solver.
fn driven(one: &Converted, entity: halle_world::Entity) -> (f64, f64) {
    let joint = one.robot.world.get::<Joint>(entity).unwrap();
    if let Some(drive) = joint.drive {
        return (drive.stiffness, drive.damping);
    }
    let actuators = one.robot.entities().iter();
    let mut found = (0.0, 0.0);
    for actuator in actuators.filter_map(|e| one.robot.world.get::<Actuator>(*e)) {
        if actuator.joint != entity || actuator.gear != 1.0 {
            continue;
        }
        match actuator.law {
            ActuatorLaw::Position { stiffness, damping } if stiffness > 0.0 => {
                found = (stiffness, damping);
            }
            ActuatorLaw::Velocity { damping } if damping > 0.0 => found.1 = damping,
            _ => {}
        }
    }
    found
}
