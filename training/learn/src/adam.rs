//! Adam over the parameters of both networks and the policy's deviations.

use crate::elementwise::AdamStep;

/// Moments of the gradient.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Adam {
    pub(crate) first: Vec<f32>,
    pub(crate) second: Vec<f32>,
    /// Steps taken.
    pub(crate) count: u64,
}

impl Adam {
    /// At rest.
    pub(crate) fn new(parameter_count: usize) -> Self {
        Self {
            first: vec![0.0; parameter_count],
            second: vec![0.0; parameter_count],
            count: 0,
        }
    }
}

/// Constants of step number `count` (from one), for a gradient multiplied by `gradient_scale`.
pub(crate) fn step(
    learning_rate: f32,
    gradient_scale: f32,
    beta: [f32; 2],
    epsilon: f32,
    count: u64,
) -> AdamStep {
    let [c1, c2] = beta.map(|b| 1.0 - libm::pow(f64::from(b), count as f64));
    AdamStep {
        gradient_scale,
        beta,
        step: (f64::from(learning_rate) / c1) as f32,
        second_scale: (1.0 / c2.sqrt()) as f32,
        epsilon,
    }
}
