//! What the caller may choose.

use std::path::PathBuf;

/// How a robot is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrdfOptions {
    /// Folders of the packages that `package://NAME/…` names. A package that is not listed is
    /// looked for among the folders above the file.
    pub packages: Vec<(String, PathBuf)>,
    /// Whether the root link is fixed to the world; else the robot is free.
    pub fixed_base: bool,
    /// A missing or broken mesh is an error instead of a finding.
    pub strict: bool,
}

impl Default for UrdfOptions {
    /// No packages, a fixed base, missing meshes as findings.
    fn default() -> Self {
        Self {
            packages: Vec::new(),
            fixed_base: true,
            strict: false,
        }
    }
}
