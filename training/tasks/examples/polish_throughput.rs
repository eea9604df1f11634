//! Prints control steps per second of the polishing task on one thread of the CPU:
//! `cargo run --release --example polish_throughput -p halle-tasks [rounds]`.
#![expect(clippy::print_stdout, reason = "the output of an example")]

#[path = "../tests/all/arm.rs"]
mod arm;

use std::sync::Arc;
use std::time::Instant;

use halle_sim::{Batch as _, CpuBatch, EnvKeys, KeyDomain, LaneKind, record_program};
use halle_tasks::polish::{PolishConfig, PolishTask};

const ENVS: usize = 4096;
const STEPS: usize = 4;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let rounds = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(20);
    let task = Arc::new(PolishTask::new(
        Arc::new(arm::cell()),
        PolishConfig::default(),
    )?);
    let keys = EnvKeys::new(1, KeyDomain::Training, 0, ENVS);
    let mut batch = CpuBatch::new(task.clone(), keys, LaneKind::best(), 1)?;
    batch.begin()?;
    let actions = vec![0.0; ENVS * batch.layout().action];
    // Into contact, so that the work is that of an episode.
    for _ in 0..20 {
        batch.step(&actions)?;
    }
    // The machine may be busy: the best of many short runs says what the code can do.
    let mut best = f64::MAX;
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..STEPS {
            batch.step(&actions)?;
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    let sum = batch.save()?.iter().fold(0_u64, |sum, x| {
        sum.rotate_left(5).wrapping_add(u64::from(x.to_bits()))
    });
    let rate = (ENVS * STEPS) as f64 / best;
    println!(
        "{}: {rate:.0} control steps/s; state sum {sum:016x}",
        batch.device()
    );
    if std::env::args().nth(2).is_some() {
        let step = record_program(&*task).step;
        let (printed, executed) = step.operation_totals();
        println!("{printed} operations recorded, {executed} per control step");
        for count in step.operations() {
            println!("{:>10} {}", count.executed, count.kind);
        }
    }
    assert!(rate > 0.0, "time went by");
    Ok(())
}
