//! Models to test with.

use halle_model::{JointKind, Link, Model, Pose, Tool, Workpiece};
use nalgebra::{Matrix3, Vector3};

use crate::stream::Stream;

/// Standard gravity of the reference numbers \[m/s^2\].
pub(crate) const G: f64 = 9.81;

pub(crate) fn rows(m: &Matrix3<f64>) -> [[f64; 3]; 3] {
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| m[(i, j)]))
}

pub(crate) fn pose(rotation: &Matrix3<f64>, translation: Vector3<f64>) -> Pose {
    Pose {
        rotation: rows(rotation),
        translation: translation.into(),
    }
}

/// Roll, pitch, yaw about fixed axes, then a translation.
pub(crate) fn rpy(roll: f64, pitch: f64, yaw: f64, translation: [f64; 3]) -> Pose {
    let turn = nalgebra::Rotation3::from_euler_angles(roll, pitch, yaw);
    pose(turn.matrix(), translation.into())
}

/// A joint without drive, damping, friction and limits, carrying a unit point mass at its origin.
pub(crate) fn free_link(parent: Option<usize>, joint: JointKind, at: Pose) -> Link {
    Link {
        name: "link".to_owned(),
        parent,
        joint,
        parent_from_link: at,
        mass: 1.0,
        center_of_mass: [0.0; 3],
        inertia: [0.0; 6],
        armature: 0.0,
        damping: 0.0,
        friction: 0.0,
        limit: [-1.0e9, 1.0e9],
        effort_limit: 0.0,
        velocity_limit: 1.0e9,
        drive_stiffness: 0.0,
        drive_damping: 0.0,
        home: 0.0,
    }
}

/// The pad of the tests.
pub(crate) fn pad() -> Tool {
    Tool {
        link: 0,
        link_from_pad: Pose::IDENTITY,
        radius: 0.0375,
        stiffness: 20_000.0,
        damping: 120.0,
        friction: 0.25,
        spindle_speed: 314.0,
        preston: 1.0e-10,
        force_set_point: 20.0,
    }
}

/// Links with a pad on the last one and a workpiece that is out of reach.
pub(crate) fn untouched(time_step: f64, links: Vec<Link>) -> Model {
    let tool = Tool {
        link: links.len() - 1,
        ..pad()
    };
    Model {
        gravity: [0.0, 0.0, -G],
        time_step,
        links,
        tool,
        workpiece: Workpiece {
            world_from_workpiece: rpy(0.0, 0.0, 0.0, [0.0, 0.0, -1.0e6]),
            surface: [0.0; 15],
            fit_error: 0.0,
            half_extent: [0.1; 2],
            polish_half_extent: [0.1; 2],
            target_removal: 1.0e-5,
        },
    }
}

/// A symmetric positive definite inertia that obeys the triangle inequality.
fn inertia(random: &mut Stream) -> [f64; 6] {
    let spread = Vector3::from_fn(|_, _| random.within(0.005, 0.1));
    let principal = Vector3::new(
        spread.y + spread.z,
        spread.x + spread.z,
        spread.x + spread.y,
    );
    let r = random.rotation();
    let m = r * Matrix3::from_diagonal(&principal) * r.transpose();
    [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)].map(|at| m[at])
}

/// A tree of up to eight links: branches, several roots, both kinds of joint.
pub(crate) fn random_tree(random: &mut Stream) -> Model {
    let count = 1 + random.below(8);
    let links = (0..count)
        .map(|i| {
            // One choice more than there are links before: the base.
            let parent = random.below(i + 1).checked_sub(1);
            let joint = if random.signed() > 0.3 {
                JointKind::Prismatic
            } else {
                JointKind::Revolute
            };
            let at = pose(&random.rotation(), random.vector() * 0.5);
            Link {
                mass: random.within(0.5, 3.0),
                center_of_mass: (random.vector() * 0.2).into(),
                inertia: inertia(random),
                ..free_link(parent, joint, at)
            }
        })
        .collect();
    let mut model = untouched(0.001, links);
    model.gravity = (random.vector() * 10.0).into();
    model.tool.link = random.below(count);
    model.tool.link_from_pad = pose(&random.rotation(), random.vector() * 0.2);
    model
}
