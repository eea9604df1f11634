//! Splines of binary layers.

use openusd::usdc::CrateFile;

use crate::text::{Curve, Extrapolation, Knot, Mode, Spline};

/// Version of the form that is read.
const VERSION: u8 = 1;
/// Most knots taken from one spline.
const MANY: u32 = 1 << 24;

/// All splines of a binary layer, by the path of their attribute.
pub(super) fn read(file: &CrateFile) -> Vec<(String, Spline)> {
    let mut out = Vec::new();
    let Some(token) = file.tokens.iter().position(|token| token == "spline") else {
        return out;
    };
    for spec in &file.specs {
        let fields = file
            .fieldsets
            .get(spec.fieldset_index..)
            .unwrap_or_default();
        let fields = fields.iter().map_while(|index| *index);
        for field in fields.filter_map(|index| file.fields.get(index)) {
            if field.token_index != token {
                continue;
            }
            let at = usize::try_from(field.value_rep.payload()).unwrap_or(usize::MAX);
            let bytes = file.bytes().get(at..).unwrap_or_default();
            let spline = Bytes(bytes).spline();
            if let (Some(spline), Some(path)) = (spline, file.paths.get(spec.path_index)) {
                out.push((path.as_str().to_owned(), spline));
            }
        }
    }
    out
}

/// Bytes still to be read, little end first.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn double(&mut self) -> Option<f64> {
        self.take().map(f64::from_le_bytes)
    }

    /// A number of the spline's own type.
    fn number(&mut self, kind: u8) -> Option<f64> {
        match kind {
            2 => self.take().map(f32::from_le_bytes).map(f64::from),
            3 => self
                .take()
                .map(openusd::gf::f16::from_le_bytes)
                .map(f64::from),
            _ => self.double(),
        }
    }

    fn spline(&mut self) -> Option<Spline> {
        let length = usize::try_from(u64::from_le_bytes(self.take()?)).ok()?;
        self.0 = self.0.get(..length)?;
        let first = self.byte()?;
        if first & 0x0f != VERSION {
            return None;
        }
        let kind = (first >> 4) & 3;
        let curve = if first & 0x80 == 0 {
            Curve::Bezier
        } else {
            Curve::Hermite
        };
        let second = self.byte()?;
        let pre = self.outside(second & 7)?;
        let post = self.outside((second >> 3) & 7)?;
        let repeat = if second & 0x40 == 0 {
            None
        } else {
            let ends = [self.double()?, self.double()?];
            let turns = [self.take()?, self.take()?].map(i32::from_le_bytes);
            let rise = self.double()?;
            Some([ends[0], ends[1], turns[0].into(), turns[1].into(), rise])
        };
        let count = u32::from_le_bytes(self.take()?).min(MANY);
        let mut knots = Vec::new();
        for _ in 0..count {
            knots.push(self.knot(kind, curve)?);
        }
        Some(Spline {
            curve,
            pre,
            post,
            repeat,
            knots,
        })
    }

    fn outside(&mut self, mode: u8) -> Option<Extrapolation> {
        Some(match mode {
            0 => Extrapolation::Nothing,
            1 => Extrapolation::Held,
            2 => Extrapolation::Linear,
            3 => Extrapolation::Sloped(self.double()?),
            4 => Extrapolation::Repeat,
            5 => Extrapolation::Reset,
            6 => Extrapolation::Oscillate,
            _ => return None,
        })
    }

    fn knot(&mut self, kind: u8, curve: Curve) -> Option<Knot> {
        let flags = self.byte()?;
        let mode = match (flags >> 1) & 3 {
            0 => Mode::Nothing,
            1 => Mode::Held,
            2 => Mode::Linear,
            _ => Mode::Curved,
        };
        let time = self.double()?;
        let value = self.number(kind)?;
        let before = if flags & 1 == 0 {
            None
        } else {
            Some(self.number(kind)?)
        };
        let widths = match curve {
            Curve::Bezier => [self.double()?, self.double()?],
            Curve::Hermite => [0.0; 2],
        };
        let slopes = [self.number(kind)?, self.number(kind)?];
        Some(Knot {
            time,
            value,
            before,
            pre: [widths[0], slopes[0]],
            mode,
            post: [widths[1], slopes[1]],
        })
    }
}
