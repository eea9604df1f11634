//! The world in the making: prims and where they stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::component::Component;
use halle_world::components::{InBody, Parent, SourcePath, WorldPose};
use halle_world::{Entity, FlawFinder, Severity, World};
use nalgebra::Isometry3;

use crate::error::{MjcfError, Place};
use crate::joints::Kind;
use crate::model::Model;
use crate::names::{Paths, identifier};
use crate::report::Report;
use crate::tree::Element;

/// The MJCF element that an entity stands for.
#[derive(Component, Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Name of the element, such as `body`, `joint` or `geom`. `fixed` stands for the joints of
    /// bodies that have none, `link` for the massless bodies between the joints of one body.
    pub element: Arc<str>,
    /// Name that the author gave, or empty.
    pub name: String,
}

/// A joint of the file in the world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JointPrim {
    pub(crate) entity: Entity,
    pub(crate) body: usize,
    /// Index among the joints of the body.
    pub(crate) index: usize,
    pub(crate) kind: Kind,
}

/// The world in the making.
pub(crate) struct Spawner<'m, 'a> {
    pub(crate) world: World,
    pub(crate) model: &'m Model<'a>,
    pub(crate) report: &'m Report,
    pub(crate) entities: Vec<Entity>,
    /// Where each entity was written, and the name of its element.
    written: Vec<(Place, Arc<str>)>,
    /// Prim of each body; the world body's is the root.
    pub(crate) bodies: Vec<Entity>,
    /// In the order of the file, which is that of a configuration.
    pub(crate) joints: Vec<JointPrim>,
    /// Named prims by kind and name.
    pub(crate) named: BTreeMap<(&'static str, String), Entity>,
    /// Colliders of each body.
    pub(crate) colliders: Vec<Vec<Entity>>,
    paths: Paths,
    layers: BTreeMap<Arc<str>, Arc<str>>,
}

impl<'m, 'a> Spawner<'m, 'a> {
    /// An empty world.
    pub(crate) fn new(model: &'m Model<'a>, report: &'m Report) -> Self {
        Self {
            world: World::new(),
            model,
            report,
            entities: Vec::new(),
            written: Vec::new(),
            bodies: Vec::new(),
            joints: Vec::new(),
            named: BTreeMap::new(),
            colliders: Vec::new(),
            paths: Paths::default(),
            layers: BTreeMap::new(),
        }
    }

    /// Makes a prim below another one.
    pub(crate) fn prim(
        &mut self,
        element: &Element,
        parent_path: &str,
        wanted: &str,
        pose: Isometry3<f64>,
        parent: Option<Entity>,
    ) -> Entity {
        let path = self.paths.below(parent_path, wanted);
        let file = &element.place.file;
        let layer = self
            .layers
            .entry(Arc::clone(file))
            .or_insert_with(|| Arc::clone(file));
        let source = SourcePath {
            layer: Arc::clone(layer),
            prim: path,
        };
        let origin = Origin {
            element: Arc::clone(&element.name),
            name: element.given_name().to_owned(),
        };
        let mut entity = self.world.spawn((source, WorldPose(pose), origin));
        if let Some(parent) = parent {
            entity.insert(Parent(parent));
        }
        let id = entity.id();
        self.entities.push(id);
        let written = (element.place.clone(), Arc::clone(&element.name));
        self.written.push(written);
        let name = element.given_name();
        if name == wanted && identifier(name) != name {
            let message =
                format!("name `{name}` is not an identifier: its prim is called otherwise");
            self.report
                .at(Severity::Note, "MJ0116", element, "name", message);
        }
        id
    }

    /// Refuses numbers that left the range of numbers on the way, as lengths of 1e308 do.
    pub(crate) fn check_numbers(&self) -> Result<(), MjcfError> {
        let mut finder = FlawFinder::default();
        for (entity, (place, element)) in self.entities.iter().zip(&self.written) {
            if let Some(flaw) = finder.flaw(&self.world, *entity) {
                return Err(MjcfError::Invalid {
                    place: place.clone(),
                    element: element.to_string(),
                    reason: format!("{} comes out as {}", flaw.what, flaw.value),
                });
            }
        }
        Ok(())
    }

    /// Path of a prim.
    pub(crate) fn path(&self, entity: Entity) -> String {
        let source = self.world.get::<SourcePath>(entity);
        source.map_or_else(String::new, |s| s.prim.clone())
    }

    /// Makes a prim on a body, given its pose there.
    pub(crate) fn on_body(
        &mut self,
        element: &Element,
        body: usize,
        kind: &'static str,
        body_from_prim: &Isometry3<f64>,
    ) -> Entity {
        let parent = self.bodies[body];
        let path = self.path(parent);
        let pose = self.model.bodies[body].world_from_body * body_from_prim;
        let wanted = element.text("name").unwrap_or(kind);
        let made = self.prim(element, &path, wanted, pose, Some(parent));
        if body > 0 {
            self.world.entity_mut(made).insert(InBody(parent));
        }
        if let Some(name) = element.text("name") {
            self.named.insert((kind, name.to_owned()), made);
        }
        made
    }
}
