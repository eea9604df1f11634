//! `cargo xtask test`: installs what is missing and runs every test of the project.
//!
//! Everything is built in the release profile, so that `cargo halle` and the tests share one
//! build. Test binaries whose name starts with `slow` form the slow suite and run last.

use std::path::Path;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::phases::{Outcome, Phases, say};
use crate::provision::{self, Machine};
use crate::{tidy, workspace};

/// Flags of every cargo command that builds: all crates, the committed lock file, one profile.
/// `--ignore-rust-version`: see docs/decisions/0003-openusd.md.
pub(crate) const BUILD_FLAGS: &str = "--workspace --locked --release --ignore-rust-version";

/// Prefix of the names of test binaries that belong to the slow suite.
const SLOW: &str = "slow";

/// Stands in for the folder that a login session would bring.
const RUNTIME_FOLDER: &str = "target/xdg-runtime";

/// What decides which command lines run the tests.
#[derive(Clone, Debug, Default)]
struct Plan {
    nextest: bool,
    tests: Vec<String>,
    variables: Vec<(String, String)>,
}

/// Runs the command; `--dry-run` prints the plan and touches nothing.
///
/// # Errors
///
/// [`Failure`] when the command line is wrong or the workspace cannot be read.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    let root = workspace::root()?;
    match arguments {
        [] => {
            let mut phases = Phases::new();
            run_phases(&mut phases, &root)?;
            Ok(phases.finish())
        }
        [flag] if flag == "--dry-run" => {
            print_plan(&root)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Failure::Usage(
            "`cargo xtask test` takes no argument but --dry-run".to_owned(),
        )),
    }
}

/// All phases of the suite, one after the other; a failed phase does not stop the later ones.
///
/// # Errors
///
/// [`Failure`] when the workspace cannot be read.
pub(crate) fn run_phases(phases: &mut Phases, root: &Path) -> Result<(), Failure> {
    let machine = provision::provide(phases, root);
    let plan = Plan::new(&machine, root)?;
    for line in notes(&machine, plan.nextest) {
        phases.note(&line);
    }
    create_runtime_folder(root)?;
    let built = phases.command("build", &plan.build(), root);
    let broken = "the build failed";
    if built {
        phases.command("tests", &plan.fast(), root);
        phases.command("doc tests", &plan.doc(), root);
    } else {
        phases.skip("tests", broken);
        phases.skip("doc tests", broken);
    }
    phases.run("tidy", || tidy_phase(root));
    match plan.slow() {
        None => phases.skip("slow tests", "there are none"),
        Some(_) if !built => phases.skip("slow tests", broken),
        Some(slow) => {
            phases.command("slow tests", &slow, root);
        }
    }
    Ok(())
}

fn tidy_phase(root: &Path) -> Result<Outcome, Failure> {
    Ok(if tidy::check_and_print(root)? {
        Outcome::Passed
    } else {
        Outcome::Failed
    })
}

impl Plan {
    fn new(machine: &Machine, root: &Path) -> Result<Self, Failure> {
        let mut tests: Vec<String> = workspace::crates(root)?
            .into_iter()
            .flat_map(|package| package.tests)
            .collect();
        tests.sort();
        tests.dedup();
        let nextest = Invocation::from_words("cargo nextest --version").succeeds(root);
        let is_set = |name: &str| std::env::var_os(name).is_some();
        Ok(Self {
            nextest,
            tests,
            variables: variables(machine, root, is_set),
        })
    }

    fn has_slow_tests(&self) -> bool {
        self.tests.iter().any(|name| name.starts_with(SLOW))
    }

    /// Compiles everything that the later phases run.
    fn build(&self) -> Invocation {
        let tool = if self.nextest {
            "cargo nextest run"
        } else {
            "cargo test"
        };
        self.with_variables(Invocation::from_words(&format!(
            "{tool} {BUILD_FLAGS} --no-run"
        )))
    }

    fn fast(&self) -> Invocation {
        let line = if self.nextest {
            format!("cargo nextest run {BUILD_FLAGS} --no-fail-fast --no-tests=pass")
        } else {
            // Plain cargo knows no filter on binaries, so that the fast ones are named.
            let named = self.tests.iter().filter(|name| !name.starts_with(SLOW));
            let named: String = named.map(|name| format!(" --test {name}")).collect();
            format!("cargo test {BUILD_FLAGS} --no-fail-fast --lib --bins{named}")
        };
        self.with_variables(Invocation::from_words(&line))
    }

    fn doc(&self) -> Invocation {
        let line = format!("cargo test {BUILD_FLAGS} --no-fail-fast --doc");
        self.with_variables(Invocation::from_words(&line))
    }

    /// `None` when no test binary belongs to the slow suite.
    fn slow(&self) -> Option<Invocation> {
        let line = if self.nextest {
            format!("cargo nextest run {BUILD_FLAGS} --profile {SLOW} --no-fail-fast")
        } else {
            format!("cargo test {BUILD_FLAGS} --no-fail-fast --test {SLOW}*")
        };
        self.has_slow_tests()
            .then(|| self.with_variables(Invocation::from_words(&line)))
    }

    fn with_variables(&self, mut invocation: Invocation) -> Invocation {
        invocation.variables.extend(self.variables.iter().cloned());
        invocation
    }
}

/// Environment of the tests; a variable that the caller has set stays as it is.
fn variables(
    machine: &Machine,
    root: &Path,
    is_set: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    let mut set = |name: &str, value: String| {
        if !is_set(name) {
            variables.push((name.to_owned(), value));
        }
    };
    let software = machine.vulkan_loader && machine.software_vulkan;
    set(
        "HALLE_GPU",
        if software { "required" } else { "auto" }.to_owned(),
    );
    if machine.python_packages {
        set(
            "HALLE_PYTHON",
            provision::python(root).display().to_string(),
        );
    }
    if machine.linux {
        // Mesa prints a warning for every process that runs without one.
        set(
            "XDG_RUNTIME_DIR",
            root.join(RUNTIME_FOLDER).display().to_string(),
        );
    }
    variables
}

fn create_runtime_folder(root: &Path) -> Result<(), Failure> {
    let folder = root.join(RUNTIME_FOLDER);
    let failure = |source| Failure::File {
        path: folder.display().to_string(),
        source,
    };
    std::fs::create_dir_all(&folder).map_err(failure)?;
    // The specification asks that nobody else can read it.
    #[cfg(unix)]
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .map_err(failure)?;
    Ok(())
}

fn notes(machine: &Machine, nextest: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if machine.linux && !(machine.vulkan_loader && machine.software_vulkan) {
        notes.push("no software Vulkan: GPU tests run only where a device is found".to_owned());
    }
    if !machine.python_packages {
        notes.push("no Python packages: tests against usd-core and onnxruntime skip".to_owned());
    }
    if !nextest {
        notes
            .push("cargo-nextest is not installed: plain `cargo test` runs, no time limits".into());
    }
    notes
}

fn print_plan(root: &Path) -> Result<(), Failure> {
    let machine = Machine::look(root);
    if !machine.missing_packages().is_empty() {
        match machine.apt_commands() {
            Some(commands) => commands
                .iter()
                .for_each(|command| say(&format!("$ {command}"))),
            None => machine
                .advice()
                .iter()
                .for_each(|line| say(&format!("note: {line}"))),
        }
    }
    if machine.python_venv && !machine.python_packages {
        provision::python_commands(root)
            .iter()
            .for_each(|command| say(&format!("$ {command}")));
    }
    let plan = Plan::new(&machine, root)?;
    for command in [plan.build(), plan.fast(), plan.doc()] {
        say(&format!("$ {command}"));
    }
    say("$ cargo xtask tidy");
    match plan.slow() {
        Some(command) => say(&format!("$ {command}")),
        None => say("note: no slow tests"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(nextest: bool, tests: &[&str]) -> Plan {
        Plan {
            nextest,
            tests: tests.iter().map(|name| (*name).to_owned()).collect(),
            variables: Vec::new(),
        }
    }

    #[test]
    fn every_command_builds_the_same_profile_from_the_lock_file() {
        for nextest in [false, true] {
            let plan = plan(nextest, &["parity", "slow_resume"]);
            for command in [plan.build(), plan.fast(), plan.doc(), plan.slow().unwrap()] {
                assert!(command.to_string().contains(BUILD_FLAGS), "{command}");
            }
        }
    }

    #[test]
    fn without_nextest_the_fast_run_names_every_binary_but_the_slow_ones() {
        let fast = plan(false, &["all", "parity", "slow_resume"])
            .fast()
            .to_string();
        assert!(
            fast.ends_with("--lib --bins --test all --test parity"),
            "{fast}"
        );
    }

    #[test]
    fn the_slow_suite_runs_only_where_it_exists() {
        assert_eq!(plan(true, &["parity", "not_slow"]).slow(), None);
        let with = plan(true, &["slow_resume"]).slow().unwrap().to_string();
        assert!(with.contains("--profile slow"), "{with}");
        let without = plan(false, &["slow_resume"]).slow().unwrap().to_string();
        assert!(without.ends_with("--test 'slow*'"), "{without}");
    }

    #[test]
    fn gpu_tests_are_required_only_with_software_vulkan() {
        let gpu = |machine: &Machine, is_set: bool| {
            let variables = variables(machine, Path::new("/w"), |_| is_set);
            variables
                .into_iter()
                .find(|(name, _)| name == "HALLE_GPU")
                .map(|(_, value)| value)
        };
        let full = Machine {
            vulkan_loader: true,
            software_vulkan: true,
            ..Machine::default()
        };
        assert_eq!(gpu(&full, false).as_deref(), Some("required"));
        assert_eq!(gpu(&Machine::default(), false).as_deref(), Some("auto"));
        assert_eq!(gpu(&full, true), None, "what the caller has set stays");
    }

    #[test]
    fn what_is_missing_is_said() {
        let bare = Machine {
            linux: true,
            ..Machine::default()
        };
        assert_eq!(notes(&bare, false).len(), 3);
    }
}
