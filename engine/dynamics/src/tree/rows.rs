//! Constraints as rows over degrees of freedom.

use halle_lanes::Lane;
use halle_spatial::Vec3;

use super::factor::Factor;
use super::frames::Frame;
use super::plan::{DofKind, Tree, refill};

/// Directions of constraints, and what an impulse along each does.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows<S: Copy> {
    dof_count: usize,
    /// Speed along the row per velocity, row by row.
    directions: Vec<S>,
    /// Velocity per impulse along the row, row by row.
    answers: Vec<S>,
    /// Speed along the row per impulse along it \[1/kg or 1/(kg m^2)\].
    pub(crate) compliance: Vec<S>,
}

impl<S: Lane> Rows<S> {
    /// No rows over so many degrees of freedom.
    #[inline(always)]
    #[must_use]
    pub(super) fn new(dof_count: usize) -> Self {
        Self {
            dof_count,
            directions: Vec::new(),
            answers: Vec::new(),
            compliance: Vec::new(),
        }
    }

    /// Makes it fit another system; there must be no rows.
    pub(super) fn set_dof_count(&mut self, dof_count: usize) {
        self.dof_count = dof_count;
    }

    /// Takes all rows out.
    #[inline(always)]
    pub(super) fn clear(&mut self) {
        self.directions.clear();
        self.answers.clear();
        self.compliance.clear();
    }

    /// Number of rows.
    #[inline(always)]
    #[must_use]
    pub(super) fn len(&self) -> usize {
        self.compliance.len()
    }

    /// Whether there is none.
    #[inline(always)]
    #[must_use]
    pub(super) fn is_empty(&self) -> bool {
        self.compliance.is_empty()
    }

    #[inline(always)]
    fn range(&self, row: usize) -> core::ops::Range<usize> {
        row * self.dof_count..(row + 1) * self.dof_count
    }

    /// Appends a row; `last` is the last degree of freedom that it names.
    #[inline(always)]
    pub(crate) fn push(
        &mut self,
        tree: &Tree,
        factor: &Factor<S>,
        direction: &[S],
        last: Option<usize>,
    ) {
        let start = self.answers.len();
        for x in direction {
            self.directions.push(*x);
            self.answers.push(*x);
        }
        factor.solve_from(tree, &mut self.answers[start..], last);
        let mut seen = S::lit(0.0);
        for k in 0..last.map_or(0, |last| last + 1) {
            seen = direction[k].mul_add(self.answers[start + k], seen);
        }
        self.compliance.push(seen);
    }

    /// Speed along a row.
    #[inline(always)]
    #[must_use]
    pub(super) fn speed(&self, row: usize, velocity: &[S]) -> S {
        let mut sum = S::lit(0.0);
        for (d, v) in self.directions[self.range(row)].iter().zip(velocity) {
            sum = d.mul_add(*v, sum);
        }
        sum
    }

    /// Changes velocities by an impulse along a row.
    #[inline(always)]
    pub(super) fn apply(&self, row: usize, impulse: S, velocity: &mut [S]) {
        for (a, v) in self.answers[self.range(row)].iter().zip(velocity) {
            *v = a.mul_add(impulse, *v);
        }
    }

    /// Speed along one row per impulse along another.
    #[inline(always)]
    pub(crate) fn between(&self, row: usize, other: usize) -> S {
        let mut sum = S::lit(0.0);
        let answers = &self.answers[self.range(other)];
        for (d, a) in self.directions[self.range(row)].iter().zip(answers) {
            sum = d.mul_add(*a, sum);
        }
        sum
    }
}

/// Adds to a direction what moves a point of a link along `push`, and turns the link along `twist`,
/// world axes. Gives the last degree of freedom on the way.
#[inline(always)]
pub(crate) fn add_motion<S: Lane>(
    tree: &Tree,
    frames: &[Frame<S>],
    link: Option<usize>,
    point: Vec3<S>,
    push: Option<Vec3<S>>,
    twist: Option<Vec3<S>>,
    direction: &mut [S],
) -> Option<usize> {
    let last = tree.tip(link);
    let mut at = last;
    while let Some(k) = at {
        let dof = tree.dof(k);
        let frame = &frames[dof.link];
        let axis = frame.axis(dof.kind);
        let mut sum = direction[k];
        match dof.kind {
            DofKind::Turn(_) => {
                if let Some(push) = push {
                    let lever = (point - frame.world_from_link.origin).cross(push);
                    sum += axis.dot(lever);
                }
                if let Some(twist) = twist {
                    sum += axis.dot(twist);
                }
            }
            DofKind::Slide(_) => {
                if let Some(push) = push {
                    sum += axis.dot(push);
                }
            }
            DofKind::Drift(i) => {
                if let Some(push) = push {
                    sum += [push.x, push.y, push.z][i];
                }
            }
        }
        direction[k] = sum;
        at = dof.parent;
    }
    last
}

/// Row of the motion of one link against another at a point.
#[inline(always)]
pub(crate) fn relative<S: Lane>(
    tree: &Tree,
    frames: &[Frame<S>],
    links: [Option<usize>; 2],
    point: Vec3<S>,
    push: Option<Vec3<S>>,
    twist: Option<Vec3<S>>,
    direction: &mut Vec<S>,
) -> Option<usize> {
    refill(direction, S::lit(0.0), tree.dof_count());
    let (less, turned) = (negated(push), negated(twist));
    let first = add_motion(tree, frames, links[0], point, less, turned, direction);
    let second = add_motion(tree, frames, links[1], point, push, twist, direction);
    first.max(second)
}

#[expect(
    clippy::manual_map,
    reason = "a closure would not be inlined into SIMD code"
)]
#[inline(always)]
fn negated<S: Lane>(v: Option<Vec3<S>>) -> Option<Vec3<S>> {
    match v {
        Some(v) => Some(-v),
        None => None,
    }
}
