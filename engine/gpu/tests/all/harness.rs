//! One law, run over the `f32` lane and as a recorded kernel.

use std::sync::OnceLock;

use halle_gpu::{Commands, Gpu, TestDevice, test_device};
use halle_lanes::{KernelSpec, Lane, Rec, Recording, Slab, Word, pcg4d, record};

/// The device that all tests share; prints one line where there is none.
pub(crate) fn device() -> Option<&'static Gpu> {
    static DEVICE: OnceLock<TestDevice> = OnceLock::new();
    match DEVICE.get_or_init(|| test_device().expect("a device is required")) {
        TestDevice::Run(gpu) => Some(gpu),
        TestDevice::Skip(line) => {
            println!("{line}");
            None
        }
    }
}

/// A law under test: reads rows of `input` and two words, writes rows of `output`.
pub(crate) trait Law {
    /// Rows that it reads and writes.
    fn rows(&self) -> (usize, usize);
    /// Computes all rows of `output`.
    fn run<S: Lane>(&self, key: [S::Bits; 2], input: &S::Array<'_>, output: &mut S::Array<'_>);
}

/// Inputs of a law for some envs: row `k` of env `e` is at `k * envs + e`.
pub(crate) struct Inputs {
    pub(crate) envs: usize,
    pub(crate) numbers: Vec<f32>,
    pub(crate) key: Vec<u32>,
}

impl Inputs {
    /// Numbers from `number(random word)`; the same for the same seed.
    pub(crate) fn new(envs: usize, rows: usize, seed: u32, number: impl Fn(u32) -> f32) -> Self {
        let word = |k: usize, purpose| pcg4d([seed, k as u32, purpose, 77].map(Word))[0].0;
        Self {
            envs,
            numbers: (0..envs * rows).map(|k| number(word(k, 1))).collect(),
            key: (0..envs * 2).map(|k| word(k, 2)).collect(),
        }
    }

    /// Numbers that are uniform in `low..high`.
    pub(crate) fn uniform(envs: usize, rows: usize, seed: u32, low: f32, high: f32) -> Self {
        Self::new(envs, rows, seed, |word| {
            (word >> 8) as f32 / 16_777_216.0 * (high - low) + low
        })
    }
}

pub(crate) fn recording(law: &impl Law) -> Recording {
    let mut spec = KernelSpec::new("apply_law").with_about("a law under test");
    let key = spec.words("key");
    let input = spec.read("input");
    let mut output = spec.read_write("output");
    record(spec, || {
        let words = [Rec::input_word(key, 0), Rec::input_word(key, 1)];
        law.run::<Rec>(words, &input, &mut output);
    })
}

/// Output of the recorded kernel; rows that nobody writes are NaN.
pub(crate) fn run_on_gpu(gpu: &Gpu, law: &impl Law, inputs: &Inputs) -> Vec<f32> {
    let text = recording(law).wgsl();
    let kernel = gpu
        .kernel("apply_law", &text)
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    let rows = law.rows().1;
    let poison = vec![f32::NAN; rows * inputs.envs];
    let params = gpu.uniform_of("params", &[inputs.envs as u32]).unwrap();
    let key = gpu.buffer_of("key", &inputs.key).unwrap();
    let input = gpu.buffer_of("input", &inputs.numbers).unwrap();
    let output = gpu.buffer_of("output", &poison).unwrap();
    let buffers = [
        ("params", &params),
        ("key", &key),
        ("input", &input),
        ("output", &output),
    ];
    let bound = gpu.bind(&kernel, &buffers).unwrap();
    let mut commands = Commands::new();
    commands.dispatch(&bound, inputs.envs as u64);
    gpu.submit(&commands).unwrap();
    gpu.download(&output).unwrap()
}

/// Output of the `f32` lane, in the same order.
pub(crate) fn run_on_cpu(law: &impl Law, inputs: &Inputs) -> Vec<f32> {
    let (reads, writes) = law.rows();
    let mut all = vec![f32::NAN; writes * inputs.envs];
    for env in 0..inputs.envs {
        let column = |k: usize| inputs.numbers[k * inputs.envs + env];
        let mut input: Vec<f32> = (0..reads).map(column).collect();
        let mut output = vec![f32::NAN; writes];
        let key = [0, 1].map(|k| Word(inputs.key[k * inputs.envs + env]));
        law.run::<f32>(key, &Slab(&mut input), &mut Slab(&mut output));
        for (k, x) in output.into_iter().enumerate() {
            all[k * inputs.envs + env] = x;
        }
    }
    all
}

/// Runs the law on both sides; every number must agree to `tolerance * (1 + magnitude)`.
///
/// NaN and infinity must agree as such, for a law may make them on purpose.
pub(crate) fn check(gpu: &Gpu, law: &impl Law, inputs: &Inputs, tolerance: f32) {
    let expected = run_on_cpu(law, inputs);
    let found = run_on_gpu(gpu, law, inputs);
    assert_eq!(found.len(), expected.len());
    for (k, (x, y)) in found.iter().zip(&expected).enumerate() {
        let same = x == y || (x.is_nan() && y.is_nan());
        let (row, env) = (k / inputs.envs, k % inputs.envs);
        assert!(
            same || (x - y).abs() <= tolerance * (1.0 + y.abs()),
            "row {row} env {env}: expected {y}, found {x}\n{}",
            recording(law).wgsl()
        );
    }
}
