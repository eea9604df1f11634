//! The GPU backend against the CPU backend.

use halle_gpu::{DeviceChoice, TestDevice, test_device};
use halle_sim::{Batch as _, CpuBatch, GpuBatch, LaneKind, record_program};

use crate::errors::refuses_wrong_lengths;
use crate::toy::{HORIZON, bits, go_on, keys, run, toy, worst};

const STEPS: usize = 2 * HORIZON + 3;
/// No multiple of a workgroup.
const ENVS: usize = 100;

/// A batch on the device of tests, or none after a line that says why.
fn gpu(count: usize) -> Option<GpuBatch> {
    match test_device().unwrap() {
        TestDevice::Skip(why) => {
            println!("{why}");
            None
        }
        TestDevice::Run(_) => {
            Some(GpuBatch::new(&toy(), &keys(0, count), &DeviceChoice::Any).unwrap())
        }
    }
}

#[test]
fn gpu_agrees_with_the_cpu() {
    let Some(mut gpu) = gpu(ENVS) else { return };
    let mut cpu = CpuBatch::new(toy(), keys(0, ENVS), LaneKind::best(), 1).unwrap();
    assert_eq!(gpu.layout(), cpu.layout());
    // WGSL may contract, and grants division 2.5 units in the last place: some 1e-7 per operation,
    // over 17 control steps of a damped spring. Words of random numbers are exact, so
    // resets fall on the same control steps and start at the same places.
    let off = worst(&run(&mut gpu, 0, STEPS), &run(&mut cpu, 0, STEPS));
    println!("{}: off by {off:e}", gpu.device());
    assert!(off < 1.0e-5, "{off:e}");
}

#[test]
fn gpu_gives_the_same_bits_again() {
    let Some(mut first) = gpu(ENVS) else { return };
    let seen = bits(&run(&mut first, 0, STEPS));
    assert!(
        bits(&run(&mut first, 0, STEPS)) == seen,
        "the same batch again"
    );
    let Some(mut second) = gpu(ENVS) else { return };
    assert!(bits(&run(&mut second, 0, STEPS)) == seen, "another batch");
}

#[test]
fn gpu_env_of_many_equals_env_alone() {
    let Some(mut many) = gpu(ENVS) else { return };
    let Some(mut few) = gpu(3) else { return };
    let many = run(&mut many, 0, STEPS);
    let few = run(&mut few, 0, STEPS);
    for (all, some) in many.iter().zip(&few) {
        assert_eq!(
            all[..3],
            some[..],
            "the first envs do not know of the others"
        );
    }
}

#[test]
fn gpu_saved_state_goes_on() {
    let Some(mut first) = gpu(ENVS) else { return };
    run(&mut first, 0, HORIZON + 3);
    let saved = first.save().unwrap();
    let ahead = go_on(&mut first, 0, 20..20 + STEPS);
    let Some(mut second) = gpu(ENVS) else { return };
    second.restore(&saved).unwrap();
    assert!(
        bits(&go_on(&mut second, 0, 20..20 + STEPS)) == bits(&ahead),
        "to the bit"
    );
    // A state is the same numbers on either backend.
    let mut cpu = CpuBatch::new(toy(), keys(0, ENVS), LaneKind::best(), 1).unwrap();
    cpu.restore(&saved).unwrap();
    let off = worst(&go_on(&mut cpu, 0, 20..20 + STEPS), &ahead);
    assert!(off < 1.0e-5, "{off:e}");
}

#[test]
fn gpu_refuses_wrong_lengths() {
    if let Some(mut gpu) = gpu(5) {
        refuses_wrong_lengths(&mut gpu);
    }
}

#[test]
fn recording_needs_no_device() {
    let kernels = record_program(&*toy());
    assert!(kernels.begin.wgsl().contains("fn begin("));
    assert!(kernels.step.wgsl().contains("fn control_step("));
    let again = record_program(&*toy());
    assert_eq!(
        kernels.step.wgsl(),
        again.step.wgsl(),
        "the same text for the same program"
    );
}
