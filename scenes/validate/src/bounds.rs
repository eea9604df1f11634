//! Boxes around shapes.

use std::collections::BTreeMap;
use std::sync::Arc;

use halle_world::{Shape, TriangleMesh};
use nalgebra::{Isometry3, Point3, Vector3};

/// A box along the axes: its centre and half sizes \[m\].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) low: Vector3<f64>,
    pub(crate) high: Vector3<f64>,
}

impl Bounds {
    /// Around nothing.
    pub(crate) fn empty() -> Self {
        Self {
            low: Vector3::repeat(f64::INFINITY),
            high: Vector3::repeat(f64::NEG_INFINITY),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        !(0..3).all(|k| self.low[k] <= self.high[k])
    }

    pub(crate) fn size(&self) -> Vector3<f64> {
        self.high - self.low
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.low = self.low.inf(&other.low);
        self.high = self.high.sup(&other.high);
    }

    /// The box along the axes of frame a around this box of frame b.
    pub(crate) fn seen_from(&self, a_from_b: &Isometry3<f64>) -> Self {
        let center = a_from_b.transform_point(&Point3::from((self.low + self.high) / 2.0));
        let turn = a_from_b.rotation.to_rotation_matrix();
        let half = turn.matrix().abs() * (self.size() / 2.0);
        Self {
            low: center.coords - half,
            high: center.coords + half,
        }
    }
}

/// Boxes of shapes in their own frames; those of meshes are found once.
#[derive(Debug, Default)]
pub(crate) struct Boxes {
    // Keeps the mesh, so that its address stays its own.
    meshes: BTreeMap<usize, (Arc<TriangleMesh>, Bounds)>,
}

impl Boxes {
    /// The box of a shape in its own frame; none for planes, which have no end.
    pub(crate) fn of(&mut self, shape: &Shape) -> Option<Bounds> {
        let [x, y, z] = match shape {
            Shape::Box { half_extent } => *half_extent,
            Shape::Sphere { radius } => [*radius; 3],
            Shape::Capsule {
                radius,
                half_height,
            } => [*radius, *radius, half_height + radius],
            Shape::Cylinder {
                radius,
                half_height,
            }
            | Shape::Cone {
                radius,
                half_height,
            } => [*radius, *radius, *half_height],
            Shape::Plane { .. } => return None,
            Shape::Mesh(mesh) => {
                let key = Arc::as_ptr(mesh) as usize;
                let known = self.meshes.entry(key);
                let (_, bounds) = known.or_insert_with(|| (Arc::clone(mesh), of_mesh(mesh)));
                return Some(*bounds).filter(|b| !b.is_empty());
            }
        };
        let half = Vector3::new(x, y, z);
        Some(Bounds {
            low: -half,
            high: half,
        })
    }
}

fn of_mesh(mesh: &TriangleMesh) -> Bounds {
    let used = mesh.triangles.iter().flatten();
    let points = used.filter_map(|i| mesh.points.get(*i as usize));
    points.fold(Bounds::empty(), |mut bounds, p| {
        let p = Vector3::from(*p);
        bounds.join(&Bounds { low: p, high: p });
        bounds
    })
}
