//! A box of 0.2 m x 0.4 m x 0.6 m with a corner at the origin, in every format.

use std::fmt::Write as _;

/// Volume \[m^3\] and centre \[m\] of the box.
pub(crate) const VOLUME: f64 = 0.2 * 0.4 * 0.6;
/// Centre \[m\].
pub(crate) const CENTER: [f64; 3] = [0.1, 0.2, 0.3];
const SIZE: [f64; 3] = [0.2, 0.4, 0.6];

/// Faces, anticlockwise seen from outside; corner `i` is at the far end of axis k if bit k is set.
const QUADS: [[usize; 4]; 6] = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
];

pub(crate) fn points() -> Vec<[f64; 3]> {
    let far = |i: usize, k: usize| if i >> k & 1 == 1 { SIZE[k] } else { 0.0 };
    (0..8).map(|i| [0, 1, 2].map(|k| far(i, k))).collect()
}

pub(crate) fn triangles() -> Vec<[usize; 3]> {
    let halves = |q: &[usize; 4]| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]];
    QUADS.iter().flat_map(halves).collect()
}

pub(crate) fn obj() -> String {
    let mut text = "# box\nmtllib none.mtl\no box\n".to_owned();
    for [x, y, z] in points() {
        writeln!(text, "v {x} {y} {z}").unwrap();
    }
    for [a, b, c, d] in QUADS {
        writeln!(text, "f {} {} {} {}", a + 1, b + 1, c + 1, d + 1).unwrap();
    }
    text
}

/// MSH, without normals and texture coordinates.
pub(crate) fn msh() -> Vec<u8> {
    let counts = [8_u32, 0, 0, 12].map(u32::to_le_bytes);
    let numbers = points().into_iter().flatten();
    let numbers = numbers.map(|v| (v as f32).to_le_bytes());
    let faces = triangles().into_iter().flatten();
    let faces = faces.map(|i| (i as u32).to_le_bytes());
    let words = counts.into_iter().chain(numbers).chain(faces);
    words.flatten().collect()
}

pub(crate) fn stl_text() -> String {
    let (points, mut text) = (points(), "solid box\n".to_owned());
    for triangle in triangles() {
        text += "facet normal 0 0 0\nouter loop\n";
        for [x, y, z] in triangle.map(|i| points[i]) {
            writeln!(text, "vertex {x} {y} {z}").unwrap();
        }
        text += "endloop\nendfacet\n";
    }
    text + "endsolid box\n"
}

/// Binary STL; the header may begin like text.
pub(crate) fn stl_binary(header: &str) -> Vec<u8> {
    let mut bytes = header.as_bytes().to_vec();
    bytes.resize(80, 0);
    bytes.extend(12_u32.to_le_bytes());
    for triangle in triangles() {
        bytes.extend([0; 12]);
        let corners = triangle.map(|i| points()[i]);
        let numbers = corners.iter().flatten();
        bytes.extend(numbers.flat_map(|v| (*v as f32).to_le_bytes()));
        bytes.extend([0; 2]);
    }
    bytes
}

/// COLLADA with the box in a geometry, a given head and the nodes of its scene.
pub(crate) fn dae(asset: &str, nodes: &str) -> String {
    let flat: Vec<String> = points().iter().flatten().map(f64::to_string).collect();
    let corners: Vec<String> = QUADS.iter().flatten().map(usize::to_string).collect();
    format!(
        r##"<?xml version="1.0"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset>{asset}</asset>
<library_effects><effect id="red-fx"><profile_COMMON><technique sid="t"><lambert>
<diffuse><color>1 0 0 1</color></diffuse>
<transparent opaque="A_ONE"><color>1 1 1 1</color></transparent><transparency><float>0.5</float></transparency>
</lambert></technique></profile_COMMON></effect></library_effects>
<library_materials><material id="red" name="Red"><instance_effect url="#red-fx"/></material></library_materials>
<library_geometries><geometry id="box" name="Box"><mesh>
<source id="p"><float_array id="pa" count="24">{}</float_array><technique_common>
<accessor source="#pa" count="8" stride="3"/></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<polylist count="6" material="skin"><input semantic="VERTEX" source="#v" offset="0"/>
<vcount>4 4 4 4 4 4</vcount><p>{}</p></polylist>
</mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="s">{nodes}</visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#s"/></scene></COLLADA>"##,
        flat.join(" "),
        corners.join(" ")
    )
}

/// An instance of the box in COLLADA, red.
pub(crate) const BOX: &str = r##"<instance_geometry url="#box"><bind_material><technique_common>
<instance_material symbol="skin" target="#red"/></technique_common></bind_material></instance_geometry>"##;

/// The buffer of the glTF: points, then indices as 16 bit numbers.
pub(crate) fn buffer() -> Vec<u8> {
    let mut bytes = Vec::new();
    for v in points().iter().flatten() {
        bytes.extend((*v as f32).to_le_bytes());
    }
    for i in triangles().iter().flatten() {
        bytes.extend((*i as u16).to_le_bytes());
    }
    bytes
}

/// glTF over [`buffer`], with more fields for the buffer, the node and the whole.
pub(crate) fn gltf(buffer: &str, node: &str, more: &str) -> String {
    format!(
        r#"{{"asset":{{"version":"2.0"}},"scene":0,"scenes":[{{"nodes":[0]}}],
"nodes":[{{"mesh":0{node}}}],
"meshes":[{{"name":"Box","primitives":[{{"attributes":{{"POSITION":0}},"indices":1,"material":0}}]}}],
"materials":[{{"name":"Green","pbrMetallicRoughness":{{"baseColorFactor":[0,0.5,0,0.25]}}}}],
"accessors":[{{"bufferView":0,"componentType":5126,"count":8,"type":"VEC3"}},
{{"bufferView":1,"componentType":5123,"count":36,"type":"SCALAR"}}],
"bufferViews":[{{"buffer":0,"byteLength":96}},{{"buffer":0,"byteOffset":96,"byteLength":72}}],
"buffers":[{{"byteLength":168{buffer}}}]{more}}}"#
    )
}

/// A binary glTF of the box.
pub(crate) fn glb(node: &str, more: &str) -> Vec<u8> {
    let mut json = gltf("", node, more).into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let buffer = buffer();
    let mut bytes = b"glTF\x02\0\0\0".to_vec();
    bytes.extend(((28 + json.len() + buffer.len()) as u32).to_le_bytes());
    for (kind, chunk) in [(b"JSON", &json), (b"BIN\0", &buffer)] {
        bytes.extend((chunk.len() as u32).to_le_bytes());
        bytes.extend(kind);
        bytes.extend(chunk);
    }
    bytes
}

/// Base64 as an address inside the file.
pub(crate) fn data_address(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = "data:application/octet-stream;base64,".to_owned();
    for chunk in bytes.chunks(3) {
        let held = chunk.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b));
        let held = held << (8 * (3 - chunk.len()));
        for k in 0..=chunk.len() {
            text.push(LETTERS[(held >> (18 - 6 * k) & 63) as usize] as char);
        }
    }
    text + &"=".repeat((3 - bytes.len() % 3) % 3)
}
