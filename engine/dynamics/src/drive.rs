//! What acts at a joint: drive, damping, friction, limits.

use halle_lanes::Lane;
use halle_model::Link;

/// Speed below which joint friction grows in proportion to speed \[rad/s or m/s\].
const FRICTION_SPEED: f64 = 0.01;

/// Depth of violation at which a joint limit pushes back with the drive's full effort \[rad or m\].
const LIMIT_DEPTH: f64 = 0.01;

/// Torque on a joint, and how it answers to the joint's acceleration within one substep.
#[derive(Clone, Copy, Debug)]
pub struct JointAction<S> {
    /// Torque at the present velocity \[N m or N\].
    pub torque: S,
    /// Inertia to add so that damping and stiffness act implicitly \[kg m^2 or kg\].
    pub inertia: S,
    /// The drive's share of the torque, before the implicit part \[N m or N\].
    pub drive: S,
}

/// Drive to a reference, viscous damping, Coulomb friction and limits of one joint.
///
/// The drive gives `k (q_ref - q) + d (qd_ref - qd) + feedforward`, within the effort limit.
/// Stiffness and damping are taken at the end of the substep (linearly implicit Euler), so that a
/// stiff drive is stable at any substep; a saturated one is scaled down as a whole to its limit.
#[inline(always)]
pub fn joint_action<S: Lane>(
    link: &Link,
    time_step: f64,
    q: S,
    qd: S,
    q_reference: S,
    qd_reference: S,
    feedforward: S,
) -> JointAction<S> {
    let zero = S::lit(0.0);
    let dt = S::lit(time_step);
    let stiffness = S::lit(link.drive_stiffness);
    let damping = S::lit(link.drive_damping);
    let limit = S::lit(link.effort_limit);

    let ahead = qd.mul_add(-dt, q_reference - q);
    let asked = stiffness.mul_add(ahead, damping.mul_add(qd_reference - qd, feedforward));
    // A saturated drive keeps the share of its implicit part that it keeps of its torque: without
    // any, it would push explicitly and a light joint could cycle for ever.
    let share = limit / asked.abs().max(limit).max(S::lit(1.0e-9));
    let drive = (asked * share).clamp(-limit, limit);
    let drive_inertia =
        share * S::lit((link.drive_damping + link.drive_stiffness * time_step) * time_step);

    let slope = S::lit(link.friction) / qd.abs().max(S::lit(FRICTION_SPEED)) + S::lit(link.damping);
    let passive = -(slope * qd);

    let wall = link.effort_limit / LIMIT_DEPTH;
    let beyond = (q - S::lit(link.limit[1])).max(zero) - (S::lit(link.limit[0]) - q).max(zero);
    let hit = beyond.abs().gt(zero);
    // The wall is damped by what brings a unit inertia to rest without bounce.
    let wall_damping = 2.0 * wall.sqrt();
    let push = -(S::lit(wall) * qd.mul_add(dt, beyond)) - S::lit(wall_damping) * qd;
    let push = S::select(hit, push, zero);
    let wall_inertia = S::select(
        hit,
        S::lit((wall_damping + wall * time_step) * time_step),
        zero,
    );

    JointAction {
        torque: drive + passive + push,
        inertia: S::lit(link.armature) + slope.mul_add(dt, drive_inertia) + wall_inertia,
        drive,
    }
}
