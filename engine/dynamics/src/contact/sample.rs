//! Balls that stand for pieces of a surface.

use halle_lanes::Few;
use halle_spatial::Vec3;

/// Most points of a patch.
pub(super) const MAX_PATCH: usize = 5;

/// A ball that stands for a piece of a form's surface.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample<S> {
    /// Its middle in the form's frame \[m\].
    pub(super) at: Vec3<S>,
    /// Its radius \[m\].
    pub(super) radius: f64,
}

/// The points of a patch.
pub(super) type Patch<S> = Few<Sample<S>, MAX_PATCH>;
