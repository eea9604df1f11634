//! Policy to ONNX.

use serde_json::json;

use super::wire::Message;
use super::{OnnxError, OnnxMetadata};
use crate::{Activation, Policy};

const IR_VERSION: u64 = 9;
const OPSET: u64 = 18;
/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;

impl Policy {
    /// The policy as an ONNX model: input `observation` `[N, observation_dim]`, output `action`
    /// `[N, action_dim]` within \[-1, 1\], both `float`.
    ///
    /// The normaliser is part of the graph. The same policy and metadata give the same bytes.
    ///
    /// # Errors
    ///
    /// [`OnnxError::Names`] when the metadata does not name every number.
    pub fn to_onnx(&self, metadata: &OnnxMetadata) -> Result<Vec<u8>, OnnxError> {
        for (what, expected, given) in [
            (
                "observation",
                self.observation_dim(),
                metadata.observation.len(),
            ),
            ("action", self.action_dim(), metadata.action.len()),
        ] {
            if expected != given {
                return Err(OnnxError::Names {
                    what,
                    expected,
                    given,
                });
            }
        }
        let mut model = Message::default()
            .int(1, IR_VERSION)
            .bytes(2, "halle")
            .bytes(3, env!("CARGO_PKG_VERSION"))
            .bytes(4, "halle")
            .int(5, 1)
            .bytes(
                6,
                "A policy: normalises observations and gives the mean action.",
            )
            .message(7, self.graph(metadata))
            .message(8, Message::default().bytes(1, "").int(2, OPSET));
        for (key, value) in self.entries(metadata) {
            model = model.message(14, Message::default().bytes(1, key).bytes(2, value));
        }
        Ok(model.finish())
    }

    fn entries(&self, metadata: &OnnxMetadata) -> Vec<(String, String)> {
        let (mean, scale) = self.normaliser();
        let std: Vec<f32> = scale.iter().map(|s| 1.0 / s).collect();
        let normaliser = json!({ "mean": mean, "std": std, "clip": self.normaliser.clip() });
        let mut entries = vec![
            (
                "halle.version".to_owned(),
                env!("CARGO_PKG_VERSION").to_owned(),
            ),
            ("halle.task".to_owned(), metadata.task.clone()),
            ("halle.scene_hash".to_owned(), metadata.scene_hash.clone()),
            (
                "halle.control_rate".to_owned(),
                json!(metadata.control_rate).to_string(),
            ),
            (
                "halle.observation".to_owned(),
                json!(metadata.observation).to_string(),
            ),
            (
                "halle.action".to_owned(),
                json!(metadata.action).to_string(),
            ),
            ("halle.normaliser".to_owned(), normaliser.to_string()),
        ];
        for (key, value) in &metadata.training {
            entries.push((format!("halle.training.{key}"), value.clone()));
        }
        entries
    }

    fn graph(&self, metadata: &OnnxMetadata) -> Message {
        let (mean, scale) = self.normaliser();
        let clip = self.normaliser.clip();
        let mut graph = Graph::default();
        graph.node("Sub", &["observation", "observation_mean"], "centred", None);
        graph.node("Mul", &["centred", "observation_scale"], "scaled", None);
        graph.node(
            "Clip",
            &["scaled", "normal_low", "normal_high"],
            "normal",
            None,
        );
        graph.constant(
            "observation_mean",
            &[mean.len()],
            mean,
            "mean of each number seen",
        );
        graph.constant(
            "observation_scale",
            &[scale.len()],
            scale,
            "one over the deviation",
        );
        graph.constant("normal_low", &[], &[-clip], "");
        graph.constant("normal_high", &[], &[clip], "");
        let mut previous = "normal".to_owned();
        let layers = self.mlp.layers();
        for (index, layer) in layers.iter().enumerate() {
            let [weight, bias, sum, out] =
                ["weight", "bias", "sum", "out"].map(|part| format!("layer{index}_{part}"));
            graph.node("Gemm", &[&previous, &weight, &bias], &sum, None);
            let shape = [layer.inputs, layer.outputs];
            graph.constant(&weight, &shape, &layer.plain_weights(&self.parameters), "");
            let plain = layer.plain_bias(&self.parameters);
            graph.constant(&bias, &[layer.outputs], &plain, "");
            previous = sum;
            if index + 1 < layers.len() {
                match self.mlp.activation() {
                    Activation::Elu => graph.node("Elu", &[&previous], &out, Some(("alpha", 1.0))),
                    Activation::Tanh => graph.node("Tanh", &[&previous], &out, None),
                }
                previous = out;
            }
        }
        graph.node(
            "Clip",
            &[&previous, "action_low", "action_high"],
            "action",
            None,
        );
        graph.constant("action_low", &[], &[-1.0], "");
        graph.constant("action_high", &[], &[1.0], "");
        let Graph { nodes, constants } = graph;
        let mut message = Message::default();
        for node in nodes {
            message = message.message(1, node);
        }
        message = message.bytes(2, "policy");
        for constant in constants {
            message = message.message(5, constant);
        }
        let rows = |channels: &[super::Channel]| {
            let names = channels.iter().map(|c| format!("{} [{}]", c.name, c.unit));
            names.collect::<Vec<_>>().join(", ")
        };
        let (inputs, outputs) = (rows(&metadata.observation), rows(&metadata.action));
        message
            .bytes(
                10,
                "Observations in SI units to actions in [-1, 1], one row per env.",
            )
            .message(11, port("observation", self.observation_dim(), &inputs))
            .message(12, port("action", self.action_dim(), &outputs))
    }
}

#[derive(Default)]
struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
}

impl Graph {
    fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attribute: Option<(&str, f32)>,
    ) {
        let mut node = Message::default();
        for input in inputs {
            node = node.bytes(1, input);
        }
        node = node
            .bytes(2, output)
            .bytes(3, format!("make_{output}"))
            .bytes(4, operator);
        if let Some((name, value)) = attribute {
            // `AttributeProto.AttributeType.FLOAT` is 1.
            node = node.message(
                5,
                Message::default().bytes(1, name).float(2, value).int(20, 1),
            );
        }
        self.nodes.push(node);
    }

    fn constant(&mut self, name: &str, shape: &[usize], values: &[f32], doc: &str) {
        let mut tensor = Message::default();
        for &dim in shape {
            tensor = tensor.int(1, dim as u64);
        }
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        tensor = tensor.int(2, FLOAT).bytes(8, name).bytes(9, raw);
        if !doc.is_empty() {
            tensor = tensor.bytes(12, doc);
        }
        self.constants.push(tensor);
    }
}

/// A `ValueInfoProto` of shape `[N, dim]`.
fn port(name: &str, dim: usize, doc: &str) -> Message {
    let shape = Message::default()
        .message(1, Message::default().bytes(2, "N"))
        .message(1, Message::default().int(1, dim as u64));
    let tensor = Message::default().int(1, FLOAT).message(2, shape);
    Message::default()
        .bytes(1, name)
        .message(2, Message::default().message(1, tensor))
        .bytes(3, doc)
}
