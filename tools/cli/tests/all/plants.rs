//! `halle run` of plants: what it writes, that it is the same every time, and what it refuses.

use std::fs;

use halle_rollout::{read_table, sha256_file};

use crate::common::Place;

/// A box of 0.2 m and 8 kg half a metre above a floor, and a lift of 5 kg that is driven up.
const PLANT: &str = r#"#usda 1.0
(
    defaultPrim = "Plant"
    metersPerUnit = 1
    upAxis = "Z"
)
def Xform "Plant"
{
    def PhysicsScene "Scene"
    {
        float physics:gravityMagnitude = 9.81
        vector3f physics:gravityDirection = (0, 0, -1)
    }
    def Cube "Floor" (prepend apiSchemas = ["PhysicsCollisionAPI"])
    {
        double size = 1
        float3 xformOp:scale = (10, 10, 1)
        double3 xformOp:translate = (0, 0, -0.5)
        uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:scale"]
    }
    def Cube "Box" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI", "PhysicsMassAPI"])
    {
        double size = 0.2
        float physics:mass = 8
        double3 xformOp:translate = (0, 0, 0.6)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def Cube "Lift" (prepend apiSchemas = ["PhysicsRigidBodyAPI", "PhysicsCollisionAPI", "PhysicsMassAPI"])
    {
        double size = 0.2
        float physics:mass = 5
        double3 xformOp:translate = (2, 0, 1)
        uniform token[] xformOpOrder = ["xformOp:translate"]
    }
    def PhysicsPrismaticJoint "Guide" (prepend apiSchemas = ["PhysicsDriveAPI:linear"])
    {
        rel physics:body1 = </Plant/Lift>
        point3f physics:localPos0 = (2, 0, 1)
        uniform token physics:axis = "Z"
        float drive:linear:physics:stiffness = 5000
        float drive:linear:physics:damping = 400
        float drive:linear:physics:targetPosition = 0.4
    }
}
"#;

fn place(test: &str) -> Place {
    let place = Place::new(test);
    fs::write(place.file("plant.usda"), PLANT).unwrap();
    place
}

/// A scene without a task is run as a plant; the last poses are where closed forms say: the box on
/// its half height, the lift at its target less m g / k.
#[test]
fn plant_run_writes_what_happened() {
    let place = place("plant_run");
    let said = place.done("run plant.usda --seconds 2 --dt 0.004 --out run --json");
    let summary = said.json();
    assert_eq!(summary["envs"], 1);
    assert!(summary["faults"].as_array().unwrap().is_empty());
    assert!(summary["penetration"]["largest_settled"].as_f64().unwrap() < 0.002);
    let names = read_table(&place.file("run/names.parquet")).unwrap();
    assert_eq!(names.row_count(), 2 + 3 + 1);
    let poses = read_table(&place.file("run/poses.parquet")).unwrap();
    let (z, body) = (
        poses.numbers("position.z").unwrap(),
        poses.numbers("body").unwrap(),
    );
    let last = |k: f64| z[body.iter().rposition(|b| *b == k).unwrap()];
    assert!((last(0.0) - 0.1).abs() < 1.0e-3, "{}", last(0.0));
    let wanted = 1.0 + 0.4 - 5.0 * 9.81 / 5000.0;
    assert!((last(1.0) - wanted).abs() < 1.0e-3, "{}", last(1.0));
    let joints = read_table(&place.file("run/joints.parquet")).unwrap();
    let effort = *joints.numbers("effort").unwrap().last().unwrap();
    assert!((effort / (5.0 * 9.81) - 1.0).abs() < 0.02, "{effort}");
    let contacts = read_table(&place.file("run/contacts.parquet")).unwrap();
    let (time, force) = (
        contacts.numbers("time").unwrap(),
        contacts.numbers("force").unwrap(),
    );
    let end = *time.last().unwrap();
    let weight: f64 = time
        .iter()
        .zip(&force)
        .filter(|(t, _)| **t == end)
        .map(|(_, f)| f)
        .sum();
    assert!((weight / (8.0 * 9.81) - 1.0).abs() < 0.01, "{weight}");
    let manifest = place.json("run/manifest.json");
    assert_eq!(
        (&manifest["task"], &manifest["backend"]),
        (&"plant".into(), &"rapier".into())
    );
    assert!(!manifest["inputs"].as_array().unwrap().is_empty());
    for file in manifest["outputs"].as_array().unwrap() {
        let name = file["path"].as_str().unwrap();
        let found = sha256_file(&place.file("run").join(name), name).unwrap();
        assert_eq!(file["sha256"], found.sha256.as_str(), "{name}");
    }
    let page = String::from_utf8(place.bytes("run/report.html")).unwrap();
    for part in [
        "Plant: plant",
        "Energy",
        "Deepest penetration",
        "/Plant/Guide",
    ] {
        assert!(page.contains(part), "no `{part}` in the report");
    }
}

/// The same tables whatever the number of threads; env 0 of many is env 0 alone.
#[test]
fn tables_do_not_depend_on_threads() {
    let place = place("plant_threads");
    let words = "run plant.usda --seconds 1 --dt 0.004 --jitter 0.01";
    place.done(&format!(
        "{words} --envs 5 --record 5 --threads 1 --out one"
    ));
    place.done(&format!(
        "{words} --envs 5 --record 5 --threads 2 --out two"
    ));
    place.done(&format!("{words} --envs 1 --out alone"));
    for table in ["poses.parquet", "contacts.parquet", "joints.parquet"] {
        let [one, two] = ["one", "two"].map(|run| place.bytes(&format!("{run}/{table}")));
        assert!(one == two, "{table} differs");
    }
    let rows = |run: &str, of: f64| {
        let table = read_table(&place.file(&format!("{run}/poses.parquet"))).unwrap();
        let [env, x] = ["env", "position.x"].map(|name| table.numbers(name).unwrap());
        env.iter()
            .zip(x)
            .filter(|(e, _)| **e == of)
            .map(|(_, x)| x)
            .collect::<Vec<_>>()
    };
    assert_eq!(rows("one", 0.0), rows("alone", 0.0));
    assert_ne!(rows("one", 0.0), rows("one", 1.0));
}

/// Stopped by the user, a run keeps what it has.
#[cfg(unix)]
#[test]
fn interrupted_run_keeps_its_tables() {
    let place = place("plant_stop");
    let words = "run plant.usda --seconds 100000 --dt 0.001 --rate 1 --out run";
    let child = place.started(words, "run/manifest.json", 1);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let said = place.signalled(child, "INT");
    said.complains(130, words, &["simulated and written"]);
    let poses = read_table(&place.file("run/poses.parquet")).unwrap();
    assert!(poses.row_count() >= 2);
    assert!(place.json("run/manifest.json")["finished"].is_null());
    assert!(place.file("run/report.html").is_file());
}

/// What cannot be done is refused before anything is written.
#[test]
fn nonsense_is_refused() {
    let place = place("plant_refused");
    for (words, part) in [
        ("--seconds=-1", "`seconds`"),
        ("--seconds nan", "`seconds`"),
        ("--dt 1", "`dt`"),
        ("--envs 0", "`envs`"),
        ("--jitter=-1", "`jitter`"),
        ("--rate 0", "`rate`"),
        ("--iterations 0", "`iterations`"),
        ("--backend gpu", "no GPU backend"),
        ("--plant --job job.json", "neither a policy nor a job"),
    ] {
        place.refused(&format!("run plant.usda --out run {words}"), &[part]);
        assert!(place.files("run").is_empty(), "{words}");
    }
    let empty =
        "#usda 1.0\n(\n    metersPerUnit = 1\n    upAxis = \"Z\"\n)\ndef Xform \"Nothing\"\n{\n}\n";
    fs::write(place.file("empty.usda"), empty).unwrap();
    place.refused(
        "run empty.usda --out run",
        &["neither a rigid body nor a collider"],
    );
}

/// The polishing cell with `--plant` is a plant: its robot holds its pose.
#[test]
fn a_task_scene_can_be_a_plant() {
    let place = place("plant_of_task");
    let summary = place
        .done("run cell.usda --plant --seconds 0.5 --out run --json")
        .json();
    assert_eq!(summary["articulations"], 1);
    assert!(summary["faults"].as_array().unwrap().is_empty());
}
