//! Articulations: loops, and roots in the wrong place.

use std::collections::{BTreeMap, BTreeSet};

use halle_world::Entity;
use halle_world::components::{Joint, Motion, Parent, RigidBody};

use crate::plant::Facts;
use crate::rule;
use crate::sink::{Sink, word};

/// Checks roots, then loops.
pub(crate) fn check(facts: &Facts<'_>, sink: &mut Sink) {
    let groups = rooted_groups(facts);
    for &root in &facts.roots {
        nested(facts, sink, root);
        place(facts, sink, root, &groups);
    }
    for roots in groups.values() {
        let Some((first, rest)) = roots.split_first() else {
            continue;
        };
        for &root in rest {
            // A root below another has been told already.
            if above(facts, root).is_some() || above(facts, *first) == Some(root) {
                continue;
            }
            let text = word(
                format!(
                    "joints connect this articulation with that of `{}`",
                    facts.path(*first)
                ),
                "keep one `PhysicsArticulationRootAPI` for bodies that joints connect",
            )
            .alike("two");
            sink.on(&rule::TWO_ROOTS, facts.world, root, "apiSchemas", text);
        }
    }
    loops(facts, sink, &groups);
}

/// Roots of each set of connected bodies.
fn rooted_groups(facts: &Facts<'_>) -> BTreeMap<usize, Vec<Entity>> {
    let mut groups: BTreeMap<usize, Vec<Entity>> = BTreeMap::new();
    for &body in &facts.bodies {
        let (Some(group), Some(root)) = (facts.groups.get(&body), facts.root_above(body)) else {
            continue;
        };
        let roots = groups.entry(*group).or_default();
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    // A root on a joint stands for the bodies of the joint.
    for &root in &facts.roots {
        let joint = facts.world.get::<Joint>(root);
        let sides = joint.into_iter().flat_map(|j| [j.body0, j.body1]);
        for body in sides.filter_map(|s| facts.side(s)) {
            let Some(group) = facts.groups.get(&body) else {
                continue;
            };
            let roots = groups.entry(*group).or_default();
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
    }
    groups
}

/// The articulation root above another.
fn above(facts: &Facts<'_>, root: Entity) -> Option<Entity> {
    let parent = facts.world.get::<Parent>(root)?;
    facts.root_above(parent.0)
}

fn nested(facts: &Facts<'_>, sink: &mut Sink, root: Entity) {
    if let Some(outer) = above(facts, root) {
        let text = word(
            format!("articulation root below another: `{}`", facts.path(outer)),
            "keep one of the two",
        )
        .alike("nested");
        sink.on(&rule::NESTED_ROOT, facts.world, root, "apiSchemas", text);
    }
}

fn place(facts: &Facts<'_>, sink: &mut Sink, root: Entity, groups: &BTreeMap<usize, Vec<Entity>>) {
    let body = facts.world.get::<RigidBody>(root);
    if body.is_some_and(|b| b.kinematic) {
        let help = "put it on the first link that moves, or on a prim above all links";
        let text = word("articulation root on a kinematic body", help);
        sink.on(&rule::KINEMATIC_ROOT, facts.world, root, "apiSchemas", text);
        return;
    }
    // A root above another has been told as such.
    let outer = facts.roots.iter().any(|r| above(facts, *r) == Some(root));
    if !outer && !groups.values().any(|roots| roots.contains(&root)) {
        let text = word(
            "articulation root without bodies at or below it",
            "put it on the base link, or on a prim above all links",
        );
        sink.on(&rule::EMPTY_ROOT, facts.world, root, "apiSchemas", text);
        return;
    }
    if body.is_none() {
        return;
    }
    // On a link itself: that link is the base. A joint in which it is the second body says that
    // something else carries it.
    let carrier = facts.joints.iter().find_map(|j| {
        let joint = facts.world.get::<Joint>(*j)?;
        let carried = facts.side(joint.body1) == Some(root) && !joint.excluded;
        let by = facts.side(joint.body0)?;
        carried.then_some(by)
    });
    if let Some(by) = carrier {
        let text = word(
            format!(
                "articulation root on a link that `{}` carries",
                facts.path(by)
            ),
            "put it on the base link, or on a prim above all links",
        )
        .alike("inner")
        .note("the tree then starts in the middle of the chain");
        sink.on(&rule::INNER_ROOT, facts.world, root, "apiSchemas", text);
    }
}

/// Joints of articulations that connect what is connected already.
fn loops(facts: &Facts<'_>, sink: &mut Sink, groups: &BTreeMap<usize, Vec<Entity>>) {
    let mut sets: BTreeMap<Option<Entity>, Option<Entity>> = BTreeMap::new();
    let mut told: BTreeSet<Entity> = BTreeSet::new();
    for &entity in &facts.joints {
        let Some(joint) = facts.world.get::<Joint>(entity) else {
            continue;
        };
        let holds = !matches!(
            joint.motion,
            Motion::Distance { .. } | Motion::Unsupported(_)
        );
        let ends = [facts.side(joint.body0), facts.side(joint.body1)];
        let body = ends.iter().flatten().next();
        let group = body.and_then(|b| facts.groups.get(b));
        if joint.excluded || !holds || group.is_none_or(|g| !groups.contains_key(g)) {
            continue;
        }
        let [a, b] = ends.map(|end| top(&mut sets, end));
        if a != b {
            sets.insert(b, a);
        } else if told.insert(entity) {
            let text = word(
                "joint closes a loop of an articulation",
                "author `physics:excludeFromArticulation = true` on the joint that is to close it",
            );
            let text = match twin(facts, entity, ends) {
                Some(twin) => text
                    .note(format!(
                        "`{}` connects the same two bodies: both hold at once, which leaves no motion",
                        facts.path(twin)
                    ))
                    .alike("twin"),
                None => text.note("an articulation is a tree: which joint is cut is otherwise up to the engine"),
            };
            let property = "physics:excludeFromArticulation";
            sink.on(&rule::LOOP, facts.world, entity, property, text);
        }
    }
}

/// An earlier joint between the same two bodies.
fn twin(facts: &Facts<'_>, entity: Entity, [a, b]: [Option<Entity>; 2]) -> Option<Entity> {
    let same = |other: &&Entity| {
        facts.world.get::<Joint>(**other).is_some_and(|joint| {
            let ends = [facts.side(joint.body0), facts.side(joint.body1)];
            !joint.excluded && (ends == [a, b] || ends == [b, a])
        })
    };
    let earlier = facts.joints.iter().take_while(|j| **j != entity);
    earlier.filter(|j| same(j)).copied().next()
}

fn top(sets: &mut BTreeMap<Option<Entity>, Option<Entity>>, end: Option<Entity>) -> Option<Entity> {
    let mut at = end;
    while let Some(next) = sets.get(&at) {
        at = *next;
    }
    // Shorter for the next one who asks.
    if at != end {
        sets.insert(end, at);
    }
    at
}
