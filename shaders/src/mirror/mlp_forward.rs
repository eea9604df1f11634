//! Mirror of `wgsl/mlp_forward.wgsl`.

use crate::{Activation, MlpShape};

/// Hyperbolic tangent, to 1e-6.
///
/// The rational function of degree 13 over 6 that Eigen uses (`ptanh_float`).
pub fn tanh_rational(x: f32) -> f32 {
    let y = x.clamp(-7.905_311, 7.905_311);
    let y2 = y * y;
    let mut p = y2.mul_add(-2.760_768_5e-16, 2.000_188e-13);
    p = y2.mul_add(p, -8.604_672e-11);
    p = y2.mul_add(p, 5.122_297e-8);
    p = y2.mul_add(p, 1.485_722_4e-5);
    p = y2.mul_add(p, 6.372_619_4e-4);
    p = y2.mul_add(p, 4.893_524_6e-3);
    let mut q = y2.mul_add(1.198_258_4e-6, 1.185_347_1e-4);
    q = y2.mul_add(q, 2.268_434_6e-3);
    q = y2.mul_add(q, 4.893_525_3e-3);
    y * p / q
}

fn activate(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::Tanh => tanh_rational(x),
        Activation::Elu if x > 0.0 => x,
        Activation::Elu => x.exp() - 1.0,
    }
}

/// The actions of all envs.
///
/// `observation` and `action` hold one row of `env_count` numbers per element; `weights` is laid out as
/// [`MlpShape::weight_count`] says.
///
/// # Panics
///
/// If a slice is too short.
pub fn mlp_forward(
    shape: &MlpShape,
    env_count: usize,
    weights: &[f32],
    observation: &[f32],
    action: &mut [f32],
) {
    let layers = shape.dims().len() - 1;
    for env in 0..env_count {
        let mut values: Vec<f32> = (0..shape.observation_len())
            .map(|k| {
                let centred = observation[k * env_count + env] - weights[k];
                let scaled = centred / weights[shape.observation_len() + k];
                scaled.clamp(-shape.clip(), shape.clip())
            })
            .collect();
        for layer in 0..layers {
            let (matrix, bias) = shape.layer_offsets(layer);
            let inputs = values.len();
            let output = |k: usize| {
                let row = &weights[matrix + k * inputs..][..inputs];
                let start = weights[bias + k];
                let sum = row
                    .iter()
                    .zip(&values)
                    .fold(start, |sum, (w, x)| w.mul_add(*x, sum));
                let last = layer + 1 == layers;
                if last {
                    sum
                } else {
                    activate(shape.activation(), sum)
                }
            };
            values = (0..shape.dims()[layer + 1] as usize).map(output).collect();
        }
        for (k, x) in values.into_iter().enumerate() {
            action[k * env_count + env] = x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network of two layers, by hand: one hidden unit, clipped input.
    #[test]
    fn a_small_network_by_hand() {
        let shape = MlpShape::new(&[1, 1, 1], Activation::Elu, 2.0).expect("valid");
        // mean 1, std 0.5, w 3, b -10, w 2, b 0.25
        let weights = [1.0, 0.5, 3.0, -10.0, 2.0, 0.25];
        let mut action = [f32::NAN; 3];
        mlp_forward(&shape, 3, &weights, &[1.0, 9.0, 2.0], &mut action);
        let elu = |x: f64| if x > 0.0 { x } else { x.exp() - 1.0 };
        for (found, normalised) in action.into_iter().zip([0.0, 2.0, 2.0]) {
            let expected = 2.0 * elu(3.0 * normalised - 10.0) + 0.25;
            // Two roundings near one.
            assert!(
                (f64::from(found) - expected).abs() < 5e-7,
                "{found} {expected}"
            );
        }
    }

    /// The stated error, over the whole range and where it is clamped.
    #[test]
    fn tanh_is_tanh() {
        for k in -20_000..=20_000 {
            let x = k as f32 * 1e-3;
            let error = f64::from(tanh_rational(x)) - f64::from(x).tanh();
            assert!(error.abs() < 1e-6, "{x}: {error}");
        }
    }
}
