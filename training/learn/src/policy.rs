//! A policy that can act: the mean of what was learned, without exploration.

use rayon::prelude::*;

use crate::mlp::{BLOCK, Mlp, Scratch};
use crate::normaliser::Normaliser;
use crate::samples::Pool;
use crate::simd::Isa;

/// Maps observations to actions in \[-1, 1\], normaliser included.
///
/// Acts as the exported ONNX file does; [`Self::to_onnx`] and [`Self::from_onnx`] keep every bit.
#[derive(Debug)]
pub struct Policy {
    pub(crate) mlp: Mlp,
    pub(crate) parameters: Vec<f32>,
    pub(crate) normaliser: Normaliser,
    pool: Pool<(Vec<f32>, Scratch)>,
    isa: Isa,
}

impl Clone for Policy {
    fn clone(&self) -> Self {
        Self::new(
            self.mlp.clone(),
            self.parameters.clone(),
            self.normaliser.clone(),
        )
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.mlp == other.mlp
            && self.parameters == other.parameters
            && self.normaliser == other.normaliser
    }
}

impl Policy {
    pub(crate) fn new(mlp: Mlp, parameters: Vec<f32>, normaliser: Normaliser) -> Self {
        Self {
            mlp,
            parameters,
            normaliser,
            pool: Pool::default(),
            isa: Isa::detect(),
        }
    }

    /// Numbers per observation row.
    #[must_use]
    pub fn observation_dim(&self) -> usize {
        self.mlp.layers()[0].inputs
    }

    /// Numbers per action row.
    #[must_use]
    pub fn action_dim(&self) -> usize {
        self.mlp.layers()[self.mlp.layers().len() - 1].outputs
    }

    /// Mean subtracted from observations, and what the rest is multiplied by.
    #[must_use]
    pub fn normaliser(&self) -> (&[f32], &[f32]) {
        (self.normaliser.mean(), self.normaliser.scale())
    }

    /// Writes the action for each observation row.
    ///
    /// `observations` has shape `(rows, observation_dim)` and `actions` `(rows, action_dim)`,
    /// row-major; rows are independent and run in the rayon pool that the caller is in. Actions
    /// lie in \[-1, 1\]. An observation that is not finite gives an action that may not be.
    ///
    /// # Panics
    ///
    /// When the slices do not have the same number of whole rows.
    pub fn act(&self, observations: &[f32], actions: &mut [f32]) {
        let (dim, width) = (self.observation_dim(), self.action_dim());
        assert!(
            observations.len().is_multiple_of(dim),
            "observations are not whole rows"
        );
        assert_eq!(
            observations.len() / dim * width,
            actions.len(),
            "rows differ in number"
        );
        observations
            .par_chunks(BLOCK * dim)
            .zip(actions.par_chunks_mut(BLOCK * width))
            .for_each(|(observations, actions)| {
                self.pool.with(
                    || {
                        (
                            vec![0.0; BLOCK * self.mlp.input_stride()],
                            self.mlp.scratch(),
                        )
                    },
                    |(input, scratch)| {
                        let rows = observations.len() / dim;
                        self.normaliser.apply(self.isa, observations, input);
                        let out =
                            self.mlp
                                .forward(self.isa, &self.parameters, input, rows, scratch);
                        let out = out.chunks_exact(self.mlp.output_stride());
                        for (row, action) in out.zip(actions.chunks_exact_mut(width)) {
                            for (action, x) in action.iter_mut().zip(row) {
                                *action = x.clamp(-1.0, 1.0);
                            }
                        }
                    },
                );
            });
    }
}
