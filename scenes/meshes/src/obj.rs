//! Wavefront OBJ by `tobj`, with its material libraries.
//!
//! `tobj` takes polylines for polygons, knows neither continued lines nor `vt` with one number, and
//! panics on a material colour with fewer than three: the text is cleaned before it sees it, and
//! material libraries are read here.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use tobj::{LoadOptions, Material};

use crate::builder::check_size;
use crate::error::MeshError;
use crate::file::{MeshFile, MeshMaterial, MeshNote, MeshPart, linear_from_srgb};
use crate::source;

/// Reads an OBJ file and the material libraries that it names.
pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<MeshFile, MeshError> {
    let mut file = MeshFile::default();
    let text = String::from_utf8_lossy(bytes);
    let clean = cleaned(path, &text, &mut file)?;
    let libraries = RefCell::new(Vec::new());
    let options = LoadOptions {
        single_index: true,
        triangulate: true,
        ignore_points: true,
        ignore_lines: true,
    };
    let loaded = tobj::load_obj_buf(&mut clean.as_bytes(), &options, |name| {
        let library = source::beside(path, &name.to_string_lossy());
        let read = library.as_deref().map(source::read);
        let library = library.unwrap_or_else(|| name.to_owned());
        let Some(Ok(bytes)) = read else {
            libraries.borrow_mut().push((library, false));
            return Ok(Default::default());
        };
        let materials = materials(&String::from_utf8_lossy(&bytes));
        libraries.borrow_mut().push((library, true));
        let places = materials.iter().enumerate();
        let map: HashMap<String, usize> = places.map(|(k, m)| (m.name.clone(), k)).collect();
        Ok((materials, map))
    });
    let (models, materials) = loaded.map_err(|error| MeshError::Broken {
        path: path.to_owned(),
        line: fault_line(&clean),
        reason: error.to_string(),
    })?;
    for (library, there) in libraries.into_inner() {
        if there {
            file.inputs.push(library);
        } else {
            file.note(MeshNote::MissingMaterials(library));
        }
    }
    let materials = materials.unwrap_or_default();
    check_size(path, models.iter().map(|m| m.mesh.indices.len() / 3).sum())?;
    for model in models {
        let material = model.mesh.material_id.and_then(|id| materials.get(id));
        let material = material.map(|m| look(path, m, &mut file));
        file.parts.push(part(model, material));
    }
    undefined_materials(&clean, &materials, &mut file);
    Ok(file)
}

/// The lines that matter, each on one line, in the form that `tobj` takes.
fn cleaned(path: &Path, text: &str, file: &mut MeshFile) -> Result<String, MeshError> {
    let mut clean = String::with_capacity(text.len());
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    for line in joined.lines() {
        let line = line.trim();
        let word = line.split_whitespace().next().unwrap_or_default();
        match word {
            "v" => {
                // Colours and weights behind the position are not used.
                let mut numbers = line.split_whitespace().skip(1);
                let position: Vec<&str> = numbers.by_ref().take(3).collect();
                if numbers.next().is_some() {
                    file.note(MeshNote::NotUsed("colours or weights of points".to_owned()));
                }
                clean.push_str("v ");
                clean.push_str(&position.join(" "));
            }
            "vt" => {
                clean.push_str(line);
                if line.split_whitespace().count() == 2 {
                    clean.push_str(" 0");
                }
            }
            "vn" | "f" | "usemtl" | "mtllib" => {
                // One space behind the word is what the library splits at.
                clean.push_str(word);
                clean.push(' ');
                clean.push_str(line[word.len()..].trim());
            }
            "o" | "g" => clean.push_str(line),
            "l" | "p" => file.note(MeshNote::NotUsed("points or lines".to_owned())),
            "curv" | "curv2" | "surf" | "cstype" | "vp" => {
                return Err(MeshError::Unsupported {
                    path: path.to_owned(),
                    what: format!("free-form geometry (`{word}`)"),
                });
            }
            _ => {}
        }
        clean.push('\n');
    }
    Ok(clean)
}

/// Line of the first statement whose numbers cannot be read.
fn fault_line(clean: &str) -> Option<usize> {
    let bad = |line: &str| {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("v" | "vn") => words.filter(|w| w.parse::<f64>().is_ok()).count() < 3,
            Some("vt") => words.any(|w| w.parse::<f64>().is_err()),
            Some("f") => words
                .flat_map(|w| w.split('/'))
                .any(|i| !i.is_empty() && i.parse::<i64>().is_err()),
            _ => false,
        }
    };
    clean.lines().position(bad).map(|k| k + 1)
}

fn undefined_materials(clean: &str, materials: &[Material], file: &mut MeshFile) {
    let used = clean.lines().filter_map(|l| l.strip_prefix("usemtl "));
    for name in used {
        if !materials.iter().any(|m| m.name == name) {
            file.note(MeshNote::UndefinedMaterial(name.to_owned()));
        }
    }
}

fn part(model: tobj::Model, material: Option<MeshMaterial>) -> MeshPart {
    let mesh = model.mesh;
    let triples = |list: &[f64]| -> Vec<[f64; 3]> { list.as_chunks().0.to_vec() };
    let points = triples(&mesh.positions);
    let mut normals = triples(&mesh.normals);
    let mut uvs: Vec<[f64; 2]> = mesh.texcoords.as_chunks().0.to_vec();
    // Where only some corners have a normal the lists do not line up.
    if normals.len() != points.len() {
        normals.clear();
    }
    if uvs.len() != points.len() {
        uvs.clear();
    }
    for n in &mut normals {
        let length = n.iter().map(|v| v * v).sum::<f64>().sqrt();
        *n = n.map(|v| if length > 0.0 { v / length } else { 0.0 });
    }
    MeshPart {
        name: model.name,
        points,
        triangles: mesh.indices.as_chunks().0.to_vec(),
        normals,
        uvs,
        material,
    }
}

fn look(path: &Path, material: &Material, file: &mut MeshFile) -> MeshMaterial {
    let named = material.diffuse_texture.as_deref();
    let texture = named.and_then(|name| texture(path, name, file));
    let color = material.diffuse.unwrap_or([0.8; 3]).map(linear_from_srgb);
    let opacity = material.dissolve.unwrap_or(1.0).clamp(0.0, 1.0);
    MeshMaterial {
        texture,
        ..MeshMaterial::new(material.name.clone(), color, opacity)
    }
}

/// The picture that a material names, if it is there; a note if it is not.
pub(crate) fn texture(path: &Path, name: &str, file: &mut MeshFile) -> Option<PathBuf> {
    let found = source::beside(path, name).unwrap_or_else(|| PathBuf::from(name));
    if found.is_file() {
        return Some(found);
    }
    file.note(MeshNote::MissingTexture(found));
    None
}

/// Materials of a library: name, diffuse colour, opacity and diffuse picture.
fn materials(text: &str) -> Vec<Material> {
    let mut materials: Vec<Material> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let number = || rest.split_whitespace().next()?.parse::<f64>().ok();
        if word == "newmtl" {
            materials.push(Material {
                name: rest.to_owned(),
                ..Material::default()
            });
        }
        let Some(last) = materials.last_mut() else {
            continue;
        };
        match word {
            "Kd" => {
                let read: Vec<f64> = rest
                    .split_whitespace()
                    .map_while(|w| w.parse().ok())
                    .collect();
                // One number stands for grey.
                last.diffuse = match read[..] {
                    [r, g, b, ..] => Some([r, g, b]),
                    [grey, ..] => Some([grey; 3]),
                    [] => None,
                };
            }
            "d" => last.dissolve = number(),
            "Tr" => last.dissolve = number().map(|t| 1.0 - t),
            // Options of a picture stand before its name.
            "map_Kd" if rest.starts_with('-') => {
                last.diffuse_texture = rest.split_whitespace().last().map(str::to_owned);
            }
            "map_Kd" => last.diffuse_texture = Some(rest.to_owned()),
            _ => {}
        }
    }
    materials
}
