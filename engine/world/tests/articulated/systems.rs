//! Trees of links, loops, couplings, starts and refusals.

use halle_model::articulated::{MAX_DOFS, SystemJoint};
use halle_world::CompileError;
use halle_world::components::{
    AuthoredMass, Axis, DofRange, Joint, Mimic, Motion, RigidBody, Spring,
};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};

use crate::plants::{Site, at, codes, link, stand};

fn hinge(
    name: &str,
    site: &mut Site,
    sides: [Option<halle_world::Entity>; 2],
) -> halle_world::Entity {
    let mut joint = Joint::between(Motion::Revolute, sides[0], sides[1]);
    joint.axis = Axis::Y;
    site.joint(name, joint)
}

/// A floating link stands at the centre of mass of all that is fixed together, with the axes of its
/// first body; its velocity is that of this point: v + w x r.
#[test]
fn floating_link() {
    let mut site = Site::new();
    let turn = UnitQuaternion::from_axis_angle(&Vector3::z_axis(), 0.5);
    let pose = Isometry3::from_parts(Translation3::new(1.0, 2.0, 3.0), turn);
    let hull = site.body("hull", pose, Vector3::new(0.2, 0.0, 0.0));
    let load = site.body(
        "load",
        pose * at(0.6, 0.0, 0.0),
        Vector3::new(0.2, 0.0, 0.0),
    );
    let wheel = site.body("wheel", pose, Vector3::zeros());
    site.joint("weld", {
        let mut joint = Joint::between(Motion::Fixed, Some(hull), Some(load));
        joint.body0_from_joint = at(0.6, 0.0, 0.0);
        joint
    });
    hinge("axle", &mut site, [Some(hull), Some(wheel)]);
    let (linear, angular) = (Vector3::new(0.1, 0.2, 0.3), Vector3::new(0.0, 0.0, 2.0));
    let mut hull = site.world.entity_mut(hull);
    let mut body = hull.get_mut::<RigidBody>().unwrap();
    (body.linear_velocity, body.angular_velocity) = (linear, angular);
    let (system, diagnostics) = site.made();
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let free = &system.links[0];
    assert_eq!((free.joint, free.parent), (SystemJoint::Free, None));
    assert_eq!(free.center_of_mass, [0.0; 3]);
    assert!((free.mass - 4.0).abs() < 1e-15);
    // Centres at 0.2 m and 0.8 m: the middle is at 0.5 m along the turned x axis.
    let expected = pose * at(0.5, 0.0, 0.0);
    let poses = stand(&system, &system.start_position);
    assert!((poses[0].to_homogeneous() - expected.to_homogeneous()).norm() < 1e-14);
    let shift = turn * Vector3::new(0.5, 0.0, 0.0);
    let velocity = linear + angular.cross(&shift);
    let found = Vector3::from_row_slice(&system.start_velocity[3..6]);
    assert!((found - velocity).norm() < 1e-15);
    assert_eq!(system.start_velocity[..3], [0.0, 0.0, 2.0]);
    // The wheel's link still stands at the origin of the hull.
    assert!((poses[1].translation.vector - pose.translation.vector).norm() < 1e-14);
}

/// What is fixed to the world gives no link; kinematic bodies belong to the world.
#[test]
fn standing_bodies() {
    let mut site = Site::new();
    let base = site.body("base", at(0.0, 0.0, 0.0), Vector3::zeros());
    let arm = site.body("arm", at(0.0, 0.0, 0.0), Vector3::x());
    let cart = site.body("cart", at(5.0, 0.0, 0.0), Vector3::zeros());
    let door = site.body("door", at(5.0, 0.0, 0.0), Vector3::x());
    site.world.get_mut::<RigidBody>(cart).unwrap().kinematic = true;
    site.joint("anchor", Joint::between(Motion::Fixed, None, Some(base)));
    hinge("shoulder", &mut site, [Some(base), Some(arm)]);
    hinge("hinge", &mut site, [Some(cart), Some(door)]);
    let (system, diagnostics) = site.made();
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let names: Vec<&str> = system.links.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["/arm", "/door"]);
    let poses = stand(&system, &system.start_position);
    assert_eq!(poses[1].translation.vector.x, 5.0);
    assert!(system.links.iter().all(|l| l.parent.is_none()));
}

/// Numbers of joints arrive, and gravity that is switched off.
#[test]
fn passive_numbers() {
    let mut site = Site::new();
    let arm = site.body("arm", at(0.0, 0.0, 0.0), Vector3::x());
    site.world.get_mut::<RigidBody>(arm).unwrap().gravity_scale = 0.25;
    site.joint("shoulder", {
        let mut joint = Joint::between(Motion::Revolute, None, Some(arm));
        (joint.lower, joint.upper) = (Some(-1.0), None);
        (joint.armature, joint.damping, joint.friction) = (0.1, 0.2, 0.3);
        (joint.velocity_limit, joint.home_velocity) = (Some(4.0), 0.5);
        joint.spring = Spring {
            stiffness: 7.0,
            rest: 0.4,
        };
        joint
    });
    let (system, _) = site.made();
    let arm = &system.links[0];
    let numbers = [arm.armature, arm.damping, arm.friction, arm.velocity_limit];
    assert_eq!(numbers, [0.1, 0.2, 0.3, 4.0]);
    assert_eq!((arm.spring, arm.gravity_scale), ([7.0, 0.4], 0.25));
    assert_eq!(arm.limit, [-1.0, f64::INFINITY]);
    assert_eq!(system.start_velocity, [0.5]);
}

/// Bodies with different parts of gravity that are fixed together: the mean by mass.
#[test]
fn uneven_gravity() {
    let mut site = Site::new();
    let one = site.body("one", at(0.0, 0.0, 0.0), Vector3::zeros());
    let two = site.body("two", at(0.0, 0.0, 0.0), Vector3::zeros());
    site.world.get_mut::<AuthoredMass>(two).unwrap().mass = Some(6.0);
    site.world.get_mut::<RigidBody>(two).unwrap().gravity_scale = 0.0;
    site.joint("weld", Joint::between(Motion::Fixed, Some(one), Some(two)));
    let (system, diagnostics) = site.made();
    assert_eq!(codes(&diagnostics), ["SC0317"]);
    assert!((system.links[0].gravity_scale - 0.25).abs() < 1e-15);
}

/// Excluded joints and those that close a circle hold what their kind takes away.
#[test]
fn loops() {
    let mut site = Site::new();
    let left = site.body("left", at(0.0, 0.0, 0.0), Vector3::x());
    let right = site.body("right", at(1.0, 0.0, 0.0), Vector3::x());
    hinge("a", &mut site, [None, Some(left)]);
    let mut joint = Joint::between(Motion::Revolute, None, Some(right));
    joint.axis = Axis::Y;
    joint.body0_from_joint = at(1.0, 0.0, 0.0);
    site.joint("b", joint.clone());
    let mut close = |name: &str, motion: Motion| {
        let mut joint = Joint::between(motion, Some(left), Some(right));
        joint.axis = Axis::Y;
        joint.body0_from_joint = at(1.0, 0.0, 0.0);
        joint.excluded = name != "bar";
        site.joint(name, joint);
    };
    let mut ranges = [DofRange::Locked; 6];
    ranges[1] = DofRange::Free;
    close("bar", Motion::Revolute);
    close("ball", Motion::Spherical { cone: [None; 2] });
    close("weld", Motion::Fixed);
    close("slider", Motion::Prismatic);
    let drives = Box::default();
    close("generic", Motion::Generic { ranges, drives });
    let (system, diagnostics) = site.made();
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let locked: Vec<[u8; 6]> = system
        .loops
        .iter()
        .map(|l| l.locked.map(u8::from))
        .collect();
    let expected = [
        [1, 0, 1, 1, 1, 1],
        [0, 0, 0, 1, 1, 1],
        [1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 0, 1],
        [1, 0, 1, 1, 1, 1],
    ];
    assert_eq!(locked, expected);
    // Both joint frames of a loop are at one place at the start.
    let poses = stand(&system, &system.start_position);
    for closed in &system.loops {
        let ends = [0, 1].map(|k| {
            let t = closed.link_from_joint[k].translation;
            poses[closed.links[k].unwrap()] * nalgebra::Point3::from(t)
        });
        assert!((ends[0] - ends[1]).norm() < 1e-14);
    }
}

/// A joint between what is one link already is left out, and so is a distance joint.
#[test]
fn joints_that_hold_nothing() {
    let mut site = Site::new();
    let one = site.body("one", at(0.0, 0.0, 0.0), Vector3::zeros());
    let two = site.body("two", at(0.0, 0.0, 0.0), Vector3::zeros());
    site.joint("weld", Joint::between(Motion::Fixed, Some(one), Some(two)));
    hinge("nothing", &mut site, [Some(one), Some(two)]);
    let rope = Motion::Distance {
        least: None,
        greatest: Some(1.0),
    };
    site.joint("rope", Joint::between(rope, None, Some(one)));
    let (system, diagnostics) = site.made();
    assert_eq!(codes(&diagnostics), ["SC0311", "SC0309"]);
    assert!(system.loops.is_empty());
    assert_eq!(system.links.len(), 1);
}

/// Followers get their polynomial, and start where their leaders put them.
#[test]
fn couplings() {
    let mut site = Site::new();
    let bodies = ["a", "b", "c"].map(|n| site.body(n, at(0.0, 0.0, 0.0), Vector3::x()));
    let joints = bodies.map(|b| hinge(&format!("to{b}"), &mut site, [None, Some(b)]));
    site.world.get_mut::<Joint>(joints[0]).unwrap().home = Some(0.5);
    let coefficients = [0.1, 2.0, 0.0, 0.0, 0.0];
    for (joint, leader) in [(joints[2], joints[1]), (joints[1], joints[0])] {
        let mimic = Mimic {
            leader,
            coefficients,
        };
        site.world.entity_mut(joint).insert(mimic);
    }
    let (system, diagnostics) = site.made();
    // The first body is not where the home of its joint puts it, and the followers start elsewhere.
    assert_eq!(codes(&diagnostics), ["SC0304", "SC0304", "SC0304"]);
    let pairs: Vec<_> = system
        .couplings
        .iter()
        .map(|c| (c.follower, c.leader))
        .collect();
    assert_eq!(pairs, [(1, Some(0)), (2, Some(1))]);
    assert_eq!(system.couplings[0].coefficients, coefficients);
    let expected = [0.5, 1.1, 2.3];
    for (q, expected) in system.start_position.iter().zip(expected) {
        assert!((q - expected).abs() < 1e-15);
    }
    // A joint that follows itself, or nothing that turns, moves freely.
    let itself = Mimic {
        leader: joints[0],
        coefficients,
    };
    site.world.entity_mut(joints[0]).insert(itself);
    assert!(codes(&site.made().1).contains(&"SC0314"));
}

/// Masses that cannot be are refused, with prim and property; links without mass may only stand
/// between others.
#[test]
fn masses() {
    let mut site = Site::new();
    let arm = site.body("arm", at(0.0, 0.0, 0.0), Vector3::x());
    hinge("shoulder", &mut site, [None, Some(arm)]);
    let mut with = |mass: f64, inertia: [f64; 3]| {
        let mut authored = site.world.get_mut::<AuthoredMass>(arm).unwrap();
        authored.mass = Some(mass);
        authored.diagonal_inertia = Some(Vector3::from(inertia));
        site.refused().to_string()
    };
    let text = with(-1.0, [0.1; 3]);
    assert_eq!(text, "plant.usda  </arm>  physics:mass: mass cannot be -1");
    assert!(with(0.0, [0.0; 3]).contains("</arm>  physics:mass: moving link has no mass"));
    assert!(with(1.0, [0.0; 3]).contains("physics:diagonalInertia: expected principal moments"));
    assert!(with(1.0, [0.1, 0.1, 0.3]).contains("none exceeds the sum of the others"));
    assert!(with(f64::NAN, [0.1; 3]).contains("mass cannot be NaN"));
    // A link without mass that carries one is none to refuse.
    with(0.0, [0.0; 3]);
    let hand = site.body("hand", at(0.0, 0.0, 0.0), Vector3::x());
    hinge("wrist", &mut site, [Some(arm), Some(hand)]);
    assert_eq!(site.made().0.links[0].mass, 0.0);
    // A floating one has six ways to move and nothing that resists.
    let mut site = Site::new();
    let base = site.body("base", at(0.0, 0.0, 0.0), Vector3::zeros());
    let arm = site.body("arm", at(0.0, 0.0, 0.0), Vector3::x());
    hinge("shoulder", &mut site, [Some(base), Some(arm)]);
    let mut authored = site.world.get_mut::<AuthoredMass>(base).unwrap();
    (authored.mass, authored.diagonal_inertia) = (Some(0.0), Some(Vector3::zeros()));
    assert!(matches!(
        site.refused(),
        CompileError::LinkWithoutMass { .. }
    ));
}

/// More degrees of freedom than laws hold are refused, as many as they hold are not.
#[test]
fn most_degrees_of_freedom() {
    let mut site = Site::new();
    for k in 0..10 {
        site.body(
            &format!("b{k}"),
            at(f64::from(k), 0.0, 0.0),
            Vector3::zeros(),
        );
    }
    let four = site.body("four", at(0.0, 5.0, 0.0), Vector3::zeros());
    let mut ranges = [DofRange::Locked; 6];
    ranges[..4].fill(DofRange::Limited {
        lower: -1.0,
        upper: 1.0,
    });
    let drives = Box::default();
    let mut joint = Joint::between(Motion::Generic { ranges, drives }, None, Some(four));
    joint.body0_from_joint = at(0.0, 5.0, 0.0);
    site.joint("joint", joint);
    assert_eq!(site.made().0.dof_count(), MAX_DOFS);
    site.body("more", at(0.0, 9.0, 0.0), Vector3::zeros());
    let error = site.refused();
    assert!(
        matches!(error, CompileError::TooManyDofs { count: 70, .. }),
        "{error}"
    );
}

/// Numbers of joints that cannot be are refused; a start outside of the limits is told.
#[test]
fn numbers_of_joints() {
    let mut site = Site::new();
    let arm = site.body("arm", at(0.0, 0.0, 0.0), Vector3::x());
    let shoulder = hinge("shoulder", &mut site, [None, Some(arm)]);
    let mut with = |change: fn(&mut Joint)| {
        let mut joint = Joint::between(Motion::Revolute, None, Some(arm));
        joint.axis = Axis::Y;
        change(&mut joint);
        site.world.entity_mut(shoulder).insert(joint);
        match halle_world::articulate(&site.world) {
            Ok((_, diagnostics)) => diagnostics.to_string(),
            Err(error) => error.to_string(),
        }
    };
    assert!(with(|j| j.armature = -1.0).contains("</shoulder>  halle:joint:armature"));
    assert!(with(|j| j.damping = -1.0).contains("</shoulder>  halle:joint:damping"));
    assert!(with(|j| j.spring.stiffness = f64::INFINITY).contains("cannot be inf"));
    assert!(with(|j| j.body0_from_joint.translation.x = f64::NAN).contains("physics:localPos0"));
    assert!(with(|j| (j.lower, j.upper) = (Some(1.0), Some(-1.0))).contains("physics:upperLimit"));
    let text = with(|j| (j.lower, j.upper) = (Some(0.5), Some(1.0)));
    assert!(text.contains("warning[SC0313]"), "{text}");
}

/// Links come depth first in the order of their joints, whatever comes first in the tree.
#[test]
fn order_of_links() {
    let mut site = Site::new();
    let names = ["a", "b", "c", "d"];
    let bodies = names.map(|n| site.body(n, at(0.0, 0.0, 0.0), Vector3::x()));
    hinge("to_a", &mut site, [None, Some(bodies[0])]);
    hinge("to_b", &mut site, [Some(bodies[0]), Some(bodies[1])]);
    hinge("to_d", &mut site, [Some(bodies[0]), Some(bodies[3])]);
    hinge("to_c", &mut site, [Some(bodies[1]), Some(bodies[2])]);
    let (system, _) = site.made();
    let order: Vec<&str> = system.links.iter().map(|l| &l.name[1..]).collect();
    assert_eq!(order, names);
    assert_eq!(link(&system, "c"), 2);
}
