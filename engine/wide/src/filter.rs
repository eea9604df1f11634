//! Which colliders may touch: groups, filtered pairs and masks as classes of colliders.
//!
//! Colliders that are filtered alike make a class. Up to 32 classes become the solver's own
//! interaction groups, which costs nothing; with more, pairs are asked about one by one.

use std::collections::{BTreeMap, BTreeSet};

use halle_world::components::{CollisionGroup, FilteredPairs, MaskFilter, Parent, Plant};
use halle_world::{Entity, World};
use rapier3d::geometry::{Group, InteractionGroups, InteractionTestMode};

use crate::parts::Parts;

/// What decides about a collider's contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Marks {
    /// Merged groups that it belongs to.
    groups: Vec<usize>,
    /// Filtered pairs that have it on their first side.
    first: Vec<usize>,
    /// Filtered pairs that have it on their second side.
    second: Vec<usize>,
    /// Bits that it has and bits that it looks for.
    mask: Option<[u32; 2]>,
}

/// Which colliders may touch.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    classes: Vec<Marks>,
    /// Class of each collider.
    pub(crate) class_of: Vec<usize>,
    /// Merged groups that do not touch, smaller number first.
    apart: BTreeSet<(usize, usize)>,
    /// Classes about which anything is said.
    restricted: Vec<bool>,
}

/// Classes that fit into the solver's interaction groups.
const GROUPS: usize = 32;

impl Filter {
    /// Reads all filters of a plant for its colliders.
    pub(crate) fn read(world: &World, plant: &Plant, parts: &Parts) -> Self {
        let marked = Marked::read(world, plant);
        let mut filter = Self {
            apart: marked.apart.clone(),
            ..Self::default()
        };
        let mut known: BTreeMap<Marks, usize> = BTreeMap::new();
        for collider in &parts.colliders {
            let instancer = collider.copy.map(|c| parts.copies[c].instancer);
            let marks = marked.marks(world, collider.entity, instancer);
            let next = known.len();
            let class = *known.entry(marks).or_insert(next);
            filter.class_of.push(class);
        }
        let mut classes: Vec<(usize, Marks)> = known.into_iter().map(|(m, c)| (c, m)).collect();
        classes.sort_by_key(|(class, _)| *class);
        filter.classes = classes.into_iter().map(|(_, marks)| marks).collect();
        filter.restricted = filter
            .classes
            .iter()
            .map(|m| *m != Marks::default())
            .collect();
        filter
    }

    /// Whether colliders of two classes may touch.
    pub(crate) fn allowed(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.classes[a], &self.classes[b]);
        let crossed = |x: &Marks, y: &Marks| x.first.iter().any(|p| y.second.contains(p));
        if crossed(a, b) || crossed(b, a) {
            return false;
        }
        if let (Some([has_a, seeks_a]), Some([has_b, seeks_b])) = (a.mask, b.mask)
            && has_a & seeks_b == 0
            && has_b & seeks_a == 0
        {
            return false;
        }
        let apart = |g: usize, h: usize| self.apart.contains(&(g.min(h), g.max(h)));
        !a.groups
            .iter()
            .any(|g| b.groups.iter().any(|h| apart(*g, *h)))
    }

    /// Whether pairs must be asked about one by one.
    pub(crate) fn asks(&self) -> bool {
        self.classes.len() > GROUPS
    }

    /// Whether a collider has to be asked about.
    pub(crate) fn asks_about(&self, collider: usize) -> bool {
        self.asks() && self.restricted[self.class_of[collider]]
    }

    /// Interaction groups of a collider; all of them if pairs are asked about.
    pub(crate) fn groups(&self, collider: usize) -> InteractionGroups {
        if self.asks() {
            return InteractionGroups::all();
        }
        let class = self.class_of[collider];
        let mut mask = 0;
        for other in 0..self.classes.len() {
            mask |= u32::from(self.allowed(class, other)) << other;
        }
        // Colliders that an application adds later are in no class and touch everything.
        if self.classes.len() < GROUPS {
            mask |= u32::MAX << self.classes.len();
        }
        InteractionGroups::new(
            Group::from_bits_truncate(1 << class),
            Group::from_bits_truncate(mask),
            InteractionTestMode::And,
        )
    }
}

/// Groups and pairs by the prims that they name.
#[derive(Debug, Default)]
struct Marked {
    members: BTreeMap<Entity, Vec<usize>>,
    excluded: BTreeMap<Entity, Vec<usize>>,
    first: BTreeMap<Entity, Vec<usize>>,
    second: BTreeMap<Entity, Vec<usize>>,
    apart: BTreeSet<(usize, usize)>,
    /// Merged group of each authored group.
    merged: Vec<usize>,
}

impl Marked {
    fn read(world: &World, plant: &Plant) -> Self {
        let mut marked = Self::default();
        let mut groups = Vec::new();
        let mut pair = 0;
        for &entity in &plant.entities {
            if let Some(group) = world.get::<CollisionGroup>(entity) {
                let number = groups.len();
                for prim in &group.members {
                    marked.members.entry(*prim).or_default().push(number);
                }
                for prim in &group.excluded {
                    marked.excluded.entry(*prim).or_default().push(number);
                }
                groups.push((entity, group));
            }
            for other in world
                .get::<FilteredPairs>(entity)
                .into_iter()
                .flat_map(|p| &p.0)
            {
                marked.first.entry(entity).or_default().push(pair);
                marked.second.entry(*other).or_default().push(pair);
                pair += 1;
            }
        }
        marked.merge(&groups);
        marked
    }

    /// Groups of one name count as one; then which of them stay apart.
    fn merge(&mut self, groups: &[(Entity, &CollisionGroup)]) {
        let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
        let mut count = 0;
        for (_, group) in groups {
            let fresh = count;
            let number = if group.merge_group.is_empty() {
                fresh
            } else {
                *by_name.entry(&group.merge_group).or_insert(fresh)
            };
            count += usize::from(number == fresh);
            self.merged.push(number);
        }
        let number_of: BTreeMap<Entity, usize> = groups
            .iter()
            .enumerate()
            .map(|(k, (entity, _))| (*entity, self.merged[k]))
            .collect();
        for (k, (_, group)) in groups.iter().enumerate() {
            let own = self.merged[k];
            let named: BTreeSet<usize> = group
                .filtered
                .iter()
                .filter_map(|g| number_of.get(g).copied())
                .collect();
            for other in 0..count {
                if named.contains(&other) != group.inverted {
                    self.apart.insert((own.min(other), own.max(other)));
                }
            }
        }
    }

    /// Marks of a collider: those of its prim, of all prims above, and of its instancer's.
    fn marks(&self, world: &World, collider: Entity, instancer: Option<Entity>) -> Marks {
        let (mut groups, mut out) = (BTreeSet::new(), BTreeSet::new());
        let (mut first, mut second) = (BTreeSet::new(), BTreeSet::new());
        for start in [Some(collider), instancer].into_iter().flatten() {
            let mut prim = Some(start);
            while let Some(entity) = prim {
                let at = |map: &BTreeMap<Entity, Vec<usize>>| {
                    map.get(&entity).cloned().unwrap_or_default()
                };
                // The nearest word about a prim holds.
                let taken_out = at(&self.excluded);
                let taken_in = at(&self.members);
                groups.extend(taken_in.into_iter().filter(|g| !out.contains(g)));
                out.extend(taken_out);
                first.extend(at(&self.first));
                second.extend(at(&self.second));
                prim = world.get::<Parent>(entity).map(|p| p.0);
            }
        }
        let merged: BTreeSet<usize> = groups.iter().map(|g| self.merged[*g]).collect();
        Marks {
            groups: merged.into_iter().collect(),
            first: first.into_iter().collect(),
            second: second.into_iter().collect(),
            mask: world
                .get::<MaskFilter>(collider)
                .map(|m| [m.categories, m.mask]),
        }
    }
}
