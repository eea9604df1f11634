//! Colliders by themselves: shapes, meshes, materials, duplicates.

use std::collections::BTreeMap;
use std::sync::Arc;

use halle_world::components::{ContactMaterial, Geometry, SourcePath};
use halle_world::{Entity, Shape, TriangleMesh};
use nalgebra::Vector3;

use crate::plant::Facts;
use crate::rule;
use crate::sink::{Sink, word};
use crate::wording::{count, grouped, number};

/// Distance \[m\] and angle \[rad\] below which two shapes stand in one place.
const SAME: f64 = 1e-6;

/// Checks all colliders.
pub(crate) fn check(facts: &Facts<'_>, sink: &mut Sink) {
    materials(facts, sink);
    shapes(facts, sink);
    meshes(facts, sink);
    duplicates(facts, sink);
}

fn materials(facts: &Facts<'_>, sink: &mut Sink) {
    let mut bare = Vec::new();
    for &entity in &facts.colliders {
        match facts.world.get::<ContactMaterial>(entity) {
            None => bare.push(entity),
            Some(m) if m.static_friction <= 0.0 && m.dynamic_friction <= 0.0 => {
                let text = word(
                    "surface has no friction: whatever lies on it slides away",
                    "author `physics:staticFriction` and `physics:dynamicFriction` on its material",
                );
                let property = "material:binding:physics";
                sink.on(&rule::NO_FRICTION, facts.world, entity, property, text);
            }
            Some(_) => {}
        }
    }
    let Some(&first) = bare.first() else { return };
    let all = facts.colliders.len();
    let text = word(
        format!(
            "{} without a physics material, of {}",
            count(bare.len(), "collider"),
            grouped(all)
        ),
        "bind a material with `PhysicsMaterialAPI`, to a prim above all of them at best",
    )
    .note("each engine then takes a friction of its own; halle takes 0.5");
    let property = "material:binding:physics";
    sink.on(&rule::NO_MATERIAL, facts.world, first, property, text);
}

fn shapes(facts: &Facts<'_>, sink: &mut Sink) {
    for &entity in &facts.colliders {
        let Some(geometry) = facts.world.get::<Geometry>(entity) else {
            continue;
        };
        let sizes: Vec<f64> = match &geometry.shape {
            Shape::Box { half_extent } => half_extent.to_vec(),
            Shape::Sphere { radius } | Shape::Capsule { radius, .. } => vec![*radius],
            Shape::Cylinder {
                radius,
                half_height,
            }
            | Shape::Cone {
                radius,
                half_height,
            } => vec![*radius, *half_height],
            Shape::Plane { .. } => continue,
            Shape::Mesh(mesh) => vec![mesh_size(mesh)],
        };
        if sizes.iter().all(|s| s.is_finite() && *s > 0.0) {
            continue;
        }
        let sizes: Vec<String> = sizes.iter().map(|s| number(*s)).collect();
        let text = word(
            format!("collider has no size: ({}) m", sizes.join(", ")),
            "give it a size, or take `PhysicsCollisionAPI` off",
        );
        sink.on(&rule::EMPTY_SHAPE, facts.world, entity, "", text);
    }
}

/// Diagonal of the box around a mesh \[m\].
fn mesh_size(mesh: &TriangleMesh) -> f64 {
    let used = mesh.triangles.iter().flatten();
    let points = used.filter_map(|i| mesh.points.get(*i as usize));
    let start = [
        Vector3::repeat(f64::INFINITY),
        Vector3::repeat(f64::NEG_INFINITY),
    ];
    let [low, high] = points.fold(start, |[low, high], p| {
        let p = Vector3::from(*p);
        [low.inf(&p), high.sup(&p)]
    });
    (high - low).norm()
}

/// What can be said of a mesh as a solid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Solid {
    /// Edges that belong to one triangle only.
    pub(crate) open: usize,
    /// Volume, negative if the triangles face inwards \[m^3\].
    pub(crate) volume: f64,
}

/// Edges and volume of a mesh; points in the same place count as one.
pub(crate) fn solid(mesh: &TriangleMesh) -> Solid {
    let mut places: BTreeMap<[u64; 3], u32> = BTreeMap::new();
    let mut number = |p: &[f64; 3]| {
        // Zeros of both signs are one number.
        let key = p.map(|v| (v + 0.0).to_bits());
        let next = places.len() as u32;
        *places.entry(key).or_insert(next)
    };
    let numbers: Vec<u32> = mesh.points.iter().map(&mut number).collect();
    let mut edges: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    let mut volume = 0.0;
    for triangle in &mesh.triangles {
        let corner = |i: u32| mesh.points.get(i as usize).map(|p| Vector3::from(*p));
        let [Some(a), Some(b), Some(c)] = triangle.map(corner) else {
            continue;
        };
        volume += a.dot(&b.cross(&c)) / 6.0;
        let [a, b, c] = triangle.map(|i| numbers[i as usize]);
        for (p, q) in [(a, b), (b, c), (c, a)] {
            if p != q {
                *edges.entry((p.min(q), p.max(q))).or_default() += 1;
            }
        }
    }
    Solid {
        open: edges.values().filter(|n| **n % 2 == 1).count(),
        volume,
    }
}

/// Meshes whose volume becomes a mass.
fn meshes(facts: &Facts<'_>, sink: &mut Sink) {
    let mut known: BTreeMap<usize, (Arc<TriangleMesh>, Solid)> = BTreeMap::new();
    for &body in &facts.bodies {
        let authored = facts.authored(body);
        let all_said = authored.mass.is_some() && authored.diagonal_inertia.is_some();
        if !facts.moves(body) || all_said {
            continue;
        }
        for &entity in facts.own_colliders(body) {
            let Some(Shape::Mesh(mesh)) = facts.world.get::<Geometry>(entity).map(|g| &g.shape)
            else {
                continue;
            };
            let found = known.entry(Arc::as_ptr(mesh) as usize);
            let (_, solid) = found.or_insert_with(|| (Arc::clone(mesh), solid(mesh)));
            if solid.open > 0 {
                let text = word(
                    format!(
                        "mesh is not closed: {} with one face",
                        count(solid.open, "edge")
                    ),
                    "close the mesh, or author mass and inertia on the body",
                )
                .note(format!(
                    "mass or inertia of the body comes from its volume, computed as {} m^3",
                    number(solid.volume)
                ));
                let property = "faceVertexIndices";
                sink.on(&rule::OPEN_MESH, facts.world, entity, property, text);
            } else if solid.volume < 0.0 {
                let text = word(
                    format!(
                        "mesh is inside out: its volume is {} m^3",
                        number(solid.volume)
                    ),
                    "turn its faces round, or author `orientation = \"leftHanded\"`",
                );
                sink.on(&rule::INSIDE_OUT, facts.world, entity, "orientation", text);
            }
        }
    }
}

/// The same shape twice in one place on one body.
fn duplicates(facts: &Facts<'_>, sink: &mut Sink) {
    // Shapes of one place and one print are few: meshes of CAD often all stand at the origin.
    let mut places: BTreeMap<([i64; 3], u64), Vec<Entity>> = BTreeMap::new();
    for &entity in &facts.colliders {
        let Some(geometry) = facts.world.get::<Geometry>(entity) else {
            continue;
        };
        if facts.prototypes.contains(&entity) {
            continue;
        }
        let at = geometry.world_from_shape.translation.vector;
        let cell = [at.x, at.y, at.z].map(|v| (v * 1e4).round() as i64);
        let key = (cell, print(&geometry.shape));
        places.entry(key).or_default().push(entity);
    }
    for here in places.values() {
        for (k, &second) in here.iter().enumerate() {
            let first = here[..k].iter().find(|first| same(facts, **first, second));
            let Some(&first) = first else { continue };
            let other = facts.path(first);
            let name = other.rsplit('/').next().unwrap_or_default();
            let text = word(
                format!("collider is the same as `{other}`: same shape, same place"),
                "remove one of them",
            )
            .alike(name);
            sink.on(&rule::DUPLICATE, facts.world, second, "", text);
        }
    }
}

/// A number that equal shapes share and others hardly do.
fn print(shape: &Shape) -> u64 {
    let mut numbers: Vec<f64> = shape.lengths().map(|(_, v)| v).collect();
    if let Shape::Mesh(mesh) = shape {
        numbers.push(mesh.points.len() as f64);
        numbers.push(mesh.triangles.len() as f64);
        let ends = [mesh.points.first(), mesh.points.last()];
        numbers.extend(ends.into_iter().flatten().flatten());
    }
    let mix = |hash: u64, v: &f64| (hash ^ v.to_bits()).wrapping_mul(0x0000_0100_0000_01b3);
    numbers.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

fn same(facts: &Facts<'_>, a: Entity, b: Entity) -> bool {
    if facts.body_of(a) != facts.body_of(b) {
        return false;
    }
    let shape = |e| facts.world.get::<Geometry>(e);
    let (Some(one), Some(two)) = (shape(a), shape(b)) else {
        return false;
    };
    let equal = match (&one.shape, &two.shape) {
        (Shape::Mesh(x), Shape::Mesh(y)) => Arc::ptr_eq(x, y) || x.points == y.points,
        (x, y) => x == y,
    };
    let gap = one.world_from_shape.inv_mul(&two.world_from_shape);
    let distinct = facts.world.get::<SourcePath>(a) != facts.world.get::<SourcePath>(b);
    equal && distinct && gap.translation.vector.norm() < SAME && gap.rotation.angle() < SAME
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tetrahedron with corners at the origin and the unit points: 1/6 m^3; without one face it
    /// has three open edges; points listed twice change nothing.
    #[test]
    fn tetrahedron() {
        let points = vec![
            [0.0; 3],
            [1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.0, 0.0, 1.0],
            [-0.0, 0.0, 0.0],
        ];
        let mut mesh = TriangleMesh {
            points,
            triangles: vec![[0, 2, 1], [4, 1, 3], [0, 3, 2], [1, 2, 3]],
            normals: Vec::new(),
        };
        let whole = solid(&mesh);
        assert_eq!(whole.open, 0);
        assert!((whole.volume - 1.0 / 6.0).abs() < 1e-15);
        for triangle in &mut mesh.triangles {
            triangle.swap(0, 1);
        }
        assert!((solid(&mesh).volume + 1.0 / 6.0).abs() < 1e-15);
        mesh.triangles.pop();
        assert_eq!(solid(&mesh).open, 3);
    }
}
