//! Numbers that depend on nothing but a seed.

use halle_lanes::{Word, pcg4d};
use nalgebra::{Matrix3, Rotation3, Vector3};

/// A stream of random numbers.
pub(crate) struct Stream {
    seed: u32,
    at: u32,
}

impl Stream {
    pub(crate) fn new(seed: u32) -> Self {
        Self { seed, at: 0 }
    }

    fn word(&mut self) -> u32 {
        self.at += 1;
        pcg4d([self.seed, self.at, 1, 2].map(Word))[0].0
    }

    /// Uniform in -1..1.
    pub(crate) fn signed(&mut self) -> f64 {
        f64::from(self.word()) / 2_147_483_648.0 - 1.0
    }

    /// Uniform in `low..high`.
    pub(crate) fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * 0.5 * (self.signed() + 1.0)
    }

    /// Uniform in `0..count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.within(0.0, count as f64) as usize).min(count - 1)
    }

    pub(crate) fn vector(&mut self) -> Vector3<f64> {
        Vector3::from_fn(|_, _| self.signed())
    }

    pub(crate) fn rotation(&mut self) -> Matrix3<f64> {
        Rotation3::new(self.vector() * 3.0).into_inner()
    }

    pub(crate) fn list(&mut self, count: usize, size: f64) -> Vec<f64> {
        (0..count).map(|_| size * self.signed()).collect()
    }
}
