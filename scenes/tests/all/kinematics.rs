//! Where the bodies of robots by others stand at a hundred random positions each: against a chain of
//! transforms over usd-core, and against MuJoCo on the robots' own sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use halle_scenes::{World, load};
use halle_world::Entity;
use halle_world::components::{Joint, Mimic, Motion, Plant, SourcePath};
use halle_world::kinematics::{BodyTree, JointPosition};
use nalgebra::{Isometry3, Quaternion, UnitQuaternion, Vector3};
use serde_json::{Value, json};

use crate::local;
use crate::python::{ask, draw};

/// Positions of each robot.
const COUNT: u64 = 100;
/// Metres and radians: frames are single precision in the files.
const CLOSE: f64 = 1e-6;

/// A robot with its joints of one degree of freedom at random positions.
struct Robot {
    world: World,
    tree: BodyTree,
    positions: Vec<BTreeMap<Entity, f64>>,
}

impl Robot {
    fn new(file: &Path, key: u64) -> Self {
        let (world, _) = load(file).unwrap();
        let tree = BodyTree::new(&world);
        let entities = world.get_resource::<Plant>().unwrap().entities.clone();
        let moves = |e: &Entity| {
            let joint = world.get::<Joint>(*e);
            joint.is_some_and(|j| matches!(j.motion, Motion::Revolute | Motion::Prismatic))
        };
        let joints: Vec<Entity> = entities.into_iter().filter(moves).collect();
        let positions = (0..COUNT).map(|position| {
            let mut all = BTreeMap::new();
            for (k, &joint) in (0..).zip(&joints) {
                all.insert(joint, 2.0 * draw(key, position, k));
            }
            all
        });
        let positions = positions.collect();
        let mut made = Self {
            world,
            tree,
            positions,
        };
        made.follow(&joints);
        made
    }

    /// Gives followers the positions that their leaders ask for.
    fn follow(&mut self, joints: &[Entity]) {
        for all in &mut self.positions {
            for joint in joints {
                if let Some(mimic) = self.world.get::<Mimic>(*joint)
                    && let Some(leader) = all.get(&mimic.leader).copied()
                {
                    let terms = mimic.coefficients.iter().rev();
                    let follows = terms.fold(0.0, |sum, c| sum * leader + c);
                    all.insert(*joint, follows);
                }
            }
        }
    }

    fn path(&self, entity: Entity) -> &str {
        &self.world.get::<SourcePath>(entity).unwrap().prim
    }

    /// Positions by what joints are called.
    fn named<'n>(&'n self, name: impl Fn(&'n str) -> &'n str) -> Value {
        let all = self.positions.iter().map(|all| {
            let named = all
                .iter()
                .map(|(e, q)| (name(self.path(*e)).to_owned(), json!(q)));
            Value::Object(named.collect())
        });
        all.collect()
    }

    /// Poses of all bodies at one of the positions.
    fn poses(&self, k: usize) -> BTreeMap<&str, Isometry3<f64>> {
        let all = self.positions[k].iter();
        let positions = all.map(|(e, q)| (*e, JointPosition::Scalar(*q))).collect();
        let poses = self.tree.poses(&positions);
        poses
            .into_iter()
            .map(|(e, pose)| (self.path(e), pose))
            .collect()
    }
}

fn pose(numbers: &[f64]) -> Isometry3<f64> {
    let turn = Quaternion::new(numbers[3], numbers[4], numbers[5], numbers[6]);
    let shift = Vector3::new(numbers[0], numbers[1], numbers[2]);
    Isometry3::from_parts(shift.into(), UnitQuaternion::from_quaternion(turn))
}

fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

fn close(found: &Isometry3<f64>, expected: &Isometry3<f64>, what: &str) {
    let off = expected.inverse() * found;
    let (far, turned) = (off.translation.vector.norm(), off.rotation.angle());
    assert!(
        far < CLOSE && turned < CLOSE,
        "{what}: {far:e} m, {turned:e} rad"
    );
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// The corpus, or nothing with a word about it.
fn corpus() -> Option<PathBuf> {
    let corpus = local("../../shared/corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    println!("corpus is not there: kinematics of others' robots are not checked");
    None
}

/// Every body of every robot against transforms chained over what usd-core reads.
#[test]
fn chains_over_usd_core() {
    let Some(corpus) = corpus() else { return };
    let corpus = corpus.join("robots-usdphysics");
    let assets = "newton-1.8.0/newton/examples/assets";
    let files = [
        "converted/ur10e/ur10e.usda".to_owned(),
        "converted/fr3/fr3.usda".to_owned(),
        "converted/irb2400/abb_irb2400.usda".to_owned(),
        "converted/robotiq_2f85_from_mjcf/robotiq_2f85.usda".to_owned(),
        format!("{assets}/ant.usda"),
        format!("{assets}/humanoid.usda"),
        format!("{assets}/cartpole.usda"),
    ];
    let files: Vec<PathBuf> = files
        .iter()
        .map(|f| corpus.join(f))
        .filter(|f| f.is_file())
        .collect();
    assert!(files.len() >= 4, "{files:?}");
    let robots: Vec<Robot> = (0..).zip(&files).map(|(k, f)| Robot::new(f, k)).collect();
    let tasks: Vec<Value> = files
        .iter()
        .zip(&robots)
        .map(|(file, robot)| json!({"file": file, "positions": robot.named(|p| p)}))
        .collect();
    let Some(answers) = ask("tests/forward_kinematics.py", &tasks) else {
        println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
        return;
    };
    let mut compared = 0;
    for ((file, robot), answer) in files.iter().zip(&robots).zip(&answers) {
        for (k, expected) in answer.as_array().unwrap().iter().enumerate() {
            let found = robot.poses(k);
            let expected = expected.as_object().unwrap();
            assert_eq!(found.len(), expected.len(), "{}", file.display());
            // Groups of bodies that are free are seen from one of them, here and there.
            let mut bases: BTreeMap<u64, Isometry3<f64>> = BTreeMap::new();
            for (path, value) in expected {
                let row = numbers(value);
                let truly = pose(&row[1..]);
                let base = bases.entry(row[0] as u64).or_insert_with(|| match row[0] {
                    0.0 => Isometry3::identity(),
                    _ => found[&**path] * truly.inverse(),
                });
                close(
                    &found[&**path],
                    &(*base * truly),
                    &format!("{} {path}", file.display()),
                );
                compared += 1;
            }
        }
    }
    println!("{} robots, {compared} poses", files.len());
}

/// The arms against MuJoCo on the URDFs that they were converted from, links by name.
#[test]
fn mujoco_on_the_sources() {
    let Some(corpus) = corpus() else { return };
    let arms = [
        ("ur10e", "ur10e"),
        ("fr3", "fr3"),
        ("irb2400", "abb_irb2400"),
    ];
    let mut robots = Vec::new();
    let mut tasks = Vec::new();
    for (key, (folder, file)) in (10..).zip(arms) {
        let usd = corpus.join(format!("robots-usdphysics/converted/{folder}/{file}.usda"));
        let sources = std::fs::read_dir(corpus.join(format!("robots-urdf/{folder}"))).unwrap();
        let mut sources = sources.map(|f| f.unwrap().path());
        let urdf = sources
            .find(|f| f.extension().is_some_and(|e| e == "urdf"))
            .unwrap();
        let robot = Robot::new(&usd, key);
        let Value::Array(positions) = robot.named(name) else {
            return;
        };
        // The script takes a list of numbers for each joint.
        let listed = |all: &Value| -> Value {
            let all = all.as_object().unwrap().iter();
            Value::Object(all.map(|(joint, q)| (joint.clone(), json!([q]))).collect())
        };
        let positions: Vec<Value> = positions.iter().map(listed).collect();
        tasks.push(json!({"file": urdf, "positions": positions}));
        robots.push((folder, robot));
    }
    let Some(answers) = ask("urdf/tests/forward_kinematics.py", &tasks) else {
        println!("skipped: no Python with numpy (HALLE_PYTHON names one)");
        return;
    };
    let mut compared = 0;
    for ((folder, robot), answer) in robots.iter().zip(&answers) {
        let (judge, rows) = match answer["mujoco"].as_array() {
            Some(rows) => ("MuJoCo", rows),
            None => ("own", answer["own"].as_array().unwrap()),
        };
        for (k, expected) in rows.iter().enumerate() {
            for (path, found) in robot.poses(k) {
                let Some(row) = expected.get(name(path)) else {
                    continue;
                };
                close(
                    &found,
                    &pose(&numbers(row)),
                    &format!("{judge}: {folder} {path}"),
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 6 * 3 * COUNT as usize, "{compared} poses");
    println!("{compared} poses");
}
