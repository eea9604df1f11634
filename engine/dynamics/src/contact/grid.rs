//! Height fields and grids of signed distances.
//!
//! A lane has no way to read a place of memory that differs between envs. A value between grid points is
//! therefore summed over the whole grid with the weights of linear interpolation, all but two of which are
//! zero along each axis: the cost is that of the whole table.

use halle_lanes::{Few, Lane};
use halle_spatial::Vec3;

use super::FAR;
use super::measure::{Distance, length_and_direction, up};

/// Points that a grid may have along one axis: weights are held on the stack, and laws panic beyond this.
pub const MAX_GRID_POINTS: usize = 64;

/// Weights of grid points along one axis.
struct Weights<S> {
    /// Of linear interpolation.
    value: Few<S, MAX_GRID_POINTS>,
    /// Of the difference over one cell about the place, per metre: unlike that within one cell it does
    /// not jump from cell to cell.
    slope: Few<S, MAX_GRID_POINTS>,
}

#[inline(always)]
fn weights<S: Lane>(count: usize, half_extent: f64, x: S) -> Weights<S> {
    let (zero, one, half) = (S::lit(0.0), S::lit(1.0), S::lit(0.5));
    let cells = (count - 1) as f64;
    let per_metre = cells / (2.0 * half_extent);
    let last = S::lit(cells);
    let place = x
        .mul_add(S::lit(per_metre), S::lit(0.5 * cells))
        .clamp(zero, last);
    let low = (place - half).max(zero);
    let high = (place + half).min(last);
    let scale = S::lit(per_metre) / (high - low);
    let mut weights = Weights {
        value: Few::new(),
        slope: Few::new(),
    };
    for k in 0..count {
        let k = S::lit(k as f64);
        let before = (one - (low - k).abs()).max(zero);
        let after = (one - (high - k).abs()).max(zero);
        weights.value.push((one - (place - k).abs()).max(zero));
        weights.slope.push((after - before) * scale);
    }
    weights
}

/// Height over a height field, bilinear, along its normal; [`FAR`] beyond its ends.
#[inline(always)]
pub(super) fn height_distance<S: Lane>(
    counts: [usize; 2],
    half_extent: [f64; 2],
    heights: &[f64],
    p: Vec3<S>,
) -> Distance<S> {
    let zero = S::lit(0.0);
    let x = weights(counts[0], half_extent[0], p.x);
    let y = weights(counts[1], half_extent[1], p.y);
    let (mut height, mut slope_x, mut slope_y) = (zero, zero, zero);
    for (j, row) in heights.chunks_exact(counts[0]).enumerate() {
        let (mut value, mut slope) = (zero, zero);
        for (i, h) in row.iter().enumerate() {
            value = x.value[i].mul_add(S::lit(*h), value);
            slope = x.slope[i].mul_add(S::lit(*h), slope);
        }
        height = y.value[j].mul_add(value, height);
        slope_x = y.value[j].mul_add(slope, slope_x);
        slope_y = y.slope[j].mul_add(value, slope_y);
    }
    let one = S::lit(1.0);
    let square = slope_y.mul_add(slope_y, slope_x.mul_add(slope_x, one));
    let inverse = one / square.sqrt();
    let is_over = p.x.abs().le(S::lit(half_extent[0])) & p.y.abs().le(S::lit(half_extent[1]));
    Distance {
        distance: S::select(is_over, (p.z - height) * inverse, S::lit(FAR)),
        gradient: Vec3::new(-(slope_x * inverse), -(slope_y * inverse), inverse),
    }
}

/// Trilinear distance. Beyond the grid the way to its border is added.
#[inline(always)]
pub(super) fn grid_distance<S: Lane>(
    counts: [usize; 3],
    half_extent: [f64; 3],
    distances: &[f64],
    p: Vec3<S>,
) -> Distance<S> {
    let zero = S::lit(0.0);
    let x = weights(counts[0], half_extent[0], p.x);
    let y = weights(counts[1], half_extent[1], p.y);
    let z = weights(counts[2], half_extent[2], p.z);
    let mut sum = [zero; 4];
    for (k, layer) in distances.chunks_exact(counts[0] * counts[1]).enumerate() {
        let mut in_layer = [zero; 3];
        for (j, row) in layer.chunks_exact(counts[0]).enumerate() {
            let (mut value, mut slope) = (zero, zero);
            for (i, d) in row.iter().enumerate() {
                value = x.value[i].mul_add(S::lit(*d), value);
                slope = x.slope[i].mul_add(S::lit(*d), slope);
            }
            in_layer[0] = y.value[j].mul_add(value, in_layer[0]);
            in_layer[1] = y.value[j].mul_add(slope, in_layer[1]);
            in_layer[2] = y.slope[j].mul_add(value, in_layer[2]);
        }
        for (all, layer) in sum.iter_mut().zip(in_layer) {
            *all = z.value[k].mul_add(layer, *all);
        }
        sum[3] = z.slope[k].mul_add(in_layer[0], sum[3]);
    }
    let [hx, hy, hz] = S::lits(half_extent);
    let beyond = Vec3::new(
        p.x - p.x.clamp(-hx, hx),
        p.y - p.y.clamp(-hy, hy),
        p.z - p.z.clamp(-hz, hz),
    );
    let (_, inside) = length_and_direction(Vec3::new(sum[1], sum[2], sum[3]), up());
    let (away, outward) = length_and_direction(beyond, up());
    Distance {
        distance: sum[0] + away,
        gradient: Vec3::select(away.gt(zero), outward, inside),
    }
}
