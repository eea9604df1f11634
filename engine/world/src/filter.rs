//! Which colliders are meant to touch: collision groups, filtered pairs, masks.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::entity::Entity;
use bevy_ecs::world::World;

use crate::components::{CollisionGroup, FilteredPairs, MaskFilter, Parent, Plant};

/// What decides about the contacts of a collider. Colliders with equal marks are filtered alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ContactMarks {
    /// Numbers of the groups that it belongs to.
    groups: BTreeSet<usize>,
    /// The prim and all above it, as far as some pair names them.
    named: BTreeSet<Entity>,
    mask: Option<[u32; 2]>,
}

/// All filters of a plant: groups, pairs and masks.
#[derive(Debug, Default)]
pub struct ContactFilter {
    members: BTreeMap<Entity, Vec<usize>>,
    excluded: BTreeMap<Entity, Vec<usize>>,
    /// Groups that do not touch, smaller number first.
    apart: BTreeSet<(usize, usize)>,
    /// Prims that do not touch, in both orders.
    pairs: BTreeSet<(Entity, Entity)>,
    named: BTreeSet<Entity>,
}

impl ContactMarks {
    /// Whether nothing is said about the collider: it may touch whatever may touch it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ContactFilter {
    /// Reads the filters of a world; without a plant there are none.
    #[must_use]
    pub fn read(world: &World) -> Self {
        let mut filter = Self::default();
        let mut groups = Vec::new();
        let plant = world.get_resource::<Plant>();
        for &entity in plant.into_iter().flat_map(|p| &p.entities) {
            if let Some(group) = world.get::<CollisionGroup>(entity) {
                groups.push((entity, group));
            }
            let pairs = world.get::<FilteredPairs>(entity);
            for &other in pairs.into_iter().flat_map(|p| &p.0) {
                filter.pairs.extend([(entity, other), (other, entity)]);
                filter.named.extend([entity, other]);
            }
        }
        let numbers = merged(&groups);
        let number: BTreeMap<Entity, usize> = groups
            .iter()
            .zip(&numbers)
            .map(|((e, _), n)| (*e, *n))
            .collect();
        let last = numbers.iter().copied().max().unwrap_or_default();
        for ((_, group), &own) in groups.iter().zip(&numbers) {
            for prim in &group.members {
                filter.members.entry(*prim).or_default().push(own);
            }
            for prim in &group.excluded {
                filter.excluded.entry(*prim).or_default().push(own);
            }
            let named: BTreeSet<usize> = group
                .filtered
                .iter()
                .filter_map(|g| number.get(g).copied())
                .collect();
            for other in 0..=last {
                if named.contains(&other) != group.inverted {
                    filter.apart.insert((own.min(other), own.max(other)));
                }
            }
        }
        filter
    }

    /// What is said about a collider, by its own prim, all above, and the instancer that copied it.
    #[must_use]
    pub fn marks(
        &self,
        world: &World,
        collider: Entity,
        instancer: Option<Entity>,
    ) -> ContactMarks {
        let mut marks = ContactMarks {
            mask: world
                .get::<MaskFilter>(collider)
                .map(|m| [m.categories, m.mask]),
            ..ContactMarks::default()
        };
        if self.members.is_empty() && self.named.is_empty() {
            return marks;
        }
        let mut out: BTreeSet<usize> = BTreeSet::new();
        for start in [Some(collider), instancer].into_iter().flatten() {
            let mut prim = Some(start);
            while let Some(entity) = prim {
                // The nearest word about a prim holds.
                let inside = self.members.get(&entity).into_iter().flatten();
                marks.groups.extend(inside.filter(|g| !out.contains(g)));
                out.extend(self.excluded.get(&entity).into_iter().flatten());
                if self.named.contains(&entity) {
                    marks.named.insert(entity);
                }
                prim = world.get::<Parent>(entity).map(|p| p.0);
            }
        }
        marks
    }

    /// Whether two colliders may touch.
    #[must_use]
    pub fn allows(&self, a: &ContactMarks, b: &ContactMarks) -> bool {
        if let (Some([has_a, seeks_a]), Some([has_b, seeks_b])) = (a.mask, b.mask)
            && has_a & seeks_b == 0
            && has_b & seeks_a == 0
        {
            return false;
        }
        let paired = a
            .named
            .iter()
            .any(|p| b.named.iter().any(|q| self.pairs.contains(&(*p, *q))));
        let apart = |g: &usize, h: &usize| self.apart.contains(&(*g.min(h), *g.max(h)));
        let grouped = a
            .groups
            .iter()
            .any(|g| b.groups.iter().any(|h| apart(g, h)));
        !paired && !grouped
    }
}

/// A number for each group, the same for those of one merge name.
fn merged(groups: &[(Entity, &CollisionGroup)]) -> Vec<usize> {
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    let mut next = 0;
    // An empty name is nobody's.
    let mut numbers = Vec::with_capacity(groups.len());
    for (_, group) in groups {
        let known = by_name.get(group.merge_group.as_str()).copied();
        let own = known.unwrap_or(next);
        if known.is_none() {
            next += 1;
            if !group.merge_group.is_empty() {
                by_name.insert(&group.merge_group, own);
            }
        }
        numbers.push(own);
    }
    numbers
}
