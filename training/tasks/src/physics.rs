//! A system under given control signals, without a goal: what benchmarks and replays step.

use halle_dynamics::tree::{MAX_WARM, SolverOptions, Tree, TreeState, Work, position_count, step};
use halle_lanes::{Body, Carry, Few, Lane};
use halle_model::articulated::MAX_DOFS;
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
        position_count(&self.tree) + self.tree.dof_count()
    }

    #[inline(always)]
    fn load<S: Lane>(&self, memory: &S::Array<'_>) -> Env<S> {
        let mut next = 0;
        let mut read = || {
            next += 1;
            S::load(memory, S::index(next - 1))
        };
        let mut state = TreeState {
            q: Few::new(),
            v: Few::new(),
            a: Few::new(),
            warm: Few::new(),
        };
        for _ in 0..position_count(&self.tree) {
            state.q.push(read());
        }
        for _ in 0..self.tree.dof_count() {
            state.v.push(read());
        }
        for _ in 0..self.tree.dof_count() {
            state.a.push(read());
        }
        for _ in 0..self.tree.warm_count() {
            state.warm.push(read());
        }
        Env {
            state,
            fault: read(),
            contact: [S::lit(0.0); 3],
        }
    }

    #[inline(always)]
    fn store<S: Lane>(
        &self,
        env: &mut Env<S>,
        memory: &mut S::Array<'_>,
        output: &mut S::Array<'_>,
    ) {
        let fault = env.fault;
        let mut next = 0;
        let motion = self.motion_count();
        env.state.visit(&mut |x| {
            S::store(memory, S::index(next), *x);
            if next < motion {
                S::store(output, S::index(next), *x);
            }
            next += 1;
        });
        S::store(memory, S::index(next), fault);
        for k in 0..3 {
            S::store(output, S::index(motion + k), env.contact[k]);
        }
        S::store(output, S::index(motion + 3), fault);
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

struct Substep<'a, S: Copy> {
    program: &'a Physics,
    control: &'a Few<S, MAX_DOFS>,
}

impl<S: Lane> Body<S, Env<S>> for Substep<'_, S> {
    #[inline(always)]
    fn run(&mut self, _: S::Index, env: &mut Env<S>) {
        let (tree, options) = (&self.program.tree, &self.program.options);
        let zero = S::lit(0.0);
        let outside: Few<S, MAX_DOFS> = Few::filled(zero, tree.dof_count());
        let mut before: Few<S, { 3 * MAX_DOFS + MAX_WARM }> = Few::new();
        env.state.visit(&mut |x| before.push(*x));
        let mut work = Work::new(tree);
        step(
            tree,
            self.control,
            &outside,
            options,
            &mut env.state,
            &mut work,
        );
        let one = S::lit(1.0);
        let mut sound = env.fault.le(zero);
        for v in &env.state.v {
            sound = sound & v.abs().lt(S::lit(EXPLODED));
        }
        for q in &env.state.q {
            sound = sound & q.is_finite();
        }
        let mut k = 0;
        env.state.visit(&mut |x| {
            *x = S::select(sound, *x, before[k]);
            k += 1;
        });
        env.fault = S::select(sound, zero, one);
        env.contact = [zero; 3];
        let rate = S::lit(1.0 / tree.system().time_step);
        for touch in &work.constraints.touches {
            let push = touch.impulse[0];
            env.contact[0] += S::select(push.gt(zero), one, zero);
            env.contact[1] = push.mul_add(rate, env.contact[1]);
            let overlap = S::select(push.gt(zero), -touch.gap, zero);
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
        let mut env = Env {
            state: TreeState::new(&self.tree),
            fault: S::lit(0.0),
            contact: [S::lit(0.0); 3],
        };
        self.store(&mut env, state, output);
    }

    #[inline(always)]
    fn step<S: Lane>(
        &self,
        _: [S::Bits; 2],
        action: &S::Array<'_>,
        state: &mut S::Array<'_>,
        output: &mut S::Array<'_>,
    ) {
        let mut env = self.load(state);
        let mut control: Few<S, MAX_DOFS> = Few::new();
        for k in 0..self.tree.system().actuators.len() {
            let signal = S::load(action, S::index(k));
            let given = signal.is_finite();
            env.fault = S::select(given, env.fault, S::lit(1.0));
            control.push(S::select(given, signal, S::lit(0.0)));
        }
        let mut body = Substep {
            program: self,
            control: &control,
        };
        S::repeat(self.substeps, &mut env, &mut body);
        self.store(&mut env, state, output);
    }
}
