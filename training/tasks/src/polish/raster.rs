//! The path of the scripted controller.

use halle_lanes::Lane;

use super::config::Controller;

/// Lines along x, joined at their ends, from -y to +y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Raster {
    /// Number of lines.
    pub lines: usize,
    /// Length of a line \[m\].
    pub line: f64,
    /// Distance between lines \[m\].
    pub spacing: f64,
    /// y of the first line \[m\].
    pub first_y: f64,
}

/// A place on the path.
#[derive(Clone, Copy, Debug)]
pub struct RasterPoint<S> {
    /// Number of the line, or of the line just done on the way to the next.
    pub number: S,
    /// Place along x \[m\].
    pub x: S,
    /// Place along y \[m\].
    pub y: S,
    /// +1 where the line runs to +x, -1 where it runs to -x.
    pub ahead: S,
    /// Part of the line that is done, within 0..=1.
    pub along: S,
    /// Part of the way to the next line that is done, within 0..=1.
    pub across: S,
}

impl Raster {
    /// Over a region of the given half sizes: as many lines as the spacing asks for, spread evenly.
    #[must_use]
    pub fn over(half_extent: [f64; 2], controller: &Controller) -> Self {
        let width = 2.0 * (half_extent[1] + controller.edge_offset).max(0.0);
        let gaps = (width / controller.line_spacing).round().max(1.0);
        Self {
            lines: gaps as usize + 1,
            line: 2.0 * (half_extent[0] + controller.overshoot),
            spacing: width / gaps,
            first_y: -0.5 * width,
        }
    }

    /// Length of the whole path \[m\].
    #[must_use]
    pub fn length(&self) -> f64 {
        self.lines as f64 * self.line + (self.lines as f64 - 1.0) * self.spacing
    }

    /// The place at `s` metres from the start.
    #[inline(always)]
    pub fn at<S: Lane>(&self, s: S) -> RasterPoint<S> {
        let period = self.line + self.spacing;
        let (zero, one, half) = (S::lit(0.0), S::lit(1.0), S::lit(0.5));
        let number = (s * S::lit(1.0 / period))
            .floor()
            .max(zero)
            .min(S::lit(self.lines as f64 - 1.0));
        let rest = number.mul_add(S::lit(-period), s).max(zero);
        let along = rest.min(S::lit(self.line));
        let across = (rest - S::lit(self.line))
            .max(zero)
            .min(S::lit(self.spacing));
        let pair = (number * half).floor();
        let odd = pair.mul_add(S::lit(-2.0), number);
        let ahead = odd.mul_add(S::lit(-2.0), one);
        RasterPoint {
            number,
            x: ahead * (along - S::lit(0.5 * self.line)),
            y: number.mul_add(S::lit(self.spacing), across) + S::lit(self.first_y),
            ahead,
            along: along * S::lit(1.0 / self.line),
            across: across * S::lit(1.0 / self.spacing.max(1.0e-9)),
        }
    }
}
