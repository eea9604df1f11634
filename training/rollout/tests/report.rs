//! The report page, drawn from made-up data: well formed, complete in itself, honest with gaps.
//!
//! Every number in here is synthetic and serves the layout alone.

#![expect(clippy::unwrap_used, reason = "shared steps of tests fail loudly")]

use halle_render::{Image, viridis};
use halle_rollout::report::{
    Better, CurvePanel, FactGroup, ForceTrace, ForceTraces, LearningCurve, Level, Metric, Picture,
    RemovalMaps, Report, ScoreComparison, Series,
};

/// Even numbers in [-1, 1) from a counter.
fn noise(i: usize) -> f64 {
    let v = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let v = (v ^ (v >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((v >> 11) as f64) / (1_u64 << 52) as f64 - 1.0
}

fn spread(mean: f64, width: f64, seed: usize) -> Vec<f64> {
    (0..256)
        .map(|i| mean + width * (noise(seed + i) + noise(seed + 1000 + i) + noise(seed + 2000 + i)))
        .collect()
}

fn metric(name: &str, unit: &str, better: Better, a: [f64; 2], b: [f64; 2]) -> Metric {
    let seed = 100 * name.len();
    Metric {
        name: name.to_owned(),
        unit: unit.to_owned(),
        meaning: "Synthetic values for the layout of the page.".to_owned(),
        better,
        headline: ["Score", "Coverage", "Force RMSE", "Cycle time"].contains(&name),
        baseline: spread(a[0], a[1], seed),
        policy: spread(b[0], b[1], seed + 7),
    }
}

fn trace(ripple: f64, seed: usize) -> ForceTrace {
    let time: Vec<f64> = (0..1000).map(|i| f64::from(i) * 0.02).collect();
    let set_point: Vec<f64> = time
        .iter()
        .map(|t| if *t < 1.0 || *t > 19.0 { 0.0 } else { 20.0 })
        .collect();
    let measured = time
        .iter()
        .zip(&set_point)
        .enumerate()
        .map(|(i, (t, s))| {
            let kick = (-(t - 1.0) * 4.0).exp() * 0.25;
            let wave = (2.1 * t).sin() + 0.5 * (5.3 * t).sin() + 0.6 * noise(seed + i);
            if *s > 0.0 {
                s * (1.0 + ripple * wave + 4.0 * ripple * kick)
            } else {
                0.0
            }
        })
        .collect();
    ForceTrace {
        time,
        measured,
        set_point,
    }
}

fn map(uneven: f64) -> Vec<f64> {
    let [nx, ny] = [48, 32];
    (0..nx * ny)
        .map(|cell| {
            let (i, j) = ((cell % nx) as f64 + 0.5, (cell / nx) as f64 + 0.5);
            let (u, v) = (i / nx as f64, j / ny as f64);
            let edge = (u * (1.0 - u) * v * (1.0 - v) * 16.0).powf(0.25);
            let lanes = (v * 40.0).sin();
            5.0 * edge * (1.06 + uneven * (lanes + 1.5 * (3.0 * u - 1.0) * v))
        })
        .collect()
}

fn synthetic() -> Report {
    let baseline = spread(0.71, 0.06, 50);
    let policy = baseline
        .iter()
        .enumerate()
        .map(|(i, b)| b + 0.09 + 0.04 * noise(i))
        .collect();
    let score = ScoreComparison {
        name: "Score".to_owned(),
        unit: String::new(),
        better: Better::Higher,
        baseline,
        policy,
    };
    let mut metrics = vec![
        Metric {
            baseline: score.baseline.clone(),
            policy: score.policy.clone(),
            ..metric("Score", "", Better::Higher, [0.0; 2], [0.0; 2])
        },
        metric("Coverage", "%", Better::Higher, [71.0, 4.0], [89.0, 3.0]),
        metric(
            "Removal std/mean",
            "%",
            Better::Lower,
            [24.0, 2.0],
            [13.0, 1.5],
        ),
        metric("Force RMSE", "N", Better::Lower, [1.62, 0.2], [0.94, 0.1]),
        metric(
            "Force overshoot",
            "%",
            Better::Lower,
            [22.0, 5.0],
            [21.6, 5.0],
        ),
        metric(
            "Time in ±10 % band",
            "%",
            Better::Higher,
            [74.0, 4.0],
            [93.0, 2.0],
        ),
        metric(
            "Over-polished area",
            "%",
            Better::Lower,
            [6.2, 1.0],
            [7.4, 1.0],
        ),
        metric("Cycle time", "s", Better::Neither, [20.0, 0.0], [20.0, 0.0]),
    ];
    metrics[7].meaning = "Length of an episode <fixed & equal for both>.".to_owned();
    let removal = RemovalMaps {
        cells: [48, 32],
        size_mm: [240.0, 160.0],
        target_um: 5.0,
        tolerance: 0.2,
        baseline_um: map(0.17),
        policy_um: map(0.05),
        workpiece: "Held-out workpiece 17 (synthetic)".to_owned(),
    };
    let force = ForceTraces {
        tolerance: 0.1,
        baseline: trace(0.06, 10),
        policy: trace(0.028, 20),
        workpiece: "held-out workpiece 17 (synthetic)".to_owned(),
    };
    Report {
        title: "Polishing: saddle cell (synthetic layout sample)".to_owned(),
        summary: "A made-up run that shows how the page lays out: the learned policy is held \
                  against the scripted raster path with force control on 256 workpieces."
            .to_owned(),
        samples: "256 held-out workpieces".to_owned(),
        metrics,
        score: Some(score),
        removal: Some(removal),
        force: Some(force),
        learning: Some(learning()),
        pictures: vec![picture()],
        facts: facts(),
        findings: vec!["SC0107: body </Cell/Robot/flange> has mass but no collision shape".into()],
        notes: vec!["All values on this page are synthetic & prove nothing.".to_owned()],
    }
}

fn learning() -> LearningCurve {
    let curve = |from: f64, to: f64, rough: f64, seed: usize| -> Vec<[f64; 2]> {
        (0..=150)
            .map(|i| {
                let x = f64::from(i) * 1e5;
                let y = to + (from - to) * (-x / 4e6).exp() + rough * noise(seed + i as usize);
                [x, y]
            })
            .collect()
    };
    let reward = curve(0.2, 1.9, 0.03, 5);
    let band = reward
        .iter()
        .map(|[x, y]| [*x, y - 0.25, y + 0.22])
        .collect();
    let line = |name: &str, points, band| Series {
        name: name.to_owned(),
        points,
        band,
    };
    let panels = vec![
        CurvePanel {
            title: "reward per step".to_owned(),
            unit: String::new(),
            series: vec![line("mean over envs", reward, band)],
            levels: Vec::new(),
        },
        CurvePanel {
            title: "score".to_owned(),
            unit: String::new(),
            series: vec![line(
                "policy, evaluated",
                curve(0.5, 0.81, 0.008, 9),
                Vec::new(),
            )],
            levels: vec![Level {
                name: "baseline".to_owned(),
                value: 0.71,
            }],
        },
    ];
    LearningCurve {
        x_label: "env-steps".to_owned(),
        panels,
    }
}

fn picture() -> Picture {
    let mut image = Image::filled(640, 200, [0; 3]);
    for x in 0..640 {
        image.fill_rect([x, 0], [1, 200], viridis(f64::from(x) / 640.0));
    }
    // A better picture may be put in its place to look at the page as a whole.
    let png = std::env::var_os("HALLE_REPORT_PICTURE")
        .and_then(|path| std::fs::read(path).ok())
        .unwrap_or_else(|| image.to_png().unwrap());
    let caption = "The cell at the start of an episode (here: any picture at hand).".to_owned();
    Picture {
        png,
        file: "cell.png".to_owned(),
        caption,
    }
}

fn facts() -> Vec<FactGroup> {
    let group = |title: &str, facts: &[(&str, &str)]| FactGroup {
        title: title.to_owned(),
        facts: facts
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
    };
    vec![
        group(
            "Input",
            &[
                ("Command", "halle train cell.usda --seed 7"),
                ("Scene", "cell.usda"),
                (
                    "SHA-256",
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                ),
            ],
        ),
        group(
            "Machine",
            &[
                ("Backend", "cpu, 16 lanes"),
                ("Threads", "2"),
                ("halle", "0.1.0"),
            ],
        ),
    ]
}

/// A page for people to look at lies in the target folder after the test.
#[test]
fn synthetic_report_is_well_formed_and_alone() {
    let html = synthetic().to_html();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("report.html"), &html).unwrap();
    check_balanced(&html);
    check_alone(&html);
    for text in [
        "Removed depth",
        "Contact force",
        "Learning",
        "What was run",
        "▲ better",
    ] {
        assert!(html.contains(text), "{text}");
    }
    // Text from outside stays text.
    assert!(html.contains("&lt;fixed &amp; equal for both&gt;") && !html.contains("<fixed"));
    assert!(html.contains("&lt;/Cell/Robot/flange&gt;"));
    assert_eq!(
        html,
        synthetic().to_html(),
        "the same data gives the same page"
    );
}

/// Every tag that opens closes, in order; attributes are quoted.
fn check_balanced(html: &str) {
    let style = html.find("<style>").unwrap()..html.find("</style>").unwrap();
    let page = format!("{}{}", &html[..style.start + 7], &html[style.end..]);
    let mut open: Vec<&str> = Vec::new();
    for part in page.split('<').skip(1) {
        let end = part
            .find('>')
            .unwrap_or_else(|| panic!("unclosed tag <{part}"));
        let tag = &part[..end];
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if tag.starts_with('!') || tag.ends_with('/') {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "near {part}");
        } else {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(
        !page.contains("NaN") && !page.contains("inf\""),
        "a number leaked into the page"
    );
}

/// Nothing is fetched: no scheme, no script, no import, pictures as data.
fn check_alone(html: &str) {
    for banned in [
        "http:", "https:", "//cdn", "<script", "<link", "@import", "url(", "<iframe",
    ] {
        assert!(!html.contains(banned), "{banned}");
    }
    let sources = html.matches("src=").count();
    assert_eq!(
        sources,
        html.matches("src=\"data:image/png;base64,").count()
    );
}

/// Gaps, single samples, empty lists and torn maps leave a page without them, not a panic.
#[test]
fn holes_in_the_data_are_left_out() {
    check_balanced(&Report::default().to_html());
    let mut report = synthetic();
    report.pictures[0].png.clear();
    if let Some(maps) = &mut report.removal {
        maps.policy_um.pop();
    }
    if let Some(force) = &mut report.force {
        force.policy.measured[500] = f64::NAN;
        force.baseline = ForceTrace::default();
    }
    for metric in &mut report.metrics {
        metric.baseline.clear();
        metric.policy.truncate(1);
    }
    if let Some(learning) = &mut report.learning {
        learning.panels[0].series[0].points[3][1] = f64::NAN;
        learning.panels[1].series[0].points.clear();
    }
    let html = report.to_html();
    check_balanced(&html);
    assert!(html.contains("do not fit their grid"));
}

/// A report survives JSON to the last bit, gaps included, its pictures apart.
#[test]
fn report_reads_back_from_json() {
    let mut report = synthetic();
    report.metrics[1].policy[3] = f64::NAN;
    let text = serde_json::to_string(&report).unwrap();
    let mut read: Report = serde_json::from_str(&text).unwrap();
    assert!(read.metrics[1].policy[3].is_nan());
    for report in [&mut report, &mut read] {
        report.metrics[1].policy[3] = 0.0;
        report.pictures[0].png.clear();
    }
    // Not `assert_eq`: a difference would print thousands of numbers.
    assert!(read == report);
}
