//! Articulated systems out of MJCF models against MuJoCo: degrees of freedom, masses, poses, mass
//! matrices, motors and pairs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use halle_mjcf::Origin;
use halle_model::articulated::SystemJoint;
use halle_world::components::Plant;
use nalgebra::{DMatrix, Vector3};
use serde_json::{Value, json};

use crate::local;
use crate::model::{COUNT, Model, numbers, path};
use crate::motion::{mass_matrix, stand, turn};
use crate::python::ask;

/// The models to look at: those of the MJCF reader, and those of others where they are.
fn files() -> Vec<PathBuf> {
    let own = [
        "actuators",
        "arm",
        "chains",
        "equalities",
        "frames",
        "inertials",
    ];
    let own = own.map(|n| local(&format!("mjcf/tests/models/{n}.xml")));
    let mut files = own.to_vec();
    let shared = local("../../shared");
    let peers = [
        "humanoid_mjwbench",
        "panda_mjwbench",
        "ur10e",
        "ur10e_crash",
        "ur10e_polish",
    ];
    let peers = peers.map(|n| shared.join(format!("peers/models/{n}.xml")));
    let robots = [
        "franka_emika_panda/panda",
        "franka_emika_panda/hand",
        "kuka_iiwa_14/iiwa14",
        "robotiq_2f85/2f85",
        "universal_robots_ur5e/ur5e",
    ];
    let robots = robots.map(|n| shared.join(format!("corpus/robots-mjcf/{n}.xml")));
    let others: Vec<PathBuf> = peers.into_iter().chain(robots).collect();
    if !others.iter().all(|f| f.is_file()) {
        println!("others' models are not all there: the rest is checked");
    }
    files.extend(others.into_iter().filter(|f| f.is_file()));
    files
}

/// All models with MuJoCo's account of each; none without MuJoCo.
fn judged() -> Option<Vec<(Model, Value)>> {
    let models: Vec<Model> = (0..).zip(files()).map(|(k, f)| Model::new(&f, k)).collect();
    let task = |m: &Model| {
        let qpos: Vec<_> = m.positions.iter().map(|p| m.qpos(p)).collect();
        json!({"file": m.file, "qpos": qpos})
    };
    let tasks: Vec<Value> = models.iter().map(task).collect();
    let Some(answers) = ask("tests/articulated/judge.py", &tasks) else {
        println!("skipped: no Python with MuJoCo (HALLE_PYTHON names one)");
        return None;
    };
    Some(models.into_iter().zip(answers).collect())
}

/// Degrees of freedom, total mass, where bodies stand at twenty random positions, and the mass matrix
/// there, which every mass, centre and inertia enters. Both compute in double precision over about
/// ten frames: 1e-9 of the size leaves five digits for rounding.
#[test]
fn motion_against_mujoco() {
    let Some(judged) = judged() else { return };
    let mut compared = [0; 2];
    for (model, answer) in &judged {
        let (name, system) = (model.names(), &model.system);
        assert!(answer["error"].is_null(), "{name}: {}", answer["error"]);
        assert_eq!(answer["nv"], system.dof_count(), "{name}");
        assert_eq!(answer["nq"], system.position_count(), "{name}");
        let mass: f64 = system.links.iter().map(|l| l.mass).sum();
        let expected = answer["mass"].as_f64().unwrap();
        assert!(
            (mass - expected).abs() <= 1e-9 * expected,
            "{name}: {mass} {expected}"
        );
        let states = answer["states"].as_array().unwrap();
        assert_eq!(states.len(), model.positions.len(), "{name}");
        for (position, state) in model.positions.iter().zip(states) {
            let poses = stand(system, position);
            for (k, link) in system.links.iter().enumerate() {
                let body = link.name.rsplit('/').next().unwrap();
                let Some(expected) = state["bodies"].get(body).map(numbers) else {
                    continue;
                };
                let found = poses[k] * model.seats[k].unwrap();
                let far = found.translation.vector - Vector3::from_row_slice(&expected[..3]);
                let off = found.rotation.inverse() * turn(&expected[3..]);
                assert!(far.norm() < 1e-9, "{name} {body}: {:e} m", far.norm());
                let angle = 2.0 * off.vector().norm();
                assert!(angle < 1e-9, "{name} {body}: {angle:e} rad");
                compared[0] += 1;
            }
            let map = model.own_from_judge(&poses);
            let found = map.transpose() * mass_matrix(system, &poses) * &map;
            let count = system.dof_count();
            let expected = numbers(&state["mass_matrix"]);
            let expected = DMatrix::from_row_slice(count, count, &expected);
            let off = (&found - &expected).amax() / expected.amax();
            assert!(off < 1e-9, "{name}: mass matrix is {off:e} off");
            compared[1] += 1;
        }
    }
    println!(
        "{} models, {} poses, {} mass matrices",
        judged.len(),
        compared[0],
        compared[1]
    );
    assert!(compared[1] >= 6 * COUNT as usize);
}

/// Damping, friction, armature, springs, limits and motors are those that MuJoCo compiles.
#[test]
fn joints_and_motors_against_mujoco() {
    let Some(judged) = judged() else { return };
    for (model, answer) in &judged {
        let (name, system) = (model.names(), &model.system);
        let close = |found: &[f64], expected: &Value, what: &str| {
            let expected = numbers(expected);
            assert_eq!(found.len(), expected.len(), "{name} {what}");
            for (a, b) in found.iter().zip(expected) {
                let far = (a - b).abs() > 1e-12 * (1.0 + b.abs());
                let same = if b.is_nan() { a.is_infinite() } else { !far };
                assert!(same, "{name} {what}: {a} {b}");
            }
        };
        let floats = system.links.iter().any(|l| l.joint == SystemJoint::Free);
        let each = |value: fn(&halle_model::articulated::SystemLink) -> f64| {
            let all = system.links.iter();
            let all = all.flat_map(|l| std::iter::repeat_n(value(l), l.joint.dof_count()));
            all.collect::<Vec<f64>>()
        };
        // A floating body of MJCF may have damping and armature, which the reader tells to be lost.
        if !floats {
            close(&each(|l| l.damping), &answer["damping"], "damping");
            close(&each(|l| l.friction), &answer["friction"], "friction");
            close(&each(|l| l.armature), &answer["armature"], "armature");
        }
        let scalar = || system.links.iter().filter(|l| l.joint.dof_count() == 1);
        let springs: Vec<f64> = scalar().map(|l| l.spring[0]).collect();
        close(&springs, &answer["stiffness"], "stiffness");
        let rests: Vec<f64> = scalar().map(|l| l.spring[1]).collect();
        close(&rests, &answer["rest"], "rest");
        for (link, range) in scalar().zip(answer["range"].as_array().unwrap()) {
            close(&link.limit, range, "range");
        }
        motors(model, answer);
    }
}

/// Motors of both, as far as the reader takes them: by the joints that they are on.
fn motors(model: &Model, answer: &Value) {
    let places = model.system.places();
    let name = model.names();
    for motor in &model.system.actuators {
        let own = motor.name.rsplit('/').next().unwrap();
        let named = |m: &&Value| m["name"] == own && m["on_joint"] == true;
        let Some(expected) = answer["motors"].as_array().unwrap().iter().find(named) else {
            continue;
        };
        assert_eq!(expected["dof"], places[motor.link].dof, "{name} {own}");
        let sides = [
            (vec![motor.gear], vec![expected["gear"].as_f64().unwrap()]),
            (motor.gain.to_vec(), numbers(&expected["gain"])),
            (motor.bias.to_vec(), numbers(&expected["bias"])),
        ];
        for (found, expected) in sides {
            for (a, b) in found.iter().zip(&expected) {
                let far = (a - b).abs() > 1e-6 * (1.0 + b.abs());
                assert!(!far, "{name} {}: {found:?} {expected:?}", motor.name);
            }
        }
    }
}

/// The pairs that may touch are those that MuJoCo's filters leave, as far as there are forms for
/// both shapes: masks, parents, excluded bodies, what is welded together. They have the larger
/// friction of both geoms, as far as the larger number of contact dimensions keeps it.
#[test]
fn pairs_against_mujoco() {
    let Some(judged) = judged() else { return };
    let mut counts = Vec::new();
    for (model, answer) in judged.iter().filter(|(_, a)| a["stripped"] == false) {
        let name = model.names();
        let (found, known) = own_pairs(model);
        let mut expected: BTreeMap<[usize; 2], [f64; 3]> = BTreeMap::new();
        for row in answer["pairs"].as_array().unwrap() {
            let row = numbers(row);
            let geoms = [row[0] as usize, row[1] as usize];
            if geoms.iter().all(|g| known.contains(g)) {
                expected.insert(geoms, [row[2], row[3], row[4]]);
            }
        }
        let lost: Vec<_> = expected
            .keys()
            .filter(|p| !found.contains_key(*p))
            .collect();
        let more: Vec<_> = found
            .keys()
            .filter(|p| !expected.contains_key(*p))
            .collect();
        assert!(
            lost.is_empty() && more.is_empty(),
            "{name}: lost {lost:?}, more {more:?}"
        );
        assert_eq!(found, expected, "{name}");
        let stem = model.file.file_stem().unwrap();
        counts.push(format!("{} {}", stem.display(), found.len()));
    }
    println!("pairs: {}", counts.join(", "));
}

/// Pairs by the numbers of their geoms, with sliding, turning and rolling friction; and the geoms
/// that have a form at all.
fn own_pairs(model: &Model) -> (BTreeMap<[usize; 2], [f64; 3]>, BTreeSet<usize>) {
    let entities = &model.world.resource::<Plant>().entities;
    let origin = |e: &&_| {
        let origin = model.world.get::<Origin>(**e);
        origin.is_some_and(|o| &*o.element == "geom")
    };
    let geoms: Vec<&str> = entities
        .iter()
        .filter(origin)
        .map(|e| path(&model.world, *e))
        .collect();
    let number = |k: usize| {
        let name = &model.system.shapes[k].name;
        geoms.iter().position(|g| g == name).unwrap()
    };
    let pairs = model.system.pairs.iter().map(|p| {
        let [a, b] = p.shapes.map(number);
        let friction = [p.friction, p.torsional_friction, p.rolling_friction];
        ([a.min(b), a.max(b)], friction)
    });
    let known = (0..model.system.shapes.len()).map(number).collect();
    (pairs.collect(), known)
}
