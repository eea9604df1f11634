//! Envs in SIMD lanes, groups of lanes over threads.
#![expect(unsafe_code, reason = "calling functions that enable instruction sets")]

use std::sync::Arc;

#[cfg(target_arch = "x86_64")]
use halle_lanes::{Avx2, Avx512};
use halle_lanes::{CpuLane, Elem, Portable8, Simd, Slab, supported};
use rayon::ThreadPool;
use rayon::prelude::*;

use crate::batch::{Batch, Layout, check};
use crate::error::SimError;
use crate::key::EnvKeys;
use crate::program::Program;

/// What evaluates a program on the CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneKind {
    /// One env at a time in `f32`: the mirror that the others are held against.
    Scalar,
    /// Several envs per register.
    Simd(Simd),
}

impl LaneKind {
    /// The widest that this machine runs.
    #[must_use]
    pub fn best() -> Self {
        Self::Simd(supported()[0])
    }

    fn width(self) -> usize {
        match self {
            Self::Scalar => 1,
            Self::Simd(simd) => simd.width(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Simd(simd) => simd.name(),
        }
    }
}

/// What a group of envs is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Begin,
    Step,
}

/// Memory of one group of envs.
struct Group<'a, E> {
    phase: Phase,
    keys: [&'a [u32]; 2],
    action: &'a mut [E],
    state: &'a mut [E],
    output: &'a mut [E],
}

type Run<P, E> = unsafe fn(&P, Group<'_, E>);

#[inline(always)]
fn run_group<S: CpuLane, P: Program>(program: &P, group: Group<'_, S::Elem>) {
    let key = [S::words(group.keys[0]), S::words(group.keys[1])];
    let mut state = Slab(group.state);
    let mut output = Slab(group.output);
    match group.phase {
        Phase::Begin => program.begin::<S>(key, &mut state, &mut output),
        Phase::Step => program.step::<S>(key, &Slab(group.action), &mut state, &mut output),
    }
}

fn run_scalar<P: Program>(program: &P, group: Group<'_, f32>) {
    run_group::<f32, P>(program, group);
}

fn run_reference<P: Program>(program: &P, group: Group<'_, f64>) {
    run_group::<f64, P>(program, group);
}

// The same bits as without the feature, where a fused multiply-add is a call into the C library.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "fma")]
fn run_scalar_fused<P: Program>(program: &P, group: Group<'_, f32>) {
    run_group::<f32, P>(program, group);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "fma")]
fn run_reference_fused<P: Program>(program: &P, group: Group<'_, f64>) {
    run_group::<f64, P>(program, group);
}

fn run_portable<P: Program>(program: &P, group: Group<'_, f32>) {
    run_group::<Portable8, P>(program, group);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<P: Program>(program: &P, group: Group<'_, f32>) {
    run_group::<Avx2, P>(program, group);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
fn run_avx512<P: Program>(program: &P, group: Group<'_, f32>) {
    run_group::<Avx512, P>(program, group);
}

/// Envs on the CPU.
///
/// Generic over the number that is stored: `f32` for work, `f64` for the reference of tests.
pub struct CpuBatch<P, E = f32> {
    program: Arc<P>,
    layout: Layout,
    keys: EnvKeys,
    env_count: usize,
    width: usize,
    kind: &'static str,
    run: Run<P, E>,
    state: Vec<E>,
    action: Vec<E>,
    output: Vec<E>,
    blocks: Vec<Vec<f32>>,
    threads: ThreadPool,
}

impl<P, E> core::fmt::Debug for CpuBatch<P, E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CpuBatch")
            .field("env_count", &self.env_count)
            .field("kind", &self.kind)
            .field("threads", &self.threads.current_num_threads())
            .finish_non_exhaustive()
    }
}

impl<P: Program> CpuBatch<P, f32> {
    /// A batch of one env per key on `threads` threads (0: one per core).
    ///
    /// # Errors
    ///
    /// [`SimError::NoEnvs`] without keys, [`SimError::Threads`] if threads cannot be started.
    pub fn new(
        program: Arc<P>,
        keys: EnvKeys,
        kind: LaneKind,
        threads: usize,
    ) -> Result<Self, SimError> {
        let run: Run<P, f32> = match kind {
            #[cfg(target_arch = "x86_64")]
            LaneKind::Scalar if supported().contains(&Simd::Avx2) => run_scalar_fused::<P>,
            LaneKind::Scalar => run_scalar::<P>,
            #[cfg(target_arch = "x86_64")]
            LaneKind::Simd(simd @ Simd::Avx512) if supported().contains(&simd) => run_avx512::<P>,
            #[cfg(target_arch = "x86_64")]
            LaneKind::Simd(simd @ Simd::Avx2) if supported().contains(&simd) => run_avx2::<P>,
            LaneKind::Simd(Simd::Portable) => run_portable::<P>,
            LaneKind::Simd(_) => return Self::new(program, keys, LaneKind::best(), threads),
        };
        Self::build(program, keys, kind.width(), kind.name(), run, threads)
    }
}

impl<P: Program> CpuBatch<P, f32> {
    /// A batch in the widest lanes of this machine, on `threads` threads (0: one per core).
    ///
    /// Beside [`CpuBatch::new`] it compiles the program for fewer kinds of lane: on x86-64, machines
    /// without AVX2 step one env at a time.
    ///
    /// # Errors
    ///
    /// As [`CpuBatch::new`].
    pub fn widest(program: Arc<P>, keys: EnvKeys, threads: usize) -> Result<Self, SimError> {
        #[cfg(target_arch = "x86_64")]
        let (kind, run): (LaneKind, Run<P, f32>) = match supported()[0] {
            simd @ Simd::Avx512 => (LaneKind::Simd(simd), run_avx512::<P>),
            simd @ Simd::Avx2 => (LaneKind::Simd(simd), run_avx2::<P>),
            Simd::Portable => (LaneKind::Scalar, run_scalar::<P>),
        };
        #[cfg(not(target_arch = "x86_64"))]
        let (kind, run): (LaneKind, Run<P, f32>) =
            (LaneKind::Simd(Simd::Portable), run_portable::<P>);
        Self::build(program, keys, kind.width(), kind.name(), run, threads)
    }
}

impl<P: Program> CpuBatch<P, f64> {
    /// The reference: one env at a time in double precision.
    ///
    /// # Errors
    ///
    /// [`SimError::NoEnvs`] without keys, [`SimError::Threads`] if threads cannot be started.
    pub fn reference(program: Arc<P>, keys: EnvKeys) -> Result<Self, SimError> {
        #[cfg(target_arch = "x86_64")]
        if supported().contains(&Simd::Avx2) {
            return Self::build(
                program,
                keys,
                1,
                "reference f64",
                run_reference_fused::<P>,
                1,
            );
        }
        Self::build(program, keys, 1, "reference f64", run_reference::<P>, 1)
    }
}

impl<P: Program, E: Elem> CpuBatch<P, E> {
    fn build(
        program: Arc<P>,
        mut keys: EnvKeys,
        width: usize,
        kind: &'static str,
        run: Run<P, E>,
        threads: usize,
    ) -> Result<Self, SimError> {
        let env_count = keys.len();
        if env_count == 0 {
            return Err(SimError::NoEnvs);
        }
        let layout = program.layout();
        let padded = env_count.div_ceil(width) * width;
        // Lanes beyond the last env repeat it; nothing reads them.
        for words in [&mut keys.first, &mut keys.second] {
            let last = words[env_count - 1];
            words.resize(padded, last);
        }
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("halle-sim-{i}"))
            .build()
            .map_err(SimError::Threads)?;
        Ok(Self {
            state: vec![E::default(); padded * layout.state],
            action: vec![E::default(); padded * layout.action],
            output: vec![E::default(); padded * layout.output()],
            blocks: layout
                .blocks
                .iter()
                .map(|w| vec![0.0; w * env_count])
                .collect(),
            program,
            layout,
            keys,
            env_count,
            width,
            kind,
            run,
            threads,
        })
    }

    fn advance(&mut self, phase: Phase, actions: &[f32]) {
        let Self {
            program,
            layout,
            keys,
            width,
            run,
            state,
            action,
            output,
            blocks,
            ..
        } = self;
        let (width, run, program) = (*width, *run, &**program);
        let env_count = self.env_count;
        let (n_state, n_action, n_output) = (layout.state, layout.action, layout.output());
        self.threads.install(|| {
            state
                .par_chunks_mut(width * n_state)
                .zip(action.par_chunks_mut(width * n_action))
                .zip(output.par_chunks_mut(width * n_output))
                .enumerate()
                .for_each(|(g, ((state, action), output))| {
                    let first = g * width;
                    if phase == Phase::Step {
                        for lane in 0..width.min(env_count - first) {
                            for k in 0..n_action {
                                let given = actions[(first + lane) * n_action + k];
                                action[k * width + lane] = E::from_f64(f64::from(given));
                            }
                        }
                    }
                    let keys = [
                        &keys.first[first..first + width],
                        &keys.second[first..first + width],
                    ];
                    let group = Group {
                        phase,
                        keys,
                        action,
                        state,
                        output,
                    };
                    // SAFETY: `new` chose `run` among what this machine supports.
                    unsafe { run(program, group) };
                });
            let mut start = 0;
            for (block, rows) in blocks.iter_mut().zip(&layout.blocks) {
                let output = &*output;
                block
                    .par_chunks_mut((width * rows).max(1))
                    .enumerate()
                    .for_each(|(g, part)| {
                        let slab = &output[g * width * n_output..];
                        for (lane, row) in part.chunks_mut(*rows).enumerate() {
                            for (k, value) in row.iter_mut().enumerate() {
                                *value = slab[(start + k) * width + lane].to_f64() as f32;
                            }
                        }
                    });
                start += rows;
            }
        });
    }
}

impl<P: Program, E: Elem> Batch for CpuBatch<P, E> {
    fn env_count(&self) -> usize {
        self.env_count
    }

    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn device(&self) -> String {
        format!(
            "cpu {} x {} threads",
            self.kind,
            self.threads.current_num_threads()
        )
    }

    fn begin(&mut self) -> Result<(), SimError> {
        self.advance(Phase::Begin, &[]);
        Ok(())
    }

    fn step(&mut self, actions: &[f32]) -> Result<(), SimError> {
        check(
            "actions",
            actions.len(),
            self.env_count * self.layout.action,
        )?;
        self.advance(Phase::Step, actions);
        Ok(())
    }

    fn block(&self, k: usize) -> &[f32] {
        &self.blocks[k]
    }

    fn save(&self) -> Result<Vec<f32>, SimError> {
        let rows = self.layout.state;
        let mut saved = vec![0.0; self.env_count * rows];
        for (env, row) in saved.chunks_mut(rows).enumerate() {
            let slab = &self.state[env / self.width * self.width * rows..];
            for (k, value) in row.iter_mut().enumerate() {
                *value = slab[k * self.width + env % self.width].to_f64() as f32;
            }
        }
        Ok(saved)
    }

    fn restore(&mut self, state: &[f32]) -> Result<(), SimError> {
        let rows = self.layout.state;
        check("state", state.len(), self.env_count * rows)?;
        for (env, row) in state.chunks(rows).enumerate() {
            let slab = &mut self.state[env / self.width * self.width * rows..];
            for (k, value) in row.iter().enumerate() {
                slab[k * self.width + env % self.width] = E::from_f64(f64::from(*value));
            }
        }
        Ok(())
    }
}
