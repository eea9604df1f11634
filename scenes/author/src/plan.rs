//! Which prim stands for which entity.
//!
//! A prim has one type, an entity may be several things. Where they do not fit into one prim, the
//! entity's prim is an `Xform` (or plain) and each thing gets a child prim of its own.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::entity::Entity;
use halle_world::World;
use halle_world::components::SourcePath;
use nalgebra::Isometry3;

use crate::names::unique;

/// A thing that needs a prim type of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// A joint.
    Joint,
    /// A collision group.
    Group,
    /// Many copies of a few prototypes.
    Scatter,
    /// A camera.
    Camera,
    /// A light.
    Light,
    /// A motor.
    Actuator,
    /// A shape.
    Shape,
}

impl Role {
    /// Name of its prim where it is a child.
    pub(crate) const fn child_name(self) -> &'static str {
        match self {
            Self::Joint => "joint",
            Self::Group => "group",
            Self::Scatter => "copies",
            Self::Camera => "camera",
            Self::Light => "light",
            Self::Actuator => "actuator",
            Self::Shape => "shape",
        }
    }

    /// Whether a prim of this type stands somewhere of its own.
    pub(crate) const fn has_frame(self) -> bool {
        !matches!(self, Self::Joint | Self::Group | Self::Actuator)
    }
}

/// Along which axis of its prim a round shape or a plane stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Along x.
    X,
    /// Along y.
    Y,
    /// Along z.
    Z,
}

/// A prim of the plan.
#[derive(Debug)]
pub(crate) struct Node {
    /// Path in the layer.
    pub(crate) path: String,
    /// Path in the source; empty for prims that only fill gaps.
    pub(crate) source: String,
    /// Index of the parent prim.
    pub(crate) parent: Option<usize>,
    /// What stands here; `None` for prims that only fill gaps.
    pub(crate) entity: Option<Entity>,
    /// The thing that gives the prim its type.
    pub(crate) own: Option<Role>,
    /// Things that get child prims, with their paths.
    pub(crate) apart: Vec<(Role, String)>,
    /// World frame from the frame that children see.
    pub(crate) world: Isometry3<f64>,
    /// Whether the prim is `Xformable`.
    pub(crate) framed: bool,
    /// Scale of a box that is its own prim.
    pub(crate) scale: Option<[f64; 3]>,
    /// Axis of a round shape that is its own prim.
    pub(crate) standing: Standing,
    /// Whether the prim stands elsewhere than in its source, for it belongs to a body there.
    pub(crate) moved: bool,
    /// Whether the prim is a rigid body below another one.
    pub(crate) nested_body: bool,
    /// Whether the prim is at or below a prototype that others copy.
    pub(crate) prototype: bool,
}

/// The prims of the layer and where to find them.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Prims, parents before children.
    pub(crate) nodes: Vec<Node>,
    /// Index of the prim that a file opens with.
    pub(crate) root: usize,
    /// Index of the prim of each entity.
    pub(crate) by_entity: BTreeMap<Entity, usize>,
    taken: BTreeSet<String>,
}

impl Plan {
    /// The plan's node of an entity.
    pub(crate) fn node(&self, entity: Entity) -> Option<&Node> {
        self.by_entity.get(&entity).map(|&index| &self.nodes[index])
    }

    /// Path of the prim that stands for an entity as a whole.
    pub(crate) fn path(&self, entity: Entity) -> Option<&str> {
        self.node(entity).map(|n| n.path.as_str())
    }

    /// Path of the prim that is a certain thing of an entity.
    pub(crate) fn path_of(&self, entity: Entity, role: Role) -> Option<&str> {
        self.node(entity).map(|n| n.path_of(role))
    }

    /// Path of the prim that a file opens with.
    pub(crate) fn root(&self) -> &str {
        &self.nodes[self.root].path
    }

    /// A path below `parent` that no other prim has, from now on taken.
    pub(crate) fn reserve(&mut self, parent: &str, name: &str) -> String {
        let name = unique(name, |n| self.taken.contains(&format!("{parent}/{n}")));
        let path = format!("{parent}/{name}");
        self.taken.insert(path.clone());
        path
    }

    /// Adds a prim below another one.
    pub(crate) fn push(
        &mut self,
        parent: Option<usize>,
        name: String,
        source: &str,
        entity: Option<Entity>,
    ) -> usize {
        let above = parent.map_or(String::new(), |p| self.nodes[p].path.clone());
        let path = self.reserve(&above, &name);
        self.nodes.push(Node {
            path,
            source: source.to_owned(),
            parent,
            entity,
            own: None,
            apart: Vec::new(),
            world: Isometry3::identity(),
            framed: true,
            scale: None,
            standing: Standing::Z,
            moved: false,
            nested_body: false,
            prototype: false,
        });
        self.nodes.len() - 1
    }
}

impl Node {
    /// Path of the prim that is a certain thing of the entity.
    pub(crate) fn path_of(&self, role: Role) -> &str {
        let apart = self.apart.iter().find(|(r, _)| *r == role);
        apart.map_or(&self.path, |(_, path)| path)
    }

    /// Whether a thing has a child prim of its own.
    pub(crate) fn is_apart(&self, role: Role) -> bool {
        self.apart.iter().any(|(r, _)| *r == role)
    }

    /// The prim as its source calls it, for findings.
    pub(crate) fn site(&self, world: &World, property: &str) -> halle_world::Site {
        let source = self.entity.and_then(|e| world.get::<SourcePath>(e));
        source.map_or_else(
            || halle_world::Site {
                prim: self.path.clone(),
                property: property.to_owned(),
                ..halle_world::Site::default()
            },
            |s| s.site(property),
        )
    }
}
