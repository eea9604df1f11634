//! Impulses that keep constraints: projected Gauss-Seidel over rows and contacts.

use halle_lanes::{Lane, Mask as _};
use halle_spatial::Vec3;

use super::plan::refill;
use super::rows::Rows;

/// How hard the solver tries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolverOptions {
    /// Sweeps over all rows at most.
    pub sweeps: usize,
    /// A sweep that changes no speed along a row by more than this is the last one
    /// \[m/s or rad/s\].
    pub tolerance: f64,
}

impl Default for SolverOptions {
    fn default() -> Self {
        Self {
            sweeps: 60,
            tolerance: 1.0e-7,
        }
    }
}

/// One row with an impulse between bounds: a joint friction, a limit, an equation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalar<S> {
    pub(crate) row: usize,
    /// Speed along the row that is wanted.
    pub(crate) target: S,
    /// Displacement along the row that is wanted.
    pub(crate) shift: S,
    pub(crate) low: S,
    pub(crate) high: S,
    /// Whether the position is mended too.
    pub(crate) mends: bool,
    /// Where the impulse is kept for the next step.
    pub(crate) slot: usize,
    /// Whether it is kept with the other sign.
    pub(crate) flipped: bool,
    pub(crate) impulse: S,
}

/// One contact point: a normal row, two tangential ones, and those of turning and rolling if any.
#[derive(Clone, Copy, Debug)]
pub struct Touch<S> {
    pub(crate) row: usize,
    pub(crate) target: S,
    pub(crate) shift: S,
    pub(crate) softness: S,
    /// One where the point is active in an env, else zero.
    pub(crate) active: S,
    pub(crate) slot: usize,
    pub(crate) has_turning: bool,
    pub(crate) has_rolling: bool,
    pub(crate) tangents: [Vec3<S>; 2],
    /// One over what each pair of rows answers at most.
    pub(crate) step: [S; 3],
    /// Index of the pair of shapes.
    pub pair: usize,
    /// Place, world axes \[m\].
    pub point: Vec3<S>,
    /// From the first shape to the second, world axes.
    pub normal: Vec3<S>,
    /// Distance of the surfaces in the middle of the step \[m\].
    pub gap: S,
    /// Impulses along the normal and both tangents \[N s\], about the normal and both tangents
    /// \[N m s\].
    pub impulse: [S; 6],
}

impl<S: Lane> Touch<S> {
    /// Impulse on the second shape, world axes \[N s\].
    #[inline(always)]
    #[must_use]
    pub fn push(&self) -> Vec3<S> {
        let [n, a, b, ..] = self.impulse;
        self.tangents[1].mul_add(b, self.tangents[0].mul_add(a, self.normal * n))
    }

    /// Rows that it has.
    #[inline(always)]
    pub(crate) fn row_count(&self) -> usize {
        3 + usize::from(self.has_turning) + 2 * usize::from(self.has_rolling)
    }
}

/// All that holds at once.
#[derive(Clone, Debug, Default)]
pub struct Constraints<S: Copy> {
    pub(super) rows: Rows<S>,
    pub(crate) scalars: Vec<Scalar<S>>,
    /// Contact points that some env of the group has.
    pub touches: Vec<Touch<S>>,
    /// Sweeps that the group took.
    pub sweeps: usize,
    ahead: Ahead<S>,
    mended: Vec<S>,
}

impl<S: Lane> Constraints<S> {
    /// None, over so many degrees of freedom.
    #[inline(always)]
    #[must_use]
    pub fn new(dof_count: usize) -> Self {
        Self {
            rows: Rows::new(dof_count),
            scalars: Vec::new(),
            touches: Vec::new(),
            sweeps: 0,
            ahead: Ahead::new(),
            mended: Vec::new(),
        }
    }

    /// Takes all out.
    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.scalars.clear();
        self.touches.clear();
        self.sweeps = 0;
    }

    /// Changes velocities so that all constraints hold, from the impulses that are in them.
    #[inline(always)]
    pub(crate) fn solve(
        &mut self,
        frictions: &[[f64; 3]],
        options: &SolverOptions,
        velocity: &mut [S],
    ) {
        if self.rows.is_empty() {
            return;
        }
        for scalar in &self.scalars {
            self.rows.apply(scalar.row, scalar.impulse, velocity);
        }
        for touch in &self.touches {
            for k in 0..touch.row_count() {
                self.rows
                    .apply(touch.row + k, touch.impulse[place(touch, k)], velocity);
            }
        }
        let zero = S::lit(0.0);
        let mut busy = zero.le(zero);
        let mut ahead = core::mem::replace(&mut self.ahead, Ahead::new());
        ahead.clear(self, velocity);
        for sweep in 0..options.sweeps {
            self.sweeps = sweep + 1;
            ahead.before(self, velocity);
            let mut worst = zero;
            for scalar in &mut self.scalars {
                let moved = scalar_turn(&self.rows, scalar, busy, velocity);
                worst = worst.max(moved);
            }
            for touch in &mut self.touches {
                let moved = touch_turn(&self.rows, touch, frictions, busy, velocity);
                worst = worst.max(moved);
            }
            // An env that has come to rest stays as it is while others go on, so that it does not
            // depend on them.
            busy = busy & worst.gt(S::lit(options.tolerance));
            if !busy.any() || sweep + 1 == options.sweeps {
                break;
            }
            ahead.go(self, velocity, busy);
        }
        self.ahead = ahead;
    }

    /// Displacement that mends what velocities cannot: overlaps, gaps of loops, limits passed.
    #[inline(always)]
    pub(crate) fn mend(
        &mut self,
        options: &SolverOptions,
        time: S,
        displacement: &mut [S],
    ) -> bool {
        let zero = S::lit(0.0);
        let mut needed = zero.lt(zero);
        for scalar in &self.scalars {
            if scalar.mends {
                needed = needed | scalar.shift.abs().gt(zero);
            }
        }
        for touch in &self.touches {
            needed = needed | (touch.shift * touch.active).abs().gt(zero);
        }
        if !needed.any() {
            return false;
        }
        let count = self.scalars.len();
        refill(&mut self.mended, zero, count + self.touches.len());
        let (scalars, touches) = self.mended.split_at_mut(count);
        let mut busy = zero.le(zero);
        for _ in 0..options.sweeps {
            let mut worst = zero;
            for (scalar, done) in self.scalars.iter().zip(&mut *scalars) {
                if !scalar.mends {
                    continue;
                }
                let low = S::select(scalar.low.lt(zero), S::lit(-1.0e30), zero);
                let high = S::select(scalar.high.gt(zero), S::lit(1.0e30), zero);
                let seen = self.rows.compliance[scalar.row];
                let miss = scalar.shift - self.rows.speed(scalar.row, displacement);
                let next = (*done + miss / seen).clamp(low, high);
                let change = S::select(busy, next - *done, zero);
                *done += change;
                self.rows.apply(scalar.row, change, displacement);
                worst = worst.max((change * seen).abs());
            }
            for (touch, done) in self.touches.iter().zip(&mut *touches) {
                let seen = self.rows.compliance[touch.row];
                let miss = touch.shift - self.rows.speed(touch.row, displacement);
                // A point that bounced before the middle of the step is drawn back.
                let floor = S::select(touch.shift.lt(zero), S::lit(-1.0e30), zero);
                let next = (*done + miss / seen).max(floor) * touch.active;
                let change = S::select(busy, next - *done, zero);
                *done += change;
                self.rows.apply(touch.row, change, displacement);
                worst = worst.max((change * seen).abs());
            }
            busy = busy & worst.gt(S::lit(options.tolerance) * time);
            if !busy.any() {
                break;
            }
        }
        true
    }
}

/// Conjugate directions between sweeps (Silcowitz-Hansen, Niebe, Erleben 2010): what sweeps change goes
/// on in the next one, as far as it shrinks. Without it a light body under a heavy one needs as many
/// sweeps as the one is heavier than the other.
#[derive(Clone, Debug, Default)]
struct Ahead<S: Copy> {
    /// Impulses before the sweep, scalars first, then six per contact point.
    impulses: Vec<S>,
    velocity: Vec<S>,
    /// Direction of the impulses, and of the velocities with them.
    impulse_way: Vec<S>,
    velocity_way: Vec<S>,
    /// Energy of the change of the sweep before.
    size: Option<S>,
}

impl<S: Lane> Ahead<S> {
    #[inline(always)]
    fn new() -> Self {
        Self {
            impulses: Vec::new(),
            velocity: Vec::new(),
            impulse_way: Vec::new(),
            velocity_way: Vec::new(),
            size: None,
        }
    }

    #[inline(always)]
    fn clear(&mut self, all: &Constraints<S>, velocity: &[S]) {
        let zero = S::lit(0.0);
        let count = all.scalars.len() + 6 * all.touches.len();
        refill(&mut self.impulses, zero, count);
        refill(&mut self.impulse_way, zero, count);
        refill(&mut self.velocity, zero, velocity.len());
        refill(&mut self.velocity_way, zero, velocity.len());
        // The first sweep begins a direction.
        self.size = None;
    }

    #[inline(always)]
    fn before(&mut self, all: &Constraints<S>, velocity: &[S]) {
        for (k, scalar) in all.scalars.iter().enumerate() {
            self.impulses[k] = scalar.impulse;
        }
        let first = all.scalars.len();
        for (t, touch) in all.touches.iter().enumerate() {
            for k in 0..6 {
                self.impulses[first + 6 * t + k] = touch.impulse[k];
            }
        }
        for (kept, v) in self.velocity.iter_mut().zip(velocity) {
            *kept = *v;
        }
    }

    /// Goes on along the direction, where an env is busy.
    #[inline(always)]
    fn go(&mut self, all: &mut Constraints<S>, velocity: &mut [S], busy: S::Mask) {
        let zero = S::lit(0.0);
        let one = S::lit(1.0);
        let mut size = zero;
        for (k, scalar) in all.scalars.iter().enumerate() {
            let change = scalar.impulse - self.impulses[k];
            self.impulses[k] = change;
            size = (change * change).mul_add(all.rows.compliance[scalar.row], size);
        }
        let first = all.scalars.len();
        for (t, touch) in all.touches.iter().enumerate() {
            for k in 0..touch.row_count() {
                let at = place(touch, k);
                let change = touch.impulse[at] - self.impulses[first + 6 * t + at];
                self.impulses[first + 6 * t + at] = change;
                let seen = all.rows.compliance[touch.row + k];
                size = (change * change).mul_add(seen, size);
            }
        }
        // Where changes grow, the direction is given up.
        let last = match self.size {
            Some(last) => last,
            None => zero,
        };
        let shrinks = last.gt(zero) & size.le(last);
        let share = S::select(shrinks & busy, size / S::select(shrinks, last, one), zero);
        self.size = Some(size);
        for (k, scalar) in all.scalars.iter_mut().enumerate() {
            let way = self.impulse_way[k] * share;
            scalar.impulse += way;
            self.impulse_way[k] = way + self.impulses[k];
        }
        for (t, touch) in all.touches.iter_mut().enumerate() {
            for k in 0..touch.row_count() {
                let at = place(touch, k);
                let way = self.impulse_way[first + 6 * t + at] * share;
                touch.impulse[at] += way;
                self.impulse_way[first + 6 * t + at] = way + self.impulses[first + 6 * t + at];
            }
        }
        for (k, v) in velocity.iter_mut().enumerate() {
            let way = self.velocity_way[k] * share;
            let change = *v - self.velocity[k];
            *v += way;
            self.velocity_way[k] = way + change;
        }
    }
}

/// Which of the six impulses the k-th row of a touch is.
#[inline(always)]
pub(crate) fn place<S>(touch: &Touch<S>, k: usize) -> usize {
    if k < 3 || touch.has_turning { k } else { k + 1 }
}

/// One turn of a row; gives by how much its speed changed.
#[inline(always)]
fn scalar_turn<S: Lane>(
    rows: &Rows<S>,
    scalar: &mut Scalar<S>,
    busy: S::Mask,
    velocity: &mut [S],
) -> S {
    let seen = rows.compliance[scalar.row];
    let miss = scalar.target - rows.speed(scalar.row, velocity);
    let next = (scalar.impulse + miss / seen).clamp(scalar.low, scalar.high);
    let change = S::select(busy, next - scalar.impulse, S::lit(0.0));
    scalar.impulse += change;
    rows.apply(scalar.row, change, velocity);
    (change * seen).abs()
}

/// One turn of a contact point: the normal, then sliding, turning and rolling within what the normal
/// holds.
#[inline(always)]
fn touch_turn<S: Lane>(
    rows: &Rows<S>,
    touch: &mut Touch<S>,
    frictions: &[[f64; 3]],
    busy: S::Mask,
    velocity: &mut [S],
) -> S {
    let zero = S::lit(0.0);
    let seen = rows.compliance[touch.row] + touch.softness;
    let own = touch.impulse[0];
    let miss = touch.target - rows.speed(touch.row, velocity) - touch.softness * own;
    let next = (own + miss / seen).max(zero) * touch.active;
    let change = S::select(busy, next - own, zero);
    touch.impulse[0] = own + change;
    rows.apply(touch.row, change, velocity);
    let mut worst = (change * seen).abs();

    let held = touch.impulse[0];
    let [slide, turn, roll] = frictions[touch.pair];
    if slide > 0.0 {
        let at = [touch.row + 1, touch.row + 2];
        let bound = held * S::lit(slide);
        worst = worst.max(disc(
            rows,
            at,
            [1, 2],
            touch.step[0],
            bound,
            touch,
            busy,
            velocity,
        ));
    }
    let mut row = touch.row + 3;
    if touch.has_turning {
        let seen = rows.compliance[row];
        let bound = held * S::lit(turn);
        let next = touch.impulse[3] - rows.speed(row, velocity) / seen;
        let change = S::select(busy, next.clamp(-bound, bound) - touch.impulse[3], zero);
        touch.impulse[3] += change;
        rows.apply(row, change, velocity);
        worst = worst.max((change * seen).abs());
        row += 1;
    }
    if touch.has_rolling {
        let bound = held * S::lit(roll);
        worst = worst.max(disc(
            rows,
            [row, row + 1],
            [4, 5],
            touch.step[2],
            bound,
            touch,
            busy,
            velocity,
        ));
    }
    worst
}

/// One turn of two rows whose impulse stays within a circle: a projected step along the speed, whose
/// rest is the one impulse against the sliding.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "all of them are of one turn")]
fn disc<S: Lane>(
    rows: &Rows<S>,
    at: [usize; 2],
    places: [usize; 2],
    step: S,
    bound: S,
    touch: &mut Touch<S>,
    busy: S::Mask,
    velocity: &mut [S],
) -> S {
    let zero = S::lit(0.0);
    let own = [touch.impulse[places[0]], touch.impulse[places[1]]];
    let wanted = [
        own[0] - rows.speed(at[0], velocity) * step,
        own[1] - rows.speed(at[1], velocity) * step,
    ];
    let size = (wanted[0] * wanted[0] + wanted[1] * wanted[1]).sqrt();
    let outside = size.gt(bound);
    let scale = S::select(
        outside,
        bound / S::select(outside, size, S::lit(1.0)),
        S::lit(1.0),
    );
    let mut worst = zero;
    for k in 0..2 {
        let change = S::select(busy, wanted[k] * scale - own[k], zero);
        touch.impulse[places[k]] = own[k] + change;
        rows.apply(at[k], change, velocity);
        worst = worst.max((change * rows.compliance[at[k]]).abs());
    }
    worst
}

/// One over the largest answer of two rows to an impulse along any mix of them.
#[inline(always)]
pub(super) fn disc_step<S: Lane>(rows: &Rows<S>, at: usize) -> S {
    let (a, b) = (rows.compliance[at], rows.compliance[at + 1]);
    let c = rows.between(at, at + 1);
    let half = (a - b) * S::lit(0.5);
    let largest = (a + b).mul_add(S::lit(0.5), half.mul_add(half, c * c).sqrt());
    S::lit(1.0) / largest
}
