//! Solving with the mass matrix: its factors keep the pattern of the tree (Featherstone 2008, ch. 8).

use halle_lanes::Lane;

use super::mass::entry;
use super::plan::{Tree, refill};

/// A mass matrix and then its factors, `M = L^T D L`.
#[derive(Clone, Debug, Default)]
pub(super) struct Factor<S: Copy> {
    /// M, then L below the diagonal; L has ones on its diagonal.
    pub(super) lower: Vec<S>,
    /// One over D.
    inverse: Vec<S>,
}

impl<S: Lane> Factor<S> {
    /// Nothing factored yet.
    #[inline(always)]
    #[must_use]
    pub(super) fn new() -> Self {
        Self {
            lower: Vec::new(),
            inverse: Vec::new(),
        }
    }

    /// Factors the matrix, which must be positive definite.
    #[inline(always)]
    pub(crate) fn decompose(&mut self, tree: &Tree) {
        let n = tree.dof_count();
        let lower = &mut self.lower;
        refill(&mut self.inverse, S::lit(1.0), n);
        for k in (0..n).rev() {
            let inverse = S::lit(1.0) / lower[entry(k, k)];
            self.inverse[k] = inverse;
            let mut at = tree.dof(k).parent;
            while let Some(i) = at {
                let share = lower[entry(k, i)] * inverse;
                let mut below = Some(i);
                while let Some(j) = below {
                    lower[entry(i, j)] = (-lower[entry(k, j)]).mul_add(share, lower[entry(i, j)]);
                    below = tree.dof(j).parent;
                }
                lower[entry(k, i)] = share;
                at = tree.dof(i).parent;
            }
        }
    }

    /// Solves `M x = b` in place.
    #[inline(always)]
    pub(super) fn solve(&self, tree: &Tree, x: &mut [S]) {
        let n = tree.dof_count();
        self.down(tree, x, n.checked_sub(1));
        self.up(tree, x);
    }

    /// As [`Factor::solve`], where `b` is zero behind `last`.
    #[inline(always)]
    pub(crate) fn solve_from(&self, tree: &Tree, x: &mut [S], last: Option<usize>) {
        self.down(tree, x, last);
        self.up(tree, x);
    }

    /// `L^T y = b`, from `last` towards the root.
    #[inline(always)]
    fn down(&self, tree: &Tree, x: &mut [S], last: Option<usize>) {
        let Some(last) = last else {
            return;
        };
        for k in (0..=last).rev() {
            let own = x[k];
            let mut at = tree.dof(k).parent;
            while let Some(i) = at {
                x[i] = (-self.lower[entry(k, i)]).mul_add(own, x[i]);
                at = tree.dof(i).parent;
            }
        }
    }

    /// `D L x = y`.
    #[inline(always)]
    fn up(&self, tree: &Tree, x: &mut [S]) {
        for k in 0..tree.dof_count() {
            let mut own = x[k] * self.inverse[k];
            let mut at = tree.dof(k).parent;
            while let Some(i) = at {
                own = (-self.lower[entry(k, i)]).mul_add(x[i], own);
                at = tree.dof(i).parent;
            }
            x[k] = own;
        }
    }
}
