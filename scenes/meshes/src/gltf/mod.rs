//! glTF 2.0, as text with buffers beside it or as one binary file, over the data model of
//! `gltf-json`.
//!
//! The model's own validation and the accessors of the `gltf` crate index out of bounds on hostile
//! files, so every index and offset is checked here.

mod accessor;
mod container;

use std::path::Path;

use gltf_json::material::AlphaMode;
use gltf_json::mesh::{Mode, Primitive, Semantic};
use gltf_json::texture::WrappingMode;
use gltf_json::validation::Checked;
use gltf_json::{Index, Node, Root};
use halle_world::components::Wrap;
use nalgebra::{Matrix4, Quaternion, UnitQuaternion, Vector3};

use crate::builder::check_size;
use crate::error::MeshError;
use crate::file::{MapOf, MeshFile, MeshMap, MeshMaterial, MeshNote, MeshPart};
use accessor::Buffers;

/// Deepest nesting of nodes.
const DEPTH_LIMIT: usize = 64;
/// Most nodes that are visited.
const VISIT_LIMIT: usize = 100_000;
/// Extensions without which a file cannot be read and that are understood.
const KNOWN: [&str; 3] = [
    "KHR_mesh_quantization",
    "KHR_materials_unlit",
    "KHR_texture_transform",
];

/// A file while it is read.
struct Gltf<'g> {
    path: &'g Path,
    root: &'g Root,
    buffers: Buffers<'g>,
    file: MeshFile,
    visits: usize,
    triangles: usize,
}

/// Reads `.gltf` or `.glb`, told apart by the first bytes.
pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<MeshFile, MeshError> {
    let (json, blob) = container::split(path, bytes)?;
    let root = Root::from_slice(json).map_err(|error| MeshError::Broken {
        path: path.to_owned(),
        line: Some(error.line()).filter(|line| *line > 0),
        reason: format!("expected glTF 2.0 JSON: {error}"),
    })?;
    if !root.asset.version.starts_with("2.") {
        let what = format!("glTF {}", root.asset.version);
        return Err(unsupported(path, what));
    }
    let known = |name: &String| KNOWN.contains(&name.as_str());
    if let Some(name) = root.extensions_required.iter().find(|name| !known(name)) {
        return Err(unsupported(path, format!("the extension `{name}`")));
    }
    let (buffers, inputs) = container::buffers(path, &root, blob)?;
    let mut gltf = Gltf {
        path,
        root: &root,
        buffers: Buffers {
            path,
            root: &root,
            data: &buffers,
        },
        file: MeshFile {
            inputs,
            ..MeshFile::default()
        },
        visits: 0,
        triangles: 0,
    };
    let left = |name: &&String| !known(name) || name.as_str() == "KHR_texture_transform";
    for name in root.extensions_used.iter().filter(left) {
        let what = format!("the extension `{name}`");
        gltf.file.note(MeshNote::NotUsed(what));
    }
    gltf.scene()?;
    Ok(gltf.file)
}

fn unsupported(path: &Path, what: String) -> MeshError {
    MeshError::Unsupported {
        path: path.to_owned(),
        what,
    }
}

impl<'g> Gltf<'g> {
    fn broken(&self, reason: String) -> MeshError {
        MeshError::broken(self.path, reason)
    }

    fn scene(&mut self) -> Result<(), MeshError> {
        // glTF is y up and in metres.
        let frame = Matrix4::new(
            1.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0,
        );
        let index = self.root.scene.map_or(0, |scene| scene.value());
        let Some(scene) = self.root.scenes.get(index) else {
            for mesh in 0..self.root.meshes.len() {
                self.mesh(mesh, &frame)?;
            }
            return Ok(());
        };
        for node in &scene.nodes {
            self.node(*node, &frame, 0)?;
        }
        if !self.root.skins.is_empty() {
            let what = "skins: shapes stand as they were bound".to_owned();
            self.file.note(MeshNote::NotUsed(what));
        }
        Ok(())
    }

    fn node(
        &mut self,
        index: Index<Node>,
        frame: &Matrix4<f64>,
        depth: usize,
    ) -> Result<(), MeshError> {
        self.visits += 1;
        if depth > DEPTH_LIMIT || self.visits > VISIT_LIMIT {
            return Err(self.broken(format!(
                "expected nodes at most {DEPTH_LIMIT} deep and {VISIT_LIMIT} in number, found more"
            )));
        }
        let node = self.root.nodes.get(index.value());
        let node = node.ok_or_else(|| {
            let (index, count) = (index.value(), self.root.nodes.len());
            self.broken(format!(
                "expected one of {count} nodes, found index {index}"
            ))
        })?;
        let frame = frame * local(node);
        if let Some(mesh) = node.mesh {
            self.mesh(mesh.value(), &frame)?;
        }
        for child in node.children.iter().flatten() {
            self.node(*child, &frame, depth + 1)?;
        }
        Ok(())
    }

    fn mesh(&mut self, index: usize, frame: &Matrix4<f64>) -> Result<(), MeshError> {
        let mesh = self.root.meshes.get(index);
        let mesh = mesh.ok_or_else(|| {
            let count = self.root.meshes.len();
            self.broken(format!(
                "expected one of {count} meshes, found index {index}"
            ))
        })?;
        for primitive in &mesh.primitives {
            if primitive.targets.is_some() {
                let what = "morph targets".to_owned();
                self.file.note(MeshNote::NotUsed(what));
            }
            let Some(mut part) = self.primitive(primitive)? else {
                continue;
            };
            self.triangles += part.triangles.len();
            check_size(self.path, self.triangles)?;
            part.name = mesh.name.clone().unwrap_or_default();
            part.material = primitive.material.and_then(|m| self.material(m.value()));
            part.transform(frame);
            self.file.parts.push(part);
        }
        Ok(())
    }

    fn primitive(&mut self, primitive: &Primitive) -> Result<Option<MeshPart>, MeshError> {
        let attribute = |semantic| primitive.attributes.get(&Checked::Valid(semantic)).copied();
        let positions = attribute(Semantic::Positions);
        let Some(positions) = positions else {
            return Err(self.broken("expected a primitive with POSITION".to_owned()));
        };
        let points = self.buffers.tuples::<3>(positions)?;
        let normals = attribute(Semantic::Normals);
        let mut normals = normals.map_or(Ok(Vec::new()), |n| self.buffers.tuples::<3>(n))?;
        let uvs = attribute(Semantic::TexCoords(0));
        let mut uvs = uvs.map_or(Ok(Vec::new()), |t| self.buffers.tuples::<2>(t))?;
        // Pictures have v downwards in glTF.
        uvs.iter_mut().for_each(|uv| uv[1] = 1.0 - uv[1]);
        if normals.len() != points.len() {
            normals.clear();
        }
        if uvs.len() != points.len() {
            uvs.clear();
        }
        let indices = match primitive.indices {
            Some(indices) => self.buffers.indices(indices)?,
            None => (0..points.len() as u32).collect(),
        };
        if let Some(index) = indices.iter().find(|i| **i as usize >= points.len()) {
            let count = points.len();
            return Err(self.broken(format!(
                "expected one of {count} points, found index {index}"
            )));
        }
        let triangles = match primitive.mode {
            Checked::Valid(Mode::Triangles) => indices.as_chunks().0.to_vec(),
            Checked::Valid(Mode::TriangleStrip) => {
                let strips = indices.windows(3).enumerate();
                strips
                    .map(|(k, w)| {
                        if k % 2 == 0 {
                            [w[0], w[1], w[2]]
                        } else {
                            [w[1], w[0], w[2]]
                        }
                    })
                    .collect()
            }
            Checked::Valid(Mode::TriangleFan) => {
                let fans = indices.windows(2).skip(1);
                fans.map(|w| [indices[0], w[0], w[1]]).collect()
            }
            _ => {
                let what = "points or lines".to_owned();
                self.file.note(MeshNote::NotUsed(what));
                return Ok(None);
            }
        };
        Ok(Some(MeshPart {
            points,
            triangles,
            normals,
            uvs,
            ..MeshPart::default()
        }))
    }

    fn material(&mut self, index: usize) -> Option<MeshMaterial> {
        let Some(material) = self.root.materials.get(index) else {
            let name = format!("material {index}");
            self.file.note(MeshNote::UndefinedMaterial(name));
            return None;
        };
        let base = &material.pbr_metallic_roughness;
        let [r, g, b, a] = base.base_color_factor.0.map(f64::from);
        let unit = |v: f64| v.clamp(0.0, 1.0);
        let name = material.name.clone().unwrap_or_default();
        let mut made = MeshMaterial::new(name, [r, g, b].map(unit), unit(a));
        made.roughness = Some(unit(f64::from(base.roughness_factor.0)));
        made.metallic = Some(unit(f64::from(base.metallic_factor.0)));
        made.emission = material.emissive_factor.0.map(f64::from).map(unit);
        made.opacity_in_texture = material.alpha_mode != Checked::Valid(AlphaMode::Opaque);
        if material.alpha_mode == Checked::Valid(AlphaMode::Mask) {
            let cut_out = material.alpha_cutoff.as_ref();
            made.cut_out = unit(cut_out.map_or(0.5, |c| f64::from(c.0)));
        }
        let color = base.base_color_texture.as_ref();
        let color = color.map(|t| (t.index.value(), t.tex_coord));
        if let Some((texture, set)) = color {
            made.wrap = self.wrap(texture);
            made.texture = self.picture(texture, set);
        }
        let rough = base.metallic_roughness_texture.as_ref();
        let normal = material.normal_texture.as_ref();
        let occlusion = material.occlusion_texture.as_ref();
        let emission = material.emissive_texture.as_ref();
        let maps = [
            (
                MapOf::RoughnessAndMetallic,
                rough.map(|t| (t.index.value(), t.tex_coord)),
            ),
            (
                MapOf::Normal,
                normal.map(|t| (t.index.value(), t.tex_coord)),
            ),
            (
                MapOf::Occlusion,
                occlusion.map(|t| (t.index.value(), t.tex_coord)),
            ),
            (
                MapOf::Emission,
                emission.map(|t| (t.index.value(), t.tex_coord)),
            ),
        ];
        for (of, named) in maps {
            let picture = named.and_then(|(texture, set)| self.picture(texture, set));
            made.maps
                .extend(picture.map(|picture| MeshMap { of, picture }));
        }
        Some(made)
    }

    /// What happens beyond the edges of a texture.
    fn wrap(&self, texture: usize) -> [Wrap; 2] {
        let sampler = self.root.textures.get(texture).and_then(|t| t.sampler);
        let sampler = sampler.and_then(|s| self.root.samplers.get(s.value()));
        let mode = |mode: &Checked<WrappingMode>| match mode {
            Checked::Valid(WrappingMode::ClampToEdge) => Wrap::Clamp,
            Checked::Valid(WrappingMode::MirroredRepeat) => Wrap::Mirror,
            _ => Wrap::Repeat,
        };
        sampler.map_or([Wrap::Repeat; 2], |s| [mode(&s.wrap_s), mode(&s.wrap_t)])
    }

    fn picture(&mut self, texture: usize, set: u32) -> Option<std::path::PathBuf> {
        if set != 0 {
            let what = format!("a picture over texture coordinates {set}");
            self.file.note(MeshNote::NotUsed(what));
            return None;
        }
        let source = self.root.textures.get(texture).map(|t| t.source.value());
        let image = source.and_then(|s| self.root.images.get(s));
        let Some(uri) = image.and_then(|i| i.uri.as_deref()) else {
            let what = "a picture inside the file".to_owned();
            self.file.note(MeshNote::NotUsed(what));
            return None;
        };
        if uri.starts_with("data:") {
            let what = "a picture inside the file".to_owned();
            self.file.note(MeshNote::NotUsed(what));
            return None;
        }
        crate::obj::texture(self.path, &container::unescaped(uri), &mut self.file)
    }
}

/// Parent frame from node frame.
fn local(node: &Node) -> Matrix4<f64> {
    if let Some(matrix) = node.matrix {
        return Matrix4::from_column_slice(&matrix.map(f64::from));
    }
    let triple = |v: [f32; 3]| Vector3::from(v.map(f64::from));
    let moved = Matrix4::new_translation(&triple(node.translation.unwrap_or_default()));
    let [x, y, z, w] = node
        .rotation
        .map_or([0.0, 0.0, 0.0, 1.0], |r| r.0)
        .map(f64::from);
    let turn = Quaternion::new(w, x, y, z);
    let turn = UnitQuaternion::try_new(turn, 0.0).unwrap_or_default();
    let scale = Matrix4::new_nonuniform_scaling(&triple(node.scale.unwrap_or([1.0; 3])));
    moved * turn.to_homogeneous() * scale
}
