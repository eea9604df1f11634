//! Free bodies: falling, bouncing, tumbling, weighing.

use halle_wide::{Fault, WideOptions};
use halle_world::Shape;
use halle_world::components::RigidBody;
use nalgebra::Vector3;

use crate::fixture::{G, Yard, advance, at, body, cuboid, rubbing};

/// z = z0 - g t^2 / 2. The solver integrates in small steps h: its error is g t h / 2, and h is
/// an eighth of a millisecond here.
#[test]
fn free_fall() {
    let mut yard = Yard::new(0.0005);
    yard.body(
        "Ball",
        at(0.0, 0.0, 0.0),
        Shape::Sphere { radius: 0.1 },
        2.0,
        rubbing(0.5, 0.0),
    );
    let mut batch = yard.run();
    advance(&mut batch, 1.0);
    let state = batch.env(0).body(0);
    let fallen = -state.world_from_body.translation.z;
    assert!((fallen - 0.5 * G).abs() < 1.0e-3, "{fallen}");
    assert!(
        (state.linear_velocity.z + G).abs() < 1.0e-3,
        "{}",
        state.linear_velocity.z
    );
    // Kinetic energy gained is potential energy lost.
    let energy = batch.env(0).energy();
    assert!((energy.kinetic + energy.potential).abs() < 2.0e-3 * energy.kinetic);
}

/// Half of gravity, none of it, and a largest speed.
#[test]
fn gravity_scale_and_speed_limit() {
    let mut yard = Yard::new(0.001);
    for (name, scale, limit) in [
        ("Half", 0.5, None),
        ("None", 0.0, None),
        ("Held", 1.0, Some(2.0)),
    ] {
        let y = f64::from(name.len() as u32) + scale;
        let it = yard.body(
            name,
            at(0.0, y, 0.0),
            cuboid(0.1, 0.1, 0.1),
            1.0,
            rubbing(0.5, 0.0),
        );
        yard.give(
            it,
            RigidBody {
                gravity_scale: scale,
                max_linear_speed: limit,
                ..RigidBody::default()
            },
        );
    }
    let mut batch = yard.run();
    advance(&mut batch, 1.0);
    let speed = |name| batch.env(0).body(body(&batch, name)).linear_velocity.z;
    assert!((speed("Half") + 0.5 * G).abs() < 1.0e-4);
    assert_eq!(speed("None"), 0.0);
    assert!((speed("Held") + 2.0).abs() < 1.0e-5);
}

/// A ball that falls from h rises to e^2 h. Contacts are found once per substep, so that the
/// height is known to a few substeps of fall: 1 % at 1 ms.
#[test]
fn bounce_with_restitution() {
    for (restitution, tolerance) in [(0.5, 0.01), (0.8, 0.01)] {
        let mut yard = Yard::new(0.001);
        yard.floor(rubbing(0.5, restitution));
        let material = rubbing(0.5, restitution);
        yard.body(
            "Ball",
            at(0.0, 0.0, 1.1),
            Shape::Sphere { radius: 0.1 },
            1.0,
            material,
        );
        let mut batch = yard.run();
        let (mut was_down, mut top) = (false, 0.0_f64);
        for _ in 0..1400 {
            batch.step(1);
            let state = batch.env(0).body(0);
            let (z, speed) = (
                state.world_from_body.translation.z - 0.1,
                state.linear_velocity.z,
            );
            if was_down && speed < 0.0 && z > 0.01 {
                break;
            }
            was_down |= speed > 0.0;
            if was_down {
                top = top.max(z);
            }
        }
        let wanted = restitution * restitution;
        assert!(
            (top / wanted - 1.0).abs() < tolerance,
            "e {restitution}: {top} m"
        );
    }
}

/// A body that turns freely keeps its angular momentum and its energy, as far as this solver does:
/// its gyroscopic step is of first order, which loses 0.3 % and 0.6 % in 2 s at 6 rad/s.
#[test]
fn tumbling_keeps_momentum() {
    let mut yard = Yard::new(0.001);
    yard.gravity = [0.0; 3];
    let it = yard.body(
        "Block",
        at(0.0, 0.0, 0.0),
        cuboid(0.1, 0.2, 0.3),
        1.0,
        rubbing(0.5, 0.0),
    );
    yard.give(
        it,
        RigidBody {
            angular_velocity: Vector3::new(0.3, 6.0, 0.2),
            ..RigidBody::default()
        },
    );
    let mut batch = yard.run();
    let momentum = |batch: &halle_wide::WideBatch| {
        let state = batch.env(0).body(0);
        let turn = state
            .world_from_body
            .rotation
            .to_rotation_matrix()
            .into_inner();
        let inertia = batch.model().bodies()[0].mass.inertia;
        turn * inertia * turn.transpose() * state.angular_velocity
    };
    let (start, energy) = (momentum(&batch), batch.env(0).energy().kinetic);
    advance(&mut batch, 2.0);
    let lost = (momentum(&batch) - start).norm() / start.norm();
    let gained = batch.env(0).energy().kinetic / energy - 1.0;
    assert!(lost < 4.0e-3 && gained.abs() < 8.0e-3, "{lost} {gained}");
}

/// The sum of contact forces under a body at rest is its weight.
#[test]
fn scale_shows_the_weight() {
    for sleeping in [false, true] {
        let mut yard = Yard::new(1.0 / 240.0);
        yard.floor(rubbing(0.6, 0.0));
        yard.body(
            "Crate",
            at(0.0, 0.0, 0.2),
            cuboid(0.3, 0.2, 0.2),
            12.5,
            rubbing(0.6, 0.0),
        );
        let mut batch = yard.run_with(&WideOptions {
            sleeping,
            ..WideOptions::default()
        });
        advance(&mut batch, 3.0);
        let contacts = batch.env(0).contacts();
        let sum: f64 = contacts.iter().map(|c| c.force * c.normal.z.abs()).sum();
        assert!((sum / (12.5 * G) - 1.0).abs() < 0.01, "{sum} N");
        assert!(contacts.iter().all(|c| c.penetration < 1.0e-3));
        assert_eq!(batch.env(0).body(0).asleep, sleeping);
    }
}

/// A heavy crate on light ones: the stack bears it without sinking more than a millimetre.
#[test]
fn stack_bears_a_load() {
    let mut yard = Yard::new(1.0 / 240.0);
    yard.floor(rubbing(0.6, 0.0));
    for (k, mass) in [5.0, 5.0, 5.0, 50.0].into_iter().enumerate() {
        let z = 0.1 + 0.2 * k as f64;
        yard.body(
            &format!("Box{k}"),
            at(0.0, 0.0, z),
            cuboid(0.2, 0.15, 0.1),
            mass,
            rubbing(0.6, 0.0),
        );
    }
    let mut batch = yard.run_with(&WideOptions {
        sleeping: false,
        ..WideOptions::default()
    });
    advance(&mut batch, 3.0);
    let summary = batch.env(0).summary();
    assert!(summary.penetration < 1.0e-3, "{} m", summary.penetration);
    let top = batch.env(0).body(3).world_from_body.translation.vector;
    assert!(
        (top.z - 0.7).abs() < 3.0e-3 && top.xy().norm() < 2.0e-3,
        "{top}"
    );
}

/// A body that leaves the plant's box freezes its env, with the body named.
#[test]
fn lost_body_freezes_the_env() {
    let mut yard = Yard::new(0.002);
    yard.floor(rubbing(0.5, 0.0));
    yard.body(
        "Crate",
        at(30.0, 0.0, 0.0),
        cuboid(0.1, 0.1, 0.1),
        1.0,
        rubbing(0.5, 0.0),
    );
    let mut batch = yard.run();
    advance(&mut batch, 5.0);
    let (fault, culprit) = batch.env(0).fault();
    assert!(fault.has(Fault::LOST) && culprit == Some(0));
    let time = batch.env(0).time();
    // 10.5 m below the floor's foot at -1 m, counted from 0.
    assert!((time - (2.0 * 11.0 / G).sqrt()).abs() < 0.01, "{time}");
    batch.step(10);
    assert_eq!(batch.env(0).time(), time);
}
