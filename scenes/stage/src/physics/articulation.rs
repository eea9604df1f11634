//! Articulations: their bodies, joints and roots.
//!
//! A body or a joint to the world that carries the root interface is the root. Elsewhere the root is
//! found: the joint to the world, or else the prim under which all links are nested, or else the
//! centre of the graph of links.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use openusd::sdf::Path;

use super::assemble::BodyIndex;
use super::desc::{Articulation, Joint, RigidBody};

/// Weight of a joint of the tree, of one that closes a loop, and of one to the world.
const TREE: u64 = 100;
const LOOP: u64 = 1000;
const WORLD: u64 = 100_000;

/// A body of an articulation and its neighbours; the world is `None`.
#[derive(Default)]
struct Link {
    neighbours: Vec<Option<u32>>,
    joints: Vec<usize>,
    root_joint: Option<usize>,
    weight: u64,
    fixed: bool,
    index: usize,
}

/// Links by body path.
type Links<'a> = BTreeMap<&'a Path, Link>;

/// Bodies and joints as the search for articulations needs them.
pub(super) struct Graph<'a> {
    bodies: &'a [RigidBody],
    joints: &'a [Joint],
    index: &'a BodyIndex,
    joint_paths: HashMap<&'a Path, usize>,
    /// Enabled joints of each enabled body, by joint path.
    joints_of: HashMap<u32, Vec<usize>>,
    /// Bodies by path.
    sorted: Vec<u32>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(bodies: &'a [RigidBody], joints: &'a [Joint], index: &'a BodyIndex) -> Self {
        let mut order: Vec<usize> = (0..joints.len()).collect();
        order.sort_by(|a, b| joints[*a].path.cmp(&joints[*b].path));
        let mut joints_of: HashMap<u32, Vec<usize>> = HashMap::new();
        for j in order {
            if !joints[j].enabled {
                continue;
            }
            for body in joints[j].body_indices.into_iter().flatten() {
                if bodies[body as usize].enabled {
                    joints_of.entry(body).or_default().push(j);
                }
            }
        }
        let mut sorted: Vec<u32> = (0..).take(bodies.len()).collect();
        sorted.sort_by(|a, b| bodies[*a as usize].path.cmp(&bodies[*b as usize].path));
        let joint_paths = joints
            .iter()
            .zip(0..)
            .map(|(joint, j)| (&joint.path, j))
            .collect();
        Self {
            bodies,
            joints,
            index,
            joint_paths,
            joints_of,
            sorted,
        }
    }

    fn path(&self, body: u32) -> &'a Path {
        &self.bodies[body as usize].path
    }

    /// Completes an articulation.
    pub(super) fn complete(&self, articulation: &mut Articulation) {
        let mut base = articulation.path.clone();
        if self.index.contains_key(&base) {
            articulation.roots.push(base.clone());
        } else if let Some(&j) = self.joint_paths.get(&base) {
            let joint = &self.joints[j];
            if let Some(side) = joint.bodies.iter().position(Path::is_empty) {
                articulation.roots.push(base);
                base = joint.bodies[1 - side].clone();
            }
        }
        if base.is_empty() {
            return;
        }
        let mut order = Vec::new();
        let trees = self.trees(&base, &mut order);
        if articulation.roots.is_empty() {
            // The first place of a body counts: later ones are overwritten.
            let ranked = order.iter().enumerate().rev();
            let rank: HashMap<u32, usize> = ranked.map(|(k, body)| (*body, k)).collect();
            for (top, links) in &trees {
                articulation.roots.extend(self.root(top, links, &rank));
            }
        }
        let all = || trees.iter().flat_map(|(_, links)| links.values());
        let joints: BTreeSet<&Path> = all()
            .flat_map(|link| link.joints.iter().map(|&j| &self.joints[j].path))
            .collect();
        let bodies: BTreeSet<Option<&Path>> = all()
            .flat_map(|link| {
                link.neighbours
                    .iter()
                    .map(|body| body.map(|body| self.path(body)))
            })
            .collect();
        articulation.valid = !articulation.roots.is_empty();
        articulation.joints = joints.into_iter().cloned().collect();
        let bodies = bodies
            .into_iter()
            .map(|path| path.cloned().unwrap_or_default());
        articulation.bodies = bodies.collect();
    }

    /// The connected links of every body at or below a prim that no earlier one is connected with.
    fn trees(&self, base: &Path, order: &mut Vec<u32>) -> Vec<(Path, Links<'a>)> {
        let start = self.sorted.partition_point(|body| self.path(*body) < base);
        let rest = self.sorted[start..].iter().copied();
        let mut below: Vec<u32> = rest
            .take_while(|body| self.path(*body).has_prefix(base))
            .collect();
        // Body indices are in traversal order.
        below.sort_unstable();
        let mut trees = Vec::new();
        let mut linked: HashSet<u32> = HashSet::new();
        let mut skipped: Option<&Path> = None;
        for body in below {
            let path = self.path(body);
            if skipped.is_some_and(|skipped| path.has_prefix(skipped)) {
                continue;
            }
            skipped = None;
            if linked.contains(&body) {
                skipped = Some(path);
                continue;
            }
            let links = self.links(body, order);
            linked.extend(links.keys().filter_map(|path| self.index.get(*path)));
            trees.push((path.clone(), links));
        }
        trees
    }

    /// All links connected with a body, depth first along the joints.
    fn links(&self, body: u32, order: &mut Vec<u32>) -> Links<'a> {
        let mut links = Links::new();
        let mut stack: Vec<(u32, usize)> = Vec::new();
        let mut entering = Some(body);
        loop {
            if let Some(body) = entering.take()
                && !links.contains_key(self.path(body))
            {
                order.push(body);
                if self.joints_of.contains_key(&body) {
                    let index = links.len();
                    links.insert(
                        self.path(body),
                        Link {
                            index,
                            ..Link::default()
                        },
                    );
                    stack.push((body, 0));
                }
            }
            let Some((body, next)) = stack.last_mut() else {
                return links;
            };
            let (body, k) = (*body, *next);
            let Some(&j) = self.joints_of[&body].get(k) else {
                stack.pop();
                continue;
            };
            *next += 1;
            if let Some(link) = links.get_mut(self.path(body)) {
                entering = self.attach(link, body, j);
            }
        }
    }

    /// Adds a joint to a link; the body to go on with, if the joint is part of the tree.
    fn attach(&self, link: &mut Link, body: u32, j: usize) -> Option<u32> {
        let joint = &self.joints[j];
        link.joints.push(j);
        let jointed = |side: usize| {
            let body = joint.body_indices[side];
            body.filter(|body| self.joints_of.contains_key(body))
        };
        let (Some(first), Some(second)) = (jointed(0), jointed(1)) else {
            if joint.excluded {
                link.weight += LOOP;
            } else {
                link.weight += WORLD;
                link.root_joint = Some(j);
                link.fixed = true;
            }
            link.neighbours.push(None);
            return None;
        };
        let other = if first == body { second } else { first };
        link.neighbours.push(Some(other));
        link.weight += if joint.excluded { LOOP } else { TREE };
        (!joint.excluded).then_some(other)
    }

    /// The root of one tree: the heaviest link where one is held by the world.
    fn root(&self, top: &Path, links: &Links<'a>, rank: &HashMap<u32, usize>) -> Option<Path> {
        if !links.values().any(|link| link.fixed) {
            if links.keys().all(|path| path.has_prefix(top)) {
                return Some(top.clone());
            }
            return self.center(links, rank).cloned();
        }
        let rank_of = |path: &Path| {
            let body = self.index.get(path)?;
            rank.get(body).copied()
        };
        let mut best: Option<(&Path, u64)> = None;
        for (path, link) in links {
            let named = link.root_joint.map_or(*path, |j| &self.joints[j].path);
            best = match best {
                Some((old, weight)) if link.weight == weight => {
                    let earlier = match (rank_of(named), rank_of(old)) {
                        (Some(new), Some(old)) => new < old,
                        (Some(_), None) => true,
                        (None, _) => false,
                    };
                    Some((if earlier { named } else { old }, weight))
                }
                Some((_, weight)) if link.weight < weight => best,
                _ => Some((named, link.weight)),
            };
        }
        best.map(|(path, _)| path.clone())
    }

    /// The link whose farthest link is nearest, as USD measures it: along the first way found.
    fn center(&self, links: &Links<'a>, rank: &HashMap<u32, usize>) -> Option<&'a Path> {
        let rank_of = |path: &Path| self.index.get(path).and_then(|body| rank.get(body));
        let mut best: Option<(&'a Path, usize, usize)> = None;
        for (path, link) in links {
            let (reach, degree) = (self.reach(links, path), link.neighbours.len());
            let better = best.is_none_or(|(old, least, most)| {
                let tie = reach == least && degree == most;
                let earlier = rank_of(path) < rank_of(old);
                reach < least || (reach == least && degree > most) || (tie && earlier)
            });
            if better {
                best = Some((*path, reach, degree));
            }
        }
        best.map(|(path, ..)| path)
    }

    /// Number of joints to the link that a depth-first search reaches last.
    fn reach(&self, links: &Links<'a>, start: &'a Path) -> usize {
        let mut seen = vec![false; links.len()];
        let mut farthest = 0;
        let mut stack = Vec::new();
        if let Some(link) = links.get(start) {
            seen[link.index] = true;
            stack.push((link, 0));
        }
        while let Some((link, next)) = stack.last_mut() {
            let (current, k) = (*link, *next);
            let Some(neighbour) = current.neighbours.get(k) else {
                stack.pop();
                continue;
            };
            *next += 1;
            let link = neighbour.and_then(|body| links.get(self.path(body)));
            if let Some(link) = link.filter(|link| !seen[link.index]) {
                seen[link.index] = true;
                farthest = farthest.max(stack.len());
                stack.push((link, 0));
            }
        }
        farthest
    }
}
