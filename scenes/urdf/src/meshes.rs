//! Meshes of a robot: each file is read once, each scaled copy is shared.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use halle_meshes::{MeshFile, MeshMaterial, MeshNote};
use halle_world::components::{
    Channel, DisplayMaterial, ImageFile, Look, Skin, Source, Surface, Texture, Wrap,
};
use halle_world::{Finding, Severity, TriangleMesh};

use crate::error::UrdfError;
use crate::materials::Paint;
use crate::options::UrdfOptions;
use crate::reader::{Element, Reader};
use crate::resolve::resolve;

/// A part of a mesh: its scaled triangles, its own look and its texture coordinates.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) mesh: Arc<TriangleMesh>,
    pub(crate) look: Option<Look>,
    pub(crate) skin: Option<Skin>,
}

/// Files that were asked for.
pub(crate) struct Meshes<'o> {
    options: &'o UrdfOptions,
    files: BTreeMap<String, Option<Rc<MeshFile>>>,
    parts: BTreeMap<(String, [u64; 3], bool), Vec<Part>>,
    /// Pictures by their address; `None` is not there.
    pictures: BTreeMap<String, Option<ImageFile>>,
    /// Files that took part, in order.
    pub(crate) inputs: Vec<PathBuf>,
}

impl<'o> Meshes<'o> {
    pub(crate) fn new(options: &'o UrdfOptions) -> Self {
        Self {
            options,
            files: BTreeMap::new(),
            parts: BTreeMap::new(),
            pictures: BTreeMap::new(),
            inputs: Vec::new(),
        }
    }

    /// The parts of a mesh, or all of them as one; `None` where it cannot be used, which is said
    /// once for each address.
    ///
    /// # Errors
    /// [`UrdfError::MissingMesh`] if the options are strict.
    pub(crate) fn parts(
        &mut self,
        reader: &Reader<'_>,
        element: Element<'_>,
        (uri, scale): (&str, [f64; 3]),
        merge: bool,
    ) -> Result<Option<Vec<Part>>, UrdfError> {
        let key = (uri.to_owned(), scale.map(f64::to_bits), merge);
        if let Some(known) = self.parts.get(&key) {
            return Ok(Some(known.clone()));
        }
        let Some(file) = self.file(reader, element, uri)? else {
            return Ok(None);
        };
        let looks = file.parts.iter();
        let looks: Vec<_> = looks
            .map(|p| p.material.as_ref().map(MeshMaterial::look))
            .collect();
        let same = looks.iter().all(|l| *l == looks[0]);
        let parts: Vec<Part> = if merge || same {
            vec![Part {
                mesh: scaled(file.merged(), scale),
                look: looks[0].clone().filter(|_| same),
                skin: file.merged_skin(),
            }]
        } else {
            let parts = file.parts.iter().zip(looks);
            parts
                .map(|(part, look)| Part {
                    mesh: scaled(part.mesh(), scale),
                    look,
                    skin: part.skin(),
                })
                .collect()
        };
        self.parts.insert(key, parts.clone());
        Ok(Some(parts))
    }

    /// The look of a visual's own material; `None` if it says nothing.
    ///
    /// A picture that is not there is said once.
    pub(crate) fn paint(
        &mut self,
        reader: &Reader<'_>,
        element: Element<'_>,
        paint: &Paint,
    ) -> Option<Look> {
        let plain = DisplayMaterial::default();
        let [r, g, b, a] = paint.color.unwrap_or([1.0; 4]);
        let image = paint.texture.as_deref().and_then(|uri| {
            if let Some(known) = self.pictures.get(uri) {
                return known.clone();
            }
            let file = resolve(reader.path, self.options, uri);
            let file = file.map_err(|reason| {
                let message = format!("texture `{uri}`: {reason}");
                let help = "put the file there, or give `--package NAME=DIR`";
                reader.find(Severity::Warning, "UR0103", (element, ""), message, help);
            });
            let image = file.ok().map(|file| {
                let whole = std::path::absolute(&file).unwrap_or(file);
                ImageFile {
                    authored: uri.to_owned(),
                    resolved: Some(whole.to_string_lossy().into_owned()),
                }
            });
            self.pictures.insert(uri.to_owned(), image.clone());
            image
        });
        let Look(surface) = Look::from(DisplayMaterial {
            base_color: paint.color.map_or(plain.base_color, |_| [r, g, b]),
            opacity: a,
            ..plain
        });
        let Some(image) = image else {
            return paint.color.map(|_| Look(surface));
        };
        let mut surface = Surface::clone(&surface);
        let texture = Texture {
            scale: [r, g, b, 1.0],
            wrap: [Wrap::Repeat; 2],
            ..Texture::new(image, "st")
        };
        surface.diffuse_color.source = Some(Source::Texture(Arc::new(texture), Channel::Rgb));
        Some(Look(Arc::new(surface)))
    }

    fn file(
        &mut self,
        reader: &Reader<'_>,
        element: Element<'_>,
        uri: &str,
    ) -> Result<Option<Rc<MeshFile>>, UrdfError> {
        if let Some(known) = self.files.get(uri) {
            return Ok(known.clone());
        }
        let read = self.read(reader, element, uri);
        if let (true, Err((_, reason))) = (self.options.strict, &read) {
            return Err(UrdfError::MissingMesh {
                at: reader.place(element),
                reason: reason.clone(),
            });
        }
        let file = read.map_err(|(code, reason)| {
            let site = reader.site(element, "filename");
            let help = match code {
                "UR0103" => "put the file there, or give `--package NAME=DIR`",
                _ => "convert the file to OBJ, STL, COLLADA or glTF",
            };
            reader.push(
                Finding::new(Severity::Warning, code, site, reason)
                    .note("the shape is left out; the link keeps its mass")
                    .help(help),
            );
        });
        let file = file.ok();
        self.files.insert(uri.to_owned(), file.clone());
        Ok(file)
    }

    fn read(
        &mut self,
        reader: &Reader<'_>,
        element: Element<'_>,
        uri: &str,
    ) -> Result<Rc<MeshFile>, (&'static str, String)> {
        let path = resolve(reader.path, self.options, uri);
        let path = path.map_err(|reason| ("UR0103", format!("mesh `{uri}`: {reason}")))?;
        let file = halle_meshes::load(&path).map_err(|error| {
            let cause = std::error::Error::source(&error).map(|c| format!(": {c}"));
            ("UR0104", format!("{error}{}", cause.unwrap_or_default()))
        })?;
        for note in &file.notes {
            let message = format!("mesh `{uri}`: {note}");
            let (severity, help) = match note {
                MeshNote::Turned(_) => (Severity::Note, "some viewers do not turn such meshes"),
                _ => (
                    Severity::Warning,
                    "correct the mesh file, or do not count on it",
                ),
            };
            reader.find(severity, "UR0105", (element, "filename"), message, help);
        }
        for input in &file.inputs {
            if !self.inputs.contains(input) {
                self.inputs.push(input.clone());
            }
        }
        Ok(Rc::new(file))
    }
}

/// The mesh stretched along its axes; a reflection turns its triangles over.
fn scaled(mut mesh: TriangleMesh, scale: [f64; 3]) -> Arc<TriangleMesh> {
    if scale == [1.0; 3] {
        return Arc::new(mesh);
    }
    for p in &mut mesh.points {
        *p = [0, 1, 2].map(|k| p[k] * scale[k]);
    }
    for n in &mut mesh.normals {
        let turned = [0, 1, 2].map(|k| n[k] / scale[k]);
        let length = turned.iter().map(|v| v * v).sum::<f64>().sqrt();
        *n = turned.map(|v| if length > 0.0 { v / length } else { 0.0 });
    }
    if scale.iter().product::<f64>() < 0.0 {
        mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
    }
    Arc::new(mesh)
}
