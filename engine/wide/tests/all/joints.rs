//! Joints: pendulums, limits, breaking, loops, articulations.

use halle_wide::{Fault, Jitter, WideBatch, WideOptions};
use halle_world::components::{
    ArticulationRoot, AuthoredMass, Axis, InBody, Joint, Motion, RigidBody,
};
use nalgebra::{Isometry3, Vector3};

use crate::fixture::{G, Yard, advance, at, body, cuboid, rubbing};

/// A rod on a hinge about y at the origin, level at the start, by impulses or reduced.
fn pendulum(reduced: bool, change: impl Fn(&mut Joint)) -> Yard {
    let mut yard = Yard::new(0.001);
    let root = yard.prim("Arm", Isometry3::identity());
    if reduced {
        yard.give(
            root,
            ArticulationRoot {
                self_collision: false,
            },
        );
    }
    let rod = yard.body(
        "Rod",
        at(0.5, 0.0, 0.0),
        cuboid(0.5, 0.02, 0.02),
        2.0,
        rubbing(0.5, 0.0),
    );
    yard.below(rod, root);
    let mut joint = Joint::between(Motion::Revolute, None, Some(rod));
    joint.axis = Axis::Y;
    joint.body1_from_joint = at(-0.5, 0.0, 0.0);
    change(&mut joint);
    yard.joint("Hinge", joint);
    yard
}

/// Inertia of the rod about the hinge [kg m^2].
fn inertia() -> f64 {
    2.0 * ((1.0 + 0.0016) / 12.0 + 0.25)
}

/// Time from rest at an angle to the far end and back, by the arithmetic-geometric mean.
fn period(amplitude: f64) -> f64 {
    let (mut a, mut b) = (1.0, (amplitude / 2.0).cos());
    for _ in 0..30 {
        (a, b) = (0.5 * (a + b), f64::sqrt(a * b));
    }
    std::f64::consts::TAU * (inertia() / (2.0 * G * 0.5)).sqrt() / a
}

/// Half a period after its release a level rod hangs level on the other side; its period is that
/// of the physical pendulum within 0.5 %.
#[test]
fn pendulum_period() {
    for reduced in [false, true] {
        let mut batch = pendulum(reduced, |_| {}).run();
        let mut ends = Vec::new();
        let mut before = 0.0;
        for _ in 0..5000 {
            batch.step(1);
            let state = batch.env(0).joints()[0];
            if before * state.velocity < 0.0 {
                ends.push(batch.env(0).time());
            }
            before = state.velocity;
        }
        let found = 2.0 * (ends[2] - ends[0]) / 2.0;
        let wanted = period(std::f64::consts::FRAC_PI_2);
        assert!(
            (found / wanted - 1.0).abs() < 5.0e-3,
            "{reduced}: {found} for {wanted}"
        );
        assert_eq!(batch.model().joints()[0].reduced, reduced);
    }
}

/// A rotor on the joint slows the pendulum as more inertia about the hinge would.
#[test]
fn armature_adds_inertia() {
    let mut batch = pendulum(true, |j| j.armature = inertia()).run();
    advance(&mut batch, 0.05);
    let found = batch.env(0).joints()[0].velocity / 0.05;
    let wanted = 2.0 * G * 0.5 / (2.0 * inertia());
    assert!((found / wanted - 1.0).abs() < 0.01, "{found} for {wanted}");
}

/// A limit holds the rod: it comes to rest there and passes it by less than half a degree.
#[test]
fn limit_holds() {
    for reduced in [false, true] {
        let mut batch = pendulum(reduced, |j| (j.lower, j.upper) = (Some(-0.2), Some(0.5))).run();
        let mut most = 0.0_f64;
        for _ in 0..3000 {
            batch.step(1);
            most = most.max(batch.env(0).joints()[0].position);
        }
        let state = batch.env(0).joints()[0];
        assert!(most < 0.5 + 0.009, "{reduced}: {most}");
        assert!(
            (state.position - 0.5).abs() < 2.0e-3 && state.velocity.abs() < 0.02,
            "{state:?}"
        );
    }
}

/// Friction above the weight's torque holds the rod level; viscous damping bounds its speed.
#[test]
fn friction_and_damping_act() {
    for reduced in [false, true] {
        let torque = 2.0 * G * 0.5;
        let mut held = pendulum(reduced, |j| j.friction = 1.05 * torque).run();
        advance(&mut held, 1.0);
        assert!(
            held.env(0).joints()[0].position.abs() < 5.0e-3,
            "{:?}",
            held.env(0).joints()[0]
        );
        let mut slow = pendulum(reduced, |j| j.damping = 50.0).run();
        advance(&mut slow, 0.5);
        let state = slow.env(0).joints()[0];
        let wanted = torque * state.position.cos() / 50.0;
        assert!(
            (state.velocity / wanted - 1.0).abs() < 0.02,
            "{reduced}: {state:?}"
        );
    }
}

/// A weight hangs from a fixed joint that bears its weight, and breaks one that cannot.
#[test]
fn joint_breaks_at_its_force() {
    for (limit, breaks) in [(52.0, false), (46.0, true)] {
        let mut yard = Yard::new(1.0 / 240.0);
        let it = yard.body(
            "Weight",
            at(0.0, 0.0, 2.0),
            cuboid(0.1, 0.1, 0.1),
            5.0,
            rubbing(0.5, 0.0),
        );
        let mut joint = Joint::between(Motion::Fixed, None, Some(it));
        joint.body0_from_joint = at(0.0, 0.0, 2.0);
        joint.break_force = Some(limit);
        yard.joint("Hook", joint);
        let mut batch = yard.run();
        advance(&mut batch, 0.5);
        let state = batch.env(0).joints()[0];
        assert_eq!(state.broken, breaks);
        let z = batch.env(0).body(0).world_from_body.translation.z;
        if breaks {
            assert!(z < 1.0, "{z}");
        } else {
            assert!(
                (state.force / (5.0 * G) - 1.0).abs() < 0.01,
                "{} N",
                state.force
            );
            assert!((z - 2.0).abs() < 1.0e-3);
        }
    }
}

/// A rope lets its load fall to its length and no farther.
#[test]
fn distance_joint_is_a_rope() {
    let mut yard = Yard::new(0.001);
    let it = yard.body(
        "Load",
        at(0.0, 0.0, -0.1),
        cuboid(0.1, 0.1, 0.1),
        3.0,
        rubbing(0.5, 0.0),
    );
    let motion = Motion::Distance {
        least: None,
        greatest: Some(0.5),
    };
    yard.joint("Rope", Joint::between(motion, None, Some(it)));
    let mut batch = yard.run();
    advance(&mut batch, 2.0);
    let z = batch.env(0).body(0).world_from_body.translation.z;
    assert!((z + 0.5).abs() < 2.0e-3, "{z}");
}

/// A spherical joint with a cone stops a falling rod at the angle of the cone.
#[test]
fn cone_holds() {
    for reduced in [false, true] {
        let motion = Motion::Spherical {
            cone: [Some(0.4), Some(0.4)],
        };
        let mut batch = pendulum(reduced, |j| {
            j.motion = motion.clone();
            j.axis = Axis::X;
        })
        .run();
        advance(&mut batch, 2.0);
        let turn = batch.env(0).body(0).world_from_body.rotation;
        let angle = (turn * Vector3::x()).angle(&Vector3::x());
        assert!((angle - 0.4).abs() < 0.01, "{reduced}: {angle}");
    }
}

/// A four-bar linkage in an articulation: one joint closes the loop, and the loop stays closed
/// within 1 mm while the linkage swings.
#[test]
fn loop_stays_closed() {
    let mut yard = Yard::new(0.001);
    let root = yard.prim("Linkage", Isometry3::identity());
    yard.give(
        root,
        ArticulationRoot {
            self_collision: false,
        },
    );
    let bar = |yard: &mut Yard, name: &str, pose, half: [f64; 3]| {
        let it = yard.body(
            name,
            pose,
            cuboid(half[0], half[1], half[2]),
            1.0,
            rubbing(0.5, 0.0),
        );
        yard.below(it, root);
        it
    };
    let left = bar(&mut yard, "Left", at(0.0, 0.0, -0.2), [0.01, 0.01, 0.2]);
    let right = bar(&mut yard, "Right", at(0.5, 0.0, -0.2), [0.01, 0.01, 0.2]);
    let low = bar(&mut yard, "Low", at(0.25, 0.0, -0.4), [0.25, 0.01, 0.01]);
    let hinge = |a, b, fa: Isometry3<f64>, fb| {
        let mut joint = Joint::between(Motion::Revolute, a, b);
        joint.axis = Axis::Y;
        (joint.body0_from_joint, joint.body1_from_joint) = (fa, fb);
        joint
    };
    yard.joint(
        "A",
        hinge(None, Some(left), at(0.0, 0.0, 0.0), at(0.0, 0.0, 0.2)),
    );
    yard.joint(
        "B",
        hinge(None, Some(right), at(0.5, 0.0, 0.0), at(0.0, 0.0, 0.2)),
    );
    yard.joint(
        "C",
        hinge(
            Some(left),
            Some(low),
            at(0.0, 0.0, -0.2),
            at(-0.25, 0.0, 0.0),
        ),
    );
    yard.joint(
        "D",
        hinge(
            Some(right),
            Some(low),
            at(0.0, 0.0, -0.2),
            at(0.25, 0.0, 0.0),
        ),
    );
    yard.give(
        low,
        RigidBody {
            linear_velocity: Vector3::x() * 0.8,
            ..RigidBody::default()
        },
    );
    let (model, findings) = yard.model(&WideOptions::default());
    assert!(
        findings.findings().iter().any(|f| f.code == "WD0330"),
        "{findings}"
    );
    assert_eq!(model.counts().reduced_joints, 3);
    let mut batch = WideBatch::new(model, 0, 1, 1, Jitter::default(), 1).unwrap();
    for _ in 0..20 {
        advance(&mut batch, 0.1);
        let end = |name: &str, x: f64, z: f64| {
            let pose = batch.env(0).body(body(&batch, name)).world_from_body;
            pose.transform_point(&nalgebra::Point3::new(x, 0.0, z))
        };
        let right = (end("Right", 0.0, -0.2) - end("Low", 0.25, 0.0)).norm();
        let hung = (end("Right", 0.0, 0.2) - nalgebra::Point3::new(0.5, 0.0, 0.0)).norm();
        assert!(right < 1.0e-3 && hung < 1.0e-3, "{right} {hung}");
    }
}

/// Joint frames, start positions and reversed sides give the same place for the tip, reduced or
/// not, as the forward kinematics worked by hand.
#[test]
fn start_position_moves_links() {
    for reversed in [false, true] {
        let mut yard = Yard::new(0.001);
        yard.gravity = [0.0; 3];
        let root = yard.prim("Arm", Isometry3::identity());
        yard.give(
            root,
            ArticulationRoot {
                self_collision: false,
            },
        );
        let base = yard.body(
            "Base",
            at(0.0, 0.0, 1.0),
            cuboid(0.1, 0.1, 0.1),
            5.0,
            rubbing(0.5, 0.0),
        );
        let link = yard.body(
            "Link",
            at(0.5, 0.0, 1.0),
            cuboid(0.3, 0.02, 0.02),
            1.0,
            rubbing(0.5, 0.0),
        );
        for it in [base, link] {
            yard.below(it, root);
        }
        let mut foot = Joint::between(Motion::Fixed, None, Some(base));
        foot.body0_from_joint = at(0.0, 0.0, 1.0);
        yard.joint("Foot", foot);
        let (a, b) = (at(0.1, 0.0, 0.0), at(-0.4, 0.0, 0.0));
        let mut joint = if reversed {
            let mut joint = Joint::between(Motion::Revolute, Some(link), Some(base));
            (joint.body0_from_joint, joint.body1_from_joint) = (b, a);
            joint
        } else {
            let mut joint = Joint::between(Motion::Revolute, Some(base), Some(link));
            (joint.body0_from_joint, joint.body1_from_joint) = (a, b);
            joint
        };
        joint.axis = Axis::Z;
        joint.home = Some(if reversed { -0.6 } else { 0.6 });
        joint.home_velocity = if reversed { -0.5 } else { 0.5 };
        yard.joint("Turn", joint);
        let mut batch = yard.run();
        let place = batch.env(0).body(1).world_from_body.translation.vector;
        let wanted = Vector3::new(0.1 + 0.4 * 0.6_f64.cos(), 0.4 * 0.6_f64.sin(), 1.0);
        assert!((place - wanted).norm() < 1.0e-5, "{place}");
        advance(&mut batch, 0.2);
        let state = batch.env(0).joints()[0];
        let sign = if reversed { -1.0 } else { 1.0 };
        assert!((state.position - sign * 0.7).abs() < 1.0e-3, "{state:?}");
        assert!((state.velocity - sign * 0.5).abs() < 1.0e-3, "{state:?}");
    }
}

/// A joint of three free degrees: what is locked stays, what is free moves, limits hold.
#[test]
fn generic_joint_has_its_ranges() {
    use halle_world::components::DofRange::{Free, Limited, Locked};
    let mut yard = Yard::new(0.001);
    yard.gravity = [1.0, 1.0, -G];
    let it = yard.body(
        "Block",
        at(0.0, 0.0, 0.0),
        cuboid(0.1, 0.1, 0.1),
        1.0,
        rubbing(0.5, 0.0),
    );
    let slide = Limited {
        lower: -0.1,
        upper: 0.3,
    };
    let motion = Motion::Generic {
        ranges: [Locked, Locked, Locked, Free, slide, Locked],
        drives: Box::new([None; 6]),
    };
    yard.joint("Table", Joint::between(motion, None, Some(it)));
    let mut batch = yard.run();
    advance(&mut batch, 1.5);
    let pose = batch.env(0).body(0).world_from_body;
    let place = pose.translation.vector;
    assert!((place.x - 0.5 * 2.25).abs() < 5.0e-3, "{place}");
    assert!(
        (place.y - 0.3).abs() < 2.0e-3 && place.z.abs() < 1.0e-3,
        "{place}"
    );
    assert!(pose.rotation.angle() < 1.0e-3);
}

/// A body without mass and shapes, fixed to the world, is the world: nothing is lost by it.
#[test]
fn fixed_bodies_become_the_world() {
    let mut yard = Yard::new(0.002);
    let frame = yard.prim("Frame", at(0.0, 0.0, 1.0));
    yard.give(
        frame,
        (RigidBody::default(), InBody(frame), AuthoredMass::default()),
    );
    let mut joint = Joint::between(Motion::Fixed, None, Some(frame));
    joint.body0_from_joint = at(0.0, 0.0, 1.0);
    yard.joint("Bolt", joint);
    let mut batch = yard.run();
    advance(&mut batch, 1.0);
    assert_eq!(batch.env(0).body(0).world_from_body.translation.z, 1.0);
    assert_eq!(batch.model().counts().fixed_bodies, 1);
    assert_eq!(batch.model().joints().len(), 0);
}

/// A turntable's column leans on a wall that it cannot push away: nothing happens, where the
/// solver alone would divide by the rounding error of a lever of zero.
#[test]
fn immobile_contact_is_harmless() {
    let mut yard = Yard::new(0.002);
    let root = yard.prim("Table", Isometry3::identity());
    yard.give(
        root,
        ArticulationRoot {
            self_collision: false,
        },
    );
    let column = yard.body(
        "Column",
        at(0.0, 0.0, 0.5),
        cuboid(0.1, 0.1, 0.5),
        50.0,
        rubbing(0.5, 0.0),
    );
    let arm = yard.body(
        "Arm",
        at(0.0, 0.5, 1.0),
        cuboid(0.05, 0.5, 0.05),
        5.0,
        rubbing(0.5, 0.0),
    );
    for it in [column, arm] {
        yard.below(it, root);
    }
    let mut turn = Joint::between(Motion::Revolute, None, Some(column));
    (turn.axis, turn.body1_from_joint) = (Axis::Z, at(0.0, 0.0, -0.5));
    yard.joint("Turn", turn);
    let mut lift = Joint::between(Motion::Prismatic, Some(column), Some(arm));
    (lift.axis, lift.body0_from_joint, lift.body1_from_joint) =
        (Axis::Y, at(0.0, 0.0, 0.5), at(0.0, -0.5, 0.0));
    yard.joint("Reach", lift);
    // Overlaps by 5 mm, at the height of the axis and no lever.
    yard.still(
        "Wall",
        at(0.195, 0.0, 0.4),
        cuboid(0.1, 0.01, 0.1),
        rubbing(0.0, 0.0),
    );
    let mut batch = yard.run();
    advance(&mut batch, 1.0);
    assert_eq!(batch.env(0).fault().0, Fault::NONE);
    assert!(
        batch.env(0).summary().speed < 0.05,
        "{:?}",
        batch.env(0).summary()
    );
}

/// An arm whose links stick deep in a wall at the start is an author's mistake, which must not
/// throw it apart: its lowest links cannot move along the wall's normal at all, where the solver
/// alone would reach 1e12 m/s in one substep.
#[test]
fn arm_in_a_wall_stays_in_hand() {
    for links in [1, 2, 6] {
        let mut yard = Yard::new(0.002);
        let root = yard.prim("Arm", Isometry3::identity());
        yard.give(
            root,
            ArticulationRoot {
                self_collision: false,
            },
        );
        let mut before = None;
        for k in 0..links {
            let shape = halle_world::Shape::Capsule {
                radius: 0.08,
                half_height: 0.15,
            };
            let pose = at(0.0, 0.0, 0.2 + 0.4 * f64::from(k));
            let it = yard.body(&format!("Link{k}"), pose, shape, 10.0, rubbing(0.5, 0.0));
            yard.below(it, root);
            let mut joint = Joint::between(Motion::Revolute, before, Some(it));
            joint.axis = if k % 2 == 0 { Axis::Z } else { Axis::Y };
            joint.body0_from_joint = at(0.0, 0.0, if k == 0 { 0.0 } else { 0.2 });
            joint.body1_from_joint = at(0.0, 0.0, -0.2);
            yard.joint(&format!("Joint{k}"), joint);
            before = Some(it);
        }
        yard.still(
            "Wall",
            at(0.3, 0.0, 2.0),
            cuboid(0.4, 20.0, 4.0),
            rubbing(0.5, 0.0),
        );
        let (model, findings) = yard.model(&WideOptions::default());
        // The lowest link cannot move along the normal, so that it has no contact to tell of.
        let told = findings.findings().iter().any(|f| f.code == "WD0337");
        assert_eq!(told, links > 1, "{links}: {findings}");
        let mut batch = WideBatch::new(model, 0, 1, 1, Jitter::default(), 1).unwrap();
        advance(&mut batch, 0.4);
        assert_eq!(batch.env(0).fault().0, Fault::NONE, "{links}");
        assert!(batch.env(0).summary().speed < 1.0e-3, "{links}");
    }
}
