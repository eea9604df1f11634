//! Which bodies may touch each other.

use std::collections::BTreeSet;

use halle_world::components::{FilteredPairs, Joint};
use halle_world::{Entity, Severity};

use crate::error::MjcfError;
use crate::placing::Spawner;

/// Most pairs of colliders that are taken out one by one.
const PAIR_LIMIT: usize = 1_000_000;

/// Pairs of bodies, the smaller index first.
type Pairs = BTreeSet<[usize; 2]>;

fn pair(a: usize, b: usize) -> [usize; 2] {
    [a.min(b), a.max(b)]
}

/// Takes out the contacts that MuJoCo takes out: within welded bodies, between a body and its parent
/// unless that stands still, and between bodies that the model excludes.
pub(crate) fn apply(spawner: &mut Spawner<'_, '_>) -> Result<(), MjcfError> {
    let excluded = excluded(spawner)?;
    let mut silent = welded(spawner);
    silent.extend(&excluded);
    // A joint that holds two bodies together says for itself whether they touch.
    for joint in spawner.entities.clone() {
        let Some(mut component) = spawner.world.get_mut::<Joint>(joint) else {
            continue;
        };
        component.bodies_touch = true;
    }
    let mut said: BTreeSet<Entity> = BTreeSet::new();
    let joints: Vec<(Entity, [Option<Entity>; 2])> = spawner
        .entities
        .iter()
        .filter_map(|e| {
            spawner
                .world
                .get::<Joint>(*e)
                .map(|j| (*e, [j.body0, j.body1]))
        })
        .collect();
    let index: std::collections::BTreeMap<Entity, usize> = spawner
        .bodies
        .iter()
        .enumerate()
        .map(|(k, e)| (*e, k))
        .collect();
    let mut done = Pairs::new();
    for (joint, sides) in joints {
        let found = sides.map(|s| s.map_or(Some(0), |s| index.get(&s).copied()));
        let [Some(a), Some(b)] = found else {
            continue;
        };
        if silent.contains(&pair(a, b)) {
            said.insert(joint);
            // The world's own shapes belong to no body that a joint could name.
            if a != 0 && b != 0 {
                done.insert(pair(a, b));
            }
        }
    }
    for joint in said {
        if let Some(mut component) = spawner.world.get_mut::<Joint>(joint) {
            component.bodies_touch = false;
        }
    }
    let left: Vec<[usize; 2]> = silent.difference(&done).copied().collect();
    filter(spawner, &left);
    note_pairs(spawner)
}

/// Filters the colliders of pairs of bodies.
fn filter(spawner: &mut Spawner<'_, '_>, pairs: &[[usize; 2]]) {
    let size = |k: usize| spawner.colliders[k].len();
    let count: usize = pairs.iter().map(|[a, b]| size(*a) * size(*b)).sum();
    if count > PAIR_LIMIT {
        let message = format!("{count} pairs of colliders that do not touch in MuJoCo may touch");
        spawner
            .report
            .at(Severity::Warning, "MJ0112", spawner.model.root, "", message);
        return;
    }
    for [a, b] in pairs {
        let others = spawner.colliders[*b].clone();
        if others.is_empty() {
            continue;
        }
        for collider in spawner.colliders[*a].clone() {
            let mut entity = spawner.world.entity_mut(collider);
            match entity.get_mut::<FilteredPairs>() {
                Some(mut filtered) => filtered.0.extend_from_slice(&others),
                None => {
                    entity.insert(FilteredPairs(others.clone()));
                }
            }
        }
    }
}

/// Bodies with colliders that are welded together or are neighbours in the tree of welds.
fn welded(spawner: &Spawner<'_, '_>) -> Pairs {
    let bodies = &spawner.model.bodies;
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); bodies.len()];
    for (index, body) in bodies.iter().enumerate() {
        if !spawner.colliders[index].is_empty() {
            groups[body.weld].push(index);
        }
    }
    let mut pairs = Pairs::new();
    for weld in 1..bodies.len() {
        let own = &groups[weld];
        let above = bodies[bodies[weld].parent].weld;
        if own.len() * (own.len() + groups[above].len()) > PAIR_LIMIT {
            continue;
        }
        for (k, a) in own.iter().enumerate() {
            pairs.extend(own[k + 1..].iter().map(|b| pair(*a, *b)));
        }
        if bodies[weld].weld == weld && above != 0 && spawner.model.options.filter_parent {
            let across = own
                .iter()
                .flat_map(|a| groups[above].iter().map(|b| pair(*a, *b)));
            pairs.extend(across);
        }
        if pairs.len() > PAIR_LIMIT {
            break;
        }
    }
    // Bodies without colliders are in no group, but their joints say the same.
    for (index, body) in bodies.iter().enumerate().skip(1) {
        let (own, above) = (body.weld, bodies[body.parent].weld);
        let welded = own == above && own != 0;
        let neighbours = own != above && above != 0 && spawner.model.options.filter_parent;
        if welded || neighbours {
            pairs.insert(pair(index, body.parent));
        }
    }
    pairs
}

/// Pairs that `exclude` elements name.
fn excluded(spawner: &Spawner<'_, '_>) -> Result<Pairs, MjcfError> {
    let mut pairs = Pairs::new();
    for element in spawner
        .model
        .section("contact")
        .filter(|e| &*e.name == "exclude")
    {
        let a = spawner.model.body(element, element.required("body1")?)?;
        let b = spawner.model.body(element, element.required("body2")?)?;
        if a != b {
            pairs.insert(pair(a, b));
        }
    }
    Ok(pairs)
}

/// Pairs of geoms with contact settings of their own.
fn note_pairs(spawner: &Spawner<'_, '_>) -> Result<(), MjcfError> {
    for element in spawner
        .model
        .section("contact")
        .filter(|e| &*e.name == "pair")
    {
        let view = spawner.model.view(element, "pair")?;
        for attribute in ["geom1", "geom2"] {
            let name = element.required(attribute)?;
            if spawner.model.carrier("geom", name).is_none() {
                return Err(element.unknown("geom", name));
            }
        }
        let condim = view.integer_or("condim", 3);
        if ![1, 3, 4, 6].contains(&condim) {
            return Err(element.invalid(format!("`condim` must be 1, 3, 4 or 6, found {condim}")));
        }
        let message = "contact pairs are not supported: masks and materials of the geoms hold";
        spawner
            .report
            .at(Severity::Warning, "MJ0112", element, "", message.to_owned());
    }
    Ok(())
}
