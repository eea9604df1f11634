//! Ranges along the axes and oriented boxes, with the arithmetic of `GfRange3d` and `GfBBox3d`.

use nalgebra::{Matrix4, Vector3};
use openusd::gf::Vec3f;
use openusd::usd::{self, TimeCode};

use crate::error::StageError;

/// A matrix whose determinant is no greater than this flattens its box.
const FLAT: f64 = 1e-13;

/// A box along the axes; empty where a lowest corner lies above the highest one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) min: Vector3<f64>,
    pub(super) max: Vector3<f64>,
}

impl Default for Range {
    fn default() -> Self {
        let far = f64::from(f32::MAX);
        Self {
            min: Vector3::repeat(far),
            max: Vector3::repeat(-far),
        }
    }
}

impl Range {
    /// The value of a prim's `extent`, widened; `None` unless it has two corners.
    pub(super) fn of_extent(
        prim: &usd::Prim,
        time: Option<TimeCode>,
    ) -> Result<Option<Self>, StageError> {
        let corners = prim.attribute("extent").get_at::<Vec<Vec3f>>(time)?;
        Ok(match corners.as_deref() {
            Some([low, high]) => Some(Self::between(*low, *high)),
            _ => None,
        })
    }

    /// From the lowest corner to the highest one.
    pub(super) fn between(low: Vec3f, high: Vec3f) -> Self {
        Self {
            min: [low.x, low.y, low.z].map(f64::from).into(),
            max: [high.x, high.y, high.z].map(f64::from).into(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        (0..3).any(|k| self.min[k] > self.max[k])
    }

    /// Grows to hold another range; a coordinate that is not a number changes nothing.
    pub(super) fn unite(&mut self, other: &Self) {
        for k in 0..3 {
            if other.min[k] < self.min[k] {
                self.min[k] = other.min[k];
            }
            if other.max[k] > self.max[k] {
                self.max[k] = other.max[k];
            }
        }
    }

    fn volume(&self) -> f64 {
        let size = self.max - self.min;
        size.x * size.y * size.z
    }
}

/// A box along the axes of a space of its own; the matrix leads out of that space.
#[derive(Clone, Debug)]
pub(super) struct Oriented {
    pub(super) range: Range,
    pub(super) matrix: Matrix4<f64>,
}

impl Default for Oriented {
    fn default() -> Self {
        Self {
            range: Range::default(),
            matrix: Matrix4::identity(),
        }
    }
}

impl Oriented {
    pub(super) fn transform(&mut self, matrix: &Matrix4<f64>) {
        self.matrix = matrix * self.matrix;
    }

    /// The box along the axes around this one (Arvo, Graphics Gems I, 548-550).
    pub(super) fn aligned(&self) -> Range {
        if self.range.is_empty() {
            return self.range.clone();
        }
        let origin = Vector3::new(
            self.matrix[(0, 3)],
            self.matrix[(1, 3)],
            self.matrix[(2, 3)],
        );
        let (mut min, mut max) = (origin, origin);
        for j in 0..3 {
            for i in 0..3 {
                let a = self.range.min[i] * self.matrix[(j, i)];
                let b = self.range.max[i] * self.matrix[(j, i)];
                let (low, high) = if a < b { (a, b) } else { (b, a) };
                min[j] += low;
                max[j] += high;
            }
        }
        Range { min, max }
    }

    /// One box around two, in the space of the one that makes it smaller.
    pub(super) fn combine(a: &Self, b: &Self) -> Self {
        if a.range.is_empty() {
            return b.clone();
        }
        if b.range.is_empty() {
            return a.clone();
        }
        match (a.inverse(), b.inverse()) {
            (None, None) => {
                let mut range = a.aligned();
                range.unite(&b.aligned());
                Self {
                    range,
                    matrix: Matrix4::identity(),
                }
            }
            (None, Some(inverse)) => b.grown(a, &inverse),
            (Some(inverse), None) => a.grown(b, &inverse),
            (Some(from_a), Some(from_b)) => {
                let (in_a, in_b) = (a.grown(b, &from_a), b.grown(a, &from_b));
                let (va, vb) = (in_a.volume(), in_b.volume());
                let close = f64::max(1e-10, 1e-6 * f64::max(va, vb).abs());
                if (va - vb).abs() <= close || va < vb {
                    in_a
                } else {
                    in_b
                }
            }
        }
    }

    fn inverse(&self) -> Option<Matrix4<f64>> {
        let solid = self.matrix.determinant().abs() > FLAT;
        if solid {
            self.matrix.try_inverse()
        } else {
            None
        }
    }

    fn grown(&self, other: &Self, inverse: &Matrix4<f64>) -> Self {
        let mut other = other.clone();
        other.transform(inverse);
        let mut whole = self.clone();
        whole.range.unite(&other.aligned());
        whole
    }

    fn volume(&self) -> f64 {
        if self.range.is_empty() {
            return 0.0;
        }
        let linear = self.matrix.fixed_view::<3, 3>(0, 0).determinant();
        (linear * self.range.volume()).abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube(half: f64, matrix: Matrix4<f64>) -> Oriented {
        Oriented {
            range: Range {
                min: Vector3::repeat(-half),
                max: Vector3::repeat(half),
            },
            matrix,
        }
    }

    #[test]
    fn a_cube_turned_by_45_degrees_is_wider_by_the_root_of_two() {
        let turn = Matrix4::from_euler_angles(0.0, 0.0, std::f64::consts::FRAC_PI_4);
        let range = cube(1.0, turn).aligned();
        // cos 45° and sin 45° differ in the last bit: 1e-15 is four of them.
        assert!((range.max.x - std::f64::consts::SQRT_2).abs() < 1e-15);
        assert!((range.max.z - 1.0).abs() < 1e-15);
    }

    #[test]
    fn two_boxes_are_combined_in_the_space_that_makes_the_smaller_whole() {
        let turn = Matrix4::from_euler_angles(0.0, 0.0, std::f64::consts::FRAC_PI_4);
        let large = cube(4.0, turn);
        let whole = Oriented::combine(&cube(1.0, Matrix4::identity()), &large);
        // The small cube fits inside the large one: nothing grows.
        assert_eq!(whole.range, large.range);
        assert_eq!(whole.matrix, large.matrix);
    }

    #[test]
    fn a_flat_box_is_taken_into_the_space_of_the_other() {
        let flat = cube(
            1.0,
            Matrix4::new_nonuniform_scaling(&Vector3::new(0.0, 3.0, 1.0)),
        );
        let whole = Oriented::combine(&flat, &cube(2.0, Matrix4::identity()));
        assert_eq!(whole.range.max, Vector3::new(2.0, 3.0, 2.0));
    }
}
