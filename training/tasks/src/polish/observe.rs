//! What the policy sees.

use halle_dynamics::Surface;
use halle_lanes::{Few, Lane};

use super::control::Control;
use super::quantity::Quantity;
use super::state::EnvState;

/// Names of the joints' observations, up to the largest arm that is served.
const JOINTS: [&str; 8] = ["q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7"];

const REST: [Quantity; 32] = [
    Quantity {
        name: "force_error",
        unit: "set point",
    },
    Quantity {
        name: "force_error_filtered",
        unit: "set point",
    },
    Quantity {
        name: "force_change",
        unit: "set point per control step",
    },
    Quantity {
        name: "tilt_moment_x",
        unit: "set point x pad radius",
    },
    Quantity {
        name: "tilt_moment_y",
        unit: "set point x pad radius",
    },
    Quantity {
        name: "x",
        unit: "half extent of the region",
    },
    Quantity {
        name: "y",
        unit: "half extent of the region",
    },
    Quantity {
        name: "ahead",
        unit: "direction of travel along x, ±1",
    },
    Quantity {
        name: "along",
        unit: "share of the line",
    },
    Quantity {
        name: "across",
        unit: "share of the way to the next line",
    },
    Quantity {
        name: "progress",
        unit: "share of the path",
    },
    Quantity {
        name: "slope_ahead",
        unit: "m/m of the nominal surface",
    },
    Quantity {
        name: "slope_y",
        unit: "m/m of the nominal surface",
    },
    Quantity {
        name: "normal_offset",
        unit: "10 mm",
    },
    Quantity {
        name: "lateral",
        unit: "10 mm",
    },
    Quantity {
        name: "tilt_x",
        unit: "0.1 rad",
    },
    Quantity {
        name: "tilt_y",
        unit: "0.1 rad",
    },
    Quantity {
        name: "removal_mean",
        unit: "target",
    },
    Quantity {
        name: "left_behind_minus",
        unit: "target",
    },
    Quantity {
        name: "left_beside_minus",
        unit: "target",
    },
    Quantity {
        name: "left_ahead_minus",
        unit: "target",
    },
    Quantity {
        name: "left_behind",
        unit: "target",
    },
    Quantity {
        name: "left_under",
        unit: "target",
    },
    Quantity {
        name: "left_ahead",
        unit: "target",
    },
    Quantity {
        name: "left_behind_plus",
        unit: "target",
    },
    Quantity {
        name: "left_beside_plus",
        unit: "target",
    },
    Quantity {
        name: "left_ahead_plus",
        unit: "target",
    },
    Quantity {
        name: "last_feed",
        unit: "action",
    },
    Quantity {
        name: "last_normal_speed",
        unit: "action",
    },
    Quantity {
        name: "last_lateral",
        unit: "action",
    },
    Quantity {
        name: "last_tilt_x",
        unit: "action",
    },
    Quantity {
        name: "last_tilt_y",
        unit: "action",
    },
];

/// Names and units of the observation of an arm with this many joints, in order.
#[must_use]
pub fn observations(joints: usize) -> Vec<Quantity> {
    JOINTS
        .iter()
        .take(joints)
        .map(|name| Quantity {
            name,
            unit: "rad from the start posture",
        })
        .chain(REST)
        .collect()
}

/// Largest number of joints that can be observed.
pub(crate) const MAX_JOINTS: usize = JOINTS.len();

/// Numbers of an observation.
pub(crate) type Observation<S> = Few<S, { MAX_JOINTS + REST.len() }>;

/// Writes the observation of a state, in the order of [`observations`].
#[inline(always)]
pub(crate) fn observe<S: Lane>(
    control: &Control<'_>,
    radius: f64,
    half_extent: [f64; 2],
    start: &[f64],
    nominal: &Surface<S>,
    state: &EnvState<S>,
) -> Observation<S> {
    let one = S::lit(1.0);
    let per_force = S::lit(1.0 / control.set_point);
    let per_moment = S::lit(1.0 / (control.set_point * radius));
    let at = control.raster.at(state.path);
    let slope = nominal.at(at.x, at.y);
    let mut row = Observation::new();
    for i in 0..start.len() {
        row.push(state.q[i] - S::lit(start[i]));
    }
    row.push(state.readings[0].mul_add(per_force, -one));
    row.push(state.force.mul_add(per_force, -one));
    row.push((state.readings[0] - state.readings[1]) * per_force);
    row.push(state.moments[0] * per_moment);
    row.push(state.moments[1] * per_moment);
    row.push(at.x * S::lit(1.0 / half_extent[0]));
    row.push(at.y * S::lit(1.0 / half_extent[1]));
    row.push(at.ahead);
    row.push(at.along);
    row.push(at.across);
    row.push(state.path * S::lit(1.0 / control.raster.length()));
    row.push(slope.slope_x * at.ahead);
    row.push(slope.slope_y);
    row.push(state.normal_offset * S::lit(100.0));
    row.push(state.lateral * S::lit(100.0));
    row.push(state.tilt[0] * S::lit(10.0));
    row.push(state.tilt[1] * S::lit(10.0));
    row.push(state.removal[0]);
    // What the plan will leave, as a gauge with a gain error makes one believe.
    let gain = one + state.parameters[13];
    for left in state.patch {
        row.push((left - one).mul_add(gain, one));
    }
    for a in state.action {
        row.push(a);
    }
    row
}
