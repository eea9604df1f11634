//! A system under given control signals, without a goal: what benchmarks and replays step.

use std::any::Any;
use std::cell::RefCell;

use halle_dynamics::tree::{SolverOptions, Tree, TreeState, Work, step};
use halle_lanes::{Body, Carry, Lane};
use halle_sim::{Layout, Program};

/// Speed of a degree of freedom beyond which an env counts as exploded \[m/s or rad/s\].
const EXPLODED: f64 = 1.0e4;

/// Blocks of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhysicsBlock {
    /// Positions, then velocities.
    Motion,
    /// Contact points that push, the sum of their normal forces \[N\], the deepest overlap \[m\].
    Contact,
    /// One where the env is frozen by a fault, else zero.
    Fault,
}

/// Steps a system; a control step is `substeps` steps under the same control signals.
///
/// The action of an env is one control signal per actuator. An env whose numbers are no longer
/// finite, or beyond all speed, or that was given a control signal that is not a number, is frozen as
/// it was before that step.
#[derive(Clone, Debug)]
pub struct Physics {
    tree: Tree,
    substeps: usize,
    options: SolverOptions,
}

impl Physics {
    /// A program over a system.
    #[must_use]
    pub fn new(tree: Tree, substeps: usize, options: SolverOptions) -> Self {
        Self {
            tree,
            substeps: substeps.max(1),
            options,
        }
    }

    /// The system.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    fn motion_count(&self) -> usize {
        self.tree.position_count() + self.tree.dof_count()
    }

    #[inline(always)]
    fn load<S: Lane>(&self, memory: &S::Array<'_>, env: &mut Env<S>) {
        let mut next = 0;
        let counts = [
            self.tree.position_count(),
            self.tree.dof_count(),
            self.tree.dof_count(),
            self.tree.warm_count(),
        ];
        let state = &mut env.state;
        let lists = [&mut state.q, &mut state.v, &mut state.a, &mut state.warm];
        for (list, count) in lists.into_iter().zip(counts) {
            list.clear();
            for _ in 0..count {
                list.push(S::load(memory, S::index(next)));
                next += 1;
            }
        }
        env.fault = S::load(memory, S::index(next));
        env.contact = [S::lit(0.0); 3];
    }

    #[inline(always)]
    fn store<S: Lane>(&self, env: &Env<S>, memory: &mut S::Array<'_>, output: &mut S::Array<'_>) {
        let mut next = 0;
        let motion = self.motion_count();
        let state = &env.state;
        for list in [&state.q, &state.v, &state.a, &state.warm] {
            for x in list {
                S::store(memory, S::index(next), *x);
                if next < motion {
                    S::store(output, S::index(next), *x);
                }
                next += 1;
            }
        }
        S::store(memory, S::index(next), env.fault);
        for k in 0..3 {
            S::store(output, S::index(motion + k), env.contact[k]);
        }
        S::store(output, S::index(motion + 3), env.fault);
    }
}

/// What one env carries from step to step.
#[derive(Clone, Debug)]
struct Env<S: Copy> {
    state: TreeState<S>,
    fault: S,
    contact: [S; 3],
}

impl<S: Lane> Carry<S> for Env<S> {
    #[inline(always)]
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        self.state.visit(each);
        each(&mut self.fault);
        self.contact.visit(each);
    }
}

/// Memory of a control step. A thread keeps it, so that lists are neither made nor moved per step.
struct Scratch<S: Copy> {
    env: Env<S>,
    work: Work<S>,
    before: TreeState<S>,
    control: Vec<S>,
    outside: Vec<S>,
}

impl<S: Lane> Scratch<S> {
    fn new(tree: &Tree) -> Self {
        let state = TreeState::new(tree);
        Self {
            env: Env {
                state: state.clone(),
                fault: S::lit(0.0),
                contact: [S::lit(0.0); 3],
            },
            work: Work::new(tree),
            before: state,
            control: Vec::new(),
            outside: Vec::new(),
        }
    }

    /// That of this thread, or a new one; it has to be given back.
    fn take(tree: &Tree) -> Box<Self> {
        let kept = KEPT.with_borrow_mut(|all| {
            let place = all.iter().position(|one| one.is::<Self>())?;
            all.swap_remove(place).downcast::<Self>().ok()
        });
        match kept {
            Some(mut kept) => {
                // Another system may have used it.
                kept.work.set_dof_count(tree.dof_count());
                kept
            }
            None => Box::new(Self::new(tree)),
        }
    }

    fn give(self: Box<Self>) {
        KEPT.with_borrow_mut(|all| all.push(self));
    }
}

thread_local! {
    static KEPT: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

struct Substep<'a, S: Copy> {
    program: &'a Physics,
    control: &'a [S],
    outside: &'a [S],
    work: &'a mut Work<S>,
    before: &'a mut TreeState<S>,
}

/// Copies a list into another that keeps its room.
#[inline(always)]
fn copy<S: Copy>(from: &[S], to: &mut Vec<S>) {
    to.clear();
    for x in from {
        to.push(*x);
    }
}

/// Puts back what was there before, where an env is not sound.
#[inline(always)]
fn put_back<S: Lane>(sound: S::Mask, before: &[S], now: &mut [S]) {
    for (x, old) in now.iter_mut().zip(before) {
        *x = S::select(sound, *x, *old);
    }
}

impl<S: Lane> Body<S, Env<S>> for Substep<'_, S> {
    #[inline(always)]
    fn run(&mut self, _: S::Index, env: &mut Env<S>) {
        let (tree, options) = (&self.program.tree, &self.program.options);
        let zero = S::lit(0.0);
        let one = S::lit(1.0);
        copy(&env.state.q, &mut self.before.q);
        copy(&env.state.v, &mut self.before.v);
        copy(&env.state.a, &mut self.before.a);
        step(
            tree,
            self.control,
            self.outside,
            options,
            &mut env.state,
            self.work,
        );
        let mut sound = env.fault.le(zero);
        for v in &env.state.v {
            sound = sound & v.abs().lt(S::lit(EXPLODED));
        }
        for q in &env.state.q {
            sound = sound & q.is_finite();
        }
        put_back(sound, &self.before.q, &mut env.state.q);
        put_back(sound, &self.before.v, &mut env.state.v);
        put_back(sound, &self.before.a, &mut env.state.a);
        // A frozen env keeps no impulses.
        for x in &mut env.state.warm {
            *x = S::select(sound, *x, zero);
        }
        env.fault = S::select(sound, zero, one);
        env.contact = [zero; 3];
        let rate = S::lit(1.0 / tree.system().time_step);
        for touch in &self.work.constraints.touches {
            let push = touch.impulse[0];
            let pushes = push.gt(zero);
            env.contact[0] += S::select(pushes, one, zero);
            env.contact[1] = push.mul_add(rate, env.contact[1]);
            let overlap = S::select(pushes, -touch.gap, zero);
            env.contact[2] = env.contact[2].max(overlap);
        }
    }
}

impl Program for Physics {
    fn layout(&self) -> Layout {
        let motion = self.motion_count();
        Layout {
            state: motion + self.tree.dof_count() + self.tree.warm_count() + 1,
            action: self.tree.system().actuators.len().max(1),
            blocks: vec![motion, 3, 1],
        }
    }

    #[inline(always)]
    fn begin<S: Lane>(&self, _: [S::Bits; 2], state: &mut S::Array<'_>, output: &mut S::Array<'_>) {
        let env = Env {
            state: TreeState::new(&self.tree),
            fault: S::lit(0.0),
            contact: [S::lit(0.0); 3],
        };
        self.store(&env, state, output);
    }

    #[inline(always)]
    fn step<S: Lane>(
        &self,
        _: [S::Bits; 2],
        action: &S::Array<'_>,
        state: &mut S::Array<'_>,
        output: &mut S::Array<'_>,
    ) {
        let mut scratch = Scratch::<S>::take(&self.tree);
        let zero = S::lit(0.0);
        let Scratch {
            env,
            work,
            before,
            control,
            outside,
        } = &mut *scratch;
        self.load(state, env);
        control.clear();
        for k in 0..self.tree.system().actuators.len() {
            let signal = S::load(action, S::index(k));
            let given = signal.is_finite();
            env.fault = S::select(given, env.fault, S::lit(1.0));
            control.push(S::select(given, signal, zero));
        }
        outside.clear();
        for _ in 0..self.tree.dof_count() {
            outside.push(zero);
        }
        let mut body = Substep {
            program: self,
            control,
            outside,
            work,
            before,
        };
        S::repeat(self.substeps, env, &mut body);
        self.store(env, state, output);
        scratch.give();
    }
}
