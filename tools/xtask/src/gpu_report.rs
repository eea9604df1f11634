//! `cargo xtask gpu-report`: packs the release build for a machine without a toolchain, or runs the
//! pack's script here.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::phases::{Outcome, Phases, say};
use crate::workspace;

/// Where the pack goes when it is run here.
const HERE: &str = "target/gpu-report";
/// Folder in the pack for what the script writes.
const OUT: &str = "out";
/// What the pack says of itself.
const MANIFEST: &str = "manifest.json";
/// Files of the tree and their places in the pack.
const FILES: &[(&str, &str)] = &[
    (
        "scenes/library/polishing_cell.usda",
        "scenes/library/polishing_cell.usda",
    ),
    ("tools/bench/gpu_report.sh", "gpu_report.sh"),
];

/// What the command line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Options {
    /// Pack into this folder and stop.
    pack: Option<PathBuf>,
    /// Take the scripts and models of peers along.
    peers: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
///
/// [`Failure`] when the command line is wrong or the workspace cannot be read.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    let options = options(arguments)?;
    let root = workspace::root()?;
    let here = std::env::current_dir().map_err(|source| failure(Path::new("."), source))?;
    let folder = match &options.pack {
        Some(folder) => here.join(folder),
        None => root.join(HERE),
    };
    let peers = options.peers.map(|peers| here.join(peers));
    let mut phases = Phases::new();
    let packed = phases.command("build", &build(), &root)
        && phases.run("pack", || pack(&root, &folder, peers.as_deref()));
    if packed && options.pack.is_none() {
        phases.command("report", &report(&folder), &root);
    }
    Ok(phases.finish())
}

fn options(arguments: &[String]) -> Result<Options, Failure> {
    let mut options = Options::default();
    let mut rest = arguments.iter();
    while let Some(flag) = rest.next() {
        let place = match flag.as_str() {
            "--pack" => &mut options.pack,
            "--peers" => &mut options.peers,
            _ => {
                return Err(Failure::Usage(format!(
                    "`cargo xtask gpu-report` takes `--pack DIR` and `--peers DIR`, found `{flag}`"
                )));
            }
        };
        match rest.next() {
            Some(folder) if !folder.starts_with("--") && place.is_none() => {
                *place = Some(PathBuf::from(folder));
            }
            _ => {
                let what = format!("`{flag}` takes one folder and stands once");
                return Err(Failure::Usage(what));
            }
        }
    }
    Ok(options)
}

fn build() -> Invocation {
    Invocation::from_words(
        "cargo build --locked --release --ignore-rust-version --package halle-cli --bin halle",
    )
}

fn report(folder: &Path) -> Invocation {
    Invocation::from_words("sh")
        .with_argument(folder.join("gpu_report.sh").display().to_string())
        .with_argument(folder.join(OUT).display().to_string())
}

/// Fills the folder; files that lie there are replaced.
fn pack(root: &Path, folder: &Path, peers: Option<&Path>) -> Result<Outcome, Failure> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or(root.join("target"), |target| root.join(target));
    let name = format!("halle{}", std::env::consts::EXE_SUFFIX);
    let mut files = vec![(target.join("release").join(&name), name.clone())];
    for (from, to) in FILES {
        files.push((root.join(from), (*to).to_owned()));
    }
    if let Some(loader) = vulkan_loader(root) {
        files.push((loader, "lib/libvulkan.so.1".to_owned()));
    }
    if let Some(peers) = peers {
        below(peers, "peers", &mut files)?;
    }
    for (from, to) in &files {
        copy(from, &folder.join(to))?;
    }
    if Invocation::from_words("strip --version").succeeds(root) {
        let strip = Invocation::from_words("strip --strip-debug").with_argument(&name);
        if !strip.run(folder)? {
            return Ok(Outcome::Failed);
        }
    }
    let names: Vec<&str> = files.iter().map(|(_, to)| to.as_str()).collect();
    let Some(manifest) = manifest(root, folder, &names)? else {
        return Ok(Outcome::Failed);
    };
    let path = folder.join(MANIFEST);
    std::fs::write(&path, manifest).map_err(|source| failure(&path, source))?;
    say(&format!(
        "packed {} files into {}",
        names.len(),
        folder.display()
    ));
    Ok(Outcome::Passed)
}

/// One line of JSON: commit, compiler and the hash of every file; none where a tool fails.
fn manifest(root: &Path, folder: &Path, names: &[&str]) -> Result<Option<String>, Failure> {
    let told = |line: &str| Invocation::from_words(line).output(root);
    let (commit, changes) = (told("git rev-parse HEAD")?, told("git status --porcelain")?);
    let mut sums = Invocation::from_words("sha256sum --");
    for name in names {
        sums = sums.with_argument(*name);
    }
    let (Some(rustc), Some(sums)) = (told("rustc --version")?, sums.output(folder)?) else {
        return Ok(None);
    };
    let files: serde_json::Map<_, _> = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name.to_owned(), json!(sum)))
        .collect();
    let line = json!({
        "commit": commit.map(|commit| commit.trim().to_owned()),
        "uncommitted_changes": changes.is_none_or(|changes| !changes.is_empty()),
        "rustc": rustc.trim(),
        "sha256": files,
    });
    Ok(Some(format!("{line}\n")))
}

/// The Vulkan loader of this machine, for machines that have a driver and no loader.
fn vulkan_loader(root: &Path) -> Option<PathBuf> {
    let known = Invocation::from_words("ldconfig -p").output(root).ok()??;
    loader_of(&known).map(PathBuf::from)
}

fn loader_of(known: &str) -> Option<&str> {
    let of_this_kind = |line: &&str| match std::env::consts::ARCH {
        "x86_64" => line.contains("x86-64"),
        arch => line.to_lowercase().contains(arch),
    };
    let mut lines = known.lines().map(str::trim).filter(of_this_kind);
    let line = lines.find(|line| line.starts_with("libvulkan.so.1 "))?;
    Some(line.split_once("=> ")?.1)
}

/// Adds every file below a folder, in the order of names.
fn below(folder: &Path, prefix: &str, files: &mut Vec<(PathBuf, String)>) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(|source| failure(folder, source))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let inside = format!("{prefix}/{}", name.to_string_lossy());
        if path.is_dir() {
            below(&path, &inside, files)?;
        } else {
            files.push((path, inside));
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(|source| failure(folder, source))?;
    }
    std::fs::copy(from, to).map_err(|source| failure(from, source))?;
    Ok(())
}

fn failure(path: &Path, source: std::io::Error) -> Failure {
    let path = path.display().to_string();
    Failure::File { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, Failure> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        options(&words)
    }

    #[test]
    fn folders_are_read_in_any_order() {
        assert_eq!(parsed("").unwrap(), Options::default());
        let both = parsed("--peers p --pack out/here").unwrap();
        assert_eq!(both.pack.as_deref(), Some(Path::new("out/here")));
        assert_eq!(both.peers.as_deref(), Some(Path::new("p")));
    }

    #[test]
    fn wrong_words_are_named() {
        for (line, named) in [
            ("--pack", "`--pack` takes one folder"),
            ("--pack --peers p", "`--pack` takes one folder"),
            ("--pack a --pack b", "stands once"),
            ("out", "found `out`"),
        ] {
            let text = parsed(line).unwrap_err().to_string();
            assert!(text.contains(named), "{line}: {text}");
        }
    }

    #[test]
    fn the_pack_holds_what_the_script_asks_for() {
        let script = include_str!("../../bench/gpu_report.sh");
        for (_, place) in FILES.iter().filter(|(from, _)| !from.ends_with(".sh")) {
            assert!(script.contains(place), "{place}");
        }
        assert!(script.contains(MANIFEST), "{MANIFEST}");
    }

    #[test]
    fn finds_the_loader_among_known_libraries() {
        let arch = match std::env::consts::ARCH {
            "x86_64" => "x86-64",
            arch => arch,
        };
        let known = format!(
            "2 libs found\n\tlibvulkan_lvp.so (libc6,{arch}) => /l/libvulkan_lvp.so\n\
             \tlibvulkan.so.1 (libc6) => /l32/libvulkan.so.1\n\
             \tlibvulkan.so.1 (libc6,{arch}) => /l/libvulkan.so.1\n"
        );
        assert_eq!(loader_of(&known), Some("/l/libvulkan.so.1"));
        assert_eq!(loader_of("nothing"), None);
    }
}
