//! How a scene is loaded.

use std::path::PathBuf;

/// How a scene is loaded.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Whether files that a scene references are scaled from their units to those of the scene;
    /// USD leaves that to the author, and so does the default, with a finding.
    pub fix_units: bool,
    /// Where `package://NAME/…` of a URDF leads: names and folders.
    pub packages: Vec<(String, PathBuf)>,
    /// Whether a subtree that stands in many places is read once. Without it every place is
    /// composed and read by itself, which gives the same world, slowly: the check of the check.
    pub share_subtrees: bool,
}

impl Default for LoadOptions {
    /// Units as USD has them, no packages, subtrees shared.
    fn default() -> Self {
        Self {
            fix_units: false,
            packages: Vec::new(),
            share_subtrees: true,
        }
    }
}
