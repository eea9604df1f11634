//! The report of a run, made from what the run found; `halle report` makes it again.

use halle_render::RenderSettings;
use halle_rollout::report::{
    Better, CurvePanel, FactGroup, ForceTrace, ForceTraces, LearningCurve, Level, Metric, Picture,
    RemovalMaps, Report, ScoreComparison, Series,
};
use halle_rollout::{Manifest, RunFolder, read_metrics};
use halle_tasks::polish::{Episodes, METRICS, PARAMETERS, PolishTask};
use serde_json::{Value, json};

use crate::args;
use crate::cell::Cell;
use crate::facts::VERSION;
use crate::failure::Failure;
use crate::job::Job;
use crate::judge::{Verdict, mean, scores};
use crate::picture::{Heat, draw};
use crate::train_seed::SeedFiles;

/// Metrics that stand on top of the page.
const HEADLINES: [&str; 4] = ["score", "coverage", "over_polished", "force_rmse"];

/// Makes the page of a run folder again from its `report.json`.
pub(crate) fn remake(given: &args::Report) -> Result<Option<Value>, Failure> {
    log::debug!(
        "options without effect: backend {:?}, seed {:?}",
        given.backend,
        given.seed
    );
    let folder = RunFolder::open(&given.run)?;
    let text = folder.read("report.json").map_err(|error| {
        Failure::from(error).help("a run that has not ended goes on with `halle train --resume`")
    })?;
    let mut report: Report = serde_json::from_slice(&text).map_err(|error| {
        Failure::input(format!(
            "`{}`: {error}",
            folder.file("report.json").display()
        ))
    })?;
    for picture in &mut report.pictures {
        picture.png = folder.read(&picture.file)?;
    }
    folder.write("report.html", report.to_html().as_bytes())?;
    let page = folder.file("report.html");
    log::info!("wrote `{}`", page.display());
    Ok(given
        .json
        .then(|| json!({ "report": page.display().to_string() })))
}

/// Mean and standard deviation of every metric over the episodes of a run.
pub(crate) fn means(run: &Episodes) -> Value {
    let mut all = serde_json::Map::new();
    for (k, metric) in METRICS.iter().enumerate() {
        let values: Vec<f64> = run.episodes.iter().map(|e| e.metrics.values()[k]).collect();
        let center = mean(values.iter().copied());
        let deviation = deviation(&values, center);
        all.insert(
            metric.name.to_owned(),
            json!({ "mean": center, "std": deviation }),
        );
    }
    let completed = run.episodes.iter().filter(|e| e.metrics.completed).count();
    all.insert("completed".to_owned(), json!(completed));
    all.insert("episodes".to_owned(), json!(run.episodes.len()));
    Value::Object(all)
}

fn deviation(values: &[f64], center: f64) -> f64 {
    let squares: f64 = values.iter().map(|v| (v - center) * (v - center)).sum();
    (squares / (values.len() as f64 - 1.0).max(1.0)).sqrt()
}

/// Draws the cell, and the part with what the first held-out episode removed.
pub(crate) fn write_pictures(
    folder: &RunFolder,
    cell: &Cell,
    task: &PolishTask,
    run: &Episodes,
    width: u32,
) -> Result<(), Failure> {
    if width == 0 {
        return Ok(());
    }
    let height = (width * 9 / 16).max(1);
    let settings = RenderSettings {
        samples: 8,
        width,
        height,
        ..RenderSettings::default()
    };
    let image = draw(
        &cell.world,
        &cell.model,
        task.start(),
        None,
        None,
        &settings,
    )?;
    folder.write("cell.png", &image.to_png()?)?;
    let map = run
        .episodes
        .first()
        .and_then(|episode| episode.map.as_deref());
    if let Some(map) = map {
        let heat = Heat { task, map };
        let close = halle_world::cameras(&cell.world);
        let name = close.get(1).map(|camera| camera.prim.as_str());
        let home: Vec<f64> = cell.model.links.iter().map(|link| link.home).collect();
        let image = draw(
            &cell.world,
            &cell.model,
            &home,
            name,
            Some(&heat),
            &settings,
        )?;
        folder.write("removal.png", &image.to_png()?)?;
    }
    Ok(())
}

/// Writes `report.json` and `report.html`.
pub(crate) fn write(
    folder: &RunFolder,
    cell: &Cell,
    job: &Job,
    task: &PolishTask,
    manifest: &Manifest,
    verdict: &Verdict,
) -> Result<(), Failure> {
    let (baseline, first) = (&verdict.baseline, verdict.first());
    let mut report = Report {
        title: format!("Polishing in {}", cell.name),
        summary: summary(verdict, job),
        samples: format!("{} held-out workpieces", first.episodes.len()),
        metrics: table(baseline, first),
        score: Some(ScoreComparison {
            name: "Score".to_owned(),
            unit: "points".to_owned(),
            better: Better::Higher,
            baseline: scores(baseline).collect(),
            policy: scores(first).collect(),
        }),
        removal: removal(task, baseline, first),
        force: Some(ForceTraces {
            tolerance: 0.1,
            baseline: force(task, baseline),
            policy: force(task, first),
            workpiece: "the first held-out workpiece; it was not picked by its result".to_owned(),
        }),
        learning: learning(folder, job, verdict)?,
        pictures: pictures(folder)?,
        facts: facts(manifest, job, task, cell, verdict),
        findings: cell
            .findings
            .findings()
            .iter()
            .map(ToString::to_string)
            .collect(),
        notes: NOTES.iter().map(|note| (*note).to_owned()).collect(),
    };
    let text = serde_json::to_vec_pretty(&report)
        .map_err(|error| Failure::ours(format!("report cannot be written: {error}")))?;
    folder.write("report.json", &text)?;
    for picture in &mut report.pictures {
        picture.png = folder.read(&picture.file)?;
    }
    folder.write("report.html", report.to_html().as_bytes())?;
    Ok(())
}

const NOTES: [&str; 5] = [
    "The policy is a residual: it corrects the feed, the speed along the normal, the sideways offset and \
     the tilt that the scripted controller asks for. A zero action is the baseline, to the bit.",
    "The policy sees a gauge of the material that is left around the pad, with a gain error of up to \
     ±5 % per episode. The baseline does not use one: it runs a fixed raster at a fixed feed, tuned \
     for the nominal process, under closed-loop force control. How much of the gain the gauge alone \
     brings is shown by the baseline whose feed the gauge leads.",
    "Removal follows Preston's law with a coefficient that differs by up to ±30 % between workpieces. \
     The coefficient is a property of tool, compound and material that must be calibrated; wear, \
     lubrication and roughness are not modelled.",
    "The spindle turns at a prescribed speed. Contact is an elastic foundation of twelve points under the \
     pad; the arm does not collide with the fixture, the table or itself in this version.",
    "Held-out workpieces have shape errors larger than any that training saw; their other parameters \
     come from the same laws with keys of their own.",
];

fn summary(verdict: &Verdict, job: &Job) -> String {
    let (baseline, policy) = (&verdict.baseline, verdict.first());
    let (before, after) = (mean(scores(baseline)), mean(scores(policy)));
    let led = mean(scores(&verdict.gauged));
    let wins = scores(baseline)
        .zip(scores(policy))
        .filter(|(b, p)| p > b)
        .count();
    format!(
        "On {} held-out workpieces the learned policy scores {after:.1} points where the scripted \
         baseline scores {before:.1}, and {led:.1} when the policy's gauge leads its feed. The policy is \
         ahead of the baseline on {wins} of them. It learned from {} envs in parallel over {} iterations.",
        policy.episodes.len(),
        job.envs,
        job.iterations,
    )
}

fn table(baseline: &Episodes, policy: &Episodes) -> Vec<Metric> {
    METRICS
        .iter()
        .enumerate()
        .map(|(k, metric)| {
            let values = |run: &Episodes| {
                run.episodes
                    .iter()
                    .map(|e| e.metrics.values()[k])
                    .collect::<Vec<f64>>()
            };
            let neutral = metric.name == "removal_mean";
            Metric {
                name: metric.title.to_owned(),
                unit: if metric.unit == "-" {
                    String::new()
                } else {
                    metric.unit.to_owned()
                },
                meaning: metric.meaning.to_owned(),
                better: match (neutral, metric.more_is_better) {
                    (true, _) => Better::Neither,
                    (false, true) => Better::Higher,
                    (false, false) => Better::Lower,
                },
                headline: HEADLINES.contains(&metric.name),
                baseline: values(baseline),
                policy: values(policy),
            }
        })
        .collect()
}

fn removal(task: &PolishTask, baseline: &Episodes, policy: &Episodes) -> Option<RemovalMaps> {
    let depths = |run: &Episodes| -> Option<Vec<f64>> {
        let map = run.episodes.first()?.map.as_ref()?;
        Some(map.iter().map(|h| f64::from(*h) * 1.0e6).collect())
    };
    let piece = &task.model().workpiece;
    let drawn = &policy.episodes.first()?.parameters;
    let preston = PARAMETERS.iter().position(|(name, _)| *name == "preston");
    let share = preston.map_or(1.0, |k| f64::from(drawn[k]) / task.model().tool.preston);
    Some(RemovalMaps {
        cells: task.grid().count,
        size_mm: piece.polish_half_extent.map(|half| 2000.0 * half),
        target_um: piece.target_removal * 1.0e6,
        tolerance: 0.2,
        baseline_um: depths(baseline)?,
        policy_um: depths(policy)?,
        workpiece: format!(
            "the first held-out workpiece; it was not picked by its result. Its Preston \
             coefficient is {:+.0} % off nominal",
            100.0 * (share - 1.0)
        ),
    })
}

fn force(task: &PolishTask, run: &Episodes) -> ForceTrace {
    let set_point = task.model().tool.force_set_point;
    let mut trace = ForceTrace::default();
    for step in run.steps.iter().filter(|step| step.env == 0) {
        trace.time.push(f64::from(step.info[0]));
        trace.measured.push(f64::from(step.info[1]));
        trace.set_point.push(set_point);
    }
    trace
}

fn learning(
    folder: &RunFolder,
    job: &Job,
    verdict: &Verdict,
) -> Result<Option<LearningCurve>, Failure> {
    let (baseline, runs) = (&verdict.baseline, &verdict.policies);
    let mut score = Vec::new();
    let mut reward = Vec::new();
    for (seed, _) in runs {
        let rows = read_metrics(&folder.file(&SeedFiles::of(job, *seed).metrics))?;
        let points = |key: &str| -> Vec<[f64; 2]> {
            rows.iter()
                .filter_map(|row| {
                    let y = row.get(key)?.as_f64()?;
                    Some([row.get("env_steps")?.as_f64()? / 1.0e6, y])
                })
                .collect()
        };
        let name = format!("seed {seed}");
        score.push(Series {
            name: name.clone(),
            points: points("score"),
            band: Vec::new(),
        });
        reward.push(Series {
            name,
            points: points("mean_reward"),
            band: Vec::new(),
        });
    }
    if score.iter().all(|series| series.points.is_empty()) {
        return Ok(None);
    }
    let level = |name: &str, run: &Episodes| Level {
        name: name.to_owned(),
        value: mean(scores(run)),
    };
    Ok(Some(LearningCurve {
        x_label: "env-steps [million]".to_owned(),
        panels: vec![
            CurvePanel {
                title: format!("Score on {} validation workpieces", job.validation_envs),
                unit: "points".to_owned(),
                series: score,
                levels: vec![
                    level("baseline", baseline),
                    level("baseline with gauge", &verdict.gauged),
                ],
            },
            CurvePanel {
                title: "Mean reward of a control step, with exploration".to_owned(),
                unit: String::new(),
                series: reward,
                levels: Vec::new(),
            },
        ],
    }))
}

fn pictures(folder: &RunFolder) -> Result<Vec<Picture>, Failure> {
    let mut pictures = Vec::new();
    for (file, caption) in [
        (
            "cell.png",
            "The cell, with the arm where an episode begins.",
        ),
        (
            "removal.png",
            "What the policy removed from the first held-out workpiece.",
        ),
    ] {
        if folder.file(file).exists() {
            let png = folder.read(file)?;
            pictures.push(Picture {
                png,
                file: file.to_owned(),
                caption: caption.to_owned(),
            });
        }
    }
    Ok(pictures)
}

fn facts(
    manifest: &Manifest,
    job: &Job,
    task: &PolishTask,
    cell: &Cell,
    verdict: &Verdict,
) -> Vec<FactGroup> {
    let runs = &verdict.policies;
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let mut scene = vec![
        fact("Scene", manifest.scene.clone()),
        fact("Hash", cell.hash.clone()),
    ];
    scene.extend(
        manifest
            .inputs
            .iter()
            .map(|file| fact(&file.path, file.sha256.clone())),
    );
    let model = task.model();
    let mut groups = vec![
        FactGroup {
            title: "Scene".to_owned(),
            facts: scene,
        },
        FactGroup {
            title: "Run".to_owned(),
            facts: vec![
                fact("Command", manifest.command.join(" ")),
                fact("halle", VERSION.to_owned()),
                fact("Backend", manifest.backend.clone()),
                fact("Machine", manifest.device.clone()),
                fact("Began", manifest.created.clone()),
                fact("Ended", manifest.finished.clone().unwrap_or_default()),
            ],
        },
        FactGroup {
            title: "Task".to_owned(),
            facts: vec![
                fact("Joints", model.links.len().to_string()),
                fact("Control rate", format!("{} Hz", job.task.control_rate)),
                fact("Physics substep", format!("{} ms", 1.0e3 * model.time_step)),
                fact(
                    "Force set point",
                    format!("{} N", model.tool.force_set_point),
                ),
                fact(
                    "Target removal",
                    format!("{:.1} µm", 1.0e6 * model.workpiece.target_removal),
                ),
                fact(
                    "Cells",
                    format!("{} x {}", task.grid().count[0], task.grid().count[1]),
                ),
                fact(
                    "Surface fit error",
                    format!("{:.2} µm", 1.0e6 * model.workpiece.fit_error),
                ),
            ],
        },
    ];
    groups.push(FactGroup {
        title: "The baseline with the policy's gauge leading its feed".to_owned(),
        facts: seed_spread(&[&verdict.gauged]),
    });
    if runs.len() > 1 {
        groups.push(FactGroup {
            title: format!("Spread over {} training seeds", runs.len()),
            facts: seed_spread(&runs.iter().map(|(_, run)| run).collect::<Vec<_>>()),
        });
    }
    groups
}

/// Each metric's mean per policy, and how these means spread.
fn seed_spread(runs: &[&Episodes]) -> Vec<(String, String)> {
    METRICS
        .iter()
        .enumerate()
        .map(|(k, metric)| {
            let each: Vec<f64> = runs
                .iter()
                .map(|run| mean(run.episodes.iter().map(|e| e.metrics.values()[k])))
                .collect();
            let center = mean(each.iter().copied());
            let unit = if metric.unit == "-" { "" } else { metric.unit };
            let text = if let [only] = each[..] {
                format!("{only:.2} {unit}")
            } else {
                let list: Vec<String> = each.iter().map(|v| format!("{v:.2}")).collect();
                let spread = deviation(&each, center);
                format!(
                    "{center:.2} ± {spread:.2} {unit} (seeds: {})",
                    list.join(", ")
                )
            };
            (metric.title.to_owned(), text)
        })
        .collect()
}
