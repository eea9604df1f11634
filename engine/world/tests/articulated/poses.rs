//! Poses of links against those of bodies by the forward kinematics over the world's own joints.

use std::collections::BTreeMap;

use halle_model::articulated::System;
use halle_world::Entity;
use halle_world::components::{Axis, DofRange, Joint, Motion};
use halle_world::kinematics::{BodyTree, JointPosition};
use nalgebra::{Isometry3, Translation3, UnitQuaternion};

use crate::plants::{Site, at, codes, link, stand};

/// A number in -1 to 1 that depends on its key alone (the finaliser of `SplitMix64`).
fn draw(key: u64, number: u64) -> f64 {
    let mut x = (key << 32) ^ number;
    x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn any_frame(key: u64, number: u64) -> Isometry3<f64> {
    let d = |k: u64| draw(key, 16 * number + k);
    let turn = UnitQuaternion::from_euler_angles(3.0 * d(0), 3.0 * d(1), 3.0 * d(2));
    Isometry3::from_parts(Translation3::new(d(3), d(4), d(5)), turn)
}

fn motion(kind: usize) -> Motion {
    let generic = |free: &[usize]| {
        let mut ranges = [DofRange::Locked; 6];
        for k in free {
            ranges[*k] = DofRange::Limited {
                lower: -9.0,
                upper: 9.0,
            };
        }
        Motion::Generic {
            ranges,
            drives: Box::default(),
        }
    };
    match kind {
        0 => Motion::Revolute,
        1 => Motion::Prismatic,
        2 => Motion::Spherical { cone: [None; 2] },
        3 => generic(&[0, 1, 2, 3, 4, 5]),
        4 => generic(&[0, 2]),
        5 => generic(&[1, 3, 5]),
        _ => Motion::Fixed,
    }
}

/// A position of a joint, for the world's kinematics and in the numbers of its links.
fn position(motion: &Motion, backwards: bool, d: impl Fn(u64) -> f64) -> (JointPosition, Vec<f64>) {
    match motion {
        Motion::Revolute | Motion::Prismatic => (JointPosition::Scalar(d(0)), vec![d(0)]),
        Motion::Spherical { .. } => {
            let turn = UnitQuaternion::from_euler_angles(d(0), d(1), d(2));
            let own = if backwards { turn.inverse() } else { turn };
            let numbers = vec![own.w, own.i, own.j, own.k];
            (JointPosition::Rotation(turn), numbers)
        }
        Motion::Generic { ranges, .. } => {
            let free: Vec<usize> = (0..6).filter(|k| ranges[*k] != DofRange::Locked).collect();
            let mut all = [0.0; 6];
            for k in &free {
                all[*k] = d(*k as u64);
            }
            let mut order: Vec<usize> = [3, 4, 5, 2, 1, 0]
                .into_iter()
                .filter(|k| free.contains(k))
                .collect();
            if backwards {
                order.reverse();
            }
            let numbers = order.into_iter().map(|k| all[k]).collect();
            (JointPosition::Generic(all), numbers)
        }
        _ => (JointPosition::Scalar(0.0), Vec::new()),
    }
}

/// Six bodies in a tree of joints of all kinds, with random frames and roles, partly fixed.
struct Tree {
    site: Site,
    joints: Vec<(Entity, Motion, bool)>,
    bodies: Vec<Entity>,
}

fn tree(key: u64) -> Tree {
    let mut site = Site::new();
    let kinds: Vec<usize> = (0..6)
        .map(|k| ((draw(key, 900 + k) + 1.0) * 3.499) as usize)
        .collect();
    let mut bodies: Vec<Entity> = Vec::new();
    for k in 0..6_u64 {
        let pose = any_frame(key, k);
        bodies.push(site.body(
            &format!("b{k}"),
            pose,
            0.1 * any_frame(key, 40 + k).translation.vector,
        ));
    }
    let mut joints = Vec::new();
    for k in 0..6_u64 {
        let parent = match k {
            0 => None,
            _ => Some(bodies[((draw(key, 700 + k) + 1.0) * 0.5 * k as f64) as usize]),
        };
        let backwards = draw(key, 800 + k) < 0.0;
        let motion = motion(kinds[k as usize]);
        let mut joint = Joint::between(motion.clone(), parent, Some(bodies[k as usize]));
        joint.axis = [Axis::X, Axis::Y, Axis::Z][k as usize % 3];
        joint.body0_from_joint = any_frame(key, 100 + k);
        joint.body1_from_joint = any_frame(key, 200 + k);
        if backwards {
            std::mem::swap(&mut joint.body0, &mut joint.body1);
            std::mem::swap(&mut joint.body0_from_joint, &mut joint.body1_from_joint);
        }
        let made = site.joint(&format!("j{k}"), joint);
        joints.push((made, motion, backwards));
    }
    Tree {
        site,
        joints,
        bodies,
    }
}

/// Positions of all joints, for the world and for the system: its links come in the order of a walk
/// that takes joints as they were made, so that names tell which is whose.
fn positions(
    tree: &Tree,
    system: &System,
    key: u64,
) -> (BTreeMap<Entity, JointPosition>, Vec<f64>) {
    let mut named = BTreeMap::new();
    let mut own: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (k, (joint, motion, backwards)) in tree.joints.iter().enumerate() {
        let d = |n: u64| draw(key, 1000 + 10 * k as u64 + n);
        let (position, numbers) = position(motion, *backwards, d);
        named.insert(*joint, position);
        own.insert(format!("/b{k}"), numbers);
    }
    let mut all = Vec::new();
    let mut waiting = 0;
    for link in &system.links {
        // The links of one joint stand behind each other; the last bears the name of its body.
        waiting += 1;
        if let Some(numbers) = own.get(&link.name) {
            assert_eq!(numbers.len() / link.joint.position_count(), waiting);
            all.extend(numbers);
            waiting = 0;
        }
    }
    assert_eq!(waiting, 0);
    (named, all)
}

/// Joints of all kinds, either way round, put bodies where the kinematics of the world put them:
/// both are products of the same frames, so only rounding differs. A hundred trees of six joints.
#[test]
fn links_stand_where_bodies_stand() {
    let mut compared = 0;
    for key in 0..100 {
        let tree = tree(key);
        let (system, _) = tree.site.made();
        let world_tree = BodyTree::new(&tree.site.world);
        // `link_from_body` is constant, so that it follows from any one position.
        let (first, own) = positions(&tree, &system, 5000 + key);
        let (poses, links) = (world_tree.poses(&first), stand(&system, &own));
        let (second, own) = positions(&tree, &system, 9000 + key);
        let (later, moved) = (world_tree.poses(&second), stand(&system, &own));
        for (k, body) in tree.bodies.iter().enumerate() {
            let Some(link) = system.links.iter().position(|l| l.name == format!("/b{k}")) else {
                continue;
            };
            let link_from_body = links[link].inv_mul(&poses[body]);
            let off = later[body].inv_mul(&(moved[link] * link_from_body));
            assert!(
                off.translation.vector.norm() < 1e-12,
                "tree {key}, body {k}"
            );
            assert!(off.rotation.angle() < 1e-7, "tree {key}, body {k}");
            // The last joint frame is that of the link, so the first comparison says something too.
            let seat = link_from_body.translation.vector.norm();
            assert!(seat < 2.0 * 3.0_f64.sqrt(), "tree {key}, body {k}");
            compared += 1;
        }
    }
    assert!(compared > 400, "{compared}");
}

/// Turns about x, y, z of the first frame, in this order: the links come as z, y, x.
#[test]
fn chain_of_a_generic_joint() {
    let mut site = Site::new();
    let body = site.body("body", at(0.0, 0.0, 1.0), nalgebra::Vector3::zeros());
    let mut joint = Joint::between(motion(3), None, Some(body));
    joint.body0_from_joint = at(0.0, 0.0, 1.0);
    site.joint("joint", joint);
    let (system, diagnostics) = site.made();
    let names: Vec<&str> = system.links.iter().map(|l| l.name.as_str()).collect();
    let expected = [
        "/joint:transX",
        "/joint:transY",
        "/joint:transZ",
        "/joint:rotZ",
        "/joint:rotY",
        "/body",
    ];
    assert_eq!(names, expected);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let masses: Vec<f64> = system.links.iter().map(|l| l.mass).collect();
    assert_eq!(masses, [0.0, 0.0, 0.0, 0.0, 0.0, 2.0]);
    assert_eq!(system.start_position, [0.0; 6]);
}

/// A generic joint without bounds and drives is no bond: its body floats. With three free turns alone
/// it is a ball.
#[test]
fn generic_without_bounds() {
    let mut site = Site::new();
    let free = site.body("free", at(0.0, 0.0, 1.0), nalgebra::Vector3::zeros());
    let turning = site.body("turning", at(3.0, 0.0, 0.0), nalgebra::Vector3::z());
    let generic = |locked: usize| Motion::Generic {
        ranges: std::array::from_fn(|k| match k < 6 - locked {
            true => DofRange::Free,
            false => DofRange::Locked,
        }),
        drives: Box::default(),
    };
    site.joint("none", Joint::between(generic(0), None, Some(free)));
    let mut ball = Joint::between(generic(3), None, Some(turning));
    ball.body0_from_joint = at(3.0, 0.0, 0.0);
    site.joint("ball", ball);
    let (system, diagnostics) = site.made();
    assert!(diagnostics.is_empty(), "{diagnostics}");
    use halle_model::articulated::SystemJoint;
    assert_eq!(system.links[link(&system, "free")].joint, SystemJoint::Free);
    let turning = &system.links[link(&system, "turning")];
    assert_eq!(turning.joint, SystemJoint::Spherical);
    assert_eq!(system.links.len(), 2);
}

/// A joint whose limits leave no room fixes its bodies at that position.
#[test]
fn limits_without_room() {
    let mut site = Site::new();
    let base = site.body("base", at(0.0, 0.0, 0.0), nalgebra::Vector3::zeros());
    let tip = site.body("tip", at(1.0, 0.0, 0.0), nalgebra::Vector3::zeros());
    let mut joint = Joint::between(Motion::Prismatic, Some(base), Some(tip));
    (joint.lower, joint.upper) = (Some(1.0), Some(1.0));
    site.joint("joint", joint);
    let (system, diagnostics) = site.made();
    assert_eq!(codes(&diagnostics), [""; 0]);
    assert_eq!(system.links.len(), 1);
    // Two equal bodies a metre apart: m/2 (1 m)^2 about the axes across, and both own inertias.
    let link = &system.links[0];
    assert!((link.mass - 4.0).abs() < 1e-15);
    assert!((link.inertia[1] - (2.0 * 0.04 + 1.0)).abs() < 1e-12);
    assert_eq!(system.start_position[..3], [0.5, 0.0, 0.0]);
}
