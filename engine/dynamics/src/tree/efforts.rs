//! What acts at joints by itself: actuators, springs, damping.

use halle_lanes::Lane;
use halle_model::articulated::SystemActuator;

use super::mass::entry;
use super::plan::Tree;

/// Efforts of a step, and how they answer to its accelerations.
#[derive(Clone, Debug, Default)]
pub struct Efforts<S: Copy> {
    /// Effort at each degree of freedom if it does not accelerate \[N m or N\].
    pub effort: Vec<S>,
    /// Inertia to add so that stiffness and damping hold on average over the step \[kg m^2 or kg\].
    pub inertia: Vec<S>,
    /// Share of the effort that actuators bring up \[N m or N\].
    pub driven: Vec<S>,
}

/// Appends the efforts of a step of length `h`, at positions `q` in its middle, velocities `v` at its
/// start and control signals `control`, for joints that see the inertias on the diagonal of `mass`.
///
/// A spring of stiffness k and a damper d answer at the time theta h into the step: half way where
/// the step is short against their own time, which is of second order, towards the end where it is
/// long, which is stable at any stiffness and damps out what it cannot follow. In between theta is that
/// of the exact decay of a damper, 1/2 + z/12 - ..., to its third order.
#[inline(always)]
pub(super) fn efforts<S: Lane>(
    tree: &Tree,
    h: f64,
    q: &[S],
    v: &[S],
    control: &[S],
    mass: &[S],
    out: &mut Efforts<S>,
) {
    let system = tree.system();
    let zero = S::lit(0.0);
    for k in 0..tree.dof_count() {
        let link = &system.links[tree.dof(k).link];
        let place = tree.place(tree.dof(k).link);
        let single = link.joint.dof_count() == 1;
        let seen = mass[entry(k, k)];
        let mut stiffness = S::lit(if single { link.spring[0] } else { 0.0 });
        let mut damping = S::lit(link.damping);
        let motors = if single {
            tree.motors(tree.dof(k).link)
        } else {
            &[]
        };
        for &j in motors {
            let (own, drag) = gains(&system.actuators[j], seen);
            stiffness += own;
            damping += drag;
        }
        let z = (stiffness.mul_add(S::lit(h), damping) * S::lit(h)) / seen;
        let theta = z / z.mul_add(S::lit(2.0), S::lit(12.0)) + S::lit(0.5);

        let ahead = (theta - S::lit(0.5)) * S::lit(h);
        let at = v[k].mul_add(ahead, if single { q[place.position] } else { zero });
        let mut effort = -(S::lit(link.damping) * v[k]);
        if single && link.spring[0] != 0.0 {
            effort += (S::lit(link.spring[1]) - at) * S::lit(link.spring[0]);
        }
        let mut kept_stiffness = S::lit(if single { link.spring[0] } else { 0.0 });
        let mut kept_damping = S::lit(link.damping);
        let mut driven = zero;
        for &j in motors {
            let actuator = &system.actuators[j];
            let (own, share) = driven_by(actuator, at, v[k], control[j], seen);
            let (own_stiffness, own_damping) = gains(actuator, seen);
            kept_stiffness += own_stiffness * share;
            kept_damping += own_damping * share;
            driven += own;
        }
        out.effort.push(effort + driven);
        out.driven.push(driven);
        let step = theta * S::lit(h);
        out.inertia
            .push(step * kept_stiffness.mul_add(step, kept_damping));
    }
}

/// Stiffness and damping of an actuator at the joint, for a joint that sees an inertia.
#[inline(always)]
fn gains<S: Lane>(actuator: &SystemActuator, seen: S) -> (S, S) {
    let square = actuator.gear * actuator.gear;
    let scale = if actuator.is_acceleration {
        seen
    } else {
        S::lit(1.0)
    };
    let stiffness = S::lit((-actuator.bias[1] * square).max(0.0));
    let damping = S::lit((-actuator.bias[2] * square).max(0.0));
    (stiffness * scale, damping * scale)
}

/// Effort of an actuator at the joint, and the share of what it asks for that it may bring up.
#[inline(always)]
fn driven_by<S: Lane>(actuator: &SystemActuator, q: S, v: S, control: S, seen: S) -> (S, S) {
    let gear = S::lit(actuator.gear);
    let (length, speed) = (q * gear, v * gear);
    let [low, high] = actuator.control_range;
    let signal = clamped(control, low, high);
    let gain = line(actuator.gain, length, speed);
    let mut asked = gain.mul_add(signal, line(actuator.bias, length, speed));
    if actuator.is_acceleration {
        asked *= seen;
    }
    let [low, high] = actuator.effort_range;
    let given = clamped(asked, low, high);
    // A saturated drive keeps the share of its answer that it keeps of its effort: without any it
    // would push as if the joint stood still, and a light joint could cycle for ever.
    let share = if low.is_finite() || high.is_finite() {
        let size = asked.abs();
        let some = size.gt(S::lit(1.0e-12));
        S::select(
            some,
            given.abs() / S::select(some, size, S::lit(1.0)),
            S::lit(1.0),
        )
    } else {
        S::lit(1.0)
    };
    (given * gear, share.min(S::lit(1.0)))
}

#[inline(always)]
fn line<S: Lane>(c: [f64; 3], length: S, speed: S) -> S {
    let mut sum = S::lit(c[0]);
    if c[1] != 0.0 {
        sum = length.mul_add(S::lit(c[1]), sum);
    }
    if c[2] != 0.0 {
        sum = speed.mul_add(S::lit(c[2]), sum);
    }
    sum
}

#[inline(always)]
fn clamped<S: Lane>(x: S, low: f64, high: f64) -> S {
    let mut x = x;
    if high.is_finite() {
        x = x.min(S::lit(high));
    }
    if low.is_finite() {
        x = x.max(S::lit(low));
    }
    x
}
