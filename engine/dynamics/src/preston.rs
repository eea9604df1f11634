//! Removal of material under the pad, on a grid over the region to polish.

use core::marker::PhantomData;

use halle_lanes::{Body, Carry, Lane};
use halle_spatial::Vec3;

use crate::surface::Surface;

/// Side of the square of places around the pad at which the remaining material is observed.
pub const PATCH_SIDE: usize = 3;

/// Distance between those places, in pad radii.
const PATCH_PITCH: f64 = 0.9;

/// Cells over the region to polish; cell (0, 0) is at the smallest x and y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Cells along x and y.
    pub count: [usize; 2],
    /// Size of a cell \[m\].
    pub cell: [f64; 2],
    /// Centre of the first cell in the workpiece frame \[m\].
    pub first: [f64; 2],
}

impl Grid {
    /// Cells of about `size` \[m\] over a region of the given half sizes.
    #[must_use]
    pub fn over(half_extent: [f64; 2], size: f64) -> Self {
        let count = half_extent.map(|h| ((2.0 * h / size).round() as usize).max(1));
        let cell = [0, 1].map(|i| 2.0 * half_extent[i] / count[i] as f64);
        Self {
            count,
            cell,
            first: [0, 1].map(|i| 0.5 * cell[i] - half_extent[i]),
        }
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count[0] * self.count[1]
    }

    /// Whether there is no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Area of a cell, seen along z \[m^2\].
    #[must_use]
    pub fn cell_area(&self) -> f64 {
        self.cell[0] * self.cell[1]
    }
}

/// One control step of the pad over the surface.
#[derive(Clone, Copy, Debug)]
pub struct Pass<S: Lane> {
    /// Centre of the pad's face in the workpiece frame \[m\].
    pub center: Vec3<S>,
    /// Axes of the pad in the workpiece frame: x, y, and z out of the face.
    pub axes: [Vec3<S>; 3],
    /// Velocity of the pad's centre along its x and y axes \[m/s\].
    pub feed: [S; 2],
    /// Axial force averaged over the control step \[N\].
    pub force: S,
    /// Penetration averaged over the face \[m\].
    pub mean_depth: S,
    /// Preston coefficient \[1/Pa\].
    pub preston: S,
    /// Radius of the disc \[m\].
    pub radius: f64,
    /// Speed of the disc about its z axis \[rad/s\].
    pub spindle_speed: f64,
    /// Length of the control step \[s\].
    pub duration: f64,
    /// Depth to remove \[m\].
    pub target: f64,
    /// +1 or -1: the direction along x that counts as ahead.
    pub ahead: S,
    /// Whether the surface is still untouched: what memory holds is then not read.
    pub fresh: S::Mask,
}

/// What the removal map looks like after a control step.
#[derive(Clone, Copy, Debug)]
pub struct Removal<S> {
    /// Removal divided by its target, averaged over cells.
    pub mean: S,
    /// Average of the square of removal over target.
    pub mean_square: S,
    /// Average distance of removal over target from one.
    pub error: S,
    /// Share of cells within 20 % of the target.
    pub coverage: S,
    /// Share of cells more than 20 % above the target.
    pub over: S,
    /// Volume removed in this control step \[m^3\].
    pub volume: S,
    /// As `error`, `coverage` and `over`, of the removal that the plan foresees at its end.
    pub foreseen: [S; 3],
    /// Material that the plan will leave around the pad over the target, within -1..=1: rows from
    /// -y to +y, each from behind to ahead; zero where there are no cells.
    pub patch: [S; PATCH_SIDE * PATCH_SIDE],
}

/// What the rest of a raster is expected to remove.
///
/// Each line along x removes the profile of a disc under uniform pressure; lines are evenly spaced in y.
/// A plan of amplitude zero foresees nothing.
#[derive(Clone, Copy, Debug)]
pub struct Plan<S> {
    /// Number of lines.
    pub lines: usize,
    /// y of the first line and distance between lines \[m\].
    pub line_y: [f64; 2],
    /// Half length of a line \[m\].
    pub half_line: f64,
    /// Removal over target in the middle of a single line \[-\].
    pub amplitude: f64,
    /// Share of each end of the raster that ways from line to line pass over: a half where they alternate \[-\].
    pub connected: f64,
    /// Number of the line that the pad is on.
    pub line: S,
}

impl<S: Lane> Plan<S> {
    /// A plan that foresees nothing.
    #[inline(always)]
    #[must_use]
    pub fn none() -> Self {
        Self {
            lines: 1,
            line_y: [0.0, 1.0],
            half_line: 1.0,
            amplitude: 0.0,
            connected: 0.0,
            line: S::lit(0.0),
        }
    }
}

/// Removal across a pass of a disc over that in its middle, and half the chord over the radius, at
/// a distance of `u` radii.
///
/// The exact profile `x0 + u^2 ln((x0 + 1) / |u|)`, `x0 = sqrt(1 - u^2)`, with the second term
/// replaced by a polynomial: within 0.026 of it everywhere, which is close enough for a forecast.
#[inline(always)]
fn pass_profile<S: Lane>(u: S) -> (S, S) {
    let square = u * u;
    let chord = (S::lit(1.0) - square).max(S::lit(0.0)).sqrt();
    let shape = square
        .mul_add(S::lit(-0.681_776), S::lit(1.569_329))
        .mul_add(square, S::lit(1.025_559));
    (shape * chord, chord)
}

/// Sums over cells.
#[derive(Clone, Copy, Debug)]
struct Sums<S> {
    all: [S; 9],
    patch: [S; PATCH_SIDE * PATCH_SIDE],
    weight: [S; PATCH_SIDE * PATCH_SIDE],
}

impl<S: Lane> Carry<S> for Sums<S> {
    #[inline(always)]
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        self.all.visit(each);
        self.patch.visit(each);
        self.weight.visit(each);
    }
}

/// Sums along one row of cells.
#[derive(Clone, Copy, Debug)]
struct RowSums<S> {
    all: [S; 9],
    left: [S; PATCH_SIDE],
    weight: [S; PATCH_SIDE],
}

impl<S: Lane> Carry<S> for RowSums<S> {
    #[inline(always)]
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        self.all.visit(each);
        self.left.visit(each);
        self.weight.visit(each);
    }
}

struct Rows<'a, 'b, 's, S: Lane> {
    grid: Grid,
    surface: &'s Surface<S>,
    pass: &'s Pass<S>,
    plan: &'s Plan<S>,
    /// Pressure per depth times Preston coefficient and time \[1/m * s/m\].
    rate: S,
    cells: &'a mut S::Array<'b>,
    offset: usize,
}

struct Cells<'a, 'b, 's, S: Lane> {
    grid: Grid,
    pass: &'s Pass<S>,
    /// What the lines to come and the present line add to this row, over the target.
    to_come: [S; 2],
    /// Half the chord of the disc on this row \[m\].
    chord: S,
    half_line: f64,
    /// What the ways between lines to come add at their middle, over the target.
    between: S,
    rate: S,
    cells: &'a mut S::Array<'b>,
    row_start: S::Index,
    /// Height along the row as a polynomial in x.
    height: [S; 5],
    y: S,
    lane: PhantomData<S>,
}

impl<S: Lane> Body<S, Sums<S>> for Rows<'_, '_, '_, S> {
    #[inline(always)]
    fn run(&mut self, k: S::Index, sums: &mut Sums<S>) {
        let grid = self.grid;
        let zero = S::lit(0.0);
        let y = S::index_lane(k).mul_add(S::lit(grid.cell[1]), S::lit(grid.first[1]));
        let mut row = RowSums {
            all: sums.all,
            left: [zero; PATCH_SIDE],
            weight: [zero; PATCH_SIDE],
        };
        let plan = self.plan;
        let mut to_come = [zero; 2];
        let mut chord = zero;
        for j in 0..plan.lines {
            let number = j as f64;
            let off = y - S::lit(number.mul_add(plan.line_y[1], plan.line_y[0]));
            let (shape, half) = pass_profile(off * S::lit(1.0 / self.pass.radius));
            let later = S::lit(number - 0.5).gt(plan.line);
            let now = !later & S::lit(number + 0.5).gt(plan.line);
            to_come[0] += S::select(later, shape, zero);
            to_come[1] = S::select(now, shape, to_come[1]);
            chord = S::select(now, half, chord);
        }
        // Rows beyond the present line still get ways between lines at their ends.
        let line_y = plan
            .line
            .mul_add(S::lit(plan.line_y[1]), S::lit(plan.line_y[0]));
        let ahead_of_line = (y - line_y)
            .mul_add(S::lit(1.0 / plan.line_y[1]), S::lit(0.5))
            .clamp(zero, S::lit(1.0));
        let mut cells = Cells {
            grid,
            pass: self.pass,
            to_come: [
                to_come[0] * S::lit(plan.amplitude),
                to_come[1] * S::lit(plan.amplitude),
            ],
            chord: chord * S::lit(self.pass.radius),
            half_line: plan.half_line,
            between: ahead_of_line * S::lit(plan.amplitude * plan.connected),
            rate: self.rate,
            cells: self.cells,
            row_start: S::index_mul_add(k, grid.count[0], S::index(self.offset)),
            height: self.surface.row(y),
            y,
            lane: PhantomData,
        };
        S::repeat(grid.count[0], &mut row, &mut cells);
        sums.all = row.all;
        let pitch = self.pass.radius * PATCH_PITCH;
        for b in 0..PATCH_SIDE {
            let place = self.pass.center.y + S::lit((b as f64 - 1.0) * pitch);
            let weight = tent(y - place, pitch);
            for a in 0..PATCH_SIDE {
                let i = b * PATCH_SIDE + a;
                sums.patch[i] = weight.mul_add(row.left[a], sums.patch[i]);
                sums.weight[i] = weight.mul_add(row.weight[a], sums.weight[i]);
            }
        }
    }
}

/// One at zero, zero from `width` on.
#[inline(always)]
fn tent<S: Lane>(distance: S, width: f64) -> S {
    distance
        .abs()
        .mul_add(S::lit(-1.0 / width), S::lit(1.0))
        .max(S::lit(0.0))
}

impl<S: Lane> Body<S, RowSums<S>> for Cells<'_, '_, '_, S> {
    #[inline(always)]
    fn run(&mut self, k: S::Index, row: &mut RowSums<S>) {
        let grid = self.grid;
        let pass = self.pass;
        let (zero, one) = (S::lit(0.0), S::lit(1.0));
        let x = S::index_lane(k).mul_add(S::lit(grid.cell[0]), S::lit(grid.first[0]));
        let h = &self.height;
        let z = h[4]
            .mul_add(x, h[3])
            .mul_add(x, h[2])
            .mul_add(x, h[1])
            .mul_add(x, h[0]);
        let d = Vec3::new(x, self.y, z) - pass.center;
        let lx = d.dot(pass.axes[0]);
        let ly = d.dot(pass.axes[1]);
        let depth = (-d.dot(pass.axes[2])).max(zero);
        let r = ly.mul_add(ly, lx * lx).sqrt();
        // The rim cuts cells: the share of a cell under the disc, to first order.
        let size = grid.cell_area().sqrt();
        let under = (S::lit(pass.radius) - r)
            .mul_add(S::lit(1.0 / size), S::lit(0.5))
            .clamp(zero, one);
        let spin = S::lit(pass.spindle_speed);
        let vx = ly.mul_add(-spin, pass.feed[0]);
        let vy = lx.mul_add(spin, pass.feed[1]);
        let speed = vy.mul_add(vy, vx * vx).sqrt();
        let removed = self.rate * depth * speed * under;

        let index = S::index_mul_add(k, 1, self.row_start);
        let old = S::select(pass.fresh, zero, S::load(self.cells, index));
        let new = old + removed;
        S::store(self.cells, index, new);

        let ratio = new * S::lit(1.0 / pass.target);
        let error = (ratio - one).abs();
        let covered = S::select(error.le(S::lit(0.2)), one, zero);
        let over = S::select(ratio.gt(S::lit(1.2)), one, zero);
        let all = &mut row.all;
        all[0] += ratio;
        all[1] = ratio.mul_add(ratio, all[1]);
        all[2] += error;
        all[3] += covered;
        all[4] += over;
        all[5] += removed;

        // Lines taper off where the disc no longer passes with its full chord.
        let half = S::lit(0.5);
        let full = 1.0 / (1.6 * pass.radius);
        let taper = (S::lit(self.half_line) - x.abs())
            .mul_add(S::lit(full), half)
            .clamp(zero, one);
        let rest = ((x - pass.center.x) * pass.ahead
            / (self.chord + self.chord).max(S::lit(1.0e-3)))
            + half;
        let rest = rest.clamp(zero, one);
        let off_end = (S::lit(self.half_line) - x.abs()) * S::lit(1.0 / pass.radius);
        let (end, _) = pass_profile(off_end);
        let lines = taper.mul_add(rest.mul_add(self.to_come[1], self.to_come[0]), ratio);
        let foreseen = end.mul_add(self.between, lines);
        let error = (foreseen - one).abs();
        all[6] += error;
        all[7] += S::select(error.le(S::lit(0.2)), one, zero);
        all[8] += S::select(foreseen.gt(S::lit(1.2)), one, zero);

        let left = (one - foreseen).clamp(-one, one);
        let pitch = pass.radius * PATCH_PITCH;
        let ahead = (x - pass.center.x) * pass.ahead;
        for a in 0..PATCH_SIDE {
            let weight = tent(ahead - S::lit((a as f64 - 1.0) * pitch), pitch);
            row.left[a] = weight.mul_add(left, row.left[a]);
            row.weight[a] += weight;
        }
    }
}

/// Preston's law `dh/dt = k_p p |v|` for one control step, on every cell; returns what the map then looks like.
///
/// Pressure goes with the penetration of each cell, scaled so that it adds up to the axial force:
/// `p = F depth / (pi R^2 mean_depth)`. Sliding speed is that of the spinning disc plus the feed.
/// Cells are element `offset + row * count_x + column` of the array and hold metres of removal.
/// Source: Preston, J. Soc. Glass Technol. 11 (1927) 214.
#[inline(always)]
pub fn remove_material<S: Lane>(
    grid: &Grid,
    surface: &Surface<S>,
    pass: &Pass<S>,
    plan: &Plan<S>,
    cells: &mut S::Array<'_>,
    offset: usize,
) -> Removal<S> {
    let zero = S::lit(0.0);
    let area = core::f64::consts::PI * pass.radius * pass.radius;
    // A pad that hardly touches presses hardly; the floor keeps the quotient finite.
    let rate = pass.force.max(zero) * pass.preston * S::lit(pass.duration / area)
        / pass.mean_depth.max(S::lit(1.0e-8));
    let mut sums = Sums {
        all: [zero; 9],
        patch: [zero; PATCH_SIDE * PATCH_SIDE],
        weight: [zero; PATCH_SIDE * PATCH_SIDE],
    };
    let mut rows = Rows {
        grid: *grid,
        surface,
        pass,
        plan,
        rate,
        cells,
        offset,
    };
    S::repeat(grid.count[1], &mut sums, &mut rows);
    let share = S::lit(1.0 / grid.len() as f64);
    let [ratio, square, error, covered, over, removed, ..] = sums.all;
    let mut patch = sums.patch;
    for i in 0..patch.len() {
        patch[i] /= sums.weight[i].max(S::lit(1.0e-3));
    }
    Removal {
        mean: ratio * share,
        mean_square: square * share,
        error: error * share,
        coverage: covered * share,
        over: over * share,
        volume: removed * S::lit(grid.cell_area()),
        foreseen: [
            sums.all[6] * share,
            sums.all[7] * share,
            sums.all[8] * share,
        ],
        patch,
    }
}
