//! A plant run in numbers.

use std::path::Path;

use halle_rollout::Manifest;
use halle_wide::{Summary, WideBatch};
use halle_world::{Diagnostics, Severity};
use serde_json::{Value, json};

use crate::plant_record::{Course, Sample};
use crate::plant_settings::Settings;

/// Penetration that a plant at rest should stay below \[m\].
pub(crate) const PENETRATION: f64 = 0.002;
/// What the page tells beside the course.
pub(crate) struct Told<'a> {
    pub(crate) name: &'a str,
    pub(crate) manifest: &'a Manifest,
    pub(crate) findings: &'a Diagnostics,
    pub(crate) settings: &'a Settings,
    pub(crate) compile_seconds: f64,
}

/// The run in numbers.
pub(crate) fn summary(batch: &WideBatch, course: &Course, told: &Told<'_>, out: &Path) -> Value {
    let counts = batch.model().counts();
    let faults: Vec<Value> = batch
        .faults()
        .into_iter()
        .enumerate()
        .filter(|(_, fault)| fault.any())
        .map(|(env, fault)| {
            let body = batch.env(env).fault().1;
            let body = body.map(|b| batch.model().bodies()[b].path.clone());
            json!({ "env": env, "time": batch.env(env).time(), "faults": fault.names(), "body": body })
        })
        .collect();
    let last = course
        .samples
        .last()
        .map(|s| &s.envs[..])
        .unwrap_or_default();
    let settled = course.settled();
    let capacity = batch.capacity();
    json!({
        "run": out.display().to_string(),
        "seconds": course.time(),
        "envs": batch.env_count(),
        "env_seconds": course.env_seconds(),
        "wall_seconds": course.wall,
        "solver_seconds": course.stepping,
        "compile_seconds": told.compile_seconds,
        "real_time_factor": course.env_seconds() / course.wall,
        "threads": capacity.threads,
        "time_step": batch.model().time_step(),
        "sample_period": course.period,
        "bytes_per_env": capacity.bytes_per_env,
        "bodies": {
            "dynamic": counts.dynamic_bodies,
            "kinematic": counts.kinematic_bodies,
            "fixed": counts.fixed_bodies,
        },
        "colliders": counts.colliders,
        "shapes": counts.shapes,
        "joints": { "impulse": counts.impulse_joints, "reduced": counts.reduced_joints },
        "articulations": counts.articulations,
        "penetration": {
            "at_start": course.samples.get(1).map_or(0.0, |s| largest(s, |e| e.penetration)),
            "largest": course.most(0.0, |e| e.penetration),
            "settled_after": settled,
            "largest_settled": course.most(settled, |e| e.penetration),
        },
        "speed": { "largest": course.most(0.0, |e| e.speed), "at_end": mean(last, |e| e.speed) },
        "contacts_at_end": mean(last, |e| e.contacts as f64),
        "awake_at_end": mean(last, |e| e.awake as f64),
        "energy_at_end": {
            "kinetic": mean(last, |e| e.energy.kinetic),
            "potential": mean(last, |e| e.energy.potential - course.floor),
            "drive_work": mean(last, |e| e.energy.drive_work),
        },
        "faults": faults,
        "findings": {
            "errors": told.findings.count(Severity::Error),
            "all": told.findings.findings().len(),
        },
    })
}

fn largest(sample: &Sample, get: impl Fn(&Summary) -> f64) -> f64 {
    sample.envs.iter().map(get).fold(0.0, f64::max)
}

/// Mean of a number over envs.
pub(crate) fn mean(envs: &[Summary], get: impl Fn(&Summary) -> f64) -> f64 {
    envs.iter().map(get).sum::<f64>() / envs.len().max(1) as f64
}
