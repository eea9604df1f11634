//! Arms of six and seven axes over a curved workpiece.

use core::f64::consts::{FRAC_PI_2, PI};

use halle_model::{JointKind, Link, Model, Pose};

use crate::cells::{free_link, rpy, untouched};

/// Parent pose, mass, centre of mass, diagonal inertia, effort limit, home.
type Row = (Pose, f64, [f64; 3], [f64; 3], f64, f64);

fn driven(rows: Vec<Row>) -> Vec<Link> {
    rows.into_iter()
        .enumerate()
        .map(|(i, (at, mass, center, [x, y, z], effort, home))| Link {
            mass,
            center_of_mass: center,
            inertia: [x, y, z, 0.0, 0.0, 0.0],
            armature: if i < 3 { 1.0 } else { 0.2 },
            damping: 1.0,
            friction: 2.0,
            limit: [-2.0 * PI, 2.0 * PI],
            effort_limit: effort,
            velocity_limit: 2.0,
            drive_stiffness: if i < 3 { 20_000.0 } else { 6_000.0 },
            drive_damping: if i < 3 { 1_000.0 } else { 150.0 },
            home,
            ..free_link(i.checked_sub(1), JointKind::Revolute, at)
        })
        .collect()
}

/// Six axes with the published lengths and masses of a `UR10e`.
pub(crate) fn six_axes() -> Model {
    let at = |r, p, y, t| rpy(r, p, y, t);
    let quarter = FRAC_PI_2;
    let mut model = untouched(
        0.002,
        driven(vec![
            (
                at(0.0, 0.0, PI, [0.0, 0.0, 0.1807]),
                7.369,
                [0.021, -0.027, 0.0],
                [0.034, 0.0216, 0.0353],
                330.0,
                0.0,
            ),
            (
                at(quarter, 0.0, 0.0, [0.0; 3]),
                13.051,
                [-0.2327, 0.0, 0.158],
                [0.0281, 0.7707, 0.7694],
                330.0,
                -1.4,
            ),
            (
                at(0.0, 0.0, 0.0, [-0.6127, 0.0, 0.0]),
                3.989,
                [-0.33155, 0.0, 0.068],
                [0.0101, 0.3093, 0.3065],
                150.0,
                2.0,
            ),
            (
                at(0.0, 0.0, 0.0, [-0.57155, 0.0, 0.17415]),
                2.1,
                [0.0, 0.007, 0.018],
                [0.003, 0.0026, 0.0022],
                54.0,
                -2.17,
            ),
            (
                at(quarter, 0.0, 0.0, [0.0, -0.11985, 0.0]),
                1.98,
                [0.0, 0.007, -0.018],
                [0.003, 0.0026, 0.0022],
                54.0,
                -1.57,
            ),
            (
                at(quarter, PI, PI, [0.0, 0.11655, 0.0]),
                1.815,
                [0.0, 0.0, 0.05],
                [0.006, 0.006, 0.002],
                54.0,
                0.0,
            ),
        ]),
    );
    model.tool.link_from_pad = rpy(0.0, 0.0, 0.0, [0.0, 0.0, 0.16]);
    model
}

/// Seven axes that alternate between roll and bend, as arms with torque sensors have them.
pub(crate) fn seven_axes() -> Model {
    let homes = [0.0, 0.3, 0.2, -1.5, 0.1, 1.2, 0.0];
    let rows = (0..7)
        .map(|i| {
            let roll = if i == 0 {
                0.0
            } else if i % 2 == 1 {
                -FRAC_PI_2
            } else {
                FRAC_PI_2
            };
            let step = match i {
                0 => [0.0, 0.0, 0.333],
                2 | 4 => [0.0, if i == 2 { -0.316 } else { -0.384 }, 0.0],
                6 => [0.0, -0.088, 0.0],
                _ => [0.0; 3],
            };
            (
                rpy(roll, 0.0, 0.0, step),
                2.5,
                [0.01, 0.02, 0.05],
                [0.02, 0.02, 0.01],
                87.0,
                homes[i],
            )
        })
        .collect();
    let mut model = untouched(0.002, driven(rows));
    model.tool.link_from_pad = rpy(0.0, 0.0, 0.0, [0.0, 0.0, 0.2]);
    model
}

/// The joint positions that the model calls home.
pub(crate) fn home(model: &Model) -> Vec<f64> {
    model.links.iter().map(|link| link.home).collect()
}
