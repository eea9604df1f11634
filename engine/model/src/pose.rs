//! Rigid transforms as plain numbers.

use serde::{Deserialize, Serialize};

/// A rigid transform `a_from_b`: a rotation, then a translation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Rotation matrix by rows; its columns are the axes of b seen from a.
    pub rotation: [[f64; 3]; 3],
    /// Origin of b seen from a \[m\].
    pub translation: [f64; 3],
}

impl Pose {
    /// The transform that changes nothing.
    pub const IDENTITY: Self = Self {
        rotation: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        translation: [0.0; 3],
    };

    /// `a_from_c` out of `a_from_b` and `b_from_c`.
    #[must_use]
    pub fn then(&self, b_from_c: &Self) -> Self {
        let mut rotation = [[0.0; 3]; 3];
        for (i, row) in rotation.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                *entry = (0..3)
                    .map(|k| self.rotation[i][k] * b_from_c.rotation[k][j])
                    .sum();
            }
        }
        Self {
            rotation,
            translation: self.point(b_from_c.translation),
        }
    }

    /// `b_from_a` out of `a_from_b`.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let mut rotation = [[0.0; 3]; 3];
        for (i, row) in rotation.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                *entry = self.rotation[j][i];
            }
        }
        let back = Self {
            rotation,
            translation: [0.0; 3],
        };
        let t = back.vector(self.translation);
        Self {
            rotation,
            translation: [-t[0], -t[1], -t[2]],
        }
    }

    /// A point of b seen from a \[m\].
    #[must_use]
    pub fn point(&self, p: [f64; 3]) -> [f64; 3] {
        let v = self.vector(p);
        [
            v[0] + self.translation[0],
            v[1] + self.translation[1],
            v[2] + self.translation[2],
        ]
    }

    /// A direction of b seen from a.
    #[must_use]
    pub fn vector(&self, v: [f64; 3]) -> [f64; 3] {
        let r = &self.rotation;
        [0, 1, 2].map(|i| r[i][0] * v[0] + r[i][1] * v[1] + r[i][2] * v[2])
    }
}
