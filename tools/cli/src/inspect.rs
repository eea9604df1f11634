//! `halle inspect`: what a scene, a policy or a run folder holds.

use std::fmt::Write as _;
use std::path::Path;

use halle_learn::Policy;
use halle_render::RenderSettings;
use halle_rollout::{Manifest, RunFolder};
use halle_world::components::{Polishable, Tool};
use serde_json::{Value, json};

use crate::args::Inspect;
use crate::backend::Chosen;
use crate::cell::Cell;
use crate::failure::Failure;
use crate::inspect_plant::{self, Told};
use crate::job::Job;
use crate::picture::{draw, draw_plant};
use crate::say;

/// Tells what is at a path.
pub(crate) fn inspect(given: &Inspect) -> Result<Option<Value>, Failure> {
    let Some(path) = &given.path else {
        return job();
    };
    if given.job {
        return job();
    }
    if given.canonical {
        return canonical(given, path);
    }
    if let Some(question) = &given.why {
        let answer = inspect_plant::why(path, question)?;
        if given.json {
            return Ok(Some(answer));
        }
        say(&inspect_plant::why_text(&answer))?;
        return Ok(None);
    }
    let value = if path.is_dir() {
        run(path)?
    } else if path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"))
    {
        policy(path)?
    } else {
        return scene_or_plant(given, path);
    };
    print(given, value)
}

fn print(given: &Inspect, value: Value) -> Result<Option<Value>, Failure> {
    if given.json {
        return Ok(Some(value));
    }
    let mut text = String::new();
    write_value(&mut text, "", &value);
    say(text.trim_end())?;
    Ok(None)
}

/// Prints a stage in canonical form, or writes it.
fn canonical(given: &Inspect, path: &Path) -> Result<Option<Value>, Failure> {
    let text = inspect_plant::canonical(path)?;
    match &given.out {
        Some(file) => halle_rollout::write_file(file, format!("{text}\n").as_bytes())?,
        None => say(&text)?,
    }
    Ok(None)
}

/// Tells about a scene: as a plant, and as a polishing cell if it is one.
fn scene_or_plant(given: &Inspect, path: &Path) -> Result<Option<Value>, Failure> {
    let (mut world, findings) = halle_scenes::load_with(path, &given.source.options())?;
    let tools = world.query::<&Tool>().iter(&world).count();
    let surfaces = world.query::<&Polishable>().iter(&world).count();
    let told = Told::of(path, &world, &findings, given.depth);
    if tools + surfaces == 0 {
        if let Some(file) = &given.picture {
            let image = draw_plant(&world, given.camera.as_deref(), &picture_settings(given))?;
            halle_rollout::write_file(file, &image.to_png()?)?;
            log::info!("wrote `{}`", file.display());
        }
        if !given.json {
            say(told.text(path).trim_end())?;
            return Ok(None);
        }
        return Ok(Some(json!({
            "scene": path.display().to_string(),
            "findings": findings.findings(),
            "plant": told.json(),
        })));
    }
    drop(world);
    let mut value = scene(given, path)?;
    if given.json {
        value["plant"] = told.json();
    } else {
        say(told.text(path).trim_end())?;
        say("")?;
    }
    print(given, value)
}

fn job() -> Result<Option<Value>, Failure> {
    let text = serde_json::to_string_pretty(&Job::default())
        .map_err(|error| Failure::ours(format!("settings cannot be written: {error}")))?;
    say(&text)?;
    Ok(None)
}

fn run(path: &Path) -> Result<Value, Failure> {
    let folder = RunFolder::open(path)?;
    let manifest: Manifest = folder.read_manifest()?;
    serde_json::to_value(manifest)
        .map_err(|error| Failure::ours(format!("manifest cannot be written: {error}")))
}

fn policy(path: &Path) -> Result<Value, Failure> {
    let name = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::input(format!("cannot read policy `{name}`: {error}")))?;
    let (_, about) = Policy::from_onnx(&bytes)
        .map_err(|error| Failure::input(format!("policy `{name}`: {error}")))?;
    let list = |channels: &[halle_learn::Channel]| -> Vec<String> {
        channels
            .iter()
            .map(|c| format!("{} ({})", c.name, c.unit))
            .collect()
    };
    Ok(json!({
        "policy": name.to_string(),
        "task": about.task,
        "halle_version": about.version,
        "scene_hash": about.scene_hash,
        "control_rate_hz": about.control_rate,
        "observation": list(&about.observation),
        "action": list(&about.action),
        "training": about.training,
    }))
}

fn scene(given: &Inspect, path: &Path) -> Result<Value, Failure> {
    let cell = Cell::load(path)?;
    let model = &cell.model;
    if let Some(file) = &given.picture {
        let home: Vec<f64> = model.links.iter().map(|link| link.home).collect();
        let settings = picture_settings(given);
        let camera = given.camera.as_deref();
        let image = draw(&cell.world, model, &home, camera, None, &settings)?;
        halle_rollout::write_file(file, &image.to_png()?)?;
        log::info!("wrote `{}`", file.display());
    }
    let links: Vec<Value> = model
        .links
        .iter()
        .map(|link| {
            json!({
                "name": link.name,
                "joint": format!("{:?}", link.joint).to_lowercase(),
                "mass_kg": link.mass,
                "limit": link.limit,
                "effort_limit": link.effort_limit,
                "velocity_limit": link.velocity_limit,
                "home": link.home,
            })
        })
        .collect();
    let cameras: Vec<String> = halle_world::cameras(&cell.world)
        .into_iter()
        .map(|camera| camera.prim)
        .collect();
    Ok(json!({
        "scene": path.display().to_string(),
        "backend": Chosen::resolve(given.backend)?.name(),
        "hash": cell.hash,
        "files": cell.inputs,
        "findings": cell.findings.findings(),
        "time_step_s": model.time_step,
        "moving_mass_kg": model.links.iter().map(|link| link.mass).sum::<f64>(),
        "links": links,
        "tool": model.tool,
        "workpiece": model.workpiece,
        "cameras": cameras,
    }))
}

fn picture_settings(given: &Inspect) -> RenderSettings {
    RenderSettings {
        width: given.width,
        height: given.width * 9 / 16,
        seed: given.seed,
        ..RenderSettings::default()
    }
}

/// Nested names with their values, a line each.
fn write_value(text: &mut String, name: &str, value: &Value) {
    let below = |key: &str| {
        if name.is_empty() {
            key.to_owned()
        } else {
            format!("{name}.{key}")
        }
    };
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                write_value(text, &below(key), value);
            }
        }
        Value::Array(list) if list.iter().any(|v| v.is_object() || v.is_array()) => {
            for (k, value) in list.iter().enumerate() {
                write_value(text, &below(&k.to_string()), value);
            }
        }
        // Writing to a string does not fail.
        Value::String(line) => drop(writeln!(text, "{name:40} {line}")),
        other => drop(writeln!(text, "{name:40} {other}")),
    }
}
