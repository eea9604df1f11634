//! The physics of stages: rules one by one, masses, and usd-core as the judge.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests; clippy.toml covers the tests themselves"
)]

mod copies;
mod judge;
mod mass;
mod rules;
mod scenes;

/// Floats of different operation orders: a few units in the last place of numbers around one.
fn near(a: &[f32], b: &[f32]) -> bool {
    let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 2e-6 * b.abs().max(1.0);
    a.len() == b.len() && a.iter().zip(b).all(close)
}
