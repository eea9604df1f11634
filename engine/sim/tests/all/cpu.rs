//! The CPU backend: whatever the registers, the threads and the grouping, an env has the same bits.

use halle_lanes::{Simd, supported};
use halle_sim::{Batch as _, CpuBatch, LaneKind};

use crate::toy::{ACTION, BLOCKS, HORIZON, Toy, actions, bits, go_on, keys, rows, run, toy, worst};

/// Two episodes and a bit, so that resets are among the control steps.
const STEPS: usize = 2 * HORIZON + 3;

fn batch(count: usize, kind: LaneKind, threads: usize) -> CpuBatch<Toy> {
    CpuBatch::new(toy(), keys(0, count), kind, threads).unwrap()
}

/// All kinds that round as `f32` does; the scalar mirror first.
fn exact_kinds() -> Vec<LaneKind> {
    let found = supported();
    for simd in [Simd::Avx2, Simd::Avx512] {
        if !found.contains(&simd) {
            println!("skipped: this machine has no {}", simd.name());
        }
    }
    let wide = found
        .into_iter()
        .filter(|simd| *simd != Simd::Portable)
        .map(LaneKind::Simd);
    core::iter::once(LaneKind::Scalar).chain(wide).collect()
}

#[test]
fn lane_kinds_give_the_same_bits() {
    // 37 is no multiple of any width: the last group has idle lanes.
    let mirror = bits(&run(&mut batch(37, LaneKind::Scalar, 1), 0, STEPS));
    for kind in exact_kinds() {
        let seen = bits(&run(&mut batch(37, kind, 1), 0, STEPS));
        assert!(seen == mirror, "{kind:?} differs from the scalar mirror");
    }
}

#[test]
fn portable_lanes_agree_with_the_mirror() {
    // Without a fused instruction each product is rounded on its own: 2^-24 per operation, some ten
    // operations in a row, 17 control steps that the spring damps; measured 4e-7.
    let mirror = run(&mut batch(37, LaneKind::Scalar, 1), 0, STEPS);
    let seen = run(&mut batch(37, LaneKind::Simd(Simd::Portable), 1), 0, STEPS);
    let off = worst(&seen, &mirror);
    println!("portable: {off:e}");
    assert!(off < 1.0e-5, "{off:e}");
}

#[test]
fn single_precision_agrees_with_the_reference() {
    // As for the portable lanes, and sine and cosine are good to 2e-7; measured 6e-7.
    let mut reference = CpuBatch::reference(toy(), keys(0, 37)).unwrap();
    let reference = run(&mut reference, 0, STEPS);
    let seen = run(&mut batch(37, LaneKind::Scalar, 1), 0, STEPS);
    let off = worst(&seen, &reference);
    println!("f32 against f64: {off:e}");
    assert!(off > 0.0, "the reference computes in double precision");
    assert!(off < 1.0e-5, "{off:e}");
}

#[test]
fn threads_do_not_matter() {
    let kind = LaneKind::best();
    let one = bits(&run(&mut batch(100, kind, 1), 0, STEPS));
    for threads in [2, 3, 0] {
        let seen = bits(&run(&mut batch(100, kind, threads), 0, STEPS));
        assert!(seen == one, "{threads} threads differ from one");
    }
}

#[test]
fn env_of_many_equals_env_alone() {
    for kind in exact_kinds() {
        let many = run(&mut batch(100, kind, 2), 0, STEPS);
        for env in [0, 1, 15, 16, 41, 96, 99] {
            let mut alone = CpuBatch::new(toy(), keys(env as u32, 1), kind, 1).unwrap();
            let alone = run(&mut alone, env, STEPS);
            for (step, (all, one)) in many.iter().zip(&alone).enumerate() {
                let same = all[env]
                    .iter()
                    .zip(&one[0])
                    .all(|(a, b)| a.to_bits() == b.to_bits());
                assert!(same, "{kind:?}: env {env} at control step {step}");
            }
        }
    }
}

#[test]
fn envs_of_a_batch_differ() {
    let seen = run(&mut batch(64, LaneKind::best(), 1), 0, 0);
    let mut places: Vec<u32> = seen[0].iter().map(|row| row[0].to_bits()).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 64, "each env starts at a place of its own");
}

#[test]
fn saved_state_goes_on_to_the_bit() {
    for kind in exact_kinds() {
        let mut first = batch(37, kind, 2);
        // In the middle of an episode, so that memory and counters matter.
        run(&mut first, 0, HORIZON + 3);
        let saved = first.save().unwrap();
        let ahead = bits(&go_on(&mut first, 0, 20..20 + STEPS));

        // A batch that never began, and one of another kind that stands elsewhere.
        let mut second = batch(37, kind, 1);
        let mut third = batch(37, LaneKind::Scalar, 1);
        run(&mut third, 0, 2);
        for other in [&mut second, &mut third] {
            other.restore(&saved).unwrap();
            let again = other.save().unwrap();
            assert!(
                saved
                    .iter()
                    .zip(&again)
                    .all(|(a, b)| a.to_bits() == b.to_bits()),
                "what was restored is what was saved"
            );
            let seen = bits(&go_on(other, 0, 20..20 + STEPS));
            assert!(seen == ahead, "{kind:?}: restored envs go another way");
        }
    }
}

#[test]
fn restoring_keeps_the_blocks() {
    let mut batch = batch(9, LaneKind::best(), 1);
    batch.begin().unwrap();
    let saved = batch.save().unwrap();
    batch.step(&actions(0, 9, 0)).unwrap();
    let told: Vec<Vec<f32>> = (0..BLOCKS.len()).map(|k| batch.block(k).to_vec()).collect();
    batch.restore(&saved).unwrap();
    for (k, told) in told.iter().enumerate() {
        assert_eq!(batch.block(k), *told, "block {k}");
    }
}

#[test]
fn begin_starts_anew() {
    let mut batch = batch(37, LaneKind::best(), 2);
    let first = run(&mut batch, 0, STEPS);
    let second = run(&mut batch, 0, STEPS);
    assert!(
        bits(&first) == bits(&second),
        "nothing of the first run is left"
    );
    assert_ne!(
        bits(&first[..1]),
        bits(&first[STEPS..=STEPS]),
        "the envs moved in between"
    );
}

#[test]
fn blocks_have_the_shapes_of_the_layout() {
    for count in [1, 7, 16, 33] {
        let mut batch = batch(count, LaneKind::best(), 1);
        batch.begin().unwrap();
        batch.step(&actions(0, count, 0)).unwrap();
        assert_eq!(batch.env_count(), count);
        assert_eq!(batch.layout().action, ACTION);
        assert_eq!(batch.layout().output(), BLOCKS.iter().sum::<usize>());
        for (k, width) in BLOCKS.iter().enumerate() {
            assert_eq!(
                batch.block(k).len(),
                count * width,
                "block {k} of {count} envs"
            );
        }
        assert_eq!(batch.save().unwrap().len(), count * batch.layout().state);
    }
}

#[test]
fn resets_happen_where_the_program_says() {
    let mut batch = batch(5, LaneKind::best(), 1);
    batch.begin().unwrap();
    for step in 1..=STEPS {
        batch.step(&actions(0, 5, step)).unwrap();
        for row in rows(&batch) {
            let [episode, within, end] = [row[3], row[4], row[5]];
            assert_eq!(
                episode,
                (step / HORIZON) as f32,
                "episode after {step} control steps"
            );
            assert_eq!(
                within,
                (step % HORIZON) as f32,
                "step after {step} control steps"
            );
            assert_eq!(
                end == 1.0,
                step % HORIZON == 0,
                "end after {step} control steps"
            );
        }
    }
}

#[test]
fn device_is_named() {
    let text = batch(3, LaneKind::Scalar, 2).device();
    assert_eq!(text, "cpu scalar x 2 threads");
}
