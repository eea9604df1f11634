//! What is missing or not supported is said, and by which file.

use std::fs;
use std::path::{Path, PathBuf};

use halle_meshes::{MeshError, MeshNote, load};

use crate::{files, read};

/// A material library that is not there, and a material that is not defined.
#[test]
fn missing_library() {
    let text = files::obj().replace("f 1", "usemtl red\nf 1");
    let file = read("a.obj", text).unwrap();
    let library = PathBuf::from("/nowhere/none.mtl");
    assert!(file.notes.contains(&MeshNote::MissingMaterials(library)));
    assert!(
        file.notes
            .contains(&MeshNote::UndefinedMaterial("red".to_owned()))
    );
}

/// Colours of a library, in its three forms of writing them, and its missing picture.
#[test]
fn library() {
    let folder = std::env::temp_dir().join(format!("halle-meshes-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let library =
        "newmtl red\nKd 1 0 0\nTr 0.25\nnewmtl grey\nKd 0.5\nnewmtl map\nmap_Kd -s 1 1 1 no.png\n";
    fs::write(folder.join("none.mtl"), library).unwrap();
    let mut text = files::obj();
    for (name, face) in [("red", "f 1"), ("grey", "f 5 6"), ("map", "f 3 7")] {
        text = text.replacen(face, &format!("usemtl {name}\n{face}"), 1);
    }
    fs::write(folder.join("a.obj"), text).unwrap();
    let file = load(folder.join("a.obj")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let look = |name: &str| {
        let looks = file.parts.iter().filter_map(|p| p.material.as_ref());
        looks.into_iter().find(|m| m.name == name).unwrap().clone()
    };
    assert_eq!(look("red").base_color, [1.0, 0.0, 0.0]);
    assert_eq!(look("red").opacity, 0.75);
    // IEC 61966-2-1: ((0.5 + 0.055) / 1.055)^2.4.
    assert!((look("grey").base_color[1] - 0.214041).abs() < 1e-6);
    assert_eq!(
        file.notes,
        [MeshNote::MissingTexture(folder.join("no.png"))]
    );
    assert_eq!(file.inputs, [folder.join("a.obj"), folder.join("none.mtl")]);
}

/// Compressed meshes are not read, and the message says which extension it is.
#[test]
fn compressed() {
    let more = r#","extensionsRequired":["KHR_draco_mesh_compression"]"#;
    let error = read("a.glb", files::glb("", more)).unwrap_err();
    assert!(matches!(error, MeshError::Unsupported { .. }));
    assert_eq!(
        error.to_string(),
        "mesh `/nowhere/a.glb` needs the extension `KHR_draco_mesh_compression`, which is not supported"
    );
}

/// Errors name the file and what was expected.
#[test]
fn errors() {
    let said = |name: &str, bytes: &[u8]| read(name, bytes).unwrap_err().to_string();
    let unknown = said("a.fbx", b"");
    assert_eq!(
        unknown,
        "mesh `/nowhere/a.fbx` has no known format: expected .obj, .stl, .dae, .gltf, .glb or .msh"
    );
    let short = said("a.stl", &files::stl_binary("")[..200]);
    assert!(
        short.contains("expected 684 bytes for 12 triangles, found 200"),
        "{short}"
    );
    let text = said("a.obj", b"v 0 0 0\nv 0 x 0\n");
    assert!(
        text.contains("a.obj` is broken at line 2: position"),
        "{text}"
    );
    let xml = said("a.dae", b"<COLLADA>\n<a></b></COLLADA>");
    assert!(xml.contains("broken at line 2"), "{xml}");
    assert!(said("a.obj", b"v 0 0 0\n").contains("no triangle"));
    assert!(said("a.obj", b"v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").contains("finite"));
    let missing = load("/nowhere/a.obj").unwrap_err();
    assert!(matches!(missing, MeshError::Missing { .. }));
    assert_eq!(missing.path(), Path::new("/nowhere/a.obj"));
    let folder = std::env::temp_dir().join(format!("halle-{}.obj", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    assert!(matches!(
        load(&folder).unwrap_err(),
        MeshError::Unreadable { .. }
    ));
    fs::remove_dir_all(&folder).unwrap();
}
