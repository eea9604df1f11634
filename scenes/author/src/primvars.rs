//! Primvars and face sets of meshes, on the triangles that are written.

use halle_world::TriangleMesh;
use halle_world::components::{Interpolation, MeshSkin, Primvar, Values};

use crate::layer::Prim;
use crate::value::{Typed, floats, ints, pairs, quadruples, strings, triples};

/// Writes the primvars of a skin; `mesh` is what it lies on, if that is a mesh.
pub(crate) fn write(prim: &mut Prim, skin: &MeshSkin, mesh: Option<&TriangleMesh>) {
    let triangles = mesh.map_or(0, |m| m.triangles.len());
    for primvar in &skin.primvars {
        let name = format!("primvars:{}", primvar.name);
        let value = typed(&primvar.name, &primvar.values);
        prim.primvar(&name, value, word(primvar.interpolation));
        let indices = on_triangles(primvar, skin, triangles);
        let indices = indices.unwrap_or_else(|| primvar.indices.clone());
        if !indices.is_empty() {
            prim.set(&format!("{name}:indices"), ints(signed(&indices)));
        }
    }
}

/// Writes normals that are not one for each point.
pub(crate) fn write_normals(prim: &mut Prim, skin: &MeshSkin, triangles: usize) {
    let Some(normals) = &skin.normals else { return };
    let Values::Triple(values) = &normals.values else {
        return;
    };
    let elements = on_triangles(normals, skin, triangles);
    let elements = elements.unwrap_or_else(|| normals.indices.clone());
    let one = |n: &[f32; 3]| n.map(f64::from);
    let chosen: Vec<[f64; 3]> = if elements.is_empty() {
        values.iter().map(one).collect()
    } else {
        let known = elements.iter().filter_map(|i| values.get(*i as usize));
        known.map(one).collect()
    };
    let value = triples("normal3f[]", chosen);
    prim.primvar("normals", value, word(normals.interpolation));
}

/// Which value each triangle, or each corner of a triangle, has; `None` where it has the author's.
fn on_triangles(primvar: &Primvar, skin: &MeshSkin, triangles: usize) -> Option<Vec<u32>> {
    let value = |element: u32| primvar.value_of(element) as u32;
    let cut = &skin.cut;
    match primvar.interpolation {
        Interpolation::Uniform if !cut.faces.is_empty() => {
            Some((0..triangles).map(|t| value(cut.face(t))).collect())
        }
        Interpolation::FaceVarying if !cut.corners.is_empty() => {
            let corners = (0..triangles).flat_map(|t| cut.corners(t));
            Some(corners.map(value).collect())
        }
        _ => None,
    }
}

fn signed(indices: &[u32]) -> Vec<i32> {
    let narrow = |i: &u32| i32::try_from(*i).unwrap_or(i32::MAX);
    indices.iter().map(narrow).collect()
}

fn word(interpolation: Interpolation) -> &'static str {
    match interpolation {
        Interpolation::Constant => "constant",
        Interpolation::Uniform => "uniform",
        Interpolation::Varying => "varying",
        Interpolation::Vertex => "vertex",
        Interpolation::FaceVarying => "faceVarying",
    }
}

fn typed(name: &str, values: &Values) -> Typed {
    match values {
        Values::Number(v) => floats(v.clone()),
        Values::Pair(v) => pairs("texCoord2f[]", v),
        Values::Triple(v) => {
            let role = if name.ends_with("Color") {
                "color3f[]"
            } else {
                "float3[]"
            };
            triples(role, v.iter().map(|v| v.map(f64::from)))
        }
        Values::Quadruple(v) => quadruples(v),
        Values::Integer(v) => ints(v.clone()),
        Values::Text(v) => strings(v.clone()),
    }
}
