//! Prints the throughput of the learner: `cargo run --release --example learner_throughput`.
#![expect(clippy::print_stdout, reason = "the output of an example")]

use halle_learn::{Activation, BenchShape, PpoConfig, bench_update};

fn main() -> Result<(), halle_learn::LearnError> {
    for (hidden, activation) in [
        (vec![64, 64], Activation::Elu),
        (vec![64, 64], Activation::Tanh),
        (vec![128, 64], Activation::Elu),
    ] {
        let config = PpoConfig {
            actor_hidden: hidden.clone(),
            critic_hidden: hidden.clone(),
            activation,
            ..PpoConfig::default()
        };
        let times = bench_update(&BenchShape {
            config,
            ..BenchShape::default()
        })?;
        println!("{hidden:?} {activation:?}: {times:?}");
        assert!(times.samples_per_second > 0.0);
    }
    Ok(())
}
