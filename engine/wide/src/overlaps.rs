//! Links that stick in things that stand, at the start.
//!
//! No force of theirs could mend what the author left there, and the push of the solver would
//! throw the articulation about: such pairs are left out of contacts and told.

use halle_world::Entity;

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
