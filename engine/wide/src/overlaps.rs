//! Links that stick in things that stand, at the start.
//!
//! No force of theirs could mend what the author left there, and the push of the solver would
//! throw the articulation about: such pairs are left out of contacts and told.

use halle_world::Entity;
use rapier3d::parry::bounding_volume::Aabb;
use rapier3d::parry::partitioning::{Bvh, BvhBuildStrategy};

use crate::env::Env;
use crate::facts::BodyKind;
use crate::model::WideModel;
use crate::options::Jitter;

/// Depth from which an overlap is the author's mistake \[m\].
const DEEP: f64 = 0.02;

/// Two colliders that overlap, and how deep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overlap {
    pub(crate) colliders: [usize; 2],
    pub(crate) depth: f64,
}

/// Finds the pairs, each with its deepest point.
pub(crate) fn find(model: &WideModel) -> Vec<Overlap> {
    if model.counts().articulations == 0 {
        return Vec::new();
    }
    let mut env = Env::new(model, 0, 0, Jitter::default());
    env.detect(model);
    let view = crate::read::EnvView { model, env: &env };
    let mut found: Vec<Overlap> = Vec::new();
    for contact in view.contacts() {
        let bodies = contact.colliders.map(|c| model.colliders()[c].body);
        let link = |b: Option<usize>| b.is_some_and(|b| model.bodies()[b].link);
        let stands =
            |b: Option<usize>| b.is_none_or(|b| model.bodies()[b].kind != BodyKind::Dynamic);
        let stuck = bodies.iter().any(|b| link(*b)) && bodies.iter().any(|b| stands(*b));
        if !stuck || contact.penetration < DEEP {
            continue;
        }
        match found.last_mut() {
            // Contacts come in the order of their pairs.
            Some(last) if last.colliders == contact.colliders => {
                last.depth = last.depth.max(contact.penetration);
            }
            _ => found.push(Overlap {
                colliders: contact.colliders,
                depth: contact.penetration,
            }),
        }
    }
    found
}

/// Steps over pairs that take the solver a few seconds.
const MANY: f64 = 3.0e8;

/// Colliders that crowd at the start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    /// Pairs whose boxes overlap.
    pub(crate) pairs: usize,
    /// The collider in most of them.
    pub(crate) most: usize,
}

/// Whether so many boxes overlap at the start that listing the pairs takes the solver very long: it
/// walks over all pairs of a collider for each new one.
pub(crate) fn crowd(model: &WideModel) -> Option<Crowd> {
    let colliders = &model.template.colliders;
    let boxes: Vec<Aabb> = colliders.iter().map(|(_, c)| c.compute_aabb()).collect();
    let moves: Vec<bool> = colliders
        .iter()
        .map(|(_, c)| {
            let body = c.parent().and_then(|b| model.template.bodies.get(b));
            body.is_some_and(|b| b.is_dynamic())
        })
        .collect();
    let tree = Bvh::from_leaves(BvhBuildStrategy::Binned, &boxes);
    let mut degrees = vec![0_u32; boxes.len()];
    let mut pairs = 0;
    for (a, around) in boxes.iter().enumerate() {
        for b in tree.intersect_aabb(around) {
            let b = b as usize;
            if a < b && (moves[a] || moves[b]) {
                pairs += 1;
                degrees[a] += 1;
                degrees[b] += 1;
            }
        }
    }
    let steps: f64 = degrees.iter().map(|d| f64::from(*d).powi(2)).sum();
    if steps <= MANY {
        return None;
    }
    let first = degrees.iter().enumerate().max_by_key(|(_, d)| **d)?.0;
    let handle = colliders.iter().nth(first)?.0;
    let most = model.colliders().iter().position(|c| c.handle == handle)?;
    Some(Crowd { pairs, most })
}

/// What is said about an overlap, about the collider that is a link's.
pub(crate) fn detail(model: &WideModel, overlap: &Overlap) -> (Entity, String) {
    let facts = overlap.colliders.map(|c| &model.colliders()[c]);
    let link = facts
        .iter()
        .position(|f| f.body.is_some_and(|b| model.bodies()[b].link))
        .unwrap_or(0);
    let text = format!("{:.3} m deep in `{}`", overlap.depth, facts[1 - link].path);
    (facts[link].entity, text)
}
