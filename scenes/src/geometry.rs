//! `UsdGeom` shapes in metres, scale included.

use halle_world::components::Geometry;
use halle_world::{Severity, Shape, TriangleMesh};
use nalgebra::{Isometry3, Matrix3, UnitQuaternion, Vector3};

use crate::reader::PrimReader;
use crate::transform::{Placement, even};
use crate::value;

/// The shape of a prim, if it is one that is understood.
pub(crate) fn geometry(
    prim: &PrimReader<'_>,
    placement: &Placement,
    visible: bool,
) -> Option<Geometry> {
    let mut turn = UnitQuaternion::identity();
    let shape = match prim.kind.as_str() {
        "Cube" => {
            straight(prim, placement);
            let half = prim.number_or("size", 2.0) / 2.0;
            Shape::Box {
                half_extent: placement.scale().map(|s| s * half),
            }
        }
        "Sphere" => {
            straight(prim, placement);
            let scale = placement.scale();
            round(prim, &scale);
            Shape::Sphere {
                radius: prim.number_or("radius", 1.0) * scale[0],
            }
        }
        "Plane" => {
            let (axis, [x, y, _]) = standing(prim, placement);
            turn = axis;
            let half = |name, scale| prim.number_or(name, 2.0) / 2.0 * scale;
            Shape::Plane {
                half_extent: [half("width", x), half("length", y)],
            }
        }
        "Cylinder" | "Cylinder_1" | "Capsule" | "Capsule_1" | "Cone" => {
            let (axis, [x, y, z]) = standing(prim, placement);
            turn = axis;
            round(prim, &[x, y]);
            upright(prim, x, z)
        }
        "Mesh" => Shape::Mesh(mesh(prim, &placement.stretch)?),
        _ => return None,
    };
    let world_from_shape = placement.pose * Isometry3::from_parts(Vector3::zeros().into(), turn);
    Some(Geometry {
        shape,
        world_from_shape,
        visible,
    })
}

/// A cylinder, capsule or cone; `side` scales the radius and `along` the height.
fn upright(prim: &PrimReader<'_>, side: f64, along: f64) -> Shape {
    let capsule = prim.kind.starts_with("Capsule");
    let radius = if prim.kind.ends_with("_1") {
        let fallback = if capsule { 0.5 } else { 1.0 };
        let [top, bottom] =
            ["radiusTop", "radiusBottom"].map(|name| prim.number_or(name, fallback));
        if !even(top, bottom) {
            uneven(
                prim,
                "radiusTop",
                "shape tapers: its larger radius is used throughout",
            );
        }
        top.max(bottom)
    } else {
        prim.number_or("radius", if capsule { 0.5 } else { 1.0 })
    } * side;
    let half_height = prim.number_or("height", if capsule { 1.0 } else { 2.0 }) / 2.0 * along;
    if capsule {
        Shape::Capsule {
            radius,
            half_height,
        }
    } else if prim.kind == "Cone" {
        Shape::Cone {
            radius,
            half_height,
        }
    } else {
        Shape::Cylinder {
            radius,
            half_height,
        }
    }
}

/// The turn that brings z onto the shape's axis, and the scales along the turned axes.
fn standing(prim: &PrimReader<'_>, placement: &Placement) -> (UnitQuaternion<f64>, [f64; 3]) {
    straight(prim, placement);
    let [x, y, z] = placement.scale();
    let quarter = std::f64::consts::FRAC_PI_2;
    match prim.text_or("axis", "Z").as_str() {
        "X" => (
            UnitQuaternion::from_axis_angle(&Vector3::y_axis(), quarter),
            [z, y, x],
        ),
        "Y" => (
            UnitQuaternion::from_axis_angle(&Vector3::x_axis(), -quarter),
            [x, z, y],
        ),
        _ => (UnitQuaternion::identity(), [x, y, z]),
    }
}

fn straight(prim: &PrimReader<'_>, placement: &Placement) {
    if !placement.is_square() {
        uneven(
            prim,
            "xformOpOrder",
            "transform shears the shape: the shear is left out",
        );
    }
}

fn round(prim: &PrimReader<'_>, scales: &[f64]) {
    if scales.windows(2).any(|w| !even(w[0], w[1])) {
        uneven(
            prim,
            "xformOpOrder",
            "uneven scale on a round shape: one of the scales is used",
        );
    }
}

fn uneven(prim: &PrimReader<'_>, property: &str, message: &str) {
    let help = "scale the shape evenly, or use a mesh";
    prim.find(Severity::Warning, "SC0105", property, message, help);
}

fn mesh(prim: &PrimReader<'_>, stretch: &Matrix3<f64>) -> Option<TriangleMesh> {
    let points = prim.read("points", value::triples).unwrap_or_default();
    let counts = prim
        .read("faceVertexCounts", value::integers)
        .unwrap_or_default();
    let corners = prim
        .read("faceVertexIndices", value::integers)
        .unwrap_or_default();
    if prim.text_or("subdivisionScheme", "catmullClark") != "none" {
        let message = "subdivision is not supported: the mesh is used as it is";
        let help = "author `subdivisionScheme = \"none\"`";
        prim.find(Severity::Note, "SC0102", "subdivisionScheme", message, help);
    }
    // A left-handed or mirrored mesh lists its corners clockwise.
    let left = prim.text_or("orientation", "rightHanded") == "leftHanded";
    let flip = left != (stretch.determinant() < 0.0);
    let Some(triangles) = triangulate(&counts, &corners, points.len(), flip) else {
        let message = "faces do not fit the points: the mesh is left out";
        let help = "make `faceVertexCounts` add up to the number of `faceVertexIndices`, all \
                    below the number of points";
        prim.find(
            Severity::Warning,
            "SC0110",
            "faceVertexIndices",
            message,
            help,
        );
        return None;
    };
    let normals = prim
        .read("normals", value::triples)
        .filter(|n| n.len() == points.len());
    let to_normal = stretch.try_inverse().map(|m| m.transpose());
    let normals = normals.zip(to_normal).map_or_else(Vec::new, |(list, map)| {
        let mapped = list
            .into_iter()
            .map(|n| (map * Vector3::from(n)).normalize().into());
        mapped.collect()
    });
    let points = points
        .into_iter()
        .map(|p| (stretch * Vector3::from(p)).into())
        .collect();
    Some(TriangleMesh {
        points,
        triangles,
        normals,
    })
}

/// Fans of triangles; `None` if counts, indices and points do not fit together.
fn triangulate(
    counts: &[i64],
    corners: &[i64],
    points: usize,
    flip: bool,
) -> Option<Vec<[u32; 3]>> {
    let mut triangles = Vec::new();
    let mut rest = corners;
    for &count in counts {
        let count = usize::try_from(count).ok()?;
        if count < 3 || count > rest.len() {
            return None;
        }
        let (face, after) = rest.split_at(count);
        rest = after;
        let index = |k: usize| {
            let known = u32::try_from(face[k]).ok();
            known.filter(|i| (*i as usize) < points)
        };
        for k in 1..count - 1 {
            let [a, b, c] = [index(0)?, index(k)?, index(k + 1)?];
            triangles.push(if flip { [a, c, b] } else { [a, b, c] });
        }
    }
    rest.is_empty().then_some(triangles)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quad is two triangles; broken tables are refused, not indexed.
    #[test]
    fn faces() {
        assert_eq!(
            triangulate(&[4], &[0, 1, 2, 3], 4, false).unwrap(),
            [[0, 1, 2], [0, 2, 3]]
        );
        assert_eq!(triangulate(&[3], &[0, 1, 2], 3, true).unwrap(), [[0, 2, 1]]);
        for (counts, corners) in [
            (&[4][..], &[0, 1, 2][..]),
            (&[3], &[0, 1, 9]),
            (&[2], &[0, 1]),
        ] {
            assert!(triangulate(counts, corners, 4, false).is_none());
        }
        assert!(triangulate(&[3], &[0, 1, -1], 4, false).is_none());
        assert!(triangulate(&[-3], &[0, 1, 2], 4, false).is_none());
        assert!(triangulate(&[3], &[0, 1, 2, 3], 4, false).is_none());
    }
}
