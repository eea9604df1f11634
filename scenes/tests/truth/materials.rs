//! How surfaces feel and look: the material that is bound to each shape.

use halle_stage::material::MaterialCache;
use halle_world::Entity;
use halle_world::components::{ContactMaterial, DisplayMaterial, Geometry};
use openusd::sdf;

use super::{Truth, near};

const TEXTURED: &str = "look comes from a texture or another shader (SC0111)";

impl Truth<'_> {
    /// Materials of all shapes, for contacts and for pictures.
    pub(super) fn materials(&mut self) {
        let cache = MaterialCache::new(self.scene);
        for &entity in self.entities {
            if self.world.get::<Geometry>(entity).is_none() {
                continue;
            }
            let path = self.path(entity);
            let bound = cache.bound(&self.prim(&path));
            let physics = bound.get("physics").and_then(|(path, _)| self.feel(path));
            let own = self.world.get::<ContactMaterial>(entity);
            self.count("physics materials", usize::from(physics.is_some()));
            let same = match (physics, own) {
                (None, None) => true,
                (Some([sticking, sliding, bounce, density]), Some(own)) => {
                    near(sticking, own.static_friction)
                        && near(sliding, own.dynamic_friction)
                        && near(bounce, own.restitution)
                        && near(density * self.kilograms / self.meters.powi(3), own.density)
                }
                _ => false,
            };
            if !same {
                let how = format!("{own:?} {physics:?} {bound:?}");
                self.wrong("physics material", &path, how);
            }
            let preview = bound.get("preview").map(|(path, _)| path.clone());
            self.look(entity, &path, preview);
        }
    }

    /// Both frictions, restitution and density of a material, numbers of any width.
    fn feel(&self, material: &str) -> Option<[f64; 4]> {
        let prim = self.prim(material);
        if !prim.has_api_schema("PhysicsMaterialAPI").unwrap() {
            return None;
        }
        let names = [
            "staticFriction",
            "dynamicFriction",
            "restitution",
            "density",
        ];
        Some(names.map(|name| {
            let attribute = prim.attribute(format!("physics:{name}"));
            match halle_stage::read::value(&attribute, None) {
                Ok(Some(sdf::Value::Float(x))) => f64::from(x),
                Ok(Some(sdf::Value::Double(x))) => x,
                _ => 0.0,
            }
        }))
    }

    fn look(&mut self, entity: Entity, path: &str, material: Option<String>) {
        let own = self.world.get::<DisplayMaterial>(entity).copied();
        let Some(material) = material else { return };
        match self.plain_look(&material) {
            Some([r, g, b, rough]) => {
                self.count("preview materials", 1);
                let same = own.is_some_and(|own| {
                    let [x, y, z] = own.base_color;
                    near(x, r) && near(y, g) && near(z, b) && near(own.roughness, rough)
                });
                if !same {
                    self.wrong("look", path, format!("{own:?} {material}"));
                }
            }
            None => self.because(TEXTURED),
        }
    }

    /// Colour and roughness of a material that is a `UsdPreviewSurface` with constants.
    fn plain_look(&self, material: &str) -> Option<[f64; 4]> {
        let surface = self.prim(material).attribute("outputs:surface");
        let source = surface.connections().ok()?.into_iter().next()?;
        let shader = self.prim(source.as_str().rsplit_once('.')?.0);
        let id = shader
            .attribute("info:id")
            .get::<openusd::tf::Token>()
            .ok()??;
        let names = ["inputs:diffuseColor", "inputs:roughness"];
        let plain = |name: &str| {
            shader
                .attribute(name)
                .connections()
                .is_ok_and(|c| c.is_empty())
        };
        if id.as_str() != "UsdPreviewSurface" || !names.iter().all(|n| plain(n)) {
            return None;
        }
        let color = shader
            .attribute(names[0])
            .get::<sdf::Value>()
            .ok()
            .flatten();
        let rough = shader
            .attribute(names[1])
            .get::<sdf::Value>()
            .ok()
            .flatten();
        let [r, g, b] = match color {
            Some(sdf::Value::Vec3f(c)) => [c.x, c.y, c.z].map(f64::from),
            None => [0.18; 3],
            Some(_) => return None,
        };
        let rough = match rough {
            Some(sdf::Value::Float(x)) => f64::from(x),
            None => 0.5,
            Some(_) => return None,
        };
        Some([r, g, b, rough])
    }
}
