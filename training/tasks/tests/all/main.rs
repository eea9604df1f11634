//! Tests of the polishing task.
mod arm;
mod first;
mod learn;
