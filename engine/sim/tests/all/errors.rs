//! What a batch refuses, and in which words.

use halle_gpu::DeviceChoice;
use halle_sim::{Batch, CpuBatch, GpuBatch, LaneKind, SimError};

use crate::toy::{ACTION, keys, rows, toy};

#[test]
fn batch_needs_envs() {
    let none = keys(0, 0);
    assert!(none.is_empty());
    let cpu = CpuBatch::new(toy(), none.clone(), LaneKind::best(), 1).map(|_| ());
    let reference = CpuBatch::reference(toy(), none.clone()).map(|_| ());
    // Refused before a device is looked for.
    let gpu = GpuBatch::new(&toy(), &none, &DeviceChoice::Any).map(|_| ());
    for outcome in [cpu, reference, gpu] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, SimError::NoEnvs), "{error:?}");
        assert_eq!(error.to_string(), "a batch needs at least one env");
    }
}

/// Holds for every backend.
pub(crate) fn refuses_wrong_lengths(batch: &mut dyn Batch) {
    let count = batch.env_count();
    batch.begin().unwrap();
    let before = rows(batch);
    for given in [0, count * ACTION - 1, count * ACTION + 1] {
        let error = batch.step(&vec![0.0; given]).unwrap_err();
        let expected = count * ACTION;
        assert_eq!(
            error.to_string(),
            format!("actions has {given} numbers where {expected} are needed")
        );
    }
    let expected = count * batch.layout().state;
    for given in [0, expected - 1, expected + 1] {
        let error = batch.restore(&vec![0.0; given]).unwrap_err();
        assert!(
            matches!(error, SimError::Shape { what: "state", expected: e, given: g }
                if e == expected && g == given),
            "{error:?}"
        );
    }
    assert_eq!(rows(batch), before, "a refused call changes nothing");
}

#[test]
fn wrong_lengths_are_refused() {
    refuses_wrong_lengths(&mut CpuBatch::new(toy(), keys(0, 5), LaneKind::best(), 1).unwrap());
}
