//! Shapes of the plant as shapes of the solver, shared by all colliders and envs that use them.

use std::collections::BTreeMap;
use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;

use halle_world::components::Approximation;
use halle_world::{Entity, Shape, TriangleMesh};
use nalgebra::{Isometry3, Translation3, UnitQuaternion, Vector3};
use rapier3d::geometry::{SharedShape, TriMeshFlags};
use rapier3d::math::Vector;

use crate::maths::{FARTHEST, corner, real};
use crate::says;
use crate::tell::Tell;

/// How a mesh is turned into something to touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MeshForm {
    Exact,
    Hull,
    Parts,
    Ball,
    Box,
}

/// A shape of the solver and how it stands in the frame of the authored shape.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) shape: SharedShape,
    pub(crate) authored_from_made: Isometry3<f64>,
}

/// Makes shapes and remembers those of meshes, which are shared between instances.
#[derive(Default)]
pub(crate) struct Shapes {
    // Keeps the mesh alive, so that its address stays its own.
    meshes: BTreeMap<(usize, MeshForm), (Arc<TriangleMesh>, Option<Made>)>,
    primitives: BTreeMap<[u64; 4], SharedShape>,
}

impl Shapes {
    /// Number of different shapes.
    pub(crate) fn count(&self) -> usize {
        self.meshes.len() + self.primitives.len()
    }

    /// A shape of the solver; none if there is nothing to touch, which is told.
    pub(crate) fn make(
        &mut self,
        entity: Entity,
        shape: &Shape,
        approximation: Approximation,
        moves: bool,
        tell: &mut Tell,
    ) -> Option<Made> {
        if let Shape::Mesh(mesh) = shape {
            return self.mesh(entity, mesh, approximation, moves, tell);
        }
        let good = |sizes: &[f64]| sizes.iter().all(|s| *s > 1.0e-7 && *s < FARTHEST);
        let (key, sizes, turn) = match shape {
            Shape::Box { half_extent } => (1, half_extent.to_vec(), 0.0),
            Shape::Sphere { radius } => (2, vec![*radius], 0.0),
            Shape::Capsule {
                radius,
                half_height,
            } => (3, vec![*radius, *half_height], 0.0),
            // The solver's cylinders and cones stand along y.
            Shape::Cylinder {
                radius,
                half_height,
            } => (4, vec![*radius, *half_height], FRAC_PI_2),
            Shape::Cone {
                radius,
                half_height,
            } => (5, vec![*radius, *half_height], FRAC_PI_2),
            Shape::Plane { .. } if moves => {
                tell.add(says::MOVING_PLANE, entity, "");
                return None;
            }
            Shape::Plane { .. } => (6, vec![1.0], 0.0),
            Shape::Mesh(_) => return None,
        };
        if !good(&sizes) {
            tell.add(says::BAD_SHAPE, entity, format!("sizes {sizes:?} m"));
            return None;
        }
        let number = |k: usize| sizes.get(k).map_or(0, |s| s.to_bits());
        let made = self
            .primitives
            .entry([key, number(0), number(1), number(2)])
            .or_insert_with(|| primitive(key, &sizes));
        Some(Made {
            shape: made.clone(),
            authored_from_made: Isometry3::from_parts(
                Translation3::identity(),
                UnitQuaternion::from_axis_angle(&Vector3::x_axis(), turn),
            ),
        })
    }

    fn mesh(
        &mut self,
        entity: Entity,
        mesh: &Arc<TriangleMesh>,
        approximation: Approximation,
        moves: bool,
        tell: &mut Tell,
    ) -> Option<Made> {
        let form = match (approximation, moves) {
            (Approximation::Exact, false) => MeshForm::Exact,
            (Approximation::Exact, true) => {
                tell.add(says::DYNAMIC_MESH, entity, "");
                MeshForm::Hull
            }
            (Approximation::ConvexHull, _) => MeshForm::Hull,
            (Approximation::ConvexDecomposition, _) => MeshForm::Parts,
            (Approximation::BoundingSphere, _) => MeshForm::Ball,
            (Approximation::BoundingBox, _) => MeshForm::Box,
            (Approximation::Simplified | Approximation::SignedDistance, _) => {
                tell.add(says::REPLACED_MESH, entity, "");
                if moves {
                    MeshForm::Parts
                } else {
                    MeshForm::Exact
                }
            }
        };
        let address = Arc::as_ptr(mesh) as usize;
        if let Some((_, made)) = self.meshes.get(&(address, form)) {
            return made.clone();
        }
        let made = make_mesh(entity, mesh, form, tell);
        self.meshes
            .insert((address, form), (mesh.clone(), made.clone()));
        made
    }
}

fn primitive(key: u64, sizes: &[f64]) -> SharedShape {
    let size = |k: usize| real(sizes[k]);
    match key {
        1 => SharedShape::cuboid(size(0), size(1), size(2)),
        2 => SharedShape::ball(size(0)),
        3 => SharedShape::capsule_z(size(1), size(0)),
        4 => SharedShape::cylinder(size(1), size(0)),
        5 => SharedShape::cone(size(1), size(0)),
        _ => SharedShape::halfspace(Vector::Z),
    }
}

fn make_mesh(entity: Entity, mesh: &TriangleMesh, form: MeshForm, tell: &mut Tell) -> Option<Made> {
    let placed = |p: &[f64; 3]| p.iter().all(|v| v.abs() < FARTHEST);
    let counts = |t: &&[u32; 3]| {
        let distinct = t[0] != t[1] && t[1] != t[2] && t[2] != t[0];
        distinct
            && t.iter()
                .all(|i| mesh.points.get(*i as usize).is_some_and(placed))
    };
    let triangles: Vec<[u32; 3]> = mesh.triangles.iter().filter(counts).copied().collect();
    if triangles.is_empty() {
        tell.add(says::BAD_SHAPE, entity, "a mesh without triangles");
        return None;
    }
    // Points that no triangle uses do not touch anything.
    let used: Vec<Vector> = triangles
        .iter()
        .flatten()
        .map(|i| corner(mesh.points[*i as usize]))
        .collect();
    let whole = |shape| {
        Some(Made {
            shape,
            authored_from_made: Isometry3::identity(),
        })
    };
    let points = || {
        mesh.points
            .iter()
            .map(|p| corner(p.map(finite)))
            .collect::<Vec<_>>()
    };
    match form {
        MeshForm::Exact => {
            let flags = TriMeshFlags::FIX_INTERNAL_EDGES | TriMeshFlags::MERGE_DUPLICATE_VERTICES;
            match SharedShape::trimesh_with_flags(points(), triangles, flags) {
                Ok(shape) => whole(shape),
                Err(_) => bounding_box(entity, &used, tell),
            }
        }
        MeshForm::Hull => match hull(&used) {
            Some(shape) => whole(shape),
            None => {
                tell.add(says::NO_HULL, entity, "");
                bounding_box(entity, &used, tell)
            }
        },
        MeshForm::Parts => match convex_parts(&points(), &triangles) {
            Some(shape) => whole(shape),
            None => {
                tell.add(says::NO_HULL, entity, "");
                bounding_box(entity, &used, tell)
            }
        },
        MeshForm::Box => bounding_box(entity, &used, tell),
        MeshForm::Ball => bounding_ball(entity, &used, tell),
    }
}

fn finite(v: f64) -> f64 {
    if v.is_finite() { v } else { 0.0 }
}

/// The convex hull; none if the points are flat. The hull code of the solver asserts what it
/// computes, which nearly flat points of other people's meshes break.
fn hull(points: &[Vector]) -> Option<SharedShape> {
    let (low, high) = extent(points);
    if (high - low).min_element() < 1.0e-6 {
        return None;
    }
    std::panic::catch_unwind(|| SharedShape::convex_hull(points))
        .ok()
        .flatten()
}

fn convex_parts(points: &[Vector], triangles: &[[u32; 3]]) -> Option<SharedShape> {
    let made = std::panic::catch_unwind(|| SharedShape::convex_decomposition(points, triangles));
    let shape = made.ok()?;
    let parts = shape.as_compound().map_or(0, |c| c.shapes().len());
    (parts > 0).then_some(shape)
}

fn extent(points: &[Vector]) -> (Vector, Vector) {
    let start = (Vector::INFINITY, Vector::NEG_INFINITY);
    points
        .iter()
        .fold(start, |(low, high), p| (low.min(*p), high.max(*p)))
}

/// The box around the points; a flat one is given a millimetre.
fn bounding_box(entity: Entity, points: &[Vector], tell: &mut Tell) -> Option<Made> {
    let (low, high) = extent(points);
    let half = (high - low) * 0.5;
    if !(half.is_finite() && half.max_element() > 1.0e-7) {
        tell.add(says::BAD_SHAPE, entity, "a mesh of one point");
        return None;
    }
    let half = half.max(Vector::splat(5.0e-4));
    let center = crate::maths::wide_vector((low + high) * 0.5);
    Some(Made {
        shape: SharedShape::cuboid(half.x, half.y, half.z),
        authored_from_made: Translation3::from(center).into(),
    })
}

/// A ball around the points: the centre of their box, the farthest point as radius.
fn bounding_ball(entity: Entity, points: &[Vector], tell: &mut Tell) -> Option<Made> {
    let (low, high) = extent(points);
    let center = (low + high) * 0.5;
    let radius = points
        .iter()
        .fold(0.0_f32, |r, p| r.max((*p - center).length()));
    if !(radius.is_finite() && radius > 1.0e-7) {
        tell.add(says::BAD_SHAPE, entity, "a mesh of one point");
        return None;
    }
    Some(Made {
        shape: SharedShape::ball(radius),
        authored_from_made: Translation3::from(crate::maths::wide_vector(center)).into(),
    })
}
