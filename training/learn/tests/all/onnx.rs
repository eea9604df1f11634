//! The exported file is read back to the bit, runs in onnxruntime, and survives damage.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use halle_learn::{
    Activation, Channel, Learner, OnnxError, OnnxMetadata, Policy, PpoConfig, pcg4d,
};

use crate::point_mass::PointMass;

fn metadata() -> OnnxMetadata {
    OnnxMetadata {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        task: "point_mass".to_owned(),
        scene_hash: "0123abcd".to_owned(),
        control_rate: 10.0,
        observation: ["to_x", "to_y", "v_x", "v_y"]
            .map(|n| Channel::new(n, "m"))
            .to_vec(),
        action: vec![Channel::new("push_x", ""), Channel::new("push_y", "")],
        training: [("iterations".to_owned(), "2".to_owned())].into(),
    }
}

fn policy(activation: Activation, hidden: &[usize]) -> Policy {
    let config = PpoConfig {
        activation,
        actor_hidden: hidden.to_vec(),
        actor_gain: 1.0,
        ..PpoConfig::default()
    };
    let mut learner = Learner::new(config, 4, 2, 64, 3).unwrap();
    let mut env = PointMass::new(64);
    for _ in 0..2 {
        learner.iterate(&mut env).unwrap();
    }
    learner.policy()
}

/// Rows as the toy gives them, some far outside.
fn observations(rows: usize) -> Vec<f32> {
    (0..rows as u32)
        .flat_map(|i| {
            let [a, b, c, d] = pcg4d([i, 1, 2, 3]).map(|w| w as f32 * 2.0_f32.powi(-31) - 1.0);
            let far = if i % 9 == 0 { 100.0 } else { 1.0 };
            [a * 1e-3 * far, b * 1e-3, c * far, d]
        })
        .collect()
}

#[test]
fn what_is_exported_is_read_back_to_the_bit() {
    for (activation, hidden) in [
        (Activation::Elu, &[64, 24][..]),
        (Activation::Tanh, &[17]),
        (Activation::Elu, &[]),
    ] {
        let policy = policy(activation, hidden);
        let bytes = policy.to_onnx(&metadata()).unwrap();
        assert_eq!(bytes, policy.to_onnx(&metadata()).unwrap());
        let (read, read_metadata) = Policy::from_onnx(&bytes).unwrap();
        assert!(read == policy);
        assert_eq!(read_metadata, metadata());
        assert_eq!(read.to_onnx(&read_metadata).unwrap(), bytes);
        let rows = observations(300);
        let (mut a, mut b) = (vec![0.0; 600], vec![9.0; 600]);
        policy.act(&rows, &mut a);
        read.act(&rows, &mut b);
        assert_eq!(a, b);
        assert!(a.iter().all(|x| x.abs() <= 1.0) && a.iter().any(|x| x.abs() > 0.01));
    }
}

#[test]
fn names_must_fit_the_policy() {
    let policy = policy(Activation::Elu, &[]);
    let mut wrong = metadata();
    wrong.action.pop();
    let error = policy.to_onnx(&wrong).unwrap_err();
    assert_eq!(
        error,
        OnnxError::Names {
            what: "action",
            expected: 2,
            given: 1
        }
    );
}

#[test]
fn damaged_files_never_panic_and_foreign_nodes_are_named() {
    let bytes = policy(Activation::Elu, &[8]).to_onnx(&metadata()).unwrap();
    for length in 0..bytes.len() {
        assert!(Policy::from_onnx(&bytes[..length]).map_or(true, |(p, _)| p.action_dim() == 2));
    }
    for place in 0..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] ^= change;
            if let Ok((policy, _)) = Policy::from_onnx(&damaged) {
                assert!(policy.observation_dim() > 0);
            }
        }
    }
    for i in 0..2000_u32 {
        let garbage: Vec<u8> = (0..i % 64)
            .flat_map(|k| pcg4d([i, k, 5, 5]).map(|w| w as u8))
            .collect();
        assert!(Policy::from_onnx(&garbage).is_err());
    }
    assert_eq!(Policy::from_onnx(b"").unwrap_err(), OnnxError::Malformed);
    // Same length, another operator.
    let place = bytes.windows(3).position(|w| w == b"Elu").unwrap();
    let mut other = bytes;
    other[place..place + 3].copy_from_slice(b"Erf");
    let error = Policy::from_onnx(&other).unwrap_err().to_string();
    let expected = "`Elu`, `Tanh` or the final `Clip`";
    assert_eq!(
        error,
        format!("unsupported node `Erf` at place 4: expected {expected}")
    );
}

const RUN: &str = "
import json, sys
import numpy, onnx, onnxruntime
path, rows = sys.argv[1:]
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(path, providers=['CPUExecutionProvider'])
x = numpy.fromfile(rows, dtype=numpy.float32).reshape(-1, 4)
y = session.run(['action'], {'observation': x})[0]
meta = session.get_modelmeta().custom_metadata_map
assert meta['halle.task'] == 'point_mass', meta
assert json.loads(meta['halle.observation'])[2] == {'name': 'v_x', 'unit': 'm'}, meta
assert len(json.loads(meta['halle.normaliser'])['mean']) == 4
assert meta['halle.training.iterations'] == '2'
assert y.shape == (len(x), 2) and y.dtype == numpy.float32
y.tofile(rows)
";

#[test]
fn onnxruntime_gives_the_same_actions() {
    let python = std::env::var("HALLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python)
        .args(["-c", "import onnx, onnxruntime, numpy"])
        .output();
    if !found.is_ok_and(|output| output.status.success()) {
        let mut log = std::io::stderr();
        writeln!(
            log,
            "skipped: `{python}` cannot import onnx and onnxruntime"
        )
        .unwrap();
        return;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("onnxruntime");
    fs::create_dir_all(&folder).unwrap();
    for (activation, hidden) in [
        (Activation::Elu, &[64, 64][..]),
        (Activation::Tanh, &[33, 16]),
        (Activation::Elu, &[]),
    ] {
        let policy = policy(activation, hidden);
        let [model, rows] = ["policy.onnx", "rows.bin"].map(|name| folder.join(name));
        fs::write(&model, policy.to_onnx(&metadata()).unwrap()).unwrap();
        let x = observations(257);
        fs::write(
            &rows,
            x.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>(),
        )
        .unwrap();
        let output = Command::new(&python)
            .arg("-c")
            .arg(RUN)
            .arg(&model)
            .arg(&rows)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let theirs: Vec<f32> = fs::read(&rows)
            .unwrap()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        let mut ours = vec![0.0; 257 * 2];
        policy.act(&x, &mut ours);
        let worst = ours
            .iter()
            .zip(&theirs)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        // Sums of up to 64 terms of size one in f32, in another order, through three layers.
        assert!(ours.len() == theirs.len() && worst < 1e-5, "off by {worst}");
    }
}
