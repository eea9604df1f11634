//! Visuals and collisions as prims below their links.

use halle_world::components::{Approximation, Collider, ContactMaterial, Geometry, InBody, Look};
use halle_world::{Entity, Severity, Shape};
use nalgebra::Isometry3;

use crate::error::UrdfError;
use crate::meshes::{Meshes, Part};
use crate::names::Scope;
use crate::reader::Reader;
use crate::robot::{Feel, GeometryDef, Link, ShapeDef};
use crate::stage::Stage;

/// The prim of a link and what its shapes take from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carrier {
    pub(crate) entity: Entity,
    pub(crate) body: Option<Entity>,
    pub(crate) world_from_link: Isometry3<f64>,
    pub(crate) feel: Feel,
}

/// Adds the shapes of a link.
pub(crate) fn spawn(
    stage: &mut Stage,
    reader: &Reader<'_>,
    meshes: &mut Meshes<'_>,
    link: &Link<'_>,
    carrier: Carrier,
) -> Result<(), UrdfError> {
    let mut scope = Scope::default();
    let mut counts = [0_usize; 2];
    for def in &link.shapes {
        let count = &mut counts[usize::from(def.collision)];
        let kind = if def.collision { "collision" } else { "visual" };
        let numbered = format!("{kind}_{count}");
        *count += 1;
        let prim = scope.take(def.name.as_deref().unwrap_or(&numbered));
        let prim = format!("{}/{prim}", link.prim);
        let pose = carrier.world_from_link * def.origin;
        let paint = def.paint.as_ref();
        let look = paint.and_then(|paint| meshes.paint(reader, def.element, paint));
        let def = &Dressed { def, look };
        let parts = match &def.def.geometry {
            GeometryDef::Solid(solid) => {
                shape(
                    stage,
                    (&prim, carrier.entity),
                    pose,
                    solid.clone(),
                    def,
                    carrier,
                );
                report_texture(reader, def);
                continue;
            }
            GeometryDef::Mesh {
                element,
                uri,
                scale,
            } => {
                // A colour of the visual goes over those of the file.
                let merge = def.def.collision || def.look.is_some();
                meshes.parts(reader, *element, (uri, *scale), merge)?
            }
        };
        match parts.as_deref() {
            None => {}
            Some([only]) => part(stage, (&prim, carrier.entity), pose, only, def, carrier),
            Some(parts) => {
                let parent = stage.spawn(&prim, Some(carrier.entity), pose);
                body(stage, parent, carrier);
                for (k, piece) in parts.iter().enumerate() {
                    let prim = format!("{prim}/part_{k}");
                    part(stage, (&prim, parent), pose, piece, def, carrier);
                }
            }
        }
    }
    Ok(())
}

fn body(stage: &mut Stage, entity: Entity, carrier: Carrier) {
    if let Some(body) = carrier.body {
        stage.world.entity_mut(entity).insert(InBody(body));
    }
}

fn part(
    stage: &mut Stage,
    at: (&str, Entity),
    pose: Isometry3<f64>,
    part: &Part,
    def: &Dressed<'_, '_>,
    carrier: Carrier,
) {
    let solid = Shape::Mesh(part.mesh.clone());
    let entity = shape(stage, at, pose, solid, def, carrier);
    if def.def.collision {
        return;
    }
    let mut entity = stage.world.entity_mut(entity);
    let look = def.look.as_ref().or(part.look.as_ref());
    if let Some(look) = look {
        entity.insert(look.clone());
    }
    let reads = look.is_some_and(|look| look.0.sources().next().is_some());
    if let Some(skin) = part.skin.as_ref().filter(|_| reads) {
        entity.insert(skin.clone());
    }
}

/// A shape and the look of its own material.
struct Dressed<'d, 'r> {
    def: &'d ShapeDef<'r>,
    look: Option<Look>,
}

/// Says that a picture lies on a shape without texture coordinates.
fn report_texture(reader: &Reader<'_>, def: &Dressed<'_, '_>) {
    let textured = def
        .look
        .iter()
        .any(|look| look.0.sources().next().is_some());
    if textured {
        let message =
            "texture on a shape that is no mesh: it has no texture coordinates".to_owned();
        let help = "use a mesh with texture coordinates";
        let at = (def.def.element, "");
        reader.find(Severity::Note, "UR0119", at, message, help);
    }
}

fn shape(
    stage: &mut Stage,
    (prim, parent): (&str, Entity),
    pose: Isometry3<f64>,
    solid: Shape,
    def: &Dressed<'_, '_>,
    carrier: Carrier,
) -> Entity {
    let id = stage.spawn(prim, Some(parent), pose);
    body(stage, id, carrier);
    let is_mesh = matches!(solid, Shape::Mesh(_));
    let mut entity = stage.world.entity_mut(id);
    entity.insert(Geometry {
        shape: solid,
        world_from_shape: pose,
        visible: !def.def.collision,
    });
    if let Some(look) = &def.look {
        entity.insert(look.clone());
    }
    if def.def.collision {
        // Physics engines take the hulls of URDF's collision meshes, and robots are made for that.
        let approximation = if is_mesh {
            Approximation::ConvexHull
        } else {
            Approximation::Exact
        };
        entity.insert(Collider {
            approximation,
            ..Collider::default()
        });
        if let Some(friction) = carrier.feel.friction {
            entity.insert(ContactMaterial {
                static_friction: friction,
                dynamic_friction: friction,
                ..ContactMaterial::default()
            });
        }
    }
    id
}
