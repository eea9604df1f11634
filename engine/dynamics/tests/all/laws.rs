//! The laws as the tests call them: the only place that knows how joints are held.

use halle_dynamics::{
    ArmState, Grid, PadParameters, Pass, Plan, Reference, Removal, Surface, accelerations,
    forward_motion, remove_material, substep,
};
use halle_lanes::{CpuLane, Lane, Slab};
use halle_model::Model;
use halle_spatial::Wrench;

/// Joint accelerations at a state, under joint torques and a wrench on the tool's link.
pub(crate) fn accelerate<S: Lane>(
    model: &Model,
    [q, qd, torque, extra]: [&[S]; 4],
    wrench: &Wrench<S>,
) -> Vec<S> {
    let links = forward_motion(model, q, qd);
    let qdd = accelerations(model, &links, qd, torque, extra, model.tool.link, wrench);
    (0..model.links.len()).map(|i| qdd[i]).collect()
}

/// A state at the start of a control step.
pub(crate) fn at<S: Lane>(q: &[f64], qd: &[f64]) -> ArmState<S> {
    let cast = |x: &[f64]| x.iter().map(|x| S::lit(*x)).collect();
    ArmState::new(cast(q), cast(qd))
}

/// A reference that starts at `q` and moves with `qd`.
pub(crate) fn follow<S: Lane>(q: &[f64], qd: &[f64], feedforward: &[f64]) -> Reference<S> {
    let cast = |x: &[f64]| x.iter().map(|x| S::lit(*x)).collect();
    Reference {
        q: cast(q),
        qd: cast(qd),
        feedforward: cast(feedforward),
    }
}

/// A reference that stands still at zero.
pub(crate) fn rest<S: Lane>(model: &Model) -> Reference<S> {
    let zero = vec![0.0; model.links.len()];
    follow(&zero, &zero, &zero)
}

/// The pad as the model has it.
pub(crate) fn nominal_pad<S: Lane>(model: &Model) -> PadParameters<S> {
    PadParameters {
        stiffness: S::lit(model.tool.stiffness),
        damping: S::lit(model.tool.damping),
        friction: S::lit(model.tool.friction),
    }
}

/// Substeps one after the other.
pub(crate) fn run<S: Lane>(
    model: &Model,
    reference: &Reference<S>,
    state: &mut ArmState<S>,
    count: usize,
) {
    let surface = Surface::nominal(&model.workpiece);
    let pad = nominal_pad(model);
    for _ in 0..count {
        substep(model, &surface, &pad, reference, state);
    }
}

/// One removal without a forecast; the cells stand `offset` rows into memory.
pub(crate) fn remove<S: CpuLane>(
    grid: &Grid,
    surface: &Surface<S>,
    pass: &Pass<S>,
    memory: &mut [S::Elem],
    offset: usize,
) -> Removal<S> {
    remove_material(
        grid,
        surface,
        pass,
        &Plan::none(),
        &mut Slab(memory),
        offset,
    )
}

/// Positions as plain numbers.
pub(crate) fn positions(model: &Model, state: &ArmState<f64>) -> Vec<f64> {
    (0..model.links.len()).map(|i| state.q[i]).collect()
}

/// Velocities as plain numbers.
pub(crate) fn velocities(model: &Model, state: &ArmState<f64>) -> Vec<f64> {
    (0..model.links.len()).map(|i| state.qd[i]).collect()
}
