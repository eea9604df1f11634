//! Cameras and lights.

use std::sync::Arc;

use halle_world::components::{
    Camera, DomeLayout, Exposure, Light, LightExtra, LightKind, Projection, Shadow, Shaping,
};
use openusd::sdf::{self, Value};

use crate::raw::RawLight;
use crate::reader::PrimReader;
use crate::textures::image;
use crate::value;

/// Units of length in one unit of a camera's focal length and film.
const FILM: f64 = 0.1;

/// The camera on a prim; all lengths in stage units.
pub(crate) fn camera(prim: &PrimReader<'_>) -> Option<Camera> {
    if prim.kind != "Camera" {
        return None;
    }
    let number = |name, plain| prim.number_or(name, plain);
    let film = |name, plain| FILM * prim.number_or(name, plain);
    let planes = prim.read("clippingPlanes", value::quadruples);
    Some(Camera {
        projection: match prim.text_or("projection", "perspective").as_str() {
            "orthographic" => Projection::Orthographic,
            _ => Projection::Perspective,
        },
        focal_length: film("focalLength", 50.0),
        aperture: [
            film("horizontalAperture", 20.955),
            film("verticalAperture", 15.2908),
        ],
        aperture_offset: [
            film("horizontalApertureOffset", 0.0),
            film("verticalApertureOffset", 0.0),
        ],
        clipping: prim
            .read("clippingRange", value::pair)
            .unwrap_or([1.0, 1e6]),
        clipping_planes: planes.unwrap_or_default(),
        f_stop: number("fStop", 0.0),
        focus_distance: number("focusDistance", 0.0),
        exposure: Exposure {
            compensation: number("exposure", 0.0),
            iso: number("exposure:iso", 100.0),
            time: number("exposure:time", 1.0),
            f_stop: number("exposure:fStop", 1.0),
            responsivity: number("exposure:responsivity", 1.0),
        },
    })
}

/// A camera with its lengths in metres.
pub(crate) fn placed_camera(camera: &Camera, meters: f64) -> Camera {
    let to_meters = |v: [f64; 2]| v.map(|d| d * meters);
    let planes = camera.clipping_planes.iter();
    Camera {
        focal_length: camera.focal_length * meters,
        aperture: to_meters(camera.aperture),
        aperture_offset: to_meters(camera.aperture_offset),
        clipping: to_meters(camera.clipping),
        clipping_planes: planes
            .map(|[a, b, c, d]| [*a, *b, *c, d * meters])
            .collect(),
        focus_distance: camera.focus_distance * meters,
        ..camera.clone()
    }
}

/// The light on a prim; sizes in stage units.
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
        "CylinderLight" => {
            let (radius, length) = (size("inputs:radius", 0.5), size("inputs:length", 1.0));
            (LightKind::Cylinder { radius, length }, 1.0)
        }
        _ => return None,
    };
    let exposure = prim.number_or("inputs:exposure", 0.0).exp2();
    let extra = extra(prim);
    Some(RawLight {
        kind,
        color: prim.read("inputs:color", value::triple).unwrap_or([1.0; 3]),
        intensity: prim.number_or("inputs:intensity", intensity) * exposure,
        normalize: prim.truth_or("inputs:normalize", false),
        extra: (extra != LightExtra::default()).then(|| Arc::new(extra)),
    })
}

/// What few lights say; distances of shadows in stage units.
fn extra(prim: &PrimReader<'_>) -> LightExtra {
    let number = |name, plain| prim.number_or(name, plain);
    let color = |name| prim.read(name, value::triple).unwrap_or([0.0; 3]);
    let reach = |name| Some(number(name, -1.0)).filter(|d| *d >= 0.0);
    let warm = prim.truth_or("inputs:enableColorTemperature", false);
    let plain = Shaping::default();
    // Shaping and shadows count where their schemas are applied.
    let shaping = if prim.has("ShapingAPI") {
        Shaping {
            focus: number("inputs:shaping:focus", 0.0),
            focus_tint: color("inputs:shaping:focusTint"),
            cone_angle: number("inputs:shaping:cone:angle", 90.0).to_radians(),
            cone_softness: number("inputs:shaping:cone:softness", 0.0),
            profile: image(prim, "inputs:shaping:ies:file"),
            profile_scale: number("inputs:shaping:ies:angleScale", 0.0),
            profile_normalize: prim.truth_or("inputs:shaping:ies:normalize", false),
        }
    } else {
        plain
    };
    let shadow = if prim.has("ShadowAPI") {
        Shadow {
            enable: prim.truth_or("inputs:shadow:enable", true),
            color: color("inputs:shadow:color"),
            distance: reach("inputs:shadow:distance"),
            falloff: reach("inputs:shadow:falloff"),
            falloff_gamma: number("inputs:shadow:falloffGamma", 1.0),
        }
    } else {
        Shadow::default()
    };
    let textured = matches!(
        prim.kind.as_str(),
        "DomeLight" | "DomeLight_1" | "RectLight"
    );
    LightExtra {
        temperature: warm.then(|| number("inputs:colorTemperature", 6500.0)),
        reflected: [
            number("inputs:diffuse", 1.0),
            number("inputs:specular", 1.0),
        ],
        texture: textured
            .then(|| image(prim, "inputs:texture:file"))
            .flatten(),
        texture_layout: match prim.text_or("inputs:texture:format", "automatic").as_str() {
            "latlong" => DomeLayout::LatLong,
            "mirroredBall" => DomeLayout::MirroredBall,
            "angular" => DomeLayout::Angular,
            "cubeMapVerticalCross" => DomeLayout::CubeMapVerticalCross,
            _ => DomeLayout::Automatic,
        },
        pole_along_z: prim.kind == "DomeLight_1" && pole_along_z(prim),
        as_point: prim.truth_or("treatAsPoint", false) || prim.truth_or("treatAsLine", false),
        shaping,
        shadow,
    }
}

/// Whether the pole of a dome's picture is its z axis.
fn pole_along_z(prim: &PrimReader<'_>) -> bool {
    match prim.text_or("poleAxis", "scene").as_str() {
        "Z" => true,
        "Y" => false,
        _ => {
            let stage = prim.reading.scene.stage();
            let up = stage.field::<Value>(sdf::Path::abs_root(), "upAxis");
            up.ok().flatten().as_ref().and_then(value::text).as_deref() == Some("Z")
        }
    }
}

/// A light where it stands: its sizes follow the prim's scale along its axes \[m per unit\].
pub(crate) fn placed_light(raw: &RawLight, [x, y, z]: [f64; 3]) -> Light {
    let kind = match raw.kind {
        LightKind::Rect { width, height } => LightKind::Rect {
            width: width * x,
            height: height * y,
        },
        LightKind::Disk { radius } => LightKind::Disk { radius: radius * x },
        LightKind::Sphere { radius } => LightKind::Sphere { radius: radius * x },
        LightKind::Cylinder { radius, length } => LightKind::Cylinder {
            radius: radius * y.max(z),
            length: length * x,
        },
        other => other,
    };
    let extra = raw.extra.as_ref().map(|extra| {
        let shadow = extra.shadow;
        if shadow.distance.is_none() && shadow.falloff.is_none() {
            return Arc::clone(extra);
        }
        let mut placed = LightExtra::clone(extra);
        placed.shadow.distance = shadow.distance.map(|d| d * x);
        placed.shadow.falloff = shadow.falloff.map(|d| d * x);
        Arc::new(placed)
    });
    Light {
        kind,
        color: raw.color,
        intensity: raw.intensity,
        normalize: raw.normalize,
        extra,
    }
}
