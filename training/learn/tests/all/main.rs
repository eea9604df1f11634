//! The learner from outside: learning, repeating, resuming, exporting.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod checkpoint;
mod learning;
mod onnx;
mod point_mass;
