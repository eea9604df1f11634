//! What the velocities and gravity ask of the joints: recursive Newton-Euler without accelerations.

use halle_lanes::{Few, Lane};
use halle_model::articulated::{MAX_DOFS, SystemJoint};
use halle_spatial::{Motion, Vec3, Wrench};

use super::frames::Frame;
use super::mass::{Rigid, along};
use super::plan::Tree;

/// Appends the generalised forces that keep all accelerations at zero \[N m or N\], for the velocities of
/// the frames and the bodies of the links alone.
#[inline(always)]
pub(crate) fn bias<S: Lane>(
    tree: &Tree,
    frames: &[Frame<S>],
    bodies: &[Rigid<S>],
    out: &mut Vec<S>,
) {
    let system = tree.system();
    let links = &system.links;
    let mut accelerations: Few<Motion<S>, MAX_DOFS> = Few::new();
    let mut wrenches: Few<Wrench<S>, MAX_DOFS> = Few::new();
    for (i, link) in links.iter().enumerate() {
        let frame = &frames[i];
        let w = frame.velocity.angular;
        let acceleration = match link.parent {
            None => Motion::zero(),
            Some(p) => {
                let parent = &accelerations[p];
                let turning = frames[p].velocity.angular;
                let linear =
                    parent.at(frame.from_parent) + turning.cross(turning.cross(frame.from_parent));
                match link.joint {
                    SystemJoint::Prismatic => {
                        // The sliding part of the velocity, turned along.
                        let slide =
                            frame.velocity.linear - frames[p].velocity.at(frame.from_parent);
                        Motion {
                            angular: parent.angular,
                            linear: turning.cross(slide).mul_add(S::lit(2.0), linear),
                        }
                    }
                    _ => Motion {
                        angular: parent.angular + turning.cross(w - turning),
                        linear,
                    },
                }
            }
        };
        let body = &bodies[i];
        let [gx, gy, gz] = system.gravity;
        let scale = link.gravity_scale;
        let pull = Vec3::constant([gx * scale, gy * scale, gz * scale]);
        let free = acceleration.linear - pull;
        let spun = w.cross(body.moment);
        wrenches.push(Wrench {
            moment: body.inertia.apply(acceleration.angular)
                + w.cross(body.inertia.apply(w))
                + body.moment.cross(free),
            force: free * body.mass + acceleration.angular.cross(body.moment) + w.cross(spun),
        });
        accelerations.push(acceleration);
    }
    for i in (0..links.len()).rev() {
        if let Some(p) = links[i].parent {
            wrenches[p] = wrenches[p].plus(&wrenches[i].shifted(frames[i].from_parent));
        }
    }
    for k in 0..tree.dof_count() {
        let dof = tree.dof(k);
        out.push(along(&wrenches[dof.link], frames, dof.link, dof.kind));
    }
}
