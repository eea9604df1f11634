//! What is seen: `UsdPreviewSurface` materials, lights, cameras.

use halle_world::Severity;
use halle_world::components::{Camera, DisplayMaterial, Light, LightKind};
use openusd::sdf;
use openusd::usd::Stage;

use crate::raw::RawLight;
use crate::reader::{PrimReader, Reading};
use crate::value;
use crate::vendors::same;

/// The look that a material prim gives, or nothing if it has no surface shader.
pub(crate) fn display_material(
    stage: &Stage,
    material: &PrimReader<'_>,
    reading: &Reading,
) -> Option<DisplayMaterial> {
    let Some(shader) = surface_shader(stage, material, reading) else {
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
        return Some(DisplayMaterial::default());
    }
    report_undrawn(material, &shader);
    let plain = DisplayMaterial::default();
    let color = |name, plain| input(stage, &shader, name, value::triple).unwrap_or(plain);
    let number = |name, plain| input(stage, &shader, name, value::number).unwrap_or(plain);
    Some(DisplayMaterial {
        base_color: color("inputs:diffuseColor", plain.base_color),
        roughness: number("inputs:roughness", plain.roughness),
        metallic: number("inputs:metallic", plain.metallic),
        opacity: number("inputs:opacity", plain.opacity),
        emission: color("inputs:emissiveColor", plain.emission),
    })
}

/// Inputs of a `UsdPreviewSurface` that are not drawn, with their fallbacks.
const UNDRAWN: [(&str, &str); 9] = [
    ("inputs:useSpecularWorkflow", "0"),
    ("inputs:specularColor", "(0, 0, 0)"),
    ("inputs:clearcoat", "0"),
    ("inputs:clearcoatRoughness", "0.01"),
    ("inputs:opacityThreshold", "0"),
    ("inputs:ior", "1.5"),
    ("inputs:normal", "(0, 0, 1)"),
    ("inputs:displacement", "0"),
    ("inputs:occlusion", "1"),
];

/// Says what a surface has that pictures do not show.
fn report_undrawn(material: &PrimReader<'_>, shader: &PrimReader<'_>) {
    let help = "do not count on it in pictures";
    for (name, fallback) in UNDRAWN {
        let said = connection(shader, name).is_some()
            || shader.value(name).is_some_and(|v| !same(&v, fallback));
        if said {
            let message = "input of the surface is not drawn";
            shader.find(Severity::Note, "SC0111", name, message, help);
        }
    }
    for name in ["outputs:displacement", "outputs:volume"] {
        if connection(material, name).is_some() {
            let message = "output of the material is not drawn";
            material.find(Severity::Note, "SC0111", name, message, help);
        }
    }
}

/// The shader that makes the surface, through node graphs if need be.
fn surface_shader<'r>(
    stage: &Stage,
    material: &PrimReader<'_>,
    reading: &'r Reading,
) -> Option<PrimReader<'r>> {
    let mut source = connection(material, "outputs:surface")?;
    for _ in 0..CHAIN_LIMIT {
        let (path, property) = source.rsplit_once('.')?;
        let prim = PrimReader::new(stage, &sdf::Path::new(path).ok()?, reading).ok()?;
        if prim.kind == "Shader" {
            return Some(prim);
        }
        source = connection(&prim, property)?;
    }
    None
}

/// Longest chain of connections that is followed; a longer one is a circle.
const CHAIN_LIMIT: usize = 64;

/// A shader input: its own value, or that at the end of its connections.
fn input<T: value::Usable>(
    stage: &Stage,
    shader: &PrimReader<'_>,
    name: &str,
    convert: impl Fn(&sdf::Value) -> Option<T>,
) -> Option<T> {
    let Some(mut source) = connection(shader, name) else {
        return shader.read(name, convert);
    };
    for _ in 0..CHAIN_LIMIT {
        let (path, property) = source.rsplit_once('.')?;
        let path = sdf::Path::new(path).ok()?;
        let prim = PrimReader::new(stage, &path, shader.reading).ok()?;
        if let Some(next) = connection(&prim, property) {
            source = next;
            continue;
        }
        if prim.kind != "Shader" {
            // An input of the material itself, or of a node graph: a constant.
            return prim
                .read(property, &convert)
                .or_else(|| shader.read(name, convert));
        }
        let id = prim.text_or("info:id", "");
        let message = format!("input comes from `{id}`: its fallback is drawn instead");
        let help = "author a constant where the fallback will not do";
        shader.find(Severity::Note, "SC0111", name, message, help);
        return fallback(&prim, &convert).or_else(|| shader.read(name, convert));
    }
    let message = "connections of the shader input go round in a circle: its default is drawn";
    let help = "connect the input to a constant or to a texture";
    shader.find(Severity::Warning, "SC0111", name, message, help);
    None
}

/// Where a property gets its value from, if it is connected.
fn connection(prim: &PrimReader<'_>, name: &str) -> Option<String> {
    if !prim.says(name) {
        return None;
    }
    let sources = prim.opinions.connections(name);
    sources.first().map(|path| path.as_str().to_owned())
}

/// What a texture or a primvar reader gives where it has nothing to read, in the type asked for.
fn fallback<T: value::Usable>(
    prim: &PrimReader<'_>,
    convert: impl Fn(&sdf::Value) -> Option<T>,
) -> Option<T> {
    let value = prim.value("inputs:fallback")?;
    convert(&value).or_else(|| match value {
        sdf::Value::Vec4f(v) => convert(&sdf::Value::Vec3f([v.x, v.y, v.z].into()))
            .or_else(|| convert(&sdf::Value::Float(v.x))),
        _ => None,
    })
}

/// The look of a prim without a material: its display colour.
pub(crate) fn display_color(prim: &PrimReader<'_>) -> Option<DisplayMaterial> {
    let color = *prim
        .read("primvars:displayColor", value::triples)?
        .first()?;
    Some(DisplayMaterial {
        base_color: color,
        ..DisplayMaterial::default()
    })
}

/// The camera on a prim; clipping distances in stage units.
pub(crate) fn camera(prim: &PrimReader<'_>) -> Option<Camera> {
    if prim.kind != "Camera" {
        return None;
    }
    if prim.text_or("projection", "perspective") != "perspective" {
        let message = "only perspective cameras are supported: the picture will differ";
        prim.find(
            Severity::Warning,
            "SC0102",
            "projection",
            message,
            "use a perspective camera",
        );
    }
    let focal = prim.number_or("focalLength", 50.0);
    let width = prim.number_or("horizontalAperture", 20.955);
    let height = prim.number_or("verticalAperture", 15.2908);
    let near_far = prim
        .read("clippingRange", value::pair)
        .unwrap_or([1.0, 1e6]);
    Some(Camera {
        vertical_fov: 2.0 * (height / (2.0 * focal)).atan(),
        aspect: width / height,
        clipping: near_far,
    })
}

/// The light on a prim.
pub(crate) fn light(prim: &PrimReader<'_>) -> Option<RawLight> {
    let size = |name, fallback| prim.number_or(name, fallback);
    let (kind, intensity) = match prim.kind.as_str() {
        "DomeLight" | "DomeLight_1" => (LightKind::Dome, 1.0),
        "DistantLight" => {
            let angle = prim.number_or("inputs:angle", 0.53).to_radians();
            (LightKind::Distant { angle }, 50_000.0)
        }
        "RectLight" => {
            let (width, height) = (size("inputs:width", 1.0), size("inputs:height", 1.0));
            (LightKind::Rect { width, height }, 1.0)
        }
        "DiskLight" => {
            let radius = size("inputs:radius", 0.5);
            (LightKind::Disk { radius }, 1.0)
        }
        "SphereLight" => {
            let radius = size("inputs:radius", 0.5);
            (LightKind::Sphere { radius }, 1.0)
        }
        _ => return None,
    };
    for name in ["inputs:texture:file", "inputs:enableColorTemperature"] {
        let off = |v: &sdf::Value| value::truth(v) == Some(false);
        if prim.value(name).is_some_and(|v| !off(&v)) {
            let message = "light property is not supported: it has no effect";
            prim.find(
                Severity::Note,
                "SC0102",
                name,
                message,
                "author `inputs:color`",
            );
        }
    }
    let exposure = prim.number_or("inputs:exposure", 0.0).exp2();
    Some(RawLight {
        kind,
        color: prim.read("inputs:color", value::triple).unwrap_or([1.0; 3]),
        intensity: prim.number_or("inputs:intensity", intensity) * exposure,
        normalize: prim.truth_or("inputs:normalize", false),
    })
}

/// A light where it stands: its sizes follow the prim's scale along x and y.
pub(crate) fn placed_light(raw: &RawLight, [x, y]: [f64; 2]) -> Light {
    let kind = match raw.kind {
        LightKind::Rect { width, height } => LightKind::Rect {
            width: width * x,
            height: height * y,
        },
        LightKind::Disk { radius } => LightKind::Disk { radius: radius * x },
        LightKind::Sphere { radius } => LightKind::Sphere { radius: radius * x },
        other => other,
    };
    Light {
        kind,
        color: raw.color,
        intensity: raw.intensity,
        normalize: raw.normalize,
    }
}
