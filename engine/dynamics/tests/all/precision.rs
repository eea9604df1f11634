//! The same laws in `f32` and `f64`.

use halle_dynamics::{ArmState, Reference, forward_kinematics, gravity_compensation, pad_from};
use halle_lanes::{Elem as _, Lane};
use halle_model::Model;

use crate::arms::{home, seven_axes, six_axes};
use crate::laws::{at, follow, run};

/// The arm with a curved workpiece half a millimetre into its pad.
pub(crate) fn pressed(mut model: Model) -> Model {
    let q = home(&model);
    let pad = pad_from(&model, &forward_kinematics::<f64>(&model, &q));
    let z = pad.rotation.column_z();
    // The workpiece faces the pad: its z axis is the pad's, turned over.
    let along = |v: [f64; 3]| core::array::from_fn::<f64, 3, _>(|i| v[i]);
    let x = pad.rotation.column_x();
    let y = pad.rotation.column_y();
    let o = pad.origin;
    model.workpiece.world_from_workpiece.rotation = [
        along([x.x, -y.x, -z.x]),
        along([x.y, -y.y, -z.y]),
        along([x.z, -y.z, -z.z]),
    ];
    let depth = 5.0e-4;
    model.workpiece.world_from_workpiece.translation =
        [o.x - depth * z.x, o.y - depth * z.y, o.z - depth * z.z];
    model.workpiece.surface[3] = 0.4;
    model.workpiece.surface[5] = -0.5;
    model
}

/// A control step's reference: a slow motion of every joint, gravity fed forward.
fn reference<S: Lane>(model: &Model) -> Reference<S> {
    let q = home(model);
    let torque = gravity_compensation(model, &forward_kinematics::<f64>(model, &q));
    let count = model.links.len();
    let hold: Vec<f64> = (0..count).map(|i| torque[i]).collect();
    let speed: Vec<f64> = (0..count).map(|i| 0.02 * (1.0 - 0.3 * i as f64)).collect();
    follow(&q, &speed, &hold)
}

fn after<S: Lane>(model: &Model, count: usize) -> ArmState<S> {
    let zero = vec![0.0; model.links.len()];
    let mut state = at::<S>(&home(model), &zero);
    run(model, &reference(model), &mut state, count);
    state
}

#[test]
fn single_precision_stays_close() {
    // Angles of up to 2.2 rad carry 1.2e-7 each; a pad a metre away then stands off by some 1e-7 m,
    // which 20 kN/m turn into some mN at every substep. Drives hold the arm, so the difference
    // hardly grows. Bounds are four times what is seen.
    for (name, model) in [("six", six_axes()), ("seven", seven_axes())] {
        let model = pressed(model);
        for (count, far, fast, hard) in [
            (1, 4.0e-7, 3.0e-6, 6.0e-3),
            (10, 7.0e-7, 2.0e-5, 6.0e-3),
            (100, 8.0e-6, 1.3e-4, 1.0e-2),
        ] {
            let exact = after::<f64>(&model, count);
            let single = after::<f32>(&model, count);
            let (mut angle, mut speed) = (0.0_f64, 0.0_f64);
            for i in 0..model.links.len() {
                angle = angle.max((single.q[i].to_f64() - exact.q[i]).abs());
                speed = speed.max((single.qd[i].to_f64() - exact.qd[i]).abs());
            }
            let force = (single.force_sum.to_f64() - exact.force_sum).abs() / count as f64;
            let mean = exact.force_sum / count as f64;
            println!(
                "{name} axes, {count} substeps: {angle:.1e} rad, {speed:.1e} rad/s, {force:.1e} of {mean:.1} N"
            );
            assert!(mean > 1.0, "the pad touches: {mean} N");
            assert!(
                angle < far && speed < fast && force < hard,
                "{name} axes, {count} substeps"
            );
        }
    }
}

#[test]
fn single_precision_accelerations() {
    use halle_spatial::Wrench;
    // Relative to the largest: condition of the mass matrix times 6e-8, some hundred roundings.
    let model = six_axes();
    let q = home(&model);
    let qd: Vec<f64> = (0..6).map(|i| 0.5 - 0.2 * f64::from(i)).collect();
    let torque = [20.0, -50.0, 10.0, 3.0, -2.0, 1.0];
    let extra: Vec<f64> = model.links.iter().map(|link| link.armature).collect();
    let single = |x: &[f64]| x.iter().map(|x| *x as f32).collect::<Vec<f32>>();
    let exact = crate::laws::accelerate(&model, [&q, &qd, &torque, &extra], &Wrench::zero());
    let got = crate::laws::accelerate::<f32>(
        &model,
        [&single(&q), &single(&qd), &single(&torque), &single(&extra)],
        &Wrench::zero(),
    );
    let largest = exact.iter().fold(0.0_f64, |m, a| m.max(a.abs()));
    for i in 0..6 {
        let off = (f64::from(got[i]) - exact[i]).abs() / largest;
        assert!(off < 1.0e-5, "joint {i}: {off:e}");
    }
}
