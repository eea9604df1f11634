//! Sine and cosine: the stated bound, and the same bits on every kind.

use halle_lanes::{CpuLane, Lane};

use crate::kinds::{for_each_kind, map3};

/// Bound stated by [`Lane::sin_cos`], and the range in which it holds \[rad\].
const BOUND: f64 = 2.0e-7;
const RANGE: f32 = 8000.0;

/// A dense grid over the whole range, every float next to a multiple of pi/2, and small angles.
fn angles() -> Vec<f32> {
    let count = 1_500_000;
    let mut out: Vec<f32> = (0..=count)
        .map(|k| RANGE * (2.0 * k as f32 / count as f32 - 1.0))
        .collect();
    for k in -5092..=5092 {
        // pi/4 too: the seam between two polynomials.
        for quarter in [0.0, 0.5] {
            let near = ((f64::from(k) + quarter) * core::f64::consts::FRAC_PI_2) as f32;
            out.extend([near.next_down(), near, near.next_up()]);
        }
    }
    out.extend((0..200).map(|k| 0.9_f32.powi(k * 4)));
    out.retain(|x| x.abs() <= RANGE);
    out
}

fn worst<S: CpuLane<Elem = f32>>(angles: &[f32]) -> f64 {
    let sine = map3::<S>([angles, angles, angles], |x, _, _| x.sin_cos().0);
    let cosine = map3::<S>([angles, angles, angles], |x, _, _| x.sin_cos().1);
    let mut worst = 0.0_f64;
    for (k, x) in angles.iter().enumerate() {
        let (s, c) = f64::from(*x).sin_cos();
        worst = worst
            .max((f64::from(sine[k]) - s).abs())
            .max((f64::from(cosine[k]) - c).abs());
    }
    worst
}

fn within_bound<S: CpuLane<Elem = f32>>(kind: &str) {
    let worst = worst::<S>(&angles());
    assert!(worst < BOUND, "{kind}: {worst:e}");
}

#[test]
fn error_stays_within_the_stated_bound() {
    for_each_kind!(within_bound);
}

fn bits<S: CpuLane<Elem = f32>>(kind: &str) {
    // Two roundings instead of one change last bits; the bound above holds all the same.
    if kind == "portable" && !cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
        return;
    }
    let angles: Vec<f32> = angles().into_iter().step_by(7).collect();
    let sine = map3::<S>([&angles, &angles, &angles], |x, _, _| x.sin_cos().0);
    let cosine = map3::<S>([&angles, &angles, &angles], |x, _, _| x.sin_cos().1);
    for (k, x) in angles.iter().enumerate() {
        let (s, c) = Lane::sin_cos(*x);
        assert_eq!(sine[k].to_bits(), s.to_bits(), "{kind}: sine of {x}");
        assert_eq!(cosine[k].to_bits(), c.to_bits(), "{kind}: cosine of {x}");
    }
}

#[test]
fn fused_kinds_give_the_same_bits() {
    for_each_kind!(bits);
}

#[test]
fn mirror_images_and_the_unit_circle() {
    for x in angles().into_iter().step_by(11) {
        let (s, c) = Lane::sin_cos(x);
        let (t, d) = Lane::sin_cos(-x);
        // Seams between quadrants round to one side, so the mirror image may use the other polynomial.
        assert!(
            (s + t).abs() <= 1.2e-7 && (c - d).abs() <= 1.2e-7,
            "{x}: {s} {t} {c} {d}"
        );
        // sin^2 + cos^2 = 1 to three roundings.
        assert!((s.mul_add(s, c * c) - 1.0).abs() < 4.0e-7, "{x}");
    }
    assert_eq!(Lane::sin_cos(0.0_f32), (0.0, 1.0));
}
