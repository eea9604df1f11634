//! What people type.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::convert::Convert;
use crate::diff::Diff;
pub(crate) use crate::source::Backend;
use crate::source::Source;
use crate::validate::Validate;

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
    /// Runs episodes with the scripted baseline or a policy, or simulates a plant, and writes what
    /// happened.
    Run(Run),
    /// Says what a scene, a policy or a run folder holds.
    Inspect(Inspect),
    /// Checks models and says what is wrong with them.
    Validate(Validate),
    /// Writes a model of any format as clean USD.
    Convert(Convert),
    /// Says what differs between two scenes.
    Diff(Diff),
    /// Makes the report of a run folder again.
    Report(Report),
    /// Measures speed and prints it as JSON.
    Bench(Bench),
    /// Checks that this build computes on this machine what it must; exit code 3 if not.
    Selftest(Selftest),
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
    /// Seed of the workpieces, or of how plants differ.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Envs: workpieces, one episode each, 256 unless given; or copies of the plant, 1 unless given.
    #[arg(long)]
    pub(crate) envs: Option<usize>,
    /// Envs of which every control step, or every sample of a plant, is written.
    #[arg(long, default_value_t = 4)]
    pub(crate) record: usize,
    /// What concerns plants only.
    #[command(flatten)]
    pub(crate) plant: PlantSettings,
    /// Backend, threads, JSON.
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Settings of `halle run` for scenes without the polishing task.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlantSettings {
    /// Simulates the scene as a plant even if it holds a task; so does `--seconds`.
    #[arg(long)]
    pub(crate) plant: bool,
    /// Plants: time to simulate \[s\]; 10 unless given.
    #[arg(long)]
    pub(crate) seconds: Option<f64>,
    /// Plants: length of a substep \[s\]; the scene's unless given.
    #[arg(long)]
    pub(crate) dt: Option<f64>,
    /// Plants: small steps of the solver within a substep; more are stiffer and slower.
    #[arg(long, default_value_t = 4)]
    pub(crate) iterations: usize,
    /// Plants: how far free bodies of all envs but the first are moved at the start \[m\].
    #[arg(long)]
    pub(crate) jitter: Option<f64>,
    /// Plants: samples per simulated second in the tables.
    #[arg(long, default_value_t = 30.0)]
    pub(crate) rate: f64,
}

const INSPECT_EXAMPLES: &str = "\
Examples:
  halle inspect plant.usda
  halle inspect plant.usda --depth 5
  halle inspect plant.usda --why /Plant/Robot/arm.physics:mass
  halle inspect plant.usda --canonical -o plant.json
  halle inspect robot.urdf --package robot_description=./robot_description --json";

/// `halle inspect`
#[derive(Args, Debug)]
#[command(after_help = INSPECT_EXAMPLES)]
pub(crate) struct Inspect {
    /// Scene, policy (.onnx) or run folder.
    #[arg(required_unless_present = "job")]
    pub(crate) path: Option<PathBuf>,
    /// Levels of the plant's tree that are shown.
    #[arg(long, default_value_t = 3)]
    pub(crate) depth: usize,
    /// Lists every opinion behind a prim or a property: layer, arc, value, which one wins.
    #[arg(long, value_name = "PRIM[.PROPERTY]", conflicts_with_all = ["canonical", "picture"])]
    pub(crate) why: Option<String>,
    /// Prints the composed stage as JSON, every prim and value in one canonical form.
    #[arg(long, conflicts_with = "picture")]
    pub(crate) canonical: bool,
    /// Writes the canonical form here instead of on standard output.
    #[arg(short, long, value_name = "FILE", requires = "canonical")]
    pub(crate) out: Option<PathBuf>,
    /// How to load.
    #[command(flatten)]
    pub(crate) source: Source,
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
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Bench {
    /// What else can be measured.
    #[command(subcommand)]
    pub(crate) other: Option<OtherBench>,
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

/// Benchmarks beside that of the polishing episodes.
#[derive(Subcommand, Debug)]
pub(crate) enum OtherBench {
    /// Measures how fast a plant loads and what memory it takes, beside usd-core.
    Scenes(BenchScenes),
    /// Measures how fast an articulated system steps under random controls.
    Physics(BenchPhysics),
}

/// `halle bench physics`
#[derive(Args, Debug)]
pub(crate) struct BenchPhysics {
    /// Scene, URDF or MJCF file of the system.
    #[arg(long)]
    pub(crate) model: PathBuf,
    /// Envs in a batch.
    #[arg(long, default_value_t = 4096)]
    pub(crate) envs: usize,
    /// Seconds per measurement.
    #[arg(long, default_value_t = 3.0)]
    pub(crate) seconds: f64,
    /// Threads; 0 measures one and one per core.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    /// Steps under the same control signals.
    #[arg(long, default_value_t = 1)]
    pub(crate) substeps: usize,
    /// Control signals stay within this part of half their range about those of the start.
    #[arg(long, default_value_t = 0.1)]
    pub(crate) noise: f64,
    /// Sweeps of the contact solver at most.
    #[arg(long)]
    pub(crate) sweeps: Option<usize>,
    /// Speed along a constraint below which the solver rests [m/s or rad/s].
    #[arg(long)]
    pub(crate) tolerance: Option<f64>,
    /// Seconds of simulated time after which envs begin anew.
    #[arg(long, default_value_t = 2.0)]
    pub(crate) episode: f64,
    /// Runs in this many rounds at least.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
}

/// `halle bench scenes`
#[derive(Args, Debug)]
pub(crate) struct BenchScenes {
    /// Scene, or the cell that a plant is made of.
    #[arg(default_value = "scenes/library/palletising_cell.usda")]
    pub(crate) scene: PathBuf,
    /// Copies of the scene that are referenced side by side; 1 takes the scene as it is.
    #[arg(long, default_value_t = 1)]
    pub(crate) copies: usize,
    /// Rounds; halle and its peer take turns.
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: usize,
    /// Python that has usd-core, to be measured in the same run.
    #[arg(long)]
    pub(crate) peer: Option<PathBuf>,
    /// Loads one scene in this process: what the rounds run.
    #[arg(long, hide = true)]
    pub(crate) one: Option<PathBuf>,
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
