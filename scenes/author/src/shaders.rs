//! Looks as networks of shaders: `UsdPreviewSurface` fed by `UsdUVTexture`, `UsdPrimvarReader` and
//! `UsdTransform2d`.

use std::collections::BTreeMap;
use std::sync::Arc;

use halle_world::components::{
    Channel, ColorSpace, Coordinates, ImageFile, InputRef, OpacityMode, PrimvarReader, Source,
    Surface, Texture, Wrap,
};

use crate::layer::Layer;
use crate::pictures::Pictures;
use crate::value::{Typed, asset, float, float2, float4, int, string, token, triple};

/// The shaders of one material.
struct Network<'l> {
    layer: &'l mut Layer,
    pictures: &'l mut Pictures,
    /// Path of the material.
    path: String,
    /// Textures that were written, by their address.
    textures: BTreeMap<usize, String>,
    /// Readers that were written, by what they read.
    readers: BTreeMap<String, String>,
    transforms: usize,
}

/// Writes a material with a look at a path.
pub(crate) fn write(layer: &mut Layer, pictures: &mut Pictures, path: &str, look: &Surface) {
    let shader = format!("{path}/Surface");
    let output = |name: &str| format!("{shader}.outputs:{name}");
    let prim = layer.add(path, "Material");
    prim.connect("outputs:surface", "token", output("surface"));
    let displaced = look.displacement.source.is_some() || look.displacement.value != 0.0;
    if displaced {
        prim.connect("outputs:displacement", "token", output("displacement"));
    }
    layer.add(&shader, "Shader");
    let mut network = Network {
        layer,
        pictures,
        path: path.to_owned(),
        textures: BTreeMap::new(),
        readers: BTreeMap::new(),
        transforms: 0,
    };
    let sources: Vec<Option<(String, &'static str)>> = look
        .inputs()
        .into_iter()
        .map(|(_, input)| input.source().map(|source| network.source(source)))
        .collect();
    let prim = layer.at(&shader);
    prim.uniform("info:id", token("UsdPreviewSurface"));
    if look.specular_workflow {
        prim.set("inputs:useSpecularWorkflow", int(1));
    }
    if look.opacity_mode == OpacityMode::Presence {
        prim.uniform("inputs:opacityMode", token("presence"));
    }
    let plain = Surface::default();
    let usual = plain.inputs();
    for ((name, input), ((_, usual), source)) in look
        .inputs()
        .into_iter()
        .zip(usual.into_iter().zip(sources))
    {
        // What everyone looks for is said even where it is as usual.
        let always = matches!(name, "diffuseColor" | "metallic" | "roughness");
        let (value, differs) = match (input, usual) {
            (InputRef::Number(a), InputRef::Number(b)) => (float(a.value), a.value != b.value),
            (InputRef::Triple(a), InputRef::Triple(b)) => {
                let role = if name == "normal" {
                    "normal3f"
                } else {
                    "color3f"
                };
                (triple(role, a.value), a.value != b.value)
            }
            _ => continue,
        };
        let name = format!("inputs:{name}");
        match source {
            Some((source, _)) => drop(prim.fed(&name, value, source)),
            None if differs || always => drop(prim.set(&name, value)),
            None => {}
        }
    }
    if displaced {
        prim.output("outputs:displacement", "token");
    }
    prim.output("outputs:surface", "token");
}

impl Network<'_> {
    /// Path of the output that a source is, and its type.
    fn source(&mut self, source: &Source) -> (String, &'static str) {
        match source {
            Source::Texture(texture, channel) => {
                let shader = self.texture(texture);
                let kind = match channel {
                    Channel::Rgb => "float3",
                    _ => "float",
                };
                (format!("{shader}.outputs:{}", channel.name()), kind)
            }
            Source::Primvar(reader) => {
                let (path, kind) = self.reader(reader);
                (format!("{path}.outputs:result"), kind)
            }
        }
    }

    fn texture(&mut self, texture: &Arc<Texture>) -> String {
        let address = Arc::as_ptr(texture).addr();
        if let Some(known) = self.textures.get(&address) {
            return known.clone();
        }
        let path = format!("{}/Texture_{}", self.path, self.textures.len() + 1);
        self.textures.insert(address, path.clone());
        self.layer.add(&path, "Shader");
        let (st, fallback) = self.coordinates(&texture.coordinates);
        let file = self.pictures.name(&texture.image);
        let plain = Texture::default();
        let prim = self.layer.at(&path);
        prim.uniform("info:id", token("UsdUVTexture"));
        prim.set("inputs:file", asset(&file));
        if texture.color_space != ColorSpace::Auto {
            let space = match texture.color_space {
                ColorSpace::Raw => "raw",
                _ => "sRGB",
            };
            prim.set("inputs:sourceColorSpace", token(space));
        }
        match st {
            Some(source) => prim.fed("inputs:st", float2(fallback), source),
            None => prim.set("inputs:st", float2(fallback)),
        };
        for (name, wrap) in ["inputs:wrapS", "inputs:wrapT"]
            .into_iter()
            .zip(texture.wrap)
        {
            let mode = match wrap {
                Wrap::UseMetadata => continue,
                Wrap::Black => "black",
                Wrap::Clamp => "clamp",
                Wrap::Repeat => "repeat",
                Wrap::Mirror => "mirror",
            };
            prim.set(name, token(mode));
        }
        for (name, value, plain) in [
            ("inputs:fallback", texture.fallback, plain.fallback),
            ("inputs:scale", texture.scale, plain.scale),
            ("inputs:bias", texture.bias, plain.bias),
        ] {
            if value != plain {
                prim.set(name, float4(value));
            }
        }
        for output in ["r", "g", "b", "a"] {
            prim.output(&format!("outputs:{output}"), "float");
        }
        prim.output("outputs:rgb", "float3");
        path
    }

    /// The output that gives texture coordinates, and the constant beside it.
    fn coordinates(&mut self, from: &Coordinates) -> (Option<String>, [f64; 2]) {
        let mut source = from.primvar.as_ref().map(|name| {
            let reader = PrimvarReader {
                name: name.clone(),
                kind: "float2".to_owned(),
                fallback: from.fallback.to_vec(),
            };
            format!("{}.outputs:result", self.reader(&reader).0)
        });
        for transform in &from.transforms {
            self.transforms += 1;
            let path = format!("{}/Transform_{}", self.path, self.transforms);
            let prim = self.layer.add(&path, "Shader");
            prim.uniform("info:id", token("UsdTransform2d"));
            match source {
                Some(source) => prim.fed("inputs:in", float2(from.fallback), source),
                None => prim.set("inputs:in", float2(from.fallback)),
            };
            prim.set("inputs:rotation", float(transform.rotation.to_degrees()));
            prim.set("inputs:scale", float2(transform.scale));
            prim.set("inputs:translation", float2(transform.translation));
            prim.output("outputs:result", "float2");
            source = Some(format!("{path}.outputs:result"));
        }
        (source, from.fallback)
    }

    /// Path of a reader and the type of what it gives.
    fn reader(&mut self, reader: &PrimvarReader) -> (String, &'static str) {
        let kind = match reader.kind.as_str() {
            "float" => "float",
            "float2" => "float2",
            "float4" => "float4",
            "int" => "int",
            "string" => "string",
            "normal" => "normal3f",
            "point" => "point3f",
            "vector" => "vector3f",
            "matrix" => "matrix4d",
            _ => "float3",
        };
        let key = format!("{reader:?}");
        if let Some(known) = self.readers.get(&key) {
            return (known.clone(), kind);
        }
        let path = format!("{}/Primvar_{}", self.path, self.readers.len() + 1);
        self.readers.insert(key, path.clone());
        let prim = self.layer.add(&path, "Shader");
        let id = format!("UsdPrimvarReader_{}", reader.kind);
        prim.uniform("info:id", token(&id));
        prim.set("inputs:varname", string(&reader.name));
        if let Some(fallback) = fallback(kind, &reader.fallback) {
            prim.set("inputs:fallback", fallback);
        }
        prim.output("outputs:result", kind);
        (path, kind)
    }
}

fn fallback(kind: &'static str, values: &[f64]) -> Option<Typed> {
    Some(match (kind, values) {
        ("float", [a, ..]) => float(*a),
        ("int", [a, ..]) => int(a.round() as i32),
        ("float2", [a, b, ..]) => float2([*a, *b]),
        ("float4", [a, b, c, d, ..]) => float4([*a, *b, *c, *d]),
        ("float3" | "normal3f" | "point3f" | "vector3f", [a, b, c, ..]) => {
            triple(kind, [*a, *b, *c])
        }
        _ => return None,
    })
}

/// A picture that something other than a texture names.
pub(crate) fn picture(pictures: &mut Pictures, image: &ImageFile) -> Typed {
    asset(&pictures.name(image))
}
