//! Which joints make up articulations, and as which trees.

use std::collections::{BTreeMap, BTreeSet};

use halle_world::components::{ArticulationRoot, Parent, Plant};
use halle_world::{Entity, World};

use crate::parts::Parts;
use crate::ready::ReadyJoint;

/// One articulation: a tree of bodies that its joints hold in reduced coordinates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    /// Body at the root; none if the root is fixed to the world.
    pub(crate) root: Option<usize>,
    /// Joints from the root outward: index of the joint and which of its sides is the parent.
    pub(crate) edges: Vec<(usize, usize)>,
    /// Whether links that are not neighbours may touch.
    pub(crate) self_collision: bool,
}

/// Finds the trees. Joints that are in none of them hold by impulses.
pub(crate) fn trees(
    world: &World,
    plant: &Plant,
    parts: &Parts,
    joints: &[ReadyJoint],
    anchored: &[bool],
) -> Vec<Tree> {
    let roots = Roots::read(world, plant, parts, joints);
    // Bodies that do not move are the world; kinematic ones cannot be links.
    let link =
        |b: Option<usize>| b.filter(|b| !anchored[*b] && !parts.bodies[*b].authored.kinematic);
    let usable = |j: &ReadyJoint| j.reducible && !j.excluded && j.breaks.is_none();
    let mut at: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut grounded: Vec<usize> = Vec::new();
    for (index, joint) in joints.iter().enumerate().filter(|(_, j)| usable(j)) {
        let sides = joint.bodies.map(link);
        for body in sides.into_iter().flatten() {
            at.entry(body).or_default().push(index);
        }
        let on_world = |k: usize| sides[k].is_none() && joint.bodies[k].is_none_or(|b| anchored[b]);
        if on_world(0) || on_world(1) {
            grounded.push(index);
        }
    }
    let grounded: BTreeSet<usize> = grounded.into_iter().collect();
    let mut seen = BTreeSet::new();
    let mut trees = Vec::new();
    for &first in at.keys() {
        if seen.contains(&first) {
            continue;
        }
        let members = component(first, &at, joints, &link);
        seen.extend(members.iter().copied());
        let Some((root_body, self_collision)) = roots.of(&members, &at) else {
            continue;
        };
        let tree = span(&members, root_body, &grounded, &at, joints, &link);
        if !tree.edges.is_empty() {
            trees.push(Tree {
                self_collision,
                ..tree
            });
        }
    }
    trees
}

type Link<'a> = dyn Fn(Option<usize>) -> Option<usize> + 'a;

/// All bodies that joints connect with the first one.
fn component(
    first: usize,
    at: &BTreeMap<usize, Vec<usize>>,
    joints: &[ReadyJoint],
    link: &Link<'_>,
) -> BTreeSet<usize> {
    let mut members = BTreeSet::from([first]);
    let mut open = vec![first];
    while let Some(body) = open.pop() {
        for &joint in at.get(&body).into_iter().flatten() {
            for other in joints[joint]
                .bodies
                .into_iter()
                .filter_map(|b| link(Some(b?)))
            {
                if members.insert(other) {
                    open.push(other);
                }
            }
        }
    }
    members
}

/// A spanning tree, breadth first in authored order, from what is fixed if anything is.
fn span(
    members: &BTreeSet<usize>,
    root_body: Option<usize>,
    grounded: &BTreeSet<usize>,
    at: &BTreeMap<usize, Vec<usize>>,
    joints: &[ReadyJoint],
    link: &Link<'_>,
) -> Tree {
    let mut edges = Vec::new();
    let mut placed = BTreeSet::new();
    let mut open = std::collections::VecDeque::new();
    // One joint to the world makes the base; further ones close loops.
    let base = grounded
        .iter()
        .copied()
        .filter(|j| {
            joints[*j]
                .bodies
                .iter()
                .any(|b| link(*b).is_some_and(|b| members.contains(&b)))
        })
        .min_by_key(|j| (!joints[*j].fixed, *j));
    let root = match base {
        Some(joint) => {
            let parent = usize::from(link(joints[joint].bodies[0]).is_some());
            edges.push((joint, parent));
            let child = link(joints[joint].bodies[1 - parent]);
            placed.extend(child);
            open.extend(child);
            None
        }
        None => {
            let body = root_body.or_else(|| members.first().copied());
            placed.extend(body);
            open.extend(body);
            body
        }
    };
    while let Some(body) = open.pop_front() {
        for &joint in at.get(&body).into_iter().flatten() {
            let sides = joints[joint].bodies.map(link);
            let parent = usize::from(sides[1] == Some(body));
            if let Some(child) = sides[1 - parent]
                && placed.insert(child)
            {
                edges.push((joint, parent));
                open.push_back(child);
            }
        }
    }
    Tree {
        root,
        edges,
        self_collision: true,
    }
}

/// Where articulation roots are, by prim, and above which prims.
struct Roots {
    /// Root body or none, and self collision, of each articulation root prim that is a body.
    on_body: BTreeMap<usize, bool>,
    /// Bodies and joints below an articulation root.
    bodies: BTreeMap<usize, bool>,
    joints: BTreeMap<usize, bool>,
}

impl Roots {
    fn read(world: &World, plant: &Plant, parts: &Parts, joints: &[ReadyJoint]) -> Self {
        let mut found = Self {
            on_body: BTreeMap::new(),
            bodies: BTreeMap::new(),
            joints: BTreeMap::new(),
        };
        let any = plant
            .entities
            .iter()
            .any(|e| world.get::<ArticulationRoot>(*e).is_some());
        if !any {
            return found;
        }
        let above = |entity: Entity| {
            let mut prim = Some(entity);
            while let Some(at) = prim {
                if let Some(root) = world.get::<ArticulationRoot>(at) {
                    return Some(root.self_collision);
                }
                prim = world.get::<Parent>(at).map(|p| p.0);
            }
            None
        };
        for (index, body) in parts.bodies.iter().enumerate() {
            if body.copy.is_some() {
                continue;
            }
            if let Some(root) = world.get::<ArticulationRoot>(body.entity) {
                found.on_body.insert(index, root.self_collision);
            }
            if let Some(touch) = above(body.entity) {
                found.bodies.insert(index, touch);
            }
        }
        for (index, joint) in joints.iter().enumerate() {
            if let Some(touch) = above(joint.entity) {
                found.joints.insert(index, touch);
            }
        }
        found
    }

    /// Root body, if one is named, and self collision of connected bodies; none if they make no
    /// articulation.
    fn of(
        &self,
        members: &BTreeSet<usize>,
        at: &BTreeMap<usize, Vec<usize>>,
    ) -> Option<(Option<usize>, bool)> {
        if let Some((body, touch)) = members
            .iter()
            .find_map(|b| self.on_body.get(b).map(|touch| (*b, *touch)))
        {
            return Some((Some(body), touch));
        }
        let by_body = members.iter().find_map(|b| self.bodies.get(b));
        let by_joint = || {
            members
                .iter()
                .flat_map(|b| at.get(b).into_iter().flatten())
                .find_map(|j| self.joints.get(j))
        };
        by_body.or_else(by_joint).map(|touch| (None, *touch))
    }
}
