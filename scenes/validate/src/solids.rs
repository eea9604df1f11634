//! Shapes of the plant as shapes whose overlap can be computed; meshes are made once.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use halle_world::components::Approximation;
use halle_world::{Shape, TriangleMesh};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};
use parry3d::math::{Pose, Rotation, Vector};
use parry3d::shape::SharedShape;

/// Largest coordinate of a point that takes part \[m\].
const FARTHEST: f64 = 1e6;

/// A shape and how it stands in the frame of the authored one.
#[derive(Clone)]
pub(crate) struct Solid {
    pub(crate) shape: SharedShape,
    pub(crate) authored_from_made: Isometry3<f64>,
}

/// What stands for a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Faces,
    Hull,
    Ball,
    Box,
}

/// Makes shapes.
#[derive(Default)]
pub(crate) struct Solids {
    // Keeps the mesh, so that its address stays its own.
    meshes: BTreeMap<(usize, Form), (Arc<TriangleMesh>, Option<Solid>)>,
    primitives: BTreeMap<(u8, [u64; 3]), SharedShape>,
}

impl Solids {
    /// The shape whose overlap counts; none where there is nothing to touch.
    ///
    /// Decompositions and distance grids follow the faces from close by: the faces stand for them.
    pub(crate) fn make(&mut self, shape: &Shape, approximation: Approximation) -> Option<Solid> {
        let good = |sizes: &[f64]| sizes.iter().all(|s| *s > 1e-7 && *s < FARTHEST);
        let (kind, sizes, turn) = match shape {
            Shape::Mesh(mesh) => return self.mesh(mesh, approximation),
            Shape::Box { half_extent } => (1, half_extent.to_vec(), 0.0),
            Shape::Sphere { radius } => (2, vec![*radius], 0.0),
            Shape::Capsule {
                radius,
                half_height,
            } => (3, vec![*half_height, *radius], 0.0),
            // Theirs stand along y, ours along z.
            Shape::Cylinder {
                radius,
                half_height,
            } => (4, vec![*half_height, *radius], std::f64::consts::FRAC_PI_2),
            Shape::Cone {
                radius,
                half_height,
            } => (5, vec![*half_height, *radius], std::f64::consts::FRAC_PI_2),
            Shape::Plane { .. } => (6, vec![1.0], 0.0),
        };
        let round = kind == 3 && sizes[0] == 0.0 && good(&sizes[1..]);
        if !round && !good(&sizes) {
            return None;
        }
        let bits = [0, 1, 2].map(|k| sizes.get(k).map_or(0, |s: &f64| s.to_bits()));
        let made = self.primitives.entry((kind, bits)).or_insert_with(|| {
            let size = |k: usize| sizes[k] as f32;
            match kind {
                1 => SharedShape::cuboid(size(0), size(1), size(2)),
                2 => SharedShape::ball(size(0)),
                3 => SharedShape::capsule_z(size(0), size(1)),
                4 => SharedShape::cylinder(size(0), size(1)),
                5 => SharedShape::cone(size(0), size(1)),
                _ => SharedShape::halfspace(Vector::Z),
            }
        });
        Some(Solid {
            shape: made.clone(),
            authored_from_made: Isometry3::from_parts(
                Translation3::identity(),
                UnitQuaternion::from_axis_angle(&Vector3::x_axis(), turn),
            ),
        })
    }

    fn mesh(&mut self, mesh: &Arc<TriangleMesh>, approximation: Approximation) -> Option<Solid> {
        let form = match approximation {
            Approximation::ConvexHull => Form::Hull,
            Approximation::BoundingSphere => Form::Ball,
            Approximation::BoundingBox => Form::Box,
            Approximation::Exact
            | Approximation::ConvexDecomposition
            | Approximation::Simplified
            | Approximation::SignedDistance => Form::Faces,
        };
        let key = (Arc::as_ptr(mesh) as usize, form);
        let known = self.meshes.entry(key);
        let (_, made) = known.or_insert_with(|| {
            // The library asserts what it computes, which broken meshes can belie.
            let made = catch_unwind(AssertUnwindSafe(|| of_mesh(mesh, form)));
            (Arc::clone(mesh), made.ok().flatten())
        });
        made.clone()
    }
}

fn of_mesh(mesh: &TriangleMesh, form: Form) -> Option<Solid> {
    let placed = |p: &[f64; 3]| p.iter().all(|v| v.abs() < FARTHEST);
    let counts = |t: &&[u32; 3]| {
        let distinct = t[0] != t[1] && t[1] != t[2] && t[2] != t[0];
        distinct
            && t.iter()
                .all(|i| mesh.points.get(*i as usize).is_some_and(placed))
    };
    let triangles: Vec<[u32; 3]> = mesh.triangles.iter().filter(counts).copied().collect();
    let used: Vec<Vector> = triangles
        .iter()
        .flatten()
        .map(|i| vector(&Vector3::from(mesh.points[*i as usize])))
        .collect();
    if used.is_empty() {
        return None;
    }
    let low = used.iter().fold(Vector::INFINITY, |a, p| a.min(*p));
    let high = used.iter().fold(Vector::NEG_INFINITY, |a, p| a.max(*p));
    let (middle, half) = ((low + high) * 0.5, (high - low) * 0.5);
    let whole = |shape| Solid {
        shape,
        authored_from_made: Isometry3::identity(),
    };
    let centred = |shape| Solid {
        shape,
        authored_from_made: Translation3::new(
            f64::from(middle.x),
            f64::from(middle.y),
            f64::from(middle.z),
        )
        .into(),
    };
    match form {
        Form::Faces => {
            let finite = |v: f64| if v.is_finite() { v } else { 0.0 };
            let all = mesh.points.iter();
            let points = all.map(|p| vector(&Vector3::from(p.map(finite)))).collect();
            SharedShape::trimesh(points, triangles).ok().map(whole)
        }
        Form::Hull if half.min_element() > 1e-6 => SharedShape::convex_hull(&used).map(whole),
        Form::Hull | Form::Box => {
            let half = half.max(Vector::splat(1e-6));
            Some(centred(SharedShape::cuboid(half.x, half.y, half.z)))
        }
        Form::Ball => {
            let far = |r: f32, p: &Vector| r.max((*p - middle).length());
            Some(centred(SharedShape::ball(used.iter().fold(1e-6, far))))
        }
    }
}

fn vector(v: &Vector3<f64>) -> Vector {
    Vector::new(v.x as f32, v.y as f32, v.z as f32)
}

/// A pose in single precision.
pub(crate) fn pose(p: &Isometry3<f64>) -> Pose {
    let q = p.rotation.quaternion();
    let turn = Rotation::from_xyzw(q.i as f32, q.j as f32, q.k as f32, q.w as f32);
    Pose::from_parts(vector(&p.translation.vector), turn.normalize())
}
