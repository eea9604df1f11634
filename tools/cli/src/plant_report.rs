//! The page of a plant run.

use halle_rollout::report::{Card, Chart, CurvePanel, FactGroup, Level, PlantReport, Rows, Series};
use halle_wide::{Summary, WideBatch};

use crate::plant_record::{Course, Sample};
use crate::plant_summary::{PENETRATION, Told, mean};

/// Rows of the tables on the page.
const ROWS: usize = 20;

/// The run as a page.
pub(crate) fn page(batch: &WideBatch, course: &Course, told: &Told<'_>) -> PlantReport {
    PlantReport {
        title: format!("Plant: {}", told.name),
        summary: lead(batch, course),
        cards: cards(batch, course),
        charts: charts(course),
        tables: vec![deepest(batch), joints(batch)],
        facts: facts(batch, course, told),
        findings: told
            .findings
            .findings()
            .iter()
            .map(|f| {
                f.to_string()
                    .replace("\n  -->", " at")
                    .replace("\n   =", ";")
            })
            .collect(),
        notes: NOTES.iter().map(|n| (*n).to_owned()).collect(),
    }
}

const NOTES: [&str; 4] = [
    "The solver is rapier3d in single precision: a game engine's, made for speed and calm, not for \
     proof. Contacts are springs of a stiffness that the time step allows; loads on a stack sink \
     by tenths of a millimetre.",
    "Friction has one coefficient per pair, the mean of what is authored for rest and for motion. \
     It follows Coulomb's law within 0.01 % between free bodies; where a link of an articulation \
     touches, it is up to 13 % too weak along some directions.",
    "Bodies that turn freely lose about 0.2 % of their angular momentum per second at 6 rad/s. A \
     pendulum keeps its period within 0.5 %.",
    "Forces are means over one substep. Energy does not count rotors and springs; the work of \
     acceleration drives in articulations is not known and left out.",
];

fn lead(batch: &WideBatch, course: &Course) -> String {
    let counts = batch.model().counts();
    let envs = batch.env_count();
    let faulty = batch.faults().iter().filter(|f| f.any()).count();
    let envs_text = if envs == 1 {
        "one env".to_owned()
    } else {
        format!("{envs} envs")
    };
    let health = match faulty {
        0 => "Nothing got lost and all numbers stayed finite.".to_owned(),
        1 => "One env is frozen by a fault.".to_owned(),
        n => format!("{n} envs are frozen by faults."),
    };
    format!(
        "{:.1} s of {envs_text} with {} moving bodies, {} colliders and {} joints, simulated in \
         {:.1} s. {health}",
        course.time(),
        counts.dynamic_bodies,
        counts.colliders,
        batch.model().joints().len(),
        course.wall,
    )
}

fn cards(batch: &WideBatch, course: &Course) -> Vec<Card> {
    let settled = course.settled();
    let deep = course.most(settled, |e| e.penetration);
    let faulty = batch.faults().iter().filter(|f| f.any()).count();
    let last = course
        .samples
        .last()
        .map(|s| &s.envs[..])
        .unwrap_or_default();
    let card = |name: &str, value: String, against: String, good| Card {
        name: name.to_owned(),
        value,
        against,
        good,
    };
    vec![
        card(
            "Speed over real time",
            format!("{:.1}×", course.env_seconds() / course.wall),
            format!("sum of all envs, {} threads", batch.capacity().threads),
            None,
        ),
        card(
            "Deepest penetration",
            format!("{:.2} mm", 1.0e3 * deep),
            format!(
                "after {settled:.1} s, any env; below {:.0} mm is",
                1.0e3 * PENETRATION
            ),
            Some(deep < PENETRATION),
        ),
        card(
            "Envs with faults",
            format!("{faulty}"),
            format!("of {}; none is", batch.env_count()),
            Some(faulty == 0),
        ),
        card(
            "Contacts at the end",
            format!("{:.0}", mean(last, |e| e.contacts as f64)),
            "points that bear a force, per env".to_owned(),
            None,
        ),
        card(
            "Awake at the end",
            format!("{:.0}", mean(last, |e| e.awake as f64)),
            format!(
                "of {} moving bodies, per env",
                batch.model().counts().dynamic_bodies
            ),
            None,
        ),
    ]
}

/// A line of the mean over all envs, with the range over envs as a band.
fn line(course: &Course, name: &str, get: impl Fn(&Summary) -> f64 + Copy) -> Series {
    let many = course.samples.first().is_some_and(|s| s.envs.len() > 1);
    Series {
        name: name.to_owned(),
        points: course
            .samples
            .iter()
            .map(|s| [s.time, mean(&s.envs, get)])
            .collect(),
        band: if many {
            let range = |s: &Sample| {
                let values = || s.envs.iter().map(get);
                [
                    s.time,
                    values().fold(f64::INFINITY, f64::min),
                    values().fold(f64::NEG_INFINITY, f64::max),
                ]
            };
            course.samples.iter().map(range).collect()
        } else {
            Vec::new()
        },
    }
}

fn panel(title: &str, unit: &str, series: Vec<Series>) -> CurvePanel {
    CurvePanel {
        title: title.to_owned(),
        unit: unit.to_owned(),
        series,
        levels: Vec::new(),
    }
}

fn charts(course: &Course) -> Vec<Chart> {
    let floor = course.floor;
    let caption = "Lines are means over all envs; bands reach from the least to the largest env.";
    let chart = |title: &str, about: &str, panels| Chart {
        title: title.to_owned(),
        about: about.to_owned(),
        caption: caption.to_owned(),
        panels,
    };
    let mut deep = panel(
        "Deepest penetration",
        "mm",
        vec![line(course, "all contacts", |e| 1.0e3 * e.penetration)],
    );
    deep.levels.push(Level {
        name: "bound".to_owned(),
        value: 1.0e3 * PENETRATION,
    });
    let pace = course
        .samples
        .windows(2)
        .map(|w| {
            let ran: f64 = w[1]
                .envs
                .iter()
                .zip(&w[0].envs)
                .map(|(b, a)| b.time - a.time)
                .sum();
            [w[1].time, ran / (w[1].wall - w[0].wall).max(1.0e-9)]
        })
        .collect();
    vec![
        chart(
            "Energy",
            "Energy of motion and of height, the latter counted from the start, and the work that \
             drives have done.",
            vec![
                panel(
                    "Kinetic energy",
                    "J",
                    vec![line(course, "kinetic", |e| e.energy.kinetic)],
                ),
                panel(
                    "Height and drives",
                    "J",
                    vec![
                        line(course, "height", move |e| e.energy.potential - floor),
                        line(course, "drive work", |e| e.energy.drive_work),
                    ],
                ),
            ],
        ),
        chart(
            "Contacts",
            "How many points bear a force, and how deep the deepest overlap is.",
            vec![
                panel(
                    "Contact points",
                    "",
                    vec![line(course, "points", |e| e.contacts as f64)],
                ),
                deep,
            ],
        ),
        chart(
            "Motion and pace",
            "Speed of the fastest body, and how much faster than real time all envs together ran.",
            vec![
                panel(
                    "Fastest body",
                    "m/s",
                    vec![line(course, "fastest", |e| e.speed)],
                ),
                panel(
                    "Speed over real time",
                    "",
                    vec![Series {
                        name: "all envs in sum".to_owned(),
                        points: pace,
                        band: Vec::new(),
                    }],
                ),
            ],
        ),
    ]
}

/// The deepest contacts of env 0 at the end.
fn deepest(batch: &WideBatch) -> Rows {
    let mut contacts = batch.env(0).contacts();
    contacts.sort_by(|a, b| b.penetration.total_cmp(&a.penetration));
    let name = |index: usize| batch.model().colliders()[index].path.clone();
    Rows {
        title: "Deepest contacts".to_owned(),
        about: format!(
            "Env 0 at the end, the {ROWS} deepest of {}.",
            contacts.len()
        ),
        columns: [
            "First collider",
            "Second collider",
            "Depth [mm]",
            "Force [N]",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: contacts
            .iter()
            .take(ROWS)
            .map(|c| {
                let [a, b] = c.colliders.map(name);
                vec![
                    a,
                    b,
                    format!("{:.3}", 1.0e3 * c.penetration),
                    format!("{:.1}", c.force),
                ]
            })
            .collect(),
    }
}

/// The joints of env 0 at the end.
fn joints(batch: &WideBatch) -> Rows {
    let number = |v: f64| {
        if v.is_finite() {
            // A real minus sign, and none before zero.
            let text = format!("{:.4}", v.abs());
            let minus = v < 0.0 && text.contains(|c: char| ('1'..='9').contains(&c));
            if minus {
                format!("\u{2212}{text}")
            } else {
                text
            }
        } else {
            "–".to_owned()
        }
    };
    let view = batch.env(0);
    let all: Vec<_> = batch.model().joints().iter().zip(view.joints()).collect();
    let moving: Vec<_> = all
        .iter()
        .filter(|(facts, _)| facts.unit.is_some())
        .collect();
    Rows {
        title: "Joints".to_owned(),
        about: format!(
            "Env 0 at the end, the first {} of {} that turn or slide; {} joints in all.",
            ROWS.min(moving.len()),
            moving.len(),
            all.len()
        ),
        columns: ["Joint", "Unit", "Position", "Rate", "Drive", "State"]
            .map(str::to_owned)
            .to_vec(),
        rows: moving
            .iter()
            .take(ROWS)
            .map(|(facts, state)| {
                vec![
                    facts.path.clone(),
                    facts.unit.unwrap_or_default().to_owned(),
                    number(state.position),
                    number(state.velocity),
                    number(state.effort),
                    if state.broken { "broken" } else { "whole" }.to_owned(),
                ]
            })
            .collect(),
    }
}

fn facts(batch: &WideBatch, course: &Course, told: &Told<'_>) -> Vec<FactGroup> {
    let model = batch.model();
    let (counts, capacity) = (model.counts(), batch.capacity());
    let manifest = told.manifest;
    let group = |title: &str, facts: Vec<(&str, String)>| FactGroup {
        title: title.to_owned(),
        facts: facts.into_iter().map(|(n, v)| (n.to_owned(), v)).collect(),
    };
    let mut scene = vec![("file", manifest.scene.clone())];
    scene.push(("files", manifest.inputs.len().to_string()));
    if let Some(root) = manifest.inputs.first() {
        scene.push(("sha256 of the first", root.sha256.clone()));
    }
    vec![
        group("Scene", scene),
        group(
            "Plant",
            vec![
                ("moving bodies", counts.dynamic_bodies.to_string()),
                ("kinematic bodies", counts.kinematic_bodies.to_string()),
                ("bodies fixed to the world", counts.fixed_bodies.to_string()),
                ("colliders", counts.colliders.to_string()),
                ("different shapes", counts.shapes.to_string()),
                ("joints by impulses", counts.impulse_joints.to_string()),
                ("articulations", counts.articulations.to_string()),
                ("joints in articulations", counts.reduced_joints.to_string()),
                ("belts", counts.belts.to_string()),
            ],
        ),
        group(
            "Solver",
            vec![
                ("engine", "rapier3d 0.36, single precision".to_owned()),
                ("substep", format!("{:.4} ms", 1.0e3 * model.time_step())),
                (
                    "small steps per substep",
                    model.options().iterations.to_string(),
                ),
                ("sampled every", format!("{:.4} s", course.period)),
                ("envs", capacity.envs.to_string()),
                (
                    "memory per env",
                    format!("{:.2} MB", capacity.bytes_per_env as f64 / 1.0e6),
                ),
                ("most pairs of boxes", capacity.pairs.to_string()),
                ("seed", manifest.seed.to_string()),
                ("jitter", format!("{} m", told.settings.jitter.position)),
            ],
        ),
        group(
            "Run",
            vec![
                ("command", manifest.command.join(" ")),
                ("version", manifest.halle_version.clone()),
                ("machine", manifest.device.clone()),
                ("threads", capacity.threads.to_string()),
                ("made ready in", format!("{:.2} s", told.compile_seconds)),
                (
                    "solver",
                    format!("{:.2} s of {:.2} s", course.stepping, course.wall),
                ),
                ("began", manifest.created.clone()),
            ],
        ),
    ]
}
