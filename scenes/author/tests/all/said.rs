//! What UsdPhysics has no word for, in the words of others.

use halle_author::{AuthorOptions, text};
use halle_world::components::*;
use halle_world::{Shape, World};

use crate::worlds::{Made, arm, at, plant};

fn said(world: &World, options: &AuthorOptions) -> String {
    text(world, options).unwrap().0
}

fn expect(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(line), "no `{line}` in:\n{text}");
    }
}

/// The words of Newton, `PhysX` and `MuJoCo`, with degrees where their schemas have them. 0.7 N m s/rad
/// is 0.0122173 N m s/deg; 3 rad/s is 171.887 deg/s; 0.1 rad is 5.72958 deg.
#[test]
fn words_of_others() {
    let text = said(&plant(), &AuthorOptions::default());
    expect(
        &text,
        &[
            "float newton:armature = 0.12\n",
            "float newton:damping = 0.012217305\n",
            "float newton:friction = 0.05\n",
            "float newton:velocityLimit = 171.88734\n",
            "bool newton:selfCollisionEnabled = false\n",
            "float newton:mimicCoef0 = 5.729578\n",
            "float newton:mimicCoef1 = -0.5\n",
            "rel newton:mimicJoint = </Plant/Robot/joint_0>\n",
            "float newton:contactMargin = 0.001\n",
            "float newton:contactGap = 0.003\n",
            "float newton:contactStiffness = 100000.0\n",
            "uniform int newton:timeStepsPerSecond = 500\n",
            "vector3f physxSurfaceVelocity:surfaceVelocity = (0.5, 0.0, 0.0)\n",
            "float physxRigidBody:angularDamping = 0.2\n",
            "bool physxRigidBody:disableGravity = true\n",
            "uniform token physxMaterial:frictionCombineMode = \"max\"\n",
            "float state:linear:physics:velocity = 0.25\n",
            "uniform double mjc:stiffness = 120.0\n",
            "uniform double mjc:springref = 0.05\n",
            "def MjcActuator \"motor_0\"\n",
            "uniform double[] mjc:biasPrm = [0.0, -300.0, -20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]\n",
            "uniform double mjc:ctrlRange:max = 1.0\n",
            "uniform token mjc:forceLimited = \"true\"\n",
            "prepend apiSchemas = [\"MjcSiteAPI\"]\n",
            "custom double halle:scene:timeStep = 0.002\n",
            "custom token halle:tool:kind = \"disc\"\n",
            "custom double halle:tool:spindleSpeed = 2864.788975654116",
        ],
    );
    assert!(!text.contains("physxJoint:"));
    let options = {
        let mut options = AuthorOptions::default();
        options.physx_joints = true;
        options
    };
    let both = said(&plant(), &options);
    expect(
        &both,
        &[
            "float physxJoint:armature = 0.12\n",
            "float physxJoint:maxJointVelocity = 171.88734\n",
        ],
    );
}

/// A coupling of higher order is in the words of `MuJoCo`, whose numbers are radians.
#[test]
fn higher_couplings() {
    let mut made = Made::new();
    let joints = arm(&mut made, "/Robot", at(0.0, 0.0, 0.0), true);
    let mimic = Mimic {
        leader: joints[1],
        coefficients: [0.1, -0.5, 0.2, 0.0, 0.0],
    };
    made.world.entity_mut(joints[2]).insert(mimic);
    let text = said(&made.done(), &AuthorOptions::default());
    expect(
        &text,
        &[
            "rel mjc:target = </Robot/joint_0>\n",
            "uniform double mjc:coef0 = 0.1\n",
            "uniform double mjc:coef2 = 0.2\n",
        ],
    );
}

/// A keyframe lists joints in the order of the stage; what it does not set is zero.
#[test]
fn keyframes_follow_the_joints() {
    let mut made = Made::new();
    let joints = arm(&mut made, "/Robot", at(0.0, 0.0, 0.0), true);
    // What closes a loop is an equality, which has no number.
    let mut tie = Joint::between(Motion::Spherical { cone: [None; 2] }, None, None);
    tie.excluded = true;
    made.prim("/Tie", at(0.0, 0.0, 0.0), tie);
    made.world.insert_resource(Keyframes(vec![Keyframe {
        name: "tucked in".to_owned(),
        positions: vec![(joints[3], 0.5), (joints[1], -0.25)],
        velocities: vec![],
        controls: vec![1.0, 2.0],
    }]));
    let text = said(&made.done(), &AuthorOptions::default());
    expect(
        &text,
        &[
            "def MjcKeyframe \"tucked_in\"\n",
            "prepend apiSchemas = [\"MjcEqualityConnectAPI\"]",
            "uniform double[] mjc:qpos = [-0.25, 0.0, 0.5]\n",
            "uniform double[] mjc:ctrl = [1.0, 2.0]\n",
        ],
    );
}

/// What all motors of a joint may do at most is said in MuJoCo's words and as a drive without gains; a
/// body without mass weighs a milligram, for a zero would be taken for "compute it".
#[test]
fn limits_of_efforts_and_least_masses() {
    let mut made = Made::new();
    let joints = arm(&mut made, "/Robot", at(0.0, 0.0, 0.0), true);
    for (joint, limit) in joints[1..].iter().zip([7.0, 8.0]) {
        made.world.entity_mut(*joint).insert(EffortLimit(limit));
        let mut joint = made.world.get_mut::<Joint>(*joint).unwrap();
        joint.drive = None;
    }
    let mass = AuthoredMass {
        mass: Some(0.0),
        diagonal_inertia: Some(nalgebra::Vector3::zeros()),
        ..AuthoredMass::default()
    };
    made.prim("/Light", at(0.0, 0.0, 0.0), (RigidBody::default(), mass));
    let text = said(&made.done(), &AuthorOptions::default());
    expect(
        &text,
        &[
            "physics:maxForce = 7.0\n",
            "uniform double mjc:actuatorfrcrange:max = 7.0\n",
            "float physics:mass = 0.000001\n",
        ],
    );
    assert!(
        !text.contains("drive:angular:physics:stiffness = 0"),
        "{text}"
    );
}

/// Colliders with masks touch as the rule of the masks says, read from the groups: a pair touches
/// unless its groups are filtered against each other.
#[test]
fn masks_become_groups() {
    let masks = [(1, 1), (1, 0), (2, 1), (0, 0), (2, 4)];
    let mut made = Made::new();
    made.prim("/Plant", at(0.0, 0.0, 0.0), ());
    for (k, (categories, mask)) in masks.into_iter().enumerate() {
        let ball = made.shape(
            &format!("/Plant/ball_{k}"),
            at(k as f64, 0.0, 0.0),
            Shape::Sphere { radius: 0.1 },
        );
        made.world
            .entity_mut(ball)
            .insert((Collider::default(), MaskFilter { categories, mask }));
    }
    let text = said(&made.done(), &AuthorOptions::default());
    let group = |k: usize| {
        let header = format!(
            "def PhysicsCollisionGroup \"categories_{:x}_mask_{:x}\"",
            masks[k].0, masks[k].1
        );
        let start = text.find(&header).unwrap();
        let end = text[start..].find("\n        }\n").unwrap();
        &text[start..start + end]
    };
    for a in 0..masks.len() {
        assert!(group(a).contains(&format!("</Plant/ball_{a}>")));
        for b in 0..masks.len() {
            let other = format!("/categories_{:x}_mask_{:x}>", masks[b].0, masks[b].1);
            let filtered = group(a)
                .split("filteredGroups")
                .nth(1)
                .unwrap()
                .contains(&other);
            let touch = masks[a].0 & masks[b].1 != 0 || masks[b].0 & masks[a].1 != 0;
            assert_eq!(filtered, !touch, "{a} and {b}");
        }
    }
}

/// The text of a small world, as people read it.
#[test]
fn text_reads_well() {
    let mut made = Made::new();
    made.prim("/Cell", at(0.0, 0.0, 0.0), ());
    let ball = made.shape(
        "/Cell/Ball",
        at(0.1, 0.0, 1.5),
        Shape::Sphere { radius: 0.2 },
    );
    made.world
        .entity_mut(ball)
        .insert((RigidBody::default(), Collider::default()));
    let text = said(&made.done(), &AuthorOptions::default());
    assert_eq!(text, include_str!("../golden/ball.usda"));
}
