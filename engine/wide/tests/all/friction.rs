//! Sliding, sticking, belts.

use halle_wide::{WideBatch, WideOptions};
use halle_world::components::{Combine, ContactMaterial, RigidBody, SurfaceVelocity};
use nalgebra::{UnitQuaternion, Vector3};

use crate::fixture::{G, Yard, advance, at, body, cuboid, rubbing, turned};

/// A block on a ramp that falls towards +x.
fn ramp(degrees: f64, friction: f64) -> WideBatch {
    let tilt = degrees.to_radians();
    let mut yard = Yard::new(0.001);
    let lie = turned([0.0; 3], Vector3::y(), tilt);
    let up = lie * Vector3::z();
    yard.still(
        "Ramp",
        turned((-up).into(), Vector3::y(), tilt),
        cuboid(50.0, 5.0, 1.0),
        rubbing(friction, 0.0),
    );
    let place = up * 0.1;
    yard.body(
        "Block",
        turned(place.into(), Vector3::y(), tilt),
        cuboid(0.2, 0.2, 0.1),
        3.0,
        rubbing(friction, 0.0),
    );
    yard.run_with(&WideOptions {
        sleeping: false,
        ..WideOptions::default()
    })
}

/// Below the angle of friction nothing creeps: less than 0.01 mm/s.
#[test]
fn block_sticks() {
    let mut batch = ramp(20.0, 0.5);
    advance(&mut batch, 1.0);
    let before = batch.env(0).body(0).world_from_body.translation.vector;
    advance(&mut batch, 2.0);
    let moved = batch.env(0).body(0).world_from_body.translation.vector - before;
    assert!(moved.norm() < 2.0e-5, "{} m", moved.norm());
}

/// Above it the block gains g (sin - mu cos) per second: within 0.5 %.
#[test]
fn block_slides() {
    for (degrees, friction) in [(35.0_f64, 0.5), (45.0, 0.3), (20.0, 0.0)] {
        let mut batch = ramp(degrees, friction);
        advance(&mut batch, 0.2);
        let before = batch.env(0).body(0).linear_velocity.norm();
        advance(&mut batch, 0.8);
        let contacts = batch.env(0).contacts();
        let rubbing: Vector3<f64> = contacts.iter().map(|c| c.friction).sum();
        let pressing: f64 = contacts.iter().map(|c| c.force).sum();
        assert!(
            (rubbing.norm() - friction * pressing).abs() < 0.01 * pressing,
            "{rubbing}"
        );
        let gained = (batch.env(0).body(0).linear_velocity.norm() - before) / 0.8;
        let wanted = G * (degrees.to_radians().sin() - friction * degrees.to_radians().cos());
        assert!(
            (gained / wanted - 1.0).abs() < 5.0e-3,
            "{degrees}: {gained} for {wanted}"
        );
    }
}

/// A sliding block stops after v^2 / (2 mu g) in whatever direction it slides: friction is the
/// same in all directions within 1 %, and pulls straight back within half a degree.
#[test]
fn friction_is_isotropic() {
    for degrees in [0.0_f64, 22.5, 45.0, 70.0] {
        let mut yard = Yard::new(0.001);
        yard.floor(rubbing(0.4, 0.0));
        let it = yard.body(
            "Block",
            at(0.0, 0.0, 0.05),
            cuboid(0.2, 0.2, 0.05),
            2.0,
            rubbing(0.4, 0.0),
        );
        let heading = Vector3::new(degrees.to_radians().cos(), degrees.to_radians().sin(), 0.0);
        yard.give(
            it,
            RigidBody {
                linear_velocity: heading * 3.0,
                ..RigidBody::default()
            },
        );
        let mut batch = yard.run();
        advance(&mut batch, 2.0);
        let way = batch.env(0).body(0).world_from_body.translation.vector;
        let wanted = 9.0 / (2.0 * 0.4 * G);
        let off = way.xy().norm() / wanted - 1.0;
        let drift = (way.y.atan2(way.x).to_degrees() - degrees).abs();
        assert!(off.abs() < 0.01 && drift < 0.5, "{degrees}: {off} {drift}");
    }
}

/// How two frictions become one: the later of average, min, multiply, max holds.
#[test]
fn friction_combines() {
    for (a, b, wanted) in [
        (Combine::Average, Combine::Average, 0.5),
        (Combine::Average, Combine::Min, 0.2),
        (Combine::Min, Combine::Multiply, 0.16),
        (Combine::Multiply, Combine::Max, 0.8),
    ] {
        let mut yard = Yard::new(0.001);
        let with = |friction, friction_combine| ContactMaterial {
            friction_combine,
            ..rubbing(friction, 0.0)
        };
        yard.floor(with(0.2, a));
        let it = yard.body(
            "Block",
            at(0.0, 0.0, 0.05),
            cuboid(0.2, 0.2, 0.05),
            2.0,
            with(0.8, b),
        );
        yard.give(
            it,
            RigidBody {
                linear_velocity: Vector3::x() * 4.0,
                ..RigidBody::default()
            },
        );
        let mut batch = yard.run();
        advance(&mut batch, 0.1);
        let before = batch.env(0).body(0).linear_velocity.x;
        advance(&mut batch, 0.2);
        let slowed = (before - batch.env(0).body(0).linear_velocity.x) / 0.2;
        assert!(
            (slowed / (wanted * G) - 1.0).abs() < 0.01,
            "{a:?} {b:?}: {slowed}"
        );
    }
}

/// A belt takes a box along at the speed of its surface, whichever way the prim is turned, and
/// whichever of the two prims comes first.
#[test]
fn belt_carries_a_box() {
    for (turn, box_first) in [(0.0, false), (90.0_f64, true), (30.0, false)] {
        let mut yard = Yard::new(1.0 / 240.0);
        let put = |yard: &mut Yard| {
            yard.body(
                "Box",
                at(0.0, 0.0, 0.1),
                cuboid(0.1, 0.1, 0.1),
                4.0,
                rubbing(0.6, 0.0),
            )
        };
        if box_first {
            put(&mut yard);
        }
        let lie = turned([0.0, 0.0, -0.05], Vector3::z(), turn.to_radians());
        let belt = yard.still("Belt", lie, cuboid(3.0, 3.0, 0.05), rubbing(0.6, 0.0));
        let linear = Vector3::new(0.4, 0.0, 0.0);
        yard.give(
            belt,
            SurfaceVelocity {
                linear,
                angular: Vector3::zeros(),
            },
        );
        if !box_first {
            put(&mut yard);
        }
        let mut batch = yard.run();
        advance(&mut batch, 3.0);
        let state = batch.env(0).body(body(&batch, "Box"));
        let wanted = UnitQuaternion::from_scaled_axis(Vector3::z() * turn.to_radians()) * linear;
        // Half a percent: the contact force that carries friction breathes a little.
        assert!(
            (state.linear_velocity - wanted).norm() < 2.0e-3,
            "{}",
            state.linear_velocity
        );
        let way = state.world_from_body.translation.vector.xy().norm();
        // It slips until its speed is the belt's: v^2 / (2 mu g) short of 3 s at full speed.
        let wanted = 0.4 * 3.0 - 0.16 / (2.0 * 0.6 * G);
        assert!((way / wanted - 1.0).abs() < 0.01, "{way} for {wanted}");
    }
}

/// A turntable carries what stands on it around its axis: speed is angular speed times radius.
#[test]
fn turntable_carries_around() {
    let mut yard = Yard::new(1.0 / 240.0);
    let table = yard.still(
        "Table",
        at(0.0, 0.0, -0.05),
        cuboid(2.0, 2.0, 0.05),
        rubbing(0.8, 0.0),
    );
    yard.give(
        table,
        SurfaceVelocity {
            linear: Vector3::zeros(),
            angular: Vector3::z() * 0.5,
        },
    );
    yard.body(
        "Can",
        at(0.8, 0.0, 0.05),
        cuboid(0.05, 0.05, 0.05),
        1.0,
        rubbing(0.8, 0.0),
    );
    let mut batch = yard.run();
    advance(&mut batch, 4.0);
    let state = batch.env(0).body(0);
    let place = state.world_from_body.translation.vector;
    assert!((place.xy().norm() - 0.8).abs() < 0.03, "{place}");
    assert!(
        (state.linear_velocity.norm() - 0.4).abs() < 0.01,
        "{}",
        state.linear_velocity
    );
}
