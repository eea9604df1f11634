//! The polynomial that stands for the workpiece mesh.

use halle_model::{SURFACE_TERM_COUNT, SURFACE_TERMS};
use nalgebra::{DMatrix, DVector};

/// A polynomial patch and how well it fits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit {
    /// Coefficients in the order of [`SURFACE_TERMS`] \[m^(1-i-j)\].
    pub(crate) surface: [f64; SURFACE_TERM_COUNT],
    /// Largest vertical distance to a point \[m\].
    pub(crate) error: f64,
    /// Half sizes of the largest centred rectangle inside the points' bounds \[m\].
    pub(crate) half_extent: [f64; 2],
}

/// Fits `z = h(x, y)` by least squares; `None` if the points do not determine the polynomial.
pub(crate) fn fit(points: &[[f64; 3]]) -> Option<Fit> {
    let reach = |axis: usize, sign: f64| {
        points
            .iter()
            .map(|p| sign * p[axis])
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let half_extent = [0, 1].map(|axis| reach(axis, 1.0).min(reach(axis, -1.0)));
    // The decomposition does not end on numbers that are not finite.
    if !points.iter().flatten().all(|v| v.is_finite()) {
        return None;
    }
    if points.len() < SURFACE_TERM_COUNT || !half_extent.iter().all(|h| *h > 0.0 && h.is_finite()) {
        return None;
    }
    // Unit coordinates keep the columns of the matrix about equally long.
    let scale = [0, 1].map(|axis| reach(axis, 1.0).max(reach(axis, -1.0)));
    let matrix = DMatrix::from_fn(points.len(), SURFACE_TERM_COUNT, |row, term| {
        let p = points[row];
        power(p[0] / scale[0], SURFACE_TERMS[term].0)
            * power(p[1] / scale[1], SURFACE_TERMS[term].1)
    });
    let heights = DVector::from_iterator(points.len(), points.iter().map(|p| p[2]));
    let svd = matrix.try_svd(true, true, f64::EPSILON * 5.0, 10_000)?;
    if svd.rank(1e-9 * svd.singular_values.max()) < SURFACE_TERM_COUNT {
        return None;
    }
    let solution = svd.solve(&heights, 0.0).ok()?;
    let mut surface = [0.0; SURFACE_TERM_COUNT];
    for (term, (i, j)) in SURFACE_TERMS.into_iter().enumerate() {
        surface[term] = solution[term] / (power(scale[0], i) * power(scale[1], j));
    }
    let off = points
        .iter()
        .map(|p| (height(&surface, p[0], p[1]) - p[2]).abs());
    let error = off.fold(0.0, f64::max);
    error.is_finite().then_some(Fit {
        surface,
        error,
        half_extent,
    })
}

fn power(x: f64, n: u32) -> f64 {
    (0..n).fold(1.0, |product, _| product * x)
}

fn height(surface: &[f64; SURFACE_TERM_COUNT], x: f64, y: f64) -> f64 {
    SURFACE_TERMS
        .iter()
        .zip(surface)
        .map(|((i, j), c)| c * power(x, *i) * power(y, *j))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(shape: impl Fn(f64, f64) -> f64) -> Vec<[f64; 3]> {
        let at = |k: usize, half: f64| half * (k as f64 / 10.0 - 1.0);
        let xy = (0..21).flat_map(|i| (0..21).map(move |j| (at(i, 0.2), at(j, 0.1))));
        xy.map(|(x, y)| [x, y, shape(x, y)]).collect()
    }

    /// A polynomial of degree four comes back: relative rounding of about 1e-13 over the SVD.
    #[test]
    fn polynomial_is_recovered() {
        let fit = fit(&grid(|x, y| {
            0.01 + 0.3 * x * x - 0.4 * y * y + 2.0 * x * x * x * y
        }))
        .unwrap();
        let expect = |term: (u32, u32)| match term {
            (0, 0) => 0.01,
            (2, 0) => 0.3,
            (0, 2) => -0.4,
            (3, 1) => 2.0,
            _ => 0.0,
        };
        for (coefficient, term) in fit.surface.iter().zip(SURFACE_TERMS) {
            assert!(
                (coefficient - expect(term)).abs() < 1e-9,
                "{term:?}: {coefficient}"
            );
        }
        assert!(fit.error < 1e-14);
        assert_eq!(fit.half_extent, [0.2, 0.1]);
    }

    /// What a polynomial cannot follow is reported as distance: a ridge |x| is off by about 1 cm.
    #[test]
    fn misfit_is_reported() {
        let error = fit(&grid(|x, _| x.abs())).unwrap().error;
        assert!(error > 0.005 && error < 0.05, "{error}");
    }

    /// Too few or collinear points determine nothing.
    #[test]
    fn underdetermined_is_refused() {
        assert!(fit(&grid(|_, _| 0.0)[..10]).is_none());
        let line: Vec<_> = (-50..50)
            .map(|k| [f64::from(k), f64::from(k), 0.0])
            .collect();
        assert!(fit(&line).is_none());
        let mut points = grid(|_, _| 0.0);
        points[7][2] = f64::INFINITY;
        assert!(fit(&points).is_none());
    }
}
