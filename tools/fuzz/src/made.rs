//! Small mesh files of every form: a tetrahedron with its edges along the axes.

use crate::format::Form;
use crate::seed::Seed;

const CORNERS: [[f32; 3]; 4] = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
const FACES: [[u16; 3]; 4] = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];

const OBJ: &str = "mtllib case.mtl\no tetra\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0 0\nvn 0 0 1\ng a\n\
    usemtl red\nf 1/1/1 3/1/1 2/1/1\nf 1//1 2//1 4//1\nf -4 -1 -2\ns off\nf 2 3 4\n";

const STL: &str = "solid tetra\nfacet normal 0 0 -1\nouter loop\nvertex 0 0 0\nvertex 0 1 0\nvertex 1 0 0\n\
    endloop\nendfacet\nfacet normal 0 0 0\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 0 1e0\nendloop\n\
    endfacet\nendsolid tetra\n";

const DAE: &str = r##"<?xml version="1.0"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><unit meter="0.01" name="cm"/><up_axis>Y_UP</up_axis></asset>
<library_images><image id="i"><init_from>x.png</init_from></image></library_images>
<library_effects><effect id="fx"><profile_COMMON>
<newparam sid="s"><surface type="2D"><init_from>i</init_from></surface></newparam>
<newparam sid="t"><sampler2D><source>s</source></sampler2D></newparam>
<technique sid="c"><phong><diffuse><texture texture="t" texcoord="u"/></diffuse>
<transparent opaque="A_ONE"><color>1 1 1 1</color></transparent><transparency><float>0.5</float></transparency>
</phong></technique></profile_COMMON></effect></library_effects>
<library_materials><material id="m" name="M"><instance_effect url="#fx"/></material></library_materials>
<library_geometries><geometry id="g" name="G"><mesh>
<source id="p"><float_array id="pa" count="12">0 0 0 1 0 0 0 1 0 0 0 1</float_array>
<technique_common><accessor source="#pa" count="4" stride="3"/></technique_common></source>
<source id="n"><float_array id="na" count="3">0 0 1</float_array>
<technique_common><accessor source="#na" count="1" stride="3"/></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count="2" material="k"><input semantic="VERTEX" source="#v" offset="0"/>
<input semantic="NORMAL" source="#n" offset="1"/><p>0 0 2 0 1 0 0 0 1 0 3 0</p></triangles>
<polylist count="1"><input semantic="VERTEX" source="#v" offset="0"/><vcount>4</vcount><p>0 1 2 3</p></polylist>
</mesh></geometry></library_geometries>
<library_nodes><node id="l"><instance_geometry url="#g"/></node></library_nodes>
<library_visual_scenes><visual_scene id="s"><node id="a"><translate>1 2 3</translate>
<rotate>0 0 1 90</rotate><scale>1 1 2</scale><instance_geometry url="#g"><bind_material><technique_common>
<instance_material symbol="k" target="#m"/></technique_common></bind_material></instance_geometry>
<node><matrix>1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1</matrix><instance_node url="#l"/></node></node></visual_scene>
</library_visual_scenes><scene><instance_visual_scene url="#s"/></scene></COLLADA>
"##;

/// Mesh files of a form; none for other forms.
pub(crate) fn made(form: Form) -> Vec<Seed> {
    let files: Vec<(&str, Vec<u8>)> = match form {
        Form::Obj => vec![("obj", OBJ.into())],
        Form::Stl => vec![("stl", STL.into()), ("stl", binary_stl())],
        Form::Dae => vec![("dae", DAE.into())],
        Form::Gltf => {
            let mut address = "data:application/octet-stream;base64,".to_owned();
            address += &base64(&buffer());
            vec![
                (
                    "gltf",
                    gltf(&format!(",\"uri\":\"{address}\"")).into_bytes(),
                ),
                ("gltf", gltf(",\"uri\":\"x.bin\"").into_bytes()),
                ("glb", glb()),
            ]
        }
        _ => Vec::new(),
    };
    let seed = |(number, (extension, bytes)): (usize, (&str, Vec<u8>))| Seed {
        name: format!("made {extension} {number}"),
        home: None,
        extension: extension.to_owned(),
        bytes,
    };
    files.into_iter().enumerate().map(seed).collect()
}

fn binary_stl() -> Vec<u8> {
    let mut bytes = vec![0; 80];
    bytes.extend((FACES.len() as u32).to_le_bytes());
    for face in FACES {
        bytes.extend([0; 12]);
        let numbers = face.iter().flat_map(|corner| CORNERS[usize::from(*corner)]);
        bytes.extend(numbers.flat_map(f32::to_le_bytes));
        bytes.extend([0; 2]);
    }
    bytes
}

/// Corners as single precision, then faces as 16 bit.
fn buffer() -> Vec<u8> {
    let corners = CORNERS.iter().flatten().flat_map(|v| v.to_le_bytes());
    let faces = FACES.iter().flatten().flat_map(|v| v.to_le_bytes());
    corners.chain(faces).collect()
}

fn gltf(address: &str) -> String {
    format!(
        r#"{{"asset":{{"version":"2.0"}},"scene":0,"scenes":[{{"nodes":[0]}}],
"nodes":[{{"name":"a","children":[1],"translation":[1,2,3],"rotation":[0,0,0,1],"scale":[1,1,2]}},
{{"mesh":0,"matrix":[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1]}}],
"meshes":[{{"name":"tetra","primitives":[{{"attributes":{{"POSITION":0}},"indices":1,"material":0,"mode":4}}]}}],
"materials":[{{"name":"m","pbrMetallicRoughness":{{"baseColorFactor":[0,0.5,0,0.25],"baseColorTexture":{{"index":0}}}}}}],
"textures":[{{"source":0}}],"images":[{{"uri":"x.png"}}],
"accessors":[{{"bufferView":0,"componentType":5126,"count":4,"type":"VEC3","min":[0,0,0],"max":[1,1,1]}},
{{"bufferView":1,"byteOffset":0,"componentType":5123,"count":12,"type":"SCALAR"}}],
"bufferViews":[{{"buffer":0,"byteLength":48,"byteStride":12}},{{"buffer":0,"byteOffset":48,"byteLength":24}}],
"buffers":[{{"byteLength":72{address}}}]}}"#
    )
}

fn glb() -> Vec<u8> {
    let mut json = gltf("").into_bytes();
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

/// Base64 of a whole number of triples, as the buffer is.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|three| {
        let held = three.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b));
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[(held >> shift & 63) as usize]))
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What campaigns start from is whole: every file gives triangles.
    #[test]
    fn files_are_read() {
        for form in [Form::Obj, Form::Stl, Form::Dae, Form::Gltf] {
            for seed in made(form)
                .iter()
                .filter(|s| !s.bytes.windows(5).any(|w| w == b"x.bin"))
            {
                let name = format!("case.{}", seed.extension);
                let read = halle_meshes::load_bytes(std::path::Path::new(&name), &seed.bytes);
                assert!(read.unwrap().triangle_count() >= 2, "{}", seed.name);
            }
        }
    }
}
