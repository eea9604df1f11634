//! What sees and what shines: cameras and lights.

use bevy_ecs::entity::Entity;
use halle_world::components::{Camera, Light, LightKind};

use crate::author::Author;
use crate::plan::{Node, Role};
use crate::value::{float, float2, triple, truth};

/// Height of a camera's sensor, that of a full frame \[tenths of a metre\].
const SENSOR_HEIGHT: f64 = 0.24;

impl Author<'_> {
    /// The camera of an entity.
    pub(crate) fn camera(&mut self, node: &Node, entity: Entity) {
        let Some(camera) = self.world.get::<Camera>(entity).copied() else {
            return;
        };
        let prim = self.role(node, Role::Camera, "Camera");
        prim.set("clippingRange", float2(camera.clipping));
        let focal = SENSOR_HEIGHT / 2.0 / (camera.vertical_fov / 2.0).tan();
        prim.set("focalLength", float(focal));
        prim.set("horizontalAperture", float(SENSOR_HEIGHT * camera.aspect));
        prim.set("verticalAperture", float(SENSOR_HEIGHT));
    }

    /// The light of an entity.
    pub(crate) fn light(&mut self, node: &Node, entity: Entity) {
        let Some(light) = self.world.get::<Light>(entity).copied() else {
            return;
        };
        let kind = match light.kind {
            LightKind::Dome => "DomeLight",
            LightKind::Distant { .. } => "DistantLight",
            LightKind::Rect { .. } => "RectLight",
            LightKind::Disk { .. } => "DiskLight",
            LightKind::Sphere { .. } => "SphereLight",
        };
        let prim = self.role(node, Role::Light, kind);
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
        }
    }
}
