//! URDF and MJCF as USD, read back by usd-core.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use halle_author::{AuthorOptions, Written, write};
use halle_world::Entity;
use halle_world::components::{AuthoredMass, EffortLimit, Joint, Motion};
use nalgebra::{Matrix3, Vector3};
use serde_json::Value;

use crate::ask::{ask, corpus, files, numbers, task};
use crate::robot::{COUNT, Robot, Worst};

/// Metres and radians: joint frames are in single precision in USD.
const CLOSE: f64 = 1e-6;
/// Relative rounding of single precision, twice: radians become degrees on the way.
const SINGLE: f64 = 2.4e-7;
/// What a body without mass is written with \[kg\].
const LEAST: f64 = 1e-6;

/// A robot, and what it was written as.
pub(crate) struct Converted {
    pub(crate) name: String,
    pub(crate) robot: Robot,
    /// The files in text, binary and package.
    pub(crate) files: [PathBuf; 3],
    /// Where prims stand in the files, for those that stand elsewhere.
    renamed: BTreeMap<String, String>,
}

impl Converted {
    /// Path of a prim in the files.
    pub(crate) fn named(&self, path: &str) -> String {
        self.renamed
            .get(path)
            .map_or(path, String::as_str)
            .to_owned()
    }

    /// Path of an entity's prim in the files.
    pub(crate) fn path(&self, entity: Entity) -> String {
        self.named(self.robot.path(entity))
    }

    /// In what a joint that was read back has another kind or connects other bodies.
    pub(crate) fn between(&self, joint: &Joint, kind: &str, found: &Value) -> Option<String> {
        let side = |s| {
            self.robot
                .body_of(s)
                .map_or(String::new(), |b| self.path(b))
        };
        let sides = [side(joint.body0), side(joint.body1)];
        let same = found["kind"] == kind && found["bodies"] == serde_json::json!(sides);
        (!same).then(|| format!("{kind} between {sides:?}: {found}"))
    }
}

/// Every URDF and MJCF file of the corpus that loads, written in all three encodings.
pub(crate) fn converted(folder: &Path, corpus: &Path) -> Vec<Converted> {
    let mut made = Vec::new();
    let all = files(corpus, &["urdf", "xml"]);
    for (key, file) in (0..).zip(&all) {
        let name = file.strip_prefix(corpus).unwrap().display().to_string();
        let Ok((world, _)) = halle_scenes::load(file) else {
            continue;
        };
        let stem = folder.join(format!("robot_{key}"));
        let outs = ["usda", "usdc", "usdz"].map(|e| stem.with_extension(e));
        let mut renamed = BTreeMap::new();
        for out in &outs {
            let written = write(&world, out, &AuthorOptions::default()).unwrap();
            renamed = elsewhere(&written);
        }
        made.push(Converted {
            name,
            robot: Robot::new(world, key),
            files: outs,
            renamed,
        });
    }
    made
}

/// Paths of prims that are not written where they were.
fn elsewhere(written: &Written) -> BTreeMap<String, String> {
    let moved = written
        .findings
        .findings()
        .iter()
        .filter(|f| f.code == "AU0301");
    moved
        .filter_map(|f| {
            let path = f.message.split('`').nth(1)?;
            Some((f.site.prim.clone(), path.to_owned()))
        })
        .collect()
}

/// A folder that is gone when the test ends.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("halle-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// usd-core reads the same bodies, masses, joints, limits and drives out of every conversion, in all
/// encodings, without a warning or a complaint of its validators; the bodies move as in the source.
#[test]
fn usd_core_reads_what_was_converted() {
    let Some(corpus) = corpus() else { return };
    let scratch = Scratch::new("converted");
    let robots = converted(&scratch.0, &corpus);
    let mut tasks = Vec::new();
    for one in &robots {
        let positions = one.robot.asked(&|p| one.named(p));
        tasks.push(task(&one.files[0], &positions, true));
        tasks.push(task(&one.files[1], &[], true));
        tasks.push(task(&one.files[2], &[], true));
    }
    let Some(answers) = ask("by_usd_core.py", "HALLE_PYTHON", &tasks) else {
        return;
    };
    let (mut worst, mut wrong, mut counts) = (Worst::default(), Vec::new(), [0; 2]);
    for (one, answers) in robots.iter().zip(answers.chunks(3)) {
        let mut said = Vec::new();
        for answer in answers {
            for list in ["warnings", "invalid", "complaints"] {
                if answer[list] != Value::Array(Vec::new()) {
                    said.push(format!("{list}: {}", answer[list]));
                }
            }
            for what in ["bodies", "joints"] {
                if answer[what] != answers[0][what] {
                    said.push(format!("{what} differ between encodings"));
                }
            }
        }
        bodies(one, &answers[0], &mut said);
        joints(one, &answers[0], &mut said);
        counts[0] += one.robot.bodies().len();
        counts[1] += one.robot.joints().len();
        if answers[0]["loop"] == true {
            said.push("closes a loop".to_owned());
        }
        match one.robot.compare(&answers[0], &|p| one.named(p), true) {
            Ok(found) if found.far > CLOSE || found.turned > CLOSE => {
                said.push(format!("kinematics: {found:?}"));
            }
            Ok(found) => worst.merge(&found),
            Err(why) => said.push(why),
        }
        wrong.extend(said.into_iter().map(|s| format!("{}: {s}", one.name)));
    }
    println!(
        "{} robots, {} bodies, {} joints in three encodings; {COUNT} positions each: {worst:?}",
        robots.len(),
        counts[0],
        counts[1]
    );
    assert!(
        wrong.is_empty(),
        "{} differences\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn close(found: f64, expected: f64, scale: f64) -> bool {
    found == expected || (found - expected).abs() <= SINGLE * expected.abs().max(scale)
}

/// What a body weighs in its frame: mass, centre and inertia about it, as far as the file says.
pub(crate) type Weight = (Option<f64>, Option<Vector3<f64>>, Option<Matrix3<f64>>);

pub(crate) fn weight(one: &Converted, body: Entity) -> Weight {
    let mass = one
        .robot
        .world
        .get::<AuthoredMass>(body)
        .copied()
        .unwrap_or_default();
    let turn = mass.principal_axes.to_rotation_matrix().into_inner();
    let inertia = mass.diagonal_inertia.filter(|m| m.amax() > 0.0);
    let inertia = inertia.map(|m| turn * Matrix3::from_diagonal(&m) * turn.transpose());
    let kilograms = mass.mass.map(|m| if m > 0.0 { m } else { LEAST });
    (kilograms, mass.center_of_mass, inertia)
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
        let number = |what: &str| found[what].as_f64().unwrap_or(f64::NAN);
        if mass.is_some_and(|m| !close(number("mass"), m, 0.0)) {
            said.push(format!("mass of {path}: {mass:?} for {}", found["mass"]));
        }
        if let Some(center) = center {
            let far = center - Vector3::from_vec(numbers(&found["center"]));
            if far.amax() > SINGLE * center.amax().max(1.0) {
                said.push(format!(
                    "centre of {path}: {center:?} for {}",
                    found["center"]
                ));
            }
        }
        if let Some(inertia) = inertia {
            let theirs = Matrix3::from_row_slice(&numbers(&found["inertia"]));
            // Moments and axes are rounded apart, and an axis moves all six numbers.
            if (inertia - theirs).amax() > 4.0 * SINGLE * inertia.amax() {
                said.push(format!("inertia of {path}: {inertia} for {theirs}"));
            }
        }
    }
}

/// Degrees or metres for one radian or metre of a joint's axis.
fn per_unit(joint: &Joint) -> f64 {
    if joint.motion == Motion::Prismatic {
        1.0
    } else {
        1.0_f64.to_degrees()
    }
}

fn joints(one: &Converted, answer: &Value, said: &mut Vec<String>) {
    let theirs = answer["joints"].as_object().unwrap();
    let ours = one.robot.joints();
    if theirs.len() != ours.len() {
        said.push(format!("{} joints for {}", theirs.len(), ours.len()));
    }
    for entity in ours {
        let path = one.path(entity);
        let joint = one.robot.world.get::<Joint>(entity).unwrap();
        let Some(found) = theirs.get(&path) else {
            said.push(format!("no joint {path}"));
            continue;
        };
        let kind = match joint.motion {
            Motion::Fixed => "FixedJoint",
            Motion::Revolute => "RevoluteJoint",
            Motion::Prismatic => "PrismaticJoint",
            Motion::Spherical { .. } => "SphericalJoint",
            Motion::Distance { .. } => "DistanceJoint",
            _ => "D6Joint",
        };
        said.extend(
            one.between(joint, kind, found)
                .map(|how| format!("{path}: {how}")),
        );
        if found["excluded"] != joint.excluded {
            said.push(format!("{path} excluded: {}", found["excluded"]));
        }
        if matches!(joint.motion, Motion::Revolute | Motion::Prismatic) {
            one_axis(one, entity, found, &path, said);
        }
    }
}

/// Limit and drive of a joint with one axis.
fn one_axis(one: &Converted, entity: Entity, found: &Value, path: &str, said: &mut Vec<String>) {
    let joint = one.robot.world.get::<Joint>(entity).unwrap();
    let unit = per_unit(joint);
    let limit = (joint.lower.is_some() || joint.upper.is_some()).then(|| {
        let low = joint.lower.unwrap_or(f64::NEG_INFINITY);
        [low * unit, joint.upper.unwrap_or(f64::INFINITY) * unit]
    });
    let effort = one.robot.world.get::<EffortLimit>(entity).map(|e| e.0);
    let drive = match (joint.drive, effort) {
        (Some(d), _) => Some(vec![
            d.stiffness / unit,
            d.damping / unit,
            d.effort_limit,
            d.target_position * unit,
            d.target_velocity * unit,
        ]),
        // A drive without gains says what motors may do at most.
        (None, Some(effort)) => Some(vec![0.0, 0.0, effort, 0.0, 0.0]),
        (None, None) => None,
    };
    for (what, expected) in [("limit", limit.map(Vec::from)), ("drive", drive)] {
        let theirs = (!found[what].is_null()).then(|| numbers(&found[what]));
        let same = match (&theirs, &expected) {
            (None, None) => true,
            (Some(a), Some(b)) => a.iter().zip(b).all(|(a, b)| close(*a, *b, 0.0)),
            _ => false,
        };
        if !same {
            said.push(format!("{what} of {path}: {expected:?} for {theirs:?}"));
        }
    }
}
