//! Articulated systems out of MJCF models against MuJoCo: degrees of freedom, masses, poses, mass
//! matrices, motors and pairs; and out of robots in other formats.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use halle_mjcf::Origin;
use halle_model::articulated::{System, SystemJoint};
use halle_scenes::{World, load};
use halle_world::components::{Mimic, Plant, RigidBody, SourcePath, WorldPose};
use halle_world::{Diagnostics, articulate};
use nalgebra::{DMatrix, Isometry3, Vector3};
use serde_json::{Value, json};

use crate::local;
use crate::motion::{mass_matrix, stand, turn};
use crate::python::{ask, draw};

/// Random positions of each model.
const COUNT: u64 = 20;

/// A model as a system, and where its links' bodies stand in them.
struct Model {
    file: PathBuf,
    world: World,
    system: System,
    diagnostics: Diagnostics,
    /// `link_from_body` of the body that each link is named after; none for massless links.
    seats: Vec<Option<Isometry3<f64>>>,
    positions: Vec<Vec<f64>>,
}

fn path<'w>(world: &'w World, entity: halle_world::Entity) -> &'w str {
    let source = world.get::<SourcePath>(entity);
    source.map_or("", |s| &s.prim)
}

impl Model {
    fn new(file: &Path, key: u64) -> Self {
        let (world, _) = load(file).unwrap();
        let (system, diagnostics) = articulate(&world).unwrap();
        // Followers start where their leaders put them, not where the file shows them.
        let (mut plain, _) = load(file).unwrap();
        for entity in plain.resource::<Plant>().entities.clone() {
            plain.entity_mut(entity).remove::<Mimic>();
        }
        let (shown, _) = articulate(&plain).unwrap();
        let poses = stand(&system, &shown.start_position);
        let entities = &world.resource::<Plant>().entities;
        let seat = |(link, pose): (&halle_model::articulated::SystemLink, &Isometry3<f64>)| {
            let mut bodies = entities.iter();
            let named =
                |e: &&_| world.get::<RigidBody>(**e).is_some() && path(&world, **e) == link.name;
            let body = bodies.find(named)?;
            Some(pose.inv_mul(&world.get::<WorldPose>(*body)?.0))
        };
        let seats = system.links.iter().zip(&poses).map(seat).collect();
        let positions = (0..COUNT).map(|n| any_position(&system, key, n)).collect();
        Self {
            file: file.to_owned(),
            system,
            diagnostics,
            seats,
            positions,
            world,
        }
    }

    /// The configuration in the numbers of MuJoCo, whose floating bodies are placed by their own
    /// frames. Both list links in the order of the file.
    fn qpos(&self, position: &[f64]) -> Vec<f64> {
        let mut made = position.to_vec();
        let poses = stand(&self.system, position);
        let places = self.system.places();
        for (k, link) in self.system.links.iter().enumerate() {
            if link.joint == SystemJoint::Free {
                let body = poses[k] * self.seats[k].unwrap();
                let at = places[k].position;
                made[at..at + 3].copy_from_slice(body.translation.vector.as_slice());
                let q = body.rotation;
                made[at + 3..at + 7].copy_from_slice(&[q.w, q.i, q.j, q.k]);
            }
        }
        made
    }

    /// Velocities of the system from those of MuJoCo: floating bodies have the velocity of their
    /// origin first and then the angular velocity in body axes; balls turn in axes of the child.
    fn own_from_judge(&self, poses: &[Isometry3<f64>]) -> DMatrix<f64> {
        let count = self.system.dof_count();
        let mut map = DMatrix::identity(count, count);
        for ((k, link), place) in self
            .system
            .links
            .iter()
            .enumerate()
            .zip(self.system.places())
        {
            let at = place.dof;
            let r = poses[k].rotation.to_rotation_matrix().into_inner();
            match link.joint {
                SystemJoint::Spherical => map.view_mut((at, at), (3, 3)).copy_from(&r),
                SystemJoint::Free => {
                    let body = poses[k] * self.seats[k].unwrap();
                    let own = body.rotation.to_rotation_matrix().into_inner();
                    let arm = poses[k].translation.vector - body.translation.vector;
                    // v + w x arm = v - [arm] w.
                    let shift = -arm.cross_matrix() * own;
                    map.view_mut((at, at), (6, 6)).fill(0.0);
                    map.view_mut((at, at + 3), (3, 3)).copy_from(&own);
                    map.view_mut((at + 3, at), (3, 3)).fill_with_identity();
                    map.view_mut((at + 3, at + 3), (3, 3)).copy_from(&shift);
                }
                SystemJoint::Revolute | SystemJoint::Prismatic => {}
            }
        }
        map
    }

    fn names(&self) -> String {
        self.file.display().to_string()
    }
}

/// A random position: angles and places up to two, any rotation.
fn any_position(system: &System, key: u64, number: u64) -> Vec<f64> {
    let mut made = Vec::new();
    let mut next = 0;
    let mut d = || {
        next += 1;
        2.0 * draw(key, number, next)
    };
    for link in &system.links {
        if link.joint == SystemJoint::Free {
            made.extend([d(), d(), d()]);
        }
        if link.joint.dof_count() == 1 {
            made.push(d());
        } else {
            let q = Vector3::new(d(), d(), d());
            let q = turn(&[d(), q.x, q.y, q.z]);
            made.extend([q.w, q.i, q.j, q.k]);
        }
    }
    made
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

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
/// both shapes: masks, parents, excluded bodies, what is welded together.
#[test]
fn pairs_against_mujoco() {
    let Some(judged) = judged() else { return };
    let mut counts = Vec::new();
    for (model, answer) in judged.iter().filter(|(_, a)| a["stripped"] == false) {
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
        let known: BTreeSet<usize> = (0..model.system.shapes.len()).map(number).collect();
        let sorted = |a: usize, b: usize| [a.min(b), a.max(b)];
        let found: BTreeSet<[usize; 2]> = model
            .system
            .pairs
            .iter()
            .map(|p| sorted(number(p.shapes[0]), number(p.shapes[1])))
            .collect();
        let expected: BTreeSet<[usize; 2]> = answer["pairs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| [0, 1].map(|k| p[k].as_u64().unwrap() as usize))
            .filter(|p| p.iter().all(|g| known.contains(g)))
            .collect();
        let lost: Vec<_> = expected.difference(&found).collect();
        let more: Vec<_> = found.difference(&expected).collect();
        let name = model.names();
        assert!(
            lost.is_empty() && more.is_empty(),
            "{name}: lost {lost:?}, more {more:?}"
        );
        counts.push(format!(
            "{} {}",
            model.file.file_stem().unwrap().display(),
            found.len()
        ));
    }
    println!("pairs: {}", counts.join(", "));
}

/// Robots of all formats in the corpus compile: nothing is refused, and what is left out is told.
#[test]
fn robots_of_the_corpus() {
    let corpus = local("../../shared/corpus");
    let files = [
        ("robots-urdf/ur10e/ur10e.urdf", 6),
        ("robots-urdf/ur5e/ur5e.urdf", 6),
        ("robots-urdf/fr3/fr3.urdf", 9),
        ("robots-usdphysics/converted/ur10e/ur10e.usda", 6),
        ("robots-usdphysics/converted/fr3/fr3.usda", 9),
        (
            "robots-usdphysics/newton-1.8.0/newton/examples/assets/ant.usda",
            14,
        ),
        (
            "robots-usdphysics/newton-1.8.0/newton/examples/assets/humanoid.usda",
            27,
        ),
        (
            "robots-usdphysics/newton-1.8.0/newton/examples/assets/cartpole.usda",
            3,
        ),
    ];
    for (file, dofs) in files {
        let path = corpus.join(file);
        if !path.is_file() {
            println!("{file} is not there: it is not compiled");
            continue;
        }
        let model = Model::new(&path, 0);
        assert_eq!(
            model.system.dof_count(),
            dofs,
            "{file}\n{}",
            model.diagnostics
        );
    }
}
