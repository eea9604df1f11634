//! The forecast of what a raster will have removed, against closed form and outcome.

use halle_dynamics::{Grid, Pass, Plan, Removal, remove_material};
use halle_lanes::Slab;

use crate::removal::{FEED, R, flat, middle, pass, profile};

/// One cell at a place, untouched, with the pad far away and idle.
fn foreseen_at(x: f64, y: f64, plan: &Plan<f64>) -> f64 {
    let grid = Grid {
        count: [1, 1],
        cell: [1.0e-3; 2],
        first: [x, y],
    };
    let pass = Pass {
        force: 0.0,
        fresh: true,
        ..pass(-10.0, 0.0, FEED, 0.02)
    };
    let told = remove_material(&grid, &flat(), &pass, plan, &mut Slab(&mut [f64::NAN]), 0);
    // Below one, the error is what is missing to one.
    1.0 - told.foreseen[0]
}

#[test]
fn forecast_of_a_line_is_close_to_the_closed_profile() {
    // Documented: within 0.026 of the exact profile.
    let plan = Plan {
        lines: 1,
        line_y: [0.0, 1.0],
        half_line: 1.0,
        amplitude: 0.5,
        connected: 0.0,
        line: -1.0,
    };
    let (mut worst, mut area) = (0.0_f64, 0.0);
    let count = 4000;
    for k in 0..=count {
        let y = R * 1.1 * f64::from(k) / f64::from(count);
        let shape = foreseen_at(0.0, y, &plan) / plan.amplitude;
        worst = worst.max((shape - profile(y)).abs());
        area += 2.0 * shape * 1.1 / f64::from(count);
    }
    // The exact profile encloses 2 pi / 3 radii times its middle.
    let exact = core::f64::consts::PI * 2.0 / 3.0;
    println!(
        "forecast profile off by {worst:.4}, its area by {:.4}",
        area / exact - 1.0
    );
    assert!(worst < 0.026, "{worst}");
    assert!((area / exact - 1.0).abs() < 0.02, "{area}");
}

#[test]
fn only_lines_to_come_count() {
    let plan = |line: f64| Plan {
        lines: 4,
        line_y: [-0.09, 0.06],
        half_line: 1.0,
        amplitude: 0.5,
        connected: 0.0,
        line,
    };
    // Lines do not overlap here (0.06 m apart, R = 0.025 m): each is foreseen on its own until the pad
    // is on it; the pad of `foreseen_at` then stands far before x = 0, so all of it is still to come.
    for (number, y) in [-0.09, -0.03, 0.03, 0.09].into_iter().enumerate() {
        for line in 0..4 {
            let seen = foreseen_at(0.0, y, &plan(f64::from(line)));
            let expected = if number >= line as usize {
                0.5 * 1.025_559
            } else {
                0.0
            };
            assert!(
                (seen - expected).abs() < 1.0e-12,
                "line {line} at {y}: {seen}"
            );
        }
    }
    // Where a line ends its share tapers off: a half at its end, nothing a chord beyond.
    let ended = Plan {
        lines: 1,
        line_y: [0.0, 1.0],
        half_line: 0.1,
        amplitude: 0.5,
        connected: 0.0,
        line: -1.0,
    };
    let full = foreseen_at(0.0, 0.0, &ended);
    assert!((foreseen_at(0.1, 0.0, &ended) - 0.5 * full).abs() < 1.0e-12);
    assert!(foreseen_at(0.1 + R, 0.0, &ended).abs() < 1.0e-12);
    assert!((foreseen_at(-0.1 + R, 0.0, &ended) - full).abs() < 1.0e-12);
    // No plan, no forecast.
    assert_eq!(foreseen_at(0.0, 0.0, &Plan::none()), 0.0);
}

/// Runs a raster of three lines; what was told at every step.
fn raster(
    grid: &Grid,
    lines: usize,
    spacing: f64,
    half_line: f64,
    target: f64,
) -> Vec<Removal<f64>> {
    let mut cells = vec![0.0; grid.len()];
    let first = -0.5 * (lines as f64 - 1.0) * spacing;
    let step = 2.0e-3;
    let count = (2.0 * half_line / step).round() as usize;
    let mut told = Vec::new();
    for line in 0..lines {
        let ahead = if line % 2 == 0 { 1.0 } else { -1.0 };
        for k in 0..count {
            let x = ahead * ((k as f64 + 0.5) * step - half_line);
            let y = first + line as f64 * spacing;
            let pass = Pass {
                ahead,
                target,
                ..pass(x, y, ahead * FEED, step / FEED)
            };
            let plan = Plan {
                lines,
                line_y: [first, spacing],
                half_line,
                amplitude: middle() / target,
                connected: 0.0,
                line: line as f64,
            };
            told.push(remove_material(
                grid,
                &flat(),
                &pass,
                &plan,
                &mut Slab(&mut cells),
                0,
            ));
        }
    }
    told
}

#[test]
fn forecast_meets_the_outcome() {
    // Five lines 0.75 R apart, the way overlaps are chosen; lines run past the region. The forecast at
    // every step is held against what memory says at the end.
    let grid = Grid::over([0.06, 0.03], 2.5e-3);
    let spacing = 0.75 * R;
    let target = middle() * core::f64::consts::PI * 2.0 / 3.0 * R / spacing;
    let told = raster(&grid, 5, spacing, 0.06 + R, target);
    let last = told.last().unwrap();
    let outcome = [last.error, last.coverage, last.over];
    let mut worst = [0.0_f64; 3];
    for now in &told {
        for k in 0..3 {
            worst[k] = worst[k].max((now.foreseen[k] - outcome[k]).abs());
        }
    }
    println!("outcome {outcome:.3?}; forecasts off by up to {worst:.3?}");
    assert!(
        last.coverage > 0.8,
        "a good raster covers: {}",
        last.coverage
    );
    for k in 0..3 {
        assert!(
            (last.foreseen[k] - outcome[k]).abs() < 1.0e-12,
            "nothing is to come at the end"
        );
    }
    // Profile within 0.026 and tapers of lines that overlap: twice what is seen.
    assert!(worst.iter().all(|off| *off < 0.03), "{worst:?}");
}
