//! What a mesh file holds.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use halle_world::TriangleMesh;
use halle_world::components::{
    Channel, ColorSpace, DisplayMaterial, ImageFile, Interpolation, Look, MeshSkin, Primvar, Skin,
    Source, Surface, Texture, Values, Wrap,
};
use nalgebra::{Matrix4, Point3};

/// The contents of a mesh file, all parts in one frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeshFile {
    /// Parts in the order of the file: one per object, group or material.
    pub parts: Vec<MeshPart>,
    /// What the file holds and is not used, or lacks.
    pub notes: Vec<MeshNote>,
    /// Files that were read, the mesh itself first, then material libraries and buffers.
    pub inputs: Vec<PathBuf>,
}

/// Triangles with one material.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeshPart {
    /// Name of the object, group or node; may be empty and need not be unique.
    pub name: String,
    /// Corner positions \[m where the file names its unit, else as written\].
    pub points: Vec<[f64; 3]>,
    /// Corner indices of each triangle, anticlockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// Unit normal at each point, or empty.
    pub normals: Vec<[f64; 3]>,
    /// Texture coordinates at each point, v upwards, or empty.
    pub uvs: Vec<[f64; 2]>,
    /// Its material, if the file gives one.
    pub material: Option<MeshMaterial>,
}

/// What a part looks like.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshMaterial {
    /// Its name in the file; may be empty.
    pub name: String,
    /// Linear base colour \[0 to 1\].
    pub base_color: [f64; 3],
    /// Opacity \[0 to 1\].
    pub opacity: f64,
    /// Picture of the base colour, if the file names one that is there; `base_color` is a factor
    /// on it.
    pub texture: Option<PathBuf>,
    /// Roughness \[0 to 1\], if the file gives one.
    pub roughness: Option<f64>,
    /// Metalness \[0 to 1\], if the file gives one.
    pub metallic: Option<f64>,
    /// Linear colour of its own light.
    pub emission: [f64; 3],
    /// Opacity below which nothing is there \[0 to 1\]; zero switches the cut-out off.
    pub cut_out: f64,
    /// Whether the alpha of the base colour's picture is a factor on the opacity.
    pub opacity_in_texture: bool,
    /// What happens beyond the edges of the pictures, along u and v.
    pub wrap: [Wrap; 2],
    /// Pictures of other inputs.
    pub maps: Vec<MeshMap>,
}

/// A picture that feeds an input of a material other than its base colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeshMap {
    /// What the picture says.
    pub of: MapOf,
    /// The picture.
    pub picture: PathBuf,
}

/// What a picture says about a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapOf {
    /// Factors on roughness in green and on metalness in blue.
    RoughnessAndMetallic,
    /// Normals in tangent space.
    Normal,
    /// How much light around arrives, in red.
    Occlusion,
    /// Factor on the surface's own light.
    Emission,
}

/// Name of the primvar that texture coordinates of mesh files become.
const COORDINATES: &str = "st";

impl MeshMaterial {
    /// A material of one colour.
    #[must_use]
    pub fn new(name: String, base_color: [f64; 3], opacity: f64) -> Self {
        Self {
            name,
            base_color,
            opacity,
            texture: None,
            roughness: None,
            metallic: None,
            emission: [0.0; 3],
            cut_out: 0.0,
            opacity_in_texture: false,
            wrap: [Wrap::Repeat; 2],
            maps: Vec::new(),
        }
    }

    /// The material as a look of the world.
    #[must_use]
    pub fn look(&self) -> Look {
        let plain = DisplayMaterial::default();
        let Look(surface) = Look::from(DisplayMaterial {
            base_color: self.base_color,
            opacity: self.opacity,
            roughness: self.roughness.unwrap_or(plain.roughness),
            metallic: self.metallic.unwrap_or(plain.metallic),
            emission: self.emission,
        });
        let mut surface = Surface::clone(&surface);
        surface.opacity_threshold.value = self.cut_out;
        if let Some(picture) = &self.texture {
            let [r, g, b] = self.base_color;
            let texture = Arc::new(Texture {
                scale: [r, g, b, self.opacity],
                ..self.picture(picture)
            });
            let source = |channel| Some(Source::Texture(Arc::clone(&texture), channel));
            surface.diffuse_color.source = source(Channel::Rgb);
            if self.opacity_in_texture {
                surface.opacity.source = source(Channel::A);
            }
        }
        for map in &self.maps {
            self.feed(&mut surface, map);
        }
        Look(Arc::new(surface))
    }

    fn picture(&self, file: &Path) -> Texture {
        let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let image = ImageFile {
            authored: file.to_string_lossy().into_owned(),
            resolved: Some(whole.to_string_lossy().into_owned()),
        };
        Texture {
            wrap: self.wrap,
            ..Texture::new(image, COORDINATES)
        }
    }

    fn feed(&self, surface: &mut Surface, map: &MeshMap) {
        let plain = self.picture(&map.picture);
        let raw = |scale: [f64; 4], bias: [f64; 4]| {
            Arc::new(Texture {
                scale,
                bias,
                color_space: ColorSpace::Raw,
                ..plain.clone()
            })
        };
        match map.of {
            MapOf::RoughnessAndMetallic => {
                let (rough, metal) = (surface.roughness.value, surface.metallic.value);
                let texture = raw([1.0, rough, metal, 1.0], [0.0; 4]);
                surface.roughness.source = Some(Source::Texture(texture.clone(), Channel::G));
                surface.metallic.source = Some(Source::Texture(texture, Channel::B));
            }
            MapOf::Normal => {
                // From bytes to directions.
                let texture = raw([2.0, 2.0, 2.0, 1.0], [-1.0, -1.0, -1.0, 0.0]);
                surface.normal.source = Some(Source::Texture(texture, Channel::Rgb));
            }
            MapOf::Occlusion => {
                let texture = raw([1.0; 4], [0.0; 4]);
                surface.occlusion.source = Some(Source::Texture(texture, Channel::R));
            }
            MapOf::Emission => {
                let [r, g, b] = self.emission;
                let texture = Arc::new(Texture {
                    scale: [r, g, b, 1.0],
                    ..plain.clone()
                });
                surface.emissive_color.source = Some(Source::Texture(texture, Channel::Rgb));
            }
        }
    }
}

/// Something about a mesh file that its user should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeshNote {
    /// A picture that a material names is not there.
    MissingTexture(PathBuf),
    /// A material library is not there or cannot be read.
    MissingMaterials(PathBuf),
    /// A material that faces use is not defined.
    UndefinedMaterial(String),
    /// Something in the file is left out.
    NotUsed(String),
    /// The file's up axis is not z; its points were turned.
    Turned(&'static str),
}

impl fmt::Display for MeshNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingTexture(path) => write!(f, "texture `{}` does not exist", path.display()),
            Self::MissingMaterials(path) => {
                write!(f, "material library `{}` cannot be read", path.display())
            }
            Self::UndefinedMaterial(name) => write!(f, "material `{name}` is not defined"),
            Self::NotUsed(what) => write!(f, "not used: {what}"),
            Self::Turned(axis) => write!(f, "the file's up axis is {axis}: it is turned to z"),
        }
    }
}

impl MeshFile {
    /// All parts as one mesh. Normals are kept if every part has them.
    #[must_use]
    pub fn merged(&self) -> TriangleMesh {
        let mut mesh = TriangleMesh::default();
        let smooth = self.parts.iter().all(|p| !p.normals.is_empty());
        for part in &self.parts {
            // Readers keep the sum of all points below 2^32.
            let first = mesh.points.len() as u32;
            mesh.points.extend_from_slice(&part.points);
            let moved = part.triangles.iter().map(|t| t.map(|i| i + first));
            mesh.triangles.extend(moved);
            if smooth {
                mesh.normals.extend_from_slice(&part.normals);
            }
        }
        mesh
    }

    /// The texture coordinates of all parts as one mesh, if any part has some; points without stand
    /// at the origin of the picture.
    #[must_use]
    pub fn merged_skin(&self) -> Option<Skin> {
        if self.parts.iter().all(|p| p.uvs.is_empty()) {
            return None;
        }
        let uvs = self.parts.iter().flat_map(|part| {
            let points = 0..part.points.len();
            points.map(|k| part.uvs.get(k).copied().unwrap_or_default())
        });
        Some(skin(uvs))
    }

    /// Number of triangles of all parts.
    #[must_use]
    pub fn triangle_count(&self) -> usize {
        self.parts.iter().map(|p| p.triangles.len()).sum()
    }

    /// Adds a note unless it is there.
    pub(crate) fn note(&mut self, note: MeshNote) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

impl MeshPart {
    /// The part as a mesh of its own.
    #[must_use]
    pub fn mesh(&self) -> TriangleMesh {
        TriangleMesh {
            points: self.points.clone(),
            triangles: self.triangles.clone(),
            normals: self.normals.clone(),
        }
    }

    /// The texture coordinates of the part, if it has some.
    #[must_use]
    pub fn skin(&self) -> Option<Skin> {
        (!self.uvs.is_empty()).then(|| skin(self.uvs.iter().copied()))
    }

    /// Moves the part; a reflection turns the triangles over so that their outside stays outside.
    pub(crate) fn transform(&mut self, file_from_part: &Matrix4<f64>) {
        if *file_from_part == Matrix4::identity() {
            return;
        }
        for p in &mut self.points {
            *p = file_from_part.transform_point(&Point3::from(*p)).into();
        }
        let linear = file_from_part.fixed_view::<3, 3>(0, 0).into_owned();
        // Normals go with the cofactors, which exist where an inverse does not.
        let (a, b, c) = (linear.column(0), linear.column(1), linear.column(2));
        let (x, y, z) = (b.cross(&c), c.cross(&a), a.cross(&b));
        let flip = linear.determinant() < 0.0;
        let sign = if flip { -1.0 } else { 1.0 };
        for n in &mut self.normals {
            let turned = (x * n[0] + y * n[1] + z * n[2]) * sign;
            *n = turned.try_normalize(0.0).map_or([0.0; 3], Into::into);
        }
        if flip {
            self.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        }
    }
}

fn skin(uvs: impl Iterator<Item = [f64; 2]>) -> Skin {
    let narrow = uvs.map(|uv| uv.map(|v| v as f32)).collect();
    Skin(Arc::new(MeshSkin {
        primvars: vec![Primvar {
            name: COORDINATES.to_owned(),
            interpolation: Interpolation::Vertex,
            values: Values::Pair(narrow),
            indices: Vec::new(),
        }],
        ..MeshSkin::default()
    }))
}

/// A linear colour value from one of the sRGB curve, both from 0 to 1 (IEC 61966-2-1).
#[must_use]
pub fn linear_from_srgb(value: f64) -> f64 {
    let v = value.clamp(0.0, 1.0);
    if v <= 0.04045 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    }
}
