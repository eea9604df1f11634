//! How materials look: `UsdPreviewSurface` with constants, textures and primvars.

use std::sync::Arc;

use halle_world::Severity;
use halle_world::components::{
    Channel, Input, OpacityMode, PrimvarReader, Source, Surface, Texture,
};
use openusd::sdf::Value;
use openusd::usd::Stage;

use crate::reader::PrimReader;
use crate::shade::{Fed, follow};
use crate::textures::{Textures, constant, primvar_reader};
use crate::value::{self, Usable};

/// The look that a material prim gives, or nothing if it has no surface shader.
pub(crate) fn surface(
    stage: &Stage,
    material: &PrimReader<'_>,
    textures: &Textures,
) -> Option<Arc<Surface>> {
    let Some(Fed::Output(shader, _)) = follow(stage, material, "outputs:surface") else {
        let outputs = |n: &&str| n.starts_with("outputs:") && n.ends_with(":surface");
        if let Some(name) = material.property_names().find(outputs) {
            let message = format!("material has `{name}` only: it is drawn as if it had none");
            let help = "add a `UsdPreviewSurface` to the material";
            material.find(Severity::Warning, "SC0111", name, message, help);
        }
        return None;
    };
    let id = shader.text_or("info:id", "");
    if id != "UsdPreviewSurface" {
        let message = format!("shader `{id}` is not supported: a grey surface is drawn");
        let help = "add a `UsdPreviewSurface` to the material";
        shader.find(Severity::Warning, "SC0111", "info:id", message, help);
        return Some(Arc::new(Surface::default()));
    }
    for name in ["outputs:displacement", "outputs:volume"] {
        let own = |fed: &Fed<'_>| matches!(fed, Fed::Output(s, _) if s.path == shader.path);
        if follow(stage, material, name).is_some_and(|fed| !own(&fed)) {
            let message = "output of the material is not supported: it has no effect";
            let help = "connect it to the `UsdPreviewSurface`, or remove it";
            material.find(Severity::Note, "SC0111", name, message, help);
        }
    }
    let made = Inputs {
        stage,
        shader: &shader,
        textures,
    }
    .surface();
    report_undrawn(&shader, &made);
    Some(Arc::new(made))
}

/// Says what of a surface pictures do not show yet: all that is not one of their constants.
fn report_undrawn(shader: &PrimReader<'_>, surface: &Surface) {
    let drawn = [
        "diffuseColor",
        "emissiveColor",
        "metallic",
        "roughness",
        "opacity",
    ];
    let plain = Surface::default();
    let mut left = Vec::new();
    for ((name, input), (_, usual)) in surface.inputs().into_iter().zip(plain.inputs()) {
        use halle_world::components::InputRef::{Number, Triple};
        let usual = match (input, usual) {
            (Number(a), Number(b)) => a == b,
            (Triple(a), Triple(b)) => a == b,
            _ => false,
        };
        if input.source().is_some() || !(usual || drawn.contains(&name)) {
            left.push(name);
        }
    }
    if surface.specular_workflow {
        left.push("useSpecularWorkflow");
    }
    if surface.opacity_mode == OpacityMode::Presence {
        left.push("opacityMode");
    }
    if let Some(first) = left.first() {
        let property = format!("inputs:{first}");
        let message = format!(
            "kept, but pictures show constants in its place: {}",
            left.join(", ")
        );
        let help = "do not count on it in pictures";
        shader.find(Severity::Note, "SC0111", &property, message, help);
    }
}

/// The inputs of a surface shader.
struct Inputs<'a, 'r> {
    stage: &'a Stage,
    shader: &'a PrimReader<'r>,
    textures: &'a Textures,
}

/// A kind of value that an input may have.
trait Kind: Usable + Sized {
    fn convert(value: &Value) -> Option<Self>;
    fn of_channel(channel: Channel, texel: [f64; 4]) -> Self;
    fn of_list(list: &[f64]) -> Option<Self>;
}

fn channel(channel: Channel, [r, g, b, a]: [f64; 4]) -> f64 {
    match channel {
        Channel::R | Channel::Rgb => r,
        Channel::G => g,
        Channel::B => b,
        Channel::A => a,
    }
}

impl Kind for f64 {
    fn convert(value: &Value) -> Option<Self> {
        value::number(value)
    }
    fn of_channel(from: Channel, texel: [f64; 4]) -> Self {
        channel(from, texel)
    }
    fn of_list(list: &[f64]) -> Option<Self> {
        list.first().copied()
    }
}

impl Kind for [f64; 3] {
    fn convert(value: &Value) -> Option<Self> {
        value::triple(value)
    }
    fn of_channel(from: Channel, texel: [f64; 4]) -> Self {
        match from {
            Channel::Rgb => [texel[0], texel[1], texel[2]],
            one => [channel(one, texel); 3],
        }
    }
    fn of_list(list: &[f64]) -> Option<Self> {
        list.first_chunk().copied()
    }
}

impl Inputs<'_, '_> {
    fn surface(&self) -> Surface {
        let plain = Surface::default();
        let whole = |name| constant(self.stage, self.shader, name, value::number);
        let mode = constant(self.stage, self.shader, "inputs:opacityMode", value::text);
        Surface {
            diffuse_color: self.read("inputs:diffuseColor", plain.diffuse_color.value),
            emissive_color: self.read("inputs:emissiveColor", plain.emissive_color.value),
            specular_workflow: whole("inputs:useSpecularWorkflow").is_some_and(|v| v != 0.0),
            specular_color: self.read("inputs:specularColor", plain.specular_color.value),
            metallic: self.read("inputs:metallic", plain.metallic.value),
            roughness: self.read("inputs:roughness", plain.roughness.value),
            clearcoat: self.read("inputs:clearcoat", plain.clearcoat.value),
            clearcoat_roughness: self
                .read("inputs:clearcoatRoughness", plain.clearcoat_roughness.value),
            opacity: self.read("inputs:opacity", plain.opacity.value),
            opacity_mode: match mode.as_deref() {
                Some("presence") => OpacityMode::Presence,
                _ => OpacityMode::Transparent,
            },
            opacity_threshold: self.read("inputs:opacityThreshold", plain.opacity_threshold.value),
            ior: self.read("inputs:ior", plain.ior.value),
            normal: self.read("inputs:normal", plain.normal.value),
            displacement: self.read("inputs:displacement", plain.displacement.value),
            occlusion: self.read("inputs:occlusion", plain.occlusion.value),
        }
    }

    fn read<T: Kind>(&self, name: &str, plain: T) -> Input<T> {
        let (stage, shader) = (self.stage, self.shader);
        let own = || shader.read(name, T::convert);
        let (prim, output) = match follow(stage, shader, name) {
            None => return Input::constant(own().unwrap_or(plain)),
            Some(Fed::Value(prim, property)) => {
                let value = prim.read(&property, T::convert);
                return Input::constant(value.or_else(own).unwrap_or(plain));
            }
            Some(Fed::Output(prim, output)) => (prim, output),
        };
        let id = prim.text_or("info:id", "");
        if id.starts_with("UsdPrimvarReader_") {
            let reader = primvar_reader(stage, &prim, &id);
            let value = T::of_list(&reader.fallback).or_else(own).unwrap_or(plain);
            return Input {
                value,
                source: Self::reader(reader),
            };
        }
        let from = output.strip_prefix("outputs:").and_then(Channel::named);
        match from.filter(|_| id == "UsdUVTexture") {
            Some(channel) => {
                let texture = self.textures.read(stage, &prim);
                let said = prim.says("inputs:fallback");
                let value = said.then(|| T::of_channel(channel, texture.fallback));
                Input {
                    value: value.or_else(own).unwrap_or(plain),
                    source: Self::texture(texture, channel),
                }
            }
            None => {
                let output = output.trim_start_matches("outputs:");
                let message = format!("input comes from `{output}` of `{id}`: a constant is used");
                let help = "use `UsdUVTexture` or `UsdPrimvarReader`, or author a constant";
                shader.find(Severity::Warning, "SC0111", name, message, help);
                let fallback = prim.read("inputs:fallback", |v| Some(value::few(v)));
                let fallback = fallback.flatten().and_then(|list| T::of_list(&list));
                Input::constant(fallback.or_else(own).unwrap_or(plain))
            }
        }
    }

    /// A reader that names nothing reads nothing.
    fn reader(reader: PrimvarReader) -> Option<Source> {
        (!reader.name.is_empty()).then(|| Source::Primvar(Arc::new(reader)))
    }

    /// A texture without a picture is its constant.
    fn texture(texture: Arc<Texture>, channel: Channel) -> Option<Source> {
        (!texture.image.authored.is_empty()).then_some(Source::Texture(texture, channel))
    }
}
