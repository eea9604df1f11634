//! `halle run` of a plant: any scene without the polishing task, simulated as a wide world.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use halle_rollout::{
    FileHash, Manifest, NameRow, Occupied, PlantTables, RunFolder, SCHEMA_VERSION, Segments,
    names_table, write_table,
};
use halle_wide::{BodyKind, WideBatch, WideModel, WideOptions};
use halle_world::components::{Polishable, Tool};
use halle_world::{Diagnostics, Plant, Severity, World};
use serde_json::{Value, json};

use crate::args::Run;
use crate::facts::{VERSION, command, now, processor, run_folder};
use crate::failure::Failure;
use crate::plant_record::{Course, record};
use crate::plant_report;
use crate::plant_settings::Settings;
use crate::plant_summary::{Told, summary};
use crate::progress::Progress;
use crate::stop::Stop;

/// Most rows of all tables together: what a machine holds while they are joined.
const ROWS_LIMIT: usize = 6_000_000;
/// Most rows between two writes.
const ROWS_KEPT: usize = 400_000;
/// A loaded plant.
pub(crate) struct Loaded {
    world: World,
    findings: Diagnostics,
    path: PathBuf,
}

/// Loads the scene if it is to be run as a plant; none if it is one of the polishing task.
pub(crate) fn load(given: &Run) -> Result<Option<Loaded>, Failure> {
    let asked = given.plant.plant || given.plant.seconds.is_some();
    if !asked && (given.policy.is_some() || given.job.is_some()) {
        return Ok(None);
    }
    let (mut world, findings) = halle_scenes::load(&given.scene)?;
    let tools = world.query::<&Tool>().iter(&world).count();
    let surfaces = world.query::<&Polishable>().iter(&world).count();
    if !asked && tools > 0 && surfaces > 0 {
        return Ok(None);
    }
    Ok(Some(Loaded {
        world,
        findings,
        path: given.scene.clone(),
    }))
}

/// Simulates the plant and writes tables, summary, report and manifest.
pub(crate) fn run(given: &Run, loaded: Loaded) -> Result<Option<Value>, Failure> {
    let stop = Stop::listen();
    let settings = Settings::new(given)?;
    let Loaded {
        world,
        mut findings,
        path,
    } = loaded;
    tell(&findings);
    let began = Instant::now();
    let options = WideOptions {
        time_step: settings.dt,
        iterations: settings.iterations,
        ..WideOptions::default()
    };
    let (model, more) = WideModel::compile(&world, &options)?;
    tell(&more);
    findings.extend(more);
    let compile_seconds = began.elapsed().as_secs_f64();
    let inputs = inputs(&world, &path);
    // The authored plant is no longer needed; a large one takes as much memory as many envs.
    drop(world);
    let name = path
        .file_stem()
        .map_or("plant".into(), |s| s.to_string_lossy());
    let out = run_folder(given.out.as_deref(), &format!("{name}-run"), false)?;
    let folder = RunFolder::create(&out, Occupied::Refuse)?;
    let mut manifest = manifest(given, &settings, &model, inputs);
    folder.write_manifest(&manifest)?;
    write_names(&folder, &model)?;
    let mut batch = WideBatch::new(
        model.clone(),
        0,
        settings.envs,
        settings.seed,
        settings.jitter,
        given.common.threads,
    )?;
    let course = simulate(&mut batch, &settings, given.record, &folder, &stop)?;
    let told = Told {
        name: &name,
        manifest: &manifest,
        findings: &findings,
        settings: &settings,
        compile_seconds,
    };
    let summary = summary(&batch, &course, &told, &out);
    folder.write("summary.json", format!("{summary:#}\n").as_bytes())?;
    let report = plant_report::page(&batch, &course, &told);
    folder.write("report.html", report.to_html().as_bytes())?;
    if !stop.asked() {
        manifest.finished = Some(now());
    }
    let tables = ["poses.parquet", "contacts.parquet", "joints.parquet"];
    let mut outputs = vec!["names.parquet", "summary.json", "report.html"];
    outputs.extend(tables.into_iter().filter(|t| folder.file(t).is_file()));
    outputs.sort_unstable();
    manifest.outputs = folder.hashes(&outputs)?;
    folder.write_manifest(&manifest)?;
    log::info!("run folder `{}`", out.display());
    if stop.asked() {
        let text = format!(
            "{:.2} of {} s are simulated and written to `{}`",
            course.time(),
            settings.seconds,
            out.display()
        );
        return Err(Failure::interrupted(text));
    }
    Ok(given.common.json.then_some(summary))
}

fn tell(findings: &Diagnostics) {
    for finding in findings.findings() {
        match finding.severity {
            Severity::Note => log::info!("{finding}"),
            Severity::Warning => log::warn!("{finding}"),
            Severity::Error => log::error!("{finding}"),
        }
    }
}

/// Every file of the scene with its hash.
fn inputs(world: &World, path: &Path) -> Vec<FileHash> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let files = world.get_resource::<Plant>().map(|plant| &plant.inputs);
    files
        .into_iter()
        .flatten()
        .map(|(name, sha256)| FileHash {
            path: name.clone(),
            sha256: sha256.clone(),
            bytes: std::fs::metadata(folder.join(name)).map_or(0, |file| file.len()),
        })
        .collect()
}

fn manifest(
    given: &Run,
    settings: &Settings,
    model: &WideModel,
    inputs: Vec<FileHash>,
) -> Manifest {
    let options = model.options();
    Manifest {
        schema_version: SCHEMA_VERSION,
        halle_version: VERSION.to_owned(),
        command: command(),
        scene: given.scene.display().to_string(),
        inputs,
        task: "plant".to_owned(),
        backend: "rapier".to_owned(),
        device: processor(),
        seed: settings.seed,
        envs: settings.envs as u64,
        horizon: (settings.seconds / model.time_step()).round() as u64,
        config: json!({
            "seconds": settings.seconds,
            "time_step": model.time_step(),
            "iterations": options.iterations,
            "contact_stiffness": options.contact_stiffness,
            "contact_damping": options.contact_damping,
            "prediction": options.prediction,
            "sleeping": options.sleeping,
            "recycling": options.recycling,
            "point_friction": options.point_friction,
            "jitter": { "position": settings.jitter.position, "velocity": settings.jitter.velocity },
            "sample_rate": settings.rate,
            "recorded_envs": given.record.min(settings.envs),
        }),
        created: now(),
        finished: None,
        outputs: Vec::new(),
    }
}

/// Which prims the numbers in the tables are.
fn write_names(folder: &RunFolder, model: &WideModel) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for (number, body) in model.bodies().iter().enumerate() {
        let kind = match body.kind {
            BodyKind::Dynamic => "dynamic",
            BodyKind::Kinematic => "kinematic",
            BodyKind::Fixed => "fixed",
        };
        rows.push(NameRow {
            what: "body",
            number,
            path: body.path.clone(),
            kind: kind.to_owned(),
            mass: body.mass.mass,
        });
    }
    for (number, collider) in model.colliders().iter().enumerate() {
        rows.push(NameRow {
            what: "collider",
            number,
            path: collider.path.clone(),
            kind: collider.body.map_or(String::new(), |b| b.to_string()),
            mass: 0.0,
        });
    }
    for (number, joint) in model.joints().iter().enumerate() {
        rows.push(NameRow {
            what: "joint",
            number,
            path: joint.path.clone(),
            kind: joint.unit.unwrap_or_default().to_owned(),
            mass: 0.0,
        });
    }
    write_table(&folder.file("names.parquet"), &names_table(&rows)?)?;
    Ok(())
}

/// Steps all envs from sample to sample, until the end or until the user stops it.
fn simulate(
    batch: &mut WideBatch,
    settings: &Settings,
    recorded: usize,
    folder: &RunFolder,
    stop: &Stop,
) -> Result<Course, Failure> {
    let model: Arc<WideModel> = batch.model().clone();
    let step = model.time_step();
    let total = ((settings.seconds / step).round() as u64).max(1);
    let recorded = recorded.min(batch.env_count());
    let per_sample = model.bodies().len() + model.joints().len() + 4 * model.bodies().len();
    let stride = sample_stride(total, step, settings.rate, per_sample * recorded);
    let mut course = Course::new(batch, stride as f64 * step);
    let segments = ["poses", "contacts", "joints"].map(|stem| Segments::new(folder, stem));
    let mut tables = PlantTables::default();
    let mut written = 0;
    record(batch, recorded, &mut tables);
    course.add(batch, 0.0);
    let mut progress = Progress::new("simulating", total, 0);
    let mut done = 0;
    let began = Instant::now();
    while done < total && !stop.asked() {
        let next = stride.min(total - done);
        let started = Instant::now();
        batch.step(next as usize);
        done += next;
        course.stepping += started.elapsed().as_secs_f64();
        course.add(batch, began.elapsed().as_secs_f64());
        record(batch, recorded, &mut tables);
        if tables.rows() > ROWS_KEPT {
            write_part(&segments, &mut tables, &mut written)?;
        }
        let simulated = done as f64 * step;
        let pace = simulated * batch.env_count() as f64 / began.elapsed().as_secs_f64();
        progress.at(
            done,
            &format!("substeps, {simulated:.2} s, {pace:.1}x real time in sum"),
        );
    }
    course.wall = began.elapsed().as_secs_f64();
    progress.finish();
    write_part(&segments, &mut tables, &mut written)?;
    for part in &segments {
        part.finish()?;
    }
    for (env, fault) in batch
        .faults()
        .into_iter()
        .enumerate()
        .filter(|(_, f)| f.any())
    {
        let names = fault.names().join(", ");
        let body = batch
            .env(env)
            .fault()
            .1
            .map(|b| model.bodies()[b].path.clone());
        let body = body.unwrap_or_default();
        log::warn!(
            "env {env} is frozen since {:.3} s: {names} `{body}`",
            batch.env(env).time()
        );
    }
    Ok(course)
}

/// Substeps between samples: as asked for, or more where the tables would grow too large.
fn sample_stride(total: u64, step: f64, rate: f64, rows: usize) -> u64 {
    let asked = ((1.0 / rate / step).round() as u64).max(1);
    let samples = (ROWS_LIMIT / rows.max(1)).max(2) as u64;
    let least = total.div_ceil(samples);
    if least > asked {
        let hz = 1.0 / (least as f64 * step);
        log::warn!("tables are sampled at {hz:.2} Hz, as more would not fit; see `--record`");
    }
    asked.max(least)
}

fn write_part(
    segments: &[Segments; 3],
    tables: &mut PlantTables,
    written: &mut u64,
) -> Result<(), Failure> {
    for (part, (_, table)) in segments.iter().zip(tables.take()?) {
        part.write(*written, &table)?;
    }
    *written += 1;
    Ok(())
}
