//! Counter-based random numbers.

use crate::{Bits, Lane, Word};

/// Mixes four words into four words.
///
/// Flipping any of the low 25 bits of an input word flips each of the upper 24 bits of every output word in half
/// of the cases. Higher input bits do not reach the lowest output bits, so counters count from below
/// and numbers are made of upper bits.
///
///
/// PCG4D of Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020.
#[inline(always)]
pub fn pcg4d<B: Bits>(words: [B; 4]) -> [B; 4] {
    let [mut x, mut y, mut z, mut w] = words;
    // Written out: a closure given to `map` would not be inlined into SIMD code.
    x = scramble(x);
    y = scramble(y);
    z = scramble(z);
    w = scramble(w);
    x = x + y * w;
    y = y + z * x;
    z = z + x * y;
    w = w + y * z;
    x = x ^ x.shr::<16>();
    y = y ^ y.shr::<16>();
    z = z ^ z.shr::<16>();
    w = w ^ w.shr::<16>();
    x = x + y * w;
    y = y + z * x;
    z = z + x * y;
    w = w + y * z;
    [x, y, z, w]
}

#[inline(always)]
fn scramble<B: Bits>(word: B) -> B {
    word * B::splat(1_664_525) + B::splat(1_013_904_223)
}

/// [`pcg4d`] of plain words, for draws outside of laws.
#[must_use]
pub fn pcg4d_words(words: [u32; 4]) -> [u32; 4] {
    pcg4d(words.map(Word)).map(|word| word.0)
}

/// Random numbers keyed by (env key, episode, step, use): the same key gives the same numbers, in any order.
#[derive(Clone, Copy, Debug)]
pub struct Draw<S: Lane> {
    /// Two words per env, made from the seed and the number of the env.
    pub key: [S::Bits; 2],
    /// Episode of the env, counted from zero.
    pub episode: S,
    /// Control step in the episode.
    pub step: S,
}

impl<S: Lane> Draw<S> {
    /// Four independent numbers, uniform in [0, 1) with a grain of 2^-24.
    #[inline(always)]
    pub fn uniform4(&self, purpose: u32) -> [S; 4] {
        let counter = self.step.to_bits() * S::Bits::splat(256) + S::Bits::splat(purpose);
        let words = pcg4d([self.key[0], self.key[1], self.episode.to_bits(), counter]);
        let [a, b, c, d] = words;
        [unit::<S>(a), unit::<S>(b), unit::<S>(c), unit::<S>(d)]
    }

    /// Four independent numbers, uniform in [-1, 1).
    #[inline(always)]
    pub fn signed4(&self, purpose: u32) -> [S; 4] {
        let [a, b, c, d] = self.uniform4(purpose);
        [signed(a), signed(b), signed(c), signed(d)]
    }

    /// Zero mean, unit variance, within ±sqrt(12): the sum of four uniform numbers, scaled.
    ///
    /// Kurtosis is 2.7 where a normal law has 3; noise of a sensor needs no far tails.
    #[inline(always)]
    pub fn bell(&self, purpose: u32) -> S {
        let [a, b, c, d] = self.uniform4(purpose);
        ((a + b) + (c + d) - S::lit(2.0)) * S::lit(1.732_050_807_568_877_2)
    }
}

#[inline(always)]
fn unit<S: Lane>(bits: S::Bits) -> S {
    S::from_bits(bits.shr::<8>()) * S::lit(1.0 / 16_777_216.0)
}

#[inline(always)]
fn signed<S: Lane>(x: S) -> S {
    x.mul_add(S::lit(2.0), S::lit(-1.0))
}
