//! Models of our own, each held against MuJoCo.

use std::path::PathBuf;

use halle_world::components::{Joint, Mimic};
use halle_world::kinematics::{BodyTree, JointPosition};
use halle_world::{Entity, World};
use nalgebra::Vector3;
use serde_json::Value;

use crate::compare::differences;
use crate::forward::{file_bodies, file_joints};
use crate::{Scratch, judged};

/// Name and text of each model.
pub(crate) const SCENES: [(&str, &str); 15] = [
    ("arm", include_str!("../models/arm.xml")),
    ("orientations", include_str!("../models/orientations.xml")),
    ("chains", include_str!("../models/chains.xml")),
    ("geoms", include_str!("../models/geoms.xml")),
    ("shells", include_str!("../models/shells.xml")),
    ("meshes", include_str!("../models/meshes.xml")),
    ("fitting", include_str!("../models/fitting.xml")),
    (
        "fitting_bounds",
        include_str!("../models/fitting_bounds.xml"),
    ),
    ("inertials", include_str!("../models/inertials.xml")),
    ("bounds", include_str!("../models/bounds.xml")),
    ("frames", include_str!("../models/frames.xml")),
    ("replicas", include_str!("../models/replicas.xml")),
    ("actuators", include_str!("../models/actuators.xml")),
    ("defaults", include_str!("../models/defaults.xml")),
    ("equalities", include_str!("../models/equalities.xml")),
];

/// Every model of ours has the bodies, joints, masses and actuators that MuJoCo compiles, and its
/// bodies stand where MuJoCo has them in 100 configurations.
#[test]
fn models_are_as_mujoco_compiles_them() {
    let scratch = Scratch::new("scenes");
    let files: Vec<PathBuf> = SCENES
        .iter()
        .map(|(name, text)| scratch.file(&format!("{name}.xml"), text))
        .collect();
    let worlds: Vec<_> = files
        .iter()
        .map(|f| halle_mjcf::load(f).unwrap().0)
        .collect();
    let Some(judges) = judged(&files) else {
        return;
    };
    let mut wrong = Vec::new();
    for ((name, _), (world, judge)) in SCENES.iter().zip(worlds.iter().zip(&judges)) {
        let said = match judge["refused"].as_str() {
            Some(why) => vec![format!("MuJoCo refuses: {why}")],
            None => differences(world, judge),
        };
        tree_agrees(world, judge, name);
        wrong.extend(said.into_iter().map(|s| format!("{name}: {s}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The engine's own kinematics puts bodies where MuJoCo has them, where nothing floats and no joint
/// follows another.
fn tree_agrees(world: &World, judge: &Value, name: &str) {
    let joints = file_joints(world);
    let scalar = |e: &Entity| world.get::<Joint>(*e).is_some_and(|j| j.home.is_some());
    let free = joints
        .iter()
        .all(|e| scalar(e) && world.get::<Mimic>(*e).is_none());
    if !free {
        return;
    }
    let tree = BodyTree::new(world);
    for row in judge["poses"].as_array().into_iter().flatten() {
        let numbers = |key: &str| -> Vec<f64> {
            row[key]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_f64)
                .collect()
        };
        let q = numbers("qpos").into_iter().map(JointPosition::Scalar);
        let poses = tree.poses(&joints.iter().copied().zip(q).collect());
        for (body, place) in file_bodies(world)
            .iter()
            .zip(numbers("xpos").chunks_exact(3))
        {
            let far = poses[body].translation.vector - Vector3::from_column_slice(place);
            assert!(far.norm() < 1e-6, "{name}: {far}");
        }
    }
}
