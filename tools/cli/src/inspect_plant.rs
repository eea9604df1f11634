//! What `halle inspect` says about a plant.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use halle_stage::StageError;
use halle_stage::canonical::{DumpOptions, Opinion, dump_file, why as opinions};
use halle_stage::open::{OpenOptions, Scene};
use halle_stage::watch::{Composing, on_watched_thread};
use halle_validate::survey::{self, Memory, StageSurvey, Survey};
use halle_validate::{grouped, length, number};
use halle_wide::{Jitter, WideBatch, WideModel, WideOptions};
use halle_world::{Diagnostics, Severity, World};
use serde_json::{Value, json};

use crate::failure::Failure;

/// Bodies and colliders up to which an env is made to see what it takes.
const MEASURED: usize = 200_000;
/// Part of the free memory that envs may take.
const SHARE: f64 = 0.8;
/// Layers and materials that are listed.
const LISTED: usize = 8;

/// Memory of envs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envs {
    /// Bytes that one env takes.
    each: usize,
    /// Bytes that are free on this machine.
    free: Option<u64>,
}

impl Envs {
    /// How many envs fit into the free memory.
    fn fit(&self) -> Option<u64> {
        let free = self.free? as f64 * SHARE;
        Some((free / self.each.max(1) as f64) as u64)
    }

    fn json(&self) -> Value {
        json!({
            "bytes_per_env": self.each,
            "free_bytes": self.free,
            "share_of_free": SHARE,
            "envs_that_fit": self.fit(),
        })
    }
}

/// Everything about a plant.
pub(crate) struct Told {
    survey: Survey,
    stage: Option<StageSurvey>,
    memory: Memory,
    envs: Option<Envs>,
    tree: String,
    findings: Diagnostics,
}

impl Told {
    /// Looks at a loaded plant; `depth` is that of the tree.
    pub(crate) fn of(path: &Path, world: &World, findings: &Diagnostics, depth: usize) -> Self {
        let survey = survey::survey(world);
        // Other formats have no stage; a stage that cannot be read has been told on loading.
        let stage = is_usd(path).then(|| survey::stage(path).ok()).flatten();
        let envs = envs(world, &survey);
        Self {
            stage,
            memory: survey::memory(world),
            envs,
            tree: survey::outline(world, depth),
            findings: findings.clone(),
            survey,
        }
    }

    /// As JSON.
    pub(crate) fn json(&self) -> Value {
        let mut out = self.survey.json();
        out["stage"] = self.stage.as_ref().map_or(Value::Null, StageSurvey::json);
        out["memory_bytes"] = json!({
            "components": self.memory.components,
            "paths": self.memory.paths,
            "meshes": self.memory.meshes,
            "total": self.memory.total(),
        });
        out["envs"] = self.envs.map_or(Value::Null, |e| e.json());
        out["tree"] = json!(self.tree.lines().collect::<Vec<_>>());
        out["findings_by_code"] = json!(by_code(&self.findings));
        out
    }

    /// As people read it.
    pub(crate) fn text(&self, path: &Path) -> String {
        let mut page = Page::default();
        page.line("plant", &path.display().to_string());
        if let Some(stage) = &self.stage {
            stage_lines(&mut page, stage);
        }
        survey_lines(&mut page, &self.survey);
        self.memory_lines(&mut page);
        self.finding_lines(&mut page);
        page.text.push('\n');
        page.text.push_str(&self.tree);
        page.text
    }

    fn memory_lines(&self, page: &mut Page) {
        let m = &self.memory;
        page.line(
            "memory",
            &format!(
                "{} loaded: components {}, paths {}, meshes {}",
                bytes(m.total() as u64),
                bytes(m.components as u64),
                bytes(m.paths as u64),
                bytes(m.meshes as u64)
            ),
        );
        let Some(envs) = &self.envs else { return };
        let mut text = format!("{} each", bytes(envs.each as u64));
        if let (Some(free), Some(fit)) = (envs.free, envs.fit()) {
            let fit = usize::try_from(fit).unwrap_or(usize::MAX);
            let part = SHARE * 100.0;
            write!(
                text,
                "; {} fit: {part:.0} % of {} free",
                grouped(fit),
                bytes(free)
            )
            .unwrap_or_default();
        }
        page.line("envs", &text);
    }

    fn finding_lines(&self, page: &mut Page) {
        let codes = by_code(&self.findings);
        if codes.is_empty() {
            page.line(
                "findings",
                "none on loading; `halle validate` looks further",
            );
            return;
        }
        for (k, entry) in codes.iter().enumerate() {
            let said = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            let text = format!(
                "{} {} x{}  {}",
                said("severity"),
                said("code"),
                entry["count"],
                said("first")
            );
            page.line(if k == 0 { "findings" } else { "" }, &text);
        }
    }
}

/// Lines of a name and a text.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, name: &str, text: &str) {
        writeln!(self.text, "{name:<14}{text}").unwrap_or_default();
    }

    /// Lines below one name, not all of a long list.
    fn list(&mut self, name: &str, lines: Vec<String>) {
        for (k, text) in lines.iter().take(LISTED).enumerate() {
            self.line(if k == 0 { name } else { "" }, text);
        }
        if lines.len() > LISTED {
            self.line(
                "",
                &format!(
                    "... {} more (`--json` lists all)",
                    grouped(lines.len() - LISTED)
                ),
            );
        }
    }
}

fn stage_lines(page: &mut Page, stage: &StageSurvey) {
    page.line(
        "default prim",
        stage.default_prim.as_deref().unwrap_or("none"),
    );
    let stated: Vec<String> = stage
        .stated
        .iter()
        .filter(|s| s.name != "timeCodesPerSecond" || s.layer.is_some())
        .map(|s| {
            let value = s
                .value
                .as_str()
                .map_or_else(|| s.value.to_string(), str::to_owned);
            match &s.layer {
                Some(layer) => format!("{} = {value} ({layer})", s.name),
                None => format!("{} = {value} (not stated: USD's fallback)", s.name),
            }
        })
        .collect();
    for (k, text) in stated.iter().enumerate() {
        page.line(if k == 0 { "units" } else { "" }, text);
    }
    let total: u64 = stage.layers.iter().map(|l| l.bytes).sum();
    page.line(
        "layers",
        &format!("{}, {}", stage.layers.len(), bytes(total)),
    );
    let layers = stage
        .layers
        .iter()
        .map(|l| format!("{}  {}", l.name, bytes(l.bytes)));
    page.list("", layers.collect());
    let shared = if stage.instances == 0 {
        String::new()
    } else {
        let instances = halle_validate::count(stage.instances, "instance");
        let prototypes = halle_validate::count(stage.prototypes, "prototype");
        format!("; {instances} of {prototypes}")
    };
    page.line(
        "prims",
        &format!(
            "{} on the stage, {} different{shared}",
            grouped(stage.prims),
            grouped(stage.unique),
        ),
    );
}

fn survey_lines(page: &mut Page, survey: &Survey) {
    if let Some([low, high]) = survey.bounds {
        let size = [0, 1, 2].map(|k| length(high[k] - low[k]));
        let from = low.map(number).join(", ");
        page.line("size", &format!("{} from ({from}) m", size.join(" x ")));
    }
    let [x, y, z] = survey.gravity.map(number);
    let rate = number(1.0 / survey.time_step);
    page.line(
        "gravity",
        &format!("({x}, {y}, {z}) m/s^2, {rate} substeps a second"),
    );
    for (name, counts) in [
        ("bodies", &survey.bodies),
        ("joints", &survey.joints),
        ("colliders", &survey.colliders),
    ] {
        let all: usize = counts.values().sum();
        let kinds: Vec<String> = counts
            .iter()
            .map(|(k, n)| format!("{k} {}", grouped(*n)))
            .collect();
        let text = match kinds.as_slice() {
            [] => "none".to_owned(),
            kinds => format!("{}: {}", grouped(all), kinds.join(", ")),
        };
        page.line(name, &text);
    }
    if !survey.materials.is_empty() {
        let one = |(v, n): &([f64; 3], usize)| {
            let [rest, motion, bounce] = v.map(number);
            let on = halle_validate::count(*n, "collider");
            format!("friction {rest} at rest, {motion} in motion, restitution {bounce}: {on}")
        };
        page.list("materials", survey.materials.iter().map(one).collect());
    }
    let [meshes, triangles] = survey.meshes;
    if meshes > 0 {
        page.line(
            "meshes",
            &format!(
                "{} different, {} triangles",
                grouped(meshes),
                grouped(triangles)
            ),
        );
    }
    let others: Vec<String> = survey
        .others
        .iter()
        .map(|(k, n)| format!("{k} {}", grouped(*n)))
        .collect();
    if !others.is_empty() {
        page.line("also", &others.join(", "));
    }
    page.line(
        "mass",
        &format!("{} kg in bodies that move by forces", number(survey.mass)),
    );
    articulation_lines(page, survey);
}

fn articulation_lines(page: &mut Page, survey: &Survey) {
    // Equal ones are one line: a plant has hundreds of one robot.
    let mut kinds: Vec<(String, &str, usize)> = Vec::new();
    for a in &survey.articulations {
        let name = a.root.rsplit('/').next().unwrap_or_default();
        let base = if a.anchored { "fixed" } else { "free" };
        let text = format!(
            "{name}: {} kg, {} degrees of freedom, {} links, {base} base",
            number(a.mass),
            a.freedoms,
            a.bodies,
        );
        match kinds.iter_mut().find(|(known, ..)| *known == text) {
            Some(kind) => kind.2 += 1,
            None => kinds.push((text, &a.root, 1)),
        }
    }
    let lines = kinds.iter().map(|(text, root, number)| match number {
        1 => format!("{text} ({root})"),
        n => format!("{} x {text} (first: {root})", grouped(*n)),
    });
    page.list("articulations", lines.collect());
}

/// Findings by code: how severe, how many, what the first says.
fn by_code(findings: &Diagnostics) -> Vec<Value> {
    let mut list: Vec<(Severity, &str, usize, &str)> = Vec::new();
    for finding in findings.findings() {
        match list.iter_mut().find(|(_, code, ..)| *code == finding.code) {
            Some(entry) => entry.2 += 1,
            None => list.push((finding.severity, finding.code, 1, &finding.message)),
        }
    }
    list.sort_by_key(|(severity, code, ..)| (std::cmp::Reverse(*severity), *code));
    let one = |(severity, code, number, first): (Severity, &str, usize, &str)| json!({ "severity": severity.to_string(), "code": code, "count": number, "first": first });
    list.into_iter().map(one).collect()
}

pub(crate) fn is_usd(path: &Path) -> bool {
    let ending = path
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or_default();
    ["usd", "usda", "usdc", "usdz"].contains(&ending.to_ascii_lowercase().as_str())
}

/// Memory of one env of the wide world after its first substep; none for a plant that cannot be
/// simulated, or is too large or too crowded to try.
fn envs(world: &World, survey: &Survey) -> Option<Envs> {
    let parts = survey.body_count() + survey.colliders.values().sum::<usize>();
    if parts == 0 || parts > MEASURED {
        return None;
    }
    let (model, _) = WideModel::compile(world, &WideOptions::default()).ok()?;
    // `halle validate` tells each of the pairs.
    if model.crowd().is_some() {
        return None;
    }
    let mut batch = WideBatch::new(Arc::clone(&model), 0, 1, 0, Jitter::default(), 1).ok()?;
    batch.step(1);
    Some(Envs {
        each: batch.capacity().bytes_per_env,
        free: free_memory(),
    })
}

/// Memory that the system can give away \[bytes\]; none where it does not say.
fn free_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// A number of bytes as people read it.
fn bytes(number: u64) -> String {
    let number = number as f64;
    for (unit, size) in [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] {
        if number >= size {
            return format!("{} {unit}", halle_validate::number(number / size));
        }
    }
    format!("{number} byte")
}

/// The canonical dump of a stage as text.
pub(crate) fn canonical(path: &Path) -> Result<String, Failure> {
    let dump = dump_file(path, &OpenOptions::default(), &DumpOptions::default())?;
    serde_json::to_string_pretty(&dump)
        .map_err(|error| Failure::ours(format!("dump cannot be written: {error}")))
}

/// Every opinion behind a prim or a value, strongest first.
pub(crate) fn why(path: &Path, question: &str) -> Result<Value, Failure> {
    let (path, asked) = (path.to_owned(), question.to_owned());
    let work = move || {
        let scene = Scene::open(&path, &OpenOptions::default())?;
        let _composing = Composing::start(&asked);
        opinions(&scene, &asked)
    };
    let list = on_watched_thread(work, |reason| StageError::ReaderFailed { reason })?;
    let one = |o: &Opinion| {
        json!({
            "layer": o.layer,
            "path": o.path,
            "arcs": o.arcs.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "field": o.field,
            "value": o.value,
            "offset": o.offset,
            "scale": o.scale,
            "wins": o.wins,
        })
    };
    Ok(json!({ "path": question, "opinions": list.iter().map(one).collect::<Vec<_>>() }))
}

/// Opinions as people read them.
pub(crate) fn why_text(answer: &Value) -> String {
    let said = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let mut out = said(&answer["path"]);
    let list = answer["opinions"].as_array().map_or(&[][..], Vec::as_slice);
    if list.is_empty() {
        out.push_str("\n  no layer says anything; the schema's fallback holds, if it has one");
    }
    for o in list {
        let arcs: Vec<String> = o["arcs"]
            .as_array()
            .into_iter()
            .flatten()
            .map(said)
            .collect();
        let via = if arcs.is_empty() {
            "local".to_owned()
        } else {
            arcs.join(" > ")
        };
        let mark = if o["wins"] == true { "*" } else { " " };
        let shift = match (o["offset"].as_f64(), o["scale"].as_f64()) {
            (Some(offset), Some(scale)) if offset != 0.0 || scale != 1.0 => {
                format!("  (time {scale} t + {offset})")
            }
            _ => String::new(),
        };
        write!(
            out,
            "\n{mark} {} = {}{shift}\n      {} <{}> by {via}",
            said(&o["field"]),
            said(&o["value"]),
            said(&o["layer"]),
            said(&o["path"])
        )
        .unwrap_or_default();
    }
    if list.iter().any(|o| o["wins"] == true) {
        out.push_str("\n(* the value comes from here; strongest first)");
    }
    out
}
