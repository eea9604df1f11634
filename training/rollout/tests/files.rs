//! Run folders, manifests, tables, parts and the metrics log on a real disk.

#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

use std::{fs, path::PathBuf};

use halle_rollout::{
    Column, Manifest, MetricsLog, Occupied, RolloutError, RunFolder, SCHEMA_VERSION, Segments,
    Table, Values, read_metrics, read_table, sha256_hex, write_table,
};

/// An empty place of its own for each test, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("halle-rollout-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        Self(path)
    }

    fn run(&self) -> RunFolder {
        RunFolder::create(&self.0, Occupied::Refuse).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn manifest() -> Manifest {
    Manifest {
        schema_version: SCHEMA_VERSION,
        halle_version: "0.1.0".to_owned(),
        command: ["halle", "train", "cell.usda"].map(str::to_owned).to_vec(),
        scene: "cell.usda".to_owned(),
        inputs: Vec::new(),
        task: "polishing".to_owned(),
        backend: "cpu".to_owned(),
        device: "16 lanes, 2 threads".to_owned(),
        seed: 7,
        envs: 4096,
        horizon: 512,
        config: serde_json::json!({"learning_rate": 3e-4}),
        created: "2026-11-20T10:00:00Z".to_owned(),
        finished: None,
        outputs: Vec::new(),
    }
}

fn table(from: i64, rows: i64) -> Table {
    let step: Vec<i64> = (from..from + rows).collect();
    Table::new(vec![
        Column::new(
            "force",
            "N",
            Values::F32(step.iter().map(|s| *s as f32 / 3.0).collect()),
        ),
        Column::new(
            "time",
            "s",
            Values::F64(step.iter().map(|s| *s as f64 * 0.02).collect()),
        ),
        Column::new(
            "terminated",
            "",
            Values::Bool(step.iter().map(|s| s % 3 == 0).collect()),
        ),
        Column::new(
            "phase",
            "",
            Values::Text(step.iter().map(|s| format!("µ{s}")).collect()),
        ),
        Column::new("step", "", Values::I64(step)),
    ])
    .unwrap()
}

#[test]
fn manifest_reads_back_and_lists_outputs() {
    let place = Place::new("manifest");
    let run = place.run();
    run.write("abc.txt", b"abc").unwrap();
    let outputs = run.hashes(&["abc.txt"]).unwrap();
    // FIPS 180-2, appendix B.1.
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((outputs[0].sha256.as_str(), outputs[0].bytes), (known, 3));
    assert_eq!(sha256_hex(b"abc"), known);
    let written = Manifest {
        outputs,
        ..manifest()
    };
    run.write_manifest(&written).unwrap();
    assert_eq!(
        RunFolder::open(&place.0).unwrap().read_manifest().unwrap(),
        written
    );

    let later = r#"{"schema_version": 99, "new": true}"#;
    run.write(Manifest::FILE, later.as_bytes()).unwrap();
    let error = run.read_manifest().unwrap_err().to_string();
    assert!(
        error.contains("manifest.json") && error.contains("99"),
        "{error}"
    );
}

#[test]
fn folder_is_refused_or_resumed() {
    let place = Place::new("folder");
    let missing = RunFolder::create(&place.0, Occupied::Resume);
    assert!(matches!(missing, Err(RolloutError::NoRun { .. })));
    let run = place.run();
    assert!(
        fs::read_dir(&place.0).unwrap().next().is_none(),
        "the trial file is gone"
    );
    run.write_manifest(&manifest()).unwrap();
    let again = RunFolder::create(&place.0, Occupied::Refuse);
    assert!(matches!(again, Err(RolloutError::Occupied { .. })));
    // What a killed run left half written is swept.
    fs::write(run.file(".policy.onnx.123.part"), b"half").unwrap();
    fs::create_dir(run.file("seed-2")).unwrap();
    fs::write(run.file("seed-2/.policy.onnx.123.part"), b"half").unwrap();
    fs::write(run.file("seed-2/policy.onnx"), b"whole").unwrap();
    RunFolder::create(&place.0, Occupied::Resume).unwrap();
    assert!(!run.file(".policy.onnx.123.part").exists());
    assert!(!run.file("seed-2/.policy.onnx.123.part").exists());
    assert!(run.file("seed-2/policy.onnx").exists());

    assert!(matches!(
        run.write("../out", b""),
        Err(RolloutError::Name { .. })
    ));
    fs::write(run.file("plain"), b"").unwrap();
    let under_file = RunFolder::create(run.file("plain"), Occupied::Refuse);
    assert!(matches!(under_file, Err(RolloutError::NotAFolder { .. })));
    assert!(RunFolder::create(run.file("plain/below"), Occupied::Refuse).is_err());
    assert!(matches!(
        run.read("nothing"),
        Err(RolloutError::Missing { .. })
    ));
}

/// A place where nobody may write is told at once, with its path.
#[cfg(target_os = "linux")]
#[test]
fn unwritable_folder_is_told() {
    // The kernel refuses new files in /proc to anyone, root included.
    let error = RunFolder::create("/proc/halle", Occupied::Refuse).unwrap_err();
    assert!(
        error.to_string().contains("/proc/halle") && error.is_input_fault(),
        "{error}"
    );
}
#[test]
fn table_reads_back_with_units_and_facts() {
    let place = Place::new("table");
    let path = place.0.join("rollouts.parquet");
    // More rows than one group holds.
    let written = table(0, 150_000).with_fact("halle.scene_sha256", "00ff");
    write_table(&path, &written).unwrap();
    let read = read_table(&path).unwrap();
    assert_eq!(read, written);
    assert_eq!(read.column("force").unwrap().unit, "N");
    assert_eq!(
        read.numbers("terminated").unwrap()[..4],
        [1.0, 0.0, 0.0, 1.0]
    );
    assert!(read.numbers("phase").is_none());
    // The same table gives the same bytes.
    let first = fs::read(&path).unwrap();
    write_table(&path, &written).unwrap();
    assert_eq!(fs::read(&path).unwrap(), first);

    let none = table(0, 0);
    write_table(&path, &none).unwrap();
    assert_eq!(read_table(&path).unwrap(), none);
}

#[test]
fn damaged_tables_are_refused_not_read() {
    let place = Place::new("damaged");
    let path = place.0.join("t.parquet");
    write_table(&path, &table(0, 1000)).unwrap();
    let good = fs::read(&path).unwrap();
    let corrupt = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        matches!(read_table(&path), Err(RolloutError::Corrupt { .. }))
    };
    assert!(corrupt(b"") && corrupt(b"not parquet at all") && corrupt(&good[..good.len() / 2]));
    fs::remove_file(&path).unwrap();
    assert!(matches!(
        read_table(&path),
        Err(RolloutError::Missing { .. })
    ));
}

#[test]
fn uneven_and_doubled_columns_are_refused() {
    let column = |name: &str, rows: usize| Column::new(name, "", Values::F32(vec![0.0; rows]));
    let uneven = Table::new(vec![column("a", 2), column("b", 3)]);
    assert!(matches!(
        uneven,
        Err(RolloutError::Rows {
            expected: 2,
            given: 3,
            ..
        })
    ));
    let doubled = Table::new(vec![column("a", 2), column("a", 2)]);
    assert!(matches!(doubled, Err(RolloutError::ColumnName { .. })));
    let split = Column::split_rows(&[("x", "m"), ("v", "m/s")], &[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(split[1].values, Values::F32(vec![2.0, 4.0]));
}

#[test]
fn segments_join_in_order_and_may_be_repeated() {
    let place = Place::new("segments");
    let run = place.run();
    let parts = Segments::new(&run, "rollouts");
    assert_eq!(parts.finish().unwrap(), 0);
    for index in [10, 2, 0, 1] {
        parts.write(index, &table(index as i64 * 100, 100)).unwrap();
    }
    parts.write(2, &table(200, 100)).unwrap();
    parts.drop_from(10).unwrap();
    // A part that broke off under its temporary name is not seen.
    fs::write(
        run.file("rollouts.segments/.000003.parquet.1.part"),
        b"half",
    )
    .unwrap();
    assert_eq!(parts.finish().unwrap(), 300);
    assert_eq!(
        read_table(&run.file("rollouts.parquet")).unwrap(),
        table(0, 300)
    );
    assert!(!run.file("rollouts.segments").exists());

    parts.write(0, &table(0, 1)).unwrap();
    let other = Table::new(vec![Column::new("step", "", Values::F32(vec![0.0]))]).unwrap();
    parts.write(1, &other).unwrap();
    assert!(matches!(parts.finish(), Err(RolloutError::Columns { .. })));
    assert_eq!(
        read_table(&run.file("rollouts.parquet"))
            .unwrap()
            .row_count(),
        300
    );
}

#[test]
fn metrics_survive_a_kill_and_are_cut_on_resume() {
    let place = Place::new("metrics");
    let path = place.0.join("metrics.jsonl");
    let mut log = MetricsLog::create(&path).unwrap();
    for i in 0..5 {
        log.append(i, &[("reward", i as f64 * 0.5), ("kl \"x\"", f64::NAN)])
            .unwrap();
    }
    drop(log);
    // A kill in the middle of a line.
    let mut text = fs::read(&path).unwrap();
    text.extend_from_slice(b"{\"iteration\":5,\"rew");
    fs::write(&path, &text).unwrap();
    let rows = read_metrics(&path).unwrap();
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[4]["reward"], 2.0);
    assert!(rows[4]["kl \"x\""].is_null());

    // The lines before the next one stay to the byte, with their keys in the order written.
    let kept: Vec<u8> = text
        .split_inclusive(|b| *b == b'\n')
        .take(3)
        .flatten()
        .copied()
        .collect();
    let mut log = MetricsLog::resume(&path, 3).unwrap();
    assert_eq!(fs::read(&path).unwrap(), kept);
    log.append(3, &[("reward", 9.0)]).unwrap();
    let rows = read_metrics(&path).unwrap();
    let numbers: Vec<u64> = rows
        .iter()
        .map(|r| r["iteration"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [0, 1, 2, 3]);

    fs::write(&path, b"{\"iteration\":0}\nnonsense\n").unwrap();
    let error = read_metrics(&path).unwrap_err().to_string();
    assert!(error.contains("line 2"), "{error}");
}
