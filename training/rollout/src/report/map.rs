//! Removal maps side by side with one colour scale, and their histogram.

use halle_render::viridis;

use super::{
    RemovalMaps,
    number::{fixed, short, ticks, with_unit},
    stats::Spread,
    svg::{Frame, Svg},
};

/// What one map amounts to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MapFigures {
    /// Share of cells within the band, 0 to 1.
    pub(super) in_band: f64,
    /// Share of cells above the band.
    pub(super) above: f64,
    pub(super) spread: Spread,
}

pub(super) fn figures(values: &[f64], maps: &RemovalMaps) -> MapFigures {
    let [low, high] = band(maps);
    let spread = Spread::of(values);
    let share = |inside: &dyn Fn(f64) -> bool| {
        values
            .iter()
            .filter(|v| v.is_finite() && inside(**v))
            .count() as f64
            / spread.count as f64
    };
    let in_band = share(&|v| v >= low && v <= high);
    MapFigures {
        in_band,
        above: share(&|v| v > high),
        spread,
    }
}

fn band(maps: &RemovalMaps) -> [f64; 2] {
    [-1.0, 1.0].map(|sign| maps.target_um * (1.0 + sign * maps.tolerance))
}

/// True when both maps have one value per cell.
pub(super) fn fits(maps: &RemovalMaps) -> bool {
    let count = maps.cells[0] * maps.cells[1];
    count > 0
        && maps.baseline_um.len() == count
        && maps.policy_um.len() == count
        && maps.size_mm.iter().all(|v| *v > 0.0)
        && maps.target_um > 0.0
}

/// Both maps and the colour bar.
pub(super) fn maps(maps: &RemovalMaps) -> String {
    let [w, h] = maps.size_mm;
    // Two maps share 900 units of width; a tall region is held to 430 of height.
    let scale = (430.0 / w).min(430.0 / h);
    let (wide, tall) = (w * scale, h * scale);
    let all = maps.baseline_um.iter().chain(&maps.policy_um).copied();
    let largest = all.filter(|v| v.is_finite()).fold(0.0, f64::max);
    // Twice the target at most: a single deep spot must not wash out the rest.
    let top = largest.clamp(band(maps)[1] * 1.05, 2.0 * maps.target_um);
    let (left, gap, head) = (52.0, 70.0, 56.0);
    let width = left + 2.0 * wide + gap + 120.0;
    let mut svg = Svg::new(width.max(700.0), head + tall + 52.0);
    for (place, (name, values)) in [("Baseline", &maps.baseline_um), ("Policy", &maps.policy_um)]
        .into_iter()
        .enumerate()
    {
        let x = left + place as f64 * (wide + gap);
        let frame = Frame::new([x, head, x + wide, head + tall], [0.0, w], [0.0, h]);
        one_map(&mut svg, &frame, maps, values, name, top);
    }
    color_bar(
        &mut svg,
        maps,
        left + 2.0 * wide + gap + 28.0,
        [head, head + tall],
        top,
        largest,
    );
    svg.finish("removed depth of baseline and policy on the same colour scale")
}

fn one_map(svg: &mut Svg, frame: &Frame, maps: &RemovalMaps, values: &[f64], name: &str, top: f64) {
    let [nx, ny] = maps.cells;
    let [w, h] = maps.size_mm;
    let size = [w / nx as f64, h / ny as f64];
    let corner = |i: usize, j: usize| frame.at([i as f64 * size[0], j as f64 * size[1]]);
    let tips = values.len() <= 4096;
    svg.push("<g shape-rendering=\"crispEdges\">");
    for (cell, value) in values.iter().enumerate().filter(|(_, v)| v.is_finite()) {
        let (i, j) = (cell % nx, cell / nx);
        let ([x0, y1], [x1, y0]) = (corner(i, j), corner(i + 1, j + 1));
        let [r, g, b] = viridis(value / top);
        let place = [(i as f64 + 0.5) * size[0], (j as f64 + 0.5) * size[1]];
        svg.push(&format!(
            "<rect x=\"{x0:.1}\" y=\"{y0:.1}\" width=\"{:.1}\" height=\"{:.1}\" \
             fill=\"#{r:02x}{g:02x}{b:02x}\"",
            x1 - x0 + 0.1,
            y1 - y0 + 0.1,
        ));
        if tips {
            let text = fixed(*value, 2);
            let [x, y] = place;
            svg.push(&format!(
                "><title>{text} µm at x {x:.0}, y {y:.0} mm</title></rect>"
            ));
        } else {
            svg.push("/>");
        }
    }
    svg.push("</g>");
    let outline = contour(maps, values, &corner);
    svg.push(&format!("<path d=\"{outline}\" class=\"contour-under\"/>"));
    svg.push(&format!("<path d=\"{outline}\" class=\"contour\"/>"));
    let x_ticks = ticks(0.0, w, (w * 4.0 / w.max(h)).ceil() as usize);
    let tall = (h * 4.0 / w.max(h)).ceil() as usize;
    axes(
        svg,
        frame,
        &x_ticks.values,
        &x_ticks.labels,
        &ticks(0.0, h, tall),
    );
    let found = figures(values, maps);
    svg.text([frame.left(), frame.top() - 30.0], name, "title");
    let percent = |v: f64| with_unit(&short(100.0 * v), "%");
    let text = format!(
        "{} in band · {} above · mean {} µm, std/mean {}",
        percent(found.in_band),
        percent(found.above),
        short(found.spread.mean),
        percent(found.spread.deviation / found.spread.mean),
    );
    svg.text([frame.left(), frame.top() - 11.0], &text, "tick");
}

/// Marks in mm on the left and below.
fn axes(svg: &mut Svg, frame: &Frame, xs: &[f64], labels: &[String], y: &super::number::Ticks) {
    for (value, label) in xs.iter().zip(labels) {
        let [x, _] = frame.at([*value, 0.0]);
        svg.line([x, frame.bottom()], [x, frame.bottom() + 4.0], "axis");
        svg.text([x, frame.bottom() + 17.0], label, "tick mid");
    }
    for (value, label) in y.values.iter().zip(&y.labels) {
        let [_, y] = frame.at([0.0, *value]);
        svg.line([frame.left() - 4.0, y], [frame.left(), y], "axis");
        svg.text([frame.left() - 8.0, y + 4.0], label, "tick end");
    }
    let middle = 0.5 * (frame.left() + frame.right());
    svg.text([middle, frame.bottom() + 36.0], "x [mm]", "label mid");
    svg.text(
        [frame.left() - 8.0, frame.top() - 11.0],
        "y [mm]",
        "tick end",
    );
}

/// Edges between cells inside and outside the band, as path data.
fn contour(
    maps: &RemovalMaps,
    values: &[f64],
    corner: &dyn Fn(usize, usize) -> [f64; 2],
) -> String {
    let [nx, ny] = maps.cells;
    let [low, high] = band(maps);
    let inside = |i: usize, j: usize| {
        let v = values[j * nx + i];
        v >= low && v <= high
    };
    let mut data = String::new();
    let mut edge = |[x0, y0]: [f64; 2], [x1, y1]: [f64; 2]| {
        data += &format!("M{x0:.1} {y0:.1}L{x1:.1} {y1:.1}");
    };
    for j in 0..ny {
        for i in 0..nx {
            if i + 1 < nx && inside(i, j) != inside(i + 1, j) {
                edge(corner(i + 1, j), corner(i + 1, j + 1));
            }
            if j + 1 < ny && inside(i, j) != inside(i, j + 1) {
                edge(corner(i, j + 1), corner(i + 1, j + 1));
            }
        }
    }
    data
}

fn color_bar(
    svg: &mut Svg,
    maps: &RemovalMaps,
    x: f64,
    [top_y, bottom_y]: [f64; 2],
    top: f64,
    largest: f64,
) {
    let frame = Frame::new([x, top_y, x + 16.0, bottom_y], [0.0, 1.0], [0.0, top]);
    let steps = 100;
    svg.push("<g shape-rendering=\"crispEdges\">");
    for k in 0..steps {
        let value = top * (f64::from(k) + 0.5) / f64::from(steps);
        let [_, y] = frame.at([0.0, value + 0.5 * top / f64::from(steps)]);
        let height = (bottom_y - top_y) / f64::from(steps) + 0.5;
        let [r, g, b] = viridis(value / top);
        svg.push(&format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"16\" height=\"{height:.1}\" \
             fill=\"#{r:02x}{g:02x}{b:02x}\"/>"
        ));
    }
    svg.push("</g>");
    let marks = ticks(0.0, top, 5);
    for (value, label) in marks.values.iter().zip(&marks.labels) {
        let [_, y] = frame.at([0.0, *value]);
        svg.line([x + 16.0, y], [x + 20.0, y], "axis");
        svg.text([x + 24.0, y + 4.0], label, "tick");
    }
    // The band as a bracket on the bar's left, the target as a stroke across.
    let [low, high] = band(maps).map(|v| frame.at([0.0, v])[1]);
    let [_, target] = frame.at([0.0, maps.target_um]);
    svg.line([x - 6.0, low], [x - 6.0, high], "bracket");
    svg.line([x - 9.0, low], [x - 3.0, low], "bracket");
    svg.line([x - 9.0, high], [x - 3.0, high], "bracket");
    svg.line([x - 9.0, target], [x - 3.0, target], "bracket");
    svg.text([x - 8.0, top_y - 30.0], "removal [µm]", "label");
    if largest > top {
        let text = format!("deepest {}", short(largest));
        svg.text([x - 8.0, top_y - 11.0], &text, "tick");
    }
}

/// How the cells of both maps are spread over removal.
pub(super) fn histogram(maps: &RemovalMaps) -> String {
    let top = 2.0 * maps.target_um;
    let bins = 40;
    let count = |values: &[f64]| {
        let mut bars = vec![0.0; bins];
        let finite = values.iter().filter(|v| v.is_finite()).count() as f64;
        for value in values.iter().filter(|v| v.is_finite()) {
            // What lies beyond twice the target is gathered in the last bar.
            let bin = ((value / top * bins as f64).max(0.0) as usize).min(bins - 1);
            bars[bin] += 100.0 / finite;
        }
        bars
    };
    let (baseline, policy) = (count(&maps.baseline_um), count(&maps.policy_um));
    let high = baseline.iter().chain(&policy).copied().fold(1.0, f64::max) * 1.08;
    let frame = Frame::new([58.0, 46.0, 1044.0, 196.0], [0.0, top], [0.0, high]);
    let mut svg = Svg::new(1060.0, 240.0);
    let [low_x, high_x] = band(maps).map(|v| frame.at([v, 0.0])[0]);
    let size = [high_x - low_x, frame.bottom() - frame.top()];
    svg.rect([low_x, frame.top()], size, "band target", "");
    svg.axes(&frame, "removal [µm]", "share of cells [%]");
    for (bars, class) in [(&baseline, "baseline"), (&policy, "policy")] {
        let step = top / bins as f64;
        let outline = bars.iter().enumerate().flat_map(|(i, v)| {
            [[i as f64 * step, *v], [(i + 1) as f64 * step, *v]].map(|p| frame.at(p))
        });
        let mut upper = vec![frame.at([0.0, 0.0])];
        upper.extend(outline);
        upper.push(frame.at([top, 0.0]));
        let floor = [frame.at([0.0, 0.0]), frame.at([top, 0.0])];
        svg.area(&upper, &floor, &format!("band {class}"));
        svg.path(upper.into_iter(), &format!("line thin {class}"));
    }
    let [x, _] = frame.at([maps.target_um, 0.0]);
    svg.line([x, frame.top()], [x, frame.bottom()], "line target");
    let entries = [
        ("baseline", "line baseline"),
        ("policy", "line policy"),
        ("target and band", "line target"),
    ];
    svg.legend([frame.right() - 330.0, 34.0], &entries);
    svg.finish("histogram of removed depth over the cells of both maps")
}
