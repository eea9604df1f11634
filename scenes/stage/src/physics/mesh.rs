//! Meshes as solids.

use nalgebra::Vector3;
use openusd::gf::Vec3f;
use openusd::usd::Prim;

use super::hull;
use super::solid::Solid;

/// The solid of a mesh by its approximation; empty if it encloses nothing.
pub(super) fn solid(prim: &Prim, approximation: &str, scale: [f64; 3]) -> Solid {
    let read = prim.attribute("points").get::<Vec<Vec3f>>().ok().flatten();
    let scaled = |p: &Vec3f| {
        Vector3::new(
            f64::from(p.x) * scale[0],
            f64::from(p.y) * scale[1],
            f64::from(p.z) * scale[2],
        )
    };
    let points: Vec<Vector3<f64>> = read.iter().flatten().map(scaled).collect();
    let nothing = Solid::empty(Vector3::zeros());
    if points.len() < 4 {
        return nothing;
    }
    match approximation {
        "boundingCube" => {
            let (low, high) = points
                .iter()
                .fold((points[0], points[0]), |(low, high), p| {
                    (low.inf(p), high.sup(p))
                });
            Solid::cuboid(high - low, (low + high) * 0.5)
        }
        "convexHull" | "convexDecomposition" => match hull::triangles(&points) {
            Some(triangles) => Solid::enclosed(&points, &triangles),
            None => nothing,
        },
        _ => match fans(prim, points.len()) {
            Some(triangles) => Solid::enclosed(&points, &triangles),
            None => nothing,
        },
    }
}

/// The faces of a mesh, each cut into triangles from its first corner; `None` if an index is wrong.
fn fans(prim: &Prim, count: usize) -> Option<Vec<[usize; 3]>> {
    let ints = |name: &str| prim.attribute(name).get::<Vec<i32>>().ok().flatten();
    let (counts, indices) = (ints("faceVertexCounts")?, ints("faceVertexIndices")?);
    let mut triangles = Vec::new();
    let mut start = 0_usize;
    for corners in counts {
        let corners = usize::try_from(corners).ok()?;
        let face = indices.get(start..start.checked_add(corners)?)?;
        for pair in face.windows(2).skip(1) {
            let corner = |k: i32| usize::try_from(k).ok().filter(|k| *k < count);
            triangles.push([corner(face[0])?, corner(pair[0])?, corner(pair[1])?]);
        }
        start += corners;
    }
    (!triangles.is_empty()).then_some(triangles)
}
