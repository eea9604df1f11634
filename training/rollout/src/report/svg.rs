//! Charts: a frame with axes and marks inside it.

use super::number::{Ticks, ticks};

/// Text made safe for HTML and SVG, in content and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control letters have no place in a page.
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// A rectangle of data drawn into a rectangle of the page.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Left, top, right, bottom in the drawing.
    area: [f64; 4],
    x: [f64; 2],
    y: [f64; 2],
}

impl Frame {
    pub(super) fn new(area: [f64; 4], x: [f64; 2], y: [f64; 2]) -> Self {
        Self { area, x, y }
    }

    pub(super) fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [left, top, right, bottom] = self.area;
        [
            left + (x - self.x[0]) / (self.x[1] - self.x[0]) * (right - left),
            bottom - (y - self.y[0]) / (self.y[1] - self.y[0]) * (bottom - top),
        ]
    }

    pub(super) fn left(&self) -> f64 {
        self.area[0]
    }

    pub(super) fn top(&self) -> f64 {
        self.area[1]
    }

    pub(super) fn right(&self) -> f64 {
        self.area[2]
    }

    pub(super) fn bottom(&self) -> f64 {
        self.area[3]
    }

    pub(super) fn y_range(&self) -> [f64; 2] {
        self.y
    }
}

/// A range that holds all values with some room; zero to one without any.
pub(super) fn range_of(values: impl Iterator<Item = f64>, room: f64) -> [f64; 2] {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
            (l.min(v), h.max(v))
        });
    if low > high {
        return [0.0, 1.0];
    }
    let span = if high > low {
        high - low
    } else {
        high.abs().max(1e-3)
    };
    [low - room * span, high + room * span]
}

/// A drawing as text.
#[derive(Clone, Debug)]
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
}

impl Svg {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            body: String::new(),
            width,
            height,
        }
    }

    /// The finished drawing; `label` is read aloud in its place.
    pub(super) fn finish(self, label: &str) -> String {
        let Self {
            body,
            width,
            height,
        } = self;
        let label = escape(label);
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" aria-label=\"{label}\">{body}</svg>"
        )
    }

    pub(super) fn push(&mut self, text: &str) {
        self.body.push_str(text);
    }

    /// Frame with grid, marks and titles of both axes.
    pub(super) fn axes(&mut self, frame: &Frame, x_title: &str, y_title: &str) {
        let wide = ((frame.right() - frame.left()) / 90.0).max(2.0) as usize;
        let tall = ((frame.bottom() - frame.top()) / 45.0).max(2.0) as usize;
        self.axes_with(
            frame,
            &ticks(frame.x[0], frame.x[1], wide),
            tall,
            x_title,
            y_title,
        );
    }

    /// As [`Self::axes`] with marks of x given.
    pub(super) fn axes_with(
        &mut self,
        frame: &Frame,
        x_ticks: &Ticks,
        y_count: usize,
        x_title: &str,
        y_title: &str,
    ) {
        let [left, top, right, bottom] = frame.area;
        let y_ticks = ticks(frame.y[0], frame.y[1], y_count);
        for (value, label) in y_ticks.values.iter().zip(&y_ticks.labels) {
            let [_, y] = frame.at([frame.x[0], *value]);
            self.line([left, y], [right, y], "grid");
            self.text([left - 8.0, y + 4.0], label, "tick end");
        }
        for (value, label) in x_ticks.values.iter().zip(&x_ticks.labels) {
            let [x, _] = frame.at([*value, frame.y[0]]);
            self.line([x, bottom], [x, bottom + 4.0], "axis");
            self.text([x, bottom + 18.0], label, "tick mid");
        }
        self.line([left, bottom], [right, bottom], "axis");
        self.text([0.5 * (left + right), bottom + 36.0], x_title, "label mid");
        self.text([left, top - 10.0], y_title, "label");
    }

    pub(super) fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], class: &str) {
        self.write(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"{class}\"/>"
        ));
    }

    pub(super) fn text(&mut self, [x, y]: [f64; 2], text: &str, class: &str) {
        let text = escape(text);
        self.write(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{text}</text>"
        ));
    }

    /// A box from its corner and size; `tip` shows when the mouse rests on it, if not empty.
    pub(super) fn rect(&mut self, [x, y]: [f64; 2], [w, h]: [f64; 2], class: &str, tip: &str) {
        let (w, h) = (w.max(0.0), h.max(0.0));
        self.write(format_args!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{w:.2}\" height=\"{h:.2}\" class=\"{class}\""
        ));
        self.close_with_tip("rect", tip);
    }

    pub(super) fn dot(&mut self, [x, y]: [f64; 2], radius: f64, class: &str, tip: &str) {
        self.write(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" class=\"{class}\""
        ));
        self.close_with_tip("circle", tip);
    }

    /// A line through points of the page; a point that is not finite begins a new piece.
    pub(super) fn path(&mut self, points: impl Iterator<Item = [f64; 2]>, class: &str) {
        let mut data = String::new();
        let mut pen_down = false;
        for [x, y] in points {
            if x.is_finite() && y.is_finite() {
                let letter = if pen_down { 'L' } else { 'M' };
                data += &format!("{letter}{x:.1} {y:.1}");
                pen_down = true;
            } else {
                pen_down = false;
            }
        }
        if !data.is_empty() {
            self.write(format_args!("<path d=\"{data}\" class=\"{class}\"/>"));
        }
    }

    /// A filled shape between an upper and a lower line.
    pub(super) fn area(&mut self, upper: &[[f64; 2]], lower: &[[f64; 2]], class: &str) {
        if upper.len() < 2 || upper.iter().chain(lower).flatten().any(|v| !v.is_finite()) {
            return;
        }
        let points: Vec<String> = upper
            .iter()
            .chain(lower.iter().rev())
            .map(|[x, y]| format!("{x:.1} {y:.1}"))
            .collect();
        self.write(format_args!(
            "<path d=\"M{}Z\" class=\"{class}\"/>",
            points.join("L")
        ));
    }

    /// Names with strokes in a row; returns where the row ends.
    pub(super) fn legend(&mut self, [mut x, y]: [f64; 2], entries: &[(&str, &str)]) -> f64 {
        for (name, class) in entries {
            self.line([x, y - 4.0], [x + 18.0, y - 4.0], class);
            self.text([x + 24.0, y], name, "tick");
            x += 24.0 + 6.6 * name.chars().count() as f64 + 18.0;
        }
        x
    }

    fn close_with_tip(&mut self, tag: &str, tip: &str) {
        if tip.is_empty() {
            self.push("/>");
        } else {
            let tip = escape(tip);
            self.write(format_args!("><title>{tip}</title></{tag}>"));
        }
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        self.body += &text.to_string();
    }
}
