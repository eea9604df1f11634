//! The plant as it was read: every prim once, and where its subtree stands again.
//!
//! A plant of a million prims has a few hundred that differ. The others are instances, or cells that
//! reference the same file without an opinion of their own. Their subtrees are read once; the
//! recipe says where else they stand.

use std::sync::Arc;

use nalgebra::Matrix4;

use crate::raw::{Content, Parts};

/// What stands below a prim.
#[derive(Clone, Debug)]
pub(crate) enum Children {
    /// Children of its own, by index.
    Own(Vec<u32>),
    /// The same as below another prim.
    Same(u32),
}

/// One prim that was read.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it was read.
    pub(crate) path: Box<str>,
    /// What it says.
    pub(crate) content: Content,
    /// What stands below.
    pub(crate) children: Children,
    /// Prims in the subtree, itself and all instances included.
    pub(crate) size: usize,
}

impl Node {
    /// Last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// All prims that were read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recipe {
    /// Prims, children after their parents' other content.
    pub(crate) nodes: Vec<Node>,
    /// Prims at the root of the stage.
    pub(crate) roots: Vec<u32>,
}

/// A prim that was found by its path.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    /// Its place in the order of the stage, parents before children.
    pub(crate) order: usize,
    /// Stage from prim, stage units.
    pub(crate) stage_from_prim: Matrix4<f64>,
}

impl Recipe {
    /// Children of a prim, and the prim below which they were read.
    pub(crate) fn children(&self, node: u32) -> (&[u32], u32) {
        let mut at = node;
        loop {
            match &self.nodes[at as usize].children {
                Children::Own(list) => return (list, at),
                Children::Same(other) => at = *other,
            }
        }
    }

    /// Whether a shape that collides belongs to the body on a prim.
    pub(crate) fn has_collider(&self, body: u32) -> bool {
        let mut open = vec![body];
        while let Some(node) = open.pop() {
            let parts = self.nodes[node as usize].content.parts.as_deref();
            if node != body && parts.is_some_and(|p| p.body.is_some()) {
                continue;
            }
            let collides = |p: &Parts| p.shape.is_some() && p.collider.is_some_and(|c| c.enabled);
            if parts.is_some_and(collides) {
                return true;
            }
            open.extend_from_slice(self.children(node).0);
        }
        false
    }

    /// Number of prims, all instances counted.
    pub(crate) fn len(&self) -> usize {
        self.roots
            .iter()
            .map(|r| self.nodes[*r as usize].size)
            .sum()
    }

    /// Finds a prim by its path on the stage.
    pub(crate) fn locate(&self, path: &str) -> Option<Located> {
        let mut siblings: &[u32] = &self.roots;
        let mut order = 0;
        let mut stage_from_prim = Matrix4::identity();
        let mut parts = path.strip_prefix('/')?.split('/').peekable();
        loop {
            let part = parts.next()?;
            let mut found = None;
            for &sibling in siblings {
                let node = &self.nodes[sibling as usize];
                if node.name() == part {
                    found = Some(sibling);
                    break;
                }
                order += node.size;
            }
            let found = found?;
            let content = &self.nodes[found as usize].content;
            if content.resets {
                stage_from_prim = content.local;
            } else {
                stage_from_prim *= content.local;
            }
            if parts.peek().is_none() {
                return Some(Located {
                    order,
                    stage_from_prim,
                });
            }
            order += 1;
            siblings = self.children(found).0;
        }
    }
}

/// Where a subtree was read and where it stands; links to the instance around it.
#[derive(Clone, Debug)]
pub(crate) struct Namespace {
    read: Box<str>,
    stands: Box<str>,
    around: Option<Arc<Self>>,
}

impl Namespace {
    /// A subtree that was read at one path and stands at another, inside the given namespace.
    pub(crate) fn within(around: Option<Arc<Self>>, read: &str, stands: &str) -> Arc<Self> {
        Arc::new(Self {
            read: read.into(),
            stands: stands.into(),
            around,
        })
    }

    /// A path as it was read, where it stands.
    pub(crate) fn stands(namespace: Option<&Arc<Self>>, path: &str) -> String {
        let mut at = namespace;
        while let Some(space) = at {
            if let Some(rest) = below(path, &space.read) {
                return format!("{}{rest}", space.stands);
            }
            at = space.around.as_ref();
        }
        path.to_owned()
    }

    /// A path where it stands, as it was read.
    pub(crate) fn read(namespace: Option<&Arc<Self>>, path: &str) -> String {
        let mut at = namespace;
        while let Some(space) = at {
            if let Some(rest) = below(path, &space.stands) {
                return format!("{}{rest}", space.read);
            }
            at = space.around.as_ref();
        }
        path.to_owned()
    }
}

/// What is left of a path below a prefix; empty for the prefix itself.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Targets move with the instance that they are read in; others stay.
    #[test]
    fn namespaces() {
        let outer = Namespace::within(None, "/Plant/Cell_0", "/Plant/Cell_7");
        let inner = Namespace::within(Some(outer), "/Plant/Cell_0/Rack_0", "/Plant/Cell_7/Rack_3");
        let there = |path| Namespace::stands(Some(&inner), path);
        assert_eq!(
            there("/Plant/Cell_0/Rack_0/post"),
            "/Plant/Cell_7/Rack_3/post"
        );
        assert_eq!(there("/Plant/Cell_0/Arm"), "/Plant/Cell_7/Arm");
        assert_eq!(there("/Plant/Cell_01"), "/Plant/Cell_01");
        assert_eq!(
            Namespace::read(Some(&inner), "/Plant/Cell_7/Rack_3"),
            "/Plant/Cell_0/Rack_0"
        );
    }
}
