//! A six-axis arm over a saddle, with the `UR10e`'s published kinematics and masses.

use halle_model::{JointKind, Link, Model, Pose, Tool, Workpiece};

fn rpy(r: f64, p: f64, y: f64, t: [f64; 3]) -> Pose {
    let ((sr, cr), (sp, cp), (sy, cy)) = (r.sin_cos(), p.sin_cos(), y.sin_cos());
    Pose {
        rotation: [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ],
        translation: t,
    }
}

/// The six links, from the base to the flange.
fn links() -> Vec<Link> {
    use core::f64::consts::{FRAC_PI_2, PI};
    // Parent pose, mass, centre of mass, diagonal inertia, effort limit, home.
    let rows = [
        (
            rpy(0.0, 0.0, PI, [0.0, 0.0, 0.1807]),
            7.369,
            [0.021, -0.027, 0.0],
            [0.034, 0.0216, 0.0353],
            330.0,
            0.0,
        ),
        (
            rpy(FRAC_PI_2, 0.0, 0.0, [0.0; 3]),
            13.051,
            [-0.2327, 0.0, 0.158],
            [0.0281, 0.7707, 0.7694],
            330.0,
            -1.4,
        ),
        (
            rpy(0.0, 0.0, 0.0, [-0.6127, 0.0, 0.0]),
            3.989,
            [-0.33155, 0.0, 0.068],
            [0.0101, 0.3093, 0.3065],
            150.0,
            2.0,
        ),
        (
            rpy(0.0, 0.0, 0.0, [-0.57155, 0.0, 0.17415]),
            2.1,
            [0.0, 0.007, 0.018],
            [0.003, 0.0026, 0.0022],
            54.0,
            -2.17,
        ),
        (
            rpy(FRAC_PI_2, 0.0, 0.0, [0.0, -0.11985, 0.0]),
            1.98,
            [0.0, 0.007, -0.018],
            [0.003, 0.0026, 0.0022],
            54.0,
            -1.57,
        ),
        (
            rpy(FRAC_PI_2, PI, PI, [0.0, 0.11655, 0.0]),
            1.815,
            [0.0, 0.0, 0.05],
            [0.006, 0.006, 0.002],
            54.0,
            0.0,
        ),
    ];
    rows.into_iter()
        .enumerate()
        .map(|(i, (pose, mass, com, inertia, effort, home))| Link {
            name: format!("link{i}"),
            parent: i.checked_sub(1),
            joint: JointKind::Revolute,
            parent_from_link: pose,
            mass,
            center_of_mass: com,
            inertia: [inertia[0], inertia[1], inertia[2], 0.0, 0.0, 0.0],
            armature: if i < 3 { 1.0 } else { 0.2 },
            damping: 1.0,
            friction: 2.0,
            limit: [-2.0 * PI, 2.0 * PI],
            effort_limit: effort,
            velocity_limit: 2.0,
            drive_stiffness: if i < 3 { 20_000.0 } else { 6_000.0 },
            drive_damping: if i < 3 { 1_000.0 } else { 150.0 },
            home,
        })
        .collect()
}

/// The cell that tests use: not the one that ships, but like it.
pub(crate) fn cell() -> Model {
    let mut surface = [0.0; 15];
    surface[3] = 0.4;
    surface[5] = -0.5;
    Model {
        gravity: [0.0, 0.0, -9.81],
        time_step: 0.002,
        links: links(),
        tool: Tool {
            link: 5,
            link_from_pad: rpy(0.0, 0.0, 0.0, [0.0, 0.0, 0.16]),
            radius: 0.0375,
            stiffness: 20_000.0,
            damping: 120.0,
            friction: 0.25,
            spindle_speed: 314.0,
            preston: 1.0e-10,
            force_set_point: 20.0,
        },
        workpiece: Workpiece {
            world_from_workpiece: rpy(0.0, 0.0, 0.0, [0.75, 0.17, 0.2]),
            surface,
            fit_error: 0.0,
            half_extent: [0.18, 0.15],
            polish_half_extent: [0.10, 0.07],
            target_removal: 6.0e-6,
        },
    }
}
