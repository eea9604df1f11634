//! Meshes, height fields and materials.

use std::collections::BTreeMap;
use std::sync::Arc;

use halle_world::Severity;
use halle_world::components::{
    Channel, ColorSpace, DisplayMaterial, ImageFile, Look, Source as Fed, Surface, Texture, Wrap,
};

use crate::asset_files::{Field, Mesh, Source, find_file};
use crate::error::MjcfError;
use crate::references::stem;
use crate::report::Report;
use crate::settings::Scope;
use crate::tree::{Element, Files};
use crate::values::View;

/// A named look.
#[derive(Clone, Debug)]
pub(crate) struct Material {
    /// Colour and opacity as written.
    pub(crate) rgba: [f64; 4],
    emission: f64,
    roughness: f64,
    metallic: f64,
    /// Picture of the colour, for shapes with texture coordinates.
    pub(crate) picture: Option<Picture>,
}

/// A texture from a file.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    image: ImageFile,
    space: ColorSpace,
}

impl Material {
    /// What is drawn: MuJoCo's colours are those of the screen. The picture lies on shapes that are
    /// `mapped`, with texture coordinates of their own.
    pub(crate) fn look(&self, rgba: [f64; 4], mapped: bool) -> Look {
        let color = [rgba[0], rgba[1], rgba[2]].map(halle_meshes::linear_from_srgb);
        let plain = Look::from(DisplayMaterial {
            base_color: color,
            roughness: self.roughness,
            metallic: self.metallic,
            opacity: rgba[3].clamp(0.0, 1.0),
            emission: color.map(|c| c * self.emission),
        });
        let Some(picture) = self.picture.as_ref().filter(|_| mapped) else {
            return plain;
        };
        let [r, g, b] = color;
        let mut surface = Surface::clone(&plain.0);
        let texture = Texture {
            scale: [r, g, b, 1.0],
            wrap: [Wrap::Repeat; 2],
            color_space: picture.space,
            ..Texture::new(picture.image.clone(), "st")
        };
        surface.diffuse_color.source = Some(Fed::Texture(Arc::new(texture), Channel::Rgb));
        Look(Arc::new(surface))
    }

    /// A look without a material.
    pub(crate) const PLAIN: Self = Self {
        rgba: [0.5, 0.5, 0.5, 1.0],
        emission: 0.0,
        roughness: 0.5,
        metallic: 0.0,
        picture: None,
    };
}

/// All assets by name. `None` stands for one whose file is not there or cannot be used.
#[derive(Debug, Default)]
pub(crate) struct Assets<'a> {
    pub(crate) meshes: BTreeMap<String, Option<Mesh>>,
    pub(crate) fields: BTreeMap<String, Option<Field>>,
    pub(crate) materials: BTreeMap<&'a str, Material>,
    textures: BTreeMap<String, Result<Picture, &'static str>>,
}

impl<'a> Assets<'a> {
    pub(crate) fn load(
        root: &'a Element,
        scopes: &'a [Scope],
        files: &mut Files,
        report: &Report,
    ) -> Result<Self, MjcfError> {
        let mut made = Self::default();
        let sections = || root.children.iter().filter(|s| &*s.name == "asset");
        let elements = || sections().flat_map(|s| s.children.iter());
        for element in elements() {
            let scope = &scopes[element.scope];
            match &*element.name {
                "texture" => {
                    let name = named(element, |n| !made.textures.contains_key(n))?;
                    let view = scope.defaults.view(element, "texture", "main")?;
                    let picture = texture(&view, scope, files, report)?;
                    made.textures.insert(name, picture);
                }
                "mesh" => {
                    let name = named(element, |n| !made.meshes.contains_key(n))?;
                    let view = scope.defaults.view(element, "mesh", "main")?;
                    let mesh = Source {
                        view,
                        scope,
                        report,
                        files: &mut *files,
                    }
                    .mesh()?;
                    made.meshes.insert(name, mesh);
                }
                "hfield" => {
                    let name = named(element, |n| !made.fields.contains_key(n))?;
                    let view = View::plain(element);
                    let field = Source {
                        view,
                        scope,
                        report,
                        files: &mut *files,
                    }
                    .field()?;
                    made.fields.insert(name, field);
                }
                _ => {}
            }
        }
        for element in elements().filter(|e| &*e.name == "material") {
            let view = scopes[element.scope]
                .defaults
                .view(element, "material", "main")?;
            let name = element.required("name")?;
            if made.materials.contains_key(name) {
                return Err(repeated(element, name));
            }
            let layers = element.children.iter();
            let layers = layers.filter_map(|l| Some((l.text("role"), l.text("texture")?)));
            let own = view.text("texture").map(|t| (Some("rgb"), t));
            let mut look = material(&view);
            for (role, texture) in own.into_iter().chain(layers) {
                let known = made.textures.get(texture);
                let known = known.ok_or_else(|| element.unknown("texture", texture))?;
                let colored = matches!(role, Some("rgb" | "rgba"));
                let left = match known {
                    Ok(picture) if colored => {
                        look.picture.get_or_insert_with(|| picture.clone());
                        continue;
                    }
                    Ok(_) => "textures of other roles than colour are left out",
                    Err(why) => why,
                };
                let message = format!("{left}: the material has its constant");
                report.at(Severity::Note, "MJ0118", element, "texture", message);
            }
            let repeats = view.fill("texrepeat", [1.0; 2]) != [1.0; 2];
            let uniform = view.truth_or("texuniform", false);
            let left = [("texrepeat", repeats), ("texuniform", uniform)];
            for (attribute, _) in left.iter().filter(|(_, is)| *is && look.picture.is_some()) {
                let message = "the picture lies as the texture coordinates say, once".to_owned();
                report.at(Severity::Note, "MJ0118", element, attribute, message);
            }
            made.materials.insert(name, look);
        }
        Ok(made)
    }
}

impl Assets<'_> {
    /// Whether there is a texture of the name.
    pub(crate) fn has_texture(&self, name: &str) -> bool {
        self.textures.contains_key(name)
    }
}

fn material(view: &View<'_>) -> Material {
    let rgba = view.fill("rgba", [1.0; 4]);
    let given = |name| view.number(name).filter(|v| *v >= 0.0);
    let shininess = view.number_or("shininess", 0.5);
    Material {
        rgba,
        emission: view.number_or("emission", 0.0),
        roughness: given("roughness")
            .unwrap_or(1.0 - shininess)
            .clamp(0.0, 1.0),
        metallic: given("metallic").unwrap_or(0.0).clamp(0.0, 1.0),
        picture: None,
    }
}

fn repeated(element: &Element, name: &str) -> MjcfError {
    let kind = match &*element.name {
        "mesh" => "mesh",
        "hfield" => "hfield",
        "material" => "material",
        _ => "texture",
    };
    MjcfError::RepeatedName {
        place: element.place.clone(),
        kind,
        name: name.to_owned(),
    }
}

/// Name of an asset, its file's if it has none. A sky needs none.
fn named(element: &Element, is_new: impl Fn(&str) -> bool) -> Result<String, MjcfError> {
    let name = element.text("name").map(str::to_owned);
    let name = name
        .or_else(|| element.text("file").map(stem))
        .unwrap_or_default();
    if !name.is_empty() && !is_new(&name) {
        return Err(repeated(element, &name));
    }
    if name.is_empty() && element.text("type") != Some("skybox") {
        element.required("name")?;
    }
    Ok(name)
}

/// Checks a texture: the picture of one that lies flat, or why there is none.
fn texture(
    view: &View<'_>,
    scope: &Scope,
    files: &Files,
    report: &Report,
) -> Result<Result<Picture, &'static str>, MjcfError> {
    let element = view.element();
    let made = view.text("builtin").is_some_and(|b| b != "none");
    let size = |name| view.integer_or(name, 0);
    if made && (size("width") < 1 || size("height") < 1) {
        return Err(element.invalid("a built-in texture needs `width` and `height`"));
    }
    let six = [
        "fileright",
        "fileleft",
        "fileup",
        "filedown",
        "filefront",
        "fileback",
    ];
    let names = std::iter::once("file").chain(six);
    if !made && names.clone().all(|n| element.text(n).is_none()) {
        return Err(element.invalid("a texture needs a file or a built-in pattern"));
    }
    let mut picture = Err("the picture is not there");
    for attribute in names {
        let Some(file) = element.text(attribute) else {
            continue;
        };
        let path = find_file(element, file, &scope.texture_folder, scope, files);
        if !path.is_file() {
            let message = format!("texture `{}` is not there", files.shown(&path));
            report.at(Severity::Warning, "MJ0104", element, attribute, message);
        } else if attribute == "file" {
            let whole = std::path::absolute(&path).unwrap_or(path);
            let image = ImageFile {
                authored: file.to_owned(),
                resolved: Some(whole.to_string_lossy().into_owned()),
            };
            let space = match view.text("colorspace") {
                Some("sRGB") => ColorSpace::Srgb,
                Some("linear") => ColorSpace::Raw,
                _ => ColorSpace::Auto,
            };
            picture = Ok(Picture { image, space });
        }
    }
    Ok(match view.text("type").unwrap_or("cube") {
        _ if made => Err("built-in patterns are not made"),
        "2d" => picture,
        _ => Err("textures on cubes are not supported"),
    })
}
