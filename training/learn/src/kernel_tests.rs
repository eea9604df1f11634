use super::*;
use crate::elementwise::adam;
use crate::random::{Purpose, Stream};
use crate::simd::Isa;

dispatch! { fn tanh_all(x: &[f32], y: &mut [f32]) = tanh_all_over }
#[inline(always)]
fn tanh_all_over<V: Wide>(x: &[f32], y: &mut [f32]) {
    for (x, y) in x.as_chunks().0.iter().zip(y.as_chunks_mut().0) {
        tanh(V::load(x)).store(y);
    }
}

dispatch! { fn elu_all(x: &[f32], y: &mut [f32]) = elu_all_over }
#[inline(always)]
fn elu_all_over<V: Wide>(x: &[f32], y: &mut [f32]) {
    for (x, y) in x.as_chunks().0.iter().zip(y.as_chunks_mut().0) {
        elu(V::load(x)).store(y);
    }
}

fn grid() -> Vec<f32> {
    let mut x: Vec<f32> = (-32_000..=32_000).map(|i| i as f32 * 3.2e-3).collect();
    x.extend((-32_000..32_000).map(|i| i as f32 * 3.1e-5));
    x.extend([
        0.0,
        -0.0,
        f32::MIN_POSITIVE,
        1e30,
        -1e30,
        f32::INFINITY,
        f32::NEG_INFINITY,
    ]);
    x.resize(x.len().next_multiple_of(LANES), 0.5);
    x
}

#[test]
fn tanh_and_elu_stay_within_their_stated_errors() {
    let x = grid();
    for isa in Isa::available() {
        let mut y = vec![0.0; x.len()];
        tanh_all(isa, &x, &mut y);
        for (&x, &y) in x.iter().zip(&y) {
            let error = (f64::from(y) - libm::tanh(f64::from(x))).abs();
            assert!(error < 4e-7, "tanh({x}) = {y}, off by {error}");
        }
        elu_all(isa, &x, &mut y);
        for (&x, &y) in x.iter().zip(&y) {
            let exact = if x > 0.0 {
                f64::from(x)
            } else {
                libm::expm1(f64::from(x))
            };
            let error = (f64::from(y) - exact).abs();
            let bound = 3e-7 * exact.abs();
            assert!(
                error <= bound || f64::from(y) == exact,
                "elu({x}) = {y}, off by {error}"
            );
        }
    }
}

#[test]
fn not_a_number_survives_the_functions_between_layers() {
    for isa in Isa::available() {
        let mut y = [0.0; LANES];
        tanh_all(isa, &[f32::NAN; LANES], &mut y);
        assert!(y[0].is_nan());
        elu_all(isa, &[f32::NAN; LANES], &mut y);
        assert!(y[0].is_nan());
    }
}

fn random(count: usize, purpose: u32) -> Vec<f32> {
    let stream = Stream::new(11, Purpose::Weights);
    (0..count)
        .map(|i| stream.normal2([purpose, i as u32, 0])[0])
        .collect()
}

#[test]
fn products_agree_with_sums_in_double_precision_and_across_instruction_sets() {
    for (rows, columns, inner) in [
        (1, 16, 1),
        (7, 48, 5),
        (128, 64, 40),
        (13, 112, 64),
        (5, 32, 0),
    ] {
        let a = random(rows * inner, 1);
        let b = random(inner * columns, 2);
        let c = random(rows * columns, 3);
        // The same left operand, stored by columns.
        let a_by_column: Vec<f32> = (0..rows * inner)
            .map(|i| a[(i % rows) * inner + i / rows])
            .collect();
        let mut fused = Vec::new();
        for isa in Isa::available() {
            for left in [
                Left {
                    values: &a,
                    row: inner,
                    column: 1,
                },
                Left {
                    values: &a_by_column,
                    row: 1,
                    column: rows,
                },
            ] {
                let mut result = c.clone();
                let (start, finish) = (Start::Sum, Finish::Plain);
                let product = Product {
                    rows,
                    columns,
                    inner,
                    left,
                    right: &b,
                    start,
                    finish,
                };
                multiply(isa, &product, &mut result);
                for i in 0..rows {
                    for j in 0..columns {
                        let exact = (0..inner).fold(f64::from(c[i * columns + j]), |sum, k| {
                            sum + f64::from(a[i * inner + k]) * f64::from(b[k * columns + j])
                        });
                        // 64 roundings of sums of about 8: 64 * 8 * 6e-8 at the very worst.
                        let error = (f64::from(result[i * columns + j]) - exact).abs();
                        assert!(error < 3e-5, "{isa:?} {rows}x{columns}x{inner}: {error}");
                    }
                }
                if isa != Isa::Portable {
                    fused.push(result);
                }
            }
        }
        // Same order of multiply-adds: the same bits on every width.
        assert!(fused.windows(2).all(|pair| pair[0] == pair[1]));
    }
}

#[test]
fn adam_moves_as_worked_out_by_hand() {
    // One step from rest: m = 0.1 g, v = 0.001 g², corrected to g and g², so the move is
    // lr * g / (|g| + eps), here 0.01 * 2 / (2 + 1e-8).
    for isa in Isa::available() {
        let mut first = [0.0; LANES];
        let mut second = [0.0; LANES];
        let mut parameters = [1.0; LANES];
        let step = crate::adam::step(0.01, 0.5, [0.9, 0.999], 1e-8, 1);
        adam(
            isa,
            &step,
            &[4.0; LANES],
            &mut first,
            &mut second,
            &mut parameters,
        );
        // 1 - 0.999 in f32 is off by 5e-5 of itself.
        assert!((first[3] - 0.2).abs() < 1e-7 && (second[3] - 0.004).abs() < 1e-6);
        assert!((parameters[3] - 0.99).abs() < 1e-6, "{}", parameters[3]);
        // Second step with g = -2: m = 0.9*0.2 - 0.2 = -0.02, v = 0.999*0.004 + 0.004 = 0.007996;
        // corrected by 0.19 and 0.001999: m̂ = -0.105263, v̂ = 4, move 0.01 * 0.0526316.
        let step = crate::adam::step(0.01, 1.0, [0.9, 0.999], 1e-8, 2);
        adam(
            isa,
            &step,
            &[-2.0; LANES],
            &mut first,
            &mut second,
            &mut parameters,
        );
        assert!(
            (parameters[3] - (0.99 + 0.000_526_316)).abs() < 1e-6,
            "{}",
            parameters[3]
        );
    }
}
