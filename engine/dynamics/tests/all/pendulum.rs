//! Pendulums through the integrator.
//!
//! Reference numbers come from closed forms (elliptic integrals, energy) or from a reference
//! integration of high order; g = 9.81 m/s^2.

use halle_model::{JointKind, Link, Model, Pose};

use crate::cells::{G, free_link, rpy, untouched};
use crate::dense::energy;
use crate::laws::{at, positions, rest, run, velocities};

/// Joint axis along world y, link x axis hanging down: q is the angle from the vertical.
const HANGING: [[f64; 3]; 3] = [[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]];

/// A point mass of 1 kg at 1 m, on the base or on the end of another.
fn bob(parent: Option<usize>) -> Link {
    let place = match parent {
        None => Pose {
            rotation: HANGING,
            translation: [0.0; 3],
        },
        Some(_) => rpy(0.0, 0.0, 0.0, [1.0, 0.0, 0.0]),
    };
    Link {
        center_of_mass: [1.0, 0.0, 0.0],
        ..free_link(parent, JointKind::Revolute, place)
    }
}

fn single(time_step: f64) -> Model {
    untouched(time_step, vec![bob(None)])
}

/// A slender rod of 1 kg and 1 m, hung at its end.
fn rod(time_step: f64) -> Model {
    let mut model = single(time_step);
    model.links[0].center_of_mass = [0.5, 0.0, 0.0];
    let across = 1.0 / 12.0;
    model.links[0].inertia = [0.0, across, across, 0.0, 0.0, 0.0];
    model
}

fn double(time_step: f64) -> Model {
    untouched(time_step, vec![bob(None), bob(Some(0))])
}

/// Time between the first and the third passage through the vertical, and the largest speed.
fn swing(model: &Model, amplitude: f64) -> (f64, f64) {
    let reference = rest(model);
    let mut state = at::<f64>(&[amplitude], &[0.0]);
    let mut passages = Vec::new();
    let mut fastest = 0.0_f64;
    for k in 0..1_000_000 {
        let before = state.q[0];
        run(model, &reference, &mut state, 1);
        fastest = fastest.max(state.qd[0].abs());
        if before * state.q[0] < 0.0 {
            // No acceleration at the vertical, so a straight line is good to third order.
            let part = before / (before - state.q[0]);
            passages.push((f64::from(k) + part) * model.time_step);
            if passages.len() == 3 {
                return (passages[2] - passages[0], fastest);
            }
        }
    }
    panic!("does not swing");
}

#[test]
fn period_of_a_single_pendulum_at_any_amplitude() {
    // T / T0 = 2 K(sin(amplitude / 2)) / pi, closed form; T0 = 2 pi sqrt(L / g).
    let t0 = 2.006_067;
    assert!((t0 - 2.0 * core::f64::consts::PI / G.sqrt()).abs() < 1.0e-6);
    let rows = [
        (5.0, 1.000_476_172),
        (10.0, 1.001_907_188),
        (20.0, 1.007_669_026),
        (30.0, 1.017_408_798),
        (45.0, 1.039_973_343),
        (60.0, 1.073_182_007),
        (90.0, 1.180_340_599),
        (120.0, 1.372_880_501),
        (150.0, 1.762_203_730),
        (170.0, 2.439_362_720),
    ];
    // The steps are those of Verlet seen half a kick aside, so periods are good to second order:
    // (w dt)^2 / 24 = 7e-6 at 240 Hz, times what the amplitude makes of it.
    for (degrees, ratio) in rows {
        let (period, _) = swing(&single(1.0 / 240.0), f64::to_radians(degrees));
        let off = period / (t0 * ratio) - 1.0;
        println!("{degrees} deg: period off by {off:.1e}");
        let tolerance = if degrees > 140.0 { 1.0e-3 } else { 1.0e-4 };
        assert!(off.abs() < tolerance, "{degrees} deg: {off:e}");
    }
}

#[test]
fn error_of_the_period_falls_with_the_square_of_the_step() {
    let exact = 2.0 * core::f64::consts::PI / G.sqrt() * 1.017_408_798;
    let error = |rate: f64| swing(&single(1.0 / rate), 30.0_f64.to_radians()).0 - exact;
    let (coarse, fine) = (error(60.0), error(120.0));
    // The reference has nine digits: errors of 1e-4 s are known to 1e-5 of themselves. Near 90 deg
    // the second-order terms cancel, hence 30 deg.
    assert!((coarse / fine - 4.0).abs() < 0.2, "{coarse:e} {fine:e}");
}

#[test]
fn pendulum_let_go_from_the_horizontal() {
    // Point mass: v = sqrt(2 g L) = 4.429447 m/s, T = 2.367842 s. Rod: w = sqrt(3 g / L).
    let (period, fastest) = swing(&single(1.0 / 1000.0), core::f64::consts::FRAC_PI_2);
    assert!((period / 2.367_842 - 1.0).abs() < 1.0e-5, "{period}");
    // Speed is a first-order result: half a step of gravity at release.
    assert!((fastest / 4.429_447 - 1.0).abs() < 1.0e-3, "{fastest}");
    let (_, fastest) = swing(&rod(1.0 / 1000.0), core::f64::consts::FRAC_PI_2);
    assert!((fastest / 5.424_942 - 1.0).abs() < 1.0e-3, "{fastest}");
    // Small swings of the rod: T = 2 pi sqrt(2 L / 3 g) = 1.637947 s; 1 deg adds 2e-5 of it.
    let (period, _) = swing(&rod(1.0 / 1000.0), 1.0_f64.to_radians());
    assert!((period / 1.637_947 - 1.0).abs() < 5.0e-5, "{period}");
}

/// Angles from the vertical and their rates at time `t`.
fn double_at(start: f64, time_step: f64, t: f64) -> [f64; 4] {
    let model = double(time_step);
    let mut state = at::<f64>(&[start, 0.0], &[0.0; 2]);
    run(
        &model,
        &rest(&model),
        &mut state,
        (t / time_step).round() as usize,
    );
    [
        state.q[0],
        state.q[0] + state.q[1],
        state.qd[0],
        state.qd[0] + state.qd[1],
    ]
}

/// Start \[deg\], time \[s\], angles \[rad\] and rates \[rad/s\] of two unit masses on unit rods: reference
/// integration by a Runge-Kutta scheme of fourth order with steps of 25 us and 50 us.
const DOUBLE: [(f64, f64, [f64; 4]); 5] = [
    (90.0, 0.5, [0.570_472, 1.203_875, -2.789_646, -3.188_063]),
    (90.0, 1.0, [-0.625_088, -1.034_585, -3.922_280, -1.303_099]),
    (90.0, 2.0, [-0.482_972, -1.324_049, 3.065_288, 2.949_272]),
    (10.0, 1.0, [-0.086_724, -0.186_433, -0.178_437, -0.434_501]),
    (10.0, 5.0, [0.103_188, 0.201_528, 0.294_934, 0.154_367]),
];

fn worst(a: [f64; 4], b: [f64; 4]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

#[test]
fn integrator_is_of_first_order() {
    // Halving the step halves the error; extrapolating to no step meets the reference.
    for (start, t, expected) in DOUBLE {
        let start = f64::to_radians(start);
        let at = |steps: f64| double_at(start, 0.5 / steps, t);
        let (a, b, c) = (at(1000.0), at(2000.0), at(4000.0));
        let ratio = worst(a, expected) / worst(b, expected);
        assert!(
            (ratio - 2.0).abs() < 0.1,
            "{start} rad, {t} s: error falls by {ratio}"
        );
        // Twice: the terms of first and second order are gone, what is left is of third.
        let once = |a: [f64; 4], b: [f64; 4]| core::array::from_fn(|i| 2.0 * b[i] - a[i]);
        let (ab, bc): ([f64; 4], [f64; 4]) = (once(a, b), once(b, c));
        let limit = core::array::from_fn(|i| (4.0 * bc[i] - ab[i]) / 3.0);
        let off = worst(limit, expected);
        println!(
            "{:.0} deg, {t} s: off by {:.1e} at 0.125 ms, {off:.1e} extrapolated",
            start.to_degrees(),
            worst(c, expected)
        );
        // The references carry six decimals; the third-order rest is below 1e-6.
        assert!(off < 1.5e-6, "{start} rad, {t} s: {off:e}");
    }
}

#[test]
fn modes_of_the_double_pendulum() {
    // w^2 = g (2 -+ sqrt 2) with the lower angle +-sqrt 2 times the upper: 2.397199, 5.787351 rad/s.
    for (sign, rate) in [(1.0, 2.397_199), (-1.0, 5.787_351)] {
        let model = double(1.0e-3);
        let upper = 1.0e-3;
        let mut state = at::<f64>(&[upper, (sign * 2.0_f64.sqrt() - 1.0) * upper], &[0.0; 2]);
        let quarter = core::f64::consts::FRAC_PI_2 / rate;
        let mut time = 0.0;
        loop {
            let before = state.q[0];
            run(&model, &rest(&model), &mut state, 1);
            if state.q[0] <= 0.0 {
                time += model.time_step * before / (before - state.q[0]);
                break;
            }
            time += model.time_step;
        }
        // The start is seen half a step aside: 0.5 ms of a quarter period.
        let off: f64 = time - quarter;
        assert!(off.abs() < 0.6e-3, "{rate} rad/s: {time} is not {quarter}");
    }
}

/// Range of the energy relative to `scale` over a time window.
fn energy_range(model: &Model, start: &[f64], seconds: f64, scale: f64) -> [f64; 2] {
    let none = vec![0.0; start.len()];
    let mut state = at::<f64>(start, &none);
    let first = energy(model, start, &none);
    let mut range = [0.0_f64; 2];
    for _ in 0..(seconds / model.time_step).round() as usize {
        run(model, &rest(model), &mut state, 1);
        let now = energy(model, &positions(model, &state), &velocities(model, &state));
        range = [
            range[0].min((now - first) / scale),
            range[1].max((now - first) / scale),
        ];
    }
    range
}

#[test]
fn energy_of_a_single_pendulum_is_bounded() {
    // With a constant mass the scheme is symplectic: the energy oscillates by
    // dt / 2 * |qd dU/dq| and does not drift. At 240 Hz from 90 deg that is 0.6 % of m g L either way.
    let model = single(1.0 / 240.0);
    let start = [core::f64::consts::FRAC_PI_2];
    let short = energy_range(&model, &start, 5.0, G);
    let long = energy_range(&model, &start, 100.0, G);
    println!("energy of the single pendulum, 5 s {short:.5?}, 100 s {long:.5?}");
    assert!(long[1] - long[0] < 0.012, "{long:?}");
    // Twenty times as long: the same band, to its own sampling.
    for k in 0..2 {
        assert!((long[k] - short[k]).abs() < 1.0e-3, "{short:?} {long:?}");
    }
}

#[test]
fn energy_of_a_double_pendulum_drifts_with_the_step() {
    // The mass matrix depends on the posture, so the scheme is not symplectic there: the drift over
    // ten seconds is of first order in the step.
    let drift = |rate: f64| {
        let start = [90.0_f64.to_radians(), 0.0];
        let range = energy_range(&double(1.0 / rate), &start, 10.0, 3.0 * G);
        range[0].abs().max(range[1].abs())
    };
    let (coarse, fine) = (drift(4000.0), drift(8000.0));
    println!(
        "energy of the double pendulum over 10 s: {coarse:.1e} at 0.25 ms, {fine:.1e} at half"
    );
    assert!(coarse < 1.0e-2, "{coarse}");
    assert!(fine < 0.7 * coarse, "{coarse} {fine}");
}
