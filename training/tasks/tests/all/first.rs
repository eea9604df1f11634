//! First.
use std::sync::Arc;
use halle_sim::*;
use halle_lanes::Simd;
use halle_tasks::polish::*;

#[test]
fn same_bits() {
    let model = Arc::new(crate::arm::cell());
    let task = Arc::new(PolishTask::new(model.clone(), PolishConfig::default()).unwrap());
    let n = 24;
    let mut saved = vec![];
    for kind in [LaneKind::Scalar, LaneKind::Simd(Simd::Avx2), LaneKind::Simd(Simd::Avx512), LaneKind::Simd(Simd::Portable)] {
        let mut batch = CpuBatch::new(task.clone(), EnvKeys::new(1, KeyDomain::HeldOut, 0, n), kind, 2).unwrap();
        batch.begin().unwrap();
        let t = std::time::Instant::now();
        for step in 0..1000 {
            let actions: Vec<f32> = (0..n * 5).map(|k| ((k * 7 + step) as f32 * 0.37).sin()).collect();
            batch.step(&actions).unwrap();
        }
        println!("{} {:?}", batch.device(), t.elapsed());
        saved.push(batch.save().unwrap());
    }
    for k in 1..4 {
        let same = saved[0].iter().zip(&saved[k]).filter(|(a, b)| a.to_bits() == b.to_bits()).count();
        println!("{k}: {same} of {}", saved[0].len());
    }
}

#[test]
fn gpu_small() {
    let model = Arc::new(crate::arm::cell());
    let task = Arc::new(PolishTask::new(model.clone(), PolishConfig::default()).unwrap());
    let t = std::time::Instant::now();
    let k = record_program(&*task);
    println!("recorded {:?} totals {:?} {:?}", t.elapsed(), k.step.operation_totals(), k.begin.operation_totals());
    let text = k.step.wgsl();
    println!("printed {:?} {} bytes {} lines", t.elapsed(), text.len(), text.lines().count());
    std::fs::write("/tmp/step.wgsl", &text).unwrap();
    let n = 64;
    let keys = EnvKeys::new(1, KeyDomain::HeldOut, 0, n);
    let mut gpu = GpuBatch::new(&task, &keys, &halle_gpu::DeviceChoice::Any).unwrap();
    println!("opened {:?} {}", t.elapsed(), gpu.device());
    let mut cpu = CpuBatch::new(task.clone(), keys, LaneKind::best(), 2).unwrap();
    gpu.begin().unwrap();
    cpu.begin().unwrap();
    let mut tg = std::time::Duration::ZERO;
    for step in 0..300 {
        let actions: Vec<f32> = (0..n * 5).map(|k| ((k * 7 + step) as f32 * 0.37).sin()).collect();
        let t = std::time::Instant::now();
        gpu.step(&actions).unwrap();
        tg += t.elapsed();
        cpu.step(&actions).unwrap();
        if [0, 1, 10, 50, 100, 299].contains(&step) {
            for b in 0..5 {
                let (g, c) = (gpu.block(b), cpu.block(b));
                let d = g.iter().zip(c).map(|(a, b)| (a - b).abs() / (1.0 + b.abs())).fold(0.0, f32::max);
                println!("{step} block {b}: {d:e}");
            }
        }
    }
    println!("gpu {:.0} control steps/s", 300.0 * n as f64 / tg.as_secs_f64());
}
