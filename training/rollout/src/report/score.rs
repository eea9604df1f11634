//! The score of many workpieces, pair by pair.

use super::{
    Better, ScoreComparison,
    number::{labelled, short, ticks, with_unit},
    stats::{quantile, sorted},
    svg::{Frame, Svg, range_of},
};

/// Baseline against policy, one dot per workpiece; on the diagonal both are alike.
pub(super) fn pairs(score: &ScoreComparison) -> String {
    let all = score.baseline.iter().chain(&score.policy).copied();
    let range = range_of(all, 0.04);
    let frame = Frame::new([64.0, 46.0, 424.0, 406.0], range, range);
    let mut svg = Svg::new(440.0, 452.0);
    let unit = &score.unit;
    svg.axes_with(
        &frame,
        &ticks(range[0], range[1], 5),
        5,
        &labelled(&format!("{} of the baseline", score.name), unit),
        &labelled(&format!("{} of the policy", score.name), unit),
    );
    let [low, high] = range.map(|v| frame.at([v, v]));
    let corner = match score.better {
        Better::Higher => Some([frame.left(), frame.top()]),
        Better::Lower => Some([frame.right(), frame.bottom()]),
        Better::Neither => None,
    };
    if let Some(corner) = corner {
        svg.area(&[low, corner, high], &[], "better-side");
        let inset = if score.better == Better::Higher {
            [10.0, 20.0]
        } else {
            [-10.0, -12.0]
        };
        let class = if score.better == Better::Higher {
            "tick"
        } else {
            "tick end"
        };
        svg.text(
            [corner[0] + inset[0], corner[1] + inset[1]],
            "policy better",
            class,
        );
    }
    svg.line(low, high, "axis dashed");
    for (place, (b, p)) in score.baseline.iter().zip(&score.policy).enumerate() {
        if b.is_finite() && p.is_finite() {
            let (b_text, p_text) = (with_unit(&short(*b), unit), with_unit(&short(*p), unit));
            let tip = format!("workpiece {place}: baseline {b_text}, policy {p_text}");
            svg.dot(frame.at([*b, *p]), 3.0, "sample policy", &tip);
        }
    }
    svg.finish("score of the policy against score of the baseline per workpiece")
}

/// Boxes and all samples of both controllers.
pub(super) fn boxes(score: &ScoreComparison) -> String {
    let all = score.baseline.iter().chain(&score.policy).copied();
    let range = range_of(all, 0.04);
    let frame = Frame::new([64.0, 46.0, 564.0, 406.0], [0.0, 2.0], range);
    let mut svg = Svg::new(580.0, 452.0);
    let none = super::number::Ticks {
        values: Vec::new(),
        labels: Vec::new(),
    };
    svg.axes_with(&frame, &none, 6, "", &labelled(&score.name, &score.unit));
    for (place, (name, values)) in [("Baseline", &score.baseline), ("Policy", &score.policy)]
        .into_iter()
        .enumerate()
    {
        one_box(&mut svg, &frame, score, place as f64 + 0.5, name, values);
    }
    svg.finish("distribution of the score of baseline and policy")
}

fn one_box(
    svg: &mut Svg,
    frame: &Frame,
    score: &ScoreComparison,
    middle: f64,
    name: &str,
    values: &[f64],
) {
    let class = if name == "Baseline" {
        "baseline"
    } else {
        "policy"
    };
    let list = sorted(values);
    let [x, _] = frame.at([middle, 0.0]);
    for (place, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
        // A fixed scatter by the golden ratio keeps dots apart and the drawing the same.
        let aside = (place as f64 * 0.618_033_988_75).fract() - 0.5;
        let [_, y] = frame.at([0.0, *value]);
        let tip = format!(
            "{name}, workpiece {place}: {}",
            with_unit(&short(*value), &score.unit)
        );
        svg.dot(
            [x - 62.0 + 64.0 * aside, y],
            2.2,
            &format!("sample {class}"),
            &tip,
        );
    }
    if list.is_empty() {
        return;
    }
    let q = |share: f64| quantile(&list, share);
    let at = |value: f64| frame.at([0.0, value])[1];
    let (left, right) = (x + 4.0, x + 68.0);
    let center = 0.5 * (left + right);
    for (edge, quartile) in [(q(0.05), q(0.25)), (q(0.95), q(0.75))] {
        svg.line(
            [center, at(edge)],
            [center, at(quartile)],
            &format!("line thin {class}"),
        );
        svg.line(
            [center - 10.0, at(edge)],
            [center + 10.0, at(edge)],
            &format!("line thin {class}"),
        );
    }
    let text = |v: f64| with_unit(&short(v), &score.unit);
    let tip = format!("{name}: quartiles {} to {}", text(q(0.25)), text(q(0.75)));
    let (top, bottom) = (at(q(0.75)), at(q(0.25)));
    svg.rect(
        [left, top],
        [right - left, bottom - top],
        &format!("box {class}"),
        &tip,
    );
    svg.line(
        [left, at(q(0.5))],
        [right, at(q(0.5))],
        &format!("line {class}"),
    );
    svg.text([right + 8.0, at(q(0.5)) + 4.0], &text(q(0.5)), "tick");
    svg.text([x, frame.bottom() + 20.0], name, "label mid");
}
