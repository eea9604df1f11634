//! Functions over lanes, and work that visits every number once.

use crate::simd::{LANES, Wide, dispatch};

/// `exp(x) - 1` for `x <= 0`; within 3e-7 of the true value, relatively, down to -87.
#[inline(always)]
fn exp_minus_one<V: Wide>(x: V) -> V {
    /// 1.5 * 2^23: adding it leaves the nearest whole number in the low bits.
    const SHIFT: f32 = 12_582_912.0;
    let x = V::splat(-87.0).max(x);
    let shifted = x.fma(V::splat(core::f32::consts::LOG2_E), V::splat(SHIFT));
    let n = shifted.sub(V::splat(SHIFT));
    // ln 2 in two parts, so that n times the first is exact (Cody and Waite).
    let r = n.fma(V::splat(-0.693_359_4), x);
    let r = n.fma(V::splat(2.121_944_4e-4), r);
    // Minimax polynomial of Cephes' expf on ±ln(2)/2.
    let mut p = V::splat(1.987_569_1e-4);
    for c in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        p = p.fma(r, V::splat(c));
    }
    let q = p.fma(r.mul(r), r);
    let scale = shifted.pow2_of_shifted();
    q.fma(scale, scale.sub(V::splat(1.0)))
}

/// `x` above zero, `exp(x) - 1` below.
#[inline(always)]
pub(crate) fn elu<V: Wide>(x: V) -> V {
    x.where_positive(x, exp_minus_one(V::splat(0.0).min(x)))
}

/// Hyperbolic tangent, within 4e-7 of the true value.
///
/// The rational approximation of Eigen (`ptanh`), odd of degree 13 over even of degree 6.
#[inline(always)]
pub(crate) fn tanh<V: Wide>(x: V) -> V {
    let bound = 7.905_311;
    let x = V::splat(-bound).max(V::splat(bound).min(x));
    let s = x.mul(x);
    let mut p = V::splat(-2.760_768_5e-16);
    for c in [
        2.000_188e-13,
        -8.604_672e-11,
        5.122_297_1e-8,
        1.485_722_4e-5,
        6.372_619_3e-4,
        4.893_524_6e-3,
    ] {
        p = p.fma(s, V::splat(c));
    }
    let mut q = V::splat(1.198_258_4e-6);
    for c in [1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3] {
        q = q.fma(s, V::splat(c));
    }
    x.mul(p).div(q)
}

/// Sixteen values from `place` on.
#[inline(always)]
pub(crate) fn lanes<V: Wide>(values: &[f32], place: usize) -> V {
    let mut row = [0.0; LANES];
    row.copy_from_slice(&values[place..place + LANES]);
    V::load(&row)
}

dispatch! {
    /// Adds the rows of `values` (rows of `sum.len()`, a multiple of sixteen) to `sum`, in order.
    pub(crate) fn add_rows(values: &[f32], sum: &mut [f32]) = add_rows_over
}

#[inline(always)]
fn add_rows_over<V: Wide>(values: &[f32], sum: &mut [f32]) {
    let columns = sum.len();
    for (j, out) in sum.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut total = V::load(out);
        for row in values.chunks_exact(columns) {
            total = total.add(lanes(row, j * LANES));
        }
        total.store(out);
    }
}

/// Constants of one Adam step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    /// Factor on the gradient, from clipping.
    pub(crate) gradient_scale: f32,
    /// Decay of the first and second moment.
    pub(crate) beta: [f32; 2],
    /// Step size over the bias correction of the first moment.
    pub(crate) step: f32,
    /// One over the root of the bias correction of the second moment.
    pub(crate) second_scale: f32,
    /// Added to the root of the second moment.
    pub(crate) epsilon: f32,
}

dispatch! {
    /// Moves `parameters` by one Adam step; all slices have one length, a multiple of sixteen.
    pub(crate) fn adam(
        step: &AdamStep,
        gradient: &[f32],
        first: &mut [f32],
        second: &mut [f32],
        parameters: &mut [f32],
    ) = adam_over
}

#[inline(always)]
fn adam_over<V: Wide>(
    step: &AdamStep,
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    parameters: &mut [f32],
) {
    let scale = V::splat(step.gradient_scale);
    let [b1, b2] = step.beta;
    let (c1, c2) = (V::splat(1.0 - b1), V::splat(1.0 - b2));
    let (b1, b2) = (V::splat(b1), V::splat(b2));
    let rows = gradient
        .as_chunks::<LANES>()
        .0
        .iter()
        .zip(first.as_chunks_mut::<LANES>().0)
        .zip(second.as_chunks_mut::<LANES>().0)
        .zip(parameters.as_chunks_mut::<LANES>().0);
    for (((gradient, first), second), parameters) in rows {
        let g = V::load(gradient).mul(scale);
        let m = V::load(first).mul(b1).add(g.mul(c1));
        let v = V::load(second).mul(b2).add(g.mul(g).mul(c2));
        let root = v
            .sqrt()
            .mul(V::splat(step.second_scale))
            .add(V::splat(step.epsilon));
        let moved = V::load(parameters).sub(m.mul(V::splat(step.step)).div(root));
        m.store(first);
        v.store(second);
        moved.store(parameters);
    }
}

dispatch! {
    /// `rows = clamp((rows - mean) * scale, ±clip)`.
    ///
    /// Rows have the length of `mean`, a multiple of sixteen.
    pub(crate) fn normalise(mean: &[f32], scale: &[f32], clip: f32, rows: &mut [f32])
        = normalise_over
}

#[inline(always)]
fn normalise_over<V: Wide>(mean: &[f32], scale: &[f32], clip: f32, rows: &mut [f32]) {
    let means = mean.as_chunks::<LANES>().0;
    let scales = scale.as_chunks::<LANES>().0;
    for row in rows.chunks_exact_mut(mean.len()) {
        for ((x, mean), scale) in row
            .as_chunks_mut::<LANES>()
            .0
            .iter_mut()
            .zip(means)
            .zip(scales)
        {
            let y = V::load(x).sub(V::load(mean)).mul(V::load(scale));
            V::splat(-clip).max(V::splat(clip).min(y)).store(x);
        }
    }
}
