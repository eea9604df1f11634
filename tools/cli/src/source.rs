//! How commands about scenes are told to load them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use halle_scenes::LoadOptions;

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

/// What every command takes that loads a scene and simulates nothing.
#[derive(Args, Clone, Debug)]
pub(crate) struct Source {
    /// Scales files that are referenced from their units to those of the scene.
    #[arg(long)]
    pub(crate) fix_units: bool,
    /// Folder of a package that `package://NAME/...` in a URDF names; may be given several times.
    #[arg(long, value_name = "NAME=DIR", value_parser = package)]
    pub(crate) package: Vec<(String, PathBuf)>,
}

impl Source {
    /// As the reader takes it.
    pub(crate) fn options(&self) -> LoadOptions {
        LoadOptions {
            fix_units: self.fix_units,
            packages: self.package.clone(),
            ..LoadOptions::default()
        }
    }
}

/// What scripts give to every command and what has no effect here.
#[derive(Args, Clone, Debug)]
pub(crate) struct Idle {
    /// Without effect, as nothing is simulated; taken so that scripts can give it to every command.
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) backend: Backend,
    /// Without effect, as nothing is drawn; taken so that scripts can give it to every command.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

fn package(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, folder)) if !name.is_empty() && !folder.is_empty() => {
            Ok((name.to_owned(), PathBuf::from(folder)))
        }
        _ => Err("expected NAME=DIR".to_owned()),
    }
}
