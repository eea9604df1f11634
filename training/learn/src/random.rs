//! Counter-based random numbers: the same key gives the same number, in any order, on any thread.

pub use halle_lanes::pcg4d_words as pcg4d;

/// What a number is drawn for; numbers of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Purpose {
    /// Initial weights; the counters are (network, layer, element).
    Weights = 1,
    /// Exploration noise; the counters are (env, iteration, step, pair).
    Action = 2,
    /// Order of samples; the counters are (iteration, epoch, place).
    Order = 3,
}

/// A stream of numbers for one seed and purpose, addressed by counters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream of `seed` for `purpose`.
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        let [a, b, _, _] = pcg4d([
            seed as u32,
            (seed >> 32) as u32,
            purpose as u32,
            0x6861_6c6c,
        ]);
        Self { key: [a, b] }
    }

    /// Four words for a counter of three words.
    pub(crate) fn words(&self, counter: [u32; 3]) -> [u32; 4] {
        let [a, b, c] = counter;
        // The first round spreads the key before the counter meets it, so that neighbouring
        // counters of neighbouring keys cannot coincide.
        let inner = pcg4d([self.key[0], self.key[1], a, b]);
        pcg4d([inner[0], inner[1], inner[2] ^ c, inner[3]])
    }

    /// Two independent normal numbers (zero mean, unit variance), by Box and Muller.
    pub(crate) fn normal2(&self, counter: [u32; 3]) -> [f32; 2] {
        let [a, b, _, _] = self.words(counter);
        // (0, 1] keeps the logarithm finite; 2^-32 as the smallest value bounds |z| by 6.7.
        let u = (f64::from(a) + 1.0) * (1.0 / 4_294_967_296.0);
        let angle = b as f32 * (core::f32::consts::TAU * 2.0_f32.powi(-32));
        let radius = libm::sqrtf(-2.0 * libm::logf(u as f32));
        let (sin, cos) = libm::sincosf(angle);
        [radius * cos, radius * sin]
    }
}

/// Fills `order` with a permutation of `0..order.len()`, keyed by (seed, iteration, epoch).
///
/// Fisher and Yates, from the last place down; the draw of a place is `word * bound >> 32`, whose
/// bias is under `order.len() / 2^32`.
pub(crate) fn permute(seed: u64, iteration: u32, epoch: u32, order: &mut [u32]) {
    for (place, value) in order.iter_mut().enumerate() {
        *value = place as u32;
    }
    let stream = Stream::new(seed, Purpose::Order);
    let [k0, k1, k2, _] = stream.words([iteration, epoch, 0]);
    let mut block = [0; 4];
    for place in (1..order.len()).rev() {
        if place % 4 == 3 || place + 1 == order.len() {
            block = pcg4d([k0, k1, k2, (place / 4) as u32]);
        }
        let bound = place as u64 + 1;
        let other = (u64::from(block[place % 4]) * bound) >> 32;
        order.swap(place, other as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutation_holds_every_index_once_and_depends_on_its_key() {
        let mut a = vec![0; 10_007];
        permute(7, 3, 1, &mut a);
        let mut sorted = a.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().enumerate().all(|(i, &v)| i == v as usize));
        let mut b = vec![0; a.len()];
        permute(7, 3, 2, &mut b);
        assert_ne!(a, b);
        // A random permutation has one fixed point on average; ten would be one chance in 10^7.
        assert!(
            a.iter()
                .enumerate()
                .filter(|&(i, &v)| i == v as usize)
                .count()
                < 10
        );
        permute(7, 3, 1, &mut b);
        assert_eq!(a, b);
    }

    #[test]
    fn normal_numbers_have_the_moments_of_the_normal_law() {
        let stream = Stream::new(1, Purpose::Action);
        let count = 200_000_u32;
        let mut sums = [0.0_f64; 4];
        for i in 0..count / 2 {
            for z in stream.normal2([i, 0, 0]) {
                let z = f64::from(z);
                for (power, sum) in sums.iter_mut().enumerate() {
                    *sum += z.powi(power as i32 + 1);
                }
            }
        }
        let [m1, m2, m3, m4] = sums.map(|s| s / f64::from(count));
        // Five standard errors of each estimate: sqrt(Var(z^p) / n) with Var = 1, 2, 15, 96.
        let error = |variance: f64| 5.0 * (variance / f64::from(count)).sqrt();
        assert!(m1.abs() < error(1.0), "{m1}");
        assert!((m2 - 1.0).abs() < error(2.0), "{m2}");
        assert!(m3.abs() < error(15.0), "{m3}");
        assert!((m4 - 3.0).abs() < error(96.0), "{m4}");
    }
}
