//! From linear light to eight bits a channel.

use crate::brdf::{Color, luminance, plus, scaled};

/// How bright the picture is made before tone mapping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exposure {
    /// A factor of 2 per stop; 0 leaves radiance 1 nit as 1.
    Stops(f32),
    /// The mean log luminance of what is not background lands on this value (0.18 is middle grey).
    Auto(f32),
}

/// How bright light is brought into the range of a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToneMap {
    /// Khronos PBR Neutral: base colours survive, highlights roll off.
    Neutral,
    /// The fitted ACES curve: more contrast, colours shift.
    Aces,
    /// Cut at 1.
    Linear,
}

/// The factor that an exposure stands for, given the pixels that count.
pub(crate) fn factor(exposure: Exposure, pixels: impl Iterator<Item = Color>) -> f32 {
    match exposure {
        Exposure::Stops(stops) => stops.exp2(),
        Exposure::Auto(middle) => {
            let (mut sum, mut count) = (0.0_f64, 0_u32);
            for pixel in pixels {
                sum += f64::from(luminance(pixel).max(1e-6)).ln();
                count += 1;
            }
            if count == 0 {
                1.0
            } else {
                middle / (sum / f64::from(count)).exp() as f32
            }
        }
    }
}

/// Linear Rec. 709 in, linear in [0, 1] out.
pub(crate) fn map(tone: ToneMap, c: Color) -> Color {
    let mapped = match tone {
        ToneMap::Neutral => neutral(c.map(|v| v.max(0.0))),
        ToneMap::Aces => c.map(aces),
        ToneMap::Linear => c,
    };
    mapped.map(|v| v.clamp(0.0, 1.0))
}

/// The specification of Khronos PBR Neutral (2024): F90 = 0.04, Ks = 0.8 - F90, Kd = 0.15.
fn neutral(c: Color) -> Color {
    let (start, desaturation) = (0.8 - 0.04, 0.15);
    let low = c[0].min(c[1]).min(c[2]);
    let offset = if low < 0.08 {
        low - 6.25 * low * low
    } else {
        0.04
    };
    let c = plus(c, [-offset; 3]);
    let peak = c[0].max(c[1]).max(c[2]);
    if peak < start {
        return c;
    }
    let room = 1.0 - start;
    let new_peak = 1.0 - room * room / (peak + room - start);
    let white = 1.0 - 1.0 / (desaturation * (peak - new_peak) + 1.0);
    plus(
        scaled(c, new_peak / peak * (1.0 - white)),
        [new_peak * white; 3],
    )
}

/// Narkowicz's fit of the ACES filmic curve (2015).
fn aces(v: f32) -> f32 {
    let v = 0.6 * v.max(0.0);
    v * (2.51 * v + 0.03) / (v * (2.43 * v + 0.59) + 0.14)
}

/// A linear value in [0, 1] as an sRGB byte (IEC 61966-2-1).
pub(crate) fn to_srgb8(v: f32) -> u8 {
    let v = v.clamp(0.0, 1.0);
    let coded = if v <= 0.003_130_8 {
        12.92 * v
    } else {
        1.055 * v.powf(1.0 / 2.4) - 0.055
    };
    (coded * 255.0 + 0.5) as u8
}

/// A value of an sRGB channel in [0, 1] as linear light.
pub(crate) fn from_srgb(v: f32) -> f32 {
    if v <= 0.040_45 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Below its knee PBR Neutral only takes off the 4 % of a dielectric's reflection; above it stays under 1.
    #[test]
    fn neutral_keeps_base_colors_and_stays_in_range() {
        let c = map(ToneMap::Neutral, [0.5, 0.3, 0.2]);
        for (found, given) in c.into_iter().zip([0.5, 0.3, 0.2]) {
            assert!((found - (given - 0.04)).abs() < 1e-6);
        }
        for bright in [1.0, 10.0, 1e4] {
            assert!(
                map(ToneMap::Neutral, [bright, 0.5 * bright, 0.0])
                    .iter()
                    .all(|v| *v <= 1.0)
            );
        }
    }

    /// The transfer curve and its inverse meet within half a step of eight bits.
    #[test]
    fn srgb_round_trip() {
        for byte in 0..=255_u8 {
            assert_eq!(to_srgb8(from_srgb(f32::from(byte) / 255.0)), byte);
        }
    }
}
