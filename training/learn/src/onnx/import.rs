//! ONNX to policy: the pattern that `export` writes, and nothing else.

use std::collections::BTreeMap;

use super::graph::{Constant, Graph, Node, bad_constant, read_entry, read_graph};
use super::wire::fields;
use super::{OnnxError, OnnxMetadata};
use crate::mlp::Mlp;
use crate::normaliser::Normaliser;
use crate::{Activation, Policy};

/// Widest row that is believed.
const WIDTH_LIMIT: usize = 65_536;

impl Policy {
    /// Reads a policy and what its file says about itself.
    ///
    /// Accepts the chain that [`Self::to_onnx`] writes: `Sub`, `Mul`, `Clip`, then `Gemm` with
    /// `Elu` or `Tanh` between, then `Clip` to \[-1, 1\]. Entries of the metadata that are missing
    /// stay empty.
    ///
    /// # Errors
    ///
    /// [`OnnxError::Malformed`] for bytes that are no ONNX file; otherwise which node, attribute,
    /// constant or metadata entry does not fit.
    pub fn from_onnx(bytes: &[u8]) -> Result<(Self, OnnxMetadata), OnnxError> {
        let mut graph = None;
        let mut entries = BTreeMap::new();
        for field in fields(bytes) {
            match field? {
                (7, value) => graph = Some(read_graph(value.bytes()?)?),
                (14, value) => {
                    let (key, value) = read_entry(value.bytes()?)?;
                    entries.insert(key, value);
                }
                _ => {}
            }
        }
        let policy = Chain::new(graph.ok_or(OnnxError::Malformed)?)?.policy()?;
        let metadata = read_metadata(&entries)?;
        for (what, expected, given) in [
            (
                "observation",
                policy.observation_dim(),
                metadata.observation.len(),
            ),
            ("action", policy.action_dim(), metadata.action.len()),
        ] {
            if given != 0 && given != expected {
                return Err(OnnxError::Names {
                    what,
                    expected,
                    given,
                });
            }
        }
        Ok((policy, metadata))
    }
}

fn read_metadata(entries: &BTreeMap<&str, &str>) -> Result<OnnxMetadata, OnnxError> {
    fn parsed<T: serde::de::DeserializeOwned + Default>(
        entries: &BTreeMap<&str, &str>,
        key: &str,
    ) -> Result<T, OnnxError> {
        let Some(text) = entries.get(key) else {
            return Ok(T::default());
        };
        serde_json::from_str(text).or(Err(OnnxError::Metadata {
            key: key.to_owned(),
        }))
    }
    let text = |key| {
        entries
            .get(key)
            .map_or_else(String::new, |&text| text.to_owned())
    };
    let training = entries.iter().filter_map(|(key, value)| {
        Some((
            key.strip_prefix("halle.training.")?.to_owned(),
            (*value).to_owned(),
        ))
    });
    Ok(OnnxMetadata {
        version: text("halle.version"),
        task: text("halle.task"),
        scene_hash: text("halle.scene_hash"),
        control_rate: parsed(entries, "halle.control_rate")?,
        observation: parsed(entries, "halle.observation")?,
        action: parsed(entries, "halle.action")?,
        training: training.collect(),
    })
}

/// Walks the nodes, each fed by the one before.
struct Chain<'a> {
    graph: Graph<'a>,
    place: usize,
    current: &'a str,
}

impl<'a> Chain<'a> {
    fn new(graph: Graph<'a>) -> Result<Self, OnnxError> {
        let [input] = graph.inputs[..] else {
            return Err(OnnxError::Malformed);
        };
        Ok(Self {
            graph,
            place: 0,
            current: input,
        })
    }

    fn peek(&self) -> Option<&str> {
        self.graph.nodes.get(self.place).map(|node| node.operator)
    }

    /// The next node, which must be one of `operators`; moves on.
    fn next(&mut self, operators: &[&str], expected: &'static str) -> Result<Node<'a>, OnnxError> {
        let count = self.graph.nodes.len();
        let place = self.place;
        let node = self
            .graph
            .nodes
            .get(place)
            .ok_or(OnnxError::MissingNode { count, expected })?;
        let operator = node.operator.to_owned();
        if !operators.contains(&node.operator) {
            return Err(OnnxError::UnsupportedNode {
                operator,
                place,
                expected,
            });
        }
        if node.inputs.first() != Some(&self.current) {
            return Err(OnnxError::Branch { operator, place });
        }
        self.current = node.output;
        self.place += 1;
        Ok(node.clone())
    }

    /// The constant that input `index` of a node names.
    fn constant(&self, node: &Node<'a>, index: usize) -> Result<(&'a str, Constant), OnnxError> {
        let name = node.inputs.get(index).copied().unwrap_or("");
        let constant = self.graph.constants.get(name);
        Ok((
            name,
            constant
                .ok_or_else(|| bad_constant(name, "a constant of the graph"))?
                .clone(),
        ))
    }

    /// Both bounds of a `Clip`.
    fn bounds(&self, node: &Node<'a>) -> Result<[f32; 2], OnnxError> {
        let mut bounds = [0.0; 2];
        for (index, bound) in bounds.iter_mut().enumerate() {
            let (name, constant) = self.constant(node, index + 1)?;
            let [value] = constant.values[..] else {
                return Err(bad_constant(name, "one number"));
            };
            *bound = value;
        }
        Ok(bounds)
    }

    fn attributes(&self, node: &Node<'a>, allowed: &[(&str, f32)]) -> Result<(), OnnxError> {
        for &(name, value) in &node.attributes {
            if !allowed
                .iter()
                .any(|&(allowed, needed)| allowed == name && value == Some(needed))
            {
                return Err(OnnxError::UnsupportedAttribute {
                    operator: node.operator.to_owned(),
                    place: self.place - 1,
                    attribute: name.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn policy(mut self) -> Result<Policy, OnnxError> {
        let sub = self.next(&["Sub"], "`Sub` of the mean")?;
        let mul = self.next(&["Mul"], "`Mul` by one over the deviation")?;
        let clip = self.next(&["Clip"], "`Clip` of what is normalised")?;
        let (name, mean) = self.constant(&sub, 1)?;
        let dim = mean.values.len();
        if !(1..=WIDTH_LIMIT).contains(&dim) {
            return Err(bad_constant(name, format!("of length 1 to {WIDTH_LIMIT}")));
        }
        let (name, scale) = self.constant(&mul, 1)?;
        if scale.values.len() != dim {
            return Err(bad_constant(name, format!("of length {dim}")));
        }
        let [low, high] = self.bounds(&clip)?;
        if low != -high || high <= 0.0 {
            return Err(bad_constant(
                clip.inputs[1],
                "minus the upper bound, which is above 0",
            ));
        }
        let normaliser = Normaliser::from_parts(&mean.values, &scale.values, high);
        let mut layers = vec![self.layer(dim)?];
        let mut activation = None;
        while matches!(self.peek(), Some("Elu" | "Tanh")) {
            let node = self.next(&["Elu", "Tanh"], "a function between layers")?;
            self.attributes(&node, &[("alpha", 1.0)])?;
            let here = if node.operator == "Elu" {
                Activation::Elu
            } else {
                Activation::Tanh
            };
            if activation.is_some_and(|before| before != here) {
                return Err(OnnxError::MixedActivations);
            }
            activation = Some(here);
            let inputs = layers.last().map_or(dim, |layer| layer.bias.len());
            layers.push(self.layer(inputs)?);
        }
        let clip = self.next(&["Clip"], "`Elu`, `Tanh` or the final `Clip`")?;
        if self.bounds(&clip)? != [-1.0, 1.0] {
            return Err(bad_constant(clip.inputs[1], "-1, and the upper bound 1"));
        }
        if let Some(operator) = self.peek() {
            let (operator, place) = (operator.to_owned(), self.place);
            return Err(OnnxError::UnsupportedNode {
                operator,
                place,
                expected: "the end",
            });
        }
        let widths: Vec<usize> = layers.iter().map(|layer| layer.bias.len()).collect();
        let Some((&outputs, hidden)) = widths.split_last() else {
            return Err(OnnxError::Malformed);
        };
        let mlp = Mlp::new(dim, hidden, outputs, activation.unwrap_or(Activation::Elu));
        let mut parameters = vec![0.0; mlp.parameter_count()];
        for (layer, plain) in mlp.layers().iter().zip(&layers) {
            layer.set_plain(&mut parameters, &plain.weights, &plain.bias);
        }
        Ok(Policy::new(mlp, parameters, normaliser))
    }

    /// A `Gemm` that takes rows of `inputs`.
    fn layer(&mut self, inputs: usize) -> Result<Plain, OnnxError> {
        let node = self.next(&["Gemm"], "`Gemm`")?;
        let transposed = node.attributes.contains(&("transB", Some(1.0)));
        let side = if transposed { 1.0 } else { 0.0 };
        let allowed = [
            ("alpha", 1.0),
            ("beta", 1.0),
            ("transA", 0.0),
            ("transB", side),
        ];
        self.attributes(&node, &allowed)?;
        let (_, bias) = self.constant(&node, 2)?;
        let (name, weights) = self.constant(&node, 1)?;
        let outputs = bias.values.len();
        let shape = if transposed {
            [outputs, inputs]
        } else {
            [inputs, outputs]
        };
        if weights.shape != shape || !(1..=WIDTH_LIMIT).contains(&outputs) {
            return Err(bad_constant(name, format!("of shape {shape:?}")));
        }
        let mut values = weights.values;
        if transposed {
            let by_output = values.clone();
            for (place, value) in values.iter_mut().enumerate() {
                *value = by_output[(place % outputs) * inputs + place / outputs];
            }
        }
        Ok(Plain {
            weights: values,
            bias: bias.values,
        })
    }
}

/// A layer without what fills it up.
struct Plain {
    weights: Vec<f32>,
    bias: Vec<f32>,
}
