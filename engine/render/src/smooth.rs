//! Takes grain out of a picture without blurring its edges.
//!
//! An à-trous wavelet filter guided by normals, positions and the noise of
//! each pixel: Dammertz et al., HPG 2010; variance guidance after Schied et
//! al., SVGF, HPG 2017. It works on light with the surface's own colour taken
//! out, so patterns and edges of colour stay.

use rayon::prelude::*;

use crate::{
    brdf::{Color, luminance, scaled},
    vector::Vec3,
};

/// What the filter knows of a pixel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guide {
    /// Light over surface colour.
    pub(crate) light: Color,
    /// Variance of the mean luminance of `light`.
    pub(crate) variance: f32,
    /// Mean normal; shorter than 1 on edges, zero where nothing was hit.
    pub(crate) normal: Vec3,
    /// Mean point \[m\].
    pub(crate) point: Vec3,
    /// Size of the pixel on the surface \[m\].
    pub(crate) footprint: f64,
    pub(crate) albedo: Color,
    pub(crate) roughness: f32,
}

/// The weights of a cubic B-spline.
const KERNEL: [f32; 3] = [0.375, 0.25, 0.0625];

/// Smooths `light` in place; `passes` doubles the reach each time.
pub(crate) fn smooth(width: usize, guides: &mut [Guide], passes: u32) {
    for pass in 0..passes {
        let step = 1_isize << pass;
        let source: &[Guide] = guides;
        let height = source.len() / width;
        let result: Vec<(Color, f32)> = (0..source.len())
            .into_par_iter()
            .map(|index| {
                let at = [(index % width) as isize, (index / width) as isize];
                filter(source, [width as isize, height as isize], at, step)
            })
            .collect();
        for (guide, (light, variance)) in guides.iter_mut().zip(result) {
            guide.light = light;
            guide.variance = variance;
        }
    }
}

fn filter(source: &[Guide], [w, h]: [isize; 2], [x, y]: [isize; 2], step: isize) -> (Color, f32) {
    let place = |x: isize, y: isize| (y * w + x) as usize;
    let center = &source[place(x, y)];
    if center.normal == Vec3::ZERO {
        return (center.light, center.variance);
    }
    let spread = blurred_variance(source, [w, h], [x, y]).sqrt();
    let bright = luminance(center.light);
    let (mut sum, mut variance, mut total) = ([0.0_f32; 3], 0.0_f32, 0.0_f32);
    for dy in -2..=2_isize {
        for dx in -2..=2_isize {
            let (nx, ny) = (x + dx * step, y + dy * step);
            if nx < 0 || ny < 0 || nx >= w || ny >= h {
                continue;
            }
            let other = &source[place(nx, ny)];
            let mut weight = KERNEL[dx.unsigned_abs()] * KERNEL[dy.unsigned_abs()];
            if (dx, dy) != (0, 0) {
                weight *= alike(center, other)
                    * (-(bright - luminance(other.light)).abs() / (3.0 * spread + 1e-4)).exp();
            }
            total += weight;
            variance += weight * weight * other.variance;
            for (s, l) in sum.iter_mut().zip(other.light) {
                *s += weight * l;
            }
        }
    }
    (scaled(sum, 1.0 / total), variance / (total * total))
}

/// How far two pixels show the same surface, in [0, 1].
fn alike(a: &Guide, b: &Guide) -> f32 {
    if b.normal == Vec3::ZERO {
        return 0.0;
    }
    let away = a.normal.dot(b.point - a.point).abs() / (1.5 * a.footprint);
    let color = (0..3)
        .map(|i| (a.albedo[i] - b.albedo[i]).abs())
        .fold(0.0, f32::max);
    let turned = a.normal.dot(b.normal).clamp(0.0, 1.0) as f32;
    // A shinier surface changes faster with its normal.
    let sharpness = 32.0 + 96.0 * (1.0 - a.roughness);
    let finish = (a.roughness - b.roughness).abs();
    turned.powf(sharpness) * (-(away as f32) - 8.0 * color - 8.0 * finish).exp()
}

/// Variance of a pixel, evened over its neighbours: few samples know their own noise badly.
fn blurred_variance(source: &[Guide], [w, h]: [isize; 2], [x, y]: [isize; 2]) -> f32 {
    let (mut sum, mut total) = (0.0, 0.0);
    for dy in -1..=1_isize {
        for dx in -1..=1_isize {
            let (nx, ny) = (x + dx, y + dy);
            if nx >= 0 && ny >= 0 && nx < w && ny < h {
                let weight = [0.5, 0.25][dx.unsigned_abs()] * [0.5, 0.25][dy.unsigned_abs()];
                sum += weight * source[(ny * w + nx) as usize].variance;
                total += weight;
            }
        }
    }
    sum / total
}
