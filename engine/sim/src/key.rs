//! Keys of the random numbers of each env.

use halle_lanes::pcg4d_words;

/// Which family of random numbers envs draw from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDomain {
    /// Envs that a policy learns from.
    Training,
    /// Envs that a policy is judged on.
    HeldOut,
}

/// Two words per env, from the seed, the env's number and the domain.
///
/// The same env has the same key in any batch, so env k of many equals env k alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvKeys {
    /// First word of each env.
    pub first: Vec<u32>,
    /// Second word of each env.
    pub second: Vec<u32>,
}

impl EnvKeys {
    /// Keys of envs `start..start + count`.
    #[must_use]
    pub fn new(seed: u64, domain: KeyDomain, start: u32, count: usize) -> Self {
        let domain = match domain {
            KeyDomain::Training => 0x7261_696e,
            KeyDomain::HeldOut => 0x6865_6c64,
        };
        let words = |env: u32| pcg4d_words([seed as u32, (seed >> 32) as u32, env, domain]);
        let (first, second) = (0..count)
            .map(|k| words(start.wrapping_add(k as u32)))
            .map(|[a, b, ..]| (a, b))
            .unzip();
        Self { first, second }
    }

    /// Number of envs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether there is no env.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }
}
