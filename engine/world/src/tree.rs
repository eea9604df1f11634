//! The tree of links that the joints make, starting at what is fixed to the world.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;
use nalgebra::{Isometry3, UnitQuaternion, Vector3};

use crate::components::{Axis, InBody, Joint, Motion, Plant, RigidBody, Tool, WorldPose};
use crate::error::CompileError;
use crate::finding::{Diagnostics, Finding, Severity};
use crate::place::{scene_site, site};

/// A link before its numbers are worked out.
#[derive(Clone, Debug)]
pub(crate) struct TreeLink {
    /// Joint that carries it.
    pub(crate) joint: Entity,
    /// Index of the parent link.
    pub(crate) parent: Option<usize>,
    /// Parent link frame (world for a root) from this link's frame at zero.
    pub(crate) parent_from_link: Isometry3<f64>,
    /// The body at the joint, then the bodies fixed to it, with `link_from_body`.
    pub(crate) bodies: Vec<(Entity, Isometry3<f64>)>,
}

/// Links that move and bodies that stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    /// Parents stand before children.
    pub(crate) links: Vec<TreeLink>,
    /// Bodies that are fixed to the world, with `world_from_body`.
    pub(crate) base: Vec<(Entity, Isometry3<f64>)>,
}

/// One end of a joint: a body, or the world, and the joint frame seen from it.
#[derive(Clone, Copy)]
struct Side {
    body: Option<Entity>,
    side_from_joint: Isometry3<f64>,
}

struct Edge {
    joint: Entity,
    sides: [Side; 2],
    moving: bool,
}

/// Bodies by name and the edges at each of them.
struct Graph<'w> {
    world: &'w World,
    edges: Vec<Edge>,
    used: BTreeSet<usize>,
    placed: BTreeSet<Entity>,
}

/// Rotates z onto the axis of the joint.
pub(crate) fn joint_from_z(axis: Axis) -> UnitQuaternion<f64> {
    let half = std::f64::consts::FRAC_PI_2;
    match axis {
        Axis::X => UnitQuaternion::from_axis_angle(&Vector3::y_axis(), half),
        Axis::Y => UnitQuaternion::from_axis_angle(&Vector3::x_axis(), -half),
        Axis::Z => UnitQuaternion::identity(),
    }
}

/// The body that a prim belongs to, if it can move.
pub(crate) fn moving_body(world: &World, prim: Entity) -> Option<Entity> {
    let body = world.get::<InBody>(prim)?.0;
    world
        .get::<RigidBody>(body)
        .filter(|b| !b.kinematic)
        .map(|_| body)
}

fn side(world: &World, prim: Option<Entity>, prim_from_joint: Isometry3<f64>) -> Side {
    let Some(prim) = prim else {
        return Side {
            body: None,
            side_from_joint: prim_from_joint,
        };
    };
    let pose = |e| {
        world
            .get::<WorldPose>(e)
            .map_or_else(Isometry3::identity, |p| p.0)
    };
    let world_from_joint = pose(prim) * prim_from_joint;
    let body = moving_body(world, prim);
    let world_from_side = body.map_or_else(Isometry3::identity, pose);
    Side {
        body,
        side_from_joint: world_from_side.inverse() * world_from_joint,
    }
}

/// What a kind of motion is called in UsdPhysics.
pub(crate) fn kind_name(motion: &Motion) -> &str {
    match motion {
        Motion::Fixed => "PhysicsFixedJoint",
        Motion::Revolute => "PhysicsRevoluteJoint",
        Motion::Prismatic => "PhysicsPrismaticJoint",
        Motion::Spherical { .. } => "PhysicsSphericalJoint",
        Motion::Distance { .. } => "PhysicsDistanceJoint",
        Motion::Generic { .. } => "PhysicsJoint",
        Motion::Unsupported(kind) => kind,
    }
}

/// Builds the tree that carries the tool.
pub(crate) fn build_tree(
    world: &World,
    diagnostics: &mut Diagnostics,
) -> Result<Tree, CompileError> {
    let plant = world.get_resource::<Plant>().cloned().unwrap_or_default();
    let mut graph = Graph::new(world, &plant)?;
    let mut tree = Tree {
        links: Vec::new(),
        base: graph.base()?,
    };
    // Depth first, in authored order: a chain comes out from its base to its tip.
    let mut open = graph.moving_edges(&tree.base, None);
    open.extend(graph.moving_from_world());
    open.sort_by_key(|(edge, ..)| *edge);
    open.reverse();
    while let Some((edge, end, parent, parent_from_body)) = open.pop() {
        if !graph.used.insert(edge) {
            let joint = graph.edges[edge].joint;
            return Err(CompileError::JointLoop {
                site: site(world, joint, "physics:body1"),
            });
        }
        let link = graph.link(edge, end, parent, parent_from_body)?;
        let index = tree.links.len();
        let mut next = graph.moving_edges(&link.bodies, Some(index));
        next.reverse();
        open.extend(next);
        tree.links.push(link);
    }
    keep_tool_carrier(world, &plant, &mut tree, diagnostics)?;
    Ok(tree)
}

/// An edge to follow: its index, which side is the parent, the parent link and its frame's pose.
type Step = (usize, usize, Option<usize>, Isometry3<f64>);

impl<'w> Graph<'w> {
    fn new(world: &'w World, plant: &Plant) -> Result<Self, CompileError> {
        let mut edges = Vec::new();
        for &entity in &plant.entities {
            let Some(joint) = world.get::<Joint>(entity) else {
                continue;
            };
            if joint.excluded {
                continue;
            }
            let moving = match &joint.motion {
                Motion::Fixed => false,
                Motion::Revolute | Motion::Prismatic => true,
                other => {
                    let site = site(world, entity, "");
                    return Err(CompileError::UnsupportedJoint {
                        site,
                        kind: kind_name(other).to_owned(),
                    });
                }
            };
            let sides = [
                side(world, joint.body0, joint.body0_from_joint),
                side(world, joint.body1, joint.body1_from_joint),
            ];
            if sides[0].body.is_none() && sides[1].body.is_none() {
                let site = site(world, entity, "physics:body1");
                return Err(CompileError::JointWithoutBody { site });
            }
            edges.push(Edge {
                joint: entity,
                sides,
                moving,
            });
        }
        Ok(Self {
            world,
            edges,
            used: BTreeSet::new(),
            placed: BTreeSet::new(),
        })
    }

    /// Bodies fixed to the world, directly or through each other.
    fn base(&mut self) -> Result<Vec<(Entity, Isometry3<f64>)>, CompileError> {
        let mut base = Vec::new();
        for index in 0..self.edges.len() {
            let edge = &self.edges[index];
            let Some(end) = edge.sides.iter().position(|s| s.body.is_none()) else {
                continue;
            };
            if edge.moving || self.used.contains(&index) {
                continue;
            }
            let (anchor, other) = (edge.sides[end], edge.sides[1 - end]);
            let Some(body) = other.body else { continue };
            let pose = anchor.side_from_joint * other.side_from_joint.inverse();
            self.used.insert(index);
            self.grow(body, pose, index, &mut base)?;
        }
        Ok(base)
    }

    /// Adds a body and all that is fixed to it; poses are seen from the frame of the group.
    fn grow(
        &mut self,
        first: Entity,
        group_from_first: Isometry3<f64>,
        edge: usize,
        group: &mut Vec<(Entity, Isometry3<f64>)>,
    ) -> Result<(), CompileError> {
        let mut open = vec![(first, group_from_first, edge)];
        while let Some((body, group_from_body, via)) = open.pop() {
            if !self.placed.insert(body) {
                let joint = self.edges[via].joint;
                let site = site(self.world, joint, "physics:body1");
                return Err(CompileError::JointLoop { site });
            }
            group.push((body, group_from_body));
            for index in 0..self.edges.len() {
                let edge = &self.edges[index];
                if edge.moving || self.used.contains(&index) {
                    continue;
                }
                let Some(end) = edge.sides.iter().position(|s| s.body == Some(body)) else {
                    continue;
                };
                let (near, far) = (edge.sides[end], edge.sides[1 - end]);
                let Some(next) = far.body else { continue };
                let pose = group_from_body * near.side_from_joint * far.side_from_joint.inverse();
                self.used.insert(index);
                open.push((next, pose, index));
            }
        }
        Ok(())
    }

    /// Unused moving joints at the bodies of a group, in authored order.
    fn moving_edges(&self, group: &[(Entity, Isometry3<f64>)], parent: Option<usize>) -> Vec<Step> {
        let poses: BTreeMap<Entity, Isometry3<f64>> = group.iter().copied().collect();
        let mut steps = Vec::new();
        for (index, edge) in self.edges.iter().enumerate() {
            if !edge.moving || self.used.contains(&index) {
                continue;
            }
            for end in 0..2 {
                if let Some(pose) = edge.sides[end].body.and_then(|b| poses.get(&b)) {
                    steps.push((index, end, parent, *pose));
                }
            }
        }
        steps
    }

    fn moving_from_world(&self) -> Vec<Step> {
        let ends = self.edges.iter().enumerate().filter(|(_, e)| e.moving);
        ends.filter_map(|(index, edge)| {
            let end = edge.sides.iter().position(|s| s.body.is_none())?;
            Some((index, end, None, Isometry3::identity()))
        })
        .collect()
    }

    fn link(
        &mut self,
        edge: usize,
        parent_end: usize,
        parent: Option<usize>,
        parent_from_body: Isometry3<f64>,
    ) -> Result<TreeLink, CompileError> {
        let Edge { joint, sides, .. } = &self.edges[edge];
        let (joint, near, far) = (*joint, sides[parent_end], sides[1 - parent_end]);
        let axis = self.world.get::<Joint>(joint).map_or(Axis::Z, |j| j.axis);
        let mut turn = joint_from_z(axis);
        if parent_end == 1 {
            // Position counts body 1 against body 0; with the roles swapped the axis points back.
            turn *= UnitQuaternion::from_axis_angle(&Vector3::x_axis(), std::f64::consts::PI);
        }
        let body_from_link = far.side_from_joint * turn;
        let mut bodies = Vec::new();
        let body = far.body.ok_or_else(|| CompileError::JointLoop {
            site: site(self.world, joint, "physics:body0"),
        })?;
        self.grow(body, body_from_link.inverse(), edge, &mut bodies)?;
        let parent_from_link = parent_from_body * near.side_from_joint * turn;
        Ok(TreeLink {
            joint,
            parent,
            parent_from_link,
            bodies,
        })
    }
}

/// Drops what does not belong to the robot that carries the tool, and says so.
fn keep_tool_carrier(
    world: &World,
    plant: &Plant,
    tree: &mut Tree,
    diagnostics: &mut Diagnostics,
) -> Result<(), CompileError> {
    let tool = plant
        .entities
        .iter()
        .copied()
        .find(|e| world.get::<Tool>(*e).is_some());
    let tool = tool.ok_or_else(|| CompileError::NoTool {
        site: scene_site(plant),
    })?;
    let tool_site = || site(world, tool, "halle:tool:kind");
    let not_on_link = || CompileError::ToolNotOnLink { site: tool_site() };
    let body = moving_body(world, tool).ok_or_else(not_on_link)?;
    if tree.base.iter().any(|(b, _)| *b == body) {
        return Err(not_on_link());
    }
    let carrier = tree
        .links
        .iter()
        .position(|l| l.bodies.iter().any(|(b, _)| *b == body));
    let mut root = carrier.ok_or_else(|| CompileError::NoFixedBase {
        site: site(world, body, ""),
    })?;
    while let Some(parent) = tree.links[root].parent {
        root = parent;
    }
    // A root's subtree is contiguous in depth-first order.
    let after = tree.links[root + 1..]
        .iter()
        .position(|l| l.parent.is_none());
    let end = after.map_or(tree.links.len(), |k| root + 1 + k);
    tree.links = tree.links.drain(root..end).collect();
    for link in &mut tree.links {
        link.parent = link.parent.map(|p| p - root);
    }
    let mut known: BTreeSet<Entity> = tree.base.iter().map(|(b, _)| *b).collect();
    known.extend(
        tree.links
            .iter()
            .flat_map(|l| l.bodies.iter().map(|(b, _)| *b)),
    );
    for &entity in &plant.entities {
        if moving_body(world, entity) == Some(entity) && !known.contains(&entity) {
            let message = "body does not belong to the robot with the tool".to_owned();
            let site = site(world, entity, "");
            diagnostics.push(
                Finding::new(Severity::Warning, "SC0302", site, message)
                    .note("it stands still where the file puts it")
                    .help("connect it to the robot by joints, or remove `PhysicsRigidBodyAPI`"),
            );
        }
    }
    Ok(())
}
