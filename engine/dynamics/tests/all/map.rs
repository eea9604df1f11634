//! What is said of the removal map, against a recount of memory.

use halle_dynamics::{Grid, PATCH_SIDE, Pass, Removal, Surface};
use halle_spatial::{Transform, Vec3};

use crate::laws::remove;
use crate::stream::Stream;

const TARGET: f64 = 1.0e-5;
const R: f64 = 0.02;

fn surface() -> Surface<f64> {
    let one = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let mut terms = [0.0; 15];
    terms[3] = 0.3;
    Surface {
        world_from_workpiece: Transform::constant(one, [0.0; 3]),
        terms,
        half_extent: [1.0; 2],
    }
}

fn pass(x: f64, y: f64, ahead: f64) -> Pass<f64> {
    Pass {
        center: Vec3::new(x, y, 0.3 * x * x - 1.0e-3),
        axes: [
            Vec3::new(1.0, 0.0, 0.0),
            Vec3::new(0.0, -1.0, 0.0),
            Vec3::new(0.0, 0.0, -1.0),
        ],
        feed: [0.03, 0.0],
        force: 20.0,
        mean_depth: 1.0e-3,
        preston: 1.0e-9,
        radius: R,
        spindle_speed: 300.0,
        duration: 0.02,
        target: TARGET,
        ahead,
        fresh: false,
    }
}

fn centers(grid: &Grid) -> Vec<[f64; 2]> {
    (0..grid.len())
        .map(|k| {
            let (column, row) = (k % grid.count[0], k / grid.count[0]);
            [
                grid.first[0] + column as f64 * grid.cell[0],
                grid.first[1] + row as f64 * grid.cell[1],
            ]
        })
        .collect()
}

/// Recounts everything from the cells before and after.
fn recount(grid: &Grid, pass: &Pass<f64>, before: &[f64], after: &[f64]) -> Removal<f64> {
    let n = grid.len() as f64;
    let mean = |f: &dyn Fn(f64) -> f64| after.iter().map(|h| f(h / TARGET)).sum::<f64>() / n;
    let share = |f: &dyn Fn(f64) -> bool| mean(&|u| if f(u) { 1.0 } else { 0.0 });
    let removed: f64 = after.iter().zip(before).map(|(a, b)| a - b).sum();
    let pitch = 0.9 * R;
    let mut patch = [0.0; PATCH_SIDE * PATCH_SIDE];
    for b in 0..3 {
        for a in 0..3 {
            let at = [
                pass.center.x + pass.ahead * (a as f64 - 1.0) * pitch,
                pass.center.y + (b as f64 - 1.0) * pitch,
            ];
            let (mut sum, mut weights) = (0.0, 0.0);
            for (cell, h) in centers(grid).iter().zip(after) {
                let tent = |k: usize| (1.0 - (cell[k] - at[k]).abs() / pitch).max(0.0);
                let weight = tent(0) * tent(1);
                sum += weight * (1.0 - h / TARGET).clamp(-1.0, 1.0);
                weights += weight;
            }
            patch[b * 3 + a] = sum / weights.max(1.0e-3);
        }
    }
    let error = mean(&|u| (u - 1.0).abs());
    let coverage = share(&|u| (0.8..=1.2).contains(&u));
    let over = share(&|u| u > 1.2);
    Removal {
        mean: mean(&|u| u),
        mean_square: mean(&|u| u * u),
        error,
        coverage,
        over,
        // Without a plan, what is there is what is foreseen.
        foreseen: [error, coverage, over],
        volume: removed * grid.cell_area(),
        patch,
    }
}

fn same(got: &Removal<f64>, expected: &Removal<f64>, name: &str) {
    // Sums of some hundred numbers within one: some hundred roundings.
    let near = |a: f64, b: f64, scale: f64| {
        assert!((a - b).abs() < 1.0e-13 * scale, "{name}: {a} is not {b}");
    };
    near(got.mean, expected.mean, 1.0);
    near(got.mean_square, expected.mean_square, 10.0);
    near(got.error, expected.error, 1.0);
    near(got.coverage, expected.coverage, 1.0);
    near(got.over, expected.over, 1.0);
    near(got.volume, expected.volume, 1.0e-8);
    for k in 0..3 {
        near(got.foreseen[k], expected.foreseen[k], 1.0);
    }
    for k in 0..PATCH_SIDE * PATCH_SIDE {
        near(got.patch[k], expected.patch[k], 10.0);
    }
}

#[test]
fn cells_tile_the_region() {
    for (half, size) in [
        ([0.1, 0.07], 0.01),
        ([0.1, 0.033], 0.01),
        ([0.004, 0.1], 0.03),
    ] {
        let grid = Grid::over(half, size);
        assert_eq!(grid.len(), grid.count[0] * grid.count[1]);
        assert!(!grid.is_empty());
        for k in 0..2 {
            let n = grid.count[k] as f64;
            assert!((n * grid.cell[k] - 2.0 * half[k]).abs() < 1.0e-15);
            // First and last centre lie half a cell inside.
            assert!((grid.first[k] + half[k] - 0.5 * grid.cell[k]).abs() < 1.0e-15);
            let last = grid.first[k] + (n - 1.0) * grid.cell[k];
            assert!((half[k] - last - 0.5 * grid.cell[k]).abs() < 1.0e-14);
        }
        assert!(
            (grid.cell_area() * grid.len() as f64 / (4.0 * half[0] * half[1]) - 1.0).abs()
                < 1.0e-13
        );
    }
}

#[test]
fn what_is_told_is_what_memory_holds() {
    let mut random = Stream::new(601);
    let grid = Grid::over([0.06, 0.04], 0.005);
    let offset = 7;
    for round in 0..100 {
        let mut memory: Vec<f64> = (0..offset + grid.len() + 3)
            .map(|_| random.within(0.0, 2.0 * TARGET))
            .collect();
        let before = memory.clone();
        let ahead = if round % 2 == 0 { 1.0 } else { -1.0 };
        // Corners and beyond, too: parts of the patch then see no cells.
        let pass = pass(
            random.within(-0.08, 0.08),
            random.within(-0.06, 0.06),
            ahead,
        );
        let told = remove(&grid, &surface(), &pass, &mut memory, offset);
        let cells = offset..offset + grid.len();
        assert_eq!(
            memory[..offset],
            before[..offset],
            "what stands before is left alone"
        );
        assert_eq!(
            memory[cells.end..],
            before[cells.end..],
            "what stands behind is left alone"
        );
        let expected = recount(&grid, &pass, &before[cells.clone()], &memory[cells]);
        same(&told, &expected, &format!("round {round}"));
    }
}

#[test]
fn removal_stays_under_the_disc() {
    let grid = Grid::over([0.06, 0.06], 0.002);
    let mut cells = vec![0.0; grid.len()];
    let pass = pass(0.01, -0.02, 1.0);
    remove(&grid, &surface(), &pass, &mut cells, 0);
    for (at, h) in centers(&grid).iter().zip(&cells) {
        let r = (at[0] - 0.01).hypot(at[1] + 0.02);
        assert!(*h >= 0.0);
        // Half a cell's ramp on both sides of the rim.
        if r > R + 0.0011 {
            assert_eq!(*h, 0.0, "{r}");
        } else if r < R - 0.0011 && r > 0.001 {
            assert!(*h > 0.0, "{r}");
        }
    }
}

#[test]
fn fresh_ignores_memory() {
    let grid = Grid::over([0.06, 0.04], 0.005);
    let run = |fill: f64, fresh: bool| {
        let mut cells = vec![fill; grid.len()];
        let pass = Pass {
            fresh,
            ..pass(0.0, 0.0, 1.0)
        };
        let told = remove(&grid, &surface(), &pass, &mut cells, 0);
        (told, cells)
    };
    let (clean, cells) = run(0.0, false);
    for fill in [f64::NAN, f64::INFINITY, 3.0] {
        let (told, after) = run(fill, true);
        assert_eq!(after, cells, "memory held {fill}");
        assert_eq!(told.mean, clean.mean);
        assert_eq!(told.patch, clean.patch);
    }
}

#[test]
fn patch_shows_what_lies_ahead() {
    // Left half done, right half untouched: behind is 0 and ahead is 1, or the other way round.
    let grid = Grid::over([0.1, 0.1], 0.002);
    for ahead in [1.0, -1.0] {
        let mut cells: Vec<f64> = centers(&grid)
            .iter()
            .map(|at| if at[0] < 0.0 { TARGET } else { 0.0 })
            .collect();
        let pass = Pass {
            force: 0.0,
            ..pass(0.0, 0.0, ahead)
        };
        let told = remove(&grid, &surface(), &pass, &mut cells, 0);
        for row in 0..3 {
            let [behind, here, front] = [0, 1, 2].map(|a| told.patch[row * 3 + a]);
            let [done, left] = if ahead > 0.0 {
                [behind, front]
            } else {
                [front, behind]
            };
            // Tents around places 0.9 R away end at the middle.
            assert!(done.abs() < 1.0e-9, "{done}");
            assert!((left - 1.0).abs() < 1.0e-9, "{left}");
            assert!((here - 0.5).abs() < 1.0e-9, "{here}");
        }
    }
}
