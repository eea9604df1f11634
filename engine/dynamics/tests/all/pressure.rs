//! Pressure on the cells adds up to the axial force.
//!
//! With the spindle at rest and a feed v, every cell slides at v, so that `volume / (k_p v t)` is the integral of
//! the pressure.

use core::f64::consts::PI;

use halle_dynamics::{Grid, PadParameters, Pass, Surface, pad_contact};
use halle_model::Tool;
use halle_spatial::{Mat3, Motion, Transform, Vec3};
use nalgebra::{Rotation3, Vector3};

use crate::cells::{pad, rows};

const R: f64 = 0.0375;
const PRESTON: f64 = 1.0e-10;
const SPEED: f64 = 0.05;

/// Pressure integral over the axial force for a pad over the middle of a surface.
fn share(terms: &[(usize, f64)], center: [f64; 3], tilt: [f64; 2], cell: f64) -> f64 {
    let mut surface = Surface {
        world_from_workpiece: Transform::constant(
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [0.0; 3],
        ),
        terms: [0.0; 15],
        half_extent: [0.15; 2],
    };
    for (at, value) in terms {
        surface.terms[*at] = *value;
    }
    let at = surface.at(center[0], center[1]);
    // Face along the surface, then tilted about world axes.
    let along = Vector3::new(at.slope_y.atan(), -at.slope_x.atan(), 0.0);
    let down = Rotation3::from_axis_angle(&Vector3::x_axis(), PI);
    let turn = Rotation3::new(Vector3::new(tilt[0], tilt[1], 0.0)) * Rotation3::new(along) * down;
    let rotation = Mat3::constant(rows(turn.matrix()));
    let place = Transform {
        rotation,
        origin: Vec3::new(center[0], center[1], at.height - center[2]),
    };
    let tool = Tool {
        spindle_speed: 0.0,
        radius: R,
        ..pad()
    };
    let soft = PadParameters {
        stiffness: 20_000.0,
        damping: 0.0,
        friction: 0.0,
    };
    let contact = pad_contact(&tool, &surface, &soft, &place, &Motion::zero());
    let pass = Pass {
        center: place.origin,
        axes: [
            rotation.column_x(),
            rotation.column_y(),
            rotation.column_z(),
        ],
        feed: [SPEED, 0.0],
        force: contact.axial_force,
        mean_depth: contact.mean_depth,
        preston: PRESTON,
        radius: R,
        spindle_speed: 0.0,
        duration: 0.02,
        target: 1.0e-5,
        ahead: 1.0,
        fresh: true,
    };
    let grid = Grid::over([0.1, 0.1], cell);
    let mut cells = vec![f64::NAN; grid.len()];
    let told = crate::laws::remove(&grid, &surface, &pass, &mut cells, 0);
    told.volume / (PRESTON * SPEED * 0.02 * contact.axial_force)
}

const SADDLE: [(usize, f64); 2] = [(3, 0.4), (5, -0.5)];
const BOWL: [(usize, f64); 3] = [(3, 0.6), (4, 0.3), (5, 0.6)];
const DOME: [(usize, f64); 2] = [(3, -0.6), (5, -0.6)];

#[test]
fn whole_face_in_contact() {
    // Cells of 1 mm. What is left is of second order in slopes: removal is counted along the pad's
    // axis over areas seen along z, while the foundation counts along the surface's normal.
    for terms in [&[][..], &SADDLE, &BOWL, &DOME] {
        for center in [
            [0.0, 0.0, 2.0e-3],
            [0.04, -0.03, 2.0e-3],
            [-0.05, 0.05, 3.0e-3],
        ] {
            for tilt in [[0.0, 0.0], [0.02, 0.0], [0.01, -0.02]] {
                let off = (share(terms, center, tilt, 1.0e-3) - 1.0).abs();
                let slope = terms
                    .iter()
                    .map(|(_, c)| 2.0 * c.abs() * center[0].hypot(center[1]).max(R))
                    .fold(0.0, f64::max)
                    + 0.02;
                assert!(
                    off < 1.0e-3 + 0.5 * slope * slope,
                    "{terms:?} {center:?} {tilt:?}: {off}"
                );
            }
        }
    }
}

#[test]
fn flat_face_is_exact_to_the_rim() {
    // Uniform pressure: what remains is the area of the disc on the grid, second order in cell / R.
    let fine = (share(&[], [0.0, 0.0, 1.0e-3], [0.0, 0.0], 5.0e-4) - 1.0).abs();
    let coarse = (share(&[], [0.0, 0.0, 1.0e-3], [0.0, 0.0], 0.01) - 1.0).abs();
    println!("area of the disc: off by {fine:.1e} on 0.5 mm cells, {coarse:.1e} on 10 mm");
    assert!(fine < 1.0e-3, "{fine}");
    assert!(coarse < 0.03, "{coarse}");
}

#[test]
fn partial_contact_and_coarse_cells() {
    // The mean depth of twelve points scales the pressure: where the edge of the contact runs through
    // the face, the sum misses the force by what the points miss of the depth.
    let mut worst = [0.0_f64; 2];
    for (k, cell) in [5.0e-4, 0.01].into_iter().enumerate() {
        for depth in [5.0e-4, 2.0e-4, 0.0] {
            for tilt in [[0.02, 0.0], [0.0, 0.02], [0.014, 0.014], [0.05, 0.02]] {
                let off = share(&[], [0.003, 0.001, depth], tilt, cell) - 1.0;
                worst[k] = worst[k].max(off.abs());
            }
        }
    }
    println!(
        "partial contact: off by up to {:.3} on 0.5 mm, {:.3} on 10 mm",
        worst[0], worst[1]
    );
    assert!(worst[0] < 0.05, "{worst:?}");
    assert!(worst[1] < 0.08, "{worst:?}");
}
