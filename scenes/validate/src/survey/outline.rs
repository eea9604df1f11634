//! The tree of a plant, as deep as asked for, equal siblings as one line.

use std::collections::BTreeMap;

use halle_world::components::{Collider, Joint, Parent, Plant, RigidBody, SourcePath};
use halle_world::{Entity, World};

use super::plant::role;
use crate::wording::{count, grouped};

/// Most lines below one prim.
const SHOWN: usize = 24;

/// What a prim and all below it amount to.
#[derive(Clone, Debug, Default)]
struct Node {
    children: Vec<usize>,
    /// Same for subtrees that are built alike.
    print: u64,
    prims: usize,
    bodies: usize,
    colliders: usize,
    joints: usize,
}

/// The tree of a plant as text, one line a prim, two spaces a level, `depth` levels deep.
///
/// Siblings that are built alike and whose names differ in their numbers alone are one line with
/// their number. Where the depth ends, and where more than 24 lines would stand below one prim, the
/// rest is counted.
#[must_use]
pub fn outline(world: &World, depth: usize) -> String {
    let Some(plant) = world.get_resource::<Plant>() else {
        return String::new();
    };
    let tree = Tree::of(world, plant);
    let mut out = String::new();
    let roots = tree.roots.clone();
    tree.level(&mut out, &roots, 0, depth);
    out
}

struct Tree<'w> {
    world: &'w World,
    entities: &'w [Entity],
    nodes: Vec<Node>,
    roots: Vec<usize>,
}

impl<'w> Tree<'w> {
    fn of(world: &'w World, plant: &'w Plant) -> Self {
        let entities = &plant.entities;
        let index: BTreeMap<Entity, usize> =
            entities.iter().enumerate().map(|(k, e)| (*e, k)).collect();
        let mut tree = Self {
            world,
            entities,
            nodes: vec![Node::default(); entities.len()],
            roots: Vec::new(),
        };
        for (k, entity) in entities.iter().enumerate() {
            let parent = world.get::<Parent>(*entity).and_then(|p| index.get(&p.0));
            match parent {
                Some(parent) => tree.nodes[*parent].children.push(k),
                None => tree.roots.push(k),
            }
        }
        // Children stand after their parents.
        for k in (0..entities.len()).rev() {
            tree.sum(k);
        }
        tree
    }

    fn sum(&mut self, k: usize) {
        let entity = self.entities[k];
        let [bodies, colliders, joints] = self.own(k);
        let mut node = Node {
            prims: 1,
            bodies,
            colliders,
            joints,
            children: std::mem::take(&mut self.nodes[k].children),
            print: 0xcbf2_9ce4_8422_2325,
        };
        let mut mix = |bytes: &[u8]| {
            for byte in bytes {
                node.print = (node.print ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        mix(role(self.world, entity).as_bytes());
        for child in &node.children {
            mix(stem(self.name(*child)).as_bytes());
            mix(&self.nodes[*child].print.to_le_bytes());
        }
        for child in &node.children {
            let child = &self.nodes[*child];
            node.prims += child.prims;
            node.bodies += child.bodies;
            node.colliders += child.colliders;
            node.joints += child.joints;
        }
        self.nodes[k] = node;
    }

    /// Bodies, colliders and joints that a prim is itself.
    fn own(&self, k: usize) -> [usize; 3] {
        let (world, entity) = (self.world, self.entities[k]);
        [
            world.get::<RigidBody>(entity).is_some(),
            world.get::<Collider>(entity).is_some_and(|c| c.enabled),
            world.get::<Joint>(entity).is_some(),
        ]
        .map(usize::from)
    }

    fn name(&self, k: usize) -> &'w str {
        let source = self.world.get::<SourcePath>(self.entities[k]);
        source.map_or("", |s| s.name())
    }

    /// Siblings in runs that are built alike, in the order of their first.
    fn runs(&self, siblings: &[usize]) -> Vec<Vec<usize>> {
        let mut place: BTreeMap<(&str, u64), usize> = BTreeMap::new();
        let mut runs: Vec<Vec<usize>> = Vec::new();
        for &k in siblings {
            let key = (stem(self.name(k)), self.nodes[k].print);
            let at = *place.entry(key).or_insert_with(|| {
                runs.push(Vec::new());
                runs.len() - 1
            });
            runs[at].push(k);
        }
        runs
    }

    fn level(&self, out: &mut String, siblings: &[usize], level: usize, depth: usize) {
        let runs = self.runs(siblings);
        for run in runs.iter().take(SHOWN) {
            let Some(&first) = run.first() else { continue };
            let node = &self.nodes[first];
            out.push_str(&"  ".repeat(level));
            out.push_str(self.name(first));
            if let [_, .., last] = run.as_slice() {
                out.push_str(&format!(
                    " ... {}  x{}",
                    self.name(*last),
                    grouped(run.len())
                ));
            }
            let role = role(self.world, self.entities[first]);
            if !role.is_empty() {
                out.push_str(&format!("  [{role}]"));
            }
            let ends = level + 1 >= depth;
            if ends && node.prims > 1 {
                let each = if run.len() > 1 { "each " } else { "" };
                out.push_str(&format!("  ({each}{})", below(node, self.own(first))));
            }
            out.push('\n');
            if !ends {
                self.level(out, &node.children, level + 1, depth);
            }
        }
        if runs.len() > SHOWN {
            let rest: usize = runs[SHOWN..].iter().map(Vec::len).sum();
            let indent = "  ".repeat(level);
            out.push_str(&format!("{indent}... {} more\n", grouped(rest)));
        }
    }
}

/// What is below a prim.
fn below(node: &Node, own: [usize; 3]) -> String {
    let mut words = vec![count(node.prims - 1, "prim")];
    for (number, word) in [
        (node.bodies - own[0], "body"),
        (node.colliders - own[1], "collider"),
        (node.joints - own[2], "joint"),
    ] {
        if number > 0 {
            words.push(count(number, word));
        }
    }
    words.join(", ")
}

/// A name without the number at its end.
fn stem(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_')
}
