//! Sizes and layout of a policy network in the buffers of `mlp_forward`.

/// What follows every layer but the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Hyperbolic tangent.
    Tanh,
    /// `x` above zero, `exp(x) - 1` below.
    Elu,
}

/// Shape of a policy network: dense layers with a linear last one.
#[derive(Clone, Debug, PartialEq)]
pub struct MlpShape {
    /// Sizes from the observation over the hidden layers to the action.
    dims: Vec<u32>,
    /// After hidden layers.
    activation: Activation,
    /// Bound of normalised observations, in standard deviations.
    clip: f32,
}

impl MlpShape {
    /// A network with `dims` numbers from observation to action; `None` unless there are two or more
    /// of them, all above zero.
    pub fn new(dims: &[u32], activation: Activation, clip: f32) -> Option<Self> {
        let usable = dims.len() >= 2 && dims.iter().all(|&dim| dim > 0);
        usable.then(|| Self {
            dims: dims.to_vec(),
            activation,
            clip,
        })
    }

    /// Sizes from the observation over the hidden layers to the action.
    pub fn dims(&self) -> &[u32] {
        &self.dims
    }

    /// What follows hidden layers.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// Bound of normalised observations, in standard deviations.
    pub fn clip(&self) -> f32 {
        self.clip
    }

    /// Numbers of one observation.
    pub fn observation_len(&self) -> usize {
        self.dims[0] as usize
    }

    /// Numbers of one action.
    pub fn action_len(&self) -> usize {
        self.dims[self.dims.len() - 1] as usize
    }

    /// The most inputs that a layer has.
    pub fn width(&self) -> usize {
        let inputs = &self.dims[..self.dims.len() - 1];
        inputs.iter().max().map_or(0, |&dim| dim as usize)
    }

    /// Rows of the buffer `hidden`.
    pub fn hidden_rows(&self) -> usize {
        2 * self.width()
    }

    /// Numbers of the buffer `weights`: mean and standard deviation of the observation, then per
    /// layer the matrix, one row of inputs per output, and the bias.
    pub fn weight_count(&self) -> usize {
        let layers = self
            .dims
            .windows(2)
            .map(|pair| (pair[0] as usize + 1) * pair[1] as usize);
        2 * self.observation_len() + layers.sum::<usize>()
    }

    /// Where the matrix and the bias of a layer start in `weights`.
    pub fn layer_offsets(&self, layer: usize) -> (usize, usize) {
        let mut matrix = 2 * self.observation_len();
        for pair in self.dims.windows(2).take(layer) {
            matrix += (pair[0] as usize + 1) * pair[1] as usize;
        }
        (
            matrix,
            matrix + (self.dims[layer] * self.dims[layer + 1]) as usize,
        )
    }

    /// Words of the buffer `header`.
    pub fn header(&self, env_count: u32) -> Vec<u32> {
        let activation = match self.activation {
            Activation::Tanh => 0,
            Activation::Elu => 1,
        };
        let layers = self.dims.len() as u32 - 1;
        let width = self.width() as u32;
        let mut words = vec![env_count, layers, activation, width, self.clip.to_bits()];
        words.extend(&self.dims);
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_follow_each_other() {
        let shape = MlpShape::new(&[3, 5, 2], Activation::Tanh, 5.0).expect("valid");
        assert_eq!(shape.layer_offsets(0), (6, 21));
        assert_eq!(shape.layer_offsets(1), (26, 36));
        assert_eq!(shape.weight_count(), 38);
        assert_eq!((shape.width(), shape.hidden_rows()), (5, 10));
        assert_eq!(shape.header(7), [7, 2, 0, 5, 5.0_f32.to_bits(), 3, 5, 2]);
    }

    #[test]
    fn empty_layers_are_refused() {
        assert_eq!(MlpShape::new(&[3], Activation::Elu, 5.0), None);
        assert_eq!(MlpShape::new(&[3, 0, 2], Activation::Elu, 5.0), None);
    }
}
