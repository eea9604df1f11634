//! Kinematics of every USD stage with joints.

use std::collections::BTreeMap;
use std::path::Path;

use crate::ask::{ask, corpus, files, task};
use crate::robot::{COUNT, Robot, Worst};

/// Metres and radians: frames are in single precision in the files.
const CLOSE: f64 = 1e-6;

/// Every body of every stage of the corpus that has a joint that moves, at a hundred random positions
/// each: our world's kinematics against transforms chained over usd-core's own joint descriptors.
///
/// Relative to the size of the plant: a joint frame 100 m from the body's origin is only known to 1e-5 m.
#[test]
fn every_stage_moves_as_usd_core_says() {
    let Some(corpus) = corpus() else { return };
    let (mut robots, mut tasks) = (Vec::new(), Vec::new());
    let all = files(&corpus, &["usd", "usda", "usdc", "usdz"]);
    for (key, file) in (0..).zip(&all) {
        let Ok((world, _)) = halle_scenes::load(file) else {
            continue;
        };
        let robot = Robot::new(world, key);
        if robot.moves() && !robot.bodies().is_empty() {
            tasks.push(task(file, &robot.asked(&str::to_owned), false));
            robots.push((name(file, &corpus), robot));
        }
    }
    let Some(answers) = ask("by_usd_core.py", "HALLE_PYTHON", &tasks) else {
        return;
    };
    let (mut worst, mut held, mut wrong) = (Worst::default(), 0, Vec::new());
    let mut left: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for ((name, robot), answer) in robots.iter().zip(&answers) {
        if let Some(why) = cause(robot, answer) {
            left.entry(why.to_owned()).or_default().push(name);
            continue;
        }
        match robot.compare(answer, &str::to_owned, true) {
            Ok(one) => {
                let size = CLOSE * size(answer).max(1.0);
                if one.far > size || one.turned > CLOSE {
                    wrong.push(format!("{name}: {one:?}"));
                }
                worst.merge(&one);
                held += 1;
            }
            Err(why) => wrong.push(format!("{name}: {why}")),
        }
    }
    println!(
        "{held} of {} stages with joints, {COUNT} positions each: {worst:?}",
        robots.len()
    );
    for (why, names) in &left {
        println!("left out, {why}: {} {names:?}", names.len());
    }
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn name(file: &Path, corpus: &Path) -> String {
    file.strip_prefix(corpus)
        .unwrap_or(file)
        .display()
        .to_string()
}

/// Why a stage is not held against usd-core.
fn cause(robot: &Robot, answer: &serde_json::Value) -> Option<&'static str> {
    let _ = robot;
    if answer.is_null() {
        return Some("usd-core died on it");
    }
    if answer["refused"].is_string() {
        return Some("usd-core refuses it");
    }
    if answer["loop"] == true {
        return Some(
            "joints close a loop that no joint is excluded from, so no tree is the right one",
        );
    }
    None
}

/// Greatest coordinate of a body \[m\].
fn size(answer: &serde_json::Value) -> f64 {
    let rows = answer["poses"].as_array().into_iter().flatten();
    let bodies = rows.flat_map(|r| r.as_object().into_iter().flat_map(|o| o.values()));
    let reach = |row: &serde_json::Value| {
        let row = crate::ask::numbers(row);
        row[1..4].iter().fold(0.0_f64, |a, b| a.max(b.abs()))
    };
    bodies.map(reach).fold(0.0, f64::max)
}
