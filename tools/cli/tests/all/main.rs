//! The command line from outside, as people and programs meet it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

#[path = "../common/mod.rs"]
mod common;

mod bad_output;
mod bad_scene;
mod bad_settings;
mod gpu;
mod models;
mod plants;
mod policies;
mod resume;
mod runs;
mod runtime;
mod words;
