//! Splines in text.

use super::lex::{Pad, Read};
use super::reader::Reader;

/// The form of curved segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    /// Tangents have widths.
    Bezier,
    /// Tangents reach a third of their segment.
    Hermite,
}

/// How a segment runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// There is no value.
    Nothing,
    /// The value of the knot before.
    Held,
    /// A straight line.
    Linear,
    /// A curve.
    Curved,
}

/// What stands outside of the knots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Extrapolation {
    /// There is no value.
    Nothing,
    /// The value of the last knot.
    Held,
    /// Straight on.
    Linear,
    /// A line of this slope.
    Sloped(f64),
    /// The curve again, raised so that it joins.
    Repeat,
    /// The curve again.
    Reset,
    /// The curve to and fro.
    Oscillate,
}

/// One knot: time in time codes, values, tangents as width (time) and slope.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Knot {
    /// Where it is.
    pub(crate) time: f64,
    /// Value from here on.
    pub(crate) value: f64,
    /// Value that the segment before runs to, where it is another.
    pub(crate) before: Option<f64>,
    /// Width and slope of the tangent of the segment before.
    pub(crate) pre: [f64; 2],
    /// How the next segment runs.
    pub(crate) mode: Mode,
    /// Width and slope of the tangent of the next segment.
    pub(crate) post: [f64; 2],
}

/// A spline, its knots by rising time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spline {
    /// Form of curved segments.
    pub(crate) curve: Curve,
    /// Before the first knot.
    pub(crate) pre: Extrapolation,
    /// Behind the last knot.
    pub(crate) post: Extrapolation,
    /// Inner loop: start and end of the prototype, repetitions before and behind, offset of value.
    pub(crate) repeat: Option<[f64; 5]>,
    /// The knots.
    pub(crate) knots: Vec<Knot>,
}

/// Reads a spline in braces.
pub(super) fn read(reader: &mut Reader<'_>) -> Read<Spline> {
    let mut spline = Spline {
        curve: Curve::Bezier,
        pre: Extrapolation::Held,
        post: Extrapolation::Held,
        repeat: None,
        knots: Vec::new(),
    };
    reader.cursor.expect(b'{')?;
    reader.cursor.pad(Pad::Lines);
    reader.list(|reader| reader.spline_item(&mut spline))?;
    reader.cursor.pad(Pad::Lines);
    reader.cursor.expect(b'}')?;
    spline.knots.sort_by(|a, b| a.time.total_cmp(&b.time));
    Ok(spline)
}

impl Reader<'_> {
    fn spline_item(&mut self, spline: &mut Spline) -> Read<bool> {
        if self.cursor.word("bezier") {
            spline.curve = Curve::Bezier;
        } else if self.cursor.word("hermite") {
            spline.curve = Curve::Hermite;
        } else if self.cursor.word("pre") {
            self.mark(b':')?;
            spline.pre = self.extrapolation()?;
        } else if self.cursor.word("post") {
            self.mark(b':')?;
            spline.post = self.extrapolation()?;
        } else if self.cursor.word("loop") {
            self.mark(b':')?;
            self.mark(b'(')?;
            let mut numbers = [0.0; 5];
            for (k, slot) in numbers.iter_mut().enumerate() {
                if k > 0 {
                    self.mark(b',')?;
                }
                *slot = self.real()?;
            }
            self.mark(b')')?;
            spline.repeat = Some(numbers);
        } else if let Some(time) = self.cursor.number()? {
            let time = time.parse().unwrap_or(f64::NAN);
            self.mark(b':')?;
            let knot = self.knot(time)?;
            // The last one said of a time counts.
            spline.knots.retain(|known| known.time != time);
            spline.knots.push(knot);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// A byte with blanks around.
    fn mark(&mut self, byte: u8) -> Read<()> {
        self.cursor.pad(Pad::Inline);
        self.cursor.expect(byte)?;
        self.cursor.pad(Pad::Inline);
        Ok(())
    }

    fn real(&mut self) -> Read<f64> {
        let found = self.cursor.number()?;
        match found.and_then(|number| number.parse().ok()) {
            Some(number) => Ok(number),
            None => self.cursor.fault("expected a number"),
        }
    }

    fn extrapolation(&mut self) -> Read<Extrapolation> {
        let words = [
            ("none", Extrapolation::Nothing),
            ("held", Extrapolation::Held),
            ("linear", Extrapolation::Linear),
        ];
        for (word, found) in words {
            if self.cursor.word(word) {
                return Ok(found);
            }
        }
        if self.cursor.word("sloped") {
            self.mark(b'(')?;
            let slope = self.real()?;
            self.cursor.pad(Pad::Inline);
            self.cursor.expect(b')')?;
            return Ok(Extrapolation::Sloped(slope));
        }
        if self.cursor.word("loop") {
            self.cursor.space()?;
            let words = [
                ("repeat", Extrapolation::Repeat),
                ("reset", Extrapolation::Reset),
                ("oscillate", Extrapolation::Oscillate),
            ];
            for (word, found) in words {
                if self.cursor.word(word) {
                    return Ok(found);
                }
            }
        }
        self.cursor.fault("expected a kind of extrapolation")
    }

    fn knot(&mut self, time: f64) -> Read<Knot> {
        let first = self.real()?;
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        let (before, value) = if self.cursor.eat(b'&') {
            self.cursor.pad(Pad::Inline);
            (Some(first), self.real()?)
        } else {
            self.cursor.back_to(end);
            (None, first)
        };
        let mut knot = Knot {
            time,
            value,
            before,
            pre: [0.0; 2],
            mode: Mode::Curved,
            post: [0.0; 2],
        };
        let end = self.cursor.at();
        self.cursor.pad(Pad::Inline);
        let separated = [b';', b'\r', b'\n']
            .iter()
            .any(|byte| self.cursor.eat(*byte));
        if !separated {
            self.cursor.back_to(end);
            return Ok(knot);
        }
        self.cursor.pad(Pad::Inline);
        let start = self.cursor.at();
        self.statements(|reader| reader.knot_parameter(&mut knot))?;
        if self.cursor.at() == start {
            return self.cursor.fault("expected `pre`, `post` or a dictionary");
        }
        Ok(knot)
    }

    fn knot_parameter(&mut self, knot: &mut Knot) -> Read<bool> {
        if self.cursor.word("pre") {
            self.cursor.space()?;
            knot.pre = self.tangent()?;
        } else if self.cursor.word("post") {
            self.cursor.space()?;
            let words = [
                ("none", Mode::Nothing),
                ("held", Mode::Held),
                ("linear", Mode::Linear),
                ("curve", Mode::Curved),
            ];
            let Some((_, mode)) = words.iter().find(|(word, _)| self.cursor.word(word)) else {
                return self.cursor.fault("expected how the spline goes on");
            };
            knot.mode = *mode;
            let end = self.cursor.at();
            if self.cursor.pad(Pad::Inline) && self.cursor.peek() == Some(b'(') {
                knot.post = self.tangent()?;
            } else {
                self.cursor.back_to(end);
            }
        } else if self.cursor.peek() == Some(b'{') {
            self.dictionary()?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// `(slope)` or `(width, slope)`, an algorithm's name behind.
    fn tangent(&mut self) -> Read<[f64; 2]> {
        self.mark(b'(')?;
        let mut numbers = vec![self.real()?];
        loop {
            self.cursor.pad(Pad::Inline);
            if !self.cursor.eat(b',') {
                break;
            }
            self.cursor.pad(Pad::Inline);
            if self.cursor.word("custom") || self.cursor.word("autoEase") {
                self.cursor.pad(Pad::Inline);
                break;
            }
            numbers.push(self.real()?);
        }
        self.cursor.expect(b')')?;
        match numbers.as_slice() {
            [slope] if slope.is_finite() => Ok([0.0, *slope]),
            [width, slope] if *width >= 0.0 && width.is_finite() && slope.is_finite() => {
                Ok([*width, *slope])
            }
            _ => self
                .cursor
                .fault("expected a slope, or a width and a slope"),
        }
    }
}
