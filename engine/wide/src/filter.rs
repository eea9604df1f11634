//! Which colliders may touch: groups, filtered pairs and masks as classes of colliders.
//!
//! Colliders that are filtered alike make a class. Up to 32 classes become the solver's own
//! interaction groups, which costs nothing; with more, pairs are asked about one by one.

use std::collections::BTreeMap;

use halle_world::{ContactFilter, ContactMarks, World};
use rapier3d::geometry::{Group, InteractionGroups, InteractionTestMode};

use crate::parts::Parts;

/// Which colliders may touch.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    rules: ContactFilter,
    classes: Vec<ContactMarks>,
    /// Class of each collider.
    pub(crate) class_of: Vec<usize>,
    /// Classes about which anything is said.
    restricted: Vec<bool>,
}

/// Classes that fit into the solver's interaction groups.
const GROUPS: usize = 32;

impl Filter {
    /// Reads all filters of a plant for its colliders.
    pub(crate) fn read(world: &World, parts: &Parts) -> Self {
        let mut filter = Self {
            rules: ContactFilter::read(world),
            ..Self::default()
        };
        let mut known: BTreeMap<ContactMarks, usize> = BTreeMap::new();
        for collider in &parts.colliders {
            let instancer = collider.copy.map(|c| parts.copies[c].instancer);
            let marks = filter.rules.marks(world, collider.entity, instancer);
            let next = known.len();
            let class = *known.entry(marks).or_insert(next);
            filter.class_of.push(class);
        }
        let mut classes: Vec<(usize, ContactMarks)> =
            known.into_iter().map(|(m, c)| (c, m)).collect();
        classes.sort_by_key(|(class, _)| *class);
        filter.classes = classes.into_iter().map(|(_, marks)| marks).collect();
        filter.restricted = filter.classes.iter().map(|m| !m.is_empty()).collect();
        filter
    }

    /// Whether colliders of two classes may touch.
    pub(crate) fn allowed(&self, a: usize, b: usize) -> bool {
        self.rules.allows(&self.classes[a], &self.classes[b])
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
