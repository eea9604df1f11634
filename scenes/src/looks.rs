//! What is seen: `UsdPreviewSurface` materials, lights, cameras.

use halle_world::Severity;
use halle_world::components::{Camera, DisplayMaterial, Light, LightKind};
use openusd::sdf;
use openusd::usd::Stage;

use crate::reader::{PrimReader, Reading};
use crate::transform::Placement;
use crate::value;

/// The look that a material prim gives, or nothing if it has no surface shader.
pub(crate) fn display_material(
    stage: &Stage,
    material: &PrimReader<'_>,
    reading: &Reading,
) -> Option<DisplayMaterial> {
    let surface = material.prim.attribute("outputs:surface");
    let source: sdf::Path = surface.connections().ok()?.first()?.prim_path();
    let shader = PrimReader::new(stage, &source, reading).ok()?;
    let id = shader.text_or("info:id", "");
    if id != "UsdPreviewSurface" {
        let message = format!("shader `{id}` is not supported: a grey surface is drawn");
        let help = "add a `UsdPreviewSurface` to the material";
        shader.find(Severity::Warning, "SC0111", "info:id", message, help);
        return Some(DisplayMaterial::default());
    }
    let plain = DisplayMaterial::default();
    let color = |name, fallback| input(&shader, name, value::triple).unwrap_or(fallback);
    let number = |name, fallback| input(&shader, name, value::number).unwrap_or(fallback);
    Some(DisplayMaterial {
        base_color: color("inputs:diffuseColor", plain.base_color),
        roughness: number("inputs:roughness", plain.roughness),
        metallic: number("inputs:metallic", plain.metallic),
        opacity: number("inputs:opacity", plain.opacity),
        emission: color("inputs:emissiveColor", plain.emission),
    })
}

/// A shader input; a connected one is not followed.
fn input<T>(
    shader: &PrimReader<'_>,
    name: &str,
    convert: impl Fn(&sdf::Value) -> Option<T>,
) -> Option<T> {
    let connected = shader
        .prim
        .attribute(name)
        .has_authored_connections()
        .unwrap_or(false);
    if connected {
        let message = "connected shader input is not supported: its own value or default is drawn";
        let help = "author a constant beside the connection";
        shader.find(Severity::Note, "SC0111", name, message, help);
    }
    shader.read(name, convert)
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

/// The camera on a prim.
pub(crate) fn camera(prim: &PrimReader<'_>, meters_per_unit: f64) -> Option<Camera> {
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
        clipping: near_far.map(|d| d * meters_per_unit),
    })
}

/// The light on a prim.
pub(crate) fn light(prim: &PrimReader<'_>, placement: &Placement) -> Option<Light> {
    let [x, y, _] = placement.scale();
    let size = |name, fallback, scale| prim.number_or(name, fallback) * scale;
    let (kind, intensity) = match prim.kind.as_str() {
        "DomeLight" | "DomeLight_1" => (LightKind::Dome, 1.0),
        "DistantLight" => {
            let angle = prim.number_or("inputs:angle", 0.53).to_radians();
            (LightKind::Distant { angle }, 50_000.0)
        }
        "RectLight" => {
            let (width, height) = (size("inputs:width", 1.0, x), size("inputs:height", 1.0, y));
            (LightKind::Rect { width, height }, 1.0)
        }
        "DiskLight" => (
            LightKind::Disk {
                radius: size("inputs:radius", 0.5, x),
            },
            1.0,
        ),
        "SphereLight" => (
            LightKind::Sphere {
                radius: size("inputs:radius", 0.5, x),
            },
            1.0,
        ),
        _ => return None,
    };
    for name in ["inputs:texture:file", "inputs:enableColorTemperature"] {
        if prim.value(name).is_some() {
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
    Some(Light {
        kind,
        color: prim.read("inputs:color", value::triple).unwrap_or([1.0; 3]),
        intensity: prim.number_or("inputs:intensity", intensity) * exposure,
        normalize: prim.truth_or("inputs:normalize", false),
    })
}
