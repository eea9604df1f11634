//! Numbers in [0, 1) that depend on their keys alone: scrambled Sobol' pairs.
//!
//! Burley, "Practical Hash-based Owen Scrambling", JCGT 9(4), 2020; keys are
//! mixed by PCG4D of Jarzynski and Olano, JCGT 9(3), 2020.

use halle_lanes::pcg4d_words as pcg4d;

/// Draws for one sample of one pixel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampler {
    pixel: [u32; 2],
    sample: u32,
    seed: u32,
    dimension: u32,
}

impl Sampler {
    pub(crate) fn new(pixel: [u32; 2], sample: u32, seed: u32) -> Self {
        Self {
            pixel,
            sample,
            seed,
            dimension: 0,
        }
    }

    /// The next pair; pairs of all samples of a pixel are spread evenly over the square.
    pub(crate) fn pair(&mut self) -> [f64; 2] {
        let [order, x, y, _] = pcg4d([self.pixel[0], self.pixel[1], self.dimension, self.seed]);
        self.dimension += 1;
        let index = permute(self.sample.reverse_bits(), order).reverse_bits();
        [permute(index, x), permute(sobol_reversed(index), y)]
            .map(|v| f64::from(v.reverse_bits()) / 4_294_967_296.0)
    }
}

/// The second dimension of Sobol's sequence with its bits in reverse order.
///
/// Its matrix is Pascal's triangle modulo 2, whose entry (j, i) is odd when the
/// bits of i are among those of j: a sum over supersets, done bit by bit.
fn sobol_reversed(index: u32) -> u32 {
    let masks = [
        0x5555_5555_u32,
        0x3333_3333,
        0x0f0f_0f0f,
        0x00ff_00ff,
        0x0000_ffff,
    ];
    masks
        .iter()
        .enumerate()
        .fold(index, |v, (bit, mask)| v ^ (v >> (1 << bit) & mask))
}

/// A nested uniform scramble of a number in [0, 1) whose bits are reversed.
fn permute(v: u32, seed: u32) -> u32 {
    [0x6c50_b47c_u32, 0xb82f_1e52, 0xc7af_e638, 0x8d22_f6e6]
        .into_iter()
        .fold(v.wrapping_add(seed), |x, factor| x ^ x.wrapping_mul(factor))
}

#[cfg(test)]
mod tests {
    use super::Sampler;

    /// A (0, 2)-sequence: of 16 points each of the 16 boxes 4x4, 16x1 and 1x16 holds one.
    #[test]
    fn pairs_are_stratified() {
        for pixel in 0..20 {
            let points: Vec<[f64; 2]> = (0..16)
                .map(|s| Sampler::new([pixel, 3], s, 7).pair())
                .collect();
            for [nx, ny] in [[4.0, 4.0], [16.0, 1.0], [1.0, 16.0]] {
                let mut cells: Vec<u32> = points
                    .iter()
                    .map(|p| ((p[0] * nx) as u32) * 16 + (p[1] * ny) as u32)
                    .collect();
                cells.sort_unstable();
                cells.dedup();
                assert_eq!(cells.len(), 16);
            }
        }
    }
}
