//! One step.

use halle_lanes::{Carry, Few, Lane};
use halle_model::articulated::MAX_DOFS;

use super::bias::bias;
use super::constraints::Making;
use super::efforts::{Efforts, efforts};
use super::factor::Factor;
use super::frames::{Frames, move_frames};
use super::mass::{Bodies, bodies, composite, entry};
use super::plan::{Dofs, MAX_WARM, Positions, Tree};
use super::positions::{advance, start};
use super::solve::{Constraints, SolverOptions};

/// What changes from step to step.
#[derive(Clone, Debug)]
pub struct TreeState<S: Copy> {
    /// Positions.
    pub q: Positions<S>,
    /// Velocities.
    pub v: Dofs<S>,
    /// Accelerations of the step before, without constraints.
    pub a: Dofs<S>,
    /// Impulses of the step before.
    pub warm: Few<S, MAX_WARM>,
}

impl<S: Lane> TreeState<S> {
    /// As the system starts.
    #[inline(always)]
    #[must_use]
    pub fn new(tree: &Tree) -> Self {
        let (q, v) = start(tree);
        Self {
            q,
            v,
            a: Few::filled(S::lit(0.0), tree.dof_count()),
            warm: Few::filled(S::lit(0.0), tree.warm_count()),
        }
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

/// What a step computed on its way.
#[derive(Clone, Debug, Default)]
pub struct Work<S: Copy> {
    /// Links in the middle of the step.
    pub frames: Frames<S>,
    /// Efforts of joints.
    pub efforts: Efforts<S>,
    /// Constraints with their impulses.
    pub constraints: Constraints<S>,
    factor: Factor<S>,
}

impl<S: Lane> Work<S> {
    /// Nothing yet.
    #[inline(always)]
    #[must_use]
    pub fn new(tree: &Tree) -> Self {
        Self {
            frames: Few::new(),
            efforts: Efforts {
                effort: Few::new(),
                inertia: Few::new(),
                driven: Few::new(),
            },
            constraints: Constraints::new(tree.dof_count()),
            factor: Factor::new(),
        }
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
    let mut middle: Few<S, MAX_DOFS> = Few::new();
    for k in 0..n {
        middle.push(state.a[k].mul_add(half, state.v[k]));
    }
    move_frames(tree, &state.q, &middle, &mut work.frames);
    let mut all = Bodies::new();
    bodies(tree, &work.frames, &mut all);
    let mut asked = Dofs::new();
    bias(tree, &work.frames, &all, &mut asked);
    composite(tree, &work.frames, &mut all, &mut work.factor.lower);
    for k in 0..n {
        let armature = tree.system().links[tree.dof(k).link].armature;
        if armature != 0.0 {
            work.factor.lower[entry(k, k)] += S::lit(armature);
        }
    }
    efforts(
        tree,
        h,
        &state.q,
        &state.v,
        control,
        &work.factor.lower,
        &mut work.efforts,
    );
    for k in 0..n {
        work.factor.lower[entry(k, k)] += work.efforts.inertia[k];
        asked[k] = work.efforts.effort[k] + outside[k] - asked[k];
    }
    work.factor.decompose(tree);
    work.factor.solve(tree, &mut asked);

    let mut free: Dofs<S> = Few::new();
    for k in 0..n {
        free.push(asked[k].mul_add(full, state.v[k]));
        state.a[k] = asked[k];
    }
    let making = Making {
        tree,
        frames: &work.frames,
        factor: &work.factor,
        h,
        q: &state.q,
        before: &state.v,
        free: &free,
        warm: &state.warm,
    };
    making.all(&mut work.constraints);
    work.constraints
        .solve(tree.pair_frictions(), options, &mut free);
    keep(&work.constraints, &mut state.warm);
    for k in 0..n {
        state.v[k] = free[k];
    }
    advance(tree, &mut state.q, &state.v, half);
    let mut displacement: Dofs<S> = Few::filled(S::lit(0.0), n);
    if work.constraints.mend(options, full, &mut displacement) {
        advance(tree, &mut state.q, &displacement, S::lit(1.0));
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
