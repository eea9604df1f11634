//! What sees and what shines: cameras and lights.

use bevy_ecs::entity::Entity;
use halle_world::components::{
    Camera, DomeLayout, Exposure, Light, LightExtra, LightKind, Projection, Shadow, Shaping,
};

use crate::author::Author;
use crate::layer::Prim;
use crate::pictures::Pictures;
use crate::plan::{Node, Role};
use crate::shaders::picture;
use crate::value::{float, float2, quadruples, token, triple, truth};

/// Units of a camera's focal length and film in a metre.
const FILM: f64 = 10.0;

impl Author<'_> {
    /// The camera of an entity.
    pub(crate) fn camera(&mut self, node: &Node, entity: Entity) {
        let Some(camera) = self.world.get::<Camera>(entity).cloned() else {
            return;
        };
        let prim = self.role(node, Role::Camera, "Camera");
        prim.set("clippingRange", float2(camera.clipping));
        if !camera.clipping_planes.is_empty() {
            let narrow = camera.clipping_planes.iter().map(|p| p.map(|v| v as f32));
            let planes: Vec<[f32; 4]> = narrow.collect();
            prim.set("clippingPlanes", quadruples(&planes));
        }
        prim.set("focalLength", float(FILM * camera.focal_length));
        prim.set("horizontalAperture", float(FILM * camera.aperture[0]));
        prim.set("verticalAperture", float(FILM * camera.aperture[1]));
        let [right, up] = camera.aperture_offset;
        let plain = Exposure::default();
        let exposure = camera.exposure;
        for (name, value, usual) in [
            ("horizontalApertureOffset", FILM * right, 0.0),
            ("verticalApertureOffset", FILM * up, 0.0),
            ("fStop", camera.f_stop, 0.0),
            ("focusDistance", camera.focus_distance, 0.0),
            ("exposure", exposure.compensation, plain.compensation),
            ("exposure:iso", exposure.iso, plain.iso),
            ("exposure:time", exposure.time, plain.time),
            ("exposure:fStop", exposure.f_stop, plain.f_stop),
            (
                "exposure:responsivity",
                exposure.responsivity,
                plain.responsivity,
            ),
        ] {
            if value != usual {
                prim.set(name, float(value));
            }
        }
        if camera.projection == Projection::Orthographic {
            prim.set("projection", token("orthographic"));
        }
    }

    /// The light of an entity.
    pub(crate) fn light(&mut self, node: &Node, entity: Entity) {
        let Some(light) = self.world.get::<Light>(entity).cloned() else {
            return;
        };
        let extra = light.extra.as_deref();
        let kind = match light.kind {
            LightKind::Dome if extra.is_some_and(|e| e.pole_along_z) => "DomeLight_1",
            LightKind::Dome => "DomeLight",
            LightKind::Distant { .. } => "DistantLight",
            LightKind::Rect { .. } => "RectLight",
            LightKind::Disk { .. } => "DiskLight",
            LightKind::Sphere { .. } => "SphereLight",
            LightKind::Cylinder { .. } => "CylinderLight",
        };
        let prim = self.layer.at(node.path_of(Role::Light)).kind(kind);
        prim.set("inputs:color", triple("color3f", light.color));
        prim.set("inputs:intensity", float(light.intensity));
        if light.normalize {
            prim.set("inputs:normalize", truth(true));
        }
        match light.kind {
            LightKind::Dome => {}
            LightKind::Distant { angle } => {
                prim.set("inputs:angle", float(angle.to_degrees()));
            }
            LightKind::Rect { width, height } => {
                prim.set("inputs:width", float(width))
                    .set("inputs:height", float(height));
            }
            LightKind::Disk { radius } | LightKind::Sphere { radius } => {
                prim.set("inputs:radius", float(radius));
            }
            LightKind::Cylinder { radius, length } => {
                prim.set("inputs:radius", float(radius))
                    .set("inputs:length", float(length));
            }
        }
        if let Some(extra) = extra {
            write_extra(prim, &mut self.pictures, light.kind, extra);
        }
    }
}

fn write_extra(prim: &mut Prim, pictures: &mut Pictures, kind: LightKind, extra: &LightExtra) {
    if let Some(temperature) = extra.temperature {
        prim.set("inputs:enableColorTemperature", truth(true));
        prim.set("inputs:colorTemperature", float(temperature));
    }
    let [diffuse, specular] = extra.reflected;
    for (name, factor) in [("inputs:diffuse", diffuse), ("inputs:specular", specular)] {
        if factor != 1.0 {
            prim.set(name, float(factor));
        }
    }
    if let Some(image) = &extra.texture {
        prim.set("inputs:texture:file", picture(pictures, image));
    }
    let layout = match extra.texture_layout {
        DomeLayout::Automatic => "automatic",
        DomeLayout::LatLong => "latlong",
        DomeLayout::MirroredBall => "mirroredBall",
        DomeLayout::Angular => "angular",
        DomeLayout::CubeMapVerticalCross => "cubeMapVerticalCross",
    };
    if layout != "automatic" {
        prim.set("inputs:texture:format", token(layout));
    }
    if extra.pole_along_z {
        prim.uniform("poleAxis", token("Z"));
    }
    if extra.as_point {
        let name = match kind {
            LightKind::Cylinder { .. } => "treatAsLine",
            _ => "treatAsPoint",
        };
        prim.set(name, truth(true));
    }
    if extra.shaping != Shaping::default() {
        let shaping = &extra.shaping;
        prim.api("ShapingAPI");
        prim.set("inputs:shaping:focus", float(shaping.focus));
        prim.set(
            "inputs:shaping:focusTint",
            triple("color3f", shaping.focus_tint),
        );
        prim.set(
            "inputs:shaping:cone:angle",
            float(shaping.cone_angle.to_degrees()),
        );
        prim.set("inputs:shaping:cone:softness", float(shaping.cone_softness));
        if let Some(profile) = &shaping.profile {
            prim.set("inputs:shaping:ies:file", picture(pictures, profile));
            prim.set(
                "inputs:shaping:ies:angleScale",
                float(shaping.profile_scale),
            );
            prim.set(
                "inputs:shaping:ies:normalize",
                truth(shaping.profile_normalize),
            );
        }
    }
    if extra.shadow != Shadow::default() {
        let shadow = &extra.shadow;
        prim.api("ShadowAPI");
        prim.set("inputs:shadow:enable", truth(shadow.enable));
        prim.set("inputs:shadow:color", triple("color3f", shadow.color));
        for (name, reach) in [
            ("inputs:shadow:distance", shadow.distance),
            ("inputs:shadow:falloff", shadow.falloff),
        ] {
            if let Some(reach) = reach {
                prim.set(name, float(reach));
            }
        }
        if shadow.falloff_gamma != 1.0 {
            prim.set("inputs:shadow:falloffGamma", float(shadow.falloff_gamma));
        }
    }
}
