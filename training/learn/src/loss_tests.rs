//! Slopes of the whole loss against central differences of the same loss in double precision.

use super::*;
use crate::Activation;
use crate::random::{Purpose, Stream};
use crate::samples::Pool;
use crate::update::{Gradients, Update};

fn random(count: usize, purpose: u32, scale: f32) -> Vec<f32> {
    let stream = Stream::new(23, Purpose::Weights);
    (0..count)
        .map(|i| scale * stream.normal2([purpose, i as u32, 9])[0])
        .collect()
}

/// A network in double precision, straight from the definition.
fn forward(mlp: &Mlp, parameters: &[f64], input: &[f64]) -> Vec<f64> {
    let single: Vec<f32> = (0..parameters.len()).map(|i| i as f32).collect();
    let mut x = input.to_vec();
    for (index, layer) in mlp.layers().iter().enumerate() {
        // The places of the plain weights, read through the layout itself.
        let places = layer.plain_weights(&single);
        let bias = layer.plain_bias(&single);
        let mut y: Vec<f64> = bias
            .iter()
            .map(|&place| parameters[place as usize])
            .collect();
        for i in 0..layer.inputs {
            for j in 0..layer.outputs {
                y[j] += x[i] * parameters[places[i * layer.outputs + j] as usize];
            }
        }
        if index + 1 < mlp.layers().len() {
            for v in &mut y {
                *v = match mlp.activation() {
                    Activation::Elu => v.max(0.0) + v.min(0.0).exp_m1(),
                    Activation::Tanh => v.tanh(),
                };
            }
        }
        x = y;
    }
    x
}

struct Case {
    networks: ActorCritic,
    config: PpoConfig,
    samples: Samples,
    old_std: Vec<f32>,
    dim: usize,
}

/// The loss of the whole batch, from its definition.
fn loss(case: &Case, parameters: &[f64]) -> f64 {
    let Case {
        networks,
        config,
        samples,
        dim,
        ..
    } = case;
    let (critic, log_std) = (networks.critic_start(), networks.log_std_start());
    let count = samples.reward.len();
    let stride = networks.actor.input_stride();
    let mean = samples.advantage.iter().map(|&a| f64::from(a)).sum::<f64>() / count as f64;
    let variance = samples
        .advantage
        .iter()
        .map(|&a| (f64::from(a) - mean).powi(2))
        .sum::<f64>();
    let deviation = (variance / count as f64).sqrt() + 1e-8;
    let clip = f64::from(config.clip);
    let mut total = 0.0;
    let stds = &parameters[log_std..log_std + networks.action_dim];
    for s in 0..count {
        let row = &samples.observation[s * stride..][..*dim];
        let x: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
        let mu = forward(&networks.actor, &parameters[..critic], &x);
        let mut log_prob = 0.0;
        for (a, (&mu, &log_std)) in mu.iter().zip(stds).enumerate() {
            let action = f64::from(samples.action[s * networks.action_dim + a]);
            let z = (action - mu) / log_std.exp();
            log_prob -= 0.5 * z * z + log_std + 0.5 * core::f64::consts::TAU.ln();
        }
        let ratio = (log_prob - f64::from(samples.log_prob[s])).exp();
        let advantage = (f64::from(samples.advantage[s]) - mean) / deviation;
        total -= (ratio * advantage).min(ratio.clamp(1.0 - clip, 1.0 + clip) * advantage);
        let value = forward(&networks.critic, &parameters[critic..log_std], &x)[0];
        let (old, target) = (f64::from(samples.value[s]), f64::from(samples.target[s]));
        let bounded = old + (value - old).clamp(-clip, clip);
        let plain = (value - target).powi(2);
        let larger = if config.clip_value_loss {
            plain.max((bounded - target).powi(2))
        } else {
            plain
        };
        total += f64::from(config.value_coefficient) * larger;
    }
    let entropy: f64 = stds.iter().sum();
    total / count as f64 - f64::from(config.entropy_coefficient) * entropy
}

fn case(activation: Activation, hidden: &[usize], dim: usize, actions: usize) -> Case {
    let config = PpoConfig {
        actor_hidden: hidden.to_vec(),
        critic_hidden: hidden.to_vec(),
        activation,
        entropy_coefficient: 0.03,
        value_coefficient: 0.7,
        ..PpoConfig::default()
    };
    let networks = ActorCritic::new(&config, dim, actions).unwrap();
    let count = CHUNK + BLOCK + 17;
    let stride = networks.actor.input_stride();
    let mut samples = Samples::new(stride, actions, count, 1);
    for (s, row) in samples.observation.chunks_exact_mut(stride).enumerate() {
        row[..dim].copy_from_slice(&random(dim, 1000 + s as u32, 1.0));
    }
    samples.action = random(count * actions, 2, 0.7);
    samples.mean = random(count * actions, 3, 0.1);
    // About the density of the actions, and off by enough to pass the clip both ways.
    let off = random(count, 4, 0.5);
    for s in 0..count {
        let squares: f32 = samples.action[s * actions..(s + 1) * actions]
            .iter()
            .map(|a| a * a)
            .sum();
        samples.log_prob[s] = -squares - actions as f32 * 0.6 + off[s];
    }
    samples.value = random(count, 5, 0.3);
    samples.advantage = random(count, 6, 2.0);
    samples.target = random(count, 7, 1.0);
    samples.fill_records();
    Case {
        networks,
        config,
        samples,
        old_std: vec![0.6; actions],
        dim,
    }
}

fn check(case: &Case) {
    let networks = &case.networks;
    let mut parameters = vec![0.0; networks.parameter_count()];
    let (critic, log_std) = (networks.critic_start(), networks.log_std_start());
    networks
        .actor
        .initialise(1, 0, 0.5, &mut parameters[..critic]);
    networks
        .critic
        .initialise(1, 1, 1.0, &mut parameters[critic..log_std]);
    parameters[log_std..][..networks.action_dim].fill(-0.4);
    let workers = Pool::default();
    let double: Vec<f64> = parameters.iter().map(|&p| f64::from(p)).collect();
    let mut results = Vec::new();
    for isa in Isa::available() {
        let update = Update {
            isa,
            config: &case.config,
            networks,
            samples: &case.samples,
            workers: &workers,
            seed: 0,
            iteration: 0,
            old_std: &case.old_std,
        };
        let mut room = Gradients::default();
        let indices: Vec<u32> = (0..case.samples.reward.len() as u32).collect();
        let sums = update.differentiate(&indices, &parameters, &mut room);
        assert!(sums.clipped > 50.0 && sums.clipped < 600.0, "{sums:?}");
        results.push(room.total().to_vec());
    }
    // Every 37th weight, and all numbers of the last layers and deviations.
    let places = (0..parameters.len()).filter(|i| i % 37 == 0 || i + 32 > log_std);
    for place in places {
        let h = 1e-6;
        let mut moved = double.clone();
        moved[place] += h;
        let above = loss(case, &moved);
        moved[place] -= 2.0 * h;
        let slope = (above - loss(case, &moved)) / (2.0 * h);
        // The difference quotient is good to 1e-9, but for kinks passed within the step; sums of
        // 657 terms in f32 leave about 1e-6 of terms of size one over the count.
        let plain = parameters[place] != 0.0 || slope.abs() > 1e-12;
        for gradient in &results {
            let error = (f64::from(gradient[place]) - slope).abs();
            if plain {
                assert!(
                    error < 3e-6 + 1e-5 * slope.abs(),
                    "{place}: {} {slope}",
                    gradient[place]
                );
            } else {
                // What fills rows up takes no part in the loss and must stay zero.
                assert_eq!(gradient[place].to_bits() << 1, 0, "{place}");
            }
        }
    }
}

#[test]
fn slopes_of_the_loss_equal_central_differences_with_elu() {
    check(&case(Activation::Elu, &[24, 16], 10, 3));
}

#[test]
fn slopes_of_the_loss_equal_central_differences_with_tanh() {
    check(&case(Activation::Tanh, &[9], 5, 2));
}

#[test]
fn slopes_of_the_loss_equal_central_differences_without_hidden_layers() {
    let mut case = case(Activation::Elu, &[], 4, 1);
    case.config.clip_value_loss = false;
    check(&case);
}

#[test]
fn divergence_is_that_of_two_normal_laws() {
    // One sample, no hidden layer, zero weights: mean 0 and deviation 0.5 now, mean 0.2 and
    // deviation 0.6 when drawn: ln(0.5 / 0.6) + (0.36 + 0.04) / (2 * 0.25) - 0.5.
    let config = PpoConfig {
        actor_hidden: vec![],
        critic_hidden: vec![],
        ..PpoConfig::default()
    };
    let networks = ActorCritic::new(&config, 1, 1).unwrap();
    let mut samples = Samples::new(networks.actor.input_stride(), 1, 1, 1);
    samples.mean = vec![0.2];
    samples.fill_records();
    let mut parameters = vec![0.0; networks.parameter_count()];
    parameters[networks.log_std_start()] = 0.5_f32.ln();
    let update = Update {
        isa: Isa::detect(),
        config: &config,
        networks: &networks,
        samples: &samples,
        workers: &Pool::default(),
        seed: 0,
        iteration: 0,
        old_std: &[0.6],
    };
    let sums = update.differentiate(&[0], &parameters, &mut Gradients::default());
    let exact = (0.5_f64 / 0.6).ln() + 0.4 / 0.5 - 0.5;
    // f32 arithmetic on numbers below one.
    assert!((sums.kl - exact).abs() < 1e-6, "{} {exact}", sums.kl);
}
