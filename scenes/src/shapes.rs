//! `UsdGeom` shapes: as authored, and in metres where they stand, scale included.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use halle_world::components::{Axis, Cut, Interpolation, MeshSkin, Primvar, Subdivision, Values};
use halle_world::{Severity, Shape, TriangleMesh};
use nalgebra::{Matrix3, UnitQuaternion, Vector3};

use crate::primvars;
use crate::raw::{RawMesh, RawShape, Upright};
use crate::reader::PrimReader;
use crate::transform::{Placement, even};
use crate::value::{self, is_within_measure, within_measure};

/// Steps of a scale between zero and the power of two above it.
const GRID: f64 = (1_u64 << 40) as f64;

/// Help on shapes that cannot be kept as they are.
pub(crate) const EVENLY: &str = "scale the shape evenly, or use a mesh";

/// The shape that a prim describes, if it is one that is understood.
pub(crate) fn read(prim: &PrimReader<'_>) -> Option<RawShape> {
    let axis = || match prim.text_or("axis", "Z").as_str() {
        "X" => Axis::X,
        "Y" => Axis::Y,
        _ => Axis::Z,
    };
    Some(match prim.kind.as_str() {
        "Cube" => RawShape::Cube {
            size: prim.number_or("size", 2.0).abs(),
        },
        "Sphere" => RawShape::Sphere {
            radius: prim.number_or("radius", 1.0).abs(),
        },
        "Plane" => RawShape::Plane {
            axis: axis(),
            width: prim.number_or("width", 2.0).abs(),
            length: prim.number_or("length", 2.0).abs(),
        },
        "Cylinder" | "Cylinder_1" => upright(prim, Upright::Cylinder, axis(), [1.0, 2.0]),
        "Capsule" | "Capsule_1" => upright(prim, Upright::Capsule, axis(), [0.5, 1.0]),
        "Cone" => upright(prim, Upright::Cone, axis(), [1.0, 2.0]),
        "Mesh" => RawShape::Mesh(Arc::new(mesh(prim)?)),
        _ => return None,
    })
}

/// A cylinder, capsule or cone, given the radius and height that the schema falls back to.
fn upright(prim: &PrimReader<'_>, kind: Upright, axis: Axis, fallback: [f64; 2]) -> RawShape {
    let radius = if prim.kind.ends_with("_1") {
        let [top, bottom] =
            ["radiusTop", "radiusBottom"].map(|name| prim.number_or(name, fallback[0]).abs());
        if !even(top, bottom) {
            let message = "shape tapers: its larger radius is used throughout";
            prim.find(Severity::Warning, "SC0105", "radiusTop", message, EVENLY);
        }
        top.max(bottom)
    } else {
        prim.number_or("radius", fallback[0]).abs()
    };
    let height = prim.number_or("height", fallback[1]).abs();
    RawShape::Upright {
        kind,
        axis,
        radius,
        height,
    }
}

/// What a shape loses where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    /// Shear of a shape that is not a mesh.
    Shear,
    /// Uneven scale of a round shape.
    Uneven,
}

impl Loss {
    /// The finding's message.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Shear => "transform shears the shape: the shear is left out",
            Self::Uneven => "uneven scale on a round shape: the largest of the scales is used",
        }
    }
}

/// A shape with its scale, how it is turned against its prim, and what is lost.
pub(crate) struct Placed {
    /// `None` if a size is beyond measure.
    pub(crate) shape: Option<Shape>,
    pub(crate) prim_from_shape: UnitQuaternion<f64>,
    pub(crate) loss: Option<Loss>,
}

/// Meshes that were scaled, shared by all instances with the same scale.
#[derive(Default)]
pub(crate) struct Scaled {
    known: BTreeMap<Key, Option<Arc<TriangleMesh>>>,
    skins: BTreeMap<Key, Arc<MeshSkin>>,
}

/// What a scaled mesh is made of: the address of the raw one and the steps of its scale.
type Key = (usize, [i64; 10]);

impl Scaled {
    /// A raw shape under a stretch \[m per unit\].
    pub(crate) fn place(&mut self, raw: &RawShape, placement: &Placement) -> Placed {
        let [x, y, z] = placement.scale();
        let mut loss = (!placement.is_square()).then_some(Loss::Shear);
        let mut turn = UnitQuaternion::identity();
        let mut round = |scales: &[f64]| {
            if scales.windows(2).any(|w| !even(w[0], w[1])) {
                loss = loss.or(Some(Loss::Uneven));
            }
            scales.iter().copied().fold(0.0, f64::max)
        };
        let shape = match raw {
            RawShape::Cube { size } => Shape::Box {
                half_extent: [x, y, z].map(|s| s * size / 2.0),
            },
            RawShape::Sphere { radius } => Shape::Sphere {
                radius: radius * round(&[x, y, z]),
            },
            RawShape::Plane {
                axis,
                width,
                length,
            } => {
                let scale;
                (turn, scale) = standing(*axis, [x, y, z]);
                Shape::Plane {
                    half_extent: [width / 2.0 * scale[0], length / 2.0 * scale[1]],
                }
            }
            RawShape::Upright {
                kind,
                axis,
                radius,
                height,
            } => {
                let scale;
                (turn, scale) = standing(*axis, [x, y, z]);
                let radius = radius * round(&scale[..2]);
                let half_height = height / 2.0 * scale[2];
                match kind {
                    Upright::Capsule => Shape::Capsule {
                        radius,
                        half_height,
                    },
                    Upright::Cylinder => Shape::Cylinder {
                        radius,
                        half_height,
                    },
                    Upright::Cone => Shape::Cone {
                        radius,
                        half_height,
                    },
                }
            }
            RawShape::Mesh(mesh) => {
                loss = None;
                match self.mesh(mesh, &placement.stretch) {
                    Some(mesh) => Shape::Mesh(mesh),
                    None => {
                        return Placed {
                            shape: None,
                            prim_from_shape: turn,
                            loss,
                        };
                    }
                }
            }
        };
        Placed {
            // The points of a mesh are looked at when it is scaled, once for all instances.
            shape: shape
                .lengths()
                .all(|(_, v)| is_within_measure(v))
                .then_some(shape),
            prim_from_shape: turn,
            loss,
        }
    }

    fn mesh(&mut self, raw: &Arc<RawMesh>, stretch: &Matrix3<f64>) -> Option<Arc<TriangleMesh>> {
        let (key, even) = steps(stretch);
        let known = self.known.entry((Arc::as_ptr(raw).addr(), key));
        let made = known.or_insert_with(|| {
            let made = stretched(raw, &even);
            let usable = within_measure(made.points.iter().flatten());
            usable.then(|| Arc::new(made))
        });
        made.clone()
    }

    /// A skin on a mesh under a stretch: corners follow the triangles, normals the surface.
    pub(crate) fn skin(
        &mut self,
        raw: &Arc<MeshSkin>,
        triangles: usize,
        stretch: &Matrix3<f64>,
    ) -> Arc<MeshSkin> {
        let flip = stretch.determinant() < 0.0;
        let even =
            (stretch - Matrix3::identity() * stretch[(0, 0)]).norm() <= 1e-9 * stretch.norm();
        if !flip && (raw.normals.is_none() || even) {
            return Arc::clone(raw);
        }
        let (key, stretch) = steps(stretch);
        let known = self.skins.entry((Arc::as_ptr(raw).addr(), key));
        let made = known.or_insert_with(|| {
            let mut skin = MeshSkin::clone(raw);
            if flip {
                skin.cut = skin.cut.turned_over(triangles);
            }
            if let Some(Values::Triple(normals)) = skin.normals.as_mut().map(|n| &mut n.values)
                && let Some(map) = stretch.try_inverse().map(|m| m.transpose())
            {
                for n in normals {
                    let turned = map * Vector3::from(n.map(f64::from));
                    let turned = turned.try_normalize(1e-300).unwrap_or_else(Vector3::z);
                    *n = <[f64; 3]>::from(turned).map(|v| v as f32);
                }
            }
            Arc::new(skin)
        });
        Arc::clone(made)
    }
}

/// A scale as a number of steps, and rounded to them.
///
/// Rotated instances differ in the last bits of their scale: the last twelve are dropped, so that
/// the same scale is the same number wherever the instance stands.
fn steps(stretch: &Matrix3<f64>) -> ([i64; 10], Matrix3<f64>) {
    let power = stretch.norm().max(f64::MIN_POSITIVE).log2().ceil().exp2();
    let step = power / GRID;
    let cells = stretch.map(|v| (v / step).round());
    let mut key = [0_i64; 10];
    for (slot, cell) in key.iter_mut().zip(cells.iter()) {
        *slot = *cell as i64;
    }
    key[9] = power.to_bits().cast_signed();
    (key, cells * step)
}

fn stretched(raw: &RawMesh, stretch: &Matrix3<f64>) -> TriangleMesh {
    // A mirrored mesh lists its corners clockwise.
    let flip = stretch.determinant() < 0.0;
    let turn = |t: &[u32; 3]| if flip { [t[0], t[2], t[1]] } else { *t };
    let to_normal = stretch.try_inverse().map(|m| m.transpose());
    let normals = to_normal.map_or_else(Vec::new, |map| {
        // A normal without a length points anywhere; upwards is as good as another direction.
        let unit = |n: Vector3<f64>| n.try_normalize(1e-300).unwrap_or_else(Vector3::z);
        let mapped = |n: &[f64; 3]| unit(map * Vector3::from(*n)).into();
        raw.normals.iter().map(mapped).collect()
    });
    let points = raw.points.iter();
    TriangleMesh {
        points: points
            .map(|p| (stretch * Vector3::from(*p)).into())
            .collect(),
        triangles: raw.triangles.iter().map(turn).collect(),
        normals,
    }
}

/// The turn that brings z onto the shape's axis, and the scales along the turned axes.
fn standing(axis: Axis, [x, y, z]: [f64; 3]) -> (UnitQuaternion<f64>, [f64; 3]) {
    let quarter = std::f64::consts::FRAC_PI_2;
    match axis {
        Axis::X => (
            UnitQuaternion::from_axis_angle(&Vector3::y_axis(), quarter),
            [z, y, x],
        ),
        Axis::Y => (
            UnitQuaternion::from_axis_angle(&Vector3::x_axis(), -quarter),
            [x, z, y],
        ),
        Axis::Z => (UnitQuaternion::identity(), [x, y, z]),
    }
}

fn mesh(prim: &PrimReader<'_>) -> Option<RawMesh> {
    let points = prim.read("points", value::triples).unwrap_or_default();
    let counts = prim
        .read("faceVertexCounts", value::integers)
        .unwrap_or_default();
    let corners = prim
        .read("faceVertexIndices", value::integers)
        .unwrap_or_default();
    let holes = prim
        .read("holeIndices", value::integers)
        .unwrap_or_default();
    let subdivision = match prim.text_or("subdivisionScheme", "catmullClark").as_str() {
        "none" => None,
        // Finer faces of the same form.
        "bilinear" => Some(Subdivision::Bilinear),
        scheme => {
            let message = "subdivision is not supported: the mesh is used as it is";
            let help = "author `subdivisionScheme = \"none\"`";
            prim.find(Severity::Note, "SC0102", "subdivisionScheme", message, help);
            Some(match scheme {
                "loop" => Subdivision::Loop,
                _ => Subdivision::CatmullClark,
            })
        }
    };
    // A left-handed mesh lists its corners clockwise.
    let flip = prim.text_or("orientation", "rightHanded") == "leftHanded";
    let Some(triangles) = triangulate(&counts, &corners, &holes, points.len(), flip) else {
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
    let (normals, face_normals) = normals(prim, [points.len(), corners.len(), counts.len()]);
    let carries = prim.property_names().any(|n| n.starts_with("primvars:"))
        || prim
            .opinions
            .child_names()
            .is_ok_and(|names| !names.is_empty());
    let cut = if carries || face_normals.is_some() {
        cut(&counts, &holes, flip)
    } else {
        Cut::default()
    };
    Some(RawMesh {
        points,
        triangles,
        normals,
        face_normals,
        cut,
        subdivision,
        face_count: counts.len(),
        corner_count: corners.len(),
    })
}

/// Normals of each point, or else as they belong to faces or corners. `counts` are the numbers of
/// points, corners and faces.
fn normals(prim: &PrimReader<'_>, counts: [usize; 3]) -> (Vec<[f64; 3]>, Option<Primvar>) {
    let none = (Vec::new(), None);
    let [points, corners, faces] = counts;
    // The primvar goes before the attribute.
    let has_primvar = prim.says("primvars:normals");
    let (name, found) = if has_primvar {
        ("primvars:normals", primvars::read(prim, "normals"))
    } else {
        let name = "normals";
        if let Some(normals) = prim.read(name, value::triples) {
            let said = prim.opinions.attribute_metadata(name, "interpolation");
            let interpolation = match said {
                Some(_) => primvars::interpolation(prim, name),
                None => Interpolation::Vertex,
            };
            let by_point = matches!(
                interpolation,
                Interpolation::Vertex | Interpolation::Varying
            );
            if by_point && normals.len() == points {
                return (normals, None);
            }
            let narrow = normals.iter().map(|n| n.map(|v| v as f32)).collect();
            let primvar = Primvar {
                name: name.to_owned(),
                interpolation,
                values: Values::Triple(narrow),
                indices: Vec::new(),
            };
            (name, Some(primvar))
        } else {
            (name, None)
        }
    };
    let Some(primvar) = found else { return none };
    let Values::Triple(values) = &primvar.values else {
        return none;
    };
    let given = if primvar.indices.is_empty() {
        values.len()
    } else {
        primvar.indices.len()
    };
    let expected = match primvar.interpolation {
        Interpolation::Constant => given.min(1),
        Interpolation::Uniform => faces,
        Interpolation::FaceVarying => corners,
        Interpolation::Varying | Interpolation::Vertex => {
            if given == points && given > 0 {
                let one = |k| values[primvar.value_of(k)].map(value::decimal);
                return ((0..points as u32).map(one).collect(), None);
            }
            points
        }
    };
    let (message, help) = if given == expected && given > 0 {
        (
            "normals are not one for each point: kept, but pictures show flat faces".to_owned(),
            "author vertex normals where the picture matters",
        )
    } else {
        (
            format!("{given} normals for {expected} elements: faces are drawn flat"),
            "author one normal for each element of their interpolation",
        )
    };
    if given > 0 {
        prim.find(Severity::Note, "SC0102", name, message, help);
    }
    let fits = given == expected && given > 0;
    (Vec::new(), fits.then_some(primvar))
}

/// Which face and corners the triangles of [`triangulate`] have; the plain cut of plain triangles.
fn cut(counts: &[i64], holes: &[i64], flip: bool) -> Cut {
    let plain = holes.is_empty() && !flip && counts.iter().all(|c| *c == 3);
    let mut cut = Cut::default();
    if plain {
        return cut;
    }
    let holes: BTreeSet<i64> = holes.iter().copied().collect();
    let mut first = 0_u32;
    for (face, &count) in (0_u32..).zip(counts) {
        let count = u32::try_from(count).unwrap_or(0);
        if !holes.contains(&i64::from(face)) {
            for k in 1..count.max(2) - 1 {
                let [a, b, c] = [first, first + k, first + k + 1];
                cut.faces.push(face);
                cut.corners.push(if flip { [a, c, b] } else { [a, b, c] });
            }
        }
        first += count;
    }
    cut
}

/// Fans of triangles, holes left out; `None` if counts, indices and points do not fit together.
fn triangulate(
    counts: &[i64],
    corners: &[i64],
    holes: &[i64],
    points: usize,
    flip: bool,
) -> Option<Vec<[u32; 3]>> {
    let holes: BTreeSet<i64> = holes.iter().copied().collect();
    let mut triangles = Vec::new();
    let mut rest = corners;
    for (face, &count) in counts.iter().enumerate() {
        let hole = !holes.is_empty() && holes.contains(&i64::try_from(face).ok()?);
        let count = usize::try_from(count).ok()?;
        if count < 3 || count > rest.len() {
            return None;
        }
        let (at, after) = rest.split_at(count);
        rest = after;
        let index = |k: usize| {
            let known = u32::try_from(at[k]).ok();
            known.filter(|i| (*i as usize) < points)
        };
        for k in 1..count - 1 {
            let [a, b, c] = [index(0)?, index(k)?, index(k + 1)?];
            if !hole {
                triangles.push(if flip { [a, c, b] } else { [a, b, c] });
            }
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
            triangulate(&[4], &[0, 1, 2, 3], &[], 4, false).unwrap(),
            [[0, 1, 2], [0, 2, 3]]
        );
        assert_eq!(
            triangulate(&[3], &[0, 1, 2], &[], 3, true).unwrap(),
            [[0, 2, 1]]
        );
        assert_eq!(
            triangulate(&[3, 3], &[0, 1, 2, 0, 2, 3], &[0], 4, false).unwrap(),
            [[0, 2, 3]]
        );
        for (counts, corners) in [
            (&[4][..], &[0, 1, 2][..]),
            (&[3], &[0, 1, 9]),
            (&[2], &[0, 1]),
        ] {
            assert!(triangulate(counts, corners, &[], 4, false).is_none());
        }
        assert!(triangulate(&[3], &[0, 1, -1], &[], 4, false).is_none());
        assert!(triangulate(&[-3], &[0, 1, 2], &[], 4, false).is_none());
        assert!(triangulate(&[3], &[0, 1, 2, 3], &[], 4, false).is_none());
    }
}
