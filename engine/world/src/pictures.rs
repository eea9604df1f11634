//! What a picture of the plant shows: shapes on links or standing still, cameras, lights.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use halle_model::Pose;
use nalgebra::Isometry3;

use crate::components::{
    Camera, DisplayMaterial, FaceLooks, Geometry, Interpolation, Light, Look, MeshSkin, Parent,
    Plant, Polishable, Primvar, Scatter, Skin, Source, SourcePath, Surface, Values, WorldPose,
    looks_by_face,
};
use crate::finding::Diagnostics;
use crate::place::pose;
use crate::shape::{Shape, TriangleMesh};
use crate::tree::{build_tree, moving_body};

/// A shape to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct VisibleShape {
    /// Path of the prim on the stage.
    pub prim: String,
    /// Index of the model's link that carries it; `None` stands still.
    pub link: Option<usize>,
    /// Link frame from shape frame, or world frame from shape frame if it stands still.
    pub parent_from_shape: Pose,
    /// Geometry in the shape frame \[m\].
    pub shape: Shape,
    /// Look without its textures.
    pub material: DisplayMaterial,
    /// Base colour at each point of a mesh whose look reads its vertex colours; else empty.
    pub colors: Vec<[f32; 3]>,
    /// Whether this is the surface to polish.
    pub polishable: bool,
}

/// A camera to look through.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraView {
    /// Path of the prim on the stage.
    pub prim: String,
    /// World frame from camera frame; the camera looks along -z, +y is up.
    pub world_from_camera: Pose,
    /// Lens.
    pub camera: Camera,
}

/// A light that shines.
#[derive(Clone, Debug, PartialEq)]
pub struct LightSource {
    /// Path of the prim on the stage.
    pub prim: String,
    /// World frame from light frame.
    pub world_from_light: Pose,
    /// Kind, colour, strength.
    pub light: Light,
}

/// All shapes that pictures show, in the order of the stage.
///
/// Shapes of a robot that [`crate::compile()`] understands hang on its links; in any other plant
/// all shapes stand where the author put them.
#[must_use]
pub fn visible_shapes(world: &World) -> Vec<VisibleShape> {
    let tree = build_tree(world, &mut Diagnostics::default()).unwrap_or_default();
    let place = |body: Entity| {
        let find = |group: &[(Entity, Isometry3<f64>)]| {
            group
                .iter()
                .find(|(b, _)| *b == body)
                .map(|(_, frame)| *frame)
        };
        let on_link = tree.links.iter().enumerate();
        let moving = on_link.filter_map(|(k, l)| find(&l.bodies).map(|frame| (Some(k), frame)));
        moving
            .chain(find(&tree.base).map(|frame| (None, frame)))
            .next()
    };
    let mut shapes = Vec::new();
    for (entity, source) in prims(world) {
        let Some(geometry) = world.get::<Geometry>(entity).filter(|g| g.visible) else {
            continue;
        };
        let placed = moving_body(world, entity).and_then(|body| {
            let (link, parent_from_body) = place(body)?;
            let world_from_body = world.get::<WorldPose>(body)?.0;
            let body_from_shape = world_from_body.inverse() * geometry.world_from_shape;
            Some((link, parent_from_body * body_from_shape))
        });
        let (link, parent_from_shape) = placed.unwrap_or((None, geometry.world_from_shape));
        let shape = VisibleShape {
            prim: source.prim.clone(),
            link,
            parent_from_shape: pose(&parent_from_shape),
            shape: geometry.shape.clone(),
            material: DisplayMaterial::default(),
            colors: Vec::new(),
            polishable: world.get::<Polishable>(entity).is_some(),
        };
        shapes.extend(by_look(world, entity, shape));
    }
    shapes.extend(scattered_shapes(world));
    shapes
}

/// A shape with its look; a mesh whose faces look different falls into one shape for each look.
fn by_look(world: &World, entity: Entity, mut shape: VisibleShape) -> Vec<VisibleShape> {
    let skin = world.get::<Skin>(entity).map(|s| &*s.0);
    let own = world.get::<Look>(entity).map(|l| &*l.0);
    shape.material = own.map_or_else(DisplayMaterial::default, |own| flat(own, skin));
    if let (Some(own), Some(skin), Shape::Mesh(mesh)) = (own, skin, &shape.shape) {
        shape.colors = colors(own, skin, mesh.points.len());
    }
    let (Shape::Mesh(mesh), Some(FaceLooks(looks))) =
        (&shape.shape, world.get::<FaceLooks>(entity))
    else {
        return vec![shape];
    };
    let cut = skin.map(|s| &s.cut);
    let face = |triangle: usize| cut.map_or(triangle as u32, |cut| cut.face(triangle)) as usize;
    let count = (0..mesh.triangles.len()).map(|t| face(t) + 1).max();
    let by_face = looks_by_face(looks, count.unwrap_or(0));
    let kinds = std::iter::once(None).chain((0..looks.len()).map(Some));
    let parts = kinds.filter_map(|kind| {
        let all = mesh.triangles.iter().enumerate();
        let chosen = all.filter(|(t, _)| by_face[face(*t)] == kind);
        let triangles: Vec<[u32; 3]> = chosen.map(|(_, triangle)| *triangle).collect();
        let look = kind.and_then(|k| looks[k].look.as_deref());
        (!triangles.is_empty()).then(|| VisibleShape {
            shape: Shape::Mesh(Arc::new(TriangleMesh {
                points: mesh.points.clone(),
                triangles,
                normals: mesh.normals.clone(),
            })),
            material: look.map_or(shape.material, |look| flat(look, skin)),
            colors: match (look, skin) {
                (Some(look), Some(skin)) => colors(look, skin, mesh.points.len()),
                (Some(_), None) => Vec::new(),
                (None, _) => shape.colors.clone(),
            },
            ..shape.clone()
        })
    });
    parts.collect()
}

/// The base colours of a mesh's points, where the look reads them.
fn colors(look: &Surface, skin: &MeshSkin, points: usize) -> Vec<[f32; 3]> {
    let Some(Source::Primvar(reader)) = &look.diffuse_color.source else {
        return Vec::new();
    };
    let by_point = |p: &&Primvar| {
        let kind = p.interpolation;
        matches!(kind, Interpolation::Vertex | Interpolation::Varying)
    };
    let primvar = skin.primvar(&reader.name).filter(by_point);
    let Some((primvar, Values::Triple(values))) = primvar.map(|p| (p, &p.values)) else {
        return Vec::new();
    };
    let all = (0..points as u32).map(|k| values.get(primvar.value_of(k)).copied());
    all.collect::<Option<_>>().unwrap_or_default()
}

/// A look without its textures. Where the base colour is a picture, the display colour of the shape
/// says more than the constant that stands in for it.
fn flat(look: &Surface, skin: Option<&MeshSkin>) -> DisplayMaterial {
    let mut flat = look.flat();
    let base_is_fed = matches!(look.diffuse_color.source, Some(Source::Texture(..)));
    let display = skin.and_then(|s| s.primvar("displayColor")?.mean_triple());
    if let Some(color) = display.filter(|_| base_is_fed) {
        flat.base_color = color;
    }
    flat
}

/// Copies of prototypes, each where its instancer puts it.
fn scattered_shapes(world: &World) -> Vec<VisibleShape> {
    let order: BTreeMap<Entity, usize> = prims(world)
        .enumerate()
        .map(|(k, (entity, _))| (entity, k))
        .collect();
    let mut shapes = Vec::new();
    for (instancer, _) in prims(world) {
        let (Some(scatter), Some(frame)) = (
            world.get::<Scatter>(instancer),
            world.get::<WorldPose>(instancer),
        ) else {
            continue;
        };
        let prototypes: Vec<Vec<(Entity, Isometry3<f64>)>> = scatter
            .prototypes
            .iter()
            .map(|root| below(world, *root, order.get(root).copied().unwrap_or_default()))
            .collect();
        for copy in scatter.copies.iter() {
            let world_from_copy = frame.0 * copy.instancer_from_prototype;
            for (entity, root_from_shape) in &prototypes[copy.prototype as usize] {
                let (Some(geometry), Some(source)) = (
                    world.get::<Geometry>(*entity),
                    world.get::<SourcePath>(*entity),
                ) else {
                    continue;
                };
                let shape = VisibleShape {
                    prim: source.prim.clone(),
                    link: None,
                    parent_from_shape: pose(&(world_from_copy * root_from_shape)),
                    shape: geometry.shape.scaled(copy.scale),
                    material: DisplayMaterial::default(),
                    colors: Vec::new(),
                    polishable: false,
                };
                shapes.extend(by_look(world, *entity, shape));
            }
        }
    }
    shapes
}

/// Shapes at and below a prim, seen from it; `at` is its place in the order of the stage.
fn below(world: &World, root: Entity, at: usize) -> Vec<(Entity, Isometry3<f64>)> {
    let Some(frame) = world.get::<WorldPose>(root) else {
        return Vec::new();
    };
    let is_below = |mut entity: Entity| loop {
        if entity == root {
            return true;
        }
        match world.get::<Parent>(entity) {
            Some(parent) => entity = parent.0,
            None => return false,
        }
    };
    let subtree = prims(world).skip(at).take_while(|(e, _)| is_below(*e));
    let shapes = subtree.filter_map(|(entity, _)| {
        let geometry = world.get::<Geometry>(entity)?;
        Some((entity, frame.0.inv_mul(&geometry.world_from_shape)))
    });
    shapes.collect()
}

/// All cameras, in the order of the stage.
#[must_use]
pub fn cameras(world: &World) -> Vec<CameraView> {
    prims(world)
        .filter_map(|(entity, source)| {
            let camera = world.get::<Camera>(entity)?.clone();
            let world_from_camera = pose(&world.get::<WorldPose>(entity)?.0);
            Some(CameraView {
                prim: source.prim.clone(),
                world_from_camera,
                camera,
            })
        })
        .collect()
}

/// All lights, in the order of the stage.
#[must_use]
pub fn lights(world: &World) -> Vec<LightSource> {
    prims(world)
        .filter_map(|(entity, source)| {
            let light = world.get::<Light>(entity)?.clone();
            let world_from_light = pose(&world.get::<WorldPose>(entity)?.0);
            Some(LightSource {
                prim: source.prim.clone(),
                world_from_light,
                light,
            })
        })
        .collect()
}

fn prims(world: &World) -> impl Iterator<Item = (Entity, &SourcePath)> {
    let entities = world
        .get_resource::<Plant>()
        .map_or(&[][..], |p| &p.entities);
    entities
        .iter()
        .filter_map(|e| world.get::<SourcePath>(*e).map(|s| (*e, s)))
}
