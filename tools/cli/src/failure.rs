//! What a command ends with when it does not end well.

use core::error::Error;
use core::fmt;

use halle_author::AuthorError;
use halle_gpu::GpuError;
use halle_learn::{CheckpointError, LearnError, OnnxError};
use halle_render::RenderError;
use halle_rollout::RolloutError;
use halle_scenes::SceneError;
use halle_sim::SimError;
use halle_stage::StageError;
use halle_tasks::polish::TaskError;

/// Exit code: what was given cannot be used.
pub(crate) const INPUT: u8 = 1;
/// Exit code: the command was not understood.
pub(crate) const USAGE: u8 = 2;
/// Exit code: halle is at fault.
pub(crate) const OURS: u8 = 3;
/// Exit code: interrupted.
pub(crate) const INTERRUPTED: u8 = 130;

const OUT_OF_RANGE: &str = "the job's settings lead to numbers out of range: compare them with those of \
`halle inspect --job`";
const CONTROL_STEP: &str = "choose `task.control_rate` in the job file, or `halle:scene:timeStep` in \
the scene, so that it is";
const OUT_OF_REACH: &str =
    "move robot or workpiece in the scene, or change `task.controller` in the job";
const FULL: &str =
    "make room; what was written before is whole, and a training goes on with `--resume`";

/// Why a command failed, whose fault it was, and what can be done.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Exit code.
    pub(crate) code: u8,
    text: String,
    help: Option<String>,
}

impl Failure {
    /// The input's fault.
    pub(crate) fn input(text: impl Into<String>) -> Self {
        Self {
            code: INPUT,
            text: text.into(),
            help: None,
        }
    }

    /// Our fault.
    pub(crate) fn ours(text: impl Into<String>) -> Self {
        Self {
            code: OURS,
            text: text.into(),
            help: None,
        }
    }

    /// Stopped by the user.
    pub(crate) fn interrupted(text: impl Into<String>) -> Self {
        Self {
            code: INTERRUPTED,
            text: text.into(),
            help: None,
        }
    }

    /// The same with another exit code.
    pub(crate) fn with_code(mut self, code: u8) -> Self {
        self.code = code;
        self
    }

    /// Says what can be done.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn of(code: u8, error: &dyn Error) -> Self {
        Self {
            code,
            text: chain(error),
            help: None,
        }
    }
}

/// The error and its causes in one line; a cause that the text already says is left out.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = next.source();
    }
    text
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.code == INTERRUPTED {
            "interrupted"
        } else {
            "error"
        };
        if self.text.starts_with("error[") {
            f.write_str(&self.text)?;
        } else {
            write!(f, "{kind}: {}", self.text)?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  = help: {help}")?;
        }
        Ok(())
    }
}

impl From<SceneError> for Failure {
    fn from(error: SceneError) -> Self {
        let code = if matches!(error, SceneError::ReaderFailed { .. }) {
            OURS
        } else {
            INPUT
        };
        Self {
            code,
            text: error.finding().to_string(),
            help: None,
        }
    }
}

impl From<halle_world::CompileError> for Failure {
    fn from(error: halle_world::CompileError) -> Self {
        Self::input(error.finding().to_string())
    }
}

impl From<halle_wide::WideError> for Failure {
    fn from(error: halle_wide::WideError) -> Self {
        Self::of(INPUT, &error)
    }
}

impl From<StageError> for Failure {
    fn from(error: StageError) -> Self {
        let code = if matches!(error, StageError::ReaderFailed { .. }) {
            OURS
        } else {
            INPUT
        };
        Self::of(code, &error)
    }
}

impl From<AuthorError> for Failure {
    fn from(error: AuthorError) -> Self {
        let code = if matches!(error, AuthorError::Encode { .. }) {
            OURS
        } else {
            INPUT
        };
        Self::of(code, &error)
    }
}

impl From<TaskError> for Failure {
    fn from(error: TaskError) -> Self {
        let failure = Self::of(INPUT, &error);
        match error {
            TaskError::ControlStep { .. } => failure.help(CONTROL_STEP),
            TaskError::OutOfReach { .. } => failure.help(OUT_OF_REACH),
            _ => failure,
        }
    }
}

impl From<RolloutError> for Failure {
    fn from(error: RolloutError) -> Self {
        match error {
            RolloutError::Full { .. } => Self::of(INPUT, &error).help(FULL),
            _ if error.is_input_fault() => Self::of(INPUT, &error),
            _ => Self::of(OURS, &error),
        }
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        let failure = Self::of(INPUT, &error);
        if matches!(error, CheckpointError::Full { .. }) {
            failure.help(FULL)
        } else {
            failure
        }
    }
}

impl From<LearnError> for Failure {
    fn from(error: LearnError) -> Self {
        let code = match error {
            // Envs whose numbers go bad are reset: what is left comes from the settings.
            LearnError::NonFinite { .. } | LearnError::Diverged { .. } => {
                return Self::of(INPUT, &error).help(OUT_OF_RANGE);
            }
            LearnError::Resume(source) => return source.into(),
            LearnError::Config { .. } => INPUT,
            _ => OURS,
        };
        Self::of(code, &error)
    }
}

impl From<OnnxError> for Failure {
    fn from(error: OnnxError) -> Self {
        Self::of(INPUT, &error)
    }
}

impl From<SimError> for Failure {
    fn from(error: SimError) -> Self {
        let code = match &error {
            SimError::NoEnvs
            | SimError::Gpu(GpuError::NoAdapter { .. } | GpuError::BufferTooLarge { .. }) => INPUT,
            _ => OURS,
        };
        Self::of(code, &error)
    }
}

impl From<GpuError> for Failure {
    fn from(error: GpuError) -> Self {
        SimError::from(error).into()
    }
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        Self::of(OURS, &error)
    }
}
