//! Stepping a system in a batch: each env is as if alone, and its faults are its own.

use std::sync::Arc;

use halle_dynamics::tree::{SolverOptions, Tree};
use halle_model::Pose;
use halle_model::articulated::{
    ContactForm, ContactPair, ContactShape, System, SystemActuator, SystemJoint, SystemLink,
};
use halle_sim::{Batch as _, CpuBatch, EnvKeys, KeyDomain};
use halle_tasks::physics::Physics;

const ENVS: usize = 37;
const ACTIONS: usize = 2;

fn link(joint: SystemJoint, parent: Option<usize>, mass: f64) -> SystemLink {
    SystemLink {
        name: String::new(),
        parent,
        joint,
        parent_from_link: Pose::IDENTITY,
        mass,
        center_of_mass: [0.0; 3],
        inertia: [0.02 * mass, 0.02 * mass, 0.02 * mass, 0.0, 0.0, 0.0],
        gravity_scale: 1.0,
        armature: 0.0,
        damping: 0.0,
        friction: 0.0,
        spring: [0.0; 2],
        limit: [f64::NEG_INFINITY, f64::INFINITY],
        velocity_limit: f64::INFINITY,
    }
}

/// Two ball links that swing over a floor, with a motor, a limit and friction, and a box that falls
/// beside them and may be hit.
fn system() -> System {
    // z of the first link is the y axis of the world; the arm hangs out along x.
    let turned = Pose {
        rotation: [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]],
        translation: [0.0, 0.0, 0.5],
    };
    let further = Pose {
        translation: [0.4, 0.0, 0.0],
        ..Pose::IDENTITY
    };
    let arm = |parent, pose, friction| SystemLink {
        parent_from_link: pose,
        center_of_mass: [0.3, 0.0, 0.0],
        friction,
        limit: [-1.2, 1.2],
        ..link(SystemJoint::Revolute, parent, 1.0)
    };
    let shape = |link, form, translation| ContactShape {
        name: String::new(),
        link,
        link_from_shape: Pose {
            translation,
            ..Pose::IDENTITY
        },
        form,
    };
    let ball = || ContactForm::Sphere { radius: 0.1 };
    let cube = ContactForm::Box {
        half_extent: [0.1; 3],
    };
    let pair = |shapes| ContactPair {
        shapes,
        friction: 0.6,
        torsional_friction: 0.0,
        rolling_friction: 0.0,
        restitution: 0.2,
        compliance: None,
        rest_offset: 0.0,
    };
    let motor = |link| SystemActuator {
        name: String::new(),
        link,
        gear: 1.0,
        gain: [20.0, 0.0, 0.0],
        bias: [0.0, -20.0, -1.0],
        control_range: [-2.0, 2.0],
        effort_range: [-15.0, 15.0],
        is_acceleration: false,
        start_control: 0.0,
    };
    System {
        gravity: [0.0, 0.0, -9.81],
        time_step: 2.0e-3,
        links: vec![
            arm(None, turned, 0.0),
            arm(Some(0), further, 0.3),
            link(SystemJoint::Free, None, 0.5),
        ],
        shapes: vec![
            shape(None, ContactForm::Plane, [0.0; 3]),
            shape(Some(0), ball(), [0.4, 0.0, 0.0]),
            shape(Some(1), ball(), [0.4, 0.0, 0.0]),
            shape(Some(2), cube, [0.0; 3]),
        ],
        pairs: vec![pair([0, 1]), pair([0, 2]), pair([0, 3]), pair([2, 3])],
        loops: Vec::new(),
        couplings: Vec::new(),
        actuators: vec![motor(0), motor(1)],
        start_position: vec![0.0, 0.0, 0.8, 0.0, 0.15, 1.0, 0.0, 0.0, 0.0],
        start_velocity: vec![0.0; 8],
    }
}

/// Control signals of one env at one step.
fn signals(env: usize, step: usize) -> [f32; ACTIONS] {
    [0, 1].map(|k| {
        let [word, ..] = halle_learn::pcg4d([env as u32, k, step as u32, 3]);
        (word >> 8) as f32 / 4_194_304.0 - 2.0
    })
}

/// States after 150 steps of envs in a batch; `spoiled` gets a signal that is not a number at step 40.
fn states(envs: &[usize], threads: usize, spoiled: Option<usize>) -> (Vec<Vec<u32>>, Vec<f32>) {
    let program = Physics::new(Tree::new(system()), 1, SolverOptions::default());
    let keys = EnvKeys::new(1, KeyDomain::Training, 0, envs.len());
    let mut batch = CpuBatch::widest(Arc::new(program), keys, threads).unwrap();
    batch.begin().unwrap();
    for step in 0..150 {
        let mut actions: Vec<f32> = envs.iter().flat_map(|env| signals(*env, step)).collect();
        if let Some(at) = spoiled.filter(|_| step == 40) {
            actions[at * ACTIONS] = f32::NAN;
        }
        batch.step(&actions).unwrap();
    }
    let saved = batch.save().unwrap();
    let width = saved.len() / envs.len();
    let bits = |row: &[f32]| row.iter().map(|x| x.to_bits()).collect();
    (
        saved.chunks(width).map(bits).collect(),
        batch.block(2).to_vec(),
    )
}

/// The same bits for one thread and two, for an env among others and alone, and in another order.
#[test]
fn an_env_does_not_know_of_others() {
    let all: Vec<usize> = (0..ENVS).collect();
    let (together, faults) = states(&all, 1, None);
    assert!(faults.iter().all(|fault| *fault == 0.0), "{faults:?}");
    assert_ne!(together[0], together[1], "signals make no difference");
    assert_eq!(together, states(&all, 2, None).0, "two threads");
    for env in [0, 5, 16, 36] {
        assert_eq!(
            together[env],
            states(&[env], 1, None).0[0],
            "env {env} alone"
        );
    }
    let backwards: Vec<usize> = all.iter().rev().copied().collect();
    let mut turned = states(&backwards, 1, None).0;
    turned.reverse();
    assert_eq!(together, turned, "in another order");
}

/// A control signal that is not a number freezes its env, and no bit of another one changes.
#[test]
fn a_fault_stays_in_its_env() {
    let all: Vec<usize> = (0..ENVS).collect();
    let (sound, _) = states(&all, 1, None);
    let (spoiled, faults) = states(&all, 1, Some(7));
    for env in 0..ENVS {
        if env == 7 {
            assert!(faults[env] > 0.0);
            assert!(spoiled[env].iter().all(|x| f32::from_bits(*x).is_finite()));
        } else {
            assert_eq!(faults[env], 0.0);
            assert_eq!(spoiled[env], sound[env], "env {env}");
        }
    }
}
