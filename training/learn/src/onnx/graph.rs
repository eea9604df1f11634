//! The parts of an ONNX file that a policy is read from.

use std::collections::BTreeMap;

use super::OnnxError;
use super::wire::{Value, fields};

/// A constant of the graph.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constant {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Node<'a> {
    pub(super) inputs: Vec<&'a str>,
    pub(super) output: &'a str,
    pub(super) operator: &'a str,
    /// Name, and the number it holds: a float, or a whole number.
    pub(super) attributes: Vec<(&'a str, Option<f32>)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) constants: BTreeMap<&'a str, Constant>,
    /// Inputs that are not constants.
    pub(super) inputs: Vec<&'a str>,
}

/// Reads a `StringStringEntryProto`.
pub(super) fn read_entry(bytes: &[u8]) -> Result<(&str, &str), OnnxError> {
    let (mut key, mut text) = ("", "");
    for field in fields(bytes) {
        match field? {
            (1, value) => key = value.text()?,
            (2, value) => text = value.text()?,
            _ => {}
        }
    }
    Ok((key, text))
}

/// Reads a `GraphProto`.
pub(super) fn read_graph(bytes: &[u8]) -> Result<Graph<'_>, OnnxError> {
    let mut graph = Graph::default();
    for field in fields(bytes) {
        match field? {
            (1, value) => graph.nodes.push(read_node(value.bytes()?)?),
            (5, value) => {
                let (name, constant) = read_constant(value.bytes()?)?;
                graph.constants.insert(name, constant);
            }
            (11, value) => graph.inputs.push(read_name(value.bytes()?)?),
            _ => {}
        }
    }
    // Older files list constants among the inputs.
    graph
        .inputs
        .retain(|name| !graph.constants.contains_key(name));
    Ok(graph)
}

fn read_name(bytes: &[u8]) -> Result<&str, OnnxError> {
    let mut name = "";
    for field in fields(bytes) {
        if let (1, value) = field? {
            name = value.text()?;
        }
    }
    Ok(name)
}

fn read_node(bytes: &[u8]) -> Result<Node<'_>, OnnxError> {
    let mut node = Node::default();
    for field in fields(bytes) {
        match field? {
            (1, value) => node.inputs.push(value.text()?),
            (2, value) => node.output = value.text()?,
            (4, value) => node.operator = value.text()?,
            (5, value) => {
                let mut attribute = ("", None);
                for field in fields(value.bytes()?) {
                    match field? {
                        (1, value) => attribute.0 = value.text()?,
                        (2, Value::Float(value)) => attribute.1 = Some(value),
                        (3, Value::Int(value)) => attribute.1 = Some(value as f32),
                        _ => {}
                    }
                }
                node.attributes.push(attribute);
            }
            _ => {}
        }
    }
    Ok(node)
}

fn read_constant(bytes: &[u8]) -> Result<(&str, Constant), OnnxError> {
    let mut name = "";
    let mut dims = Vec::new();
    let mut kind = 0;
    let mut values = Vec::new();
    for field in fields(bytes) {
        match field? {
            (1, value) => value.ints(&mut dims)?,
            (2, value) => kind = value.int()?,
            // `float_data`, one by one or packed, or `raw_data`.
            (4, Value::Float(value)) => values.push(value),
            (4 | 9, value) => {
                let each = value.bytes()?.chunks_exact(4);
                values.extend(each.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
            }
            (8, value) => name = value.text()?,
            _ => {}
        }
    }
    let shape: Vec<usize> = dims
        .iter()
        .map(|&d| usize::try_from(d).unwrap_or(usize::MAX))
        .collect();
    let count = shape
        .iter()
        .try_fold(1_usize, |count, &d| count.checked_mul(d));
    let expected = if kind != 1 {
        Some("float")
    } else if count != Some(values.len()) {
        Some("as long as its shape says")
    } else if values.iter().any(|v| !v.is_finite()) {
        Some("finite")
    } else {
        None
    };
    match expected {
        Some(expected) => Err(bad_constant(name, expected)),
        None => Ok((name, Constant { shape, values })),
    }
}

/// A constant that does not fit.
pub(super) fn bad_constant(name: &str, expected: impl Into<String>) -> OnnxError {
    OnnxError::Constant {
        name: name.to_owned(),
        expected: expected.into(),
    }
}
