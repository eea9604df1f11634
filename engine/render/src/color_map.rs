//! Colours for numbers, and patches of a surface coloured by them.

use std::sync::Arc;

use crate::{
    scene::{Mesh, Shape},
    tone::from_srgb,
};

/// The sRGB colour of a place on the viridis scale, 0 (dark violet) to 1 (yellow); NaN is grey.
///
/// The polynomial is mattz's fit "to matplotlib colormaps" (Shadertoy `WlfXRN`,
/// CC0) of the map by Smith and van der Walt (CC0); it is off by less than
/// 0.01 a channel.
#[must_use]
pub fn viridis(t: f64) -> [u8; 3] {
    const TERMS: [[f64; 3]; 7] = [
        [
            0.277_727_327_223_417_7,
            0.005_407_344_544_966_578,
            0.334_099_805_335_306_1,
        ],
        [
            0.105_093_043_108_577_4,
            1.404_613_529_898_575,
            1.384_590_162_594_685,
        ],
        [
            -0.330_861_828_725_556_3,
            0.214_847_559_468_213,
            0.095_095_163_028_236_59,
        ],
        [
            -4.634_230_498_983_486,
            -5.799_100_973_351_585,
            -19.332_440_956_279_87,
        ],
        [
            6.228_269_936_347_081,
            14.179_933_366_805_09,
            56.690_552_600_681_05,
        ],
        [
            4.776_384_997_670_288,
            -13.745_145_377_746_01,
            -65.353_032_633_372_34,
        ],
        [
            -5.435_455_855_934_631,
            4.645_852_612_178_535,
            26.312_435_249_583_2,
        ],
    ];
    if t.is_nan() {
        return [150; 3];
    }
    let t = t.clamp(0.0, 1.0);
    [0, 1, 2].map(|i| {
        let v = TERMS.iter().rev().fold(0.0, |sum, term| sum * t + term[i]);
        (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
    })
}

/// [`viridis`] over a range, as linear light for [`Mesh::colors`].
#[must_use]
pub fn viridis_linear(value: f64, [low, high]: [f64; 2]) -> [f32; 3] {
    let t = if high > low {
        (value - low) / (high - low)
    } else {
        0.0
    };
    viridis(t).map(|v| from_srgb(f32::from(v) / 255.0))
}

/// A grid of cells on a surface, each in the colour of its value.
///
/// `corners` holds `(nx + 1) * (ny + 1)` points \[m\], x fastest; `values` holds
/// `nx * ny` numbers, x fastest; `range` is what the ends of the scale stand
/// for. Returns none when the lengths do not fit. Every cell has its own four
/// points, so colours do not run into each other.
#[must_use]
pub fn heat_patch(
    [nx, ny]: [usize; 2],
    corners: &[[f32; 3]],
    values: &[f64],
    range: [f64; 2],
) -> Option<Shape> {
    if nx == 0 || ny == 0 || corners.len() != (nx + 1) * (ny + 1) || values.len() != nx * ny {
        return None;
    }
    let mut mesh = Mesh::default();
    let mut colors = Vec::with_capacity(4 * values.len());
    for (cell, value) in values.iter().enumerate() {
        let first = mesh.points.len() as u32;
        let corner = |dx: usize, dy: usize| corners[(cell / nx + dy) * (nx + 1) + cell % nx + dx];
        mesh.points
            .extend([corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)]);
        mesh.triangles
            .extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
        colors.extend([viridis_linear(*value, range); 4]);
    }
    mesh.colors = Some(colors);
    Some(Shape::Mesh(Arc::new(mesh)))
}

#[cfg(test)]
mod tests {
    use super::viridis;

    /// Ends and middle of matplotlib's table, within 0.01 of a channel as the fit claims.
    #[test]
    fn viridis_meets_its_table() {
        for (t, expected) in [
            (0.0, [68, 1, 84]),
            (0.25, [59, 82, 139]),
            (0.5, [33, 145, 140]),
            (1.0, [253, 231, 37]),
        ] {
            for (found, wanted) in viridis(t).into_iter().zip(expected) {
                assert!(
                    i32::from(found).abs_diff(wanted) <= 4,
                    "{t}: {found} {wanted}"
                );
            }
        }
    }
}
