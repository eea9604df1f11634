//! Meshes, height fields and materials.

use std::collections::BTreeMap;

use halle_world::Severity;
use halle_world::components::DisplayMaterial;

use crate::asset_files::{Field, Mesh, Source, find_file};
use crate::error::MjcfError;
use crate::references::stem;
use crate::report::Report;
use crate::settings::Scope;
use crate::tree::{Element, Files};
use crate::values::View;

/// A named look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Material {
    /// Colour and opacity as written.
    pub(crate) rgba: [f64; 4],
    emission: f64,
    roughness: f64,
    metallic: f64,
}

impl Material {
    /// What is drawn: MuJoCo's colours are those of the screen.
    pub(crate) fn look(&self, rgba: [f64; 4]) -> DisplayMaterial {
        let color = [rgba[0], rgba[1], rgba[2]].map(halle_meshes::linear_from_srgb);
        DisplayMaterial {
            base_color: color,
            roughness: self.roughness,
            metallic: self.metallic,
            opacity: rgba[3].clamp(0.0, 1.0),
            emission: color.map(|c| c * self.emission),
        }
    }

    /// A look without a material.
    pub(crate) const PLAIN: Self = Self {
        rgba: [0.5, 0.5, 0.5, 1.0],
        emission: 0.0,
        roughness: 0.5,
        metallic: 0.0,
    };
}

/// All assets by name. `None` stands for one whose file is not there or cannot be used.
#[derive(Debug, Default)]
pub(crate) struct Assets<'a> {
    pub(crate) meshes: BTreeMap<String, Option<Mesh>>,
    pub(crate) fields: BTreeMap<String, Option<Field>>,
    pub(crate) materials: BTreeMap<&'a str, Material>,
    textures: BTreeMap<String, ()>,
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
                    texture(&view, scope, files, report)?;
                    made.textures.insert(name, ());
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
            let layers = element.children.iter().filter_map(|l| l.text("texture"));
            for texture in view.text("texture").into_iter().chain(layers) {
                if !made.textures.contains_key(texture) {
                    return Err(element.unknown("texture", texture));
                }
                let message = "textures are not shown: the material has one colour".to_owned();
                report.at(Severity::Note, "MJ0118", element, "texture", message);
            }
            made.materials.insert(name, material(&view));
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

/// Checks a texture, which is not shown.
fn texture(
    view: &View<'_>,
    scope: &Scope,
    files: &Files,
    report: &Report,
) -> Result<(), MjcfError> {
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
    for attribute in names {
        let Some(file) = element.text(attribute) else {
            continue;
        };
        let path = find_file(element, file, &scope.texture_folder, scope, files);
        if !path.is_file() {
            let message = format!("texture `{}` is not there", files.shown(&path));
            report.at(Severity::Warning, "MJ0104", element, attribute, message);
        }
    }
    Ok(())
}
