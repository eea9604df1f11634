//! Products of small matrices with the work around them fused in.
//!
//! No operand is packed: matrices are so small (a block of 128 rows, layers of about 64) that a
//! tile's columns of the right operand stay in the first cache. Each element of a product is one
//! chain of multiply-adds in the order of the inner index, whatever the tile, so results depend
//! neither on how rows are split nor on the width of the registers.

use crate::Activation;
use crate::elementwise::{elu, lanes, tanh};
use crate::simd::{LANES, Wide, dispatch};

/// What a product starts from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start<'a> {
    /// Zero.
    Zero,
    /// One row, the same for all rows of the result.
    Bias(&'a [f32]),
    /// What the result holds.
    Sum,
}

/// What is done to a product before it is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Finish<'a> {
    /// Nothing.
    Plain,
    /// The function between layers.
    Activate(Activation),
    /// Multiplied by the slope of the function, from its values (laid out as the result).
    Slope(Activation, &'a [f32]),
}

/// Left operand: element (i, k) stands at `i * row + k * column`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) row: usize,
    pub(crate) column: usize,
}

/// `result (rows x columns) = finish(start + left (rows x inner) * right (inner x columns))`.
///
/// `columns` is a multiple of sixteen; `right`, `result` and the values of a slope have rows of
/// `columns`.
pub(crate) struct Product<'a> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) inner: usize,
    pub(crate) left: Left<'a>,
    pub(crate) right: &'a [f32],
    pub(crate) start: Start<'a>,
    pub(crate) finish: Finish<'a>,
}

dispatch! {
    /// Computes a [`Product`].
    pub(crate) fn multiply(product: &Product<'_>, result: &mut [f32]) = multiply_over
}

#[inline(always)]
fn multiply_over<V: Wide>(product: &Product<'_>, result: &mut [f32]) {
    let &Product {
        rows,
        columns,
        inner,
        left,
        right,
        start,
        finish,
    } = product;
    if rows == 0 || columns == 0 {
        return;
    }
    // These make every pointer below stay inside its slice.
    assert!(columns.is_multiple_of(LANES) && result.len() >= rows * columns);
    assert!(right.len() >= inner * columns);
    assert!(inner == 0 || left.values.len() > (rows - 1) * left.row + (inner - 1) * left.column);
    if let Start::Bias(bias) = start {
        assert!(bias.len() >= columns);
    }
    match finish {
        Finish::Plain => columns_of::<V, _>(product, result, Plain),
        Finish::Activate(Activation::Elu) => columns_of::<V, _>(product, result, Elu),
        Finish::Activate(Activation::Tanh) => columns_of::<V, _>(product, result, Tanh),
        Finish::Slope(activation, values) => {
            let values = &values[..rows * columns];
            match activation {
                Activation::Elu => columns_of::<V, _>(product, result, EluSlope(values)),
                Activation::Tanh => columns_of::<V, _>(product, result, TanhSlope(values)),
            }
        }
    }
}

/// A [`Finish`] known when compiling; closures would not reliably be inlined, and a call across
/// instruction sets passes its lanes through memory.
trait Finisher<V>: Copy {
    /// What is stored at `place` for the sum `x`.
    fn apply(self, place: usize, x: V) -> V;
}

#[derive(Clone, Copy)]
struct Plain;
#[derive(Clone, Copy)]
struct Elu;
#[derive(Clone, Copy)]
struct Tanh;
#[derive(Clone, Copy)]
struct EluSlope<'a>(&'a [f32]);
#[derive(Clone, Copy)]
struct TanhSlope<'a>(&'a [f32]);

impl<V: Wide> Finisher<V> for Plain {
    #[inline(always)]
    fn apply(self, _place: usize, x: V) -> V {
        x
    }
}
impl<V: Wide> Finisher<V> for Elu {
    #[inline(always)]
    fn apply(self, _place: usize, x: V) -> V {
        elu(x)
    }
}
impl<V: Wide> Finisher<V> for Tanh {
    #[inline(always)]
    fn apply(self, _place: usize, x: V) -> V {
        tanh(x)
    }
}
impl<V: Wide> Finisher<V> for EluSlope<'_> {
    #[inline(always)]
    fn apply(self, place: usize, x: V) -> V {
        let y = lanes::<V>(self.0, place);
        x.mul(y.where_positive(V::splat(1.0), y.add(V::splat(1.0))))
    }
}
impl<V: Wide> Finisher<V> for TanhSlope<'_> {
    #[inline(always)]
    fn apply(self, place: usize, x: V) -> V {
        let y = lanes::<V>(self.0, place);
        x.sub(x.mul(y.mul(y)))
    }
}

/// Splits the columns into what a tile can hold.
#[inline(always)]
fn columns_of<V: Wide, F: Finisher<V>>(product: &Product<'_>, result: &mut [f32], finish: F) {
    let mut column = 0;
    while column < product.columns {
        let width = (product.columns - column) / LANES;
        let width = width.min(V::TILE);
        match width {
            4 => rows_of::<V, F, 4, 4>(product, result, column, finish),
            3 => rows_of::<V, F, 4, 3>(product, result, column, finish),
            2 => rows_of::<V, F, 8, 2>(product, result, column, finish),
            _ if V::TILE == 1 => rows_of::<V, F, 4, 1>(product, result, column, finish),
            _ => rows_of::<V, F, 8, 1>(product, result, column, finish),
        }
        column += width * LANES;
    }
}

/// Splits the rows into tiles of `R`, and what is left into single rows.
#[inline(always)]
fn rows_of<V: Wide, F: Finisher<V>, const R: usize, const C: usize>(
    product: &Product<'_>,
    result: &mut [f32],
    column: usize,
    finish: F,
) {
    let mut row = 0;
    while row + R <= product.rows {
        tile::<V, F, R, C>(product, result, row, column, finish);
        row += R;
    }
    while row < product.rows {
        tile::<V, F, 1, C>(product, result, row, column, finish);
        row += 1;
    }
}

/// A tile of `R` rows and `C` times sixteen columns, held in registers.
#[inline(always)]
#[expect(unsafe_code, reason = "the inner loop carries no bounds checks")]
fn tile<V: Wide, F: Finisher<V>, const R: usize, const C: usize>(
    product: &Product<'_>,
    result: &mut [f32],
    row: usize,
    column: usize,
    finish: F,
) {
    let &Product {
        columns,
        inner,
        left,
        ..
    } = product;
    let mut sums = [[V::splat(0.0); C]; R];
    for i in 0..R {
        for j in 0..C {
            let place = column + j * LANES;
            match product.start {
                Start::Zero => {}
                Start::Bias(bias) => sums[i][j] = lanes(bias, place),
                Start::Sum => sums[i][j] = lanes(result, (row + i) * columns + place),
            }
        }
    }
    // SAFETY: `multiply_over` has checked that rows, columns and inner index stay inside both
    // operands: `row + R <= rows`, `column + C * 16 <= columns`, `k < inner`.
    unsafe {
        let mut a = left.values.as_ptr().wrapping_add(row * left.row);
        let mut b = product.right.as_ptr().wrapping_add(column);
        for _ in 0..inner {
            let mut right = [V::splat(0.0); C];
            for j in 0..C {
                right[j] = V::load_from(b.wrapping_add(j * LANES));
            }
            for i in 0..R {
                let scalar = V::splat(a.wrapping_add(i * left.row).read());
                for j in 0..C {
                    sums[i][j] = scalar.fma(right[j], sums[i][j]);
                }
            }
            a = a.wrapping_add(left.column);
            b = b.wrapping_add(columns);
        }
    }
    for i in 0..R {
        for j in 0..C {
            let place = (row + i) * columns + column + j * LANES;
            let mut out = [0.0; LANES];
            finish.apply(place, sums[i][j]).store(&mut out);
            result[place..place + LANES].copy_from_slice(&out);
        }
    }
}

#[cfg(test)]
#[path = "kernel_tests.rs"]
mod tests;
