//! Installs what the tests need and the machine lacks: software Vulkan and Python packages.
//!
//! On Debian and its relatives the system packages come from apt. Elsewhere nothing is installed
//! system-wide; a note says what to install and the tests run with what is there.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::phases::{Outcome, Phases, say};

/// Python packages with exact versions, read by pip.
const PYTHON_PACKAGES: &str = "tools/xtask/python.txt";

/// What the machine has, as far as the tests care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Linux: elsewhere the platform brings its own graphics interface.
    pub(crate) linux: bool,
    /// apt is there: Debian, Ubuntu and their relatives.
    pub(crate) apt: bool,
    /// The Vulkan loader library.
    pub(crate) vulkan_loader: bool,
    /// Mesa's software Vulkan device, lavapipe.
    pub(crate) software_vulkan: bool,
    /// Python 3 with the modules that make a virtual environment.
    pub(crate) python_venv: bool,
    /// The virtual environment already holds the pinned packages.
    pub(crate) python_packages: bool,
    /// How to become root: nothing for root itself, `sudo`, or no way.
    pub(crate) elevation: Option<String>,
}

impl Machine {
    /// Looks at this machine.
    pub(crate) fn look(root: &Path) -> Self {
        let succeeds = |line: &str| Invocation::from_words(line).succeeds(root);
        let python = Invocation::from_words(&format!("{} -c", system_python()))
            .with_argument("import venv, ensurepip");
        let elevation = if cfg!(unix) && is_root(root) {
            Some(String::new())
        } else {
            succeeds("sudo --version").then(|| "sudo ".to_owned())
        };
        Self {
            linux: cfg!(target_os = "linux"),
            apt: Path::new("/etc/debian_version").exists() && succeeds("apt-get --version"),
            vulkan_loader: has_vulkan_loader(),
            software_vulkan: has_software_vulkan(),
            python_venv: python.succeeds(root),
            python_packages: has_python_packages(root),
            elevation,
        }
    }

    /// Debian packages that are missing.
    pub(crate) fn missing_packages(&self) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if self.linux && !self.vulkan_loader {
            missing.push("libvulkan1");
        }
        if self.linux && !self.software_vulkan {
            missing.push("mesa-vulkan-drivers");
        }
        if !self.python_venv {
            missing.push("python3-venv");
        }
        missing
    }

    /// Command lines that install the missing packages, or `None` when apt cannot be used.
    pub(crate) fn apt_commands(&self) -> Option<Vec<Invocation>> {
        let elevation = self.elevation.as_ref().filter(|_| self.apt)?;
        let apt = format!("{elevation}env DEBIAN_FRONTEND=noninteractive apt-get");
        let mut install =
            Invocation::from_words(&format!("{apt} install --yes --no-install-recommends"));
        for package in self.missing_packages() {
            install = install.with_argument(package);
        }
        Some(vec![
            Invocation::from_words(&format!("{apt} update")),
            install,
        ])
    }

    /// What a person has to install by hand, one line per missing thing.
    pub(crate) fn advice(&self) -> Vec<String> {
        let missing = self.missing_packages();
        let mut lines = Vec::new();
        if self.apt && !missing.is_empty() {
            lines.push(format!("as root: apt-get install {}", missing.join(" ")));
            return lines;
        }
        if missing.contains(&"libvulkan1") || missing.contains(&"mesa-vulkan-drivers") {
            lines.push(
                "software Vulkan is missing; install it with one of: \
                 `dnf install mesa-vulkan-drivers vulkan-loader` (Fedora), \
                 `pacman -S vulkan-swrast vulkan-icd-loader` (Arch), \
                 `zypper install libvulkan_lvp libvulkan1` (openSUSE)"
                    .to_owned(),
            );
        }
        if !self.python_venv {
            lines.push(
                "Python 3.11 or newer with `venv` is missing; install it from the system's \
                 packages (`python3`) or from python.org"
                    .to_owned(),
            );
        }
        lines
    }
}

/// Brings the machine up to what the tests need and returns it as it then is.
///
/// A package that cannot be installed is a failed phase where apt is there, and a note elsewhere.
pub(crate) fn provide(phases: &mut Phases, root: &Path) -> Machine {
    let mut machine = Machine::look(root);
    if machine.missing_packages().is_empty() {
        phases.run("system packages", || {
            say("nothing to install");
            Ok(Outcome::Passed)
        });
    } else if let Some(commands) = machine.apt_commands() {
        phases.run("system packages", || install(&commands, root));
        machine = Machine::look(root);
    } else {
        phases.skip("system packages", "cannot install here");
    }
    for line in machine.advice() {
        phases.note(&line);
    }
    if machine.python_venv {
        let present = machine.python_packages;
        phases.run("python packages", || install_python(present, root));
        machine.python_packages = has_python_packages(root);
    } else {
        phases.skip("python packages", "no python3 with venv");
    }
    machine
}

/// The interpreter of the virtual environment.
pub(crate) fn python(root: &Path) -> PathBuf {
    let inside = if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    };
    root.join(".venv").join(inside)
}

/// Command lines that make the virtual environment and fill it.
pub(crate) fn python_commands(root: &Path) -> [Invocation; 2] {
    let pip = "-m pip install --disable-pip-version-check --quiet --only-binary :all: -r";
    let mut install = Invocation::from_words(&format!("python {pip} {PYTHON_PACKAGES}"));
    install.program = python(root).display().to_string();
    [
        Invocation::from_words(&format!("{} -m venv .venv", system_python())),
        install,
    ]
}

fn system_python() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

fn install(commands: &[Invocation], root: &Path) -> Result<Outcome, Failure> {
    let mut last = false;
    for command in commands {
        say(&format!("$ {command}"));
        // A failed update is not the end: the package lists at hand may do. The last line decides.
        last = command.run(root)?;
    }
    Ok(if last {
        Outcome::Passed
    } else {
        Outcome::Failed
    })
}

fn install_python(present: bool, root: &Path) -> Result<Outcome, Failure> {
    if present {
        say("nothing to install");
        return Ok(Outcome::Passed);
    }
    for command in python_commands(root) {
        say(&format!("$ {command}"));
        if !command.run(root)? {
            return Ok(Outcome::Failed);
        }
    }
    let (wanted, stamp) = (root.join(PYTHON_PACKAGES), python_stamp(root));
    std::fs::copy(&wanted, &stamp).map_err(|source| Failure::File {
        path: stamp.display().to_string(),
        source,
    })?;
    Ok(Outcome::Passed)
}

/// Copy of the package list as it was when pip last succeeded.
fn python_stamp(root: &Path) -> PathBuf {
    root.join(".venv").join("installed.txt")
}

fn has_python_packages(root: &Path) -> bool {
    let wanted = std::fs::read_to_string(root.join(PYTHON_PACKAGES));
    let installed = std::fs::read_to_string(python_stamp(root));
    let same = matches!((wanted, installed), (Ok(wanted), Ok(installed)) if wanted == installed);
    let mut call = Invocation::from_words("python --version");
    call.program = python(root).display().to_string();
    same && call.succeeds(root)
}

fn is_root(root: &Path) -> bool {
    let answer = Invocation::from_words("id -u").output(root);
    matches!(answer, Ok(Some(text)) if text.trim() == "0")
}

fn has_vulkan_loader() -> bool {
    const FOLDERS: &[&str] = &["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64"];
    let is_loader = |name: &str| name.starts_with("libvulkan.so.1");
    FOLDERS.iter().any(|folder| {
        let folder = Path::new(folder);
        holds(folder, is_loader)
            || entries(folder)
                .iter()
                .any(|inner| inner.is_dir() && holds(inner, is_loader))
    })
}

fn has_software_vulkan() -> bool {
    const FOLDERS: &[&str] = &[
        "/usr/share/vulkan/icd.d",
        "/usr/local/share/vulkan/icd.d",
        "/etc/vulkan/icd.d",
    ];
    FOLDERS
        .iter()
        .any(|folder| holds(Path::new(folder), |name| name.starts_with("lvp_icd")))
}

fn holds(folder: &Path, wanted: impl Fn(&str) -> bool) -> bool {
    entries(folder).iter().any(|path| {
        path.file_name()
            .is_some_and(|name| wanted(&name.to_string_lossy()))
    })
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).into_iter().flatten();
    read.filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare_debian() -> Machine {
        Machine {
            linux: true,
            apt: true,
            elevation: Some(String::new()),
            ..Machine::default()
        }
    }

    #[test]
    fn a_bare_debian_gets_everything_from_apt() {
        let commands = bare_debian().apt_commands().unwrap();
        let lines: Vec<String> = commands.iter().map(Invocation::to_string).collect();
        assert_eq!(
            lines[0],
            "env DEBIAN_FRONTEND=noninteractive apt-get update"
        );
        assert!(
            lines[1].ends_with("libvulkan1 mesa-vulkan-drivers python3-venv"),
            "{}",
            lines[1]
        );
    }

    #[test]
    fn what_is_there_is_not_installed_again() {
        let machine = Machine {
            vulkan_loader: true,
            software_vulkan: true,
            python_venv: true,
            ..bare_debian()
        };
        assert!(machine.missing_packages().is_empty() && machine.advice().is_empty());
    }

    #[test]
    fn a_user_goes_through_sudo_and_without_it_is_told_what_to_type() {
        let user = Machine {
            elevation: Some("sudo ".to_owned()),
            ..bare_debian()
        };
        let update = user.apt_commands().unwrap()[0].to_string();
        assert_eq!(
            update,
            "sudo env DEBIAN_FRONTEND=noninteractive apt-get update"
        );
        let powerless = Machine {
            elevation: None,
            ..bare_debian()
        };
        assert!(powerless.apt_commands().is_none(), "no way to become root");
        let advice = powerless.advice();
        assert_eq!(
            advice,
            ["as root: apt-get install libvulkan1 mesa-vulkan-drivers python3-venv"]
        );
    }

    #[test]
    fn elsewhere_the_advice_names_packages_and_apt_is_not_called() {
        let fedora = Machine {
            apt: false,
            ..bare_debian()
        };
        assert!(fedora.apt_commands().is_none(), "apt is not there");
        let advice = fedora.advice().join("\n");
        assert!(
            advice.contains("dnf install") && advice.contains("python3"),
            "{advice}"
        );
        let mac = Machine {
            linux: false,
            python_venv: true,
            ..fedora
        };
        assert!(
            mac.advice().is_empty(),
            "the platform has its own graphics interface"
        );
    }
}
