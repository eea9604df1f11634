//! USD files of a folder, for all test programs of this crate.

use std::fs;
use std::path::PathBuf;

/// Every USD file below some folders, in order.
pub(crate) fn usd_files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let (mut open, mut files) = (folders.to_vec(), Vec::new());
    while let Some(folder) = open.pop() {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let is = |e: &std::ffi::OsStr| ["usd", "usda", "usdc", "usdz"].iter().any(|x| e == *x);
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(is) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
