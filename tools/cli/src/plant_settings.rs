//! What is asked of a plant run.

use halle_wide::Jitter;

use crate::args::{Backend, PlantSettings, Run};
use crate::failure::Failure;

/// Simulated time where none is given \[s\].
const SECONDS: f64 = 10.0;
/// How far free bodies of envs beside the first are moved, and how fast, unless told \[m, 1/s\].
const JITTER: f64 = 0.001;
const JITTER_RATE: f64 = 10.0;

/// What is asked for, checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) seconds: f64,
    pub(crate) dt: Option<f64>,
    pub(crate) iterations: usize,
    pub(crate) envs: usize,
    pub(crate) seed: u64,
    pub(crate) jitter: Jitter,
    pub(crate) rate: f64,
}

impl Settings {
    /// Checks what was typed.
    pub(crate) fn new(given: &Run) -> Result<Self, Failure> {
        let PlantSettings {
            seconds,
            dt,
            iterations,
            jitter,
            rate,
            ..
        } = given.plant;
        if given.common.backend == Backend::Gpu {
            let text = "plants are simulated on the CPU: there is no GPU backend for them";
            return Err(Failure::input(text).help("leave out `--backend gpu`"));
        }
        if given.policy.is_some() || given.job.is_some() {
            let text = "a plant run takes neither a policy nor a job";
            return Err(Failure::input(text).help("leave out `--plant` and `--seconds` to polish"));
        }
        let within = |name: &str, value: f64, low: f64, high: f64| {
            if value >= low && value <= high {
                return Ok(value);
            }
            let text = format!("setting `{name}` is {value}, must be within {low} to {high}");
            Err(Failure::input(text))
        };
        let envs = given.envs.unwrap_or(1);
        within("envs", envs as f64, 1.0, 1.0e5)?;
        let position = within("jitter", jitter.unwrap_or(JITTER), 0.0, 10.0)?;
        Ok(Self {
            seconds: within("seconds", seconds.unwrap_or(SECONDS), 1.0e-3, 1.0e6)?,
            dt: dt.map(|dt| within("dt", dt, 1.0e-5, 0.1)).transpose()?,
            iterations: within("iterations", iterations as f64, 1.0, 100.0).map(|_| iterations)?,
            envs,
            seed: given.seed.unwrap_or(1),
            jitter: Jitter {
                position,
                velocity: position * JITTER_RATE,
            },
            rate: within("rate", rate, 1.0e-3, 1.0e4)?,
        })
    }
}
