//! Many envs: the same bits whatever the number of threads and however envs are grouped.

use std::sync::Arc;

use halle_wide::{Jitter, WideBatch, WideModel, WideOptions};
use halle_world::components::{
    ArticulationRoot, Axis, Drive, DriveKind, Joint, Motion, SurfaceVelocity,
};
use nalgebra::{Isometry3, Vector3};

use crate::fixture::{Yard, advance, at, cuboid, rubbing};

const SHAKE: Jitter = Jitter {
    position: 0.002,
    velocity: 0.02,
};

/// A pile on a belt beside a driven arm.
fn plant() -> Arc<WideModel> {
    let mut yard = Yard::new(1.0 / 240.0);
    yard.floor(rubbing(0.5, 0.1));
    let belt = yard.still(
        "Belt",
        at(0.0, 0.0, 0.25),
        cuboid(2.0, 0.4, 0.05),
        rubbing(0.7, 0.0),
    );
    yard.give(
        belt,
        SurfaceVelocity {
            linear: Vector3::x() * 0.2,
            angular: Vector3::zeros(),
        },
    );
    for k in 0..12 {
        let (x, z) = (f64::from(k % 3) * 0.25, 0.41 + f64::from(k / 3) * 0.21);
        yard.body(
            &format!("Box{k}"),
            at(x, 0.0, z),
            cuboid(0.1, 0.1, 0.1),
            2.0,
            rubbing(0.5, 0.1),
        );
    }
    let root = yard.prim("Arm", Isometry3::identity());
    yard.give(
        root,
        ArticulationRoot {
            self_collision: false,
        },
    );
    let arm = yard.body(
        "Link",
        at(0.5, 1.0, 0.5),
        cuboid(0.5, 0.05, 0.05),
        3.0,
        rubbing(0.5, 0.0),
    );
    yard.below(arm, root);
    let mut joint = Joint::between(Motion::Revolute, None, Some(arm));
    (joint.axis, joint.body0_from_joint, joint.body1_from_joint) =
        (Axis::Z, at(0.0, 1.0, 0.5), at(-0.5, 0.0, 0.0));
    joint.drive = Some(Drive {
        kind: DriveKind::Force,
        stiffness: 50.0,
        damping: 20.0,
        effort_limit: 100.0,
        target_position: -1.2,
        target_velocity: 0.0,
    });
    yard.joint("Hinge", joint);
    yard.model(&WideOptions::default()).0
}

/// All numbers of an env, as bits.
fn bits(batch: &WideBatch, env: usize) -> Vec<u64> {
    let view = batch.env(env);
    let mut all = Vec::new();
    for k in 0..batch.model().bodies().len() {
        let state = view.body(k);
        let place = state.world_from_body;
        all.extend(place.translation.vector.iter().map(|v| v.to_bits()));
        all.extend(place.rotation.coords.iter().map(|v| v.to_bits()));
        all.extend(state.linear_velocity.iter().map(|v| v.to_bits()));
    }
    for contact in view.contacts() {
        all.extend(contact.colliders.map(|c| c as u64));
        all.push(contact.force.to_bits());
        all.extend(contact.point.iter().map(|v| v.to_bits()));
    }
    for joint in view.joints() {
        all.extend([joint.position, joint.velocity, joint.effort].map(f64::to_bits));
    }
    all
}

#[test]
fn bits_do_not_depend_on_threads_or_company() {
    let model = plant();
    let run = |first: u32, count: usize, threads: usize, parts: usize| {
        let mut batch = WideBatch::new(model.clone(), first, count, 7, SHAKE, threads).unwrap();
        for _ in 0..parts {
            batch.step(360 / parts);
        }
        (0..count).map(|k| bits(&batch, k)).collect::<Vec<_>>()
    };
    let all = run(0, 5, 1, 1);
    assert_eq!(all, run(0, 5, 3, 6));
    assert_eq!(all[3..4], run(3, 1, 2, 1));
    assert_ne!(all[0], all[1]);
}

/// Env 0 starts as authored; the others differ from it by no more than asked.
#[test]
fn jitter_is_small_and_leaves_env_0() {
    let model = plant();
    let batch = WideBatch::new(model.clone(), 0, 4, 7, SHAKE, 1).unwrap();
    for k in 0..12 {
        let authored = at(f64::from(k % 3) * 0.25, 0.0, 0.41 + f64::from(k / 3) * 0.21);
        for env in 0..4 {
            let state = batch.env(env).body(k as usize);
            let off = state.world_from_body.translation.vector - authored.translation.vector;
            let most = if env == 0 { 1.0e-6 } else { 0.002 + 1.0e-6 };
            assert!(off.amax() < most && off.z.abs() < 1.0e-6, "{off}");
            assert!(state.linear_velocity.amax() <= if env == 0 { 0.0 } else { 0.02 });
        }
    }
    let other = WideBatch::new(model, 0, 2, 8, SHAKE, 1).unwrap();
    assert_ne!(bits(&batch, 1), bits(&other, 1));
    assert_eq!(bits(&batch, 0), bits(&other, 0));
}

/// A fault of one env is its own: the others go on as if alone.
#[test]
fn faults_stay_at_home() {
    let mut yard = Yard::new(1.0 / 240.0);
    yard.still(
        "Table",
        at(0.0, 0.0, -0.1),
        cuboid(0.5, 0.5, 0.1),
        rubbing(0.0, 0.0),
    );
    yard.body(
        "Puck",
        at(0.0, 0.0, 0.05),
        cuboid(0.05, 0.05, 0.05),
        1.0,
        rubbing(0.0, 0.0),
    );
    let (model, _) = yard.model(&WideOptions {
        bounds_margin: 1.0,
        ..WideOptions::default()
    });
    let push = Jitter {
        position: 0.0,
        velocity: 3.0,
    };
    let mut batch = WideBatch::new(model, 0, 6, 3, push, 2).unwrap();
    advance(&mut batch, 4.0);
    let faults = batch.faults();
    assert!(
        !faults[0].any() && faults[1..].iter().any(|f| f.any()),
        "{faults:?}"
    );
    assert!((batch.env(0).time() - 4.0).abs() < 1.0e-9);
    assert!(
        batch
            .summaries()
            .iter()
            .all(|s| s.energy.kinetic.is_finite())
    );
}

/// Sizes are told, and a batch without envs is refused.
#[test]
fn sizes_and_refusals() {
    let model = plant();
    let mut batch = WideBatch::new(model.clone(), 0, 2, 7, SHAKE, 2).unwrap();
    advance(&mut batch, 0.5);
    let capacity = batch.capacity();
    assert_eq!((capacity.envs, capacity.threads), (2, 2));
    assert!(
        capacity.bytes_per_env > 10_000 && capacity.pairs >= 12,
        "{capacity:?}"
    );
    assert!(WideBatch::new(model, 0, 0, 7, SHAKE, 2).is_err());
}
