//! usd-core as the judge of what was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use halle_author::{AuthorOptions, write};
use halle_world::World;
use halle_world::components::*;
use nalgebra::{Isometry3, Quaternion, UnitQuaternion, Vector3};
use serde_json::Value;

use crate::files::folder;
use crate::worlds::plant;

/// Runs a Python script; `None` when there is no Python, or when it says (exit code 2) that it lacks
/// what it needs.
fn python(script: &Path, arguments: &[&str]) -> Option<(bool, String)> {
    let program = std::env::var("HALLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let ran = Command::new(program)
        .arg(script)
        .args(arguments)
        .output()
        .ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fine = ran.status.success();
    let said = if fine {
        text(&ran.stdout)
    } else {
        text(&ran.stdout) + &text(&ran.stderr)
    };
    (ran.status.code() != Some(2)).then_some((fine, said))
}

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What usd-core makes of files; `None`, with a line, if it is not there.
#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
pub(crate) fn judged(files: &[&Path]) -> Option<Vec<Value>> {
    let names: Vec<&str> = files.iter().map(|f| f.to_str().unwrap()).collect();
    let Some((fine, said)) = python(&here("tests/judge.py"), &names) else {
        println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
        return None;
    };
    assert!(fine, "{said}");
    let all: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    Some(names.iter().map(|n| all[*n].clone()).collect())
}

fn numbers(value: &Value) -> Vec<f64> {
    let number = |v: &Value| match v {
        Value::String(s) => s.parse().unwrap(),
        other => other.as_f64().unwrap(),
    };
    match value {
        Value::Array(list) => list.iter().flat_map(numbers).collect(),
        other => vec![number(other)],
    }
}

/// Relative rounding of single precision, in which UsdPhysics holds its numbers.
const SINGLE: f64 = 1.2e-7;

fn close(found: &Value, expected: f64, scale: f64, what: &str) {
    let found = numbers(found)[0];
    let same = found == expected || (found - expected).abs() <= SINGLE * expected.abs().max(scale);
    assert!(same, "{what}: expected {expected}, found {found}");
}

/// World frames from prims as usd-core has them: row vectors, so the matrix is transposed.
fn frame(prim: &Value) -> Isometry3<f64> {
    let m = numbers(&prim["world"]);
    let rotation = nalgebra::Matrix3::from_fn(|i, j| m[4 * j + i]);
    let columns = [0, 1, 2].map(|k| rotation.column(k).norm());
    let rotation = nalgebra::Matrix3::from_fn(|i, j| rotation[(i, j)] / columns[j]);
    Isometry3::from_parts(
        Vector3::new(m[12], m[13], m[14]).into(),
        UnitQuaternion::from_matrix_eps(&rotation, 1e-15, 100, UnitQuaternion::identity()),
    )
}

fn distance(a: &Isometry3<f64>, b: &Isometry3<f64>) -> f64 {
    let shift = (a.translation.vector - b.translation.vector).norm();
    let turn = a.rotation.to_rotation_matrix().matrix() - b.rotation.to_rotation_matrix().matrix();
    shift.max(turn.amax())
}

fn path(world: &World, entity: halle_world::Entity) -> String {
    world.get::<SourcePath>(entity).unwrap().prim.clone()
}

fn entities(world: &World) -> Vec<halle_world::Entity> {
    world.resource::<Plant>().entities.clone()
}

/// All three encodings open without a warning, pass every validator of usd-core, and say the same.
#[test]
fn all_encodings_open_without_complaint() {
    let folder = folder("judged");
    let files = ["plant.usda", "plant.usdc", "plant.usdz"].map(|n| folder.join(n));
    for file in &files {
        write(&plant(), file, &AuthorOptions::default()).unwrap();
        let check = here("../../tools/usd/check_usd.py");
        if let Some((fine, said)) = python(&check, &[file.to_str().unwrap()]) {
            assert!(fine, "{said}");
        }
    }
    let Some(found) = judged(&files.each_ref().map(|f| f.as_path())) else {
        return;
    };
    for judged in &found {
        assert_eq!(judged["warnings"], Value::Array(vec![]));
        assert_eq!(judged["prims"], found[0]["prims"]);
        assert_eq!(judged["physics"], found[0]["physics"]);
        assert_eq!(judged["layer"]["halle"]["files"][0], "plant.usda");
    }
    fs::remove_dir_all(folder).unwrap();
}

fn one() -> Option<(World, Value)> {
    let folder = folder(&format!("one-{:?}", std::thread::current().id()));
    let file = folder.join("plant.usda");
    let world = plant();
    write(&world, &file, &AuthorOptions::default()).unwrap();
    let found = judged(&[&file])?.remove(0);
    fs::remove_dir_all(folder).unwrap();
    Some((world, found))
}

/// Every prim stands where the world has it, to 1e-9 m and rad: translate and orient are written in
/// double precision with 13 decimals, and chains are short.
#[test]
fn prims_stand_where_the_world_has_them() {
    let Some((world, found)) = one() else { return };
    let mut compared = 0;
    for entity in entities(&world) {
        let prim = &found["prims"][path(&world, entity)];
        // Joints and groups have no frame in USD.
        if prim["type"].as_str().unwrap().starts_with("Physics") || prim["type"] == "MjcActuator" {
            continue;
        }
        let expected = world.get::<WorldPose>(entity).unwrap().0;
        let off = distance(&frame(prim), &expected);
        assert!(off < 1e-9, "{}: {off}", path(&world, entity));
        compared += 1;
    }
    assert!(compared > 40);
}

/// Joint frames agree with the poses of the bodies: body 0 times joint times motion is body 1. The
/// frames are in single precision, so 1e-6.
#[test]
fn joint_frames_meet() {
    let Some((world, found)) = one() else { return };
    let local = |prim: &Value, end: &str| {
        let p = numbers(&prim["attributes"][format!("physics:localPos{end}")]);
        let q = numbers(&prim["attributes"][format!("physics:localRot{end}")]);
        let rotation = UnitQuaternion::new_normalize(Quaternion::new(q[0], q[1], q[2], q[3]));
        let body = prim["rels"][format!("physics:body{end}")][0].as_str();
        let body = body.map_or_else(Isometry3::identity, |b| frame(&found["prims"][b]));
        body * Isometry3::from_parts(Vector3::new(p[0], p[1], p[2]).into(), rotation)
    };
    let mut compared = 0;
    for entity in entities(&world) {
        let Some(joint) = world.get::<Joint>(entity) else {
            continue;
        };
        let prim = &found["prims"][path(&world, entity)];
        let axis = match prim["attributes"]["physics:axis"].as_str() {
            Some("X") => Vector3::x(),
            Some("Y") => Vector3::y(),
            _ => Vector3::z(),
        };
        let motion = match joint.motion {
            Motion::Fixed => Isometry3::identity(),
            Motion::Revolute => {
                let state = &prim["attributes"]["state:angular:physics:position"];
                Isometry3::rotation(axis * numbers(state)[0].to_radians())
            }
            _ => continue,
        };
        let off = distance(&(local(prim, "0") * motion), &local(prim, "1"));
        assert!(off < 1e-6, "{}: {off}", path(&world, entity));
        compared += 1;
    }
    assert_eq!(compared, 7);
}

/// usd-core parses the same bodies with the same velocities, and the same colliders.
#[test]
fn bodies_and_colliders_are_parsed() {
    let Some((world, found)) = one() else { return };
    let bodies = found["physics"]["RigidBody"].as_object().unwrap();
    let mut count = 0;
    for entity in entities(&world) {
        let Some(body) = world.get::<RigidBody>(entity) else {
            continue;
        };
        let parsed = &bodies[&path(&world, entity)];
        let pose = world.get::<WorldPose>(entity).unwrap().0;
        let linear = numbers(&parsed["linearVelocity"]);
        let angular = numbers(&parsed["angularVelocity"]);
        let linear = pose.rotation * Vector3::from_iterator(linear);
        let angular = pose.rotation * Vector3::from_iterator(angular).map(f64::to_radians);
        assert!((linear - body.linear_velocity).amax() < 1e-6);
        assert!((angular - body.angular_velocity).amax() < 1e-6);
        assert_eq!(parsed["kinematicBody"], body.kinematic);
        assert_eq!(parsed["startsAsleep"], body.starts_asleep);
        assert_eq!(parsed["isValid"], true);
        count += 1;
    }
    assert_eq!(bodies.len(), count);
    let colliders = entities(&world)
        .into_iter()
        .filter(|e| world.get::<Collider>(*e).is_some())
        .count();
    let kinds = found["physics"].as_object().unwrap();
    let parsed: usize = kinds
        .iter()
        .filter(|(k, _)| k.ends_with("Shape"))
        .map(|(_, v)| v.as_object().unwrap().len())
        .sum();
    assert_eq!(parsed, colliders);
    let wedge = |k: u32| {
        found["physics"]["MeshShape"][format!("/Plant/Parts/wedge_{k}")]["approximation"].clone()
    };
    assert_eq!(
        [wedge(0), wedge(1), wedge(2)],
        ["convexHull", "sdf", "none"].map(Value::from)
    );
}

/// usd-core parses the same joints: kinds, sides, limits and drives, with degrees in place of
/// radians.
#[test]
fn joints_are_parsed() {
    let Some((world, found)) = one() else { return };
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for entity in entities(&world) {
        let Some(joint) = world.get::<Joint>(entity) else {
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
        *kinds.entry(kind).or_default() += 1;
        let parsed = &found["physics"][kind][path(&world, entity)];
        assert_eq!(parsed["isValid"], true, "{}", path(&world, entity));
        for (side, body) in [("body0", joint.body0), ("body1", joint.body1)] {
            assert_eq!(
                parsed[side],
                body.map_or(String::new(), |b| path(&world, b))
            );
        }
        assert_eq!(parsed["excludeFromArticulation"], joint.excluded);
        assert_eq!(parsed["collisionEnabled"], joint.bodies_touch);
        close(
            &parsed["breakForce"],
            joint.break_force.unwrap_or(f64::INFINITY),
            0.0,
            "break force",
        );
        close(
            &parsed["breakTorque"],
            joint.break_torque.unwrap_or(f64::INFINITY),
            0.0,
            "break torque",
        );
        one_axis(parsed, joint);
    }
    let expected = [
        ("D6Joint", 1),
        ("DistanceJoint", 1),
        ("FixedJoint", 1),
        ("PrismaticJoint", 1),
        ("RevoluteJoint", 6),
        ("SphericalJoint", 1),
    ];
    assert_eq!(kinds, BTreeMap::from(expected));
    let all = &found["physics"];
    let ball = &all["SphericalJoint"]["/Plant/Joints/ball"]["limit"];
    close(&ball["lower"], 0.4_f64.to_degrees(), 0.0, "cone");
    close(&ball["upper"], 0.5_f64.to_degrees(), 0.0, "cone");
    let rope = &all["DistanceJoint"]["/Plant/Joints/rope"]["limit"];
    close(&rope["lower"], 0.1, 0.0, "rope");
    close(&rope["upper"], 0.6, 0.0, "rope");
    let any = &all["D6Joint"]["/Plant/Joints/any"];
    let limits = any["jointLimits"].as_object().unwrap();
    let locked =
        |name: &str| numbers(&limits[name]["lower"])[0] > numbers(&limits[name]["upper"])[0];
    assert!(
        locked("RotZ")
            && locked("TransY")
            && locked("TransZ")
            && !locked("RotX")
            && !locked("TransX")
    );
    // A free degree of freedom is named, without bounds: Newton locks those that are not.
    assert_eq!(limits["RotY"]["enabled"], false);
    close(
        &limits["RotX"]["upper"],
        0.75_f64.to_degrees(),
        0.0,
        "range",
    );
    close(&limits["TransX"]["lower"], -0.1, 0.0, "range");
    let drive = &any["jointDrives"]["RotX"];
    assert_eq!(drive["acceleration"], true);
    close(&drive["stiffness"], 10.0_f64.to_radians(), 0.0, "stiffness");
    close(
        &drive["targetVelocity"],
        0.2_f64.to_degrees(),
        0.0,
        "target",
    );
}

fn one_axis(parsed: &Value, joint: &Joint) {
    let unit = match joint.motion {
        Motion::Revolute => 180.0 / std::f64::consts::PI,
        Motion::Prismatic => 1.0,
        _ => return,
    };
    close(
        &parsed["limit"]["lower"],
        joint.lower.unwrap() * unit,
        0.0,
        "lower",
    );
    close(
        &parsed["limit"]["upper"],
        joint.upper.unwrap() * unit,
        0.0,
        "upper",
    );
    let axis = parsed["axis"].as_str().unwrap();
    assert!(axis.ends_with(&format!("{:?}", joint.axis)), "{axis}");
    let Some(drive) = joint.drive else { return };
    let found = &parsed["drive"];
    assert_eq!(found["enabled"], true);
    close(
        &found["stiffness"],
        drive.stiffness / unit,
        0.0,
        "stiffness",
    );
    close(&found["damping"], drive.damping / unit, 0.0, "damping");
    close(
        &found["forceLimit"],
        drive.effort_limit,
        0.0,
        "largest effort",
    );
    close(
        &found["targetPosition"],
        drive.target_position * unit,
        0.0,
        "target",
    );
}

/// A fixed robot has the joint to the world as its root, a loose one its first body.
#[test]
fn articulations_have_the_right_root() {
    let Some((_, found)) = one() else { return };
    let roots = found["physics"]["Articulation"].as_object().unwrap();
    let root = |path: &str| roots[path]["rootPrims"][0].as_str().unwrap().to_owned();
    assert_eq!(roots.len(), 2);
    assert_eq!(root("/Plant/Robot"), "/Plant/Robot/foot");
    assert_eq!(root("/Plant/Loose/base"), "/Plant/Loose/base");
}

/// usd-core resolves the bound materials, and gravity is the world's.
#[test]
fn materials_and_gravity_are_resolved() {
    let Some((_, found)) = one() else { return };
    let floor = &found["prims"]["/Plant/Floor"]["materials"];
    assert_eq!(floor[""], "/Plant/Materials/Look_1");
    assert_eq!(floor["physics"], "/Plant/Materials/Contact_1");
    let material = &found["physics"]["RigidBodyMaterial"]["/Plant/Materials/Contact_1"];
    close(&material["dynamicFriction"], 0.8, 0.0, "friction");
    close(&material["density"], 2400.0, 0.0, "density");
    let scene = &found["physics"]["Scene"]["/Plant/PhysicsScene"];
    close(&scene["gravityMagnitude"], 9.81, 0.0, "gravity");
    assert_eq!(numbers(&scene["gravityDirection"]), [0.0, 0.0, -1.0]);
}

/// usd-core weighs the bodies as closed forms do: authored mass of the links, density times volume
/// of the parts.
#[test]
fn masses_are_computed_alike() {
    let oracle = here("../../../shared/oracle/oracle.py");
    if !oracle.exists() {
        println!("skipped: no script for mass properties beside the checkout");
        return;
    }
    let folder = folder("mass");
    let file = folder.join("plant.usdc");
    write(&plant(), &file, &AuthorOptions::default()).unwrap();
    let Some((fine, said)) = python(&oracle, &[file.to_str().unwrap(), "--mass"]) else {
        println!("skipped: no Python with usd-core (HALLE_PYTHON names one)");
        return;
    };
    assert!(fine, "{said}");
    let all: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    let masses = &all["physics"]["MassProperties"];
    let pi = std::f64::consts::PI;
    for (name, expected) in [
        ("Robot/base", 4.0),
        ("Robot/link_2", 1.0),
        ("Parts/box", 500.0 * 0.2 * 0.4 * 0.6),
        ("Parts/cube", 500.0 * 0.3_f64.powi(3)),
        ("Parts/ball", 500.0 * 4.0 / 3.0 * pi * 1e-3),
        ("Parts/tube", 500.0 * pi * 0.01 * 0.4),
        (
            "Parts/pill",
            500.0 * pi * (0.0025 * 0.4 + 4.0 / 3.0 * 1.25e-4),
        ),
        ("Parts/horn", 500.0 * pi * 0.01 * 0.3 / 3.0),
        ("Parts/wedge_2", 1000.0 * 0.3_f64.powi(3) / 6.0),
    ] {
        let found = numbers(&masses[format!("/Plant/{name}")]["mass"])[0];
        assert!(
            (found / expected - 1.0).abs() < 1e-6,
            "{name}: expected {expected}, found {found}"
        );
    }
    let link = &masses["/Plant/Robot/base"];
    let center = numbers(&link["com"]);
    assert!((center[2] - 0.2).abs() < 1e-6);
    fs::remove_dir_all(folder).unwrap();
}
