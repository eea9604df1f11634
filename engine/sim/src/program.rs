//! What one env does in a control step.

use halle_lanes::Lane;

use crate::batch::Layout;

/// One env's life: how it begins, and what a control step does to it.
///
/// Implement both methods with `#[inline(always)]`.
/// Arrays hold one number per env and element; see [`Layout`] for what stands where.
pub trait Program: Send + Sync {
    /// How much each env keeps, is given and gives back.
    fn layout(&self) -> Layout;

    /// Writes the state of a new env and its first outputs.
    fn begin<S: Lane>(
        &self,
        key: [S::Bits; 2],
        state: &mut S::Array<'_>,
        output: &mut S::Array<'_>,
    );

    /// Advances the env by one control step.
    fn step<S: Lane>(
        &self,
        key: [S::Bits; 2],
        action: &S::Array<'_>,
        state: &mut S::Array<'_>,
        output: &mut S::Array<'_>,
    );
}
