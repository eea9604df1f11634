//! Envs on a GPU: the program is recorded once and printed as WGSL for this one model.

use std::sync::Arc;

use halle_gpu::{BoundKernel, Buffer, Commands, DeviceChoice, Gpu, Readback};
use halle_lanes::{KernelSpec, Rec, Recording, record};
use rayon::prelude::*;

use crate::batch::{Batch, Layout, check};
use crate::error::SimError;
use crate::key::EnvKeys;
use crate::program::Program;

/// Envs on a GPU, one invocation each; a control step is one dispatch.
#[derive(Debug)]
pub struct GpuBatch {
    gpu: Gpu,
    layout: Layout,
    env_count: usize,
    begin: BoundKernel,
    step: BoundKernel,
    action: Buffer,
    state: Buffer,
    output: Buffer,
    readback: Readback,
    turned: Vec<f32>,
    blocks: Vec<Vec<f32>>,
}

/// The two kernels of a program.
#[derive(Debug)]
pub struct Kernels {
    /// Writes the state of new envs.
    pub begin: Recording,
    /// Advances envs by one control step.
    pub step: Recording,
}

/// Records a program; no device is needed.
#[must_use]
pub fn record_program<P: Program>(program: &P) -> Kernels {
    let spec = |entry: &str, about: &str| {
        let mut spec = KernelSpec::new(entry).with_about(about);
        let key = spec.words("key");
        let action = spec.read("action");
        let state = spec.read_write("state");
        let output = spec.read_write("output");
        (spec, key, action, state, output)
    };
    let (kernel, key, _, mut state, mut output) = spec(
        "begin",
        "Writes the state and the first outputs of a new env.",
    );
    let begin = record(kernel, || {
        let key = [Rec::input_word(key, 0), Rec::input_word(key, 1)];
        program.begin::<Rec>(key, &mut state, &mut output);
    });
    let (kernel, key, action, mut state, mut output) =
        spec("control_step", "Advances an env by one control step.");
    let step = record(kernel, || {
        let key = [Rec::input_word(key, 0), Rec::input_word(key, 1)];
        program.step::<Rec>(key, &action, &mut state, &mut output);
    });
    Kernels { begin, step }
}

impl GpuBatch {
    /// A batch of one env per key on the device that is chosen.
    ///
    /// # Errors
    ///
    /// [`SimError::NoEnvs`] without keys, [`SimError::Gpu`] if there is no such device or it
    /// refuses a kernel or a buffer.
    pub fn new<P: Program>(
        program: &Arc<P>,
        keys: &EnvKeys,
        device: &DeviceChoice,
    ) -> Result<Self, SimError> {
        let env_count = keys.len();
        if env_count == 0 {
            return Err(SimError::NoEnvs);
        }
        let layout = program.layout();
        let gpu = Gpu::open(device)?;
        let kernels = record_program(&**program);
        let bytes = |rows: usize| (rows * env_count * size_of::<f32>()) as u64;
        let mut words = keys.first.clone();
        words.extend(&keys.second);
        let key = gpu.buffer_of("key", &words)?;
        let params = gpu.uniform_of("params", &[env_count as u32])?;
        let action = gpu.buffer("action", bytes(layout.action))?;
        let state = gpu.buffer("state", bytes(layout.state))?;
        let output = gpu.buffer("output", bytes(layout.output()))?;
        let readback = gpu.readback("output", bytes(layout.output()))?;
        let buffers = [
            ("params", &params),
            ("key", &key),
            ("action", &action),
            ("state", &state),
            ("output", &output),
        ];
        let bind = |entry: &str, recording: &Recording| {
            let kernel = gpu.kernel(entry, &recording.wgsl())?;
            let used: Vec<(&str, &Buffer)> = buffers
                .iter()
                .filter(|(name, _)| kernel.bindings().iter().any(|b| b.name == *name))
                .copied()
                .collect();
            gpu.bind(&kernel, &used)
        };
        Ok(Self {
            begin: bind("begin", &kernels.begin)?,
            step: bind("control_step", &kernels.step)?,
            turned: vec![0.0; layout.action * env_count],
            blocks: layout
                .blocks
                .iter()
                .map(|w| vec![0.0; w * env_count])
                .collect(),
            gpu,
            layout,
            env_count,
            action,
            state,
            output,
            readback,
        })
    }

    /// Runs a kernel and turns what it wrote from one row per number to one row per env.
    fn run(&mut self, kernel: &BoundKernel) -> Result<(), SimError> {
        let mut commands = Commands::new();
        commands.dispatch(kernel, self.env_count as u64);
        commands.read_back(&self.output, &self.readback, 0)?;
        self.gpu.submit(&commands)?;
        let (blocks, widths, count) = (&mut self.blocks, &self.layout.blocks, self.env_count);
        self.gpu.fetch(&self.readback, |bytes| {
            let output: &[f32] = bytemuck::cast_slice(bytes);
            let mut start = 0;
            for (block, width) in blocks.iter_mut().zip(widths) {
                block
                    .par_chunks_mut(*width)
                    .enumerate()
                    .for_each(|(env, row)| {
                        for (k, value) in row.iter_mut().enumerate() {
                            *value = output[(start + k) * count + env];
                        }
                    });
                start += width;
            }
        })?;
        Ok(())
    }
}

impl Batch for GpuBatch {
    fn env_count(&self) -> usize {
        self.env_count
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn device(&self) -> String {
        format!("gpu {}", self.gpu.adapter().name)
    }

    fn begin(&mut self) -> Result<(), SimError> {
        let kernel = self.begin.clone();
        self.run(&kernel)
    }

    fn step(&mut self, actions: &[f32]) -> Result<(), SimError> {
        let width = self.layout.action;
        check("actions", actions.len(), self.env_count * width)?;
        for (env, row) in actions.chunks(width).enumerate() {
            for (k, value) in row.iter().enumerate() {
                self.turned[k * self.env_count + env] = *value;
            }
        }
        self.gpu.upload(&self.action, 0, &self.turned)?;
        let kernel = self.step.clone();
        self.run(&kernel)
    }

    fn block(&self, k: usize) -> &[f32] {
        &self.blocks[k]
    }

    fn save(&self) -> Result<Vec<f32>, SimError> {
        let rows = self.layout.state;
        let state: Vec<f32> = self.gpu.download(&self.state)?;
        let mut saved = vec![0.0; state.len()];
        for (env, row) in saved.chunks_mut(rows).enumerate() {
            for (k, value) in row.iter_mut().enumerate() {
                *value = state[k * self.env_count + env];
            }
        }
        Ok(saved)
    }

    fn restore(&mut self, state: &[f32]) -> Result<(), SimError> {
        let rows = self.layout.state;
        check("state", state.len(), self.env_count * rows)?;
        let mut turned = vec![0.0_f32; state.len()];
        for (env, row) in state.chunks(rows).enumerate() {
            for (k, value) in row.iter().enumerate() {
                turned[k * self.env_count + env] = *value;
            }
        }
        self.gpu.upload(&self.state, 0, &turned)?;
        Ok(())
    }
}
