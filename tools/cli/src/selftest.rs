//! `halle selftest`: whether this build computes on this machine what it must.
//!
//! Needs a scene and nothing else. The checks are those of the test suite that depend on the
//! machine: registers, threads, precision, the GPU and its driver.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use halle_gpu::{Adapter, adapters};
use halle_lanes::{Simd, supported};
use halle_learn::pcg4d;
use halle_sim::{Batch, CpuBatch, EnvKeys, KeyDomain, LaneKind, SimError};
use halle_tasks::polish::{ACTION_COUNT, Keep, PolishConfig, PolishTask, run_episodes};
use serde_json::{Value, json};

use crate::args::Selftest;
use crate::backend::Chosen;
use crate::cell::Cell;
use crate::facts::{VERSION, now, processor};
use crate::failure::Failure;
use crate::job::ENVS_LIMIT;
use crate::judge::{mean, scores};
use crate::selftest_check::{Check, kind, table};
use crate::selftest_gaps::{BLOCKS, Gaps};

/// Seed of workpieces and actions.
const SEED: u64 = 11;
/// Control steps of the checks that compare bits.
const STEPS: u32 = 50;
/// Control steps between looks at the bits.
const LOOK: u32 = 10;
/// Longest episode of these checks \[s\]; lengths are drawn, so that many envs are reset on the way.
const HORIZON: f64 = 2.0;
/// Control steps after which backends are compared from the same state: approach, first contact,
/// the first line, between lines, the middle of the raster.
const MOMENTS: [u32; 7] = [1, 10, 60, 130, 300, 501, 700];
/// Control steps at which actions are random there; the others leave the scripted baseline alone.
const RESTLESS: [u32; 2] = [300, 501];
/// Control steps of drawn episodes at which backends are compared: some envs end at each.
const RESETS: [u32; 6] = [1, 20, 40, 60, 80, 100];
/// How far the score of an episode may be apart between backends [%]: two cells of 280 at the edge
/// of a band, 0.7 of which count. Such cells fall to either side, so that the mean over `n` episodes
/// may be apart by this over the root of `n`.
const SCORE_BOUND: f64 = 0.8;

const BITS: &str = "the bits of the scalar lane";
const THREADS: &str = "the bits of one thread";
const ALONE: &str = "env k of many has the bits of env k alone";
const RESTORED: &str = "a restored state goes on to the bit";
const AGAIN: &str = "the same bits again";
const ONE_STEP: &str = "one control step from the same state: rounding";
const SCORE: &str = "mean score of the baseline on held-out workpieces [%]";

/// Runs the checks; prints a table, or one line of JSON. A check that fails is our fault.
pub(crate) fn selftest(given: &Selftest) -> Result<Option<Value>, Failure> {
    let began = Instant::now();
    if given.envs == 0 || given.envs as u64 > ENVS_LIMIT {
        let text = format!(
            "setting `envs` is {}, must be 1 to {ENVS_LIMIT}",
            given.envs
        );
        return Err(Failure::input(text));
    }
    let cell = Cell::load(&given.scene)?;
    let backend = Chosen::resolve(given.backend)?;
    let adapter = adapter(backend);
    let short = PolishConfig {
        horizon: HORIZON,
        ..PolishConfig::default()
    };
    let task = PolishTask::new(cell.model.clone(), PolishConfig::default())?;
    let suite = Suite {
        short: Arc::new(PolishTask::new(cell.model.clone(), short)?),
        held_out: Arc::new(task.held_out()),
        envs: given.envs,
        backend,
    };
    let mut checks = suite.bits()?;
    checks.extend(suite.rounding()?);
    if let Chosen::Gpu { .. } = backend {
        checks.extend(suite.gpu_bits()?);
        checks.push(suite.score()?);
    }
    let failed = checks.iter().filter(|check| !check.passed).count();
    let seconds = began.elapsed().as_secs_f64();
    if given.json {
        let line = json!({
            "halle_version": VERSION,
            "date": now(),
            "machine": processor(),
            "registers": supported().iter().map(|simd| simd.name()).collect::<Vec<_>>(),
            "backend": backend.name(),
            "adapter": adapter.as_ref().map(told),
            "scene": given.scene.display().to_string(),
            "scene_sha256": cell.hash,
            "envs": given.envs,
            "checks": checks,
            "failed": failed,
            "passed": failed == 0,
            "seconds": seconds,
        });
        crate::say(&line.to_string())?;
    } else {
        crate::say(&table(&checks, backend, adapter.as_ref(), seconds))?;
    }
    match failed {
        0 => Ok(None),
        _ => Err(
            Failure::ours(format!("{failed} of {} checks failed", checks.len()))
                .help("please report the output above; `--backend cpu` leaves the GPU out"),
        ),
    }
}

/// The adapter that the backend opens.
fn adapter(backend: Chosen) -> Option<Adapter> {
    let Chosen::Gpu { software } = backend else {
        return None;
    };
    adapters()
        .into_iter()
        .find(|adapter| software || adapter.kind.is_hardware())
}

fn told(adapter: &Adapter) -> Value {
    json!({
        "name": adapter.name,
        "kind": kind(adapter),
        "api": adapter.backend,
        "driver": adapter.driver,
    })
}

/// Random actions of an env: the same in any batch.
fn actions(first: u32, count: usize, step: u32) -> Vec<f32> {
    let envs = first..first + count as u32;
    envs.flat_map(|env| (0..ACTION_COUNT as u32).map(move |k| [env, step, k, SEED as u32]))
        .map(|words| (pcg4d(words)[0] >> 8) as f32 / 8_388_608.0 - 1.0)
        .collect()
}

/// State and outputs as bits, one env after the other.
fn bits(batch: &dyn Batch) -> Result<Vec<u32>, SimError> {
    let state = batch.save()?;
    let layout = batch.layout();
    let mut seen = Vec::with_capacity(batch.env_count() * (layout.state + layout.output()));
    for env in 0..batch.env_count() {
        let row = |numbers: &[f32], width: usize| -> Vec<u32> {
            numbers[env * width..(env + 1) * width]
                .iter()
                .map(|x| x.to_bits())
                .collect()
        };
        seen.extend(row(&state, layout.state));
        for (k, width) in layout.blocks.iter().enumerate() {
            seen.extend(row(batch.block(k), *width));
        }
    }
    Ok(seen)
}

/// Steps with random actions; gives the bits at every look.
fn trace(batch: &mut dyn Batch, first: u32, steps: Range<u32>) -> Result<Vec<Vec<u32>>, SimError> {
    let mut seen = Vec::new();
    for step in steps {
        batch.step(&actions(first, batch.env_count(), step))?;
        if step % LOOK == LOOK - 1 {
            seen.push(bits(batch)?);
        }
    }
    Ok(seen)
}

/// The task on training and on held-out workpieces, and what runs it.
struct Suite {
    short: Arc<PolishTask>,
    held_out: Arc<PolishTask>,
    envs: usize,
    backend: Chosen,
}

impl Suite {
    fn cpu(&self, kind: LaneKind, threads: usize) -> Result<CpuBatch<PolishTask>, SimError> {
        let keys = EnvKeys::new(SEED, KeyDomain::Training, 0, self.envs);
        CpuBatch::new(self.short.clone(), keys, kind, threads)
    }

    fn held_out_keys(&self) -> EnvKeys {
        EnvKeys::new(SEED, KeyDomain::HeldOut, 0, self.envs)
    }

    /// Registers, threads, grouping and restoring on the CPU.
    fn bits(&self) -> Result<Vec<Check>, Failure> {
        let begun = |mut batch: CpuBatch<PolishTask>| -> Result<_, SimError> {
            batch.begin()?;
            trace(&mut batch, 0, 0..STEPS)
        };
        let mut checks = Vec::new();
        let scalar = begun(self.cpu(LaneKind::Scalar, 0)?)?;
        for simd in supported().into_iter().filter(|simd| fuses(*simd)) {
            let seen = begun(self.cpu(LaneKind::Simd(simd), 0)?)?;
            let name = format!("registers/{}", simd.name());
            checks.push(Check::bits(name, BITS, &scalar, &seen));
        }
        let best = LaneKind::best();
        let mut one = self.cpu(best, 1)?;
        one.begin()?;
        let half = STEPS / LOOK / 2 * LOOK;
        let mut many = trace(&mut one, 0, 0..half)?;
        let saved = one.save()?;
        let rest = trace(&mut one, 0, half..STEPS)?;
        many.extend(rest.iter().cloned());
        checks.push(Check::bits(
            "threads/2",
            THREADS,
            &many,
            &begun(self.cpu(best, 2)?)?,
        ));
        checks.push(self.alone(&many)?);
        let mut again = self.cpu(best, 2)?;
        again.restore(&saved)?;
        let seen = trace(&mut again, 0, half..STEPS)?;
        checks.push(Check::bits("restore/cpu", RESTORED, &rest, &seen));
        Ok(checks)
    }

    /// Some envs alone against the same envs among many.
    fn alone(&self, many: &[Vec<u32>]) -> Result<Check, Failure> {
        let last = self.envs - 1;
        let mut picked = vec![0, last / 3, last / 2, last];
        picked.dedup();
        let (mut all, mut single) = (Vec::new(), Vec::new());
        for env in picked {
            let keys = EnvKeys::new(SEED, KeyDomain::Training, env as u32, 1);
            let mut batch = CpuBatch::new(self.short.clone(), keys, LaneKind::best(), 1)?;
            batch.begin()?;
            single.extend(trace(&mut batch, env as u32, 0..STEPS)?);
            let row = |look: &Vec<u32>| {
                let width = look.len() / self.envs;
                look[env * width..(env + 1) * width].to_vec()
            };
            all.extend(many.iter().map(row));
        }
        Ok(Check::bits("env alone", ALONE, &single, &all))
    }

    /// The f64 reference, lanes that round otherwise, and the GPU, each against the CPU after one
    /// control step from the same state: along whole episodes, and where envs are reset.
    fn rounding(&self) -> Result<Vec<Check>, Failure> {
        let mut found = BTreeMap::new();
        self.compare(
            &self.held_out,
            KeyDomain::HeldOut,
            &MOMENTS,
            &RESTLESS,
            &mut found,
        )?;
        self.compare(
            &self.short,
            KeyDomain::Training,
            &RESETS,
            &RESETS,
            &mut found,
        )?;
        let mut checks = Vec::new();
        for (name, gaps) in found {
            for (gap, (_, block)) in gaps.worst(&self.held_out).into_iter().zip(BLOCKS) {
                let numbers = [gap.measured, gap.bound];
                checks.push(Check::new(
                    format!("{name}/{block}"),
                    ONE_STEP,
                    numbers,
                    gap.place,
                ));
            }
        }
        Ok(checks)
    }

    /// Adds the worst gaps from the CPU's way at some moments; actions are zero but at the restless
    /// control steps.
    fn compare(
        &self,
        task: &Arc<PolishTask>,
        domain: KeyDomain,
        moments: &[u32],
        restless: &[u32],
        found: &mut BTreeMap<&'static str, Gaps>,
    ) -> Result<(), Failure> {
        let keys = || EnvKeys::new(SEED, domain, 0, self.envs);
        // Lanes that round otherwise are no yardstick.
        let best = LaneKind::best();
        let fused = supported()[0] != Simd::Portable || fuses(Simd::Portable);
        let kind = if fused { best } else { LaneKind::Scalar };
        let mut leader = CpuBatch::new(task.clone(), keys(), kind, 0)?;
        let reference = CpuBatch::reference(task.clone(), keys())?;
        let mut others: Vec<(&str, Box<dyn Batch>)> = vec![("reference f64", Box::new(reference))];
        if !fuses(Simd::Portable) {
            let portable = LaneKind::Simd(Simd::Portable);
            let batch = CpuBatch::new(task.clone(), keys(), portable, 0)?;
            others.push(("registers/portable", Box::new(batch)));
        }
        if let Chosen::Gpu { .. } = self.backend {
            others.push(("gpu", self.backend.batch(task, keys(), 0)?));
        }
        leader.begin()?;
        for step in 1..=moments[moments.len() - 1] {
            let actions = if restless.contains(&step) {
                actions(0, self.envs, step)
            } else {
                vec![0.0; self.envs * ACTION_COUNT]
            };
            let state = moments.contains(&step).then(|| leader.save()).transpose()?;
            leader.step(&actions)?;
            let Some(state) = state else { continue };
            for (name, other) in &mut others {
                other.restore(&state)?;
                other.step(&actions)?;
                found
                    .entry(name)
                    .or_default()
                    .compare(&**other, &leader, task, step);
            }
        }
        Ok(())
    }

    /// The GPU against itself.
    fn gpu_bits(&self) -> Result<Vec<Check>, Failure> {
        let keys = || EnvKeys::new(SEED, KeyDomain::Training, 0, self.envs);
        let mut first = self.backend.batch(&self.short, keys(), 0)?;
        let half = STEPS / LOOK / 2 * LOOK;
        first.begin()?;
        let mut seen = trace(&mut *first, 0, 0..half)?;
        let saved = first.save()?;
        let rest = trace(&mut *first, 0, half..STEPS)?;
        seen.extend(rest.iter().cloned());
        first.begin()?;
        let again = trace(&mut *first, 0, 0..STEPS)?;
        let mut second = self.backend.batch(&self.short, keys(), 0)?;
        second.restore(&saved)?;
        let restored = trace(&mut *second, 0, half..STEPS)?;
        Ok(vec![
            Check::bits("gpu/again", AGAIN, &seen, &again),
            Check::bits("gpu/restore", RESTORED, &rest, &restored),
        ])
    }

    /// Whole episodes of the scripted baseline on the GPU and on the CPU.
    fn score(&self) -> Result<Check, Failure> {
        let score = |backend: Chosen| -> Result<f64, Failure> {
            let mut batch = backend.batch(&self.held_out, self.held_out_keys(), 0)?;
            let act = |_: &[f32], actions: &mut [f32]| actions.fill(0.0);
            let run = run_episodes(&self.held_out, &mut *batch, Keep::default(), act, |_| true)?;
            Ok(mean(scores(&run)))
        };
        let (gpu, cpu) = (score(self.backend)?, score(Chosen::Cpu)?);
        let bound = SCORE_BOUND / (self.envs as f64).sqrt();
        let detail = format!(
            "{gpu:.3} on the GPU, {cpu:.3} on the CPU, {} workpieces",
            self.envs
        );
        Ok(Check::new(
            "gpu/baseline score",
            SCORE,
            [(gpu - cpu).abs(), bound],
            detail,
        ))
    }
}

/// Whether a kind rounds product and sum together, as the scalar lane does.
fn fuses(simd: Simd) -> bool {
    simd != Simd::Portable || cfg!(any(target_feature = "fma", target_arch = "aarch64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_belong_to_the_env_and_fill_their_range() {
        let many = actions(0, 200, 7);
        assert_eq!(
            many[3 * ACTION_COUNT..4 * ACTION_COUNT],
            actions(3, 1, 7),
            "env 3 alone"
        );
        let (low, high) = many
            .iter()
            .fold((1.0_f32, -1.0_f32), |(l, h), a| (l.min(*a), h.max(*a)));
        // The extremes of 1000 uniform numbers in -1 to 1 are within 0.02 of the ends but for e^-10.
        assert!(
            low < -0.98 && high > 0.98 && low >= -1.0 && high < 1.0,
            "{low} {high}"
        );
    }
}
