//! Random choices by key: the same seed and case give the same choices, whatever ran before.

use halle_lanes::pcg4d_words;

/// What the key is drawn for, so that no other use of the generator gives the same numbers.
const PURPOSE: u32 = 0x6675_7a7a;

/// A stream of choices for one case.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    key: [u32; 3],
    counter: u32,
    words: [u32; 4],
}

impl Random {
    /// The stream of a case of a campaign.
    pub(crate) fn new(seed: u64, case: u64) -> Self {
        let [a, b, ..] = pcg4d_words([seed as u32, (seed >> 32) as u32, PURPOSE, 0]);
        let [c, d, e, _] = pcg4d_words([a, b, case as u32, (case >> 32) as u32]);
        Self {
            key: [c, d, e],
            counter: 0,
            words: [0; 4],
        }
    }

    /// The next 32 bits.
    pub(crate) fn word(&mut self) -> u32 {
        let place = (self.counter % 4) as usize;
        if place == 0 {
            let [a, b, c] = self.key;
            self.words = pcg4d_words([a, b, c, self.counter / 4]);
        }
        self.counter = self.counter.wrapping_add(1);
        self.words[place]
    }

    /// A number below `count`; zero if `count` is zero.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let wide = u64::from(self.word()) * count as u64;
        (wide >> 32) as usize
    }

    /// True once in `times` on average.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of several; `None` of none.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// A count from 1 to `most`, small ones more often: every octave is equally likely.
    pub(crate) fn count(&mut self, most: usize) -> usize {
        let octaves = most.max(1).ilog2() as usize + 1;
        let top = 1_usize << (self.below(octaves) + 1);
        (1 + self.below(top)).min(most.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream depends on nothing but seed and case, and differs in both.
    #[test]
    fn streams_are_keyed() {
        let draw = |seed, case| {
            let mut random = Random::new(seed, case);
            [0; 8].map(|_: u32| random.word())
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
        assert_ne!(draw(1, 2), draw(1 << 32 | 1, 2));
    }

    /// Numbers stay below their bound and reach both ends of a small range.
    #[test]
    fn bounds() {
        let mut random = Random::new(7, 0);
        let drawn: Vec<usize> = (0..1000).map(|_| random.below(5)).collect();
        assert!((0..5).all(|n| drawn.contains(&n)) && drawn.iter().all(|n| *n < 5));
        let counts: Vec<usize> = (0..1000).map(|_| random.count(100)).collect();
        assert!(counts.iter().all(|n| (1..=100).contains(n)));
        assert!(counts.contains(&1) && counts.iter().any(|n| *n > 50));
        assert_eq!(random.below(0), 0);
    }
}
