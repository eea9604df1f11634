//! The walk over the plan: each entity onto its prims.

use std::collections::BTreeSet;

use bevy_ecs::entity::Entity;
use halle_world::components::{Geometry, Plant};
use halle_world::{Diagnostics, Finding, Severity, World};
use nalgebra::Isometry3;

use crate::error::AuthorError;
use crate::frames::is_plain;
use crate::layer::{Layer, Prim};
use crate::materials::Materials;
use crate::mesh::Meshes;
use crate::pictures::Pictures;
use crate::plan::{Node, Plan, Role};
use crate::value::{double3, quatd, tidy, tokens};

/// Last decimal of a quaternion; what follows is rounding of the product of frames.
const TURN_DIGITS: f64 = 1e14;

/// How a world is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorOptions {
    /// Also writes armature and speed limit of joints in the vocabulary of `PhysX`, for programs that do
    /// not read Newton's.
    pub physx_joints: bool,
}

/// What is known while the layer is made.
pub(crate) struct Author<'w> {
    /// The world to write.
    pub(crate) world: &'w World,
    /// Which prim stands for which entity.
    pub(crate) plan: &'w Plan,
    /// The layer.
    pub(crate) layer: Layer,
    /// How to write.
    pub(crate) options: &'w AuthorOptions,
    /// What could not be said.
    pub(crate) findings: Diagnostics,
    /// Materials in use.
    pub(crate) materials: Materials,
    /// Meshes in use.
    pub(crate) meshes: Meshes,
    /// Pictures in use.
    pub(crate) pictures: Pictures,
}

/// Paths of the prims that belong to no entity.
pub(crate) struct Places {
    /// Scope of the materials.
    pub(crate) materials: String,
    /// Holder of shared meshes.
    pub(crate) meshes: String,
    /// The physics scene.
    pub(crate) scene: String,
    /// Scope of collision groups that stand for masks.
    pub(crate) masks: String,
    /// Scope of keyframes.
    pub(crate) keyframes: String,
}

/// The layer of a world and what belongs to it.
pub(crate) struct Authored {
    /// The layer.
    pub(crate) layer: Layer,
    /// Name of the default prim.
    pub(crate) root: String,
    /// Pictures by their name below the layer's folder.
    pub(crate) pictures: Vec<(String, Vec<u8>)>,
    /// What could not be said.
    pub(crate) findings: Diagnostics,
}

/// The whole layer of a world, whose pictures go into a folder beside it.
pub(crate) fn author(
    world: &World,
    options: &AuthorOptions,
    folder: &str,
) -> Result<Authored, AuthorError> {
    let mut plan = Plan::new(world)?;
    let places = Places::new(world, &mut plan);
    let meshes = Meshes::new(world, &places.meshes)?;
    let mut author = Author {
        world,
        plan: &plan,
        layer: Layer::default(),
        options,
        findings: Diagnostics::default(),
        materials: Materials::new(&places.materials),
        meshes,
        pictures: Pictures::new(folder),
    };
    for node in &plan.nodes {
        author.node(node)?;
    }
    author.report_nested();
    author.articulations();
    author.scene(&places.scene);
    author.masks(&places.masks);
    author.keyframes(&places.keyframes);
    author
        .materials
        .write(&mut author.layer, &mut author.pictures);
    author.meshes.write_shared(&mut author.layer);
    let pictures = author.pictures.read();
    author.report_lost();
    Ok(Authored {
        root: plan.root().trim_start_matches('/').to_owned(),
        layer: author.layer,
        pictures,
        findings: author.findings,
    })
}

impl Places {
    /// Chooses paths, taking over empty prims of the usual names.
    fn new(world: &World, plan: &mut Plan) -> Self {
        let parents: BTreeSet<usize> = plan.nodes.iter().filter_map(|n| n.parent).collect();
        let mut empty = |names: &[&str], direct: bool| {
            let root = plan.root;
            let found = plan.nodes.iter().enumerate().position(|(index, node)| {
                let name = node.path.rsplit('/').next().unwrap_or_default();
                names.iter().any(|n| n.eq_ignore_ascii_case(name))
                    && index != root
                    && (!direct || node.parent == Some(root))
                    && !parents.contains(&index)
                    && node.entity.is_none_or(|e| is_plain(world, e))
            })?;
            plan.nodes[found].framed = false;
            Some(plan.nodes[found].path.clone())
        };
        let materials = empty(&["Materials", "Looks"], true);
        let scene = empty(&["PhysicsScene"], false);
        let root = plan.root().to_owned();
        Self {
            materials: materials.unwrap_or_else(|| plan.reserve(&root, "Materials")),
            scene: scene.unwrap_or_else(|| plan.reserve(&root, "PhysicsScene")),
            meshes: plan.reserve(&root, "Meshes"),
            masks: plan.reserve(&root, "CollisionMasks"),
            keyframes: plan.reserve(&root, "Keyframes"),
        }
    }
}

impl Author<'_> {
    /// The prims of one node.
    fn node(&mut self, node: &Node) -> Result<(), AuthorError> {
        let kind = if node.framed { "Xform" } else { "" };
        let above = node
            .parent
            .map_or_else(Isometry3::identity, |p| self.plan.nodes[p].world);
        self.layer.add(&node.path, kind);
        let Some(entity) = node.entity else {
            return Ok(());
        };
        if node.framed {
            let (from, reset) = if node.nested_body {
                (Isometry3::identity(), true)
            } else {
                (above, false)
            };
            let local = from.inv_mul(&node.world);
            place(self.layer.at(&node.path), &local, node.scale, reset);
        }
        self.report_node(node);
        self.body(node, entity);
        self.process(node, entity);
        for role in node
            .own
            .into_iter()
            .chain(node.apart.iter().map(|(r, _)| *r))
        {
            match role {
                Role::Joint => self.joint(node, entity)?,
                Role::Group => self.group(node, entity),
                Role::Scatter => self.scatter(node, entity),
                Role::Camera => self.camera(node, entity),
                Role::Light => self.light(node, entity),
                Role::Actuator => self.actuator(node, entity),
                Role::Shape => self.shape(node, entity),
            }
        }
        self.surface(node, entity);
        self.filtered(node, entity);
        self.control(node, entity);
        Ok(())
    }

    /// Says what became of the node's name and place.
    fn report_node(&mut self, node: &Node) {
        if node.source != node.path {
            let message = format!("prim is written as `{}`", node.path);
            let help = if node.moved {
                "put prims below the body that they belong to, and planes outside of bodies"
            } else {
                "give every prim a name of its own, of letters, digits and underscores"
            };
            self.find(node, Severity::Note, "AU0301", "", message, help);
        }
    }

    /// Says once how many bodies stand below others.
    fn report_nested(&mut self) {
        let plan = self.plan;
        let mut nested = plan.nodes.iter().filter(|n| n.nested_body);
        if let Some(first) = nested.next() {
            let count = 1 + nested.count();
            let message = format!(
                "{count} rigid bodies below others, this one first: each is placed in the world"
            );
            let help = "put bodies side by side and let joints carry the chain";
            self.find(
                first,
                Severity::Note,
                "AU0311",
                "xformOpOrder",
                message,
                help,
            );
        }
    }

    /// Notes a finding about a node.
    pub(crate) fn find(
        &mut self,
        node: &Node,
        severity: Severity,
        code: &'static str,
        property: &str,
        message: String,
        help: &str,
    ) {
        let site = node.site(self.world, property);
        self.findings
            .push(Finding::new(severity, code, site, message).help(help));
    }

    /// The prim of a role, made if it is a child; children stand on their parent's frame.
    pub(crate) fn role(&mut self, node: &Node, role: Role, kind: &str) -> &mut Prim {
        self.layer.at(node.path_of(role)).kind(kind)
    }

    /// Path that relationships to an entity name; a finding if it is not in the plant.
    pub(crate) fn target(
        &mut self,
        node: &Node,
        property: &str,
        entity: Entity,
        role: Option<Role>,
    ) -> Option<String> {
        let plan = self.plan;
        let found = match role {
            Some(role) => plan.path_of(entity, role),
            None => plan.path(entity),
        };
        if found.is_none() {
            let message = "names an entity that is not part of the plant: left out".to_owned();
            self.find(
                node,
                Severity::Warning,
                "AU0314",
                property,
                message,
                "list the entity in the plant",
            );
        }
        found.map(str::to_owned)
    }

    /// Path of what touches for an entity: its shape's prim.
    pub(crate) fn touching(&self, entity: Entity) -> Option<&str> {
        let role = self.world.get::<Geometry>(entity).map(|_| Role::Shape);
        match role {
            Some(role) => self.plan.path_of(entity, role),
            None => self.plan.path(entity),
        }
    }

    /// The plant's resource, or one without content.
    pub(crate) fn plant(&self) -> Plant {
        self.world
            .get_resource::<Plant>()
            .cloned()
            .unwrap_or_default()
    }

    fn report_lost(&mut self) {
        for picture in &self.pictures.missing {
            let message = format!("picture `{picture}` is not there: it is named, not copied");
            let site = halle_world::Site::default();
            let finding = Finding::new(Severity::Warning, "AU0317", site, message);
            self.findings
                .push(finding.help("put the picture where the scene looks for it"));
        }
        for prim in self.layer.prims() {
            for property in &prim.lost {
                let site = halle_world::Site {
                    prim: prim.path.clone(),
                    property: property.clone(),
                    ..halle_world::Site::default()
                };
                let message = "value is not a number: left out".to_owned();
                self.findings.push(
                    Finding::new(Severity::Warning, "AU0306", site, message)
                        .help("correct the value"),
                );
            }
        }
    }
}

/// Gives a prim its place relative to its parent, or to the world with `reset`.
pub(crate) fn place(prim: &mut Prim, local: &Isometry3<f64>, scale: Option<[f64; 3]>, reset: bool) {
    let mut order = Vec::new();
    if reset {
        order.push("!resetXformStack!");
    }
    let shift = [0, 1, 2].map(|i| tidy(local.translation.vector[i]));
    if shift != [0.0; 3] {
        prim.set("xformOp:translate", double3(shift));
        order.push("xformOp:translate");
    }
    let near = |v: f64| (v * TURN_DIGITS).round() / TURN_DIGITS;
    let turn = nalgebra::Quaternion::from(local.rotation.coords.map(near));
    let turn = nalgebra::UnitQuaternion::new_unchecked(turn);
    if turn.imag().amax() != 0.0 {
        prim.set("xformOp:orient", quatd(&turn));
        order.push("xformOp:orient");
    }
    if let Some(scale) = scale {
        prim.set("xformOp:scale", double3(scale.map(tidy)));
        order.push("xformOp:scale");
    }
    if !order.is_empty() {
        prim.uniform("xformOpOrder", tokens(&order));
    }
}
