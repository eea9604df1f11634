//! What people type.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Digital-twin physics and robot training on your own machine.
#[derive(Debug, Parser)]
#[command(name = "halle", version, about, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Says more on standard error; `RUST_LOG` has the last word.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 the input's fault, 2 usage, 3 our fault, \
130 interrupted.";

/// Commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Trains a policy in a scene and writes a run folder with policy, data and report.
    Train(Train),
    /// Runs episodes with the scripted baseline or a policy and writes what happened.
    Run(Run),
    /// Says what a scene, a policy or a run folder holds.
    Inspect(Inspect),
    /// Makes the report of a run folder again.
    Report(Report),
    /// Measures speed and prints it as JSON.
    Bench(Bench),
    /// Checks that this build computes on this machine what it must; exit code 3 if not.
    Selftest(Selftest),
}

/// Where envs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// A hardware GPU if there is one, else the CPU.
    Auto,
    /// SIMD lanes on all cores.
    Cpu,
    /// Any GPU, software ones too.
    Gpu,
}

/// What every command that simulates takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    /// Where envs run.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) backend: Backend,
    /// Threads; 0 takes one per core. Results do not depend on it.
    #[arg(long, default_value_t = 0, value_parser = threads())]
    pub(crate) threads: usize,
    /// Prints one line of JSON at the end, on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// More threads than any machine has cores only cost time.
fn threads() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(0..=1024)
}

/// Tasks that can be trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskName {
    /// Polish the marked surface with a force-controlled disc.
    Polish,
}

impl TaskName {
    /// As typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Polish => "polish",
        }
    }
}

/// `halle train`
#[derive(Args, Debug)]
pub(crate) struct Train {
    /// Scene, a .usda, .usdc or .usdz file.
    pub(crate) scene: PathBuf,
    /// Task.
    #[arg(long, value_enum, default_value = "polish")]
    pub(crate) task: TaskName,
    /// Run folder; by default the next free runs/NAME-NNN.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Goes on with the run in the folder, or with the last run of this scene.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Job file (JSON) with settings of task and learner; see `halle inspect --job`.
    #[arg(long)]
    pub(crate) job: Option<PathBuf>,
    /// Seed of the first policy; the others take the seeds that follow.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Policies to train, one after the other, each from its own seed.
    #[arg(long)]
    pub(crate) policies: Option<u32>,
    /// Envs that learn in parallel.
    #[arg(long)]
    pub(crate) envs: Option<usize>,
    /// Iterations of the learner per policy.
    #[arg(long)]
    pub(crate) iterations: Option<u64>,
    /// Backend, threads, JSON.
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `halle run`
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// Scene, a .usda, .usdc or .usdz file.
    pub(crate) scene: PathBuf,
    /// Policy (ONNX); without one the scripted baseline acts.
    #[arg(long)]
    pub(crate) policy: Option<PathBuf>,
    /// Task.
    #[arg(long, value_enum, default_value = "polish")]
    pub(crate) task: TaskName,
    /// Run folder; by default the next free runs/NAME-NNN.
    #[arg(short, long)]
    pub(crate) out: Option<PathBuf>,
    /// Job file (JSON) with settings of the task.
    #[arg(long)]
    pub(crate) job: Option<PathBuf>,
    /// Seed of the workpieces.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Workpieces, one env and episode each.
    #[arg(long, default_value_t = 256)]
    pub(crate) envs: usize,
    /// Envs of which every control step is written.
    #[arg(long, default_value_t = 4)]
    pub(crate) record: usize,
    /// Backend, threads, JSON.
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `halle inspect`
#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// Scene, policy (.onnx) or run folder.
    #[arg(required_unless_present = "job")]
    pub(crate) path: Option<PathBuf>,
    /// Prints a job file with all settings at their defaults.
    #[arg(long)]
    pub(crate) job: bool,
    /// Writes a picture of the scene here.
    #[arg(long)]
    pub(crate) picture: Option<PathBuf>,
    /// Camera of the picture, by name or path; the first one by default.
    #[arg(long)]
    pub(crate) camera: Option<String>,
    /// Width of the picture \[pixel\]; it is 16:9.
    #[arg(long, default_value_t = 1280, value_parser = clap::value_parser!(u32).range(16..=8192))]
    pub(crate) width: u32,
    /// Seed of the picture's noise.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u32,
    /// Backend whose choice on this machine is told.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) backend: Backend,
    /// Prints JSON instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `halle report`
#[derive(Args, Debug)]
pub(crate) struct Report {
    /// Run folder.
    pub(crate) run: PathBuf,
    /// Without effect, as nothing is simulated; taken so that scripts can give it to every command.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) backend: Backend,
    /// Without effect, as nothing is drawn; taken so that scripts can give it to every command.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Prints one line of JSON at the end.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `halle bench`
#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// Scene.
    #[arg(default_value = "scenes/library/polishing_cell.usda")]
    pub(crate) scene: PathBuf,
    /// Envs in a batch.
    #[arg(long, default_value_t = 4096)]
    pub(crate) envs: usize,
    /// Seconds per measurement.
    #[arg(long, default_value_t = 3.0)]
    pub(crate) seconds: f64,
    /// Seed of the actions.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Backend, threads, JSON.
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `halle selftest`
#[derive(Args, Debug)]
pub(crate) struct Selftest {
    /// Scene.
    #[arg(default_value = "scenes/library/polishing_cell.usda")]
    pub(crate) scene: PathBuf,
    /// What is checked beside the CPU.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) backend: Backend,
    /// Envs in a batch, and held-out workpieces.
    #[arg(long, default_value_t = 256)]
    pub(crate) envs: usize,
    /// Prints one line of JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
