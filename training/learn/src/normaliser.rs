//! Running mean and variance of observations.

use crate::elementwise;
use crate::simd::{Isa, LANES};

/// Added to the variance before its root: an observation that never moves is passed on near zero.
pub(crate) const VARIANCE_FLOOR: f64 = 1e-8;

/// Count, mean and sum of squared deviations of each number of an observation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) count: f64,
    pub(crate) mean: Vec<f64>,
    pub(crate) squares: Vec<f64>,
}

impl Moments {
    /// Of nothing.
    pub(crate) fn new(dim: usize) -> Self {
        Self {
            count: 0.0,
            mean: vec![0.0; dim],
            squares: vec![0.0; dim],
        }
    }

    /// Takes in the moments of other samples (Chan, Golub and `LeVeque`, 1979).
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.count <= 0.0 {
            return;
        }
        let total = self.count + other.count;
        for i in 0..self.mean.len() {
            let gap = other.mean[i] - self.mean[i];
            self.mean[i] += gap * other.count / total;
            self.squares[i] += other.squares[i] + gap * gap * self.count * other.count / total;
        }
        self.count = total;
    }

    /// Variance of number `i`; one before anything was seen.
    pub(crate) fn variance(&self, i: usize) -> f64 {
        if self.count > 0.0 {
            self.squares[i] / self.count
        } else {
            1.0
        }
    }
}

/// Sums over samples, taken about a fixed origin so that little is lost to cancellation.
#[derive(Clone, Debug)]
pub(crate) struct MomentSums {
    count: f64,
    /// Per number: sum and sum of squares of its distance to the origin.
    sums: Vec<[f64; 2]>,
}

impl MomentSums {
    /// Of nothing.
    pub(crate) fn new(dim: usize) -> Self {
        Self {
            count: 0.0,
            sums: vec![[0.0; 2]; dim],
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.count = 0.0;
        self.sums.fill([0.0; 2]);
    }

    /// Takes in one row.
    pub(crate) fn add(&mut self, row: &[f32], origin: &[f32]) {
        self.count += 1.0;
        for ((sum, &x), &o) in self.sums.iter_mut().zip(row).zip(origin) {
            let distance = f64::from(x) - f64::from(o);
            sum[0] += distance;
            sum[1] += distance * distance;
        }
    }

    /// Whether everything taken in was finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.sums.iter().flatten().all(|x| x.is_finite())
    }

    /// The moments of what was taken in.
    pub(crate) fn moments(&self, origin: &[f32]) -> Moments {
        let mut moments = Moments::new(self.sums.len());
        if self.count > 0.0 {
            moments.count = self.count;
            for (i, &[sum, squares]) in self.sums.iter().enumerate() {
                moments.mean[i] = f64::from(origin[i]) + sum / self.count;
                moments.squares[i] = (squares - sum * sum / self.count).max(0.0);
            }
        }
        moments
    }
}

/// What is applied to an observation before a network sees it; frozen within an iteration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Normaliser {
    dim: usize,
    /// Filled up to a multiple of sixteen, as a network's input is.
    mean: Vec<f32>,
    scale: Vec<f32>,
    clip: f32,
}

impl Normaliser {
    /// From moments: subtracts the mean, divides by the deviation, clips.
    pub(crate) fn from_moments(moments: &Moments, clip: f32) -> Self {
        let dim = moments.mean.len();
        let mean: Vec<f32> = moments.mean.iter().map(|&m| m as f32).collect();
        let scale: Vec<f32> = (0..dim)
            .map(|i| (1.0 / (moments.variance(i) + VARIANCE_FLOOR).sqrt()) as f32)
            .collect();
        Self::from_parts(&mean, &scale, clip)
    }

    /// From the numbers themselves; both slices have one length.
    pub(crate) fn from_parts(mean: &[f32], scale: &[f32], clip: f32) -> Self {
        let dim = mean.len();
        let padded = |values: &[f32]| {
            let mut values = values.to_vec();
            values.resize(dim.next_multiple_of(LANES), 0.0);
            values
        };
        Self {
            dim,
            mean: padded(mean),
            scale: padded(scale),
            clip,
        }
    }

    /// Mean, without what fills up.
    pub(crate) fn mean(&self) -> &[f32] {
        &self.mean[..self.dim]
    }

    /// One over the deviation, without what fills up.
    pub(crate) fn scale(&self) -> &[f32] {
        &self.scale[..self.dim]
    }

    /// Bound of what comes out.
    pub(crate) fn clip(&self) -> f32 {
        self.clip
    }

    /// Copies rows of the plain length into rows of a network's input, and normalises them.
    pub(crate) fn apply(&self, isa: Isa, rows: &[f32], out: &mut [f32]) {
        let stride = self.mean.len();
        for (row, out) in rows
            .chunks_exact(self.dim)
            .zip(out.chunks_exact_mut(stride))
        {
            out[..self.dim].copy_from_slice(row);
            out[self.dim..].fill(0.0);
        }
        let count = rows.len() / self.dim;
        elementwise::normalise(
            isa,
            &self.mean,
            &self.scale,
            self.clip,
            &mut out[..count * stride],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    #[test]
    fn merged_moments_equal_those_of_two_passes() {
        let stream = Stream::new(3, Purpose::Weights);
        let rows: Vec<[f32; 2]> = (0..5000)
            .map(|i| {
                let [a, b] = stream.normal2([i, 0, 0]);
                [1000.0 + a, 1e-3 * b]
            })
            .collect();
        let mut merged = Moments::new(2);
        // Uneven parts, each about another origin.
        for (part, origin) in [
            (0..7, [0.0, 0.0]),
            (7..3000, [990.0, 1.0]),
            (3000..5000, [1000.0, 0.0]),
        ] {
            let mut sums = MomentSums::new(2);
            rows[part].iter().for_each(|row| sums.add(row, &origin));
            merged.merge(&sums.moments(&origin));
        }
        for i in 0..2 {
            let n = rows.len() as f64;
            let mean = rows.iter().map(|r| f64::from(r[i])).sum::<f64>() / n;
            let variance = rows
                .iter()
                .map(|r| (f64::from(r[i]) - mean).powi(2))
                .sum::<f64>()
                / n;
            // f64 sums of 5000 terms; the origin 1 costs the second column 6 of 16 digits.
            assert!((merged.mean[i] - mean).abs() < 1e-9 * mean.abs().max(1.0));
            assert!((merged.variance(i) - variance).abs() < 1e-8 * variance.max(1e-4));
        }
    }

    #[test]
    fn rows_are_centred_scaled_clipped_and_filled_up() {
        let normaliser = Normaliser::from_parts(&[1.0; 18], &[2.0; 18], 5.0);
        let mut row = [1.5_f32; 18];
        row[17] = -100.0;
        let mut out = [9.0; 32];
        normaliser.apply(Isa::detect(), &row, &mut out);
        assert_eq!(out[..17], [1.0; 17]);
        assert_eq!(out[17], -5.0);
        assert_eq!(out[18..], [0.0; 14]);
    }
}
