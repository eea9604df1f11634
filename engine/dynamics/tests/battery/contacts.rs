//! Motion in contact.

use halle_lanes::Elem;
use halle_lanes::Lane;
use halle_model::articulated::ContactForm;

use crate::systems::{G, Run, add_body, add_ground, add_pair, empty};

const BLOCK: ContactForm = ContactForm::Box {
    half_extent: [0.1; 3],
};

fn incline<S: Lane<Elem = E> + Into<f64>, E: Elem>(degrees: f64) -> (f64, f64, f64) {
    let a = degrees.to_radians();
    let mut system = empty(1.0e-3, [G * a.sin(), 0.0, -G * a.cos()]);
    let ground = add_ground(&mut system);
    add_body(&mut system, BLOCK, 1.0, [0.0, 0.0, 0.1], [0.0; 6]);
    add_pair(&mut system, [ground, 1], 0.5, 0.0);
    let mut run = Run::<S>::new(system);
    run.steps(500);
    let (x, v) = (run.q(0), run.v(3));
    run.steps(1000);
    (run.q(0) - x, run.v(3) - v, run.q(2) - 0.1)
}

#[test]
fn t3_incline() {
    println!(
        "T3a f64 {:?} f32 {:?}",
        incline::<f64, f64>(20.0),
        incline::<f32, f32>(20.0)
    );
    let exact = G * (35f64.to_radians().sin() - 0.5 * 35f64.to_radians().cos());
    println!(
        "T3b {:.6} {:.6}",
        incline::<f64, f64>(35.0).1 / exact - 1.0,
        incline::<f32, f32>(35.0).1 / exact - 1.0
    );
}

fn stacked<S: Lane<Elem = E> + Into<f64>, E: Elem>(ratio: f64) -> (f64, f64, f64) {
    let mut system = empty(1.0e-3, [0.0, 0.0, -G]);
    let ground = add_ground(&mut system);
    add_body(&mut system, BLOCK, 1.0, [0.0, 0.0, 0.1], [0.0; 6]);
    add_body(&mut system, BLOCK, ratio, [0.0, 0.0, 0.3], [0.0; 6]);
    add_pair(&mut system, [ground, 1], 0.5, 0.0);
    add_pair(&mut system, [1, 2], 0.5, 0.0);
    let mut run = Run::<S>::new(system);
    let mut worst: f64 = 0.0;
    for _ in 0..3000 {
        run.steps(1);
        worst = worst.max(0.1 - run.q(2)).max(0.3 - run.q(9));
    }
    (
        worst * 1e3,
        (0.3 - run.q(9)) * 1e3,
        run.normal / 1e-3 / (G * (1.0 + ratio)),
    )
}

#[test]
fn t4_mass_ratio() {
    for ratio in [1.0, 10.0, 100.0, 1000.0] {
        println!(
            "T4 {ratio} f64 {:?} f32 {:?}",
            stacked::<f64, f64>(ratio),
            stacked::<f32, f32>(ratio)
        );
    }
}

#[test]
fn t5_rolling() {
    let mut system = empty(1.0e-3, [0.0, 0.0, -G]);
    let ground = add_ground(&mut system);
    let ball = ContactForm::Sphere { radius: 0.1 };
    add_body(
        &mut system,
        ball,
        1.0,
        [0.0, 0.0, 0.1],
        [0.0, 0.0, 0.0, 2.0, 0.0, 0.0],
    );
    add_pair(&mut system, [ground, 1], 0.3, 0.0);
    let mut run = Run::<f64>::new(system);
    let mut when = None;
    for k in 0..1500 {
        run.steps(1);
        // angular velocity about y in link axes: the ball turns about y only
        if when.is_none() && (run.v(3) - run.v(1) * 0.1).abs() < 2e-3 {
            when = Some(f64::from(k + 1) * 1e-3);
        }
    }
    println!(
        "T5 {:.2e} {when:?} exact {:.4}",
        run.v(3) / (5.0 / 7.0 * 2.0) - 1.0,
        2.0 * 2.0 / (7.0 * 0.3 * G)
    );
}

#[test]
fn t6_bounce() {
    for e in [1.0, 0.7, 0.5] {
        let mut system = empty(1.0e-3, [0.0, 0.0, -G]);
        let ground = add_ground(&mut system);
        let ball = ContactForm::Sphere { radius: 0.1 };
        add_body(&mut system, ball, 1.0, [0.0, 0.0, 1.1], [0.0; 6]);
        add_pair(&mut system, [ground, 1], 0.0, e);
        let mut run = Run::<f64>::new(system);
        let (mut top, mut apexes, mut rising, mut low) = (0.0_f64, Vec::new(), false, 0.0_f64);
        for _ in 0..3000 {
            run.steps(1);
            low = low.max(0.1 - run.q(2));
            let up = run.v(5) > 0.0;
            if rising && !up {
                apexes.push((top * 1e4).round() / 1e4);
            }
            top = if up { run.q(2) - 0.1 } else { 0.0 };
            rising = up;
        }
        apexes.truncate(5);
        println!("T6 e {e}: {apexes:?} deepest {low:.2e}");
    }
}

#[test]
fn t7_isotropy() {
    for h in [0.1, 0.02] {
        for degrees in [0.0_f64, 22.5, 45.0] {
            let mut system = empty(1.0e-3, [0.0, 0.0, -G]);
            let ground = add_ground(&mut system);
            let form = ContactForm::Box {
                half_extent: [0.1, 0.1, h],
            };
            add_body(&mut system, form, 1.0, [0.0, 0.0, h], [0.0; 6]);
            add_pair(&mut system, [ground, 1], 0.5, 0.0);
            let mut run = Run::<f64>::new(system);
            run.steps(300);
            let f = 1.5 * 0.5 * G;
            run.outside[3] = f * degrees.to_radians().cos();
            run.outside[4] = f * degrees.to_radians().sin();
            run.steps(500);
            let (x, y) = (run.v(3), run.v(4));
            println!(
                "T7 {h} {degrees}: {:.2e} {:.3}",
                x.hypot(y) / 0.5 / (0.5 * 0.5 * G) - 1.0,
                y.atan2(x).to_degrees() - degrees
            );
        }
    }
}

#[test]
fn zz_trace() {
    let mut system = empty(1.0e-3, [0.0, 0.0, -G]);
    let ground = add_ground(&mut system);
    add_body(&mut system, BLOCK, 1.0, [0.0, 0.0, 0.1], [0.0; 6]);
    add_body(&mut system, BLOCK, 1000.0, [0.0, 0.0, 0.3], [0.0; 6]);
    add_pair(&mut system, [ground, 1], 0.5, 0.0);
    add_pair(&mut system, [1, 2], 0.5, 0.0);
    let mut run = Run::<f64>::new(system);
    for k in 0..400 {
        run.steps(1);
        if k < 30 || k % 20 == 0 {
            println!("Z {k} {:.3e} {:.3e} v {:.2e} {:.2e} n {:.3} w {:.1e} {:.1e} sweeps {}", run.q(2) - 0.1, run.q(9) - 0.3, run.v(5), run.v(11), run.normal / 1e-3 / (G * 1001.0), run.v(0), run.v(6), run.sweeps);
        }
    }
}
