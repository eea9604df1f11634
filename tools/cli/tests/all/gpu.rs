//! Which backend runs where there is no GPU, or only a software one. Linux: elsewhere the drivers
//! cannot be hidden.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Place, Said, said};

fn with_drivers(place: &Place, words: &str, drivers: &Path) -> Said {
    let mut command: Command = place.halle(words);
    // The second name is what loaders before 1.3.207 know.
    command
        .env("VK_DRIVER_FILES", drivers)
        .env("VK_ICD_FILENAMES", drivers);
    said(&mut command)
}

#[test]
fn gpu_asked_for_where_there_is_none() {
    let place = Place::new("gpu_none");
    for words in [
        "train cell.usda --job job.json --backend gpu --out run",
        "run cell.usda --job job.json --backend gpu --out run",
        "bench cell.usda --backend gpu",
    ] {
        let said = with_drivers(&place, words, Path::new("/nonexistent"));
        said.complains(
            1,
            words,
            &["no usable GPU adapter", "help", "--backend cpu", "Vulkan"],
        );
        assert!(!place.file("run").exists(), "{words} left a folder");
    }
    let words = "run cell.usda --job job.json --envs 8 --out auto --json";
    let ran = with_drivers(&place, words, Path::new("/nonexistent"));
    assert_eq!(ran.json()["backend"], "cpu", "{}", ran.err);
}

/// Driver file of Mesa's software Vulkan, where it is installed.
fn lavapipe() -> Option<PathBuf> {
    let folders = [
        "/usr/share/vulkan/icd.d",
        "/etc/vulkan/icd.d",
        "/usr/local/share/vulkan/icd.d",
    ];
    let files = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .flatten();
    files.map(|file| file.path()).find(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("lvp_icd"))
    })
}

/// A processor that plays a GPU is slower than the processor itself: only tests want it.
#[test]
fn auto_does_not_take_a_software_gpu() {
    let place = Place::new("gpu_software");
    let Some(driver) = lavapipe() else {
        eprintln!("skipped: no software Vulkan is installed");
        return;
    };
    let words = "run cell.usda --job job.json --envs 8 --out auto --json";
    let ran = with_drivers(&place, words, &driver);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.json()["backend"], "cpu");
}
