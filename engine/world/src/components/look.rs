//! How surfaces look: the inputs of `UsdPreviewSurface`, each a constant or fed by a texture or by
//! values that the mesh carries.
//!
//! Angles are radians and colours linear; texture coordinates have their origin at the lower left.

use std::sync::Arc;

use bevy_ecs::component::Component;

/// What the prim looks like; prims with the same material share it.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Look(pub Arc<Surface>);

/// A surface. Constants are in the ranges of `UsdPreviewSurface`.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// Colour of diffuse reflection, or of all reflection of a metal.
    pub diffuse_color: Input<[f64; 3]>,
    /// Linear colour of its own light.
    pub emissive_color: Input<[f64; 3]>,
    /// Whether `specular_color` says what is reflected at the surface, and `metallic` nothing.
    pub specular_workflow: bool,
    /// Colour of reflection head on, in the specular workflow.
    pub specular_color: Input<[f64; 3]>,
    /// Metalness \[0 to 1\], in the metallic workflow.
    pub metallic: Input<f64>,
    /// Roughness \[0 to 1\].
    pub roughness: Input<f64>,
    /// Strength of a second, clear coat \[0 to 1\].
    pub clearcoat: Input<f64>,
    /// Roughness of the clear coat \[0 to 1\].
    pub clearcoat_roughness: Input<f64>,
    /// Opacity \[0 to 1\].
    pub opacity: Input<f64>,
    /// What opacity means.
    pub opacity_mode: OpacityMode,
    /// Opacity below which nothing is there \[0 to 1\]; zero switches the cut-out off.
    pub opacity_threshold: Input<f64>,
    /// Index of refraction \[-\].
    pub ior: Input<f64>,
    /// Normal in tangent space.
    pub normal: Input<[f64; 3]>,
    /// Displacement along the normal, in the unit that the author had in mind.
    pub displacement: Input<f64>,
    /// How much of the light around reaches the surface \[0 to 1\].
    pub occlusion: Input<f64>,
}

/// What opacity below one means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpacityMode {
    /// Glass: reflections stay.
    #[default]
    Transparent,
    /// There is less of the surface, reflections included.
    Presence,
}

/// An input of a surface.
#[derive(Clone, Debug, PartialEq)]
pub struct Input<T> {
    /// The constant; what stands in where a source feeds the input and cannot be read.
    pub value: T,
    /// What feeds the input.
    pub source: Option<Source>,
}

/// What feeds an input.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A channel of a picture.
    Texture(Arc<Texture>, Channel),
    /// A primvar of the shape.
    Primvar(Arc<PrimvarReader>),
}

/// Which channels of a picture are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Red.
    R,
    /// Green.
    G,
    /// Blue.
    B,
    /// Alpha.
    A,
    /// All three colours.
    Rgb,
}

/// A picture and how it is read (`UsdUVTexture`): `scale * sample + bias`.
#[derive(Clone, Debug, PartialEq)]
pub struct Texture {
    /// The picture.
    pub image: ImageFile,
    /// What happens beyond the edges, along s and t.
    pub wrap: [Wrap; 2],
    /// What is read where there is no picture, or no texture coordinate.
    pub fallback: [f64; 4],
    /// Factor on each channel.
    pub scale: [f64; 4],
    /// Added to each channel after the factor.
    pub bias: [f64; 4],
    /// Curve of the stored colours.
    pub color_space: ColorSpace,
    /// Where in the picture a point lies.
    pub coordinates: Coordinates,
}

/// A picture file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFile {
    /// The path as its author wrote it.
    pub authored: String,
    /// Where the file is, absolute: `package.usdz[inner.png]` inside a package, with `<UDIM>` for
    /// the number of a tile. `None` if there is no such file.
    pub resolved: Option<String>,
}

/// What a texture gives beyond its edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrap {
    /// What the picture file says, else black.
    #[default]
    UseMetadata,
    /// Black.
    Black,
    /// The colour of the edge.
    Clamp,
    /// The picture again.
    Repeat,
    /// The picture again, mirrored each time.
    Mirror,
}

/// Curve of the colours in a picture file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorSpace {
    /// sRGB for pictures of eight bits with three or four channels, else linear.
    #[default]
    Auto,
    /// Numbers as they are.
    Raw,
    /// The sRGB curve.
    Srgb,
}

/// Where in a picture a point of the shape lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinates {
    /// Primvar of texture coordinates; `None` takes the fallback everywhere.
    pub primvar: Option<String>,
    /// Coordinates where the shape has no such primvar.
    pub fallback: [f64; 2],
    /// Applied one after the other, the first one first.
    pub transforms: Vec<TextureTransform>,
}

/// A transform of texture coordinates (`UsdTransform2d`): scaled, then turned, then moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureTransform {
    /// Anticlockwise turn about the origin \[rad\].
    pub rotation: f64,
    /// Factors along s and t.
    pub scale: [f64; 2],
    /// Shift along s and t.
    pub translation: [f64; 2],
}

/// A value that the shape carries (`UsdPrimvarReader`).
#[derive(Clone, Debug, PartialEq)]
pub struct PrimvarReader {
    /// Name without the prefix `primvars:`.
    pub name: String,
    /// Type that is read, as in the shader's name: `float3`, `vector` and so on.
    pub kind: String,
    /// Value where the shape has no such primvar; as many numbers as the type has.
    pub fallback: Vec<f64>,
}

/// What a picture without textures shows of a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DisplayMaterial {
    /// Linear base colour \[0 to 1\].
    pub base_color: [f64; 3],
    /// Roughness \[0 to 1\].
    pub roughness: f64,
    /// Metalness \[0 to 1\].
    pub metallic: f64,
    /// Opacity \[0 to 1\].
    pub opacity: f64,
    /// Linear colour of its own light.
    pub emission: [f64; 3],
}

/// An input by its kind.
#[derive(Clone, Copy, Debug)]
pub enum InputRef<'s> {
    /// One number.
    Number(&'s Input<f64>),
    /// A colour or a direction.
    Triple(&'s Input<[f64; 3]>),
}

impl<T> Input<T> {
    /// An input that is the same everywhere.
    pub const fn constant(value: T) -> Self {
        Self {
            value,
            source: None,
        }
    }
}

impl Default for Surface {
    /// `UsdPreviewSurface` without inputs.
    fn default() -> Self {
        Self {
            diffuse_color: Input::constant([0.18; 3]),
            emissive_color: Input::constant([0.0; 3]),
            specular_workflow: false,
            specular_color: Input::constant([0.0; 3]),
            metallic: Input::constant(0.0),
            roughness: Input::constant(0.5),
            clearcoat: Input::constant(0.0),
            clearcoat_roughness: Input::constant(0.01),
            opacity: Input::constant(1.0),
            opacity_mode: OpacityMode::Transparent,
            opacity_threshold: Input::constant(0.0),
            ior: Input::constant(1.5),
            normal: Input::constant([0.0, 0.0, 1.0]),
            displacement: Input::constant(0.0),
            occlusion: Input::constant(1.0),
        }
    }
}

impl Surface {
    /// The surface without its textures and primvars.
    #[must_use]
    pub fn flat(&self) -> DisplayMaterial {
        DisplayMaterial {
            base_color: self.diffuse_color.value,
            roughness: self.roughness.value,
            metallic: self.metallic.value,
            opacity: self.opacity.value,
            emission: self.emissive_color.value,
        }
    }

    /// All inputs that may have a source, by their names in `UsdPreviewSurface`.
    #[must_use]
    pub fn inputs(&self) -> [(&'static str, InputRef<'_>); 13] {
        use InputRef::{Number, Triple};
        [
            ("diffuseColor", Triple(&self.diffuse_color)),
            ("emissiveColor", Triple(&self.emissive_color)),
            ("specularColor", Triple(&self.specular_color)),
            ("metallic", Number(&self.metallic)),
            ("roughness", Number(&self.roughness)),
            ("clearcoat", Number(&self.clearcoat)),
            ("clearcoatRoughness", Number(&self.clearcoat_roughness)),
            ("opacity", Number(&self.opacity)),
            ("opacityThreshold", Number(&self.opacity_threshold)),
            ("ior", Number(&self.ior)),
            ("normal", Triple(&self.normal)),
            ("displacement", Number(&self.displacement)),
            ("occlusion", Number(&self.occlusion)),
        ]
    }

    /// What feeds the inputs, one entry for each that is fed.
    pub fn sources(&self) -> impl Iterator<Item = (&'static str, &Source)> {
        let fed = self.inputs().into_iter();
        fed.filter_map(|(name, input)| Some((name, input.source()?)))
    }

    /// Names of the primvars that the surface reads, each once, without `primvars:`.
    #[must_use]
    pub fn primvars(&self) -> Vec<&str> {
        let named = self.sources().filter_map(|(_, source)| match source {
            Source::Texture(texture, _) => texture.coordinates.primvar.as_deref(),
            Source::Primvar(reader) => Some(reader.name.as_str()),
        });
        let mut names: Vec<&str> = named.collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl<'s> InputRef<'s> {
    /// What feeds the input.
    #[must_use]
    pub fn source(self) -> Option<&'s Source> {
        match self {
            Self::Number(input) => input.source.as_ref(),
            Self::Triple(input) => input.source.as_ref(),
        }
    }
}

impl From<DisplayMaterial> for Look {
    /// A surface of constants.
    fn from(flat: DisplayMaterial) -> Self {
        Self(Arc::new(Surface {
            diffuse_color: Input::constant(flat.base_color),
            emissive_color: Input::constant(flat.emission),
            metallic: Input::constant(flat.metallic),
            roughness: Input::constant(flat.roughness),
            opacity: Input::constant(flat.opacity),
            ..Surface::default()
        }))
    }
}

impl Default for DisplayMaterial {
    /// `UsdPreviewSurface` without inputs.
    fn default() -> Self {
        Surface::default().flat()
    }
}

impl Texture {
    /// A picture as it is, over a primvar of texture coordinates.
    #[must_use]
    pub fn new(image: ImageFile, primvar: &str) -> Self {
        Self {
            image,
            coordinates: Coordinates {
                primvar: Some(primvar.to_owned()),
                ..Coordinates::default()
            },
            ..Self::default()
        }
    }
}

impl Default for Texture {
    /// `UsdUVTexture` without inputs.
    fn default() -> Self {
        Self {
            image: ImageFile::default(),
            wrap: [Wrap::UseMetadata; 2],
            fallback: [0.0, 0.0, 0.0, 1.0],
            scale: [1.0; 4],
            bias: [0.0; 4],
            color_space: ColorSpace::Auto,
            coordinates: Coordinates::default(),
        }
    }
}

impl Default for Coordinates {
    /// The origin of the picture, everywhere.
    fn default() -> Self {
        Self {
            primvar: None,
            fallback: [0.0; 2],
            transforms: Vec::new(),
        }
    }
}

impl Default for TextureTransform {
    /// Changes nothing.
    fn default() -> Self {
        Self {
            rotation: 0.0,
            scale: [1.0; 2],
            translation: [0.0; 2],
        }
    }
}

impl TextureTransform {
    /// Where coordinates come to lie.
    #[must_use]
    pub fn apply(&self, [s, t]: [f64; 2]) -> [f64; 2] {
        let (x, y) = (s * self.scale[0], t * self.scale[1]);
        let (sin, cos) = self.rotation.sin_cos();
        [
            x * cos - y * sin + self.translation[0],
            x * sin + y * cos + self.translation[1],
        ]
    }
}

impl Channel {
    /// Name of the texture's output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::R => "r",
            Self::G => "g",
            Self::B => "b",
            Self::A => "a",
            Self::Rgb => "rgb",
        }
    }

    /// The channel of an output's name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::R, Self::G, Self::B, Self::A, Self::Rgb];
        all.into_iter().find(|c| c.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// USD's order: scale, then turn, then shift. A quarter turn takes (2, 0) to (0, 2); rounding of
    /// sine and cosine is below 1e-15.
    #[test]
    fn transform_scales_then_turns_then_moves() {
        let transform = TextureTransform {
            rotation: std::f64::consts::FRAC_PI_2,
            scale: [2.0, 1.0],
            translation: [10.0, 20.0],
        };
        let [s, t] = transform.apply([1.0, 0.0]);
        assert!((s - 10.0).abs() < 1e-12 && (t - 22.0).abs() < 1e-12);
    }

    /// Every primvar is named once, whoever reads it.
    #[test]
    fn primvars_are_named_once() {
        let texture = Arc::new(Texture::new(ImageFile::default(), "st"));
        let mut surface = Surface::default();
        surface.diffuse_color.source = Some(Source::Texture(texture.clone(), Channel::Rgb));
        surface.opacity.source = Some(Source::Texture(texture, Channel::A));
        surface.roughness.source = Some(Source::Primvar(Arc::new(PrimvarReader {
            name: "wear".into(),
            kind: "float".into(),
            fallback: vec![0.5],
        })));
        assert_eq!(surface.primvars(), ["st", "wear"]);
        assert_eq!(surface.sources().count(), 3);
        assert_eq!(Channel::named("a"), Some(Channel::A));
    }
}
