//! The polynomial surface.

use halle_dynamics::Surface;
use halle_model::SURFACE_TERMS;
use halle_spatial::Transform;

use crate::dense::derivative;
use crate::stream::Stream;

fn random_surface(random: &mut Stream) -> Surface<f64> {
    Surface {
        world_from_workpiece: Transform::constant(
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [0.0; 3],
        ),
        terms: core::array::from_fn(|_| random.signed()),
        half_extent: [1.0; 2],
    }
}

/// The sum of its terms, as the model states them.
fn height(surface: &Surface<f64>, x: f64, y: f64) -> f64 {
    SURFACE_TERMS
        .iter()
        .zip(surface.terms)
        .map(|((i, j), c)| c * x.powi(*i as i32) * y.powi(*j as i32))
        .sum()
}

#[test]
fn height_and_slopes_are_those_of_the_polynomial() {
    let mut random = Stream::new(301);
    for _ in 0..200 {
        let surface = random_surface(&mut random);
        let (x, y) = (random.signed(), random.signed());
        let at = surface.at(x, y);
        // Fifteen terms within one: some tens of roundings.
        assert!((at.height - height(&surface, x, y)).abs() < 1.0e-14);
        // Differences of fourth order are exact for polynomials of fourth degree; rounding
        // over h = 1e-2 remains.
        let slope_x = derivative(|d| height(&surface, x + d, y), 1.0e-2);
        let slope_y = derivative(|d| height(&surface, x, y + d), 1.0e-2);
        assert!(
            (at.slope_x - slope_x).abs() < 1.0e-12,
            "{} {slope_x}",
            at.slope_x
        );
        assert!(
            (at.slope_y - slope_y).abs() < 1.0e-12,
            "{} {slope_y}",
            at.slope_y
        );
    }
}

#[test]
fn row_is_the_polynomial_along_x() {
    let mut random = Stream::new(302);
    for _ in 0..200 {
        let surface = random_surface(&mut random);
        let (x, y) = (random.signed(), random.signed());
        let row = surface.row(y);
        let sum: f64 = row
            .iter()
            .enumerate()
            .map(|(i, c)| c * x.powi(i as i32))
            .sum();
        assert!((sum - height(&surface, x, y)).abs() < 1.0e-14);
    }
}

#[test]
fn normal_is_a_unit_vector_across_both_tangents() {
    let mut random = Stream::new(303);
    for _ in 0..200 {
        let surface = random_surface(&mut random);
        let at = surface.at(random.signed(), random.signed());
        let n = at.normal();
        assert!((n.norm() - 1.0).abs() < 1.0e-15);
        assert!(n.z > 0.0, "points out of the material");
        assert!((n.x + n.z * at.slope_x).abs() < 1.0e-14);
        assert!((n.y + n.z * at.slope_y).abs() < 1.0e-14);
        assert!((n.z - at.inverse_length()).abs() < 1.0e-15);
    }
}
