//! Findings about worlds that no USD file gives.

use std::sync::Arc;

use halle_validate::{Entry, Options, check};
use halle_world::components::{
    Axis, InBody, Joint, Motion, Parent, Plant, RigidBody, SourcePath, WorldPose,
};
use halle_world::{Diagnostics, Entity, World};
use nalgebra::Isometry3;

fn source(prim: &str) -> SourcePath {
    SourcePath {
        layer: Arc::from("robot.urdf"),
        prim: prim.to_owned(),
    }
}

/// A world of two links and a hinge; the second link has a name.
fn robot(name: &str, change: impl FnOnce(&mut Joint)) -> World {
    let mut world = World::new();
    let mut entities: Vec<Entity> = Vec::new();
    let root = world
        .spawn((source("/robot"), WorldPose(Isometry3::identity())))
        .id();
    entities.push(root);
    for link in ["base", name] {
        let path = format!("/robot/{link}");
        let pose = WorldPose(Isometry3::identity());
        let body = world
            .spawn((source(&path), pose, RigidBody::default(), Parent(root)))
            .id();
        world.entity_mut(body).insert(InBody(body));
        entities.push(body);
    }
    let mut joint = Joint {
        axis: Axis::Z,
        lower: Some(-1.0),
        upper: Some(1.0),
        ..Joint::between(Motion::Revolute, Some(entities[1]), Some(entities[2]))
    };
    change(&mut joint);
    let hinge = world
        .spawn((source("/robot/hinge"), Parent(root), joint))
        .id();
    entities.push(hinge);
    world.insert_resource(Plant {
        entities,
        source: "robot.urdf".to_owned(),
        gravity: [0.0, 0.0, -9.81],
        time_step: 0.002,
        ..Plant::default()
    });
    world
}

fn codes(world: &World) -> Vec<&'static str> {
    let found: Vec<Entry> = check(world, &Diagnostics::default(), &Options::default());
    found.iter().map(|e| e.finding.code).collect()
}

#[test]
fn names() {
    assert!(!codes(&robot("arm", |_| {})).contains(&"VA0102"));
    assert!(codes(&robot("left-arm", |_| {})).contains(&"VA0102"));
    assert!(codes(&robot("2nd", |_| {})).contains(&"VA0102"));
}

#[test]
fn limits() {
    assert!(!codes(&robot("arm", |_| {})).contains(&"VA0144"));
    let swapped = |j: &mut Joint| (j.lower, j.upper) = (j.upper, j.lower);
    assert!(codes(&robot("arm", swapped)).contains(&"VA0144"));
    assert!(codes(&robot("arm", |j| j.home = Some(1.5))).contains(&"VA0145"));
    // A pose shows an angle up to whole turns: 350 to 370 degrees holds zero.
    let turned = |j: &mut Joint| (j.lower, j.upper) = (Some(6.1), Some(6.5));
    assert!(!codes(&robot("arm", turned)).contains(&"VA0145"));
}
