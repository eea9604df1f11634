//! Shaders that feed the inputs of a surface: textures, primvar readers, transforms.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use halle_world::Severity;
use halle_world::components::{
    ColorSpace, Coordinates, ImageFile, PrimvarReader, Texture, TextureTransform, Wrap,
};
use openusd::sdf::{AssetPath, Value};
use openusd::usd::Stage;

use crate::reader::{PrimReader, Reading};
use crate::shade::{Fed, follow};
use crate::value;

/// Most transforms of texture coordinates one after the other.
const TRANSFORM_LIMIT: usize = 16;
/// Mark in the name of a picture in tiles.
const TILES: &str = "<UDIM>";

/// Textures that were read, by the path of their shader.
#[derive(Default)]
pub(crate) struct Textures {
    known: RefCell<BTreeMap<String, Arc<Texture>>>,
}

/// An input of a shader that is a constant, by its own value or that of what it is connected to.
pub(crate) fn constant<T: value::Usable>(
    stage: &Stage,
    shader: &PrimReader<'_>,
    name: &str,
    convert: impl Fn(&Value) -> Option<T>,
) -> Option<T> {
    match follow(stage, shader, name) {
        None => shader.read(name, convert),
        Some(Fed::Value(prim, property)) => prim.read(&property, convert),
        Some(Fed::Output(prim, _)) => {
            let id = prim.text_or("info:id", "");
            let message = format!("input comes from `{id}`: its own constant is used");
            let help = "author a constant where it will not do";
            shader.find(Severity::Warning, "SC0111", name, message, help);
            shader.read(name, convert)
        }
    }
}

impl Textures {
    /// The texture of a `UsdUVTexture`.
    pub(crate) fn read(&self, stage: &Stage, shader: &PrimReader<'_>) -> Arc<Texture> {
        if let Some(known) = self.known.borrow().get(&shader.path) {
            return Arc::clone(known);
        }
        let plain = Texture::default();
        let four = |name, plain| constant(stage, shader, name, value::quadruple).unwrap_or(plain);
        let wrap = |name| {
            let text = constant(stage, shader, name, value::text);
            match text.as_deref() {
                None | Some("useMetadata") => Wrap::UseMetadata,
                Some("black") => Wrap::Black,
                Some("clamp") => Wrap::Clamp,
                Some("repeat") => Wrap::Repeat,
                Some("mirror") => Wrap::Mirror,
                Some(other) => {
                    let message =
                        format!("wrap mode `{other}` is not known: `useMetadata` is used");
                    let help = "write black, clamp, repeat, mirror or useMetadata";
                    shader.find(Severity::Warning, "SC0111", name, message, help);
                    Wrap::UseMetadata
                }
            }
        };
        let space = constant(stage, shader, "inputs:sourceColorSpace", value::text);
        let texture = Arc::new(Texture {
            image: shader_image(stage, shader),
            wrap: [wrap("inputs:wrapS"), wrap("inputs:wrapT")],
            fallback: four("inputs:fallback", plain.fallback),
            scale: four("inputs:scale", plain.scale),
            bias: four("inputs:bias", plain.bias),
            color_space: match space.as_deref() {
                Some("raw") => ColorSpace::Raw,
                Some("sRGB") => ColorSpace::Srgb,
                _ => ColorSpace::Auto,
            },
            coordinates: coordinates(stage, shader),
        });
        let mut known = self.known.borrow_mut();
        known.insert(shader.path.clone(), Arc::clone(&texture));
        texture
    }
}

/// What a `UsdPrimvarReader` reads.
pub(crate) fn primvar_reader(stage: &Stage, shader: &PrimReader<'_>, id: &str) -> PrimvarReader {
    let name = constant(stage, shader, "inputs:varname", value::text).unwrap_or_default();
    if name.is_empty() {
        let message = "primvar reader does not say what it reads: its fallback is used";
        let help = "author `inputs:varname`";
        shader.find(Severity::Warning, "SC0111", "inputs:varname", message, help);
    }
    PrimvarReader {
        name: plain_name(&name).to_owned(),
        kind: id.trim_start_matches("UsdPrimvarReader_").to_owned(),
        fallback: constant(stage, shader, "inputs:fallback", value::few).unwrap_or_default(),
    }
}

/// A primvar's name as shaders may write it, without the prefix.
fn plain_name(name: &str) -> &str {
    name.strip_prefix("primvars:").unwrap_or(name)
}

/// Where a texture gets its coordinates from.
fn coordinates(stage: &Stage, texture: &PrimReader<'_>) -> Coordinates {
    let mut made = Coordinates::default();
    let mut fed = follow(stage, texture, "inputs:st");
    if fed.is_none() {
        made.fallback = texture.read("inputs:st", value::pair).unwrap_or([0.0; 2]);
    }
    while let Some(from) = fed {
        let shader = match from {
            Fed::Value(prim, property) => {
                made.fallback = prim.read(&property, value::pair).unwrap_or([0.0; 2]);
                break;
            }
            Fed::Output(shader, _) => shader,
        };
        let id = shader.text_or("info:id", "");
        if id == "UsdTransform2d" && made.transforms.len() < TRANSFORM_LIMIT {
            made.transforms.insert(0, transform(stage, &shader));
            fed = follow(stage, &shader, "inputs:in");
            if fed.is_none() {
                made.fallback = shader.read("inputs:in", value::pair).unwrap_or([0.0; 2]);
            }
            continue;
        }
        if id.starts_with("UsdPrimvarReader_") {
            let reader = primvar_reader(stage, &shader, &id);
            if let [s, t, ..] = reader.fallback[..] {
                made.fallback = [s, t];
            }
            made.primvar = Some(reader.name).filter(|n| !n.is_empty());
        } else {
            let message = format!("texture coordinates come from `{id}`: one point is read");
            let help = "use `UsdPrimvarReader_float2`, with `UsdTransform2d` if need be";
            texture.find(Severity::Warning, "SC0111", "inputs:st", message, help);
        }
        break;
    }
    made
}

fn transform(stage: &Stage, shader: &PrimReader<'_>) -> TextureTransform {
    let plain = TextureTransform::default();
    let two = |name, plain| constant(stage, shader, name, value::pair).unwrap_or(plain);
    let turn = constant(stage, shader, "inputs:rotation", value::number);
    TextureTransform {
        rotation: turn.map_or(0.0, f64::to_radians),
        scale: two("inputs:scale", plain.scale),
        translation: two("inputs:translation", plain.translation),
    }
}

fn shader_image(stage: &Stage, shader: &PrimReader<'_>) -> ImageFile {
    let name = "inputs:file";
    match follow(stage, shader, name) {
        None => image(shader, name),
        Some(Fed::Value(prim, property)) => image(&prim, &property),
        Some(Fed::Output(prim, _)) => {
            let id = prim.text_or("info:id", "");
            let message = format!("picture comes from `{id}`: none is read");
            let help = "author the path of a picture";
            shader.find(Severity::Warning, "SC0111", name, message, help);
            None
        }
    }
    .unwrap_or_else(|| {
        let message = "texture names no picture: its fallback is used";
        let help = "author `inputs:file`";
        shader.find(Severity::Warning, "SC0121", name, message, help);
        ImageFile::default()
    })
}

/// The file that an attribute names; one that is not there is a finding. `None` if none is named.
pub(crate) fn image(prim: &PrimReader<'_>, name: &str) -> Option<ImageFile> {
    let asset = prim.read(name, |v| match v {
        Value::AssetPath(path) => Some(path.clone()),
        other => value::text(other).map(|t| AssetPath::new(&t)),
    })?;
    let authored = asset.asset_path().to_owned();
    if authored.is_empty() {
        return None;
    }
    let layer = prim.opinions.layer(name).unwrap_or_default();
    let known = asset.resolved_path().filter(|r| !r.is_empty());
    let resolved = if authored.contains(TILES) {
        tiles(prim.reading, &layer, &authored)
    } else {
        let known = known.map(str::to_owned);
        known.or_else(|| prim.reading.scene.resolve_asset(&layer, &authored))
    };
    if resolved.is_none() {
        let what = if authored.contains(TILES) {
            "tile of picture"
        } else {
            "picture"
        };
        let message = format!("{what} `{authored}` is not there: a constant stands in for it");
        let help = "put the file where it is looked for, or correct its name";
        prim.find(Severity::Warning, "SC0121", name, message, help);
    }
    Some(ImageFile { authored, resolved })
}

/// Where the tiles of a picture are, if there is one: numbers 1001 to 1100.
fn tiles(reading: &Reading, layer: &str, authored: &str) -> Option<String> {
    (1001..=1100).find_map(|tile| {
        let number = tile.to_string();
        let one = authored.replacen(TILES, &number, 1);
        let found = reading.scene.resolve_asset(layer, &one)?;
        // The number stands where the mark does, counted from the end of the path.
        let after = authored
            .rsplit_once(TILES)
            .map_or(0, |(_, rest)| rest.len());
        let bracket = usize::from(found.ends_with(']') && !authored.ends_with(']'));
        let end = found.len().checked_sub(after + bracket)?;
        let start = end.checked_sub(number.len())?;
        (found.get(start..end)? == number)
            .then(|| format!("{}{TILES}{}", &found[..start], &found[end..]))
    })
}
