//! One step of the integrator.

use halle_lanes::{Body, Carry, Lane};
use halle_model::Model;
use halle_spatial::{Transform, Wrench};

use crate::articulated_body::accelerations;
use crate::drive::joint_action;
use crate::kinematics::{LinkMotion, move_links, pad_from};
use crate::links::Links;
use crate::pad::{PadContact, PadParameters, pad_contact};
use crate::surface::Surface;

/// What changes from substep to substep.
#[derive(Clone, Debug)]
pub struct ArmState<S: Copy> {
    /// Joint positions \[rad or m\].
    pub q: Links<S>,
    /// Joint velocities \[rad/s or m/s\].
    pub qd: Links<S>,
    /// Time since the start of the control step \[s\].
    pub time: S,
    /// Axial force on the pad, summed over substeps \[N\].
    pub force_sum: S,
    /// Largest axial force of any substep \[N\].
    pub force_peak: S,
    /// Moments about the pad's x and y axes, summed over substeps \[N m\].
    pub tilt_sum: [S; 2],
    /// Mean penetration, summed over substeps \[m\].
    pub depth_sum: S,
    /// Work of the drives \[J\].
    pub work: S,
}

impl<S: Lane> ArmState<S> {
    /// At the start of a control step.
    #[inline(always)]
    #[must_use]
    pub fn new(q: Links<S>, qd: Links<S>) -> Self {
        let o = S::lit(0.0);
        Self {
            q,
            qd,
            time: o,
            force_sum: o,
            force_peak: o,
            tilt_sum: [o; 2],
            depth_sum: o,
            work: o,
        }
    }
}

impl<S: Lane> Carry<S> for ArmState<S> {
    #[inline(always)]
    fn visit(&mut self, each: &mut dyn FnMut(&mut S)) {
        for q in &mut self.q {
            each(q);
        }
        for qd in &mut self.qd {
            each(qd);
        }
        each(&mut self.time);
        each(&mut self.force_sum);
        each(&mut self.force_peak);
        self.tilt_sum.visit(each);
        each(&mut self.depth_sum);
        each(&mut self.work);
    }
}

/// What the controller asks of the drives during a control step.
#[derive(Clone, Debug)]
pub struct Reference<S: Copy> {
    /// Joint positions at the start of the control step \[rad or m\].
    pub q: Links<S>,
    /// Joint velocities throughout \[rad/s or m/s\].
    pub qd: Links<S>,
    /// Torque on top of the drive, such as gravity compensation \[N m or N\].
    pub feedforward: Links<S>,
}

/// The loop body that advances an arm with its pad.
#[derive(Debug)]
pub struct Substep<'a, S: Copy> {
    /// Constants.
    pub model: &'a Model,
    /// This env's workpiece.
    pub surface: &'a Surface<S>,
    /// This env's pad.
    pub pad: &'a PadParameters<S>,
    /// What the drives follow.
    pub reference: &'a Reference<S>,
}

impl<S: Lane> Body<S, ArmState<S>> for Substep<'_, S> {
    #[inline(always)]
    fn run(&mut self, _: S::Index, state: &mut ArmState<S>) {
        substep(self.model, self.surface, self.pad, self.reference, state);
    }
}

/// Contact of the pad at joint positions `q` and velocities `qd`, and its wrench on the tool's link.
#[inline(always)]
fn contact<S: Lane>(
    model: &Model,
    surface: &Surface<S>,
    pad: &PadParameters<S>,
    links: &[LinkMotion<S>],
) -> (PadContact<S>, Wrench<S>) {
    let carrier = &links[model.tool.link];
    let world_from_pad: Transform<S> = pad_from(model, links);
    let arm = world_from_pad.origin - carrier.world_from_link.origin;
    let mut velocity = carrier.velocity;
    velocity.linear = velocity.at(arm);
    let contact = pad_contact(&model.tool, surface, pad, &world_from_pad, &velocity);
    let wrench = Wrench {
        moment: contact.moment,
        force: contact.force,
    }
    .shifted(arm);
    (contact, wrench)
}

/// Advances the arm by one substep: semi-implicit Euler of first order, with joint
/// stiffness, damping, friction and limits taken implicitly and the pad explicitly.
#[inline(always)]
pub fn substep<S: Lane>(
    model: &Model,
    surface: &Surface<S>,
    pad: &PadParameters<S>,
    reference: &Reference<S>,
    state: &mut ArmState<S>,
) {
    let count = model.links.len();
    let dt = S::lit(model.time_step);
    state.time += dt;
    let mut links = Links::new();
    move_links(model, &state.q, &state.qd, &mut links);
    let (contact, wrench) = contact(model, surface, pad, &links);

    let mut torque = Links::new();
    let mut inertia = Links::new();
    let mut drive = Links::new();
    for i in 0..count {
        let action = joint_action(
            &model.links[i],
            model.time_step,
            state.q[i],
            state.qd[i],
            reference.qd[i].mul_add(state.time, reference.q[i]),
            reference.qd[i],
            reference.feedforward[i],
        );
        torque.push(action.torque);
        inertia.push(action.inertia);
        drive.push(action.drive);
    }
    let qdd = accelerations(
        model,
        &links,
        &state.qd,
        &torque,
        &inertia,
        model.tool.link,
        &wrench,
    );
    for i in 0..count {
        state.qd[i] = qdd[i].mul_add(dt, state.qd[i]);
        state.q[i] = state.qd[i].mul_add(dt, state.q[i]);
        state.work = (drive[i] * state.qd[i]).mul_add(dt, state.work);
    }
    state.force_sum += contact.axial_force;
    state.force_peak = state.force_peak.max(contact.axial_force);
    for k in 0..2 {
        state.tilt_sum[k] += contact.tilt_moment[k];
    }
    state.depth_sum += contact.mean_depth;
}
