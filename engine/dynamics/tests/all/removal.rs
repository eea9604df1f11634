//! Preston's law on a grid against closed forms of a disc under uniform pressure.
//!
//! `k_p` = 1e-13 1/Pa, F = 20 N, R = 25 mm, 3000 rpm, feed 20 mm/s: numbers by closed form.

use core::f64::consts::PI;

use halle_dynamics::{Grid, Pass, Removal, Surface};
use halle_spatial::{Transform, Vec3};

const PRESTON: f64 = 1.0e-13;
const FORCE: f64 = 20.0;
pub(crate) const R: f64 = 0.025;
const SPIN: f64 = 100.0 * PI;
pub(crate) const FEED: f64 = 0.02;

pub(crate) fn flat() -> Surface<f64> {
    let one = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    Surface {
        world_from_workpiece: Transform::constant(one, [0.0; 3]),
        terms: [0.0; 15],
        half_extent: [1.0; 2],
    }
}

/// Face down on the plane, a millimetre deep, moving along x.
pub(crate) fn pass(x: f64, y: f64, feed: f64, duration: f64) -> Pass<f64> {
    Pass {
        center: Vec3::new(x, y, -1.0e-3),
        axes: [
            Vec3::new(1.0, 0.0, 0.0),
            Vec3::new(0.0, -1.0, 0.0),
            Vec3::new(0.0, 0.0, -1.0),
        ],
        feed: [feed, 0.0],
        force: FORCE,
        mean_depth: 1.0e-3,
        preston: PRESTON,
        radius: R,
        spindle_speed: SPIN,
        duration,
        target: 1.0e-8,
        ahead: 1.0,
        fresh: false,
    }
}

fn remove(grid: &Grid, pass: &Pass<f64>, cells: &mut [f64]) -> Removal<f64> {
    crate::laws::remove(grid, &flat(), pass, cells, 0)
}

/// One pass along x at a lateral place, from well before the grid to well after it.
fn sweep(
    grid: &Grid,
    y: f64,
    feed: f64,
    step: f64,
    change: impl Fn(&mut Pass<f64>),
    cells: &mut [f64],
) {
    let reach = R * 1.1 + 0.5 * grid.cell[0] * grid.count[0] as f64;
    let count = (2.0 * reach / step).ceil() as usize;
    for k in 0..count {
        let x = (k as f64 + 0.5 - 0.5 * count as f64) * step;
        let mut pass = pass(x, y, feed, step / feed);
        change(&mut pass);
        remove(grid, &pass, cells);
    }
}

/// Depth at a distance from the middle of a pass over the depth in its middle, closed form:
/// x0 / R + (y / R)^2 ln((x0 + R) / |y|) with x0 = sqrt(R^2 - y^2).
pub(crate) fn profile(y: f64) -> f64 {
    let u = (y / R).abs();
    if u >= 1.0 {
        return 0.0;
    }
    if u == 0.0 {
        return 1.0;
    }
    let x0 = (1.0 - u * u).sqrt();
    x0 + u * u * ((x0 + 1.0) / u).ln()
}

/// Depth in the middle of a pass: `k_p F w / (pi v_f)`.
pub(crate) fn middle() -> f64 {
    PRESTON * FORCE * SPIN / (PI * FEED)
}

#[test]
fn closed_form_has_the_published_values() {
    assert!((middle() - 1.0e-8).abs() < 1.0e-16);
    for (y, h) in [
        (0.25, 1.097_210_5),
        (0.5, 1.195_264_9),
        (0.75, 1.108_830_8),
        (0.9, 0.814_277_6),
    ] {
        // Seven decimals, the last of them unsure.
        assert!((profile(y * R) - h).abs() < 2.0e-7, "{y}");
    }
}

#[test]
fn disc_pass_leaves_the_closed_profile() {
    // Cells of 0.1 mm. Away from the rim the grid's errors are of second order, (cell / R)^2. The feed adds
    // to the sliding on one side and takes off on the other: v_f / (w R) = 0.25 % of
    // the middle times the profile's slope, which the mean of both sides does not have.
    let size = 1.0e-4;
    let grid = Grid::over([size, 0.028], size);
    let mut cells = vec![0.0; grid.len()];
    sweep(&grid, 0.0, FEED, 1.0e-4, |_| {}, &mut cells);
    let (mut worst, mut skew) = (0.0_f64, 0.0_f64);
    let mut area = 0.0;
    for row in 0..grid.count[1] {
        let y = grid.first[1] + row as f64 * grid.cell[1];
        let h = cells[row * grid.count[0]];
        area += h * grid.cell[1];
        let other = cells[(grid.count[1] - 1 - row) * grid.count[0]];
        let off = (0.5 * (h + other) / middle() - profile(y)).abs();
        if y.abs() < 0.95 * R {
            worst = worst.max(off);
            skew = skew.max((h - other).abs() / (2.0 * middle()));
        }
        // At the very rim the profile falls like sqrt(2 (R - y) / R): half a cell's worth.
        assert!(off < 0.05, "y {y}: {h:e}");
    }
    println!(
        "disc pass, 0.1 mm cells: off by {worst:.1e} of the middle, sides differ by {skew:.1e}"
    );
    assert!(worst < 1.0e-3, "{worst}");
    assert!(skew < 2.0 * FEED / (SPIN * R), "{skew}");
    // Section area 2/3 k_p F w R / v_f = 5.235988e-10 m^2, whatever the grid does at the rim.
    let exact = 5.235_988e-10;
    println!("section area off by {:.1e}", area / exact - 1.0);
    assert!((area / exact - 1.0).abs() < 2.0e-4, "{area:e}");
}

#[test]
fn spot_removes_the_volume_of_the_integral() {
    // V = k_p F w (2 R / 3) t: 0.1047198 mm^3 in ten seconds; 0.04 um deep at R / 2.
    let size = 2.5e-4;
    let grid = Grid::over([0.03, 0.03], size);
    let mut cells = vec![0.0; grid.len()];
    let told = remove(&grid, &pass(0.0, 0.0, 0.0, 10.0), &mut cells);
    let volume = cells.iter().sum::<f64>() * grid.cell_area();
    let exact = 1.047_197_6e-10;
    // Midpoint sums with a linear ramp at the rim: second order in cell / R = 1/100.
    assert!((volume / exact - 1.0).abs() < 1.0e-4, "{volume:e}");
    assert!((told.volume / volume - 1.0).abs() < 1.0e-12);
    let row = grid.count[1] / 2;
    let y = grid.first[1] + row as f64 * grid.cell[1];
    for (column, h) in cells[row * grid.count[0]..][..grid.count[0]]
        .iter()
        .enumerate()
    {
        let r = (grid.first[0] + column as f64 * grid.cell[0]).hypot(y);
        if r < R - size {
            assert!(
                (h - 4.0e-8 * r / (0.5 * R)).abs() < 1.0e-20,
                "linear in r, exactly: {r}"
            );
        }
    }
}

/// Mean, standard deviation over mean and peak-to-valley over mean.
fn ripple(depths: &[f64]) -> [f64; 3] {
    let n = depths.len() as f64;
    let mean = depths.iter().sum::<f64>() / n;
    let high = depths.iter().copied().fold(0.0, f64::max);
    let low = depths.iter().copied().fold(f64::MAX, f64::min);
    let square = depths.iter().map(|h| (h - mean) * (h - mean)).sum::<f64>() / n;
    [mean, square.sqrt() / mean, (high - low) / mean]
}

/// Passes side by side, superposed in closed form.
fn raster(y: f64, step: f64) -> f64 {
    let lines = (R / step).ceil() as i32 + 1;
    (-lines..=lines)
        .map(|k| middle() * profile(y - f64::from(k) * step))
        .sum()
}

#[test]
fn raster_leaves_the_known_ripple() {
    // Step over R; peak-to-valley and standard deviation over mean [%]; mean = section area / step [um].
    // Evaluated from the closed form, valleys right at the rims, deviations as integrals over one period.
    let rows = [
        (0.25, 8.822, 2.004, 0.083_776),
        (0.5, 24.388, 5.492, 0.041_888),
        (1.0, 66.393, 14.738, 0.020_944),
        (1.5, 87.209, 32.029, 0.013_963),
    ];
    for (ratio, valley, deviation, average) in rows {
        let step = ratio * R;
        // The closed form, sampled finely and right at the edges of the passes.
        let count = 20_000;
        let mut places: Vec<f64> = (0..count)
            .map(|k| ((f64::from(k) + 0.5) / f64::from(count) - 0.5) * step)
            .collect();
        let [mean, spread, _] =
            ripple(&places.iter().map(|y| raster(*y, step)).collect::<Vec<_>>());
        places.push((R / step).fract() * step - if (R / step).fract() > 0.5 { step } else { 0.0 });
        places.extend([0.0, 1.0e-9, 0.5 * step]);
        let [_, _, deep] = ripple(&places.iter().map(|y| raster(*y, step)).collect::<Vec<_>>());
        assert!((mean * 1.0e6 - average).abs() < 1.0e-6);
        assert!((100.0 * spread - deviation).abs() < 1.0e-3);
        assert!((100.0 * deep - valley).abs() < 0.01, "{ratio}: {deep}");

        // The grid, one period wide, on cells that divide it.
        let size = step / (step / 1.25e-4).round();
        let grid = Grid::over([0.5 * size, 0.5 * step], size);
        let mut cells = vec![0.0; grid.len()];
        let lines = (R / step).ceil() as i32 + 1;
        for line in -lines..=lines {
            sweep(
                &grid,
                f64::from(line) * step,
                FEED,
                size,
                |_| {},
                &mut cells,
            );
        }
        let told = ripple(&cells);
        let rows = 0..grid.count[1];
        let sampled: Vec<f64> = rows
            .map(|k| raster(grid.first[1] + k as f64 * grid.cell[1], step))
            .collect();
        let [_, _, seen] = ripple(&sampled);
        println!(
            "raster {ratio} R: deviation {:.3} %, ripple {:.2} % ({:.2} % at cell centres), mean off by {:.1e}",
            100.0 * told[1],
            100.0 * told[2],
            100.0 * seen,
            told[0] / mean - 1.0
        );
        // Mean: the section area, second order. Deviation and ripple lose at the sharp valleys where a
        // rim runs: the ramp is a cell wide, 0.5 % of R, and the valley falls like a square root.
        assert!((told[0] / mean - 1.0).abs() < 2.0e-4, "{told:?}");
        assert!((told[1] / spread - 1.0).abs() < 0.01, "{told:?} {spread}");
        assert!((told[2] / seen - 1.0).abs() < 0.04, "{told:?} {seen}");
    }
}

#[test]
fn removal_is_linear() {
    let grid = Grid::over([0.002, 0.03], 5.0e-4);
    let run = |feed: f64, change: &dyn Fn(&mut Pass<f64>)| {
        let mut cells = vec![0.0; grid.len()];
        sweep(&grid, 0.0, feed, 2.0e-4, change, &mut cells);
        cells
    };
    let base = run(FEED, &|_| {});
    let check = |name: &str, cells: Vec<f64>, factor: f64, tolerance: f64| {
        for (a, b) in base.iter().zip(cells) {
            assert!(
                (b - factor * a).abs() <= tolerance * middle(),
                "{name}: {b:e} {a:e}"
            );
        }
    };
    // Proportional by construction: exact to rounding.
    check("force", run(FEED, &|p| p.force *= 2.0), 2.0, 1.0e-13);
    check(
        "coefficient",
        run(FEED, &|p| p.preston *= 3.0),
        3.0,
        1.0e-13,
    );
    check("dwell", run(FEED, &|p| p.duration *= 2.0), 2.0, 1.0e-13);
    check(
        "depth of a rigid offset",
        run(FEED, &|p| {
            p.center.z *= 2.0;
            p.mean_depth *= 2.0;
        }),
        1.0,
        1.0e-13,
    );
    // Spin and feed also turn the sliding speed: v_f / (w R) = 0.25 % in the middle, squared elsewhere.
    check("spin", run(FEED, &|p| p.spindle_speed *= 2.0), 2.0, 5.0e-3);
    check("feed", run(2.0 * FEED, &|_| {}), 0.5, 5.0e-3);
    // No pressure, no removal; tension removes nothing either.
    check("no force", run(FEED, &|p| p.force = -3.0), 0.0, 0.0);
}

#[test]
fn shipped_cells_keep_the_volume() {
    // 10 mm cells under a disc of 37.5 mm: the rim's ramp is a quarter of the radius wide, so the volume of a
    // control step depends on where the disc stands between cells. A pass averages that along
    // its way; across it remains.
    let size = 0.01;
    let grid = Grid::over([0.1, 0.1], size);
    let exact = PRESTON * FORCE * SPIN * 2.0 / 3.0 * 0.0375;
    let mut worst_spot = 0.0_f64;
    let mut worst_pass = 0.0_f64;
    for j in 0..8 {
        let mut sum = 0.0;
        for i in 0..8 {
            let [x, y] = [i, j].map(|k| f64::from(k) * size / 8.0);
            let mut cells = vec![0.0; grid.len()];
            let told = remove(
                &grid,
                &Pass {
                    radius: 0.0375,
                    ..pass(x, y, 0.0, 1.0)
                },
                &mut cells,
            );
            worst_spot = worst_spot.max((told.volume / exact - 1.0).abs());
            sum += told.volume / 8.0;
        }
        worst_pass = worst_pass.max((sum / exact - 1.0).abs());
    }
    println!(
        "10 mm cells: volume of a spot off by up to {worst_spot:.3}, of a pass {worst_pass:.3}"
    );
    assert!(worst_spot < 0.05, "{worst_spot}");
    assert!(worst_pass < 0.03, "{worst_pass}");
}
