//! Motion in contact.

use halle_lanes::{Elem, Lane};
use halle_model::articulated::ContactForm;

use crate::systems::{G, Run, add_body, add_ground, add_pair, empty};

/// A cube of 0.2 m.
const BLOCK: ContactForm = ContactForm::Box {
    half_extent: [0.1; 3],
};

/// Creep \[m\] and gain of speed \[m/s\] of a block on a slope within a second, and its height above rest.
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

/// T3a. A block holds where the slope is flatter than its friction. Asked: less than 0.01 mm/s of
/// creep; a rigid contact has none but rounding.
#[test]
fn block_holds_on_a_slope() {
    for (creep, speed, height) in [incline::<f64, f64>(20.0), incline::<f32, f32>(20.0)] {
        assert!(
            creep.abs() < 1.0e-8 && speed.abs() < 1.0e-8,
            "{creep:e} {speed:e}"
        );
        assert!(height.abs() < 1.0e-7, "{height:e}");
    }
}

/// T3b. Beyond it slides with g (sin a - mu cos a). Asked: 0.5 %.
#[test]
fn block_slides_down_a_slope() {
    let a = 35.0_f64.to_radians();
    let exact = G * (a.sin() - 0.5 * a.cos());
    let double = incline::<f64, f64>(35.0).1 / exact - 1.0;
    let single = incline::<f32, f32>(35.0).1 / exact - 1.0;
    assert!(double.abs() < 1.0e-5, "{double:e}");
    assert!(single.abs() < 2.0e-4, "{single:e}");
}

/// Largest sink of two boxes on each other \[m\], and the sum of contact forces over what statics asks.
fn stacked<S: Lane<Elem = E> + Into<f64>, E: Elem>(ratio: f64) -> [f64; 2] {
    let mut system = empty(1.0e-3, [0.0, 0.0, -G]);
    let ground = add_ground(&mut system);
    add_body(&mut system, BLOCK, 1.0, [0.0, 0.0, 0.1], [0.0; 6]);
    add_body(&mut system, BLOCK, ratio, [0.0, 0.0, 0.3], [0.0; 6]);
    add_pair(&mut system, [ground, 1], 0.5, 0.0);
    add_pair(&mut system, [1, 2], 0.5, 0.0);
    let mut run = Run::<S>::new(system);
    let (mut worst, mut force) = (0.0_f64, 0.0);
    for k in 0..1500 {
        run.steps(1);
        worst = worst.max(0.1 - run.q(2)).max(0.3 - run.q(9));
        if k >= 1000 {
            force += run.normal / 1.0e-3 / 500.0;
        }
    }
    [worst, force / (G * (1.0 + 2.0 * ratio))]
}

/// T4. A light box under one that is heavier by a factor. Asked: a sink of less than 1 mm at 100 and
/// 2 mm at 1,000. The floor carries both and the lower box the upper one: the scale shows the weight.
#[test]
fn light_box_carries_a_heavy_one() {
    for (ratio, sink) in [
        (1.0, 1.0e-7),
        (10.0, 1.0e-6),
        (100.0, 1.0e-5),
        (1000.0, 2.0e-4),
    ] {
        for [worst, force] in [stacked::<f64, f64>(ratio), stacked::<f32, f32>(ratio)] {
            assert!(worst < sink, "{ratio}: {worst:e} m");
            assert!((force - 1.0).abs() < 1.0e-3, "{ratio}: {force}");
        }
    }
}

/// T5. A ball that is thrown flat slides until it rolls: at 5/7 of its speed, after 2 v / (7 mu g).
/// Asked: 0.1 % and one step.
#[test]
fn sliding_ball_begins_to_roll() {
    let (h, v, mu) = (1.0e-3, 2.0, 0.3);
    let mut system = empty(h, [0.0, 0.0, -G]);
    let ground = add_ground(&mut system);
    let ball = ContactForm::Sphere { radius: 0.1 };
    add_body(
        &mut system,
        ball,
        1.0,
        [0.0, 0.0, 0.1],
        [0.0, 0.0, 0.0, v, 0.0, 0.0],
    );
    add_pair(&mut system, [ground, 1], mu, 0.0);
    let mut run = Run::<f64>::new(system);
    let mut rolls = None;
    for k in 1..=1000 {
        run.steps(1);
        // It turns about y only, which stays the link's own.
        if rolls.is_none() && (run.v(3) - run.v(1) * 0.1).abs() < 1.0e-9 {
            rolls = Some(f64::from(k) * h);
        }
    }
    assert!((run.v(3) / (5.0 / 7.0 * v) - 1.0).abs() < 1.0e-9);
    let exact = 2.0 * v / (7.0 * mu * G);
    assert!((rolls.unwrap() - exact).abs() <= h, "{rolls:?} {exact}");
}

/// T6. A ball dropped from 1 m comes back to e^2 of the height. Asked: 0.5 %; the second bounce of a case in
/// print (e = 0.7: 0.2401 m) within 2 %.
#[test]
fn dropped_ball_bounces() {
    for e in [1.0, 0.7, 0.5] {
        let mut system = empty(1.0e-3, [0.0, 0.0, -G]);
        let ground = add_ground(&mut system);
        let ball = ContactForm::Sphere { radius: 0.1 };
        add_body(&mut system, ball, 1.0, [0.0, 0.0, 1.1], [0.0; 6]);
        add_pair(&mut system, [ground, 1], 0.0, e);
        let mut run = Run::<f64>::new(system);
        let (mut apexes, mut before) = (Vec::new(), (0.0, 0.0));
        for _ in 0..2200 {
            run.steps(1);
            let now = (run.q(2) - 0.1, run.v(5));
            if before.1 > 0.0 && now.1 <= 0.0 {
                apexes.push(before.0);
            }
            before = now;
            assert!(now.0 > -1.0e-4, "{e}: {} m deep", -now.0);
        }
        let square: f64 = e * e;
        assert!((apexes[0] / square - 1.0).abs() < 5.0e-3, "{e}: {apexes:?}");
        assert!(
            (apexes[1] / (square * square) - 1.0).abs() < 2.0e-2,
            "{e}: {apexes:?}"
        );
    }
}

/// T7. Friction is the same in all directions. Asked: 0.5 % and 0.1 degrees, for a cube and a slab pushed at
/// one and a half times its friction.
#[test]
fn friction_has_no_direction() {
    for half_height in [0.1, 0.02] {
        for degrees in [0.0_f64, 22.5, 45.0] {
            let mut system = empty(1.0e-3, [0.0, 0.0, -G]);
            let ground = add_ground(&mut system);
            let half_extent = [0.1, 0.1, half_height];
            let form = ContactForm::Box { half_extent };
            add_body(&mut system, form, 1.0, [0.0, 0.0, half_height], [0.0; 6]);
            add_pair(&mut system, [ground, 1], 0.5, 0.0);
            let mut run = Run::<f64>::new(system);
            run.steps(300);
            let (sin, cos) = degrees.to_radians().sin_cos();
            let push = 1.5 * 0.5 * G;
            (run.outside[3], run.outside[4]) = (push * cos, push * sin);
            run.steps(500);
            let (x, y) = (run.v(3), run.v(4));
            let speed = x.hypot(y) / (0.5 * 0.5 * 0.5 * G) - 1.0;
            let turned = y.atan2(x).to_degrees() - degrees;
            assert!(
                speed.abs() < 1.0e-6 && turned.abs() < 1.0e-4,
                "{speed:e} {turned:e}"
            );
        }
    }
}
