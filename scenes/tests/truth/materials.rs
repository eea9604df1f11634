//! How surfaces feel and look: the material that is bound to each shape.

use halle_stage::material::MaterialCache;
use halle_world::Entity;
use halle_world::components::{ContactMaterial, FaceLooks, Geometry, Look};
use openusd::{sdf, usd};

use super::{Truth, near};

const TEXTURED: &str =
    "look comes from a texture or another shader: held against usd-core in looks";

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
            self.sets(entity, &path, &cache);
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

    /// The face sets of a mesh and the material that is bound to each.
    fn sets(&mut self, entity: Entity, path: &str, cache: &MaterialCache) {
        let prim = self.prim(path);
        let is_mesh = prim.is_a("Mesh").unwrap_or(false);
        let text = |prim: &usd::Prim, name: &str| match prim.attribute(name).get::<sdf::Value>() {
            Ok(Some(sdf::Value::Token(text))) => text.as_str().to_owned(),
            _ => String::new(),
        };
        let children = prim.children().unwrap_or_default();
        let sets = children.iter().filter(|child| {
            is_mesh
                && child.is_a("GeomSubset").unwrap_or(false)
                && text(child, "familyName") == "materialBind"
                && matches!(&*text(child, "elementType"), "" | "face")
        });
        let expected: Vec<(String, Option<String>)> = sets
            .map(|set| {
                let bound = cache.bound(set);
                let material = bound.get("preview").map(|(path, _)| path.clone());
                let name = set.path().as_str().rsplit('/').next();
                (name.unwrap_or_default().to_owned(), material)
            })
            .collect();
        let found = self.world.get::<FaceLooks>(entity);
        let found: Vec<_> = found.iter().flat_map(|looks| looks.0.iter()).collect();
        self.count("face sets", expected.len());
        let names = found
            .iter()
            .map(|f| &f.name)
            .eq(expected.iter().map(|e| &e.0));
        if !names {
            self.wrong("face sets", path, format!("{found:?} {expected:?}"));
            return;
        }
        for (found, (name, material)) in found.iter().zip(&expected) {
            let plain = material.as_deref().and_then(|m| self.plain_look(m));
            let Some([r, g, b, rough]) = plain else {
                continue;
            };
            let same = found.look.as_ref().is_some_and(|look| {
                let own = look.flat();
                let [x, y, z] = own.base_color;
                near(x, r) && near(y, g) && near(z, b) && near(own.roughness, rough)
            });
            if !same {
                self.wrong("look of faces", path, format!("{name}: {found:?}"));
            }
        }
    }

    fn look(&mut self, entity: Entity, path: &str, material: Option<String>) {
        let own = self.world.get::<Look>(entity).map(|look| look.0.flat());
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
