//! Gravity compensation.

use halle_dynamics::{forward_kinematics, gravity_compensation};
use halle_spatial::Wrench;

use crate::arms::{home, six_axes};
use crate::cells::random_tree;
use crate::dense::gravity_terms;
use crate::laws::{accelerate, at, follow, run};
use crate::stream::Stream;

#[test]
fn compensation_is_the_slope_of_the_potential_energy() {
    let mut random = Stream::new(201);
    for _ in 0..100 {
        let model = random_tree(&mut random);
        let q = random.list(model.links.len(), 3.0);
        let torque = gravity_compensation(&model, &forward_kinematics(&model, &q));
        let expected = gravity_terms(&model, &q);
        // Differences of fourth order with h = 1e-3: 1e-12 of energies of up to 1000 J.
        for i in 0..model.links.len() {
            assert!(
                (torque[i] - expected[i]).abs() < 1.0e-9,
                "{} {}",
                torque[i],
                expected[i]
            );
        }
    }
}

#[test]
fn compensated_tree_at_rest_stays_at_rest() {
    let mut random = Stream::new(202);
    for _ in 0..100 {
        let model = random_tree(&mut random);
        let count = model.links.len();
        let q = random.list(count, 3.0);
        let torque = gravity_compensation(&model, &forward_kinematics(&model, &q));
        let torque: Vec<f64> = (0..count).map(|i| torque[i]).collect();
        let none = vec![0.0; count];
        let qdd = accelerate(&model, [&q, &none, &torque, &none], &Wrench::zero());
        // Cancels forces of up to 1000 N over inertias down to 0.01: 1e-16 * 1e3 / 1e-2.
        for a in qdd {
            assert!(a.abs() < 1.0e-10, "{a:e}");
        }
    }
}

#[test]
fn compensated_arm_does_not_sag() {
    // Drives with compensation fed forward: a second at rest moves nothing.
    let model = six_axes();
    let q = home(&model);
    let torque = gravity_compensation(&model, &forward_kinematics::<f64>(&model, &q));
    let torque: Vec<f64> = (0..6).map(|i| torque[i]).collect();
    let mut state = at::<f64>(&q, &[0.0; 6]);
    run(&model, &follow(&q, &[0.0; 6], &torque), &mut state, 500);
    for i in 0..6 {
        assert!(
            (state.q[i] - q[i]).abs() < 1.0e-13,
            "joint {i}: {}",
            state.q[i] - q[i]
        );
    }
}
