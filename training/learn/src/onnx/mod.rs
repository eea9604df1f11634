//! Policies as ONNX files.
//!
//! `export` writes; `import` reads back what `export` writes, from the parts that `graph` finds;
//! `wire` is the encoding both share.
//! Field numbers are those of `onnx.proto` (opset 18, IR version 9).

mod export;
mod graph;
mod import;
mod wire;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why a policy could not be written to or read from ONNX.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// The bytes are not a message in protobuf's encoding, or of other types than ONNX has.
    #[error("not an ONNX file, or a damaged one")]
    Malformed,
    /// A node stands where no policy of ours has one.
    #[error("unsupported node `{operator}` at place {place}: expected {expected}")]
    UnsupportedNode {
        /// Operator of the node.
        operator: String,
        /// Index of the node in the graph.
        place: usize,
        /// What the pattern has there.
        expected: &'static str,
    },
    /// The graph ends too early.
    #[error("the graph ends after {count} nodes: expected {expected}")]
    MissingNode {
        /// Nodes in the graph.
        count: usize,
        /// What the pattern has next.
        expected: &'static str,
    },
    /// A node has an attribute that changes what it computes.
    #[error("unsupported attribute `{attribute}` of node `{operator}` at place {place}")]
    UnsupportedAttribute {
        /// Operator of the node.
        operator: String,
        /// Index of the node in the graph.
        place: usize,
        /// Name of the attribute.
        attribute: String,
    },
    /// A node is fed by something other than the node before it.
    #[error("node `{operator}` at place {place} is not fed by the node before it")]
    Branch {
        /// Operator of the node.
        operator: String,
        /// Index of the node in the graph.
        place: usize,
    },
    /// A constant is missing, or of the wrong type or length.
    #[error("constant `{name}` must be {expected}")]
    Constant {
        /// Name of the constant.
        name: String,
        /// What is needed.
        expected: String,
    },
    /// Hidden layers use different functions.
    #[error("hidden layers use both elu and tanh")]
    MixedActivations,
    /// The metadata names more or fewer numbers than the policy has.
    #[error("metadata names {given} numbers of the {what}, expected {expected}")]
    Names {
        /// `observation` or `action`.
        what: &'static str,
        /// Numbers that the policy has.
        expected: usize,
        /// Numbers that the metadata names.
        given: usize,
    },
    /// A metadata entry of ours cannot be read.
    #[error("metadata entry `{key}` cannot be read")]
    Metadata {
        /// Key of the entry.
        key: String,
    },
}

/// What one number of an observation or an action is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Name, such as `shoulder_pan.q`.
    pub name: String,
    /// Unit, such as `rad`; empty for a pure number.
    pub unit: String,
}

impl Channel {
    /// A number of the given name and unit.
    pub fn new(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            unit: unit.into(),
        }
    }
}

/// What a policy file says about itself, beside its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OnnxMetadata {
    /// Version of halle that wrote it; filled in when writing.
    pub version: String,
    /// Name of the task.
    pub task: String,
    /// Hash of the scene that it was trained in.
    pub scene_hash: String,
    /// Control steps per second.
    pub control_rate: f64,
    /// The numbers of an observation, in order.
    pub observation: Vec<Channel>,
    /// The numbers of an action, in order.
    pub action: Vec<Channel>,
    /// How it was trained, by name.
    pub training: BTreeMap<String, String>,
}
