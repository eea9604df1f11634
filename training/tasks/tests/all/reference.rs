//! Single precision against the double precision reference.

use halle_lanes::Elem;
use halle_sim::{Batch, CpuBatch, LaneKind};
use halle_tasks::polish::{Block, Keep, PolishTask, observations, run_episodes};

use crate::fixture::{held_out, keys, row, same_episode, zero};

/// Largest difference of each number of a block, over all envs.
fn gaps(a: &dyn Batch, b: &dyn Batch, block: Block) -> Vec<f32> {
    let width = a.layout().blocks[block as usize];
    let mut worst = vec![0.0_f32; width];
    for env in 0..a.env_count() {
        for (k, (a, b)) in row(a, block, env)
            .iter()
            .zip(row(b, block, env))
            .enumerate()
        {
            worst[k] = worst[k].max((a - b).abs());
        }
    }
    worst
}

fn is_batch<E: Elem>(batch: CpuBatch<PolishTask, E>) -> Box<dyn Batch>
where
    CpuBatch<PolishTask, E>: Batch + 'static,
{
    Box::new(batch)
}

#[test]
fn single_precision_follows_the_reference() {
    let task = held_out();
    let mut reference = is_batch(CpuBatch::reference(task.clone(), keys(0, 3)).unwrap());
    let mut single =
        is_batch(CpuBatch::new(task.clone(), keys(0, 3), LaneKind::best(), 1).unwrap());
    reference.begin().unwrap();
    single.begin().unwrap();
    let names = observations(task.start().len());
    let mut worst = vec![0.0_f32; names.len()];
    for _ in 0..100 {
        reference.step(&zero(3)).unwrap();
        single.step(&zero(3)).unwrap();
        let gap = gaps(&*reference, &*single, Block::Observation);
        worst = worst.iter().zip(gap).map(|(a, b)| a.max(b)).collect();
    }
    // Joint positions are of order one: 2^-24 each, and the pad 1.5 m away presses with 20 kN/m, so that 1e-7 rad
    // are 3e-3 N of 20 N. The closed loop forgets, so errors do not pile up.
    for (name, off) in names.iter().zip(&worst) {
        let limit = match name.name {
            name if name.starts_with('q') => 2.0e-6,
            name if name.starts_with("force") || name.starts_with("tilt_moment") => 2.0e-3,
            _ => 2.0e-4,
        };
        println!("{}: {off:e}", name.name);
        assert!(*off < limit, "{}: {off:e}", name.name);
    }
}

#[test]
fn final_metrics_agree_with_the_reference() {
    let task = held_out();
    let metrics = |batch: &mut dyn Batch| {
        let run = run_episodes(&task, batch, Keep::default(), |_, a| a.fill(0.0), |_| true);
        run.unwrap().episodes
    };
    let reference = metrics(&mut CpuBatch::reference(task.clone(), keys(0, 2)).unwrap());
    let single =
        metrics(&mut CpuBatch::new(task.clone(), keys(0, 2), LaneKind::best(), 1).unwrap());
    assert_eq!(reference.len(), 2);
    for (a, b) in reference.iter().zip(&single) {
        println!("{:?}\n{:?}", a.metrics, b.metrics);
        same_episode(&a.metrics, &b.metrics);
    }
}
