//! Lines over time: learning and force.

use super::{
    CurvePanel, ForceTrace, ForceTraces, LearningCurve,
    number::{labelled, short, with_unit},
    svg::{Frame, Svg, range_of},
};

/// Strokes of series in their order.
const STROKES: [&str; 4] = ["line policy", "line second", "line third", "line fourth"];
const BANDS: [&str; 4] = ["band policy", "band second", "band third", "band fourth"];
/// Points that get a tip for the mouse.
const TIPS: usize = 60;

/// One drawing per panel.
pub(super) fn learning(curve: &LearningCurve) -> Vec<String> {
    let xs = curve
        .panels
        .iter()
        .flat_map(|p| &p.series)
        .flat_map(|s| &s.points)
        .map(|p| p[0]);
    let x = range_of(xs, 0.0);
    curve
        .panels
        .iter()
        .map(|panel| learning_panel(panel, x, &curve.x_label))
        .collect()
}

fn learning_panel(panel: &CurvePanel, x: [f64; 2], x_label: &str) -> String {
    let points = panel.series.iter().flat_map(|s| &s.points).map(|p| p[1]);
    let bands = panel
        .series
        .iter()
        .flat_map(|s| &s.band)
        .flat_map(|b| [b[1], b[2]]);
    let levels = panel.levels.iter().map(|l| l.value);
    let y = range_of(points.chain(bands).chain(levels), 0.06);
    let frame = Frame::new([64.0, 46.0, 494.0, 250.0], x, y);
    let [low, high] = frame.y_range();
    let mut svg = Svg::new(514.0, 296.0);
    svg.axes(&frame, x_label, &labelled(&panel.title, &panel.unit));
    let clamped = |x: f64, y: f64| frame.at([x, y.clamp(low, high)]);
    for (place, series) in panel.series.iter().enumerate() {
        let upper: Vec<_> = series.band.iter().map(|b| clamped(b[0], b[2])).collect();
        let lower: Vec<_> = series.band.iter().map(|b| clamped(b[0], b[1])).collect();
        svg.area(&upper, &lower, BANDS[place % BANDS.len()]);
    }
    for level in &panel.levels {
        let [_, y] = frame.at([x[0], level.value]);
        svg.line(
            [frame.left(), y],
            [frame.right(), y],
            "line baseline dashed",
        );
        let value = with_unit(&short(level.value), &panel.unit);
        let text = format!("{} {value}", level.name);
        // The text stays inside the frame when the line runs along its top.
        let above = y - 6.0 > frame.top() + 8.0;
        let y = if above { y - 6.0 } else { y + 14.0 };
        svg.text([frame.right() - 2.0, y], &text, "tick end on-baseline");
    }
    for (place, series) in panel.series.iter().enumerate() {
        let class = STROKES[place % STROKES.len()];
        svg.path(series.points.iter().map(|p| frame.at(*p)), class);
        let stride = series.points.len().div_ceil(TIPS).max(1);
        for point in series
            .points
            .iter()
            .step_by(stride)
            .filter(|p| p[1].is_finite())
        {
            let tip = format!(
                "{}: {} at {} {x_label}",
                series.name,
                with_unit(&short(point[1]), &panel.unit),
                short(point[0]),
            );
            svg.dot(frame.at(*point), 7.0, "tip", &tip);
        }
    }
    let entries: Vec<(&str, &str)> = panel
        .series
        .iter()
        .enumerate()
        .map(|(i, s)| (s.name.as_str(), STROKES[i % STROKES.len()]))
        .collect();
    svg.legend([frame.left(), 16.0], &entries);
    svg.finish(&format!("{} over {x_label}", panel.title))
}

/// What one trace amounts to while contact is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ForceFigures {
    /// Root mean square of measured minus wanted \[N\].
    pub(super) rmse: f64,
    /// Share of time in the band, 0 to 1.
    pub(super) in_band: f64,
    /// Greatest force above the set point, as a share of it.
    pub(super) overshoot: f64,
}

pub(super) fn force_figures(trace: &ForceTrace, tolerance: f64) -> ForceFigures {
    let wanted: Vec<(f64, f64)> = trace
        .measured
        .iter()
        .zip(&trace.set_point)
        .filter(|(m, s)| m.is_finite() && **s > 0.0)
        .map(|(m, s)| (*m, *s))
        .collect();
    let n = wanted.len() as f64;
    let squares: f64 = wanted.iter().map(|(m, s)| (m - s).powi(2)).sum();
    let inside = wanted
        .iter()
        .filter(|(m, s)| (m - s).abs() <= tolerance * s)
        .count();
    let overshoot = wanted.iter().map(|(m, s)| (m - s) / s).fold(0.0, f64::max);
    ForceFigures {
        rmse: (squares / n).sqrt(),
        in_band: inside as f64 / n,
        overshoot,
    }
}

/// Both traces above each other on the same axes.
pub(super) fn force(traces: &ForceTraces) -> String {
    let both = [&traces.baseline, &traces.policy];
    let x = range_of(both.iter().flat_map(|t| t.time.iter().copied()), 0.0);
    let wanted = both.iter().flat_map(|t| t.set_point.iter().copied());
    let band = wanted.map(|s| s * (1.0 + traces.tolerance));
    let measured = both.iter().flat_map(|t| t.measured.iter().copied());
    let [_, high] = range_of(measured.chain(band).chain([0.0]), 0.05);
    let mut svg = Svg::new(1060.0, 520.0);
    for (trace, name, class, top) in [
        (&traces.baseline, "Baseline", "line thin baseline", 46.0),
        (&traces.policy, "Policy", "line thin policy", 296.0),
    ] {
        let frame = Frame::new([58.0, top, 1044.0, top + 176.0], x, [0.0, high]);
        force_panel(&mut svg, &frame, trace, name, class, traces.tolerance);
    }
    svg.finish("normal force over time for baseline and policy, with set point and band")
}

fn force_panel(
    svg: &mut Svg,
    frame: &Frame,
    trace: &ForceTrace,
    name: &str,
    class: &str,
    tolerance: f64,
) {
    let [low, high] = frame.y_range();
    let at = |t: f64, f: f64| frame.at([t, f.clamp(low, high)]);
    let wanted = || trace.time.iter().zip(&trace.set_point);
    let upper: Vec<_> = wanted()
        .map(|(t, s)| at(*t, s * (1.0 + tolerance)))
        .collect();
    let lower: Vec<_> = wanted()
        .map(|(t, s)| at(*t, s * (1.0 - tolerance)))
        .collect();
    svg.axes(frame, "time [s]", "");
    svg.area(&upper, &lower, "band target");
    svg.path(wanted().map(|(t, s)| at(*t, *s)), "line target");
    let pairs = || trace.time.iter().zip(&trace.measured);
    svg.path(
        pairs().map(|(t, f)| {
            if f.is_finite() {
                at(*t, *f)
            } else {
                [f64::NAN; 2]
            }
        }),
        class,
    );
    let stride = trace.time.len().div_ceil(4 * TIPS).max(1);
    for ((t, f), s) in pairs().zip(&trace.set_point).step_by(stride) {
        let (f_text, s_text) = (short(*f), short(*s));
        let tip = format!("{name}: {f_text} N, set point {s_text} N at {t:.2} s");
        if f.is_finite() {
            svg.dot(at(*t, *f), 5.0, "tip", &tip);
        }
    }
    let figures = force_figures(trace, tolerance);
    let percent = |v: f64| with_unit(&short(100.0 * v), "%");
    let title = format!(
        "{name}: normal force [N] · RMSE {} · in ±{:.0} % band {} of the time · overshoot {}",
        with_unit(&short(figures.rmse), "N"),
        100.0 * tolerance,
        percent(figures.in_band),
        percent(figures.overshoot),
    );
    svg.text([frame.left(), frame.top() - 12.0], &title, "label");
    let entries = [("measured", class), ("set point and band", "line target")];
    svg.legend([frame.right() - 262.0, frame.top() - 12.0], &entries);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked by hand: errors 0, +1, -2 on a set point of 10 with ±10 %, contact not wanted at the end.
    #[test]
    fn figures_of_a_short_trace() {
        let trace = ForceTrace {
            time: vec![0.0, 0.1, 0.2, 0.3],
            measured: vec![10.0, 11.0, 8.0, 50.0],
            set_point: vec![10.0, 10.0, 10.0, 0.0],
        };
        let figures = force_figures(&trace, 0.1);
        assert!((figures.rmse - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((figures.in_band - 2.0 / 3.0).abs() < 1e-12);
        assert!((figures.overshoot - 0.1).abs() < 1e-12);
    }
}
