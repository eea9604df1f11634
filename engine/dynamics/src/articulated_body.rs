//! Joint accelerations from joint torques and outside forces.

use halle_lanes::Lane;
use halle_model::{JointKind, Model};
use halle_spatial::{ArticulatedInertia, Motion, Sym3, Vec3, Wrench};

use crate::kinematics::LinkMotion;
use crate::links::Links;

/// What one joint contributes to its column of the equations.
#[derive(Clone, Copy, Debug)]
struct Column<S> {
    u: Wrench<S>,
    inverse_d: S,
    drive: S,
    bias: Motion<S>,
}

/// Joint accelerations by the articulated-body algorithm (Featherstone 2008, ch. 7).
///
/// Written with classical accelerations of link origins in world axes, so that passing to the parent is
/// a shift and no rotation.
/// `torque` is what acts at each joint \[N m or N\], `extra_inertia` what is added to the inertia
/// that each joint sees (armature and implicit terms) \[kg m^2 or kg\].
/// `outside` is the wrench on link `outside_link` about its origin, world axes.
#[inline(always)]
pub fn accelerations<S: Lane>(
    model: &Model,
    links: &[LinkMotion<S>],
    qd: &[S],
    torque: &[S],
    extra_inertia: &[S],
    outside_link: usize,
    outside: &Wrench<S>,
) -> Links<S> {
    let count = model.links.len();
    let mut inertia: Links<ArticulatedInertia<S>> = Links::new();
    let mut force: Links<Wrench<S>> = Links::new();
    for i in 0..count {
        let (body_inertia, mut bias) = body(model, links, i);
        if i == outside_link {
            bias = bias.plus(&outside.negated());
        }
        inertia.push(body_inertia);
        force.push(bias);
    }

    // From the last link to the first.
    let mut columns: Links<Column<S>> = Links::new();
    for i in (0..count).rev() {
        let axis = links[i].axis;
        let own = inertia[i];
        let (u, seen, projected) = match model.links[i].joint {
            JointKind::Revolute => {
                let moment = own.rotation.apply(axis);
                let u = Wrench {
                    moment,
                    force: own.coupling.apply_transposed(axis),
                };
                (u, axis.dot(moment), axis.dot(force[i].moment))
            }
            JointKind::Prismatic => {
                let push = own.translation.apply(axis);
                let u = Wrench {
                    moment: own.coupling.apply(axis),
                    force: push,
                };
                (u, axis.dot(push), axis.dot(force[i].force))
            }
        };
        let inverse_d = S::lit(1.0) / (seen + extra_inertia[i]);
        let drive = torque[i] - projected;
        let bias = velocity_product(model, links, qd, i);
        if let Some(p) = model.links[i].parent {
            let r = links[i].from_parent;
            let left = own.without_joint(&u, inverse_d);
            let along = drive * inverse_d;
            let carried = force[i].plus(&left.apply(&bias)).plus(&Wrench {
                moment: u.moment * along,
                force: u.force * along,
            });
            inertia[p] = inertia[p].plus(&left.shifted(r));
            force[p] = force[p].plus(&carried.shifted(r));
        }
        columns.push(Column {
            u,
            inverse_d,
            drive,
            bias,
        });
    }

    let [gx, gy, gz] = model.gravity;
    let mut acceleration: Links<Motion<S>> = Links::new();
    let mut qdd: Links<S> = Links::new();
    for i in 0..count {
        let column = &columns[count - 1 - i];
        // Gravity enters as an acceleration of the base.
        let parent = match model.links[i].parent {
            Some(p) => acceleration[p],
            None => Motion {
                angular: Vec3::zero(),
                linear: Vec3::constant([-gx, -gy, -gz]),
            },
        };
        let mut a = Motion {
            angular: parent.angular + column.bias.angular,
            linear: parent.at(links[i].from_parent) + column.bias.linear,
        };
        let pull = column.u.moment.dot(a.angular) + column.u.force.dot(a.linear);
        let own = (column.drive - pull) * column.inverse_d;
        match model.links[i].joint {
            JointKind::Revolute => a.angular = links[i].axis.mul_add(own, a.angular),
            JointKind::Prismatic => a.linear = links[i].axis.mul_add(own, a.linear),
        }
        acceleration.push(a);
        qdd.push(own);
    }
    qdd
}

/// Inertia of link `i` alone about its origin, and the wrench that its velocity asks for.
#[inline(always)]
fn body<S: Lane>(
    model: &Model,
    links: &[LinkMotion<S>],
    i: usize,
) -> (ArticulatedInertia<S>, Wrench<S>) {
    let link = &model.links[i];
    let rotation = &links[i].world_from_link.rotation;
    let mass = S::lit(link.mass);
    let c = rotation.apply(Vec3::constant(link.center_of_mass));
    let inertia = Sym3::constant(link.inertia).rotated(rotation);
    let w = links[i].velocity.angular;
    let force = w.cross(w.cross(c)) * mass;
    let moment = w.cross(inertia.apply(w)) + c.cross(force);
    (
        ArticulatedInertia::of_body(mass, c, inertia),
        Wrench { moment, force },
    )
}

/// The part of a link's acceleration that comes from velocities alone.
#[inline(always)]
fn velocity_product<S: Lane>(
    model: &Model,
    links: &[LinkMotion<S>],
    qd: &[S],
    i: usize,
) -> Motion<S> {
    let Some(p) = model.links[i].parent else {
        return Motion::zero();
    };
    let w = links[p].velocity.angular;
    let centripetal = w.cross(w.cross(links[i].from_parent));
    let turned = w.cross(links[i].axis) * qd[i];
    match model.links[i].joint {
        JointKind::Revolute => Motion {
            angular: turned,
            linear: centripetal,
        },
        JointKind::Prismatic => Motion {
            angular: Vec3::zero(),
            linear: centripetal + turned + turned,
        },
    }
}

/// Joint torques that hold the tree against gravity \[N m or N\].
#[inline(always)]
pub fn gravity_compensation<S: Lane>(model: &Model, links: &[LinkMotion<S>]) -> Links<S> {
    let gravity: Vec3<S> = Vec3::constant(model.gravity);
    let count = model.links.len();
    let mut load: Links<Wrench<S>> = Links::new();
    for i in 0..count {
        let link = &model.links[i];
        let c = links[i]
            .world_from_link
            .rotation
            .apply(Vec3::constant(link.center_of_mass));
        load.push(Wrench::of_force(c, gravity * S::lit(link.mass)));
    }
    let mut torque = Links::filled(S::lit(0.0), count);
    for i in (0..count).rev() {
        torque[i] = match model.links[i].joint {
            JointKind::Revolute => -links[i].axis.dot(load[i].moment),
            JointKind::Prismatic => -links[i].axis.dot(load[i].force),
        };
        if let Some(p) = model.links[i].parent {
            load[p] = load[p].plus(&load[i].shifted(links[i].from_parent));
        }
    }
    torque
}
