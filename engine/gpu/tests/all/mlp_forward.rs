//! The kernel `mlp_forward` against its mirror.

use halle_gpu::{Commands, Gpu};
use halle_shaders::{Activation, MLP_FORWARD, MlpShape, mirror};

use crate::harness::{Inputs, device};

/// Largest difference of actions between kernel and mirror; every action must have been written.
fn difference(gpu: &Gpu, shape: &MlpShape, envs: usize) -> f32 {
    let widest = shape.dims().iter().max().map_or(1, |&dim| dim);
    let scale = (1.5 / widest as f32).sqrt();
    let mut weights = Inputs::uniform(1, shape.weight_count(), 11, -scale, scale).numbers;
    // Standard deviations are positive.
    let observations = shape.observation_len();
    for std in &mut weights[observations..2 * observations] {
        *std = std.abs() + 0.1;
    }
    let observation = Inputs::uniform(envs, observations, 12, -3.0, 3.0).numbers;
    let mut expected = vec![f32::NAN; envs * shape.action_len()];
    mirror::mlp_forward(shape, envs, &weights, &observation, &mut expected);

    let kernel = gpu.kernel(MLP_FORWARD.name, MLP_FORWARD.wgsl).unwrap();
    let header = gpu.buffer_of("header", &shape.header(envs as u32)).unwrap();
    let weights = gpu.buffer_of("weights", &weights).unwrap();
    let observation = gpu.buffer_of("observation", &observation).unwrap();
    let poison = vec![f32::NAN; shape.hidden_rows() * envs];
    let hidden = gpu.buffer_of("hidden", &poison).unwrap();
    let action = gpu
        .buffer_of("action", &vec![f32::NAN; expected.len()])
        .unwrap();
    let buffers = [
        ("header", &header),
        ("weights", &weights),
        ("observation", &observation),
        ("hidden", &hidden),
        ("action", &action),
    ];
    let bound = gpu.bind(&kernel, &buffers).unwrap();
    let mut commands = Commands::new();
    commands.dispatch(&bound, envs as u64);
    gpu.submit(&commands).unwrap();
    let found: Vec<f32> = gpu.download(&action).unwrap();
    assert!(found.iter().chain(&expected).all(|x| x.is_finite()));
    let pairs = found.iter().zip(&expected);
    pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

#[test]
fn kernel_and_mirror_agree() {
    let Some(gpu) = device() else { return };
    // Sums of up to 64 products near one, rounded twice where the device does not fuse; `exp` of
    // WGSL may be off by some units in the last place.
    for activation in [Activation::Tanh, Activation::Elu] {
        for dims in [
            &[1, 1][..],
            &[3, 2],
            &[17, 64, 64, 6],
            &[9, 5, 33, 7, 5],
            &[4, 8, 1],
        ] {
            let shape = MlpShape::new(dims, activation, 1.5).unwrap();
            let found = difference(gpu, &shape, 130);
            assert!(found < 2e-5, "{dims:?} {activation:?}: {found}");
        }
    }
}
