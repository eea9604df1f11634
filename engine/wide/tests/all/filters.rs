//! What may touch what.

use halle_wide::{WideBatch, WideOptions};
use halle_world::Entity;
use halle_world::components::{
    ArticulationRoot, CollisionGroup, FilteredPairs, Joint, MaskFilter, Motion,
};
use nalgebra::Isometry3;

use crate::fixture::{Yard, advance, at, cuboid, rubbing};

/// Boxes above a floor, one beside the other.
fn boxes(yard: &mut Yard, count: usize) -> (Entity, Vec<Entity>) {
    let floor = yard.floor(rubbing(0.5, 0.0));
    let made = (0..count)
        .map(|k| {
            let pose = at((k % 10) as f64, (k / 10) as f64, 0.3);
            yard.body(
                &format!("Box{k}"),
                pose,
                cuboid(0.1, 0.1, 0.1),
                1.0,
                rubbing(0.5, 0.0),
            )
        })
        .collect();
    (floor, made)
}

/// Which boxes the floor holds after a second.
fn held(yard: Yard) -> Vec<bool> {
    let mut batch = yard.run();
    advance(&mut batch, 1.0);
    (0..batch.model().bodies().len())
        .map(|k| batch.env(0).body(k).world_from_body.translation.z > 0.0)
        .collect()
}

/// Two filtered prims pass through each other, whichever names the other, body or prim above.
#[test]
fn filtered_pairs_pass() {
    let mut yard = Yard::new(0.002);
    let hall = yard.prim("Hall", Isometry3::identity());
    let (floor, made) = boxes(&mut yard, 4);
    yard.give(made[0], FilteredPairs(vec![floor]));
    yard.below(floor, hall);
    yard.give(hall, FilteredPairs(vec![made[1]]));
    // About each other, which says nothing about the floor.
    yard.give(made[2], FilteredPairs(vec![made[3]]));
    assert_eq!(held(yard), [false, false, true, true]);
}

/// A filtered group passes; an inverted group touches only those that it names; groups of one
/// name are one.
#[test]
fn groups_filter() {
    let mut yard = Yard::new(0.002);
    let (floor, made) = boxes(&mut yard, 4);
    let group = |yard: &mut Yard, name: &str, members: Vec<Entity>| {
        let it = yard.prim(name, Isometry3::identity());
        yard.give(
            it,
            CollisionGroup {
                members,
                ..CollisionGroup::default()
            },
        );
        it
    };
    let ground = group(&mut yard, "Ground", vec![floor]);
    let ghosts = group(&mut yard, "Ghosts", vec![made[0]]);
    let shy = group(&mut yard, "Shy", vec![made[1]]);
    let bold = group(&mut yard, "Bold", vec![made[2]]);
    let also = group(&mut yard, "Also", vec![made[3]]);
    let set = |yard: &mut Yard, it, filtered, inverted, merge: &str| {
        let mut group = yard.world.get::<CollisionGroup>(it).unwrap().clone();
        (group.filtered, group.inverted, group.merge_group) = (filtered, inverted, merge.into());
        yard.give(it, group);
    };
    set(&mut yard, ghosts, vec![ground], false, "pass");
    set(&mut yard, shy, vec![ghosts], true, "");
    set(&mut yard, bold, vec![ground], true, "");
    set(&mut yard, also, vec![], false, "pass");
    assert_eq!(held(yard), [false, false, true, false]);
}

/// Masks: touching needs a bit of one that the other looks for.
#[test]
fn masks_filter() {
    let mut yard = Yard::new(0.002);
    let (floor, made) = boxes(&mut yard, 3);
    yard.give(
        floor,
        MaskFilter {
            categories: 1,
            mask: 2,
        },
    );
    yard.give(
        made[0],
        MaskFilter {
            categories: 4,
            mask: 4,
        },
    );
    yard.give(
        made[1],
        MaskFilter {
            categories: 2,
            mask: 0,
        },
    );
    yard.give(
        made[2],
        MaskFilter {
            categories: 0,
            mask: 1,
        },
    );
    assert_eq!(held(yard), [false, true, true]);
}

/// More classes than the solver has groups: pairs are asked about one by one, with the same
/// answers.
#[test]
fn many_classes_filter() {
    let mut yard = Yard::new(0.004);
    let (floor, made) = boxes(&mut yard, 50);
    for (k, it) in made.iter().enumerate() {
        // Each is filtered against its own neighbour; every third against the floor too.
        let mut others = vec![made[(k + 1) % made.len()]];
        if k % 3 == 0 {
            others.push(floor);
        }
        yard.give(*it, FilteredPairs(others));
    }
    let found = held(yard);
    for (k, held) in found.into_iter().enumerate() {
        assert_eq!(held, k % 3 != 0, "{k}");
    }
}

/// Bodies that a joint connects pass through each other unless the joint says otherwise, and
/// links of an articulation unless it says so; a base that is fixed to the world counts as well.
#[test]
fn joined_bodies_pass() {
    let overlapping = |touch: bool, root: Option<bool>, fixed: bool| {
        let mut yard = Yard::new(0.002);
        yard.gravity = [0.0; 3];
        let top = yard.prim("Machine", Isometry3::identity());
        if let Some(self_collision) = root {
            yard.give(top, ArticulationRoot { self_collision });
        }
        let a = yard.body(
            "A",
            at(0.0, 0.0, 0.0),
            cuboid(0.1, 0.1, 0.1),
            1.0,
            rubbing(0.0, 0.0),
        );
        let b = yard.body(
            "B",
            at(0.185, 0.0, 0.0),
            cuboid(0.1, 0.1, 0.1),
            1.0,
            rubbing(0.0, 0.0),
        );
        for it in [a, b] {
            yard.below(it, top);
        }
        if fixed {
            yard.joint("Foot", Joint::between(Motion::Fixed, None, Some(a)));
        }
        let mut joint = Joint::between(Motion::Prismatic, Some(a), Some(b));
        joint.body0_from_joint = at(0.185, 0.0, 0.0);
        joint.bodies_touch = touch;
        yard.joint("Slide", joint);
        let mut batch: WideBatch = yard.run_with(&WideOptions {
            sleeping: false,
            ..WideOptions::default()
        });
        advance(&mut batch, 1.0);
        let [a, b] = [0, 1].map(|k| batch.env(0).body(k).world_from_body.translation.x);
        b - a
    };
    for fixed in [false, true] {
        for (touch, root, apart) in [
            (false, None, false),
            (true, None, true),
            (false, Some(true), false),
            (true, Some(true), true),
        ] {
            let found = overlapping(touch, root, fixed);
            assert_eq!(found > 0.195, apart, "{touch} {root:?} {fixed}: {found}");
        }
    }
}
