//! The same box out of every format: volume and centre in closed form.

use crate::files::{self, BOX, CENTER, VOLUME};
use crate::{check_solid, read};

/// Text keeps every digit: only the rounding of the sums is left.
const EXACT: f64 = 1e-15;
/// Single precision: seven digits of a metre.
const SINGLE: f64 = 1e-7;

#[test]
fn obj() {
    let file = read("box.obj", files::obj()).unwrap();
    check_solid(&file, VOLUME, CENTER, EXACT);
    assert_eq!(file.parts[0].name, "box");
    assert_eq!(file.triangle_count(), 12);
}

/// Indices counted from the end, normals, continued lines, texture coordinates of one number.
#[test]
fn obj_forms() {
    let text = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0.5\nvn 0 0 2\nf -3/1/1 \\\n -2/1/1 -1/-1/-1\n";
    let file = read("a.obj", text).unwrap();
    let part = &file.parts[0];
    assert_eq!(part.triangles, [[0, 1, 2]]);
    assert_eq!(part.normals, [[0.0, 0.0, 1.0]; 3]);
    assert_eq!(part.uvs, [[0.5, 0.0]; 3]);
}

/// Corners without a normal leave the part without normals; the shape stays.
#[test]
fn obj_uneven_normals() {
    let text = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvn 0 0 1\nf 1//1 2//1 3//1\nf 1 2 4\n";
    let file = read("a.obj", text).unwrap();
    assert_eq!(file.triangle_count(), 2);
    assert!(file.parts[0].normals.is_empty());
}

#[test]
fn stl() {
    let text = read("box.stl", files::stl_text()).unwrap();
    check_solid(&text, VOLUME, CENTER, SINGLE);
    // Headers that begin like text are common.
    let long = format!("solid {:74}\n ", "box");
    for header in ["", "solid box", "solid", &long[..80]] {
        let binary = read("box.STL", files::stl_binary(header)).unwrap();
        check_solid(&binary, VOLUME, CENTER, SINGLE);
        assert_eq!(binary.parts[0].points.len(), 8);
        assert_eq!(binary.triangle_count(), 12);
    }
}

/// MuJoCo's own format; counts that do not fit the length, and points that are not there, are refused.
#[test]
fn msh() {
    let file = read("box.msh", files::msh()).unwrap();
    check_solid(&file, VOLUME, CENTER, SINGLE);
    assert_eq!(file.triangle_count(), 12);
    let mut short = files::msh();
    short.truncate(short.len() - 4);
    let mut stray = files::msh();
    let last = stray.len() - 4;
    stray[last..].copy_from_slice(&8_u32.to_le_bytes());
    let mut many = files::msh();
    many[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    for (bytes, says) in [
        (short, "expected 64 words for its counts, found 63"),
        (stray, "a face names point 8 of 8"),
        (many, "words for its counts"),
        (vec![0; 7], "expected words of four bytes"),
    ] {
        let error = read("box.msh", bytes).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

/// What stands behind the last triangle is no triangle.
#[test]
fn stl_with_tail() {
    let mut bytes = files::stl_binary("");
    bytes.extend([7; 77]);
    check_solid(&read("a.stl", bytes).unwrap(), VOLUME, CENTER, SINGLE);
}

/// Metres and z up.
#[test]
fn dae() {
    let asset = r#"<unit meter="1"/><up_axis>Z_UP</up_axis>"#;
    let file = read("a.dae", files::dae(asset, &format!("<node>{BOX}</node>"))).unwrap();
    check_solid(&file, VOLUME, CENTER, EXACT);
    let part = &file.parts[0];
    assert_eq!(part.name, "Box");
    let look = part.material.as_ref().unwrap();
    assert_eq!(
        (look.name.as_str(), look.base_color),
        ("Red", [1.0, 0.0, 0.0])
    );
    assert_eq!(look.opacity, 0.5);
}

/// A box in centimetres is a millionth of the volume; y up turns (x, y, z) into (x, -z, y).
#[test]
fn dae_units_and_axes() {
    let nodes = format!("<node>{BOX}</node>");
    let asset = r#"<unit meter="0.01"/><up_axis>Y_UP</up_axis>"#;
    let file = read("a.dae", files::dae(asset, &nodes)).unwrap();
    check_solid(&file, VOLUME * 1e-6, [0.001, -0.003, 0.002], EXACT);
    assert_eq!(file.notes.len(), 1);
    let asset = "<up_axis>X_UP</up_axis>";
    let file = read("a.dae", files::dae(asset, &nodes)).unwrap();
    check_solid(&file, VOLUME, [-0.2, -0.3, 0.1], EXACT);
    // A file that says nothing is y up and in metres.
    let file = read("a.dae", files::dae("", &nodes)).unwrap();
    check_solid(&file, VOLUME, [0.1, -0.3, 0.2], EXACT);
}

/// Transforms stand in each other: a shift of 1 m along the axis that a quarter turn about z makes
/// of x, and a reflection that leaves the outside outside. Two instances weigh twice.
#[test]
fn dae_graph() {
    let asset = "<up_axis>Z_UP</up_axis>";
    let nodes = format!(
        r#"<node><rotate>0 0 1 90</rotate><node><translate>1 0 0</translate>{BOX}</node></node>"#
    );
    let file = read("a.dae", files::dae(asset, &nodes)).unwrap();
    check_solid(&file, VOLUME, [-0.2, 1.1, 0.3], EXACT);
    let nodes = format!(r#"<node><scale>-2 1 1</scale>{BOX}</node><node>{BOX}</node>"#);
    let file = read("a.dae", files::dae(asset, &nodes)).unwrap();
    // Twice the volume at x = -0.2 and once at 0.1: the mean is -0.1.
    check_solid(&file, 3.0 * VOLUME, [-0.1, 0.2, 0.3], EXACT);
    let matrix = "<matrix>1 0 0 5  0 1 0 6  0 0 1 7  0 0 0 1</matrix>";
    let nodes = format!("<node>{matrix}{BOX}</node>");
    let file = read("a.dae", files::dae(asset, &nodes)).unwrap();
    // Tetrahedra from a far origin cancel: a thousand times the rounding.
    check_solid(&file, VOLUME, [5.1, 6.2, 7.3], 1e-12);
}

/// A node that holds itself ends in an error.
#[test]
fn dae_circle() {
    let nodes = r##"<node id="n"><instance_node url="#n"/></node>"##;
    let error = read("a.dae", files::dae("", nodes)).unwrap_err();
    assert!(error.to_string().contains("64 deep"), "{error}");
}

/// glTF is y up: (x, y, z) becomes (x, -z, y).
#[test]
fn gltf() {
    let center = [0.1, -0.3, 0.2];
    let uri = format!(r#","uri":"{}""#, files::data_address(&files::buffer()));
    let text = read("a.gltf", files::gltf(&uri, "", "")).unwrap();
    check_solid(&text, VOLUME, center, SINGLE);
    let binary = read("a.glb", files::glb("", "")).unwrap();
    check_solid(&binary, VOLUME, center, SINGLE);
    assert_eq!(text.parts, binary.parts);
    let look = text.parts[0].material.as_ref().unwrap();
    assert_eq!(look.base_color, [0.0, 0.5, 0.0]);
    assert_eq!(look.opacity, 0.25);
}

/// Scale, then turn, then shift; a mirrored box is still a box.
#[test]
fn gltf_nodes() {
    let node = r#","scale":[-1,2,1],"rotation":[0,0,0.7071068,0.7071068],"translation":[0,0,5]"#;
    let file = read("a.glb", files::glb(node, "")).unwrap();
    // Centre (-0.1, 0.4, 0.3), turned about z (-0.4, -0.1, 0.3), shifted, then z up.
    check_solid(&file, 2.0 * VOLUME, [-0.4, -5.3, -0.1], 1e-6);
}
