//! Geoms, cameras and lights as entities.

use std::sync::Arc;

use halle_world::Severity;
use halle_world::Shape;
use halle_world::components::{
    Approximation, Camera, Collider, Combine, ContactMaterial, Geometry, Light, LightExtra,
    LightKind, MaskFilter, Projection,
};

use crate::assets::Material;
use crate::bodies::Thing;
use crate::geoms::Geom;
use crate::placing::Spawner;

/// First group that MuJoCo's viewer does not show.
const HIDDEN_GROUP: i32 = 3;
/// Nearest and farthest distance that a camera shows \[m\].
const CLIPPING: [f64; 2] = [0.01, 100.0];

/// Makes a geom's prim.
pub(crate) fn geom(spawner: &mut Spawner<'_, '_>, body: usize, geom: &Geom<'_>) {
    let element = geom.view.element();
    let made = spawner.on_body(element, body, "geom", &geom.body_from_shape);
    let Some(shape) = &geom.shape else {
        return;
    };
    let material = geom
        .material
        .and_then(|name| spawner.model.assets.materials.get(name));
    let plain = Material::PLAIN;
    let written = geom
        .view
        .text("rgba")
        .map(|_| geom.view.fill("rgba", plain.rgba));
    let rgba = written
        .filter(|rgba| *rgba != plain.rgba || material.is_none())
        .unwrap_or_else(|| material.map_or(plain.rgba, |m| m.rgba));
    let geometry = Geometry {
        shape: shape.clone(),
        world_from_shape: spawner.model.bodies[body].world_from_body * geom.body_from_shape,
        visible: geom.group < HIDDEN_GROUP && rgba[3] > 0.0,
    };
    let skin = material
        .filter(|m| m.picture.is_some())
        .and_then(|_| geom.skin.clone());
    let look = material.unwrap_or(&plain).look(rgba, skin.is_some());
    if material.is_some_and(|m| m.picture.is_some()) && skin.is_none() {
        let message =
            "texture on a geom without texture coordinates: its colour is used".to_owned();
        let report = spawner.report;
        report.at(Severity::Note, "MJ0118", element, "material", message);
    }
    spawner.world.entity_mut(made).insert((geometry, look));
    if let Some(skin) = skin {
        spawner.world.entity_mut(made).insert(skin);
    }
    if geom.masks != [0, 0] {
        let [categories, mask] = geom.masks;
        let filter = MaskFilter { categories, mask };
        let all = (collider(spawner, geom, shape), contact(geom), filter);
        spawner.world.entity_mut(made).insert(all);
        spawner.colliders[body].push(made);
    }
}

fn collider(spawner: &Spawner<'_, '_>, geom: &Geom<'_>, shape: &Shape) -> Collider {
    let number = |name| geom.view.number_or(name, 0.0);
    let (margin, gap) = (number("margin"), number("gap"));
    let is_field = geom.view.text("hfield").is_some();
    let hull = matches!(shape, Shape::Mesh(_)) && !is_field;
    Collider {
        enabled: spawner.model.options.contacts,
        approximation: if hull {
            Approximation::ConvexHull
        } else {
            Approximation::Exact
        },
        contact_offset: (margin != 0.0).then_some(margin),
        rest_offset: margin - gap,
    }
}

/// Friction: sliding from three, turning from four, rolling from six contact dimensions on.
fn contact(geom: &Geom<'_>) -> ContactMaterial {
    let [slide, turn, roll] = geom.view.fill("friction", [1.0, 0.005, 0.0001]);
    let from = |condim: i32, value: f64| if geom.condim >= condim { value } else { 0.0 };
    ContactMaterial {
        static_friction: from(3, slide),
        dynamic_friction: from(3, slide),
        torsional_friction: from(4, turn),
        rolling_friction: from(6, roll),
        density: geom.view.number_or("density", 1000.0),
        friction_combine: Combine::Max,
        restitution_combine: Combine::Max,
        ..ContactMaterial::default()
    }
}

/// Makes a camera's prim.
pub(crate) fn camera(spawner: &mut Spawner<'_, '_>, body: usize, camera: &Thing<'_>) {
    let view = &camera.view;
    let element = view.element();
    let made = spawner.on_body(element, body, "camera", &camera.body_from_thing);
    let report = |severity, attribute: &str, message: &str| {
        let report = spawner.report;
        report.at(severity, "MJ0113", element, attribute, message.to_owned());
    };
    if view.text("projection") == Some("orthographic") {
        report(
            Severity::Warning,
            "projection",
            "pictures show the camera in perspective",
        );
    }
    if view.text("mode").is_some_and(|m| m != "fixed") {
        report(
            Severity::Warning,
            "mode",
            "the camera does not follow: it is fixed to its body",
        );
    }
    let [width, height] = view.fill("resolution", [1.0, 1.0]);
    let aspect = if width > 0.0 && height > 0.0 {
        width / height
    } else {
        1.0
    };
    let angle = view.number_or("fovy", 45.0);
    let mut made_camera = Camera::by_angle(angle.to_radians(), aspect, CLIPPING);
    if view.text("projection") == Some("orthographic") {
        // What is seen from top to bottom is a length here.
        made_camera.projection = Projection::Orthographic;
        made_camera.aperture = [angle * aspect, angle];
    }
    if let Some([sensor_width, sensor_height]) = view.exact::<2>("sensorsize") {
        let pixels = view
            .exact::<2>("focalpixel")
            .map(|[_, y]| y * sensor_height / height);
        let focal = view.exact::<2>("focal").map(|[_, y]| y).or(pixels);
        if let Some(focal) = focal.filter(|f| *f > 0.0 && sensor_height > 0.0) {
            made_camera.focal_length = focal;
            made_camera.aperture = [sensor_width, sensor_height];
        }
        for attribute in ["principal", "principalpixel"] {
            if view
                .numbers(attribute)
                .is_some_and(|v| v.iter().any(|x| *x != 0.0))
            {
                report(
                    Severity::Note,
                    attribute,
                    "the picture is centred on the optical axis",
                );
            }
        }
    }
    spawner.world.entity_mut(made).insert(made_camera);
}

/// Makes a light's prim.
pub(crate) fn light(spawner: &mut Spawner<'_, '_>, body: usize, light: &Thing<'_>) {
    let view = &light.view;
    let element = view.element();
    let made = spawner.on_body(element, body, "light", &light.body_from_thing);
    if !view.truth_or("active", true) {
        return;
    }
    let report = |severity, attribute: &str, message: &str| {
        let report = spawner.report;
        report.at(severity, "MJ0113", element, attribute, message.to_owned());
    };
    let directional = view.truth_or("directional", false);
    let kind = view
        .text("type")
        .unwrap_or(if directional { "directional" } else { "spot" });
    let radius = view.number_or("bulbradius", 0.02).max(0.0);
    let kind = match kind {
        "directional" => LightKind::Distant { angle: 0.0 },
        "image" => LightKind::Dome,
        "point" => LightKind::Sphere { radius },
        _ => {
            report(
                Severity::Note,
                "type",
                "pictures show the spot light shining to all sides",
            );
            LightKind::Sphere { radius }
        }
    };
    let shadows = view.truth_or("castshadow", true);
    let is_spot = matches!(kind, LightKind::Sphere { .. }) && view.text("type") != Some("point");
    let extra = (is_spot || !shadows).then(|| {
        let mut extra = LightExtra::default();
        extra.shadow.enable = shadows;
        if is_spot {
            extra.shaping.cone_angle = view.number_or("cutoff", 45.0).to_radians();
            extra.shaping.focus = view.number_or("exponent", 10.0);
        }
        extra
    });
    if view.text("mode").is_some_and(|m| m != "fixed") {
        report(
            Severity::Note,
            "mode",
            "the light does not follow: it is fixed to its body",
        );
    }
    let color = view.fill("diffuse", [0.7; 3]);
    let strength = view.number_or("intensity", 0.0);
    let component = Light {
        kind,
        color,
        // Candela, if given; else MuJoCo's unitless light, full at one.
        intensity: if strength > 0.0 { strength } else { 1.0 },
        normalize: false,
        extra: extra.map(Arc::new),
    };
    spawner.world.entity_mut(made).insert(component);
}
