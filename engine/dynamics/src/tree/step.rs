//! One step.

use halle_lanes::{Carry, Lane};
use halle_spatial::Transform;

use super::bias::bias;
use super::constraints::{Making, place_shapes};
use super::efforts::{Efforts, efforts};
use super::factor::Factor;
use super::frames::{Frame, move_frames};
use super::mass::{Rigid, bodies, composite, entry};
use super::plan::{Tree, refill};
use super::positions::advance;
use super::solve::{Constraints, SolverOptions};

/// What changes from step to step.
#[derive(Clone, Debug, Default)]
pub struct TreeState<S> {
    /// Positions.
    pub q: Vec<S>,
    /// Velocities.
    pub v: Vec<S>,
    /// Accelerations of the step before, without constraints.
    pub a: Vec<S>,
    /// Impulses of the step before.
    pub warm: Vec<S>,
}

impl<S: Lane> TreeState<S> {
    /// As the system starts.
    #[inline(always)]
    #[must_use]
    pub fn new(tree: &Tree) -> Self {
        let mut state = Self {
            q: Vec::new(),
            v: Vec::new(),
            a: Vec::new(),
            warm: Vec::new(),
        };
        state.begin(tree);
        state
    }

    /// Puts the state back to the start.
    #[inline(always)]
    pub fn begin(&mut self, tree: &Tree) {
        let system = tree.system();
        self.q.clear();
        for x in &system.start_position {
            self.q.push(S::lit(*x));
        }
        self.v.clear();
        for x in &system.start_velocity {
            self.v.push(S::lit(*x));
        }
        refill(&mut self.a, S::lit(0.0), tree.dof_count());
        refill(&mut self.warm, S::lit(0.0), tree.warm_count());
    }
}

impl<S: Lane> Carry<S> for TreeState<S> {
    #[inline(always)]
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        for x in &mut self.q {
            each(x);
        }
        for x in &mut self.v {
            each(x);
        }
        for x in &mut self.a {
            each(x);
        }
        for x in &mut self.warm {
            each(x);
        }
    }
}

/// What a step computed on its way. Kept from step to step, its lists keep their room.
#[derive(Clone, Debug)]
pub struct Work<S: Copy> {
    /// Links in the middle of the step.
    pub frames: Vec<Frame<S>>,
    /// Efforts of joints.
    pub efforts: Efforts<S>,
    /// Constraints with their impulses.
    pub constraints: Constraints<S>,
    factor: Factor<S>,
    bodies: Vec<Rigid<S>>,
    middle: Vec<S>,
    asked: Vec<S>,
    free: Vec<S>,
    direction: Vec<S>,
    poses: Vec<Transform<S>>,
    speeds: Vec<S>,
}

impl<S: Lane> Work<S> {
    /// Nothing yet.
    #[inline(always)]
    #[must_use]
    pub fn new(tree: &Tree) -> Self {
        Self {
            frames: Vec::new(),
            efforts: Efforts {
                effort: Vec::new(),
                inertia: Vec::new(),
                driven: Vec::new(),
            },
            constraints: Constraints::new(tree.dof_count()),
            factor: Factor::new(),
            bodies: Vec::new(),
            middle: Vec::new(),
            asked: Vec::new(),
            free: Vec::new(),
            direction: Vec::new(),
            poses: Vec::new(),
            speeds: Vec::new(),
        }
    }

    /// Makes it fit another system.
    pub fn set_dof_count(&mut self, dof_count: usize) {
        self.clear();
        self.constraints.rows.set_dof_count(dof_count);
    }

    /// Empties all lists.
    #[inline(always)]
    fn clear(&mut self) {
        self.frames.clear();
        self.efforts.effort.clear();
        self.efforts.inertia.clear();
        self.efforts.driven.clear();
        self.constraints.clear();
        self.bodies.clear();
        self.middle.clear();
        self.asked.clear();
        self.free.clear();
        self.poses.clear();
        self.speeds.clear();
    }
}

/// Advances a system by one step, with control signals throughout and outside efforts at its degrees
/// of freedom \[N m or N\].
///
/// Positions go half a step with the old velocity; in the middle, the mass matrix, the efforts, the
/// velocities' own forces (with velocities carried to the middle by the acceleration of the step
/// before) and the constraints give the new velocity; positions go on with it for the other half.
/// Smooth motion is of second order in the step. Contacts hold at the end of the step, bounces as if
/// they came at their own time.
#[inline(always)]
pub fn step<S: Lane>(
    tree: &Tree,
    control: &[S],
    outside: &[S],
    options: &SolverOptions,
    state: &mut TreeState<S>,
    work: &mut Work<S>,
) {
    let n = tree.dof_count();
    let h = tree.system().time_step;
    let (full, half) = (S::lit(h), S::lit(h * 0.5));
    advance(tree, &mut state.q, &state.v, half);
    work.clear();
    for k in 0..n {
        work.middle.push(state.a[k].mul_add(half, state.v[k]));
    }
    move_frames(tree, &state.q, &work.middle, &mut work.frames);
    bodies(tree, &work.frames, &mut work.bodies);
    bias(tree, &work.frames, &work.bodies, &mut work.asked);
    let matrix = &mut work.factor.lower;
    composite(tree, &work.frames, &mut work.bodies, matrix);
    for k in 0..n {
        let armature = tree.system().links[tree.dof(k).link].armature;
        if armature != 0.0 {
            matrix[entry(k, k)] += S::lit(armature);
        }
    }
    efforts(
        tree,
        h,
        &state.q,
        &state.v,
        control,
        matrix,
        &mut work.efforts,
    );
    for k in 0..n {
        matrix[entry(k, k)] += work.efforts.inertia[k];
        work.asked[k] = work.efforts.effort[k] + outside[k] - work.asked[k];
    }
    work.factor.decompose(tree);
    work.factor.solve(tree, &mut work.asked);
    for k in 0..n {
        work.free.push(work.asked[k].mul_add(full, state.v[k]));
        state.a[k] = work.asked[k];
    }
    place_shapes(tree, &work.frames, &mut work.poses, &mut work.speeds);
    let making = Making {
        tree,
        frames: &work.frames,
        factor: &work.factor,
        h,
        q: &state.q,
        before: &state.v,
        free: &work.free,
        warm: &state.warm,
        poses: &work.poses,
        speeds: &work.speeds,
    };
    making.all(&mut work.direction, &mut work.constraints);
    let frictions = tree.pair_frictions();
    work.constraints.solve(frictions, options, &mut work.free);
    keep(&work.constraints, &mut state.warm);
    for k in 0..n {
        state.v[k] = work.free[k];
    }
    advance(tree, &mut state.q, &state.v, half);
    let displacement = &mut work.middle;
    refill(displacement, S::lit(0.0), n);
    if work.constraints.mend(options, full, displacement) {
        advance(tree, &mut state.q, displacement, S::lit(1.0));
    }
}

/// Keeps impulses for the next step.
#[inline(always)]
fn keep<S: Lane>(constraints: &Constraints<S>, warm: &mut [S]) {
    let zero = S::lit(0.0);
    for x in warm.iter_mut() {
        *x = zero;
    }
    for scalar in &constraints.scalars {
        // The two limits of a joint share a place, with opposite signs.
        let sign = if scalar.flipped {
            S::lit(-1.0)
        } else {
            S::lit(1.0)
        };
        warm[scalar.slot] += scalar.impulse * sign;
    }
    for touch in &constraints.touches {
        let push = touch.push();
        warm[touch.slot] = push.x;
        warm[touch.slot + 1] = push.y;
        warm[touch.slot + 2] = push.z;
    }
}
