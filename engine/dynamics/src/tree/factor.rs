//! Solving with the mass matrix: its factors keep the pattern of the tree (Featherstone 2008, ch. 8).

use halle_lanes::{Few, Lane};

use super::mass::{MassMatrix, entry};
use super::plan::{Dofs, Tree};

/// A mass matrix and then its factors, `M = L^T D L`.
///
/// Filled where it stands: a list that is moved is copied with all its room.
#[derive(Clone, Debug, Default)]
pub(super) struct Factor<S: Copy> {
    /// M, then L below the diagonal; L has ones on its diagonal.
    pub(super) lower: MassMatrix<S>,
    /// One over D.
    inverse: Dofs<S>,
}

impl<S: Lane> Factor<S> {
    /// Nothing factored yet.
    #[inline(always)]
    #[must_use]
    pub(super) fn new() -> Self {
        Self {
            lower: Few::new(),
            inverse: Few::new(),
        }
    }

    /// Factors the matrix, which must be positive definite.
    #[inline(always)]
    pub(crate) fn decompose(&mut self, tree: &Tree) {
        let n = tree.dof_count();
        let lower = &mut self.lower;
        for _ in 0..n {
            self.inverse.push(S::lit(1.0));
        }
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
