//! What `--help` and `--json` print.

use std::process::Command;

use crate::common::{Place, said};

/// Options of each subcommand, beside `--help` and `--verbose`.
const OPTIONS: [(&str, &[&str]); 6] = [
    ("selftest", &["SCENE", "--envs", "--backend", "--json"]),
    (
        "train",
        &[
            "<SCENE>",
            "--task",
            "--out",
            "--resume",
            "--job",
            "--seed",
            "--policies",
            "--envs",
            "--iterations",
            "--backend",
            "--threads",
            "--json",
        ],
    ),
    (
        "run",
        &[
            "<SCENE>",
            "--policy",
            "--task",
            "--out",
            "--job",
            "--seed",
            "--envs",
            "--record",
            "--backend",
            "--threads",
            "--json",
        ],
    ),
    (
        "inspect",
        &[
            "PATH",
            "--job",
            "--picture",
            "--camera",
            "--width",
            "--json",
        ],
    ),
    ("report", &["<RUN>", "--json"]),
    (
        "bench",
        &[
            "SCENE",
            "--envs",
            "--seconds",
            "--seed",
            "--backend",
            "--threads",
            "--json",
        ],
    ),
];

#[test]
fn help_mentions_every_option() {
    let place = Place::new("help");
    for (command, options) in OPTIONS {
        let said = place.done(&format!("{command} --help"));
        assert_eq!(said.err, "", "{command}");
        for option in options.iter().chain(&["--help", "--verbose"]) {
            assert!(
                said.out.contains(option),
                "halle {command} --help: no {option}\n{}",
                said.out
            );
        }
        // Every option has words beside its name.
        let lines: Vec<&str> = said.out.lines().map(str::trim).collect();
        for (k, line) in lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.starts_with("--"))
        {
            let same_line = line
                .split("  ")
                .nth(1)
                .is_some_and(|text| !text.trim().is_empty());
            let next_line = lines.get(k + 1).is_some_and(|text| !text.is_empty());
            assert!(
                same_line || next_line,
                "halle {command}: {line} is not explained"
            );
        }
    }
    let top = place.done("--help").out;
    for (command, _) in OPTIONS {
        assert!(top.contains(command), "{top}");
    }
    assert!(
        top.contains("130 interrupted"),
        "exit codes are told\n{top}"
    );
    let version = place.done("--version").out;
    assert_eq!(version.trim(), concat!("halle ", env!("CARGO_PKG_VERSION")));
}

/// Standard output of each command holds one line of JSON and nothing else.
#[test]
fn json_is_the_only_line() {
    let place = Place::new("json");
    let train = place.done("train cell.usda $JOB --out run --json").json();
    assert_eq!(train["run"], "run");
    assert_eq!(train["policies"][0]["metrics"]["episodes"], 8);
    assert_eq!(train, place.json("run/summary.json"));
    let run = place
        .done("run cell.usda $JOB --envs 8 --out episodes --json")
        .json();
    assert_eq!(run["metrics"]["episodes"], 8);
    assert_eq!(run, place.json("episodes/summary.json"));
    let scene = place.done("inspect cell.usda --json").json();
    assert_eq!(scene["links"].as_array().unwrap().len(), 6);
    let policy = place.done("inspect run/policy.onnx --json").json();
    assert_eq!(policy["task"], "polish");
    assert_eq!(policy["scene_hash"], scene["hash"]);
    assert_eq!(
        place.done("inspect run --json").json(),
        place.json("run/manifest.json")
    );
    assert_eq!(
        place.done("report run --json").json()["report"],
        "run/report.html"
    );
    let bench = "bench cell.usda --backend cpu --envs 64 --seconds 0.05 --threads 1 --json";
    let bench = place.done(bench).json();
    assert_eq!(bench["envs"], 64);
    assert!(
        bench["physics_with_task"][0]["control_steps_per_s"]
            .as_f64()
            .unwrap()
            > 0.0
    );
    assert!(
        bench["with_learning"]["control_steps_per_s"]
            .as_f64()
            .unwrap()
            > 0.0
    );
}

/// Without `--json` nothing is printed where programs read; logs go to standard error.
#[test]
fn without_json_standard_output_is_empty() {
    let place = Place::new("quiet");
    for words in [
        "train cell.usda $JOB --out run",
        "run cell.usda $JOB --envs 8 --out episodes",
    ] {
        let done = place.done(words);
        assert_eq!(done.out, "", "{words}");
        assert!(done.err.contains("run folder"), "{words}\n{}", done.err);
    }
    let mut command: Command = place.halle("report run");
    let silent = said(command.env("RUST_LOG", "off"));
    assert_eq!(
        (silent.code, silent.out, silent.err),
        (Some(0), String::new(), String::new())
    );
}

/// The job file that `inspect` prints is one that `train` takes.
#[test]
fn printed_job_can_be_read() {
    let place = Place::new("printed_job");
    let text = place.done("inspect --job").out;
    std::fs::write(place.file("job.json"), &text).unwrap();
    let few = "--envs 64 --iterations 0";
    place.refused(
        &format!("train cell.usda $JOB --out run {few}"),
        &["`iterations` is 0"],
    );
}

#[test]
fn pictures_of_a_scene() {
    let place = Place::new("inspect_picture");
    let inspect = "inspect cell.usda --width 64 --json --picture";
    place.refused(
        &format!("{inspect} cell.usda/x.png"),
        &["cannot write `cell.usda/x.png`"],
    );
    let nowhere = format!("{inspect} x.png --camera Nowhere");
    place.refused(&nowhere, &["no camera `Nowhere`", "CloseUp"]);
    assert!(!place.file("x.png").exists());
    let mut drawn = place
        .done(&format!("{inspect} x.png --camera CloseUp"))
        .json();
    let mut plain = place.done("inspect cell.usda --json").json();
    // The machine's free memory differs from moment to moment.
    for json in [&mut drawn, &mut plain] {
        json.as_object_mut().unwrap().remove("plant");
    }
    assert_eq!(drawn, plain);
    // Width and height stand at the same place of every PNG.
    assert_eq!(place.bytes("x.png")[16..24], [0, 0, 0, 64, 0, 0, 0, 36]);
}
