//! What overlaps at the start: pairs of colliders that may touch and of which one at least moves.
//!
//! Boxes around all colliders find candidates; the depth of a pair is that of its shapes, computed
//! in the frame of one of them so that distance from the origin costs no digits. A mesh counts by
//! its faces: a shape wholly inside a closed mesh overlaps nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use halle_world::components::{
    ArticulationRoot, Collider, Geometry, Joint, Parent, Scatter, SourcePath,
};
use halle_world::{ContactFilter, ContactMarks, Entity, Site};
use nalgebra::Isometry3;
use parry3d::bounding_volume::{Aabb, BoundingVolume as _};
use parry3d::partitioning::{Bvh, BvhBuildStrategy};
use parry3d::query::{DefaultQueryDispatcher, QueryDispatcher as _};
use parry3d::shape::SharedShape;

use crate::plant::Facts;
use crate::rule;
use crate::sink::{Sink, word};
use crate::solids::{Solids, pose};
use crate::wording::{grouped, length};

/// Steps into which relative poses are cut to find equal ones again: micrometres, microradians.
const STEP: f64 = 1e6;

/// A collider where it stands.
struct Part {
    entity: Entity,
    /// The copy of a point instancer that it belongs to: instancer and number.
    copy: Option<(Entity, usize)>,
    body: Option<Entity>,
    /// Whether it can be moved by forces.
    free: bool,
    shape: SharedShape,
    world_from_shape: Isometry3<f64>,
    marks: usize,
}

/// All that decides about pairs.
struct Scene<'a, 'w> {
    facts: &'a Facts<'w>,
    parts: Vec<Part>,
    filter: ContactFilter,
    marks: Vec<ContactMarks>,
    /// Pairs of bodies that a joint keeps from touching, in both orders.
    joined: BTreeSet<(Entity, Entity)>,
    /// Sets of connected bodies whose articulation does not touch itself.
    quiet: BTreeSet<usize>,
    /// Copies that were not placed, by instancer.
    left_out: BTreeMap<Entity, usize>,
}

/// Depths that are known, by both shapes and how they stand to each other.
type Known = HashMap<([usize; 2], [i64; 7]), f64>;

/// Tells every pair that overlaps by more than `least` \[m\].
pub(crate) fn check(facts: &Facts<'_>, sink: &mut Sink, least: f64) {
    let scene = Scene::new(facts);
    for (instancer, number) in &scene.left_out {
        let text = word(
            format!(
                "overlaps of copies with a scale are not looked for: {}",
                grouped(*number)
            ),
            "scale the prototype instead",
        );
        sink.on(&rule::UNCHECKED, facts.world, *instancer, "scales", text);
    }
    let boxes: Vec<Aabb> = scene.parts.iter().map(around).collect();
    let endless = |k: &usize| scene.parts[*k].shape.as_halfspace().is_some();
    let solid: Vec<usize> = (0..scene.parts.len()).filter(|k| !endless(k)).collect();
    let planes: Vec<usize> = (0..scene.parts.len()).filter(endless).collect();
    let leaves: Vec<Aabb> = solid.iter().map(|k| boxes[*k]).collect();
    let tree = Bvh::from_leaves(BvhBuildStrategy::Binned, &leaves);
    let mut known = Known::new();
    for &a in &solid {
        if !scene.parts[a].free {
            continue;
        }
        let met = tree
            .intersect_aabb(&boxes[a])
            .map(|leaf| solid[leaf as usize]);
        let mut met: Vec<usize> = met.chain(planes.iter().copied()).collect();
        met.sort_unstable();
        for b in met {
            // A pair of two that move comes twice.
            if b == a || scene.parts[b].free && b < a || !scene.may_touch(a, b) {
                continue;
            }
            let depth = scene.depth(a, b, &mut known);
            if depth > least {
                scene.tell(sink, a, b, depth);
            }
        }
    }
}

/// The box around a part in world axes, with room for rounding.
fn around(part: &Part) -> Aabb {
    let bounds = part.shape.compute_aabb(&pose(&part.world_from_shape));
    let reach = bounds.mins.abs().max(bounds.maxs.abs()).max_element();
    bounds.loosened(reach * 1e-6)
}

impl<'a, 'w> Scene<'a, 'w> {
    fn new(facts: &'a Facts<'w>) -> Self {
        let mut scene = Self {
            facts,
            parts: Vec::new(),
            filter: ContactFilter::read(facts.world),
            marks: Vec::new(),
            joined: Default::default(),
            quiet: Default::default(),
            left_out: BTreeMap::new(),
        };
        let mut solids = Solids::default();
        let mut classes: BTreeMap<ContactMarks, usize> = BTreeMap::new();
        for &entity in &facts.colliders {
            if !facts.prototypes.contains(&entity) {
                scene.add(
                    &mut solids,
                    &mut classes,
                    entity,
                    None,
                    &Isometry3::identity(),
                );
            }
        }
        scene.copies(&mut solids, &mut classes);
        let mut marks: Vec<(usize, ContactMarks)> =
            classes.into_iter().map(|(m, k)| (k, m)).collect();
        marks.sort_by_key(|(k, _)| *k);
        scene.marks = marks.into_iter().map(|(_, m)| m).collect();
        scene.joints();
        scene
    }

    fn add(
        &mut self,
        solids: &mut Solids,
        classes: &mut BTreeMap<ContactMarks, usize>,
        entity: Entity,
        copy: Option<(Entity, usize)>,
        moved: &Isometry3<f64>,
    ) {
        let facts = self.facts;
        let (Some(geometry), Some(collider)) = (
            facts.world.get::<Geometry>(entity),
            facts.world.get::<Collider>(entity),
        ) else {
            return;
        };
        let Some(solid) = solids.make(&geometry.shape, collider.approximation) else {
            return;
        };
        let world_from_shape = moved * geometry.world_from_shape * solid.authored_from_made;
        if !world_from_shape
            .translation
            .vector
            .iter()
            .all(|v| v.is_finite())
        {
            return;
        }
        let marks = self.filter.marks(facts.world, entity, copy.map(|c| c.0));
        let next = classes.len();
        let body = facts.body_of(entity);
        self.parts.push(Part {
            entity,
            copy,
            body,
            free: body.is_some_and(|b| facts.free(b)),
            shape: solid.shape,
            world_from_shape,
            marks: *classes.entry(marks).or_insert(next),
        });
    }

    /// Colliders of the copies of point instancers.
    fn copies(&mut self, solids: &mut Solids, classes: &mut BTreeMap<ContactMarks, usize>) {
        let facts = self.facts;
        let below = self.below();
        for &instancer in &facts.plant.entities {
            let Some(scatter) = facts.world.get::<Scatter>(instancer) else {
                continue;
            };
            if facts.prototypes.contains(&instancer) {
                continue;
            }
            let world_from_instancer = facts.pose(instancer);
            for (number, copy) in scatter.copies.iter().enumerate() {
                let Some(root) = scatter.prototypes.get(copy.prototype as usize) else {
                    continue;
                };
                let Some(colliders) = below.get(root) else {
                    continue;
                };
                if copy.scale.iter().any(|s| (s - 1.0).abs() > 1e-6) {
                    *self.left_out.entry(instancer).or_default() += 1;
                    continue;
                }
                let placed = world_from_instancer * copy.instancer_from_prototype;
                let moved = placed * facts.pose(*root).inverse();
                for &entity in colliders {
                    self.add(solids, classes, entity, Some((instancer, number)), &moved);
                }
            }
        }
    }

    /// Colliders at or below each prim above a collider of a prototype.
    fn below(&self) -> BTreeMap<Entity, Vec<Entity>> {
        let facts = self.facts;
        let mut below: BTreeMap<Entity, Vec<Entity>> = BTreeMap::new();
        let hidden = facts
            .colliders
            .iter()
            .filter(|e| facts.prototypes.contains(e));
        for &collider in hidden {
            let mut prim = Some(collider);
            while let Some(at) = prim.filter(|p| facts.prototypes.contains(p)) {
                below.entry(at).or_default().push(collider);
                prim = facts.world.get::<Parent>(at).map(|p| p.0);
            }
        }
        below
    }

    fn joints(&mut self) {
        let facts = self.facts;
        for &entity in &facts.joints {
            let Some(joint) = facts.world.get::<Joint>(entity) else {
                continue;
            };
            let body = |prim: Option<Entity>| facts.body_of(prim?);
            if let (Some(a), Some(b)) = (body(joint.body0), body(joint.body1))
                && !joint.bodies_touch
            {
                self.joined.extend([(a, b), (b, a)]);
            }
        }
        for &body in &facts.bodies {
            let root = facts.root_above(body);
            let root = root.and_then(|r| facts.world.get::<ArticulationRoot>(r));
            if root.is_some_and(|r| !r.self_collision)
                && let Some(group) = facts.groups.get(&body)
            {
                self.quiet.insert(*group);
            }
        }
    }

    /// Whether two parts are meant to push each other apart.
    fn may_touch(&self, a: usize, b: usize) -> bool {
        let (p, q) = (&self.parts[a], &self.parts[b]);
        if !self
            .filter
            .allows(&self.marks[p.marks], &self.marks[q.marks])
        {
            return false;
        }
        let (Some(x), Some(y)) = (p.body, q.body) else {
            return true;
        };
        if p.copy != q.copy {
            return true;
        }
        let together =
            |of: &BTreeMap<Entity, usize>| of.get(&x).is_some_and(|n| of.get(&y) == Some(n));
        let quiet = together(&self.facts.groups)
            && self
                .facts
                .groups
                .get(&x)
                .is_some_and(|g| self.quiet.contains(g));
        x != y && !together(&self.facts.clusters) && !quiet && !self.joined.contains(&(x, y))
    }

    /// Depth by which two parts overlap \[m\]; not positive if they do not.
    fn depth(&self, a: usize, b: usize, known: &mut Known) -> f64 {
        let (p, q) = (&self.parts[a], &self.parts[b]);
        let between = p.world_from_shape.inv_mul(&q.world_from_shape);
        let (t, r) = (between.translation.vector, between.rotation.quaternion());
        let key = [t.x, t.y, t.z, r.i, r.j, r.k, r.w].map(|v| (v * STEP).round() as i64);
        let address = |shape: &SharedShape| std::sync::Arc::as_ptr(&shape.0).cast::<u8>() as usize;
        let shapes = [address(&p.shape), address(&q.shape)];
        *known
            .entry((shapes, key))
            .or_insert_with(|| deepest(&p.shape, &q.shape, &between))
    }

    fn tell(&self, sink: &mut Sink, a: usize, b: usize, depth: f64) {
        let (p, q) = (&self.parts[a], &self.parts[b]);
        let layer = |part: &Part| {
            let source = self.facts.world.get::<SourcePath>(part.entity);
            source.map_or_else(String::new, |s| s.layer.to_string())
        };
        let other = self.path(q);
        let name = other.rsplit('/').next().unwrap_or_default().to_owned();
        let site = Site {
            layer: layer(p),
            prim: self.path(p),
            property: String::new(),
        };
        let text = word(
            format!("overlaps `{other}` by {} at the start", length(depth)),
            "move one of them, or filter the pair if it is meant to overlap",
        )
        .note("the solver pushes them apart at once: parts jump or fly off")
        .alike(format!("{} {name} {depth:.3}", layer(q)));
        sink.at(&rule::OVERLAP, site, text);
    }

    fn path(&self, part: &Part) -> String {
        let own = self.facts.path(part.entity);
        match part.copy {
            Some((instancer, number)) => {
                format!("{}[{number}]:{own}", self.facts.path(instancer))
            }
            None => own.to_owned(),
        }
    }
}

/// Depth of one shape in another \[m\]; not positive if they do not meet.
fn deepest(a: &SharedShape, b: &SharedShape, a_from_b: &Isometry3<f64>) -> f64 {
    let found = catch_unwind(AssertUnwindSafe(|| {
        // With the plane second, the library (0.31.1) takes the pose the wrong way round.
        if b.as_halfspace().is_some() {
            DefaultQueryDispatcher.contact(&pose(&a_from_b.inverse()), &**b, &**a, 0.0)
        } else {
            DefaultQueryDispatcher.contact(&pose(a_from_b), &**a, &**b, 0.0)
        }
    }));
    match found {
        Ok(Ok(Some(contact))) => -f64::from(contact.dist),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halle_world::Shape;
    use halle_world::components::Approximation;
    use std::sync::Arc;

    fn solid(shape: &Shape) -> SharedShape {
        let made = Solids::default().make(shape, Approximation::Exact);
        made.unwrap().shape
    }

    fn cuboid(half: f64) -> Shape {
        Shape::Box {
            half_extent: [half; 3],
        }
    }

    /// Closed forms: two unit boxes 0.9 apart overlap by 0.1, also 500 m from the origin; a ball of
    /// 0.5 in a plane by its radius less its height. Single precision of a metre: 1e-6.
    #[test]
    fn depths() {
        let one = solid(&cuboid(0.5));
        let depth = deepest(&one, &one, &Isometry3::translation(0.9, 0.0, 0.0));
        assert!((depth - 0.1).abs() < 1e-5, "{depth}");
        let apart = deepest(&one, &one, &Isometry3::translation(1.001, 0.0, 0.0));
        assert!(apart <= 0.0);
        let ball = solid(&Shape::Sphere { radius: 0.5 });
        let plane = solid(&Shape::Plane {
            half_extent: [1.0; 2],
        });
        let depth = deepest(&ball, &plane, &Isometry3::translation(0.0, 0.0, -0.3));
        assert!((depth - 0.2).abs() < 1e-6, "{depth}");
    }

    /// A box that sinks by 2 mm into a table of two large triangles.
    #[test]
    fn box_in_mesh() {
        let mesh = halle_world::TriangleMesh {
            points: vec![
                [-2.0, -2.0, 0.0],
                [2.0, -2.0, 0.0],
                [2.0, 2.0, 0.0],
                [-2.0, 2.0, 0.0],
            ],
            triangles: vec![[0, 1, 2], [0, 2, 3]],
            normals: Vec::new(),
        };
        let table = solid(&Shape::Mesh(Arc::new(mesh)));
        let part = solid(&cuboid(0.1));
        let depth = deepest(&part, &table, &Isometry3::translation(0.0, 0.0, -0.098));
        assert!((depth - 0.002).abs() < 1e-5, "{depth}");
    }
}
