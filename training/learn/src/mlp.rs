//! Networks of fully connected layers: where their numbers stand, and how they are run.
//!
//! Weights are `(inputs, outputs)`, row-major, with the inputs filled up to a multiple of eight and
//! the outputs to one of sixteen. What fills up is zero and stays zero: its gradient is zero.

use crate::Activation;
use crate::elementwise::add_rows;
use crate::kernel::{Finish, Left, Product, Start, multiply};
use crate::random::{Purpose, Stream};
use crate::simd::{Isa, LANES};

/// Rows that are run together: their activations stay in the second cache.
pub(crate) const BLOCK: usize = 128;

/// One fully connected layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// `inputs` filled up to a multiple of eight: rows of the weights.
    input_rows: usize,
    /// `inputs` filled up to a multiple of sixteen: row length of what comes in.
    input_stride: usize,
    /// `outputs` filled up to a multiple of sixteen: row length of weights and of what goes out.
    pub(crate) stride: usize,
    weight: usize,
    bias: usize,
}

impl Layer {
    /// Where the weights stand in the parameters.
    fn weights(&self) -> core::ops::Range<usize> {
        self.weight..self.weight + self.input_rows * self.stride
    }

    /// Where the bias stands in the parameters.
    fn biases(&self) -> core::ops::Range<usize> {
        self.bias..self.bias + self.stride
    }

    /// Weights `(inputs, outputs)` without what fills up.
    pub(crate) fn plain_weights(&self, parameters: &[f32]) -> Vec<f32> {
        let rows = parameters[self.weights()]
            .chunks_exact(self.stride)
            .take(self.inputs);
        rows.flat_map(|row| &row[..self.outputs]).copied().collect()
    }

    /// Bias `(outputs)` without what fills up.
    pub(crate) fn plain_bias(&self, parameters: &[f32]) -> Vec<f32> {
        parameters[self.biases()][..self.outputs].to_vec()
    }

    /// Puts plain weights and bias into the parameters; lengths must fit.
    pub(crate) fn set_plain(&self, parameters: &mut [f32], weights: &[f32], bias: &[f32]) {
        let rows = parameters[self.weights()].chunks_exact_mut(self.stride);
        for (row, plain) in rows.zip(weights.chunks_exact(self.outputs)) {
            row[..self.outputs].copy_from_slice(plain);
        }
        parameters[self.biases()][..self.outputs].copy_from_slice(bias);
    }
}

/// Shape of a network; its numbers stand in a slice that every method is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mlp {
    layers: Vec<Layer>,
    activation: Activation,
}

/// Activations of a block of rows, and the slopes of the loss by them.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// Per layer, `BLOCK` rows.
    values: Vec<Vec<f32>>,
    slopes: Vec<Vec<f32>>,
}

impl Mlp {
    /// A network with hidden layers of the given widths.
    pub(crate) fn new(
        inputs: usize,
        hidden: &[usize],
        outputs: usize,
        activation: Activation,
    ) -> Self {
        let mut layers = Vec::new();
        let mut offset = 0;
        let mut previous = inputs;
        for &width in hidden.iter().chain([&outputs]) {
            let input_rows = previous.next_multiple_of(8);
            let stride = width.next_multiple_of(LANES);
            let bias = offset + input_rows * stride;
            layers.push(Layer {
                inputs: previous,
                outputs: width,
                input_rows,
                input_stride: previous.next_multiple_of(LANES),
                stride,
                weight: offset,
                bias,
            });
            offset = bias + stride;
            previous = width;
        }
        Self { layers, activation }
    }

    /// The layers, first to last.
    pub(crate) fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Function between layers.
    pub(crate) fn activation(&self) -> Activation {
        self.activation
    }

    /// Length of the parameters; a multiple of sixteen.
    pub(crate) fn parameter_count(&self) -> usize {
        self.last().bias + self.last().stride
    }

    /// Row length of the input.
    pub(crate) fn input_stride(&self) -> usize {
        self.layers[0].input_stride
    }

    /// Row length of the output.
    pub(crate) fn output_stride(&self) -> usize {
        self.last().stride
    }

    fn last(&self) -> &Layer {
        &self.layers[self.layers.len() - 1]
    }

    /// Room for [`BLOCK`] rows.
    pub(crate) fn scratch(&self) -> Scratch {
        let rows = |layer: &Layer| vec![0.0; BLOCK * layer.stride];
        Scratch {
            values: self.layers.iter().map(rows).collect(),
            slopes: self.layers.iter().map(rows).collect(),
        }
    }

    /// Length of what [`Self::transpose`] writes.
    pub(crate) fn transposed_count(&self) -> usize {
        self.layers[1..]
            .iter()
            .map(|l| l.outputs * l.input_stride)
            .sum()
    }

    /// Writes the weights of all layers but the first, transposed, for [`Self::backward`].
    pub(crate) fn transpose(&self, parameters: &[f32], out: &mut [f32]) {
        let mut offset = 0;
        for layer in &self.layers[1..] {
            let weights = &parameters[layer.weights()];
            for (j, row) in out[offset..offset + layer.outputs * layer.input_stride]
                .chunks_exact_mut(layer.input_stride)
                .enumerate()
            {
                for (i, value) in row[..layer.inputs].iter_mut().enumerate() {
                    *value = weights[i * layer.stride + j];
                }
            }
            offset += layer.outputs * layer.input_stride;
        }
    }

    /// Runs `rows` (at most [`BLOCK`]) rows of `input` and gives rows of [`Self::output_stride`].
    pub(crate) fn forward<'s>(
        &self,
        isa: Isa,
        parameters: &[f32],
        input: &[f32],
        rows: usize,
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let end = self.layers.len() - 1;
        for (index, layer) in self.layers.iter().enumerate() {
            let (before, after) = scratch.values.split_at_mut(index);
            let product = Product {
                rows,
                columns: layer.stride,
                inner: layer.inputs,
                left: Left {
                    values: before.last().map_or(input, Vec::as_slice),
                    row: layer.input_stride,
                    column: 1,
                },
                right: &parameters[layer.weights()],
                start: Start::Bias(&parameters[layer.biases()]),
                finish: if index == end {
                    Finish::Plain
                } else {
                    Finish::Activate(self.activation)
                },
            };
            multiply(isa, &product, &mut after[0]);
        }
        &scratch.values[end][..rows * self.output_stride()]
    }

    /// What the last [`Self::forward`] gave, and where the slope of the loss by it goes before
    /// [`Self::backward`].
    ///
    /// Rows of [`Self::output_stride`]; what fills a row of slopes up must be zero.
    pub(crate) fn output_and_slope<'s>(
        &self,
        scratch: &'s mut Scratch,
    ) -> (&'s [f32], &'s mut [f32]) {
        let end = self.layers.len() - 1;
        (&scratch.values[end], &mut scratch.slopes[end])
    }

    /// Adds the slope of the loss by every parameter to `gradient`, for the rows of the last
    /// [`Self::forward`], in row order.
    pub(crate) fn backward(
        &self,
        isa: Isa,
        transposed: &[f32],
        input: &[f32],
        rows: usize,
        scratch: &mut Scratch,
        gradient: &mut [f32],
    ) {
        let mut offset = transposed.len();
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let (below, above) = scratch.slopes.split_at_mut(index);
            let slope = &above[0][..rows * layer.stride];
            let values = index.checked_sub(1).map(|before| &scratch.values[before]);
            add_rows(isa, slope, &mut gradient[layer.biases()]);
            let by_weight = Product {
                rows: layer.input_rows,
                columns: layer.stride,
                inner: rows,
                left: Left {
                    values: values.map_or(input, Vec::as_slice),
                    row: 1,
                    column: layer.input_stride,
                },
                right: slope,
                start: Start::Sum,
                finish: Finish::Plain,
            };
            multiply(isa, &by_weight, &mut gradient[layer.weights()]);
            let (Some(values), Some(below)) = (values, below.last_mut()) else {
                continue;
            };
            offset -= layer.outputs * layer.input_stride;
            let by_input = Product {
                rows,
                columns: layer.input_stride,
                inner: layer.outputs,
                left: Left {
                    values: slope,
                    row: layer.stride,
                    column: 1,
                },
                right: &transposed[offset..],
                start: Start::Zero,
                finish: Finish::Slope(self.activation, values),
            };
            multiply(isa, &by_input, below);
        }
    }

    /// Writes orthogonal weights and zero biases.
    ///
    /// `gain` is that of the last layer; hidden layers have sqrt(2). `network` keeps the draws of
    /// two networks of one seed apart.
    pub(crate) fn initialise(&self, seed: u64, network: u32, gain: f32, parameters: &mut [f32]) {
        let stream = Stream::new(seed, Purpose::Weights);
        parameters.fill(0.0);
        for (index, layer) in self.layers.iter().enumerate() {
            let last = index + 1 == self.layers.len();
            let gain = if last {
                f64::from(gain)
            } else {
                core::f64::consts::SQRT_2
            };
            let (inputs, outputs) = (layer.inputs, layer.outputs);
            let count = inputs.min(outputs);
            let length = inputs.max(outputs);
            let draw = |element: usize| {
                let [z, _] = stream.normal2([network, index as u32, element as u32]);
                f64::from(z)
            };
            let vectors = orthonormal(count, length, draw);
            let mut weights = vec![0.0; inputs * outputs];
            for i in 0..inputs {
                for j in 0..outputs {
                    let value = if inputs >= outputs {
                        vectors[j][i]
                    } else {
                        vectors[i][j]
                    };
                    weights[i * outputs + j] = (gain * value) as f32;
                }
            }
            layer.set_plain(parameters, &weights, &vec![0.0; outputs]);
        }
    }
}

/// `count` orthonormal vectors of `length >= count`, from random ones by Gram and Schmidt.
///
/// Each vector is cleaned twice, which keeps them orthogonal to rounding.
fn orthonormal(count: usize, length: usize, draw: impl Fn(usize) -> f64) -> Vec<Vec<f64>> {
    let mut done: Vec<Vec<f64>> = Vec::with_capacity(count);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    for row in 0..count {
        let mut vector: Vec<f64> = (0..length).map(|i| draw(row * length + i)).collect();
        for _ in 0..2 {
            for other in &done {
                let along = dot(&vector, other);
                vector
                    .iter_mut()
                    .zip(other)
                    .for_each(|(x, y)| *x -= along * y);
            }
        }
        let norm = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= norm);
        done.push(vector);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initial_weights_are_orthogonal_with_the_gain_of_their_layer() {
        let mlp = Mlp::new(10, &[24], 3, Activation::Elu);
        let mut parameters = vec![1.0; mlp.parameter_count()];
        mlp.initialise(5, 0, 0.01, &mut parameters);
        for (layer, gain) in mlp.layers().iter().zip([core::f32::consts::SQRT_2, 0.01]) {
            let (n, m) = (layer.inputs, layer.outputs);
            let w = layer.plain_weights(&parameters);
            let wide = n < m;
            for a in 0..n.min(m) {
                for b in 0..n.min(m) {
                    let dot: f32 = (0..n.max(m))
                        .map(|k| {
                            if wide {
                                w[a * m + k] * w[b * m + k]
                            } else {
                                w[k * m + a] * w[k * m + b]
                            }
                        })
                        .sum();
                    let expected = if a == b { gain * gain } else { 0.0 };
                    // Rounding of 24 products in f32.
                    assert!(
                        (dot - expected).abs() < 1e-5 * gain * gain,
                        "{dot} {expected}"
                    );
                }
            }
        }
        // What fills rows up stays zero: 10 inputs in 16 rows, 3 outputs in 16 columns.
        assert_eq!(parameters[10 * 32..16 * 32], [0.0; 6 * 32]);
    }
}
